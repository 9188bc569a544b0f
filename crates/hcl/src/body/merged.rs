//! Several bodies as one.

use std::collections::HashSet;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::Str;
use indexmap::IndexMap;

use super::native::missing_argument;
use super::{Attribute, Body, BodySchema, Content, Repr};

/// The schema without the demand that attributes be there: that is seen to for all together.
fn relaxed(schema: &BodySchema) -> BodySchema {
    let mut schema = schema.clone();
    schema.attributes.iter_mut().for_each(|a| a.required = false);
    schema
}

fn require(schema: &BodySchema, content: &Content, diagnostics: &mut Diagnostics) {
    for attribute in schema.attributes.iter().filter(|a| a.required) {
        if !content.attributes.contains_key(&attribute.name) {
            diagnostics.push(missing_argument(&attribute.name, &content.missing_item_range));
        }
    }
}

fn add(
    all: &mut IndexMap<Str, Attribute>,
    attributes: IndexMap<Str, Attribute>,
    diagnostics: &mut Diagnostics,
) {
    for (name, attribute) in attributes {
        if let Some(earlier) = all.get(&name) {
            let detail = format!("Argument \"{name}\" was already set at {}", earlier.name_range);
            diagnostics
                .push(Diagnostic::error("Duplicate argument", detail).at(&attribute.name_range));
        } else {
            all.insert(name, attribute);
        }
    }
}

fn missing_item_range(bodies: &[Body]) -> SourceRange {
    bodies.first().map_or_else(|| SourceRange::start_of("<empty>"), Body::missing_item_range)
}

pub(super) fn content(
    bodies: &[Body],
    schema: &BodySchema,
    diagnostics: &mut Diagnostics,
) -> Content {
    let part_schema = relaxed(schema);
    let mut all = Content::empty(missing_item_range(bodies));
    for body in bodies {
        let (content, found) = body.content(&part_schema);
        diagnostics.extend(found);
        add(&mut all.attributes, content.attributes, diagnostics);
        all.blocks.extend(content.blocks);
    }
    require(schema, &all, diagnostics);
    all
}

pub(super) fn partial_content(
    bodies: &[Body],
    schema: &BodySchema,
    diagnostics: &mut Diagnostics,
) -> (Content, Repr) {
    let part_schema = relaxed(schema);
    let mut all = Content::empty(missing_item_range(bodies));
    let mut rests = Vec::with_capacity(bodies.len());
    for body in bodies {
        let (content, rest, found) = body.partial_content(&part_schema);
        diagnostics.extend(found);
        add(&mut all.attributes, content.attributes, diagnostics);
        all.blocks.extend(content.blocks);
        rests.push(rest);
    }
    require(schema, &all, diagnostics);
    (all, Repr::Merged(rests))
}

pub(super) fn just_attributes(
    bodies: &[Body],
    diagnostics: &mut Diagnostics,
) -> IndexMap<Str, Attribute> {
    let mut all = IndexMap::new();
    for body in bodies {
        let (attributes, found) = body.just_attributes();
        diagnostics.extend(found);
        add(&mut all, attributes, diagnostics);
    }
    all
}

/// Puts what `over` holds in place of what `base` holds. `dynamic` blocks stand for the blocks
/// that they will make.
fn lay(base: &mut Content, over: Content) {
    base.attributes.extend(over.attributes);
    fn made(block: &super::Block) -> &Str {
        match (&*block.block_type, block.labels.as_slice()) {
            ("dynamic", [label]) => label,
            _ => &block.block_type,
        }
    }
    let replaced: HashSet<Str> = over.blocks.iter().map(|b| made(b).clone()).collect();
    base.blocks.retain(|b| !replaced.contains(made(b)));
    base.blocks.extend(over.blocks);
}

pub(super) fn overlay_content(
    base: &Body,
    over: &Body,
    schema: &BodySchema,
    diagnostics: &mut Diagnostics,
) -> Content {
    let part_schema = relaxed(schema);
    let (mut content, found) = base.content(&part_schema);
    diagnostics.extend(found);
    let (over, found) = over.content(&part_schema);
    diagnostics.extend(found);
    lay(&mut content, over);
    require(schema, &content, diagnostics);
    content
}

pub(super) fn overlay_partial_content(
    base: &Body,
    over: &Body,
    schema: &BodySchema,
    diagnostics: &mut Diagnostics,
) -> (Content, Repr) {
    let part_schema = relaxed(schema);
    let (mut content, base_rest, found) = base.partial_content(&part_schema);
    diagnostics.extend(found);
    let (over, over_rest, found) = over.partial_content(&part_schema);
    diagnostics.extend(found);
    lay(&mut content, over);
    require(schema, &content, diagnostics);
    (content, Repr::Overlay { base: base_rest, over: over_rest })
}
