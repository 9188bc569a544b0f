//! All expressions in a body, without evaluating anything.

use groma_diag::Diagnostics;
use groma_hcl::{Body, Call, Expression, Traversal};
use groma_value::Str;

use super::dynamic::Dynamic;
use super::plan::DYNAMIC;
use crate::{Block, Nesting};

/// All variables that a body refers to, collections and labels of `dynamic` blocks included; their
/// iterators are left out. What is wrong with the body is for its decoding to tell.
pub fn references(body: &Body, schema: &Block) -> Vec<Traversal> {
    let mut all = Vec::new();
    each_expression(body, schema, &mut Vec::new(), &mut |expression, bound| {
        expression.for_each_variable(&mut |traversal| {
            if !bound.contains(&traversal.root) {
                all.push(traversal.clone());
            }
        });
    });
    all
}

/// All function calls in a body.
pub fn function_calls(body: &Body, schema: &Block) -> Vec<Call> {
    let mut all = Vec::new();
    each_expression(body, schema, &mut Vec::new(), &mut |expression, _| {
        all.extend(expression.functions().into_iter().cloned());
    });
    all
}

type Visit<'a> = &'a mut dyn FnMut(&Expression, &[Str]);

/// Shows each expression, with the names of the iterators around it.
fn each_expression(body: &Body, schema: &Block, bound: &mut Vec<Str>, visit: Visit<'_>) {
    // Whatever is wrong is reported when the body is decoded.
    let mut ignored = Diagnostics::new();
    let found = schema.plan().content(body, &mut ignored);
    for attribute in found.content.attributes.values() {
        visit(&attribute.expr, bound);
    }
    for block in &found.content.blocks {
        let made = block.labels.first().filter(|_| &*block.block_type == DYNAMIC);
        let name = made.unwrap_or(&block.block_type);
        let either = found.as_blocks.iter().find(|(n, _)| *n == name).map(|(_, b)| *b);
        let Some(nested) = schema.blocks.get(name).or(either) else { continue };
        if made.is_none() {
            each_expression(&block.body, &nested.block, bound, visit);
            continue;
        }
        let labels = usize::from(nested.nesting == Nesting::Map);
        let Some(dynamic) = Dynamic::read(block, name, labels, &mut ignored) else { continue };
        visit(&dynamic.for_each.expr, bound);
        bound.push(dynamic.iterator.clone());
        dynamic.labels.iter().for_each(|label| visit(label, bound));
        each_expression(&dynamic.content.body, &nested.block, bound, visit);
        bound.pop();
    }
}
