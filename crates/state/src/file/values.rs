//! Values and paths in the file.

use groma_value::{Path, PathStep, Type, Value, json};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::string;

/// A type constraint in JSON.
pub(super) fn parse_type(text: &str) -> Result<Type, String> {
    json::type_from_slice(text.as_bytes()).map_err(|e| e.to_string())
}

/// A type in compact JSON.
pub(super) fn type_to_json(ty: &Type) -> Vec<u8> {
    json::type_to_vec(ty)
}

/// A value of a type.
pub(crate) fn from_json(text: &[u8], ty: &Type) -> Result<Value, String> {
    json::from_slice(text, ty).map_err(|e| e.to_string())
}

/// A value of a type in compact JSON.
pub(crate) fn to_json(value: &Value, ty: &Type) -> Result<Vec<u8>, String> {
    json::to_vec(value, ty).map_err(|e| e.to_string())
}

#[derive(Deserialize)]
struct Step<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Paths to sensitive values.
pub(super) fn parse_paths(text: &str) -> Result<Vec<Path>, String> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    let paths: Vec<Vec<Step<'_>>> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    paths
        .iter()
        .map(|steps| steps.iter().map(parse_step).collect::<Result<_, _>>().map(Path))
        .collect()
}

fn parse_step(step: &Step<'_>) -> Result<PathStep, String> {
    match &*step.kind {
        "get_attr" => {
            let name: String = serde_json::from_str(step.value.get()).map_err(|e| e.to_string())?;
            Ok(PathStep::Attribute(name.into()))
        }
        "index" => from_json(step.value.get().as_bytes(), &Type::Dynamic).map(PathStep::Index),
        other => Err(format!("unsupported path step type {other:?}")),
    }
}

/// The same in compact JSON.
pub(super) fn paths_to_json(paths: &[Path]) -> Result<Vec<u8>, String> {
    let mut out = vec![b'['];
    for (i, path) in paths.iter().enumerate() {
        out.extend_from_slice(if i > 0 { b",[" } else { b"[" });
        for (i, step) in path.0.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            match step {
                PathStep::Attribute(name) => {
                    out.extend_from_slice(b"{\"type\":\"get_attr\",\"value\":");
                    string(name, &mut out);
                }
                PathStep::Index(key) => {
                    out.extend_from_slice(b"{\"type\":\"index\",\"value\":");
                    out.extend_from_slice(&to_json(key, &Type::Dynamic)?);
                }
            }
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b']');
    Ok(out)
}
