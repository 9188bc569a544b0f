//! Values and strings as text.

mod console;

pub use console::{console_text, quote_visibly};

use groma_value::{Kind, Value};

/// A string in quotes, such that it means itself.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '$' | '%' => {
                quoted.push(c);
                if chars.peek() == Some(&'{') {
                    quoted.push(c);
                }
            }
            c if c.is_control() || is_invisible(c) => {
                let code = c as u32;
                let escape = if code < 0x10000 {
                    format!("\\u{code:04x}")
                } else {
                    format!("\\U{code:08x}")
                };
                quoted.push_str(&escape);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Characters that would be overlooked or mislead if they were shown as they are.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A value as the expression that yields it, in canonical format, with `indent` spaces in front of
/// each further line. What is not known or not to be shown is null with a comment.
pub fn tokens_for_value(value: &Value, indent: usize) -> String {
    let mut text = "v = ".to_owned();
    write_value(value, &mut text);
    let text = crate::format::format(&text);
    let text = text.strip_prefix("v = ").unwrap_or(&text);
    if indent == 0 { text.to_owned() } else { text.replace('\n', &format!("\n{:indent$}", "")) }
}

fn write_value(value: &Value, out: &mut String) {
    let hidden = if value.is_sensitive() {
        Some("null /* sensitive */")
    } else if value.marks().is_ephemeral() {
        Some("null /* ephemeral */")
    } else if !value.is_known() {
        Some("null /* known after apply */")
    } else {
        None
    };
    if let Some(hidden) = hidden {
        return out.push_str(hidden);
    }
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => out.push_str(&quote(s)),
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => {
            out.push('[');
            for (i, item) in value.as_sequence().unwrap_or_default().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Kind::Map(_) | Kind::Object(_) => {
            let Some(entries) = value.as_entries().filter(|e| !e.is_empty()) else {
                return out.push_str("{}");
            };
            out.push_str("{\n");
            for (key, value) in entries.iter() {
                out.push_str(&object_key(key));
                out.push_str(" = ");
                write_value(value, out);
                out.push('\n');
            }
            out.push('}');
        }
    }
}

/// A key as it stands in an object: bare if it can be.
fn object_key(key: &str) -> String {
    if crate::syntax::is_identifier(key) && key != "for" { key.to_owned() } else { quote(key) }
}

#[cfg(test)]
mod tests {
    use groma_value::{Entries, Marks, Type, Value};

    use super::*;

    fn sample() -> Value {
        let map = [("a-b".into(), Value::from("x")), ("no word".into(), Value::from("y"))];
        Value::object_of([
            ("for", Value::from("${a} %{b} $\n\u{200b}\"")),
            ("list", Value::list(Type::Bool, vec![true.into(), Value::null(Type::Bool)])),
            ("map", Value::map(Type::String, map.into_iter().collect::<Entries>())),
            ("n", Value::from(-3)),
            ("open", Value::unknown(Type::String)),
            ("secret", Value::from("pw").with_marks(&Marks::sensitive())),
        ])
    }

    #[test]
    fn values_are_written_in_canonical_format() {
        let expected = r#"{
  "for" = "$${a} %%{b} $\n\u200b\""
  list  = [true, null]
  map = {
    a-b       = "x"
    "no word" = "y"
  }
  n      = -3
  open   = null /* known after apply */
  secret = null /* sensitive */
}"#;
        assert_eq!(tokens_for_value(&sample(), 0), expected);
        assert_eq!(tokens_for_value(&sample(), 2), expected.replace('\n', "\n  "));
    }

    #[test]
    fn the_console_makes_types_visible() {
        let expected = r#"{
  "for" = <<-EOT
  ${a} %{b} $
  \u{200b}"
  EOT
  "list" = tolist([
    true,
    tobool(null),
  ])
  "map" = tomap({
    "a-b" = "x"
    "no word" = "y"
  })
  "n" = -3
  "open" = (known after apply)
  "secret" = (sensitive value)
}"#;
        assert_eq!(console_text(&sample()), expected.replace("\\u{200b}", "\u{200b}"));
        assert_eq!(console_text(&Value::from("EOT\n")), "<<EOT_\nEOT\n\nEOT_");
        assert_eq!(console_text(&Value::from("\u{7}é\u{feff}")), "\"\\aé\\ufeff\"");
        assert_eq!(
            console_text(&Value::null(Type::list(Type::String))),
            "tolist(null) /* of string */"
        );
    }
}
