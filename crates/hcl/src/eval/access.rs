//! Attributes and elements of values, with the messages of the language.

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::{Kind, Marks, Number, OpError, Type, Value, convert};

const NO_ELEMENT: &str = "The given key does not identify an element in this collection value";

/// `value.name`; the error, if there is one, is about `range`.
pub fn get_attr(value: &Value, name: &str, range: &SourceRange) -> Result<Value, Diagnostics> {
    let fail =
        |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(range).into());
    match value.kind() {
        Kind::Null(_) => fail(
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.".to_owned(),
        ),
        Kind::Map(map) => match map.entries.get(name) {
            Some(element) => Ok(element.clone().with_marks(value.marks())),
            None => fail(
                "Missing map element",
                format!("This map does not have an element with the key \"{name}\"."),
            ),
        },
        Kind::Unknown(unknown) if let Type::Map(element) = &unknown.ty => {
            Ok(Value::unknown((**element).clone()).with_marks(value.marks()))
        }
        _ => match value.get_attr(name) {
            Ok(found) => Ok(found),
            Err(OpError::NoAttribute(_)) => fail(
                "Unsupported attribute",
                format!("This object does not have an attribute named \"{name}\"."),
            ),
            Err(_) => fail("Unsupported attribute", no_attributes(value, name)),
        },
    }
}

fn no_attributes(value: &Value, name: &str) -> String {
    let ty = match value.kind() {
        Kind::List(l) if matches!(l.element, Type::Object(_)) => value.ty(),
        Kind::Set(s) if matches!(s.element, Type::Object(_)) => value.ty(),
        Kind::Unknown(u) => u.ty.clone(),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => value.ty(),
        _ => Type::Dynamic,
    };
    match &ty {
        Type::List(element) if element.attribute(name).is_some() => format!(
            "Can't access attributes on a list of objects. Did you mean to access attribute \
             \"{name}\" for a specific element of the list, or across all elements of the list?"
        ),
        Type::List(element) if matches!(**element, Type::Object(_)) => {
            "Can't access attributes on a list of objects. Did you mean to access an attribute \
             for a specific element of the list, or across all elements of the list?"
                .to_owned()
        }
        Type::Set(element) if element.attribute(name).is_some() => format!(
            "Can't access attributes on a set of objects. Did you mean to access attribute \
             \"{name}\" across all elements of the set?"
        ),
        Type::Set(element) if matches!(**element, Type::Object(_)) => {
            "Can't access attributes on a set of objects. Did you mean to access an attribute \
             across all elements of the set?"
                .to_owned()
        }
        ty if ty.is_primitive() => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
        }
        _ => "This value does not have any attributes.".to_owned(),
    }
}

/// `collection[key]`; the error, if there is one, is about `range`.
pub fn get_index(
    collection: &Value,
    key: &Value,
    range: &SourceRange,
) -> Result<Value, Diagnostics> {
    let fail = |detail: String| Err(Diagnostic::error("Invalid index", detail).at(range).into());
    if collection.is_null() {
        let detail = "This value is null, so it does not have any indices.";
        return Err(Diagnostic::error("Attempt to index null value", detail).at(range).into());
    }
    if key.is_null() {
        return fail("Can't use a null value as an indexing key.".to_owned());
    }
    let (want, is_object) = match shape(collection) {
        Shape::Open => {
            let marks = collection.marks().union(key.marks());
            return Ok(Value::unknown(Type::Dynamic).with_marks(&marks));
        }
        Shape::Sequence => (Type::Number, false),
        Shape::Map => (Type::String, false),
        Shape::Object => (Type::String, true),
        Shape::Set => {
            return fail(
                "Elements of a set are identified only by their value and don't have any \
                 separate index or key to select with, so it's only possible to perform \
                 operations across all elements of the set."
                    .to_owned(),
            );
        }
        Shape::Other => return fail("This value does not have any indices.".to_owned()),
    };
    let by_number = matches!(key.kind(), Kind::Number(_));
    let key = match convert(key, &want) {
        Ok(key) => key,
        Err(error) => return fail(format!("{NO_ELEMENT}: {error}.")),
    };
    let (key, key_marks) = key.unmark();
    // Which attribute was taken tells nothing that the configuration does not tell.
    let key_marks = if is_object { Marks::NONE } else { key_marks };
    match collection.index(&key) {
        Ok(found) => Ok(found.with_marks(&key_marks)),
        Err(_) if is_object && by_number => fail(format!(
            "{NO_ELEMENT}. An object only supports looking up attributes by name, not by numeric \
             index."
        )),
        Err(_) => fail(match key.as_number() {
            Some(number) => no_position(collection, number),
            None => format!("{NO_ELEMENT}."),
        }),
    }
}

/// How a value can be indexed.
enum Shape {
    Open,
    Sequence,
    Map,
    Object,
    Set,
    Other,
}

fn shape(value: &Value) -> Shape {
    match value.kind() {
        Kind::List(_) | Kind::Tuple(_) => Shape::Sequence,
        Kind::Map(_) => Shape::Map,
        Kind::Object(_) => Shape::Object,
        Kind::Set(_) => Shape::Set,
        Kind::Unknown(unknown) => match &unknown.ty {
            Type::Dynamic => Shape::Open,
            Type::List(_) | Type::Tuple(_) => Shape::Sequence,
            Type::Map(_) => Shape::Map,
            Type::Object(_) => Shape::Object,
            Type::Set(_) => Shape::Set,
            _ => Shape::Other,
        },
        _ => Shape::Other,
    }
}

/// Why a sequence has nothing at a position.
fn no_position(sequence: &Value, position: &Number) -> String {
    let length = sequence.as_sequence().map(<[Value]>::len);
    let reason = if length == Some(0) {
        "the collection has no elements".to_owned()
    } else if position.signum() < 0 {
        "a negative number is not a valid index for a sequence".to_owned()
    } else if !position.is_integer() {
        "indexing a sequence requires a whole number, but the given index has a fractional part"
            .to_owned()
    } else if length.is_some() && position.as_usize().is_some() {
        "the given index is greater than or equal to the length of the collection".to_owned()
    } else {
        return format!("{NO_ELEMENT}.");
    };
    format!("{NO_ELEMENT}: {reason}.")
}
