//! Types as JSON: `"string"`, `["list", "string"]`, `["object", {…}, ["optional", …]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::HtmlSafe;
use crate::{CodecError, ObjectType, Path, Str, Type};

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pair =
            |kind: &str, argument: &Type, serializer: S| (kind, argument).serialize(serializer);
        match self {
            Type::Dynamic => serializer.serialize_str("dynamic"),
            Type::Bool => serializer.serialize_str("bool"),
            Type::Number => serializer.serialize_str("number"),
            Type::String => serializer.serialize_str("string"),
            Type::List(e) => pair("list", e, serializer),
            Type::Set(e) => pair("set", e, serializer),
            Type::Map(e) => pair("map", e, serializer),
            Type::Tuple(es) => ("tuple", &**es).serialize(serializer),
            Type::Object(o) => {
                let count = if o.optional.is_empty() { 2 } else { 3 };
                let mut parts = serializer.serialize_tuple(count)?;
                parts.serialize_element("object")?;
                parts.serialize_element(&Attributes(o))?;
                if !o.optional.is_empty() {
                    let optional: Vec<&str> = o.optional.iter().map(|name| &**name).collect();
                    parts.serialize_element(&optional)?;
                }
                parts.end()
            }
        }
    }
}

struct Attributes<'a>(&'a ObjectType);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.attributes.iter().map(|(name, ty)| (&**name, ty)))
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypeVisitor)
    }
}

struct TypeVisitor;

impl<'de> Visitor<'de> for TypeVisitor {
    type Value = Type;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Type, E> {
        match name {
            "dynamic" => Ok(Type::Dynamic),
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            _ => Err(E::custom(format!("invalid primitive type name {name:?}"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Type, A::Error> {
        fn argument<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
            parts: &mut A,
        ) -> Result<T, A::Error> {
            parts.next_element()?.ok_or_else(|| A::Error::custom("incomplete type description"))
        }
        let kind: String = argument(&mut parts)?;
        let ty = match &*kind {
            "list" => Type::list(argument(&mut parts)?),
            "set" => Type::set(argument(&mut parts)?),
            "map" => Type::map(argument(&mut parts)?),
            "tuple" => Type::tuple(argument::<A, Vec<Type>>(&mut parts)?),
            "object" => {
                let attributes: BTreeMap<Str, Type> = argument(&mut parts)?;
                let optional: Option<BTreeSet<Str>> = parts.next_element()?;
                let optional = optional.unwrap_or_default();
                if let Some(name) = optional.iter().find(|name| !attributes.contains_key(*name)) {
                    return Err(A::Error::custom(format!(
                        "there is no optional attribute {name:?}"
                    )));
                }
                Type::Object(Arc::new(ObjectType { attributes, optional }))
            }
            _ => return Err(A::Error::custom("invalid complex type kind name")),
        };
        match parts.next_element::<IgnoredAny>()? {
            None => Ok(ty),
            Some(_) => Err(A::Error::custom("unexpected extra data in type description")),
        }
    }
}

fn error(error: &serde_json::Error) -> CodecError {
    CodecError::new(&Path::root(), format!("invalid type description: {error}"))
}

/// The type that JSON data describes.
pub fn type_from_json(json: &serde_json::Value) -> Result<Type, CodecError> {
    Type::deserialize(json).map_err(|e| error(&e))
}

/// The type that JSON text describes.
pub fn type_from_slice(bytes: &[u8]) -> Result<Type, CodecError> {
    serde_json::from_slice(bytes).map_err(|e| error(&e))
}

/// The type as JSON data.
pub fn type_to_json(ty: &Type) -> serde_json::Value {
    // Strings, sequences and maps with names as keys always serialize.
    serde_json::to_value(ty).unwrap_or_default()
}

/// The type as JSON text, without spaces, safe to be put into HTML.
pub fn type_to_vec(ty: &Type) -> Vec<u8> {
    let mut out = Vec::new();
    let formatter = HtmlSafe(serde_json::ser::CompactFormatter);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    // Writing to memory does not fail, and neither do strings, sequences and maps of names.
    match ty.serialize(&mut serializer) {
        Ok(()) => out,
        Err(_) => b"\"dynamic\"".to_vec(),
    }
}
