//! `==` and `!=`.

use super::unknown_bool;
use crate::{Entries, Kind, Type, UnknownValue, Value};

/// Equality.
impl Value {
    /// `self == other`: of the same type and the same in all parts, or both null. Nothing is
    /// converted. Unknown if that cannot be told yet.
    pub fn equals(&self, other: &Value) -> Value {
        // Whether one thing is null depends on nothing inside it.
        let shallow = self.is_null() != other.is_null();
        let deep = |value: &Value| match shallow {
            true => (value.clone(), value.marks().clone()),
            false => value.clone().unmark_deep(),
        };
        let ((a, a_marks), (b, b_marks)) = (deep(self), deep(other));
        let result = match top_equality(&a, &b) {
            Some(equal) => Value::bool(equal),
            None => unknown_bool(),
        };
        result.with_marks(&a_marks).with_marks(&b_marks)
    }

    /// `self != other`
    pub fn not_equal(&self, other: &Value) -> Value {
        let (equal, marks) = self.equals(other).unmark();
        let result = match equal.as_bool() {
            Some(equal) => Value::bool(!equal),
            None => unknown_bool(),
        };
        result.with_marks(&marks)
    }
}

/// Equality of values of any types; `None` if it cannot be told yet.
fn top_equality(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        (Kind::Null(_), _) if b.is_definitely_not_null() => Some(false),
        (_, Kind::Null(_)) if a.is_definitely_not_null() => Some(false),
        (Kind::Unknown(_), Kind::Unknown(_)) => None,
        (Kind::Unknown(u), _) => differs(u, b),
        (_, Kind::Unknown(u)) => differs(u, a),
        (Kind::Bool(_) | Kind::Number(_) | Kind::String(_), _) => Some(a == b),
        (_, Kind::Bool(_) | Kind::Number(_) | Kind::String(_)) => Some(false),
        _ => {
            let (a_type, b_type) = (a.ty(), b.ty());
            if a_type.has_dynamic() || b_type.has_dynamic() {
                // The types may yet turn out to be the same.
                let never = !a_type.conforms_to(&b_type) && !b_type.conforms_to(&a_type);
                return match (never, a.is_wholly_known() && b.is_wholly_known()) {
                    (true, _) => Some(false),
                    (false, true) => same_type_equality(a, b),
                    (false, false) => None,
                };
            }
            if a_type == b_type { same_type_equality(a, b) } else { Some(false) }
        }
    }
}

/// Whether a known value can tell already that the unknown one will not be equal to it.
fn differs(unknown: &UnknownValue, known: &Value) -> Option<bool> {
    if known.is_null() || unknown.ty == Type::Dynamic {
        return None;
    }
    let ty = known.ty();
    let other_type = !ty.conforms_to(&unknown.ty) && !unknown.ty.conforms_to(&ty);
    if other_type || unknown.refinements.excludes(known) { Some(false) } else { None }
}

fn same_type_equality(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::List(a), Kind::List(b)) => items_equality(&a.items, &b.items),
        (Kind::Tuple(a), Kind::Tuple(b)) => items_equality(a, b),
        (Kind::Map(a), Kind::Map(b)) => entries_equality(&a.entries, &b.entries),
        (Kind::Object(a), Kind::Object(b)) => entries_equality(a, b),
        (Kind::Set(a), Kind::Set(b)) => sets_equality(&a.items, &b.items),
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        _ => top_equality(a, b),
    }
}

fn items_equality(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    all_equal(a.iter().zip(b))
}

fn entries_equality(a: &Entries, b: &Entries) -> Option<bool> {
    if a.len() != b.len() || a.keys().ne(b.keys()) {
        return Some(false);
    }
    all_equal(a.values().zip(b.values()))
}

/// False as soon as one pair differs, though others be unknown.
fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut result = Some(true);
    for (a, b) in pairs {
        match same_type_equality(a, b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

fn sets_equality(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.is_empty() != b.is_empty() {
        return Some(false);
    }
    let known = |items: &[Value]| items.iter().all(Value::is_wholly_known);
    (known(a) && known(b)).then(|| a == b)
}
