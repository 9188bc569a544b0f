//! Writing values, straight into any serializer.

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::convert::mismatch_message;
use crate::{CodecError, Entries, Kind, Number, Path, PathStep, Type, Value, convert};

const MARKED: &str = "value has marks, so it cannot be serialized as JSON";
const UNKNOWN: &str = "value is not known";
const INFINITE: &str = "cannot serialize infinity as JSON";

/// A value that serializes as JSON by a type.
///
/// It can stand inside other data that is serialized. It must be serialized to JSON text or data by
/// `serde_json`: for others it has numbers of too many digits.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    value: &'a Value,
    ty: &'a Type,
}

impl<'a> Typed<'a> {
    /// The value is written as what it is in a place of type `ty`.
    pub fn new(value: &'a Value, ty: &'a Type) -> Typed<'a> {
        Typed { value, ty }
    }
}

/// A value that serializes as JSON by the type that it has.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a Value);

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (value, ty) = (self.value, self.ty);
        if !value.marks().is_empty() {
            return Err(S::Error::custom(MARKED));
        }
        match (value.kind(), ty) {
            (Kind::Null(own), Type::Dynamic) if *own == Type::Dynamic => {
                serializer.serialize_unit()
            }
            (Kind::Unknown(_), _) => Err(S::Error::custom(UNKNOWN)),
            (_, Type::Dynamic) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("value", &Plain(value))?;
                map.serialize_entry("type", &value.ty())?;
                map.end()
            }
            (Kind::Null(_), _) => serializer.serialize_unit(),
            (Kind::Bool(_), Type::Bool)
            | (Kind::Number(_), Type::Number)
            | (Kind::String(_), Type::String) => Plain(value).serialize(serializer),
            (Kind::List(l), Type::List(element)) => items(&l.items, element, serializer),
            (Kind::Set(s), Type::Set(element)) => items(&s.items, element, serializer),
            (Kind::Tuple(parts), Type::Tuple(types)) if parts.len() == types.len() => {
                serializer.collect_seq(parts.iter().zip(&**types).map(|(v, t)| Typed::new(v, t)))
            }
            (Kind::Map(m), Type::Map(element)) => serializer
                .collect_map(m.entries.iter().map(|(k, v)| (&**k, Typed::new(v, element)))),
            (Kind::Object(entries), Type::Object(o)) if entries.keys().eq(o.attributes.keys()) => {
                let typed = entries.iter().zip(o.attributes.values());
                serializer.collect_map(typed.map(|((k, v), t)| (&**k, Typed::new(v, t))))
            }
            _ => match convert(value, ty) {
                Ok(converted) if converted != *value => {
                    Typed::new(&converted, ty).serialize(serializer)
                }
                _ => Err(S::Error::custom(mismatch_message(&value.ty(), ty))),
            },
        }
    }
}

fn items<S: Serializer>(items: &[Value], ty: &Type, serializer: S) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        seq.serialize_element(&Typed::new(item, ty))?;
    }
    seq.end()
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.marks().is_empty() {
            return Err(S::Error::custom(MARKED));
        }
        let entries = |entries: &Entries, serializer: S| {
            serializer.collect_map(entries.iter().map(|(k, v)| (&**k, Plain(v))))
        };
        match self.0.kind() {
            Kind::Null(_) => serializer.serialize_unit(),
            Kind::Unknown(_) => Err(S::Error::custom(UNKNOWN)),
            Kind::Bool(b) => serializer.serialize_bool(*b),
            Kind::Number(Number::Int(i)) => serializer.serialize_i64(*i),
            Kind::Number(n) if n.is_infinite() => Err(S::Error::custom(INFINITE)),
            Kind::Number(n) => {
                serde_json::Number::from_string_unchecked(n.to_string()).serialize(serializer)
            }
            Kind::String(s) => serializer.serialize_str(s),
            Kind::List(l) => serializer.collect_seq(l.items.iter().map(Plain)),
            Kind::Set(s) => serializer.collect_seq(s.items.iter().map(Plain)),
            Kind::Tuple(items) => serializer.collect_seq(items.iter().map(Plain)),
            Kind::Map(m) => entries(&m.entries, serializer),
            Kind::Object(object) => entries(object, serializer),
        }
    }
}

/// Finds what cannot be written.
pub(super) fn check(value: &Value, ty: &Type, path: &mut Path) -> Result<(), CodecError> {
    let fail = |path: &Path, message: &str| Err(CodecError::new(path, message));
    if !value.marks().is_empty() {
        return fail(path, MARKED);
    }
    match value.kind() {
        Kind::Unknown(_) => return fail(path, UNKNOWN),
        Kind::Number(n) if n.is_infinite() => return fail(path, INFINITE),
        Kind::Null(_) => return Ok(()),
        _ => {}
    }
    if let Err(error) = convert(value, ty) {
        let at = error.path.0.into_iter();
        path.0.extend(at);
        return fail(path, &error.message);
    }
    for (key, part) in value.elements().into_iter().flatten() {
        let part_type = match (ty, key.as_str(), key.as_number()) {
            (Type::Object(o), Some(name), _) => o.attributes.get(&**name),
            (Type::Tuple(types), _, Some(at)) => at.as_usize().and_then(|at| types.get(at)),
            _ => ty.element(),
        };
        path.0.push(match (value.kind(), key.as_str()) {
            (Kind::Object(_), Some(name)) => PathStep::Attribute(name.clone()),
            _ => PathStep::Index(key),
        });
        check(part, part_type.unwrap_or(&Type::Dynamic), path)?;
        path.0.pop();
    }
    Ok(())
}
