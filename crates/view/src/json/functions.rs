//! The signatures of functions, in the documented format of `metadata functions -json`, which is
//! also that of the functions in `providers schema -json`.

use std::collections::BTreeMap;
use std::io;

use groma_schema::{FunctionParameter, FunctionSignature};
use groma_value::{Str, Type};
use serde::Serialize;

use crate::RenderError;

/// Writes the signatures of the built-in functions, each with its plain name and with that in the
/// namespace `core`, on one line and a line break.
pub fn write_functions(
    mut out: impl io::Write,
    functions: &BTreeMap<Str, FunctionSignature>,
) -> Result<(), RenderError> {
    let mut all = BTreeMap::new();
    for (name, signature) in functions {
        all.insert(name.to_string(), FunctionJson::new(signature));
        all.insert(format!("core::{name}"), FunctionJson::new(signature));
    }
    super::write(&mut out, &Report { format_version: "1.0", function_signatures: all })?;
    Ok(writeln!(out)?)
}

#[derive(Serialize)]
struct Report {
    format_version: &'static str,
    function_signatures: BTreeMap<String, FunctionJson>,
}

#[derive(Serialize)]
pub(super) struct FunctionJson {
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    deprecation_message: String,
    return_type: Type,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variadic_parameter: Option<ParameterJson>,
}

impl FunctionJson {
    /// What the format says of a function.
    pub(super) fn new(function: &FunctionSignature) -> FunctionJson {
        FunctionJson {
            description: function.description.clone(),
            summary: function.summary.clone(),
            deprecation_message: function.deprecation_message.clone(),
            return_type: function.return_type.clone(),
            parameters: function.parameters.iter().map(ParameterJson::new).collect(),
            variadic_parameter: function.variadic.as_ref().map(ParameterJson::new),
        }
    }
}

#[derive(Serialize)]
struct ParameterJson {
    name: Str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "is_false")]
    is_nullable: bool,
    #[serde(rename = "type")]
    ty: Type,
}

impl ParameterJson {
    fn new(parameter: &FunctionParameter) -> ParameterJson {
        ParameterJson {
            name: parameter.name.clone(),
            description: parameter.description.clone(),
            is_nullable: parameter.allow_null,
            ty: parameter.ty.clone(),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
