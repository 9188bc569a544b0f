//! Signatures of functions.

use groma_schema::{FunctionParameter, FunctionSignature};
use groma_value::Str;

use super::schema::{text_kind_from_wire, text_kind_to_wire};
use super::{ConvertError, type_from_json, type_to_json};
use crate::tfplugin6::{self as wire, function};

/// What a function message says.
pub fn function_from_wire(function: wire::Function) -> Result<FunctionSignature, ConvertError> {
    let parameters = function.parameters.into_iter().map(parameter_from_wire);
    let result = function.r#return.ok_or_else(|| ConvertError::new("it has no return type"))?;
    Ok(FunctionSignature {
        parameters: parameters.collect::<Result<_, _>>()?,
        variadic: function.variadic_parameter.map(parameter_from_wire).transpose()?,
        return_type: type_from_json(&result.r#type).map_err(|e| e.inside("return"))?,
        summary: function.summary,
        description: function.description,
        description_kind: text_kind_from_wire(function.description_kind),
        deprecation_message: function.deprecation_message,
    })
}

fn parameter_from_wire(parameter: function::Parameter) -> Result<FunctionParameter, ConvertError> {
    Ok(FunctionParameter {
        ty: type_from_json(&parameter.r#type).map_err(|e| e.inside(&parameter.name))?,
        name: Str::from(parameter.name),
        allow_null: parameter.allow_null_value,
        allow_unknown: parameter.allow_unknown_values,
        description: parameter.description,
        description_kind: text_kind_from_wire(parameter.description_kind),
    })
}

/// The message that says what a signature says.
pub fn function_to_wire(signature: &FunctionSignature) -> wire::Function {
    wire::Function {
        parameters: signature.parameters.iter().map(parameter_to_wire).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter_to_wire),
        r#return: Some(function::Return { r#type: type_to_json(&signature.return_type) }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: text_kind_to_wire(signature.description_kind),
        deprecation_message: signature.deprecation_message.clone(),
    }
}

fn parameter_to_wire(parameter: &FunctionParameter) -> function::Parameter {
    function::Parameter {
        name: parameter.name.to_string(),
        r#type: type_to_json(&parameter.ty),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: text_kind_to_wire(parameter.description_kind),
    }
}
