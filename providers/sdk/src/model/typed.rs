//! The types of attributes.

use std::collections::BTreeMap;

use groma_diag::AttributeStep;
use groma_schema::{NestedObject, Nesting};
use groma_value::{Entries, Kind, Number, Str, Type, Value};

use super::Problems;
use crate::Rules;

/// A Rust type that values of one type of the language are read into.
pub trait Typed: Sized {
    /// The type of the language.
    fn ty() -> Type;

    /// The value in Rust; `None` if it is of another type, null, or not wholly known.
    fn from_value(value: &Value) -> Option<Self>;

    /// The value of the language.
    fn to_value(&self) -> Value;

    /// The nested attributes, if the type is a model or a collection of models.
    fn nested() -> Option<NestedObject> {
        None
    }

    /// The rules of the nested attributes.
    fn nested_rules() -> Rules {
        Rules::new()
    }

    /// Checks the models in it by the `check`s of their fields.
    fn check_within(&self, _problems: &mut Problems) {}
}

impl Typed for String {
    fn ty() -> Type {
        Type::String
    }
    fn from_value(value: &Value) -> Option<String> {
        value.as_str().map(|s| s.to_string())
    }
    fn to_value(&self) -> Value {
        Value::string(self.as_str())
    }
}

impl Typed for bool {
    fn ty() -> Type {
        Type::Bool
    }
    fn from_value(value: &Value) -> Option<bool> {
        value.as_bool()
    }
    fn to_value(&self) -> Value {
        Value::bool(*self)
    }
}

/// Numbers with a fraction are cut off.
impl Typed for i64 {
    fn ty() -> Type {
        Type::Number
    }
    fn from_value(value: &Value) -> Option<i64> {
        let number = value.as_number()?;
        number.as_i64().or_else(|| i64::try_from(number.truncated()?).ok())
    }
    fn to_value(&self) -> Value {
        Value::number(*self)
    }
}

impl Typed for f64 {
    fn ty() -> Type {
        Type::Number
    }
    fn from_value(value: &Value) -> Option<f64> {
        value.as_number().map(Number::to_f64)
    }
    /// What is not a number is 0, for the language has no such value.
    fn to_value(&self) -> Value {
        // The shortest text that means this number is what its author wrote.
        let number = Number::parse(&self.to_string());
        Value::number(number.or_else(|| Number::from_f64(*self)).unwrap_or_else(|| 0_i64.into()))
    }
}

impl<T: Typed> Typed for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }
    fn from_value(value: &Value) -> Option<Vec<T>> {
        value.as_sequence()?.iter().map(T::from_value).collect()
    }
    fn to_value(&self) -> Value {
        Value::list(T::ty(), self.iter().map(T::to_value).collect())
    }
    fn nested() -> Option<NestedObject> {
        Some(NestedObject { nesting: Nesting::List, ..T::nested()? })
    }
    fn nested_rules() -> Rules {
        T::nested_rules()
    }
    fn check_within(&self, problems: &mut Problems) {
        for (i, item) in self.iter().enumerate() {
            problems.at(AttributeStep::Index(i as i64), |problems| item.check_within(problems));
        }
    }
}

/// An element that may be null.
impl<T: Typed> Typed for Option<T> {
    fn ty() -> Type {
        T::ty()
    }
    fn from_value(value: &Value) -> Option<Option<T>> {
        match value.is_null() {
            true => Some(None),
            false => T::from_value(value).map(Some),
        }
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(|| Value::null(T::ty()), T::to_value)
    }
    fn check_within(&self, problems: &mut Problems) {
        if let Some(value) = self {
            value.check_within(problems);
        }
    }
}

/// Elements without order.
#[derive(Clone, Debug, Default)]
pub struct Set<T>(pub Vec<T>);

impl<T: PartialEq> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|item| other.0.contains(item))
    }
}

impl<T> Set<T> {
    /// The elements in some order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: PartialEq + Clone> Set<T> {
    /// Those that another set has not.
    pub fn without(&self, other: &Set<T>) -> Vec<T> {
        self.0.iter().filter(|item| !other.0.contains(item)).cloned().collect()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Set<T> {
        Set(items.into_iter().collect())
    }
}

impl<T> From<Vec<T>> for Set<T> {
    fn from(items: Vec<T>) -> Set<T> {
        Set(items)
    }
}

impl<T: Typed> Typed for Set<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }
    fn from_value(value: &Value) -> Option<Set<T>> {
        value.as_sequence()?.iter().map(T::from_value).collect()
    }
    fn to_value(&self) -> Value {
        Value::set(T::ty(), self.0.iter().map(T::to_value).collect())
    }
    fn nested() -> Option<NestedObject> {
        Some(NestedObject { nesting: Nesting::Set, ..T::nested()? })
    }
    fn nested_rules() -> Rules {
        T::nested_rules()
    }
    fn check_within(&self, problems: &mut Problems) {
        for (i, item) in self.iter().enumerate() {
            problems.at(AttributeStep::Index(i as i64), |problems| item.check_within(problems));
        }
    }
}

impl<T: Typed> Typed for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::map(T::ty())
    }
    fn from_value(value: &Value) -> Option<BTreeMap<String, T>> {
        let Kind::Map(map) = value.kind() else { return None };
        let pairs = map.entries.iter().map(|(k, v)| Some((k.to_string(), T::from_value(v)?)));
        pairs.collect()
    }
    fn to_value(&self) -> Value {
        let pairs = self.iter().map(|(k, v)| (Str::from(k.as_str()), v.to_value()));
        Value::map(T::ty(), Entries::from_iter(pairs))
    }
    fn nested() -> Option<NestedObject> {
        Some(NestedObject { nesting: Nesting::Map, ..T::nested()? })
    }
    fn nested_rules() -> Rules {
        T::nested_rules()
    }
    fn check_within(&self, problems: &mut Problems) {
        for (key, item) in self {
            problems.at(AttributeStep::Key(key.clone()), |problems| item.check_within(problems));
        }
    }
}
