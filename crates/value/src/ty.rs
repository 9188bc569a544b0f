//! Types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Str;

/// The type of a value, or a type constraint where it contains [`Type::Dynamic`] or optional
/// attributes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Any type: what a value's type is not known to be, or a constraint that admits everything.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([T, …])`
    Tuple(Arc<Vec<Type>>),
    /// `object({name = T, …})`
    Object(Arc<ObjectType>),
}

/// The attributes of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ObjectType {
    /// Name and type of each attribute.
    pub attributes: BTreeMap<Str, Type>,
    /// The names of those that a value converted to this type may lack. Only in constraints.
    pub optional: BTreeSet<Str>,
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// `tuple([elements…])`
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Type {
        Type::Tuple(Arc::new(elements.into_iter().collect()))
    }

    /// `object({…})` without optional attributes.
    pub fn object<K: Into<Str>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Type {
        let attributes = attributes.into_iter().map(|(k, t)| (k.into(), t)).collect();
        Type::Object(Arc::new(ObjectType { attributes, optional: BTreeSet::new() }))
    }

    /// Whether it is bool, number or string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether it is a list, set or map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(e) | Type::Set(e) | Type::Map(e) => Some(e),
            _ => None,
        }
    }

    /// The type of an object's attribute.
    pub fn attribute(&self, name: &str) -> Option<&Type> {
        match self {
            Type::Object(o) => o.attributes.get(name),
            _ => None,
        }
    }

    /// Whether [`Type::Dynamic`] occurs in it at any depth.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(e) | Type::Set(e) | Type::Map(e) => e.has_dynamic(),
            Type::Tuple(es) => es.iter().any(Type::has_dynamic),
            Type::Object(o) => o.attributes.values().any(Type::has_dynamic),
        }
    }

    /// Whether every value of this type is one of the other: the same but for what is
    /// [`Type::Dynamic`] in the other. Optional attributes count as attributes.
    pub fn conforms_to(&self, constraint: &Type) -> bool {
        match (self, constraint) {
            (_, Type::Dynamic) => true,
            (Type::List(a), Type::List(b))
            | (Type::Set(a), Type::Set(b))
            | (Type::Map(a), Type::Map(b)) => a.conforms_to(b),
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| a.conforms_to(b))
            }
            (Type::Object(a), Type::Object(b)) => {
                a.attributes.len() == b.attributes.len()
                    && a.attributes
                        .iter()
                        .zip(&b.attributes)
                        .all(|((a, a_type), (b, b_type))| a == b && a_type.conforms_to(b_type))
            }
            (a, b) => a == b,
        }
    }

    /// Whether an object type in it has optional attributes.
    pub fn has_optional(&self) -> bool {
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => false,
            Type::List(e) | Type::Set(e) | Type::Map(e) => e.has_optional(),
            Type::Tuple(es) => es.iter().any(Type::has_optional),
            Type::Object(o) => {
                !o.optional.is_empty() || o.attributes.values().any(Type::has_optional)
            }
        }
    }

    /// The type of values that were converted to this constraint: no attribute is optional there.
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => self.clone(),
            Type::List(e) => Type::list(e.without_optional()),
            Type::Set(e) => Type::set(e.without_optional()),
            Type::Map(e) => Type::map(e.without_optional()),
            Type::Tuple(es) => Type::tuple(es.iter().map(Type::without_optional)),
            Type::Object(o) => {
                Type::object(o.attributes.iter().map(|(k, t)| (k.clone(), t.without_optional())))
            }
        }
    }

    /// `object({…})` of which the attributes named in `optional` may be lacking.
    pub fn object_with_optional<K: Into<Str>>(
        attributes: impl IntoIterator<Item = (K, Type)>,
        optional: impl IntoIterator<Item = K>,
    ) -> Type {
        let attributes: BTreeMap<Str, Type> =
            attributes.into_iter().map(|(k, t)| (k.into(), t)).collect();
        let optional = optional.into_iter().map(Into::into).filter(|k| attributes.contains_key(k));
        let optional = optional.collect();
        Type::Object(Arc::new(ObjectType { attributes, optional }))
    }
}
