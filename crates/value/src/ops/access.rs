//! Elements, attributes and lengths.

use super::{OpError, marks_of, unknown_bool};
use crate::{Kind, Refinements, Str, Type, Value};

/// Access by key.
impl Value {
    /// `self.name`
    pub fn get_attr(&self, name: &str) -> Result<Value, OpError> {
        let missing = || OpError::NoAttribute(name.into());
        let found = match self.kind() {
            Kind::Object(entries) => entries.get(name).cloned().ok_or_else(missing)?,
            Kind::Unknown(u) => match &u.ty {
                Type::Dynamic => Value::unknown(Type::Dynamic),
                Type::Object(o) => {
                    Value::unknown(o.attributes.get(name).cloned().ok_or_else(missing)?)
                }
                _ => return Err(OpError::NotObject),
            },
            Kind::Null(_) => return Err(OpError::Null),
            _ => return Err(OpError::NotObject),
        };
        Ok(found.with_marks(self.marks()))
    }

    /// `self[key]`: the element of a list, tuple or map, or the attribute of an object. The key must
    /// be of the right type.
    pub fn index(&self, key: &Value) -> Result<Value, OpError> {
        Ok(self.index_unmarked(key)?.with_marks(&marks_of(self, key)))
    }

    fn index_unmarked(&self, key: &Value) -> Result<Value, OpError> {
        let container = Container::of(self)?;
        match container.check_key(key)? {
            None => Ok(Value::unknown(container.element_type())),
            Some(Key::Name(name)) => match (self.as_entries(), &container) {
                (Some(entries), Container::Object(_)) => {
                    entries.get(name).cloned().ok_or_else(|| OpError::NoAttribute(name.clone()))
                }
                (Some(entries), _) => entries.get(name).cloned().ok_or(OpError::NoElement),
                (None, Container::Object(ty)) => {
                    match ty.as_ref().and_then(|ty| ty.attribute(name)) {
                        Some(ty) => Ok(Value::unknown(ty.clone())),
                        None => Err(OpError::NoAttribute(name.clone())),
                    }
                }
                (None, _) => Ok(Value::unknown(container.element_type())),
            },
            Some(Key::Position(at)) => match (self.as_sequence(), &container) {
                (Some(items), _) => items.get(at).cloned().ok_or(OpError::NoElement),
                (None, Container::Tuple(Some(types))) => {
                    types.get(at).cloned().map(Value::unknown).ok_or(OpError::NoElement)
                }
                (None, _) => Ok(Value::unknown(container.element_type())),
            },
        }
    }

    /// Whether [`Value::index`] finds something; unknown if that cannot be told yet.
    pub fn has_index(&self, key: &Value) -> Result<Value, OpError> {
        let marks = marks_of(self, key);
        let container = Container::of(self)?;
        let found = match container.check_key(key) {
            Err(_) => Value::FALSE,
            Ok(None) => unknown_bool(),
            Ok(Some(_)) if container.is_open(self) => unknown_bool(),
            Ok(Some(_)) => Value::bool(self.index_unmarked(key).is_ok()),
        };
        Ok(found.with_marks(&marks))
    }
}

/// What can be indexed.
enum Container {
    /// Of a type that is not known.
    Open,
    List(Type),
    Map(Type),
    /// With the types of an unknown one.
    Tuple(Option<Vec<Type>>),
    /// With the type of an unknown one.
    Object(Option<Type>),
}

enum Key<'a> {
    Name(&'a Str),
    Position(usize),
}

impl Container {
    fn of(value: &Value) -> Result<Container, OpError> {
        match value.kind() {
            Kind::List(l) => Ok(Container::List(l.element.clone())),
            Kind::Map(m) => Ok(Container::Map(m.element.clone())),
            Kind::Tuple(_) => Ok(Container::Tuple(None)),
            Kind::Object(_) => Ok(Container::Object(None)),
            Kind::Unknown(u) => match &u.ty {
                Type::Dynamic => Ok(Container::Open),
                Type::List(element) => Ok(Container::List((**element).clone())),
                Type::Map(element) => Ok(Container::Map((**element).clone())),
                Type::Tuple(types) => Ok(Container::Tuple(Some((**types).clone()))),
                Type::Object(_) => Ok(Container::Object(Some(u.ty.clone()))),
                _ => Err(OpError::NotIndexable),
            },
            Kind::Null(_) => Err(OpError::Null),
            _ => Err(OpError::NotIndexable),
        }
    }

    /// The type of what a key that is not known leads to.
    fn element_type(&self) -> Type {
        match self {
            Container::List(element) | Container::Map(element) => element.clone(),
            Container::Open | Container::Tuple(_) | Container::Object(_) => Type::Dynamic,
        }
    }

    /// Whether it is not known which elements the value has.
    fn is_open(&self, value: &Value) -> bool {
        !value.is_known() && !matches!(self, Container::Tuple(_) | Container::Object(_))
    }

    /// The key, if it is known.
    fn check_key<'a>(&self, key: &'a Value) -> Result<Option<Key<'a>>, OpError> {
        let by_name = matches!(self, Container::Map(_) | Container::Object(_));
        let (wanted, name) =
            if by_name { (Type::String, "string") } else { (Type::Number, "number") };
        match key.kind() {
            _ if matches!(self, Container::Open) => Ok(None),
            Kind::Null(_) => Err(OpError::Null),
            Kind::Unknown(u) if u.ty == Type::Dynamic || u.ty == wanted => Ok(None),
            Kind::String(name) if by_name => Ok(Some(Key::Name(name))),
            Kind::Number(n) if !by_name => {
                n.as_usize().map(|at| Some(Key::Position(at))).ok_or(OpError::NoElement)
            }
            _ => Err(OpError::WrongType(name)),
        }
    }
}

/// All elements.
impl Value {
    /// How many elements or attributes there are, as a number; what can be told of it, if the value
    /// is unknown.
    pub fn length(&self) -> Result<Value, OpError> {
        let number = |n: usize| Value::number(n as u64);
        let result = match self.kind() {
            Kind::Tuple(items) => number(items.len()),
            Kind::Object(entries) => number(entries.len()),
            Kind::List(_) | Kind::Map(_) | Kind::Set(_) => length_between(self.length_bounds()),
            Kind::Unknown(u) => match &u.ty {
                Type::Tuple(types) => number(types.len()),
                Type::Object(o) => number(o.attributes.len()),
                Type::Dynamic => Value::unknown(Type::Number).refine_not_null(),
                Type::List(_) | Type::Set(_) | Type::Map(_) => length_between(self.length_bounds()),
                _ => return Err(OpError::WrongType("collection")),
            },
            Kind::Null(_) => return Err(OpError::Null),
            _ => return Err(OpError::WrongType("collection")),
        };
        Ok(result.with_marks(self.marks()))
    }

    /// The least and the greatest number of elements that a collection will have. Unknown elements
    /// of a set may turn out to be the same as others.
    pub(crate) fn length_bounds(&self) -> (u64, Option<u64>) {
        match self.kind() {
            Kind::Unknown(u) => (u.refinements.length_min.unwrap_or(0), u.refinements.length_max),
            Kind::Set(s) => {
                let stored = s.items.len() as u64;
                let least = if s.items.iter().all(Value::is_wholly_known) { stored } else { 1 };
                (least, Some(stored))
            }
            Kind::Map(m) => (m.entries.len() as u64, Some(m.entries.len() as u64)),
            Kind::List(l) => (l.items.len() as u64, Some(l.items.len() as u64)),
            _ => (0, None),
        }
    }

    /// Keys and elements of a known collection, tuple or object: positions, names, or for a set the
    /// elements themselves. The elements do not have the marks of the whole.
    pub fn elements(&self) -> Option<Elements<'_>> {
        let inner = match self.kind() {
            Kind::List(l) => Inner::Sequence(l.items.iter(), 0),
            Kind::Tuple(items) => Inner::Sequence(items.iter(), 0),
            Kind::Set(s) => Inner::Set(s.items.iter()),
            Kind::Map(m) => Inner::Entries(m.entries.as_slice().iter()),
            Kind::Object(entries) => Inner::Entries(entries.as_slice().iter()),
            _ => return None,
        };
        Some(Elements(inner))
    }
}

fn length_between((min, max): (u64, Option<u64>)) -> Value {
    match max {
        Some(max) => Value::unknown_refined(Type::Number, Refinements::number_range(min, max)),
        None => {
            let number_min = Some((min.into(), true));
            Value::unknown_refined(
                Type::Number,
                Refinements { number_min, ..Refinements::not_null() },
            )
        }
    }
}

/// Iterator over keys and elements; see [`Value::elements`].
#[derive(Debug)]
pub struct Elements<'a>(Inner<'a>);

#[derive(Debug)]
enum Inner<'a> {
    Sequence(std::slice::Iter<'a, Value>, i64),
    Set(std::slice::Iter<'a, Value>),
    Entries(std::slice::Iter<'a, (Str, Value)>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = (Value, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Inner::Sequence(items, position) => {
                let item = items.next()?;
                *position += 1;
                Some((Value::from(*position - 1), item))
            }
            Inner::Set(items) => items.next().map(|item| (item.clone(), item)),
            // Names are in normal form already.
            Inner::Entries(entries) => {
                entries.next().map(|(name, value)| (Kind::String(name.clone()).into(), value))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Inner::Sequence(items, _) | Inner::Set(items) => items.size_hint(),
            Inner::Entries(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Elements<'_> {}
