//! Where values are sensitive or not known: trees of the shape of the value with `true` there.

use groma_value::{Kind, Type, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// Where a value is sensitive.
pub(super) struct Sensitive<'a>(pub(super) &'a Value);

/// Where a value is not known.
pub(super) struct Unknown<'a>(pub(super) &'a Value);

/// The mask of one value, seen from outside.
enum Mask {
    Flag(bool),
    EmptyList,
    EmptyMap,
    /// That of its parts.
    Parts,
}

fn sensitive(value: &Value) -> Mask {
    if value.is_sensitive() {
        return Mask::Flag(true);
    }
    match value.kind() {
        Kind::Unknown(unknown) => match &unknown.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Mask::EmptyList,
            Type::Map(_) | Type::Object(_) => Mask::EmptyMap,
            _ => Mask::Flag(false),
        },
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => Mask::Flag(false),
        _ => Mask::Parts,
    }
}

fn unknown(value: &Value) -> Mask {
    match value.kind() {
        Kind::Unknown(_) => Mask::Flag(true),
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => Mask::Flag(false),
        _ => Mask::Parts,
    }
}

impl Serialize for Sensitive<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, sensitive, serializer)
    }
}

impl Serialize for Unknown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, unknown, serializer)
    }
}

struct Masked<'a>(&'a Value, fn(&Value) -> Mask);

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, self.1, serializer)
    }
}

fn write<S: Serializer>(
    value: &Value,
    mask: fn(&Value) -> Mask,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match mask(value) {
        Mask::Flag(flag) => return serializer.serialize_bool(flag),
        Mask::EmptyList => return serializer.serialize_seq(Some(0))?.end(),
        Mask::EmptyMap => return serializer.serialize_map(Some(0))?.end(),
        Mask::Parts => {}
    }
    if let Some(items) = value.as_sequence() {
        let mut seq = serializer.serialize_seq(Some(items.len()))?;
        for item in items {
            seq.serialize_element(&Masked(item, mask))?;
        }
        return seq.end();
    }
    let mut map = serializer.serialize_map(None)?;
    for (name, part) in value.as_entries().into_iter().flat_map(|e| e.iter()) {
        // Members that are plainly not so are left out.
        if !matches!(mask(part), Mask::Flag(false)) {
            map.serialize_entry(&**name, &Masked(part, mask))?;
        }
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use groma_value::Mark;

    use super::*;

    #[test]
    fn masks_have_the_shape_of_the_value() {
        let secret = Value::from("s").marked(Mark::Sensitive);
        let value = Value::object_of([
            ("a", secret),
            ("b", "x".into()),
            ("c", Value::tuple(vec!["x".into(), Value::unknown(Type::String)])),
            ("d", Value::object_of([("e", Value::NULL)])),
            ("f", Value::unknown(Type::list(Type::String))),
        ]);
        let sensitive = serde_json::to_string(&Sensitive(&value)).unwrap();
        assert_eq!(sensitive, r#"{"a":true,"c":[false,false],"d":{},"f":[]}"#);
        let unknown = serde_json::to_string(&Unknown(&value)).unwrap();
        assert_eq!(unknown, r#"{"c":[false,true],"d":{},"f":true}"#);
    }
}
