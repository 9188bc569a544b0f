//! Definitions of resource types, as `dynamic_resources.json` gives them.

use std::collections::BTreeMap;

use groma_sdk::value::Type;
use serde::Deserialize;
use serde_json::Value as Json;

/// A resource type and the data source of the same name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Definition {
    #[serde(skip)]
    pub(crate) description: &'static str,
    pub(crate) attributes: BTreeMap<String, Attribute>,
    pub(crate) blocks: BTreeMap<String, Block>,
    /// It is an ephemeral resource type, and not one of managed resources and data.
    pub(crate) ephemeral: bool,
    /// After so many seconds, and every so many seconds after that, it wants to be renewed.
    pub(crate) renew_after: Option<u32>,
}

/// A type of nested blocks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Block {
    #[serde(skip)]
    pub(crate) description: &'static str,
    pub(crate) attributes: BTreeMap<String, Attribute>,
    pub(crate) blocks: BTreeMap<String, Block>,
    pub(crate) mode: Mode,
}

/// How nested blocks are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    #[default]
    #[serde(alias = "")]
    List,
    Set,
}

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Boolean,
    Float,
    Integer,
    Number,
    String,
    List,
    Map,
    Object,
    Set,
}

/// An attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    #[serde(skip)]
    pub(crate) description: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) computed: bool,
    #[serde(default)]
    pub(crate) sensitive: bool,
    /// It is taken and never kept.
    #[serde(default)]
    pub(crate) write_only: bool,
    /// Its change replaces the resource.
    #[serde(default)]
    pub(crate) replace: bool,
    /// What it holds is described by a type alone.
    #[serde(default)]
    pub(crate) skip_nested_metadata: bool,
    /// What it becomes if it is computed and not set, in the form of stored values.
    #[serde(default)]
    pub(crate) value: Option<Json>,
    #[serde(default)]
    pub(crate) list: Option<Box<Attribute>>,
    #[serde(default)]
    pub(crate) map: Option<Box<Attribute>>,
    #[serde(default)]
    pub(crate) set: Option<Box<Attribute>>,
    #[serde(default)]
    pub(crate) object: BTreeMap<String, Attribute>,
}

impl Attribute {
    /// One of which only the kind is known.
    pub(crate) fn new(kind: Kind) -> Attribute {
        Attribute {
            description: "",
            kind,
            optional: false,
            required: false,
            computed: false,
            sensitive: false,
            write_only: false,
            replace: false,
            skip_nested_metadata: false,
            value: None,
            list: None,
            map: None,
            set: None,
            object: BTreeMap::new(),
        }
    }

    /// What a collection's elements are.
    pub(crate) fn element(&self) -> Option<&Attribute> {
        match self.kind {
            Kind::List => self.list.as_deref(),
            Kind::Map => self.map.as_deref(),
            Kind::Set => self.set.as_deref(),
            _ => None,
        }
    }

    /// The attributes of the objects that it holds, if these have schemas of their own.
    pub(crate) fn nested(&self) -> Option<&BTreeMap<String, Attribute>> {
        if self.skip_nested_metadata {
            return None;
        }
        match (self.kind, self.element()) {
            (Kind::Object, _) => Some(&self.object),
            (_, Some(element)) if element.kind == Kind::Object => Some(&element.object),
            _ => None,
        }
    }

    /// The type of its value.
    pub(crate) fn ty(&self) -> Type {
        let element = || self.element().map_or(Type::Dynamic, Attribute::ty);
        match self.kind {
            Kind::Boolean => Type::Bool,
            Kind::Float | Kind::Integer | Kind::Number => Type::Number,
            Kind::String => Type::String,
            Kind::List => Type::list(element()),
            Kind::Map => Type::map(element()),
            Kind::Set => Type::set(element()),
            Kind::Object => Type::object(self.object.iter().map(|(n, a)| (n.as_str(), a.ty()))),
        }
    }
}

/// The definitions in a file's text, by the name of the type.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, Definition>, String> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let all: BTreeMap<String, Definition> =
        serde_json::from_str(text).map_err(|e| e.to_string())?;
    for (name, definition) in &all {
        check(definition).map_err(|e| format!("resource type {name}: {e}"))?;
    }
    Ok(all)
}

fn check(definition: &Definition) -> Result<(), String> {
    if definition.attributes.contains_key("id") || definition.blocks.contains_key("id") {
        return Err("it cannot define \"id\", which every type has".to_owned());
    }
    check_members(&definition.attributes, &definition.blocks)
}

fn check_members(
    attributes: &BTreeMap<String, Attribute>,
    blocks: &BTreeMap<String, Block>,
) -> Result<(), String> {
    for (name, attribute) in attributes {
        check_attribute(attribute).map_err(|e| format!("attribute {name}: {e}"))?;
    }
    for (name, block) in blocks {
        if attributes.contains_key(name) {
            return Err(format!("{name} is an attribute and a block"));
        }
        check_members(&block.attributes, &block.blocks)
            .map_err(|e| format!("block {name}: {e}"))?;
    }
    Ok(())
}

fn check_attribute(attribute: &Attribute) -> Result<(), String> {
    if matches!(attribute.kind, Kind::List | Kind::Map | Kind::Set) && attribute.element().is_none()
    {
        return Err("it does not say what its elements are".to_owned());
    }
    if let Some(element) = attribute.element() {
        check_attribute(element)?;
    }
    check_members(&attribute.object, &BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_read() {
        let text = r#"{"t": {"attributes": {"tags": {"type": "map", "optional": true, "map": {"type": "string"}}},
            "blocks": {"b": {"mode": "set", "attributes": {"n": {"type": "integer", "required": true}}}}}}"#;
        let all = parse(text).unwrap_or_else(|e| panic!("{e}"));
        let definition = &all["t"];
        assert_eq!(definition.attributes["tags"].ty(), Type::map(Type::String));
        assert!(definition.attributes["tags"].nested().is_none());
        assert_eq!(definition.blocks["b"].mode, Mode::Set);
        assert!(parse("").is_ok_and(|all| all.is_empty()));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            (r#"{"t": {"attributes": {"id": {"type": "string"}}}}"#, "cannot define \"id\""),
            (r#"{"t": {"attributes": {"l": {"type": "list"}}}}"#, "attribute l: it does not say"),
            (r#"{"t": {"attributes": {"x": {"type": "strng"}}}}"#, "strng"),
            (r#"{"t": {"attributes": {"x": {}}}}"#, "type"),
            (r#"{"t": {"attribute": {}}}"#, "attribute"),
            (r#"{"t": {"blocks": {"b": {"mode": "map"}}}}"#, "map"),
            ("[", "expected a map"),
        ] {
            let message = parse(text).err().unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
