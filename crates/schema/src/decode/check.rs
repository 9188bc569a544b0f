//! Holding a body against its schema without evaluating anything.

use groma_diag::{Diagnostics, SourceRange};
use groma_hcl::Body;
use groma_value::Str;
use indexmap::IndexMap;

use super::dynamic::Dynamic;
use super::plan::DYNAMIC;
use super::{check_count, unsupported};
use crate::{Block, Nesting};

/// What is wrong with a body whatever its expressions mean: missing and unsupported arguments and
/// blocks, too few or too many of them.
pub fn check_body(body: &Body, schema: &Block) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check(body, schema, &mut diagnostics);
    diagnostics
}

fn check(body: &Body, schema: &Block, diagnostics: &mut Diagnostics) {
    let found = schema.plan().content(body, diagnostics);
    let block_type = |name: &str| {
        let either = found.as_blocks.iter().find(|(n, _)| &***n == name).map(|(_, b)| *b);
        schema.blocks.get(name).or(either)
    };
    // `None`: how many there are is for evaluation to tell.
    let mut ranges: IndexMap<Str, Option<Vec<&SourceRange>>> = IndexMap::new();
    for block in &found.content.blocks {
        if let Some(made) = block.labels.first().filter(|_| &*block.block_type == DYNAMIC) {
            let Some(nested) = block_type(made) else {
                diagnostics.push(unsupported(block, made));
                continue;
            };
            ranges.insert(made.clone(), None);
            let labels = usize::from(nested.nesting == Nesting::Map);
            if let Some(dynamic) = Dynamic::read(block, made, labels, diagnostics) {
                check(&dynamic.content.body, &nested.block, diagnostics);
            }
        } else if let Some(nested) = block_type(&block.block_type) {
            if let Some(ranges) =
                ranges.entry(block.block_type.clone()).or_insert_with(|| Some(Vec::new()))
            {
                ranges.push(&block.def_range);
            }
            check(&block.body, &nested.block, diagnostics);
        }
    }
    for (name, nested) in &schema.blocks {
        let given = ranges.get(name).cloned().unwrap_or_else(|| Some(Vec::new()));
        if let Some(ranges) = given {
            check_count(name, nested, &ranges, &found.content.missing_item_range, diagnostics);
        }
    }
}
