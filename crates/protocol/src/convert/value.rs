//! Values and types.

use groma_value::{Type, Value};

use crate::tfplugin6 as wire;

/// Why a value cannot be encoded or decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CodecError(String);

/// A value of a type, which may contain `Dynamic`, as a message.
pub fn encode_value(value: &Value, ty: &Type) -> Result<wire::DynamicValue, CodecError> {
    let _ = (value, ty);
    Err(CodecError("temp".into()))
}

/// The value in a message. One that is left out, or empty, is null.
pub fn decode_value(value: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, CodecError> {
    let _ = value;
    Ok(Value::null(ty.clone()))
}

/// The value in a stored object's JSON.
pub fn decode_raw_json(raw: &wire::RawState, ty: &Type) -> Result<Value, CodecError> {
    let _ = (raw, ty);
    Err(CodecError("temp".into()))
}
