//! Values as the console shows them: like native syntax, with the types made visible.

use groma_value::{Kind, Type, Value};

/// A value as the console shows it: lists as `tolist([…])`, strings of several lines as heredocs,
/// what is not known or not to be shown in words.
pub fn console_text(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        return out.push_str("(known after apply)");
    }
    if value.is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    if value.marks().is_ephemeral() {
        return out.push_str("(ephemeral value)");
    }
    match value.kind() {
        Kind::Null(ty) => out.push_str(&null(ty)),
        Kind::Unknown(_) => {}
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => string(s, indent, out),
        Kind::Tuple(_) => sequence(value, indent, out),
        Kind::Object(_) => mapping(value, indent, out),
        Kind::List(_) => call("tolist", sequence, value, indent, out),
        Kind::Set(_) => call("toset", sequence, value, indent, out),
        Kind::Map(_) => call("tomap", mapping, value, indent, out),
    }
}

fn call(
    name: &str,
    content: fn(&Value, usize, &mut String),
    value: &Value,
    indent: usize,
    out: &mut String,
) {
    out.push_str(name);
    out.push('(');
    content(value, indent, out);
    out.push(')');
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::List(element) => format!("tolist(null) /* of {} */", element.friendly_name()),
        Type::Set(element) => format!("toset(null) /* of {} */", element.friendly_name()),
        Type::Map(element) => format!("tomap(null) /* of {} */", element.friendly_name()),
        other => format!("null /* {} */", other.friendly_name()),
    }
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn string(text: &str, indent: usize, out: &mut String) {
    match text.contains('\n') {
        true => heredoc(text, indent, out),
        false => out.push_str(&quote_visibly(text)),
    }
}

fn heredoc(text: &str, indent: usize, out: &mut String) {
    let mut marker = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&marker);
    for line in text.split('\n') {
        new_line(indent, out);
        out.push_str(line);
    }
    new_line(indent, out);
    out.push_str(&marker);
}

fn sequence(value: &Value, indent: usize, out: &mut String) {
    let items = value.as_sequence().unwrap_or_default();
    out.push('[');
    for item in items {
        new_line(indent + 2, out);
        write(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        new_line(indent, out);
    }
    out.push(']');
}

fn mapping(value: &Value, indent: usize, out: &mut String) {
    let entries = value.as_entries();
    out.push('{');
    for (key, value) in entries.iter().flat_map(|entries| entries.iter()) {
        new_line(indent + 2, out);
        string(key, indent + 2, out);
        out.push_str(" = ");
        write(value, indent + 2, out);
    }
    if entries.is_some_and(|entries| !entries.is_empty()) {
        new_line(indent, out);
    }
    out.push('}');
}

/// A string in quotes, with everything that could not be seen escaped. This is how messages and
/// the console show strings; it is not always valid syntax.
pub fn quote_visibly(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let code = c as u32;
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            ' '..='~' => quoted.push(c),
            '\0'..='\u{7f}' => quoted.push_str(&format!("\\x{code:02x}")),
            c if is_visible(c) => quoted.push(c),
            _ if code < 0x10000 => quoted.push_str(&format!("\\u{code:04x}")),
            _ => quoted.push_str(&format!("\\U{code:08x}")),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character leaves a trace on the screen.
fn is_visible(c: char) -> bool {
    // Behind another character only what cannot be printed is escaped, not what combines with it.
    let pair = ['a', c].iter().collect::<String>();
    pair.escape_debug().nth(1) == Some(c)
}
