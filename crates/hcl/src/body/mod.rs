//! Bodies: what is between the braces of a block, or in a file, whatever its syntax.
//!
//! A body is asked for the attributes and blocks that a [`BodySchema`] names. Only the schema says
//! whether a property of JSON syntax is an attribute or a block.

mod json;
mod merged;
mod native;
mod schema;
mod suggest;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use groma_diag::{Diagnostics, SourceRange};
use groma_value::Str;
use indexmap::IndexMap;

use crate::ast::Expression;
pub(crate) use json::JsonBody;
pub(crate) use native::{NativeBlock, NativeBody};
pub use schema::{AttributeSchema, BlockSchema, BodySchema};
pub use suggest::nearest_name;

/// The content of a file or a block, not yet held against a schema. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Body(Arc<Repr>);

#[derive(Debug)]
enum Repr {
    Native { body: Arc<NativeBody>, hidden: Hidden },
    Json { body: Arc<JsonBody>, hidden: Hidden },
    Merged(Vec<Body>),
    Overlay { base: Body, over: Body },
}

/// What an earlier call of [`Body::partial_content`] has taken already.
#[derive(Clone, Debug, Default)]
struct Hidden(Option<Arc<HashSet<Str>>>);

impl Hidden {
    fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|names| names.contains(name))
    }

    fn and(&self, schema: &BodySchema) -> Hidden {
        let mut names = self.0.as_deref().cloned().unwrap_or_default();
        names.extend(schema.attributes.iter().map(|a| a.name.clone()));
        names.extend(schema.blocks.iter().map(|b| b.block_type.clone()));
        Hidden(Some(Arc::new(names)))
    }
}

/// What a body holds of what a schema names.
#[derive(Clone, Debug)]
pub struct Content {
    /// The attributes that are there, by name, in the order of the source.
    pub attributes: IndexMap<Str, Attribute>,
    /// The blocks that are there, in the order of the source.
    pub blocks: Vec<Block>,
    /// Where something that is missing would belong.
    pub missing_item_range: SourceRange,
}

impl Content {
    fn empty(missing_item_range: SourceRange) -> Content {
        Content { attributes: IndexMap::new(), blocks: Vec::new(), missing_item_range }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    /// The blocks of a type in the order of the source.
    pub fn blocks_of<'a>(&'a self, block_type: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| *b.block_type == *block_type)
    }
}

/// `name = expression`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Str,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// The expression.
    pub expr: Expression,
    /// All of it.
    pub range: SourceRange,
}

/// `type "label" { … }`
#[derive(Clone, Debug)]
pub struct Block {
    /// The type.
    pub block_type: Str,
    /// The labels, as many as the schema wants.
    pub labels: Vec<Str>,
    /// What is between the braces.
    pub body: Body,
    /// Where the type stands.
    pub type_range: SourceRange,
    /// Where each label stands.
    pub label_ranges: Vec<SourceRange>,
    /// The type and the labels.
    pub def_range: SourceRange,
}

impl Body {
    pub(crate) fn native(body: NativeBody) -> Body {
        Body(Arc::new(Repr::Native { body: Arc::new(body), hidden: Hidden::default() }))
    }

    pub(crate) fn json(body: JsonBody) -> Body {
        Body(Arc::new(Repr::Json { body: Arc::new(body), hidden: Hidden::default() }))
    }

    /// A body that holds nothing.
    pub fn empty(missing_item_range: SourceRange) -> Body {
        Body::native(NativeBody::empty(missing_item_range))
    }

    /// One body that holds what is in all of these. An attribute may be in one of them only.
    pub fn merge(bodies: Vec<Body>) -> Body {
        Body(Arc::new(Repr::Merged(bodies)))
    }

    /// `base` with what `over` has in place of its own: attributes one by one, blocks all of a
    /// type at once. What `base` requires `over` need not have.
    pub fn overlay(base: Body, over: Body) -> Body {
        Body(Arc::new(Repr::Overlay { base, over }))
    }

    /// What the body holds, which should be nothing that the schema does not name.
    pub fn content(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let content = match &*self.0 {
            Repr::Native { body, hidden } => {
                let content = body.content(schema, hidden, &mut diagnostics);
                body.report_unexpected(schema, hidden, &mut diagnostics);
                content
            }
            Repr::Json { body, hidden } => {
                let content = body.content(schema, hidden, &mut diagnostics);
                body.report_unexpected(schema, hidden, &mut diagnostics);
                content
            }
            Repr::Merged(bodies) => merged::content(bodies, schema, &mut diagnostics),
            Repr::Overlay { base, over } => {
                merged::overlay_content(base, over, schema, &mut diagnostics)
            }
        };
        (content, diagnostics)
    }

    /// What the body holds of what the schema names, and a body that holds the rest.
    pub fn partial_content(&self, schema: &BodySchema) -> (Content, Body, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let (content, rest) = match &*self.0 {
            Repr::Native { body, hidden } => {
                let content = body.content(schema, hidden, &mut diagnostics);
                (content, Repr::Native { body: body.clone(), hidden: hidden.and(schema) })
            }
            Repr::Json { body, hidden } => {
                let content = body.content(schema, hidden, &mut diagnostics);
                (content, Repr::Json { body: body.clone(), hidden: hidden.and(schema) })
            }
            Repr::Merged(bodies) => merged::partial_content(bodies, schema, &mut diagnostics),
            Repr::Overlay { base, over } => {
                merged::overlay_partial_content(base, over, schema, &mut diagnostics)
            }
        };
        (content, Body(Arc::new(rest)), diagnostics)
    }

    /// All attributes, for bodies whose attributes have no fixed names. Blocks are errors.
    pub fn just_attributes(&self) -> (IndexMap<Str, Attribute>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let attributes = match &*self.0 {
            Repr::Native { body, hidden } => body.just_attributes(hidden, &mut diagnostics),
            Repr::Json { body, hidden } => body.just_attributes(hidden, &mut diagnostics),
            Repr::Merged(bodies) => merged::just_attributes(bodies, &mut diagnostics),
            Repr::Overlay { base, over } => {
                let (mut attributes, base_diagnostics) = base.just_attributes();
                let (over, over_diagnostics) = over.just_attributes();
                diagnostics.extend(base_diagnostics);
                diagnostics.extend(over_diagnostics);
                attributes.extend(over);
                attributes
            }
        };
        (attributes, diagnostics)
    }

    /// Where to point when something is missing: the opening brace of a block.
    pub fn missing_item_range(&self) -> SourceRange {
        match &*self.0 {
            Repr::Native { body, .. } => body.missing_item_range(),
            Repr::Json { body, .. } => body.missing_item_range(),
            Repr::Merged(bodies) => bodies
                .first()
                .map_or_else(|| SourceRange::start_of("<empty>"), Body::missing_item_range),
            Repr::Overlay { base, .. } => base.missing_item_range(),
        }
    }

    /// The heading of the block of native syntax around a byte of the source, such as
    /// `resource "aws_vpc" "main"`; for the outermost of several blocks.
    pub fn heading_at(&self, byte: u32) -> Option<String> {
        let (_, blocks) = self.native_items()?;
        let around =
            blocks.iter().find(|b| b.range.start.byte <= byte && byte < b.range.end.byte)?;
        let labels = around.labels.iter().map(|l| format!(" {}", crate::quote(l)));
        Some(format!("{}{}", around.block_type, labels.collect::<String>()))
    }

    /// The bytes of native syntax that an error at `byte` makes unreliable: the block around it,
    /// the outermost of several, or all that stands between blocks there.
    pub fn unreliable_around(&self, byte: u32) -> Option<std::ops::Range<u32>> {
        let (_, blocks) = self.native_items()?;
        let ranges = || blocks.iter().map(|block| block.range.start.byte..block.range.end.byte);
        if let Some(around) = ranges().find(|r| r.start <= byte && byte <= r.end) {
            return Some(around);
        }
        let before = ranges().map(|r| r.end).filter(|end| *end <= byte).max();
        let behind = ranges().map(|r| r.start).filter(|start| *start > byte).min();
        Some(before.unwrap_or(0)..behind.unwrap_or(u32::MAX))
    }

    /// All expressions that stand in a body, those of the blocks in it among them, as far as they
    /// can be told without a schema: of `dynamic` blocks it is only what they are made from, and
    /// of JSON syntax what may be blocks is one expression.
    pub fn expressions(&self) -> Vec<Expression> {
        let mut all = Vec::new();
        self.gather_expressions(&mut all);
        all
    }

    fn gather_expressions(&self, all: &mut Vec<Expression>) {
        match &*self.0 {
            Repr::Native { body, hidden } => body.gather_expressions(hidden, all),
            Repr::Json { .. } => {
                all.extend(self.just_attributes().0.into_values().map(|a| a.expr));
            }
            Repr::Merged(bodies) => bodies.iter().for_each(|b| b.gather_expressions(all)),
            Repr::Overlay { base, over } => {
                base.gather_expressions(all);
                over.gather_expressions(all);
            }
        }
    }

    /// All that stands in a body of native syntax, for who deals with the source.
    pub(crate) fn native_items(&self) -> Option<(&[Attribute], &[NativeBlock])> {
        match &*self.0 {
            Repr::Native { body, .. } => Some((&body.attributes, &body.blocks)),
            _ => None,
        }
    }

    /// Whether it is of JSON syntax, where what looks like an attribute may turn out a block.
    pub fn is_json(&self) -> bool {
        match &*self.0 {
            Repr::Native { .. } => false,
            Repr::Json { .. } => true,
            Repr::Merged(bodies) => bodies.first().is_some_and(Body::is_json),
            Repr::Overlay { base, .. } => base.is_json(),
        }
    }
}
