//! Expressions: constant values and references.

use std::collections::BTreeMap;

use groma_addrs::{InstanceKey, Reference, Referenceable};
use groma_hcl::{
    Body, Expression, Nothing, Traversal, TraversalStep, evaluate_constant, quote_visibly,
};
use groma_schema::{Block, NestedBlock, Nesting, decode, references, written};
use groma_value::{Str, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Known;

/// What can be said of an expression without evaluating it.
#[derive(Default)]
pub(super) struct ExpressionJson {
    constant: Option<Value>,
    references: Vec<String>,
}

impl ExpressionJson {
    /// What can be said of this expression.
    pub(super) fn of(expression: &Expression) -> ExpressionJson {
        let (value, diagnostics) = evaluate_constant(expression);
        let constant = (!diagnostics.has_errors() && value.is_wholly_known()).then_some(value);
        let mut references = Vec::new();
        expression.for_each_variable(&mut |traversal| add_references(traversal, &mut references));
        ExpressionJson { constant, references }
    }

    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.constant.is_none() && self.references.is_empty()
    }
}

impl Serialize for ExpressionJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(value) = &self.constant {
            map.serialize_entry("constant_value", &Known(value))?;
        }
        if !self.references.is_empty() {
            map.serialize_entry("references", &self.references)?;
        }
        map.end()
    }
}

/// What `depends_on` names.
pub(super) fn depends_on(traversals: &[Traversal]) -> Vec<String> {
    let name = |t: &Traversal| match Reference::parse(t) {
        Ok(reference) => reference.subject.to_string(),
        Err(_) => String::new(),
    };
    traversals.iter().map(name).collect()
}

/// Adds what a variable names: with all its steps, with one less, and so on down to the object
/// itself, and what that is an instance of.
fn add_references(traversal: &Traversal, all: &mut Vec<String>) {
    let Ok(reference) = Reference::parse(traversal) else { return };
    let subject = reference.subject.to_string();
    for count in (1..=reference.remaining.len()).rev() {
        let mut text = subject.clone();
        for step in &reference.remaining[..count] {
            match step {
                TraversalStep::Attr { name, .. } => {
                    text.push('.');
                    text.push_str(name);
                }
                TraversalStep::Index { key, .. } => text.push_str(&index_text(key)),
            }
        }
        all.push(text);
    }
    all.push(subject);
    match reference.subject {
        Referenceable::ResourceInstance(resource, key) if key != InstanceKey::None => {
            all.push(resource.to_string());
        }
        Referenceable::ModuleCallInstance(name, key) if key != InstanceKey::None => {
            all.push(format!("module.{name}"));
        }
        Referenceable::ModuleCallOutput { name, key, .. } => {
            all.push(format!("module.{name}{key}"));
        }
        _ => {}
    }
}

fn index_text(key: &Value) -> String {
    match (key.as_str(), key.as_number()) {
        (Some(name), _) => format!("[{}]", quote_visibly(name)),
        (_, Some(number)) => format!("[{number}]"),
        _ => "[...]".to_owned(),
    }
}

/// What a body holds, by name.
pub(super) type Expressions = BTreeMap<Str, Part>;

/// An attribute, or the blocks of a type.
pub(super) enum Part {
    Expression(ExpressionJson),
    Block(Expressions),
    List(Vec<Expressions>),
    Map(BTreeMap<Str, Expressions>),
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Part::Expression(expression) => expression.serialize(serializer),
            Part::Block(block) => serializer.collect_map(block.iter().map(|(k, v)| (&**k, v))),
            Part::List(blocks) => serializer.collect_seq(blocks.iter().map(Members)),
            Part::Map(blocks) => {
                serializer.collect_map(blocks.iter().map(|(k, v)| (&**k, Members(v))))
            }
        }
    }
}

/// The members of a body as an object.
pub(super) struct Members<'a>(pub(super) &'a Expressions);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(k, v)| (&**k, v)))
    }
}

/// What a body holds of what its schema names.
pub(super) fn of_body(body: &Body, schema: &Block) -> Expressions {
    let (content, as_blocks) = written(body, schema);
    let mut all = Expressions::new();
    for (name, attribute) in &content.attributes {
        if schema.attributes.contains_key(name) {
            all.insert(name.clone(), Part::Expression(ExpressionJson::of(&attribute.expr)));
        }
    }
    for (name, nested) in as_blocks {
        let bodies: Vec<&Body> = content.blocks_of(name).map(|b| &b.body).collect();
        if !bodies.is_empty() {
            all.insert(name.clone(), Part::Expression(blocks_as_attribute(&bodies, nested)));
        }
    }
    for block in &content.blocks {
        let Some(nested) = schema.blocks.get(&block.block_type) else { continue };
        let inner = of_body(&block.body, &nested.block);
        let name = block.block_type.clone();
        match nested.nesting {
            Nesting::Single | Nesting::Group => {
                all.insert(name, Part::Block(inner));
            }
            Nesting::List | Nesting::Set => {
                let list = all.entry(name).or_insert_with(|| Part::List(Vec::new()));
                if let Part::List(list) = list {
                    list.push(inner);
                }
            }
            Nesting::Map => {
                let map = all.entry(name).or_insert_with(|| Part::Map(BTreeMap::new()));
                if let (Part::Map(map), Some(label)) = (map, block.labels.first()) {
                    map.insert(label.clone(), inner);
                }
            }
        }
    }
    all
}

/// Blocks that stand for an attribute: its value, if it is constant, and all that they refer to.
fn blocks_as_attribute(bodies: &[&Body], nested: &NestedBlock) -> ExpressionJson {
    let mut values = Some(Vec::new());
    let mut names = Vec::new();
    for body in bodies {
        let (value, diagnostics) = decode(body, &nested.block, &Nothing);
        match &mut values {
            Some(values) if !diagnostics.has_errors() => values.push(value),
            _ => values = None,
        }
        for traversal in references(body, &nested.block) {
            add_references(&traversal, &mut names);
        }
    }
    let constant = values.map(Value::tuple);
    ExpressionJson { constant, references: names }
}

/// The attributes of a body that has no schema.
pub(super) fn of_attributes(body: &Body) -> Expressions {
    let (attributes, _) = body.just_attributes();
    let part = |a: groma_hcl::Attribute| Part::Expression(ExpressionJson::of(&a.expr));
    attributes.into_iter().map(|(name, attribute)| (name, part(attribute))).collect()
}

/// The attributes of these names that a body holds.
pub(super) fn of_names(body: &Body, names: impl IntoIterator<Item = Str>) -> Expressions {
    let schema = groma_hcl::BodySchema::new().optional(names);
    let (content, _, _) = body.partial_content(&schema);
    let part = |a: groma_hcl::Attribute| Part::Expression(ExpressionJson::of(&a.expr));
    content.attributes.into_iter().map(|(name, attribute)| (name, part(attribute))).collect()
}
