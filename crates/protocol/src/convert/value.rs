//! Values and types.

use bytes::Bytes;
use groma_value::{CodecError, Type, Value, json, msgpack};

use super::ConvertError;
use crate::tfplugin6 as wire;

/// A value as a message. Where the type is open, the value goes with its own type.
pub fn encode_value(value: &Value, ty: &Type) -> Result<wire::DynamicValue, CodecError> {
    let msgpack = msgpack::encode(value, ty)?.into();
    Ok(wire::DynamicValue { msgpack, json: Bytes::new() })
}

/// The value in a message. One that is left out, or empty, is null.
pub fn decode_value(value: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, CodecError> {
    match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => json::from_slice(&value.json, ty),
        _ => Ok(Value::null(ty.without_optional())),
    }
}

/// The type that a schema gives in JSON.
pub fn type_from_json(json: &[u8]) -> Result<Type, ConvertError> {
    json::type_from_slice(json).map_err(|e| ConvertError::new(e.to_string()))
}

/// A type in JSON, as schemas give it.
pub fn type_to_json(ty: &Type) -> Bytes {
    json::type_to_vec(ty).into()
}
