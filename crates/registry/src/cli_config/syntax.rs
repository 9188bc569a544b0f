//! The syntax of CLI configuration files.
//!
//! It is an older language than that of configurations: keys may be quoted anywhere, a block is an
//! object that is assigned without an equals sign, and strings are taken as they are. Both that
//! syntax and JSON are read into one tree.

use std::sync::Arc;

use groma_diag::{Pos, SourceRange};

/// One `key "label" … = value` or `key "label" … { … }`.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) keys: Vec<String>,
    pub(super) value: Node,
    pub(super) range: SourceRange,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) range: SourceRange,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    String(String),
    Number(String),
    Bool(bool),
    List(Vec<Node>),
    Object(Vec<Item>),
    Null,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) range: SourceRange,
}

const MAX_DEPTH: usize = 64;

/// Reads a file in native syntax.
pub(super) fn parse_native(filename: &str, text: &str) -> Result<Vec<Item>, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser { filename: filename.into(), text, pos: Pos::START, depth: 0 };
    let items = parser.items(None)?;
    Ok(items)
}

/// Reads a file in JSON syntax.
pub(super) fn parse_json(filename: &str, text: &str) -> Result<Vec<Item>, SyntaxError> {
    let range = SourceRange::start_of(filename);
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
        let column = u32::try_from(error.column()).unwrap_or(u32::MAX).max(1);
        let pos = Pos { line, column, byte: 0 };
        let range = SourceRange::new(range.filename.clone(), pos, pos);
        SyntaxError { message: format!("the file is not valid JSON: {error}"), range }
    })?;
    match from_json(json, &range).value {
        Value::Object(items) => Ok(items),
        _ => Err(SyntaxError { message: "the file must contain a JSON object".into(), range }),
    }
}

/// The depth is bounded: the JSON parser has a limit of its own.
fn from_json(json: serde_json::Value, range: &SourceRange) -> Node {
    let value = match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(b),
        serde_json::Value::Number(n) => Value::Number(n.to_string()),
        serde_json::Value::String(s) => Value::String(s),
        serde_json::Value::Array(list) => {
            Value::List(list.into_iter().map(|element| from_json(element, range)).collect())
        }
        serde_json::Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| Item {
                    keys: vec![key],
                    value: from_json(value, range),
                    range: range.clone(),
                })
                .collect(),
        ),
    };
    Node { value, range: range.clone() }
}

struct Parser<'a> {
    filename: Arc<str>,
    text: &'a str,
    pos: Pos,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.pos.byte as usize..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos.byte += u32::try_from(c.len_utf8()).unwrap_or(1);
        if c == '\n' {
            self.pos.line += 1;
            self.pos.column = 1;
        } else {
            self.pos.column += 1;
        }
        Some(c)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.bump();
        }
        found
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        for _ in rest[..end].chars() {
            self.bump();
        }
        &rest[..end]
    }

    fn range_from(&self, start: Pos) -> SourceRange {
        SourceRange::new(self.filename.clone(), start, self.pos)
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { message: message.into(), range: self.range_from(self.pos) })
    }

    /// What stands at the current position, for an error.
    fn found(&self) -> String {
        self.peek().map_or_else(|| "the end of the file".into(), |c| format!("{c:?}"))
    }

    fn skip_space(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest().starts_with('#') || self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let Some(end) = self.rest().find("*/") else {
                    return self.error("this comment has no end");
                };
                let stop = self.pos.byte as usize + end + 2;
                while (self.pos.byte as usize) < stop && self.bump().is_some() {}
            } else {
                return Ok(());
            }
        }
    }

    /// Items up to the closing brace of the block that began at `open`, or to the file's end.
    fn items(&mut self, open: Option<Pos>) -> Result<Vec<Item>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            self.skip_space()?;
            match (self.peek(), open) {
                (None, None) => return Ok(items),
                (None, Some(open)) => {
                    let message =
                        format!("the block that begins at line {} has no closing brace", open.line);
                    return self.error(message);
                }
                (Some('}'), Some(_)) => {
                    self.bump();
                    return Ok(items);
                }
                _ => items.push(self.item()?),
            }
            self.skip_space()?;
            self.eat(',');
        }
    }

    fn item(&mut self) -> Result<Item, SyntaxError> {
        let start = self.pos;
        let mut keys = vec![self.key()?];
        let range = self.range_from(start);
        loop {
            self.skip_space()?;
            let value = match self.peek() {
                Some('=') => {
                    self.bump();
                    self.skip_space()?;
                    self.value()?
                }
                Some('{') => self.value()?,
                _ => {
                    keys.push(self.key()?);
                    continue;
                }
            };
            return Ok(Item { keys, value, range });
        }
    }

    fn key(&mut self) -> Result<String, SyntaxError> {
        match self.peek() {
            Some('"') => self.string(),
            Some(c) if c.is_alphabetic() || c == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                Ok(self.take_while(is_part).to_owned())
            }
            _ => self.error(format!(
                "expected a name, an equals sign or a block, found {}",
                self.found()
            )),
        }
    }

    fn value(&mut self) -> Result<Node, SyntaxError> {
        if self.depth >= MAX_DEPTH {
            return self.error("blocks are nested too deeply");
        }
        self.depth += 1;
        let start = self.pos;
        let value = self.bare_value(start)?;
        self.depth -= 1;
        Ok(Node { value, range: self.range_from(start) })
    }

    fn bare_value(&mut self, start: Pos) -> Result<Value, SyntaxError> {
        match self.peek() {
            Some('"') => self.string().map(Value::String),
            Some('{') => {
                self.bump();
                self.items(Some(start)).map(Value::Object)
            }
            Some('[') => {
                self.bump();
                self.list().map(Value::List)
            }
            Some('<') if self.rest().starts_with("<<") => self.heredoc().map(Value::String),
            Some(c) if c.is_ascii_digit() || c == '-' || c == '.' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
                Ok(Value::Number(self.take_while(is_part).to_owned()))
            }
            _ => match self.take_while(|c| c.is_alphanumeric() || c == '_') {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "" => self.error(format!("expected a value, found {}", self.found())),
                word => Err(SyntaxError {
                    message: format!("expected a value, found {word:?}; a text must be in quotes"),
                    range: self.range_from(start),
                }),
            },
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let mut elements = Vec::new();
        loop {
            self.skip_space()?;
            if self.eat(']') {
                return Ok(elements);
            }
            elements.push(self.value()?);
            self.skip_space()?;
            if !self.eat(',') && self.peek() != Some(']') {
                return self.error(format!(
                    "expected a comma or a closing bracket, found {}",
                    self.found()
                ));
            }
        }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.pos;
        let unclosed = |parser: &Parser<'_>| SyntaxError {
            message: "this text has no closing quote".into(),
            range: parser.range_from(start),
        };
        self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                None | Some('\n') => return Err(unclosed(self)),
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let digits = match self.bump() {
            Some('n') => return Ok('\n'),
            Some('t') => return Ok('\t'),
            Some('r') => return Ok('\r'),
            Some(c @ ('"' | '\\')) => return Ok(c),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return self.error("this escape sequence is not known"),
        };
        let code = self.rest().get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                (0..digits).for_each(|_| {
                    self.bump();
                });
                Ok(c)
            }
            None => self.error("this escape sequence names no character"),
        }
    }

    /// `<<END` or, with the common indentation removed, `<<-END`.
    fn heredoc(&mut self) -> Result<String, SyntaxError> {
        self.bump();
        self.bump();
        let indented = self.eat('-');
        let end = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if end.is_empty() || !self.take_while(|c| c != '\n').trim().is_empty() {
            return self.error("expected a word behind << and nothing else on the line");
        }
        self.bump();
        let mut lines = Vec::new();
        while self.peek().is_some() {
            let line = self.take_while(|c| c != '\n').trim_end_matches('\r');
            if line.trim() == end {
                return Ok(heredoc_text(&lines, indented));
            }
            self.bump();
            lines.push(line);
        }
        self.error(format!("this text has no line {end} that ends it"))
    }
}

fn heredoc_text(lines: &[&str], indented: bool) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let common = lines
        .iter()
        .filter(|line| indented && !line.trim().is_empty())
        .map(|line| indent(line))
        .min()
        .unwrap_or(0);
    lines.iter().map(|line| format!("{}\n", line.get(common..).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as one line.
    fn show(items: &[Item]) -> String {
        fn show_node(node: &Node) -> String {
            match &node.value {
                Value::String(s) => format!("{s:?}"),
                Value::Number(n) => n.clone(),
                Value::Bool(b) => b.to_string(),
                Value::Null => "null".into(),
                Value::List(l) => {
                    format!("[{}]", l.iter().map(show_node).collect::<Vec<_>>().join(","))
                }
                Value::Object(items) => format!("{{{}}}", show(items)),
            }
        }
        let item = |item: &Item| format!("{}:{}", item.keys.join("/"), show_node(&item.value));
        items.iter().map(item).collect::<Vec<_>>().join(" ")
    }

    fn native(text: &str) -> String {
        match parse_native("rc", text) {
            Ok(items) => show(&items),
            Err(error) => format!("{}: {}", error.range, error.message),
        }
    }

    #[test]
    fn the_native_syntax_is_read() {
        for (text, expected) in [
            ("", ""),
            ("a = 1 # x\nb = true // y\n/* z\n */ c = \"d\"", "a:1 b:true c:\"d\""),
            ("a \"x.y\" { t = \"s\" }", "a/x.y:{t:\"s\"}"),
            (
                "d {\n \"acme/foo\" = \"/p\"\n acme.x-y = -1.5e3\n}",
                "d:{acme/foo:\"/p\" acme.x-y:-1.5e3}",
            ),
            ("l = [\"a\", \"b\",]\nm=[]", "l:[\"a\",\"b\"] m:[]"),
            ("s = \"a\\n\\\"\\u0041 $HOME ${x}\"", r#"s:"a\n\"A $HOME ${x}""#),
            ("o = { a = 1, b = 2 }, p = 3", "o:{a:1 b:2} p:3"),
            ("h = <<-E\n   a\n     b\n  E\nx = 1", "h:\"a\\n  b\\n\" x:1"),
            ("h = <<E\n a\nE\n", "h:\" a\\n\""),
        ] {
            assert_eq!(native(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_say_where_and_why() {
        for (text, expected) in [
            ("a = \"x\n", "rc:1,5-2,1: this text has no closing quote"),
            ("a {\n b = 1\n", "rc:3,1: the block that begins at line 1 has no closing brace"),
            ("a = yes", "rc:1,5-8: expected a value, found \"yes\"; a text must be in quotes"),
            ("a = [1 2]", "rc:1,8: expected a comma or a closing bracket, found '2'"),
            ("}", "rc:1,1: expected a name, an equals sign or a block, found '}'"),
            ("a = ", "rc:1,5: expected a value, found the end of the file"),
            ("h = <<E\n a", "rc:2,3: this text has no line E that ends it"),
            ("a = \"\\q\"", "rc:1,8: this escape sequence is not known"),
        ] {
            assert_eq!(native(text), expected, "{text}");
        }
        assert!(native(&"a {".repeat(10_000)).contains("too deeply"));
        assert!(native(&format!("a = {}", "[".repeat(10_000))).contains("too deeply"));
    }

    #[test]
    fn json_is_read_into_the_same_tree() {
        let items = parse_json("rc.json", r#"{"a": {"x": ["y", 1, null, true]}}"#).unwrap();
        assert_eq!(show(&items), "a:{x:[\"y\",1,null,true]}");
        for bad in ["", "[]", "{", &"[".repeat(10_000)] {
            assert!(parse_json("rc.json", bad).is_err());
        }
    }
}
