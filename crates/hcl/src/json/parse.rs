//! The parser of JSON syntax.

use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_value::{Number, Str};

use super::{Json, JsonMember, JsonNode};
use crate::body::{Body, JsonBody, nearest_name};
use crate::syntax::{File, advance, decode, normalized};

/// How deep values may be nested.
const MAX_DEPTH: u32 = 150;

/// Parses a file of JSON syntax.
pub(crate) fn parse(filename: &str, src: &[u8]) -> (File, Diagnostics) {
    let filename: Arc<str> = filename.into();
    let (text, start, diagnostics) = decode(&filename, src, Pos::START);
    let mut parser = Parser {
        rest: &text,
        pos: start,
        comma: start,
        filename,
        depth: 0,
        diagnostics,
        failed: false,
    };
    let node = parser.file();
    (File { body: Body::json(JsonBody::new(node)) }, parser.diagnostics)
}

struct Parser<'t> {
    rest: &'t str,
    pos: Pos,
    /// The last comma behind an item.
    comma: Pos,
    filename: Arc<str>,
    depth: u32,
    diagnostics: Diagnostics,
    /// Set by the first syntax error: what follows it cannot be trusted.
    failed: bool,
}

impl<'t> Parser<'t> {
    fn file(&mut self) -> JsonNode {
        let node = self.value();
        self.skip_space();
        let is_body = matches!(node.value, Json::Object(_) | Json::Array(_) | Json::Invalid);
        if !is_body && !self.failed {
            let detail = "The root value in a JSON-based configuration must be either a JSON \
                          object or a JSON array of objects.";
            self.diagnostics
                .push(Diagnostic::error("Root value must be object", detail).at(&node.range));
        } else if !self.rest.is_empty() {
            let length = self.rest.chars().next().map_or(0, char::len_utf8);
            self.error(
                "Extraneous data after value",
                "Extra characters appear after the JSON value.",
                length,
            );
        }
        node
    }

    fn skip(&mut self, length: usize) {
        self.pos = advance(self.pos, &self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    fn skip_space(&mut self) {
        let length = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.skip(length);
    }

    fn range(&self, start: Pos) -> SourceRange {
        SourceRange::new(self.filename.clone(), start, self.pos)
    }

    /// Reports an error about the next `length` bytes, unless there was one before.
    fn error(&mut self, summary: &str, detail: &str, length: usize) {
        if !self.failed {
            let end = advance(self.pos, &self.rest[..length]);
            let range = SourceRange::new(self.filename.clone(), self.pos, end);
            self.diagnostics.push(Diagnostic::error(summary, detail).at(&range));
        }
        self.failed = true;
    }

    /// An error at the last comma.
    fn trailing_comma(&mut self, summary: &str, detail: &str) {
        let end = advance(self.comma, ",");
        let range = SourceRange::new(self.filename.clone(), self.comma, end);
        if !self.failed {
            self.diagnostics.push(Diagnostic::error(summary, detail).at(&range));
        }
        self.failed = true;
    }

    fn invalid(&self) -> JsonNode {
        JsonNode::new(Json::Invalid, self.range(self.pos))
    }

    fn value(&mut self) -> JsonNode {
        self.skip_space();
        let start = self.pos;
        let Some(first) = self.rest.bytes().next() else {
            let detail = "The JSON data ends prematurely.";
            self.error("Missing value", detail, 0);
            return self.invalid();
        };
        let value = match first {
            b'{' | b'[' => {
                if self.depth >= MAX_DEPTH {
                    let detail =
                        format!("Values cannot be nested more than {MAX_DEPTH} levels deep.");
                    self.error("Too many nesting levels", &detail, 1);
                    return self.invalid();
                }
                self.depth += 1;
                let value = if first == b'{' { self.object() } else { self.array() };
                self.depth -= 1;
                value
            }
            b'"' => self.string().map(Json::String),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        };
        match value {
            Some(value) => JsonNode::new(value, self.range(start)),
            None => JsonNode::new(Json::Invalid, self.range(start)),
        }
    }

    fn word(&mut self) -> Option<Json> {
        let length =
            self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let value = match &self.rest[..length] {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "null" => Json::Null,
            "" => {
                let length = self.rest.chars().next().map_or(0, char::len_utf8);
                let detail = "A JSON value must start with a brace, a bracket, a double quote, a \
                              digit, a minus sign, or be one of true, false and null.";
                self.error("Invalid start of value", detail, length);
                return None;
            }
            other => {
                let lower = other.to_ascii_lowercase();
                let hint = match nearest_name(&lower, ["true", "false", "null"]) {
                    Some(word) => format!(" Did you mean \"{word}\"?"),
                    None => String::new(),
                };
                let detail = format!("\"{other}\" is not a valid JSON keyword.{hint}");
                self.error("Invalid JSON keyword", &detail, length);
                return None;
            }
        };
        self.skip(length);
        Some(value)
    }

    fn number(&mut self) -> Option<Json> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let text = &self.rest[..length];
        let number = if is_json_number(text) { Number::parse(text) } else { None };
        let Some(number) = number else {
            let detail = format!("\"{text}\" is not a valid JSON number.");
            self.error("Invalid JSON number", &detail, length);
            return None;
        };
        self.skip(length);
        Some(Json::Number(number))
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<Str> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '\n' || *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let Some((end, '"')) = end else {
            let detail = "There is no closing quote for this string before the end of its line.";
            self.error("Invalid JSON string", detail, 1);
            return None;
        };
        let literal = &self.rest[..=end];
        match serde_json::from_str::<String>(literal) {
            Ok(text) => {
                self.skip(literal.len());
                Some(normalized(&text))
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default();
                let detail = format!("This is not a valid JSON string: {reason}.");
                self.error("Invalid JSON string", &detail, literal.len());
                None
            }
        }
    }

    fn array(&mut self) -> Option<Json> {
        self.skip(1);
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.rest.starts_with(']') {
                if !items.is_empty() {
                    let detail = "JSON does not permit a trailing comma after the final element \
                                  of an array.";
                    self.trailing_comma("Trailing comma in array", detail);
                }
                break;
            }
            items.push(self.value());
            if self.failed || !self.separator(']', "array element") {
                break;
            }
        }
        if self.failed {
            return Some(Json::Array(items.into()));
        }
        self.skip(1);
        Some(Json::Array(items.into()))
    }

    /// Takes the comma behind an item; false if the closing bracket follows instead.
    fn separator(&mut self, close: char, item: &str) -> bool {
        self.skip_space();
        if self.rest.starts_with(',') {
            self.comma = self.pos;
            self.skip(1);
            return true;
        }
        if self.rest.starts_with(close) {
            return false;
        }
        let what = if close == ']' { "array" } else { "object" };
        match self.rest.chars().next() {
            None => {
                let detail = format!(
                    "There is no closing \"{close}\" for this {what} before the end of the file."
                );
                self.error(&format!("Unclosed {what}"), &detail, 0);
            }
            Some('}' | ']') => {
                let (brackets, article) =
                    if close == ']' { ("brackets", "an array") } else { ("braces", "an object") };
                let detail = format!("What begins {article} must be closed with \"{close}\".");
                self.error(&format!("Mismatched {brackets}"), &detail, 1);
            }
            Some(c) => {
                let detail = format!("A comma must appear before the next {item}.");
                self.error("Missing attribute separator comma", &detail, c.len_utf8());
            }
        }
        false
    }

    fn object(&mut self) -> Option<Json> {
        self.skip(1);
        let mut members: Vec<JsonMember> = Vec::new();
        loop {
            self.skip_space();
            if self.rest.starts_with('}') {
                if !members.is_empty() {
                    let detail = "JSON does not permit a trailing comma after the final property \
                                  in an object.";
                    self.trailing_comma("Trailing comma in object", detail);
                }
                break;
            }
            let Some(member) = self.member() else { break };
            members.push(member);
            if self.failed || !self.separator('}', "object property") {
                break;
            }
        }
        if !self.failed {
            self.skip(1);
        }
        Some(Json::Object(members.into()))
    }

    fn member(&mut self) -> Option<JsonMember> {
        let start = self.pos;
        if !self.rest.starts_with('"') {
            let length = self.rest.chars().next().map_or(0, char::len_utf8);
            let detail = "A JSON object property name, in double quotes, is required here.";
            self.error("Invalid object property name", detail, length);
            return None;
        }
        let name = self.string()?;
        let name_range = self.range(start);
        self.skip_space();
        if !self.rest.starts_with(':') {
            let length = self.rest.chars().next().map_or(0, char::len_utf8);
            let detail = if self.rest.starts_with('=') {
                "JSON uses a colon as its name/value delimiter, not an equals sign."
            } else {
                "A colon must appear between an object property's name and its value."
            };
            self.error("Missing property value colon", detail, length);
            return None;
        }
        self.skip(1);
        let value = self.value();
        Some(JsonMember { name, name_range, value })
    }
}

/// Whether a text is a number by the grammar of JSON.
fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if whole == 0 || whole > 1 && text.starts_with('0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}
