//! Values for input variables.

use groma_config::Variable;
use groma_diag::{Diagnostic, SourceRange};
use groma_value::{Mark, Value, convert};

/// A value given for a variable.
#[derive(Clone, Debug)]
pub struct InputValue {
    /// The value, before conversion.
    pub value: Value,
    /// Where it is written, if it is in a file.
    pub range: Option<SourceRange>,
    /// Where it comes from in words, if it is not in a file: `the environment variable
    /// TF_VAR_x`.
    pub described: String,
}

/// The value that a variable has, given what was handed in: converted to its type, defaults put
/// in, marked. `unknown_if_missing` stands in for what validation does not have.
pub(crate) fn prepare(
    variable: &Variable,
    given: Option<&InputValue>,
    unknown_if_missing: bool,
) -> Result<Value, Box<Diagnostic>> {
    let value = match (given, &variable.default) {
        (None, _) if unknown_if_missing => Value::unknown(variable.ty.clone()),
        (None, Some(default)) => default.clone(),
        (None, None) => {
            let detail = format!(
                "The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.",
                &*variable.name
            );
            let error = Diagnostic::error("No value for required variable", detail);
            return Err(Box::new(error.at(&variable.decl_range)));
        }
        (Some(given), default) => match default {
            Some(default) if given.value.is_null() && !variable.nullable => default.clone(),
            _ => converted(variable, given)?,
        },
    };
    let value = if variable.sensitive { value.marked(Mark::Sensitive) } else { value };
    Ok(if variable.ephemeral { value.marked(Mark::Ephemeral) } else { value })
}

fn converted(variable: &Variable, given: &InputValue) -> Result<Value, Box<Diagnostic>> {
    let place = given.range.as_ref().unwrap_or(&variable.decl_range);
    let value = match &variable.defaults {
        Some(defaults) => defaults.apply(&given.value),
        None => given.value.clone(),
    };
    let value = convert(&value, &variable.ty).map_err(|error| {
        let detail = if !given.described.is_empty() {
            format!(
                "Unsuitable value for var.{} set using {}: {error}.",
                variable.name, given.described
            )
        } else {
            format!(
                "The given value is not suitable for var.{} declared at {}: {error}.",
                variable.name, variable.decl_range
            )
        };
        Box::new(Diagnostic::error("Invalid value for input variable", detail).at(place))
    })?;
    if value.is_null() && !variable.nullable {
        let detail = format!(
            "Unsuitable value for var.{} at {}: required variable may not be set to null.",
            variable.name, variable.decl_range
        );
        return Err(Box::new(Diagnostic::error("Required variable not set", detail).at(place)));
    }
    Ok(value)
}
