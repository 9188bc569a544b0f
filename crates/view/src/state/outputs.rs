//! Output values, and values as the console shows them.

use std::collections::BTreeMap;
use std::fmt::Write;

use groma_hcl::console_text;
use groma_state::Output;
use groma_value::{Str, Type, Value, convert};

/// A value as the console and the `output` command show it.
pub fn value_text(value: &Value) -> String {
    console_text(value)
}

/// All output values, a line or more each.
pub fn write_outputs(outputs: &BTreeMap<Str, Output>) -> String {
    let mut out = String::new();
    for (name, output) in outputs {
        let text = match output.sensitive {
            true => "<sensitive>".to_owned(),
            false => value_text(&output.value),
        };
        let _ = writeln!(out, "{name} = {text}");
    }
    out
}

/// The text of a value that can be one: strings, numbers and bools, without quotes. The error says
/// what there is instead.
pub fn output_raw(value: &Value) -> Result<String, String> {
    let (value, _) = value.clone().unmark_deep();
    if value.is_null() {
        return Err("null".to_owned());
    }
    if !value.is_known() {
        return Err("unknown".to_owned());
    }
    match convert(&value, &Type::String) {
        Ok(text) => text.as_str().map(ToString::to_string).ok_or_else(|| "unknown".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_simple_values_have_a_raw_text() {
        assert_eq!(output_raw(&"a\nb".into()), Ok("a\nb".to_owned()));
        assert_eq!(output_raw(&Value::from(5)), Ok("5".to_owned()));
        assert_eq!(output_raw(&Value::from(true)), Ok("true".to_owned()));
        assert!(output_raw(&Value::NULL).is_err());
        assert!(output_raw(&Value::tuple(vec![])).is_err());
    }

    #[test]
    fn sensitive_outputs_are_not_shown() {
        let output = |value: &str, sensitive| Output { value: value.into(), sensitive };
        let outputs = [("a".into(), output("x", false)), ("b".into(), output("y", true))].into();
        assert_eq!(write_outputs(&outputs), "a = \"x\"\nb = <sensitive>\n");
    }
}
