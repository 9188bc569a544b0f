//! `yamlencode`.

use std::fmt::Write as _;

use groma_value::{Entries, Kind, Type, Value};

use super::spec::{Call, Outcome};

/// Behind this column lines of strings are broken at spaces.
const WIDTH: usize = 80;
/// Keys longer than this are written on lines of their own.
const LONGEST_KEY: usize = 128;

pub(super) fn encode(c: &Call<'_>) -> Outcome {
    let value = &c.args[0];
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    let mut writer = Writer { out: String::new() };
    writer.node(value, None, Place::Line);
    let plain = !matches!(value.kind(), Kind::String(_)) && value.as_sequence().is_none();
    if plain && value.as_entries().is_none() {
        // A bare scalar needs a mark where the document ends.
        writer.out.push_str("\n...");
    }
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    Ok(writer.out.into())
}

/// What is in front of a node.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Nothing, or the dash of a sequence: a collection goes on in the same line.
    Line,
    /// The key of a mapping.
    Key,
}

struct Writer {
    out: String,
}

impl Writer {
    /// Writes a node within a collection at `indent`, or at the root.
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) {
        let deeper = indent.map_or(0, |i| i + 2);
        match value.kind() {
            Kind::Object(_) | Kind::Map(_) => {
                let entries = value.as_entries().cloned().unwrap_or_default();
                if entries.is_empty() {
                    return self.scalar("{}", place);
                }
                self.mapping(&entries, deeper, place);
            }
            Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => {
                let items = value.as_sequence().unwrap_or_default();
                if items.is_empty() {
                    return self.scalar("[]", place);
                }
                // Dashes stand below the key that they belong to.
                let at = if place == Place::Key { indent.unwrap_or(0) } else { deeper };
                self.sequence(items, at, place);
            }
            Kind::String(text) => {
                if place == Place::Key {
                    self.out.push(' ');
                }
                self.string(text, indent.map_or(2, |i| i + 2), true);
            }
            Kind::Bool(b) => self.scalar(if *b { "true" } else { "false" }, place),
            Kind::Number(n) => self.scalar(&n.to_string(), place),
            Kind::Null(_) | Kind::Unknown(_) => self.scalar("null", place),
        }
    }

    fn scalar(&mut self, text: &str, place: Place) {
        if place == Place::Key {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    fn new_line(&mut self, indent: usize) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.push_str(&" ".repeat(indent));
    }

    fn mapping(&mut self, entries: &Entries, indent: usize, place: Place) {
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 || place == Place::Key {
                self.new_line(indent);
            }
            let simple = key.len() <= LONGEST_KEY && !key.contains(is_break);
            if simple {
                self.string(key, indent + 2, false);
                self.out.push(':');
            } else {
                self.out.push_str("? ");
                self.string(key, indent + 2, true);
                self.new_line(indent);
                self.out.push(':');
            }
            // Behind a key of its own line a collection goes on in the line of the colon.
            let collection = value.as_sequence().is_some_and(|v| !v.is_empty())
                || value.as_entries().is_some_and(|e| !e.is_empty());
            if !simple && collection {
                self.out.push(' ');
                self.node(value, Some(indent), Place::Line);
            } else {
                self.node(value, Some(indent), Place::Key);
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, place: Place) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 || place == Place::Key {
                self.new_line(indent);
            }
            self.out.push_str("- ");
            self.node(item, Some(indent), Place::Line);
        }
    }

    /// Writes a string whose further lines are indented. Lines are broken only where that is
    /// allowed.
    fn string(&mut self, text: &str, indent: usize, breaks: bool) {
        if breaks && text.contains('\n') && fits_a_block(text) {
            self.literal(text, indent);
        } else {
            self.quoted(text, indent, breaks);
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        let body = match text.strip_suffix('\n') {
            None => {
                self.out.push('-');
                text
            }
            Some("") => {
                self.out.push('+');
                ""
            }
            Some(body) => {
                if body.ends_with('\n') {
                    self.out.push('+');
                }
                body
            }
        };
        for line in body.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str(line);
            }
        }
        if text.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn quoted(&mut self, text: &str, indent: usize, breaks: bool) {
        self.out.push('"');
        let mut column = self.out.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let is_last = chars.peek().is_none();
            if c == ' ' && breaks && !after_space && column > WIDTH && !first && !is_last {
                self.new_line(indent);
                column = indent;
                if chars.peek() == Some(&' ') {
                    self.out.push('\\');
                    column += 1;
                }
            } else {
                let before = self.out.len();
                push_escaped(&mut self.out, c);
                column += self.out[before..].chars().count();
            }
            after_space = c == ' ';
            first = false;
        }
        self.out.push('"');
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(
        c,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
    )
}

/// Whether a string can be written line by line as it is.
fn fits_a_block(text: &str) -> bool {
    let breaks = |c: char| is_break(c) && c != '\n';
    text.chars().all(|c| is_printable(c) && !breaks(c))
        && !text.ends_with(' ')
        && !text.contains(" \n")
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\0' => out.push_str("\\0"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{b}' => out.push_str("\\v"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\u{1b}' => out.push_str("\\e"),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{85}' => out.push_str("\\N"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        c if is_printable(c) => out.push(c),
        c => {
            // Writing to a string cannot fail.
            let _ = match c as u32 {
                code @ 0..=0xff => write!(out, "\\x{code:02X}"),
                code @ 0x100..=0xffff => write!(out, "\\u{code:04X}"),
                code => write!(out, "\\U{code:08X}"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn encodes(value: Value, expected: &str) {
        let mut writer = Writer { out: String::new() };
        writer.node(&value, None, Place::Line);
        assert_eq!(writer.out, expected);
    }

    fn object(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::object_of(pairs)
    }

    #[test]
    fn collections_are_nested() {
        let inner = object([("c", "x".into()), ("d", Value::tuple(vec![]))]);
        let list = Value::tuple(vec![Value::from(1), inner, object([])]);
        let rows = Value::tuple(vec![
            Value::tuple(vec![Value::from(1), Value::from(2)]),
            Value::tuple(vec![Value::from(3)]),
        ]);
        let whole = object([("a", object([("b", list), ("e", object([]))])), ("f", rows)]);
        encodes(
            whole,
            "\"a\":\n  \"b\":\n  - 1\n  - \"c\": \"x\"\n    \"d\": []\n  - {}\n  \"e\": {}\n\"f\":\n\
             - - 1\n  - 2\n- - 3",
        );
    }

    #[test]
    fn strings_of_lines_are_blocks() {
        encodes("a\nb".into(), "|-\n  a\n  b");
        encodes("a\n\n  b\n\n".into(), "|+\n  a\n\n    b\n\n");
        encodes("  a\nb\n".into(), "|2\n    a\n  b\n");
        encodes("a \nb\n".into(), "\"a \\nb\\n\"");
        encodes(object([("c", "\n".into()), ("d", "x".into())]), "\"c\": |2+\n\n\"d\": \"x\"");
    }

    #[test]
    fn long_strings_are_broken() {
        let words = "The quick brown fox jumps over the lazy dog and then the quick brown fox \
                     jumps over the lazy dog";
        encodes(
            object([("a", words.into())]),
            "\"a\": \"The quick brown fox jumps over the lazy dog and then the quick brown fox \
             jumps\n  over the lazy dog\"",
        );
        let key: String = "k ".repeat(70);
        let value = Value::object_of([(key.as_str(), Value::from("x"))]);
        let mut writer = Writer { out: String::new() };
        writer.node(&value, None, Place::Line);
        assert!(writer.out.starts_with("? \"k k"), "{}", writer.out);
        assert!(writer.out.ends_with("\n: \"x\""), "{}", writer.out);
    }
}
