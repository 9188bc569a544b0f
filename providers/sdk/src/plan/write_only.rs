//! Write-only attributes, which no answer may contain.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block};
use groma_value::{Kind, Str, Value};

/// Whether an attribute anywhere in it is write-only.
pub(crate) fn has_write_only(block: &Block) -> bool {
    any(&block.attributes) || block.blocks.values().any(|b| has_write_only(&b.block))
}

fn any(attributes: &BTreeMap<Str, Attribute>) -> bool {
    attributes.values().any(|a| a.write_only || a.nested().is_some_and(|n| any(&n.attributes)))
}

/// The object with all write-only attributes null.
pub(crate) fn without_write_only(block: &Block, value: &Value) -> Value {
    map_members(value, &|name, value| {
        if let Some(attribute) = block.attributes.get(name) {
            return strip_attribute(attribute, value);
        }
        match block.blocks.get(name) {
            Some(nested) => without_write_only(&nested.block, value),
            None => value.clone(),
        }
    })
}

fn strip_attribute(attribute: &Attribute, value: &Value) -> Value {
    if attribute.write_only {
        return Value::null(attribute.implied_type());
    }
    match attribute.nested() {
        Some(nested) => map_members(value, &|name, value| match nested.attributes.get(name) {
            Some(attribute) => strip_attribute(attribute, value),
            None => value.clone(),
        }),
        None => value.clone(),
    }
}

/// Changes the members of an object, or of all objects in a collection.
fn map_members(value: &Value, change: &dyn Fn(&str, &Value) -> Value) -> Value {
    let each = |value: &Value| map_members(value, change);
    match value.kind() {
        Kind::Object(entries) => {
            Value::object(entries.iter().map(|(n, v)| (n.clone(), change(n, v))).collect())
        }
        Kind::List(l) => Value::list(l.element.clone(), l.items.iter().map(each).collect()),
        Kind::Set(s) => Value::set(s.element.clone(), s.items.iter().map(each).collect()),
        Kind::Tuple(items) => Value::tuple(items.iter().map(each).collect()),
        Kind::Map(m) => {
            let entries = m.entries.iter().map(|(k, v)| (k.clone(), each(v)));
            Value::map(m.element.clone(), entries.collect())
        }
        _ => value.clone(),
    }
}
