//! The form in which what is not set is stored.
//!
//! Providers written with the older SDK store the zero value (empty text, false, 0, an empty
//! collection) where an attribute is not set, and leave null elsewhere. A provider that takes over
//! their states must not turn one into the other, or every object would seem changed.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block, NestedBlock};
use groma_value::{Kind, Str, Value};

/// Whether the value stands for nothing set.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value.kind() {
        _ if value.is_null() => true,
        _ if !value.is_known() => false,
        Kind::String(text) => text.is_empty(),
        Kind::Bool(b) => !b,
        Kind::Object(_) => false,
        _ => {
            value.as_number().is_some_and(groma_value::Number::is_zero)
                || value.as_sequence().is_some_and(<[Value]>::is_empty)
                || value.as_entries().is_some_and(groma_value::Entries::is_empty)
        }
    }
}

/// Whether two values are the same but for the form of what is not set.
pub(crate) fn alike(a: &Value, b: &Value) -> bool {
    if is_nothing(a) && is_nothing(b) {
        return true;
    }
    if let (Some(a), Some(b)) = (a.as_sequence(), b.as_sequence()) {
        return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b));
    }
    match (a.as_entries(), b.as_entries()) {
        (Some(a), Some(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b)))
        }
        _ => a == b,
    }
}

/// The object with what is not set in the form in which another object, that it followed, has it.
///
/// What only the provider sets is left as it is, but that null does not replace a zero value.
pub(crate) fn in_form_of(block: &Block, like: &Value, new: &Value) -> Value {
    object(&block.attributes, &block.blocks, like, new)
}

static NO_BLOCKS: BTreeMap<Str, NestedBlock> = BTreeMap::new();

fn object(
    attributes: &BTreeMap<Str, Attribute>,
    blocks: &BTreeMap<Str, NestedBlock>,
    like: &Value,
    new: &Value,
) -> Value {
    let Some(entries) = new.as_entries() else { return new.clone() };
    let members = entries.iter().map(|(name, new)| {
        let Some(like) = like.get(name) else { return (name.clone(), new.clone()) };
        // Most of what is read is as it was.
        if new == like {
            return (name.clone(), like.clone());
        }
        let formed = match (attributes.get(name), blocks.get(name)) {
            (Some(a), _) => attribute(a, like, new),
            (None, Some(nested)) => {
                elements(&nested.block.attributes, &nested.block.blocks, like, new)
            }
            (None, None) => new.clone(),
        };
        (name.clone(), formed)
    });
    Value::object(members.collect())
}

fn attribute(attribute: &Attribute, like: &Value, new: &Value) -> Value {
    if new.is_null() && like.is_known() && is_nothing(like) {
        return like.clone();
    }
    if like.is_null() && !attribute.computed && is_nothing(new) {
        return like.clone();
    }
    match attribute.nested() {
        Some(nested) => elements(&nested.attributes, &NO_BLOCKS, like, new),
        None if alike(like, new) => like.clone(),
        None => new.clone(),
    }
}

/// Collections of objects, or one object.
fn elements(
    attributes: &BTreeMap<Str, Attribute>,
    blocks: &BTreeMap<Str, NestedBlock>,
    like: &Value,
    new: &Value,
) -> Value {
    let formed = |like: &Value, new: &Value| object(attributes, blocks, like, new);
    match (like.kind(), new.kind()) {
        _ if new.is_null() || !new.is_known() || !like.is_known() => new.clone(),
        (Kind::Object(_), Kind::Object(_)) => formed(like, new),
        (Kind::List(old), Kind::List(list)) => {
            let items = list.items.iter().enumerate();
            let items = items.map(|(i, new)| match old.items.get(i) {
                Some(like) => formed(like, new),
                None => new.clone(),
            });
            Value::list(list.element.clone(), items.collect())
        }
        (Kind::Set(old), Kind::Set(set)) => {
            let items = set.items.iter().map(|new| {
                let same = old.items.iter().find(|like| alike(like, &formed(like, new)));
                same.cloned().unwrap_or_else(|| new.clone())
            });
            Value::set(set.element.clone(), items.collect())
        }
        (Kind::Map(old), Kind::Map(map)) => {
            let items = map.entries.iter().map(|(key, new)| match old.entries.get(key) {
                Some(like) => (key.clone(), formed(like, new)),
                None => (key.clone(), new.clone()),
            });
            Value::map(map.element.clone(), items.collect())
        }
        _ => new.clone(),
    }
}
