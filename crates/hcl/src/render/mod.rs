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

/// A value as the expression that yields it, with `indent` spaces in front of each further line.
/// What is not known or not to be shown becomes a comment.
pub fn tokens_for_value(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write_value(value, indent, &mut text);
    text
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if value.is_sensitive() {
        out.push_str("null /* sensitive */");
        return;
    }
    if value.marks().is_ephemeral() {
        out.push_str("null /* ephemeral */");
        return;
    }
    let pad = |out: &mut String, by: usize| out.extend(std::iter::repeat_n(' ', indent + by));
    match value.kind() {
        Kind::Null(_) => out.push_str("null"),
        Kind::Unknown(_) => out.push_str("null /* known after apply */"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => out.push_str(&quote(s)),
        Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => {
            let items = value.as_sequence().unwrap_or_default();
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(item, indent, out);
            }
            out.push(']');
        }
        Kind::Map(_) | Kind::Object(_) => {
            let Some(entries) = value.as_entries().filter(|e| !e.is_empty()) else {
                return out.push_str("{}");
            };
            let keys: Vec<String> = entries.keys().map(|k| object_key(k)).collect();
            let width = keys.iter().map(|k| k.chars().count()).max().unwrap_or_default();
            out.push_str("{\n");
            for (key, value) in keys.iter().zip(entries.values()) {
                pad(out, 2);
                out.push_str(key);
                out.extend(std::iter::repeat_n(' ', width - key.chars().count()));
                out.push_str(" = ");
                write_value(value, indent + 2, out);
                out.push('\n');
            }
            pad(out, 0);
            out.push('}');
        }
    }
}

/// A key as it stands in an object: bare if it can be.
fn object_key(key: &str) -> String {
    if crate::syntax::is_identifier(key) && key != "for" { key.to_owned() } else { quote(key) }
}
