//! The value itself: constructors and access.

use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::memo::remembered;
use crate::{Entries, Mark, Marks, Number, Refinements, Str, Type};

/// A value: content and marks. Cheap to clone.
///
/// `==` compares representation: content, types and marks alike. What the language's `==` means is
/// [`Value::equals`]. The order of values serves as keys of ordered maps and has no other meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    kind: Kind,
    marks: Marks,
}

/// The content of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No value, of this type.
    Null(Type),
    /// Not known yet.
    Unknown(Arc<UnknownValue>),
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, in normal form C.
    String(Str),
    /// A list.
    List(Arc<ListValue>),
    /// A set.
    Set(Arc<SetValue>),
    /// A map.
    Map(Arc<MapValue>),
    /// A tuple.
    Tuple(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<Entries>),
}

/// What there is of an unknown value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue {
    /// Its type; [`Type::Dynamic`] if that is not known either.
    pub ty: Type,
    /// What else is known.
    pub refinements: Refinements,
}

/// A list's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListValue {
    /// The type of every element.
    pub element: Type,
    /// The elements.
    pub items: Vec<Value>,
}

/// A set's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetValue {
    /// The type of every element.
    pub element: Type,
    /// The elements in canonical order, each once, without marks of their own (a set takes its
    /// elements' marks onto itself).
    pub items: Vec<Value>,
}

/// A map's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapValue {
    /// The type of every element.
    pub element: Type,
    /// The elements.
    pub entries: Entries,
}

fn is_normal(s: &str) -> bool {
    s.is_ascii() || is_nfc_quick(s.chars()) == IsNormalized::Yes
}

/// The string in normal form C.
pub(crate) fn normalize(s: &str) -> Str {
    if is_normal(s) { s.into() } else { s.nfc().collect::<String>().into() }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Value { kind, marks: Marks::NONE }
    }
}

/// Constructors.
impl Value {
    /// `true`
    pub const TRUE: Value = Value { kind: Kind::Bool(true), marks: Marks::NONE };
    /// `false`
    pub const FALSE: Value = Value { kind: Kind::Bool(false), marks: Marks::NONE };
    /// `null` of no particular type.
    pub const NULL: Value = Value { kind: Kind::Null(Type::Dynamic), marks: Marks::NONE };

    /// Null of a type.
    pub fn null(ty: Type) -> Value {
        Kind::Null(ty).into()
    }

    /// An unknown value of a type of which nothing else is known.
    pub fn unknown(ty: Type) -> Value {
        Value::unknown_refined(ty, Refinements::default())
    }

    /// An unknown value of which more is known than its type.
    ///
    /// What is known may be so much that the value is known after all, or its length.
    pub fn unknown_refined(ty: Type, refinements: Refinements) -> Value {
        let refinements = refinements.relevant_to(&ty);
        match refinements.pinned(&ty) {
            Some(value) => value,
            None => Kind::Unknown(Arc::new(UnknownValue { ty, refinements })).into(),
        }
    }

    /// A truth value.
    pub fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// A number.
    pub fn number(n: impl Into<Number>) -> Value {
        Kind::Number(n.into()).into()
    }

    /// A string; it is brought into normal form C.
    pub fn string(s: impl AsRef<str> + Into<Str>) -> Value {
        if is_normal(s.as_ref()) {
            Kind::String(s.into()).into()
        } else {
            Kind::String(normalize(s.as_ref())).into()
        }
    }

    /// A list; every item must be of type `element` (or `element` be dynamic).
    pub fn list(element: Type, items: Vec<Value>) -> Value {
        Kind::List(Arc::new(ListValue { element, items })).into()
    }

    /// A set of items that are in canonical order, each once, without marks.
    pub(crate) fn set_of_canonical(element: Type, items: Vec<Value>) -> Value {
        Kind::Set(Arc::new(SetValue { element, items })).into()
    }

    /// A map; every value must be of type `element`.
    pub fn map(element: Type, entries: Entries) -> Value {
        Kind::Map(Arc::new(MapValue { element, entries })).into()
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Value {
        Kind::Tuple(Arc::new(items)).into()
    }

    /// An object.
    pub fn object(entries: Entries) -> Value {
        Kind::Object(Arc::new(entries)).into()
    }

    /// An object from pairs.
    pub fn object_of<K: Into<Str>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::object(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }
}

/// Access.
impl Value {
    /// Content and marks.
    pub fn into_parts(self) -> (Kind, Marks) {
        (self.kind, self.marks)
    }

    /// The content, whatever the marks.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The type. Costs time in proportion to the size of tuples and objects.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(ty) => ty.clone(),
            Kind::Unknown(u) => u.ty.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(l) => Type::list(l.element.clone()),
            Kind::Set(s) => Type::set(s.element.clone()),
            Kind::Map(m) => Type::map(m.element.clone()),
            Kind::Tuple(items) => remembered(
                &self.kind,
                |answers| &mut answers.ty,
                || Type::tuple(items.iter().map(Value::ty)),
            ),
            Kind::Object(entries) => remembered(
                &self.kind,
                |answers| &mut answers.ty,
                || Type::object(entries.iter().map(|(k, v)| (k.clone(), v.ty()))),
            ),
        }
    }

    /// Whether it is of this type. Cheaper than comparing [`Value::ty`].
    pub fn has_type(&self, ty: &Type) -> bool {
        match (&self.kind, ty) {
            (Kind::Null(own), _) => own == ty,
            (Kind::Unknown(u), _) => u.ty == *ty,
            (Kind::Bool(_), Type::Bool) => true,
            (Kind::Number(_), Type::Number) => true,
            (Kind::String(_), Type::String) => true,
            (Kind::List(l), Type::List(element)) => l.element == **element,
            (Kind::Set(s), Type::Set(element)) => s.element == **element,
            (Kind::Map(m), Type::Map(element)) => m.element == **element,
            (Kind::Tuple(items), Type::Tuple(types)) => {
                items.len() == types.len() && items.iter().zip(&**types).all(|(v, t)| v.has_type(t))
            }
            (Kind::Object(entries), Type::Object(o)) => {
                o.optional.is_empty()
                    && entries.len() == o.attributes.len()
                    && entries
                        .iter()
                        .zip(&o.attributes)
                        .all(|((k, v), (n, t))| k == n && v.has_type(t))
            }
            _ => false,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is known; its parts may not be.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether it and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        remembered(&self.kind, |answers| &mut answers.wholly_known, || self.has_only_known_parts())
    }

    fn has_only_known_parts(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => false,
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => true,
            Kind::List(l) => l.items.iter().all(Value::is_wholly_known),
            Kind::Set(s) => s.items.iter().all(Value::is_wholly_known),
            Kind::Map(m) => m.entries.values().all(Value::is_wholly_known),
            Kind::Tuple(items) => items.iter().all(Value::is_wholly_known),
            Kind::Object(entries) => entries.values().all(Value::is_wholly_known),
        }
    }

    /// The truth value, if it is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The string, if it is a known one.
    pub fn as_str(&self) -> Option<&Str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(l) => Some(&l.items),
            Kind::Set(s) => Some(&s.items),
            Kind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.kind {
            Kind::Map(m) => Some(&m.entries),
            Kind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The attribute of a known object or the element of a known map, without this value's marks.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries()?.get(name)
    }

    /// What is known of an unknown value; `None` for others.
    pub fn refinements(&self) -> Option<&Refinements> {
        match &self.kind {
            Kind::Unknown(u) => Some(&u.refinements),
            _ => None,
        }
    }
}

/// Marks.
impl Value {
    /// The marks of the value itself, not of its parts.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Whether the value itself has [`Mark::Sensitive`].
    pub fn is_sensitive(&self) -> bool {
        self.marks.is_sensitive()
    }

    /// With these marks added.
    pub fn with_marks(mut self, marks: &Marks) -> Value {
        self.marks = self.marks.union(marks);
        self
    }

    /// With this mark added.
    pub fn marked(self, mark: Mark) -> Value {
        self.with_marks(&Marks::one(mark))
    }

    /// Without the marks of the value itself, and those.
    pub fn unmark(mut self) -> (Value, Marks) {
        let marks = std::mem::take(&mut self.marks);
        (self, marks)
    }

    /// Whether it or any of its parts has a mark.
    pub fn has_marks_deep(&self) -> bool {
        !self.marks.is_empty()
            || remembered(&self.kind, |answers| &mut answers.marked, || self.has_marked_parts())
    }

    fn has_marked_parts(&self) -> bool {
        match &self.kind {
            Kind::List(l) => l.items.iter().any(Value::has_marks_deep),
            Kind::Set(s) => s.items.iter().any(Value::has_marks_deep),
            Kind::Map(m) => m.entries.values().any(Value::has_marks_deep),
            Kind::Tuple(items) => items.iter().any(Value::has_marks_deep),
            Kind::Object(entries) => entries.values().any(Value::has_marks_deep),
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::string(s)
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::string(s)
    }
}

impl From<Str> for Value {
    fn from(s: Str) -> Self {
        Value::string(s)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::bool(b)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::number(i)
    }
}
