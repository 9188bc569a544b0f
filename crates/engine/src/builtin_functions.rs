//! The functions of the built-in provider: between values and the text of variable files.

use std::collections::BTreeMap;

use groma_diag::Diagnostics;
use groma_hcl::{evaluate_constant, is_identifier, parse_native, tokens_for_value};
use groma_provider::FunctionCallError;
use groma_schema::{FunctionParameter, FunctionSignature, TextKind};
use groma_value::{Str, Type, Value};

/// What the text that is decoded is called in messages.
const SOURCE: &str = "<decode_tfvars argument>";

/// The signatures.
pub(crate) fn signatures() -> BTreeMap<Str, FunctionSignature> {
    let signature = |param: &str, ty, what: &str, return_type, summary: &str, description: &str| {
        FunctionSignature {
            parameters: vec![FunctionParameter {
                name: param.into(),
                ty,
                allow_null: false,
                allow_unknown: false,
                description: what.to_owned(),
                description_kind: TextKind::Plain,
            }],
            variadic: None,
            return_type,
            summary: summary.to_owned(),
            description: description.to_owned(),
            description_kind: TextKind::Plain,
            deprecation_message: String::new(),
        }
    };
    BTreeMap::from([
        (
            "encode_tfvars".into(),
            signature(
                "value",
                Type::Dynamic,
                "An object whose attributes become variables.",
                Type::String,
                "Write an object as the content of a .tfvars file",
                "Gives the text of a variable file that sets each attribute of the object.",
            ),
        ),
        (
            "decode_tfvars".into(),
            signature(
                "src",
                Type::String,
                "The content of a variable file.",
                Type::Dynamic,
                "Read the content of a .tfvars file",
                "Gives an object of the variables that the text of a variable file sets.",
            ),
        ),
        (
            "encode_expr".into(),
            signature(
                "value",
                Type::Dynamic,
                "Any value.",
                Type::String,
                "Write a value as an expression",
                "Gives an expression of the configuration language that yields the value.",
            ),
        ),
    ])
}

/// Calls a function.
pub(crate) fn call(name: &str, args: &[Value]) -> Result<Value, FunctionCallError> {
    match (name, args) {
        ("encode_tfvars", [value]) => encode_tfvars(value),
        ("decode_tfvars", [source]) => decode_tfvars(source),
        ("encode_expr", [value]) => Ok(Value::from(tokens_for_value(value, 0))),
        _ => failed(format!("the built-in provider has no function {name:?} with such arguments")),
    }
}

fn failed<T>(message: impl Into<String>) -> Result<T, FunctionCallError> {
    Err(FunctionCallError { argument: None, message: message.into() })
}

fn encode_tfvars(value: &Value) -> Result<Value, FunctionCallError> {
    let Some(entries) = value.as_entries() else {
        return failed(
            "invalid value to encode: must be an object whose attribute names will become the \
             encoded variable names",
        );
    };
    let mut text = String::new();
    for (name, value) in entries.iter() {
        if !is_identifier(name) {
            return failed(format!(
                "invalid variable name {:?}: must be a valid identifier, per the rules for input \
                 variable declarations",
                &**name
            ));
        }
        text.push_str(&format!("{name} = {}\n", tokens_for_value(value, 0)));
    }
    Ok(Value::from(groma_hcl::format(&text)))
}

fn decode_tfvars(source: &Value) -> Result<Value, FunctionCallError> {
    let Some(text) = source.as_str() else { return failed("the source must be a string") };
    let (file, found) = parse_native(SOURCE, text.as_bytes());
    if found.has_errors() {
        return failed(format!("invalid tfvars syntax: {}", told(&found)));
    }
    let (attributes, found) = file.body.just_attributes();
    if found.has_errors() {
        return failed(format!("invalid tfvars content: {}", told(&found)));
    }
    let mut values = Vec::new();
    for (name, attribute) in &attributes {
        let (value, found) = evaluate_constant(&attribute.expr);
        if found.has_errors() {
            return failed(format!("invalid expression for variable {name:?}: {}", told(&found)));
        }
        values.push((name.clone(), value));
    }
    Ok(Value::object_of(values))
}

/// The first error as a part of a message.
fn told(found: &Diagnostics) -> String {
    let Some(first) = found.iter().find(|d| d.is_error()) else { return String::new() };
    let at = first.subject.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
    format!("{at}{}; {}", first.summary, first.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: Value) -> String {
        call(name, &[value]).unwrap().as_str().unwrap().to_string()
    }

    #[test]
    fn variables_are_written_and_read() {
        let value = Value::object_of([
            ("a", Value::from(1)),
            ("bbb", Value::from("x\ny")),
            ("c", Value::tuple(vec![1.into(), Value::object_of([("d", Value::NULL)])])),
        ]);
        let written = text("encode_tfvars", value.clone());
        assert_eq!(written, "a   = 1\nbbb = \"x\\ny\"\nc = [1, {\n  d = null\n}]\n");
        assert_eq!(call("decode_tfvars", &[written.into()]).unwrap(), value);
        assert_eq!(text("encode_tfvars", Value::object(Default::default())), "");
        assert_eq!(text("encode_expr", "${x}".into()), "\"$${x}\"");
    }

    #[test]
    fn what_is_no_variable_file_is_refused() {
        for (name, value) in [
            ("encode_tfvars", Value::from("x")),
            ("encode_tfvars", Value::object_of([("a b", Value::from(1))])),
            ("decode_tfvars", Value::from("a=")),
            ("decode_tfvars", Value::from("a {\n}")),
            ("decode_tfvars", Value::from("a=b")),
            ("nope", Value::from("")),
        ] {
            assert!(call(name, &[value]).is_err(), "{name}");
        }
    }
}
