//! Defaults of optional attributes.

use std::collections::BTreeMap;

use super::Safety;
use super::unify::unify_values;
use crate::{Entries, Kind, Str, Type, Value};

/// The defaults of the optional attributes in a type constraint.
///
/// They are applied to a value before it is converted to the constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDefaults {
    /// The type constraint.
    pub ty: Type,
    /// Defaults of the attributes of an object type.
    pub default_values: BTreeMap<Str, Value>,
    /// Defaults inside it: by name for attributes of an object type, by position for elements of
    /// a tuple type, under the empty name for elements of a collection.
    pub children: BTreeMap<Str, TypeDefaults>,
}

impl TypeDefaults {
    /// No defaults yet for this constraint.
    pub fn new(ty: Type) -> TypeDefaults {
        TypeDefaults { ty, default_values: BTreeMap::new(), children: BTreeMap::new() }
    }

    /// Whether there are none at any depth.
    pub fn is_empty(&self) -> bool {
        self.default_values.is_empty() && self.children.values().all(TypeDefaults::is_empty)
    }

    /// The value with the defaults in place of attributes that lack or are null.
    ///
    /// Null and unknown values stay what they are. Where elements of a collection come to be of
    /// different types, the result is a tuple or object.
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        let applied = match value.kind() {
            Kind::Tuple(items) => Value::tuple(self.apply_items(items)),
            Kind::List(l) => match one_type(&l.element, self.apply_items(&l.items)) {
                Ok((element, items)) => Value::list(element, items),
                Err(items) => Value::tuple(items),
            },
            Kind::Set(s) => match one_type(&s.element, self.apply_items(&s.items)) {
                Ok((element, items)) => Value::set(element, items),
                Err(items) => Value::tuple(items),
            },
            Kind::Object(entries) => Value::object(self.apply_entries(entries)),
            Kind::Map(m) => {
                let (names, values): (Vec<Str>, Vec<Value>) =
                    self.apply_entries(&m.entries).into_iter().unzip();
                match one_type(&m.element, values) {
                    Ok((element, values)) => {
                        Value::map(element, names.into_iter().zip(values).collect())
                    }
                    Err(values) => Value::object(names.into_iter().zip(values).collect()),
                }
            }
            _ => return value.clone(),
        };
        applied.with_marks(value.marks())
    }

    fn child(&self, name: &str) -> Option<&TypeDefaults> {
        match &self.ty {
            ty if ty.is_collection() => self.children.get(""),
            _ => self.children.get(name),
        }
    }

    fn apply_items(&self, items: &[Value]) -> Vec<Value> {
        let apply = |(at, item): (usize, &Value)| match self.child(&at.to_string()) {
            Some(defaults) => defaults.apply(item),
            None => item.clone(),
        };
        items.iter().enumerate().map(apply).collect()
    }

    fn apply_entries(&self, entries: &Entries) -> Entries {
        let apply = |(name, value): (&Str, &Value)| {
            let value = match self.child(name) {
                Some(defaults) => defaults.apply(value),
                None => value.clone(),
            };
            (name.clone(), value)
        };
        let mut applied: Entries = entries.iter().map(apply).collect();
        for (name, default) in &self.default_values {
            if applied.get(name).is_none_or(Value::is_null) {
                let default = match self.child(name) {
                    Some(defaults) => defaults.apply(default),
                    None => default.clone(),
                };
                applied.insert(name.clone(), default);
            }
        }
        applied
    }
}

/// The items made to be of one type, if that can be.
fn one_type(element: &Type, items: Vec<Value>) -> Result<(Type, Vec<Value>), Vec<Value>> {
    if items.iter().all(|item| item.has_type(element)) {
        return Ok((element.clone(), items));
    }
    match unify_values(&items, Safety::Unsafe) {
        Some(Ok(unified)) => Ok(unified),
        _ => Err(items),
    }
}
