//! Types, in the JSON form that schemas give them: `"string"`, `["list", …]`, `["object", {…}]`.

use bytes::Bytes;
use groma_value::Type;
use serde_json::{Map, Value as Json, json};

use super::ConvertError;

/// The type that a schema gives in JSON.
///
/// Attributes of objects that are marked as optional are so for those who write configurations
/// only; a value that crosses the wire has them all.
pub fn type_from_json(json: &[u8]) -> Result<Type, ConvertError> {
    // The parser limits the depth.
    let json: Json = serde_json::from_slice(json)
        .map_err(|e| ConvertError::new(format!("its type is not valid JSON: {e}")))?;
    read(&json).ok_or_else(|| ConvertError::new(format!("{json} is not a type")))
}

fn read(json: &Json) -> Option<Type> {
    match json {
        Json::String(name) => match name.as_str() {
            "bool" => Some(Type::Bool),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            "dynamic" => Some(Type::Dynamic),
            _ => None,
        },
        Json::Array(parts) => {
            let [Json::String(kind), of, ..] = parts.as_slice() else { return None };
            match (kind.as_str(), of) {
                ("list", element) => Some(Type::list(read(element)?)),
                ("set", element) => Some(Type::set(read(element)?)),
                ("map", element) => Some(Type::map(read(element)?)),
                ("tuple", Json::Array(elements)) => {
                    Some(Type::tuple(elements.iter().map(read).collect::<Option<Vec<_>>>()?))
                }
                ("object", Json::Object(attributes)) => {
                    let attributes = attributes.iter().map(|(n, t)| Some((n.as_str(), read(t)?)));
                    Some(Type::object(attributes.collect::<Option<Vec<_>>>()?))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A type in JSON, as schemas give it.
pub fn type_to_json(ty: &Type) -> Bytes {
    Bytes::from(write(ty).to_string())
}

fn write(ty: &Type) -> Json {
    match ty {
        Type::Dynamic => json!("dynamic"),
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::String => json!("string"),
        Type::List(element) => json!(["list", write(element)]),
        Type::Set(element) => json!(["set", write(element)]),
        Type::Map(element) => json!(["map", write(element)]),
        Type::Tuple(elements) => {
            json!(["tuple", elements.iter().map(write).collect::<Vec<_>>()])
        }
        Type::Object(object) => {
            let attributes: Map<String, Json> =
                object.attributes.iter().map(|(n, t)| (n.to_string(), write(t))).collect();
            json!(["object", attributes])
        }
    }
}
