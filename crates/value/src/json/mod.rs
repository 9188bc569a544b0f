//! Values and types as JSON.
//!
//! A value is written by a type: where that is open, the value goes with its own type, as
//! `{"value": …, "type": …}`. Numbers keep all their digits.

mod format;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod write;

use std::io;

pub use format::HtmlSafe;
pub use types::{type_from_json, type_from_slice, type_to_json, type_to_vec};
pub use write::{Plain, Typed};

use crate::{CodecError, Path, Type, Value};

/// Reads a value of a type from JSON text.
pub fn from_slice(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let mut scanner = scan::Scanner::new(bytes);
    let value = read::value(&mut scanner, ty)?;
    scanner.end()?;
    Ok(value)
}

/// Reads a value of a type from JSON data.
pub fn from_json(json: &serde_json::Value, ty: &Type) -> Result<Value, CodecError> {
    read::value(&mut tree::Tree(json), ty)
}

/// Reads a value from JSON text, with the type that it has there: arrays become tuples.
pub fn from_slice_implied(bytes: &[u8]) -> Result<Value, CodecError> {
    let mut scanner = scan::Scanner::new(bytes);
    let value = read::implied_value(&mut scanner)?;
    scanner.end()?;
    Ok(value)
}

/// The type that a value has in JSON text; null has any.
pub fn implied_type(bytes: &[u8]) -> Result<Type, CodecError> {
    from_slice_implied(bytes).map(|value| value.ty())
}

/// The value as JSON data.
pub fn to_json(value: &Value, ty: &Type) -> Result<serde_json::Value, CodecError> {
    serde_json::to_value(Typed::new(value, ty)).map_err(|e| explain(value, ty, &e))
}

/// The value as JSON text.
pub fn to_vec(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(128);
    write_json(value, ty, &mut out)?;
    Ok(out)
}

/// Writes the value as JSON text, without spaces, safe to be put into HTML.
pub fn write_json(value: &Value, ty: &Type, out: &mut impl io::Write) -> Result<(), CodecError> {
    let mut serializer =
        serde_json::Serializer::with_formatter(out, HtmlSafe(serde_json::ser::CompactFormatter));
    serde::Serialize::serialize(&Typed::new(value, ty), &mut serializer)
        .map_err(|e| explain(value, ty, &e))
}

/// The place of what could not be written, which the serializer does not tell.
fn explain(value: &Value, ty: &Type, error: &serde_json::Error) -> CodecError {
    match write::check(value, ty, &mut Path::root()) {
        Err(error) => error,
        Ok(()) => CodecError::new(&Path::root(), error.to_string()),
    }
}
