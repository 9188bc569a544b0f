//! From the path of an attribute back to the place in the source.

use groma_diag::{AttributeStep, Diagnostics, SourceRange};
use groma_hcl::{Body, ExprKind, Expression};

use super::plan::DYNAMIC;
use crate::{Block, Nesting};

/// Where in a body the part stands that a provider's diagnostic speaks of: the nearest thing
/// around it that is there, or where what is missing would belong.
pub fn range_at(body: &Body, schema: &Block, path: &[AttributeStep]) -> SourceRange {
    let [AttributeStep::Attribute(name), rest @ ..] = path else {
        return body.missing_item_range();
    };
    let mut ignored = Diagnostics::new();
    let found = schema.plan().content(body, &mut ignored);
    if let Some(attribute) = found.content.attribute(name) {
        return within_expression(&attribute.expr, rest);
    }
    let either = found.as_blocks.iter().find(|(n, _)| &***n == name).map(|(_, b)| *b);
    let Some(nested) = schema.blocks.get(&**name).or(either) else {
        return found.content.missing_item_range;
    };
    let made = |b: &groma_hcl::Block| {
        &*b.block_type == DYNAMIC && b.labels.first().is_some_and(|l| **l == **name)
    };
    let blocks: Vec<&groma_hcl::Block> =
        found.content.blocks.iter().filter(|b| *b.block_type == **name || made(b)).collect();
    // Which block a dynamic one has made cannot be told from its position.
    if let Some(dynamic) = blocks.iter().find(|b| made(b)) {
        return dynamic.def_range.clone();
    }
    let (block, rest) = match (nested.nesting, rest) {
        (Nesting::Single | Nesting::Group, rest) => (blocks.first(), rest),
        (Nesting::List, [AttributeStep::Index(i), rest @ ..]) => {
            (usize::try_from(*i).ok().and_then(|i| blocks.get(i)), rest)
        }
        (Nesting::Map, [AttributeStep::Key(key), rest @ ..]) => {
            (blocks.iter().find(|b| b.labels.first().is_some_and(|l| **l == **key)), rest)
        }
        // The elements of a set have no position.
        (Nesting::Set, [_, rest @ ..]) if blocks.len() == 1 => (blocks.first(), rest),
        (_, _) => (blocks.first(), &[][..]),
    };
    match block {
        Some(block) if rest.is_empty() => block.def_range.clone(),
        Some(block) => range_at(&block.body, &nested.block, rest),
        None => found.content.missing_item_range,
    }
}

fn within_expression(expression: &Expression, path: &[AttributeStep]) -> SourceRange {
    let inner = match (expression.kind(), path.first()) {
        (ExprKind::Parens(inner), _) => return within_expression(inner, path),
        (ExprKind::Tuple(items), Some(AttributeStep::Index(i))) => {
            usize::try_from(*i).ok().and_then(|i| items.get(i))
        }
        (
            ExprKind::Object(items),
            Some(AttributeStep::Attribute(name) | AttributeStep::Key(name)),
        ) => items
            .iter()
            .find(|item| {
                let literal = item.key.as_string_literal().is_some_and(|k| **k == **name);
                literal || item.bare_word() == Some(name)
            })
            .map(|item| &item.value),
        _ => None,
    };
    match inner {
        Some(inner) => within_expression(inner, &path[1..]),
        None => expression.range().clone(),
    }
}
