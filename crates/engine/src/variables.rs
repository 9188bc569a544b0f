//! Values for input variables.

use groma_addrs::Module;
use groma_config::Variable;
use groma_diag::{Diagnostic, SourceRange};
use groma_value::{Mark, Value, convert};

use crate::run::within;

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
    module: &Module,
    variable: &Variable,
    given: Option<&InputValue>,
    unknown_if_missing: bool,
) -> Result<Value, Box<Diagnostic>> {
    let value = match (given, &variable.default) {
        (None, _) if unknown_if_missing => Value::unknown(variable.ty.clone()),
        (None, Some(default)) => default.clone(),
        // That a call lacks an argument has been said of the call.
        (None, None) if !module.is_root() => Value::unknown(variable.ty.clone()),
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
            _ => converted(module, variable, given)?,
        },
    };
    Ok(marked(variable, value))
}

/// Any value that the variable may have.
pub(crate) fn anything(variable: &Variable) -> Value {
    marked(variable, Value::unknown(variable.ty.clone()))
}

fn marked(variable: &Variable, value: Value) -> Value {
    let value = if variable.sensitive { value.marked(Mark::Sensitive) } else { value };
    if variable.ephemeral { value.marked(Mark::Ephemeral) } else { value }
}

fn converted(
    module: &Module,
    variable: &Variable,
    given: &InputValue,
) -> Result<Value, Box<Diagnostic>> {
    let addr = within(module, format!("var.{}", variable.name));
    let place = given.range.as_ref().unwrap_or(&variable.decl_range);
    let value = match &variable.defaults {
        Some(defaults) => defaults.apply(&given.value),
        None => given.value.clone(),
    };
    let value = convert(&value, &variable.ty).map_err(|error| {
        let detail = if !given.described.is_empty() {
            format!("Unsuitable value for {addr} set using {}: {error}.", given.described)
        } else {
            format!(
                "The given value is not suitable for {addr} declared at {}: {error}.",
                variable.decl_range
            )
        };
        Box::new(Diagnostic::error("Invalid value for input variable", detail).at(place))
    })?;
    if value.is_null() && !variable.nullable {
        let (place_text, why) = (&variable.decl_range, "required variable may not be set to null");
        let detail = match module.is_root() {
            true => format!("Unsuitable value for {addr} at {place_text}: {why}."),
            false => {
                format!(
                    "The given value is not suitable for {addr} defined at {place_text}: {why}."
                )
            }
        };
        return Err(Box::new(Diagnostic::error("Required variable not set", detail).at(place)));
    }
    Ok(value)
}
