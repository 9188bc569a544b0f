//! What both codecs share.

use std::collections::btree_map;

use crate::set::{common_type, with_known_type};
use crate::{Entries, ObjectType, Path, Str, Type, Value};

/// How deep values may be nested in what is read: deeper ones would exhaust the stack.
pub(crate) const MAX_DEPTH: usize = 256;

/// Why a value cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", prefix(path))]
pub struct CodecError {
    /// The part of the value that is in the way.
    pub path: Path,
    /// What is wrong with it, without a full stop.
    pub message: String,
}

fn prefix(path: &Path) -> String {
    if path.0.is_empty() { String::new() } else { format!("{path}: ") }
}

impl CodecError {
    pub(crate) fn new(path: &Path, message: impl Into<String>) -> CodecError {
        CodecError { path: path.clone(), message: message.into() }
    }
}

/// Collects the attributes of an object that is read.
pub(crate) struct ObjectBuilder<'a> {
    ty: &'a ObjectType,
    // Attributes mostly come in order.
    expected: btree_map::Iter<'a, Str, Type>,
    found: Vec<(Str, Value)>,
}

impl<'a> ObjectBuilder<'a> {
    pub(crate) fn new(ty: &'a ObjectType) -> ObjectBuilder<'a> {
        let found = Vec::with_capacity(ty.attributes.len());
        ObjectBuilder { ty, expected: ty.attributes.iter(), found }
    }

    /// The type's own name and the type of an attribute.
    pub(crate) fn attribute(&mut self, name: &str) -> Option<(&'a Str, &'a Type)> {
        let mut ahead = self.expected.clone();
        match ahead.next() {
            Some((next, ty)) if **next == *name => {
                self.expected = ahead;
                Some((next, ty))
            }
            _ => self.ty.attributes.get_key_value(name),
        }
    }

    pub(crate) fn insert(&mut self, name: &Str, value: Value) {
        self.found.push((name.clone(), value));
    }

    /// The object, with null for attributes that were not there.
    pub(crate) fn finish(self) -> Value {
        let mut entries: Entries = self.found.into_iter().collect();
        if entries.len() < self.ty.attributes.len() {
            let found = |name: &Str, ty: &Type| match entries.get(name) {
                Some(value) => value.clone(),
                None => Value::null(ty.without_optional()),
            };
            entries = self
                .ty
                .attributes
                .iter()
                .map(|(name, ty)| (name.clone(), found(name, ty)))
                .collect();
        }
        Value::object(entries)
    }

    /// How many different attributes there were.
    pub(crate) fn found(&self) -> usize {
        self.found.len()
    }
}

/// The element type of a collection of these items, which were read as `element`; `None` if they are
/// of different types, where `element` is open.
pub(crate) fn settle_element(element: &Type, items: &mut Vec<Value>) -> Option<Type> {
    if items.is_empty() || !element.has_dynamic() {
        return Some(element.without_optional());
    }
    let common = common_type(&*items)?;
    for item in items {
        *item = with_known_type(item.clone(), &common);
    }
    Some(common)
}

/// The key and value of a map, whose names are brought into normal form.
pub(crate) fn map_of(element: Type, names: Vec<Str>, values: Vec<Value>) -> Value {
    Value::map(element, names.into_iter().zip(values).collect())
}
