//! The operations of the language on values.
//!
//! All of them work on unknown values, of whose result they tell what can be told, and hand on the
//! marks of their operands.

mod access;
mod arithmetic;
mod compare;
mod equality;
mod logic;
#[cfg(test)]
mod tests;

pub use access::Elements;

use crate::{Kind, Marks, Refinements, Str, Type, Value};

/// Why an operation has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// An operand is null.
    #[error("argument must not be null")]
    Null,
    /// An operand is of another type than this.
    #[error("{0} required")]
    WrongType(&'static str),
    /// Arithmetic without a result.
    #[error("{0}")]
    Undefined(&'static str),
    /// The value is of a type that cannot be indexed.
    #[error("this value does not have any indices")]
    NotIndexable,
    /// The collection has no such element.
    #[error("the given key does not identify an element in this collection value")]
    NoElement,
    /// The value is of a type without attributes.
    #[error("this value does not have any attributes")]
    NotObject,
    /// The object has no such attribute.
    #[error("this object does not have an attribute named \"{0}\"")]
    NoAttribute(Str),
}

/// A result that will be a truth value.
fn unknown_bool() -> Value {
    Value::unknown_refined(Type::Bool, Refinements::not_null())
}

/// An operand of a type that is known, or unknown.
enum Operand<T> {
    Known(T),
    Unknown(Refinements),
}

fn operand<'a, T>(
    value: &'a Value,
    ty: &Type,
    name: &'static str,
    get: impl FnOnce(&'a Value) -> Option<T>,
) -> Result<Operand<T>, OpError> {
    match value.kind() {
        Kind::Unknown(u) if u.ty == *ty || u.ty == Type::Dynamic => {
            Ok(Operand::Unknown(u.refinements.clone()))
        }
        Kind::Null(own) if own == ty || *own == Type::Dynamic => Err(OpError::Null),
        _ => get(value).map(Operand::Known).ok_or(OpError::WrongType(name)),
    }
}

fn marks_of(a: &Value, b: &Value) -> Marks {
    a.marks().union(b.marks())
}
