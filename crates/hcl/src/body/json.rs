//! Bodies of JSON syntax.

use std::collections::HashMap;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::Str;
use indexmap::IndexMap;

use super::native::missing_argument;
use super::suggest::nearest_name;
use super::{Attribute, Block, BlockSchema, Body, BodySchema, Content, Hidden};
use crate::json::{Json, JsonMember, JsonNode};

/// The name of the property that holds a comment.
const COMMENT: &str = "//";

/// A JSON value that stands for a body: an object, or an array of objects that count as one.
#[derive(Debug)]
pub(crate) struct JsonBody {
    value: JsonNode,
}

impl JsonBody {
    pub(crate) fn new(value: JsonNode) -> JsonBody {
        JsonBody { value }
    }

    pub(super) fn missing_item_range(&self) -> SourceRange {
        match &self.value.value {
            Json::Object(_) => self.value.close_range(),
            _ => self.value.open_range(),
        }
    }

    pub(super) fn content(
        &self,
        schema: &BodySchema,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) -> Content {
        let attributes: HashMap<&str, ()> =
            schema.attributes.iter().map(|a| (&*a.name, ())).collect();
        let blocks: HashMap<&str, &BlockSchema> =
            schema.blocks.iter().map(|b| (&*b.block_type, b)).collect();
        let mut content = Content::empty(self.missing_item_range());
        for member in members(&self.value, None, diagnostics) {
            if hidden.has(&member.name) {
                continue;
            }
            if attributes.contains_key(&*member.name) {
                add_attribute(&mut content.attributes, member, diagnostics);
            } else if let Some(schema) = blocks.get(&*member.name) {
                let mut unpacking = Unpacking {
                    member,
                    labels: Vec::new(),
                    label_ranges: Vec::new(),
                    blocks: &mut content.blocks,
                };
                unpacking.unpack(&member.value, &schema.label_names, diagnostics);
            }
        }
        for attribute in schema.attributes.iter().filter(|a| a.required) {
            if !content.attributes.contains_key(&attribute.name) {
                let range = self.missing_item_range();
                diagnostics.push(missing_argument(&attribute.name, &range));
            }
        }
        content
    }

    pub(super) fn report_unexpected(
        &self,
        schema: &BodySchema,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) {
        let names: Vec<&str> = (schema.attributes.iter().map(|a| &*a.name))
            .chain(schema.blocks.iter().map(|b| &*b.block_type))
            .collect();
        let known: HashMap<&str, ()> = names.iter().map(|n| (*n, ())).collect();
        // What is wrong with the value itself has been said already.
        for member in members(&self.value, None, &mut Diagnostics::new()) {
            if *member.name == *COMMENT
                || hidden.has(&member.name)
                || known.contains_key(&*member.name)
            {
                continue;
            }
            let hint = match nearest_name(&member.name, names.iter().copied()) {
                Some(name) => format!(" Did you mean \"{name}\"?"),
                None => String::new(),
            };
            let detail = format!("No argument or block type is named \"{}\".{hint}", member.name);
            diagnostics.push(
                Diagnostic::error("Extraneous JSON object property", detail)
                    .at(&member.name_range)
                    .within(&member.range()),
            );
        }
    }

    pub(super) fn just_attributes(
        &self,
        hidden: &Hidden,
        diagnostics: &mut Diagnostics,
    ) -> IndexMap<Str, Attribute> {
        let mut attributes = IndexMap::new();
        if !matches!(self.value.value, Json::Object(_)) {
            if matches!(self.value.value, Json::Invalid) {
                return attributes;
            }
            diagnostics.push(
                Diagnostic::error(
                    "Incorrect JSON value type",
                    "A JSON object is required here, setting the arguments for this block.",
                )
                .at(&self.value.open_range()),
            );
            return attributes;
        }
        for member in members(&self.value, None, diagnostics) {
            if *member.name != *COMMENT && !hidden.has(&member.name) {
                add_attribute(&mut attributes, member, diagnostics);
            }
        }
        attributes
    }
}

fn add_attribute(
    attributes: &mut IndexMap<Str, Attribute>,
    member: &JsonMember,
    diagnostics: &mut Diagnostics,
) {
    if let Some(earlier) = attributes.get(&member.name) {
        let detail =
            format!("The argument \"{}\" was already set at {}.", member.name, earlier.range);
        diagnostics.push(
            Diagnostic::error("Duplicate argument", detail)
                .at(&member.name_range)
                .within(&member.range()),
        );
        return;
    }
    let attribute = Attribute {
        name: member.name.clone(),
        name_range: member.name_range.clone(),
        expr: member.value.expression().clone(),
        range: member.range(),
    };
    attributes.insert(member.name.clone(), attribute);
}

/// The members of an object, or of all objects of an array. `label` is what their names are, if
/// they are labels.
fn members<'a>(
    node: &'a JsonNode,
    label: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Vec<&'a JsonMember> {
    let wrong = |node: &JsonNode, array: bool| {
        let detail = match (label, array) {
            (Some(label), false) => format!(
                "Either a JSON object or JSON array of objects is required here, to specify {label} \
                 labels for child blocks."
            ),
            (Some(label), true) => {
                format!(
                    "A JSON object is required here, to specify {label} labels for child blocks."
                )
            }
            (None, false) => "Either a JSON object or JSON array of objects is required here, to \
                              define arguments and child blocks."
                .to_owned(),
            (None, true) => {
                "A JSON object is required here, to define arguments and child blocks.".to_owned()
            }
        };
        Diagnostic::error("Incorrect JSON value type", detail).at(&node.open_range())
    };
    let mut all = Vec::new();
    match &node.value {
        Json::Object(members) => all.extend(members.iter()),
        Json::Array(items) => {
            for item in items.iter() {
                match &item.value {
                    Json::Object(members) => all.extend(members.iter()),
                    Json::Invalid => {}
                    _ => diagnostics.push(wrong(item, true)),
                }
            }
        }
        // What could not be parsed has been reported.
        Json::Null | Json::Invalid => {}
        _ => diagnostics.push(wrong(node, false)),
    }
    all
}

/// Takes blocks out of nested objects whose names are the labels.
struct Unpacking<'a> {
    member: &'a JsonMember,
    labels: Vec<Str>,
    label_ranges: Vec<SourceRange>,
    blocks: &'a mut Vec<Block>,
}

impl Unpacking<'_> {
    fn unpack(&mut self, node: &JsonNode, labels_left: &[Str], diagnostics: &mut Diagnostics) {
        if let Some((label, labels_left)) = labels_left.split_first() {
            let found = members(node, Some(label), diagnostics);
            if found.is_empty() && !matches!(node.value, Json::Invalid) {
                let detail = format!(
                    "At least one object property is required, whose name represents the {} \
                     block's {label}.",
                    self.member.name
                );
                diagnostics
                    .push(Diagnostic::error("Missing block label", detail).at(&node.open_range()));
            }
            for member in found {
                self.labels.push(member.name.clone());
                self.label_ranges.push(member.name_range.clone());
                self.unpack(&member.value, labels_left, diagnostics);
                self.labels.pop();
                self.label_ranges.pop();
            }
            return;
        }
        match &node.value {
            Json::Null | Json::Invalid => {}
            Json::Object(_) => self.add(node),
            Json::Array(items) => items.iter().for_each(|item| self.add(item)),
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents \
                     of one or more \"{}\" blocks.",
                    self.member.name
                );
                diagnostics.push(
                    Diagnostic::error("Incorrect JSON value type", detail).at(&node.open_range()),
                );
            }
        }
    }

    fn add(&mut self, node: &JsonNode) {
        self.blocks.push(Block {
            block_type: self.member.name.clone(),
            labels: self.labels.clone(),
            body: Body::json(JsonBody::new(node.clone())),
            type_range: self.member.name_range.clone(),
            label_ranges: self.label_ranges.clone(),
            def_range: node.open_range(),
        });
    }
}
