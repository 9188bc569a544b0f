//! Reading from JSON text, without building a tree of it first.

use std::borrow::Cow;

use super::read::{Reader, Shape};
use crate::{CodecError, Path};

/// The text, and how far it is read.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&mut self) -> Result<(), CodecError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.fail("unexpected data after the JSON value"),
        }
    }

    fn fail<T>(&self, message: &str) -> Result<T, CodecError> {
        let read = &self.text[..self.at.min(self.text.len())];
        let line = read.iter().filter(|b| **b == b'\n').count() + 1;
        let start = read.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let column = read.len() - start + 1;
        let message = format!("{message} at line {line}, column {column}");
        Err(CodecError::new(&Path::root(), message))
    }

    fn unexpected<T>(&self) -> Result<T, CodecError> {
        match self.text.get(self.at) {
            None => self.fail("unexpected end of JSON input"),
            Some(_) => self.fail("invalid character in JSON"),
        }
    }

    /// The next byte that is not space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), CodecError> {
        if self.take(byte) { Ok(()) } else { self.unexpected() }
    }

    fn word(&mut self, word: &str) -> Result<(), CodecError> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            self.unexpected()
        }
    }

    fn digits(&mut self) -> Result<(), CodecError> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { self.unexpected() }
    }

    fn number(&mut self) -> Result<Cow<'a, str>, CodecError> {
        let start = self.at;
        let next_is = |this: &mut Self, set: &[u8]| {
            let found = this.text.get(this.at).is_some_and(|b| set.contains(b));
            this.at += usize::from(found);
            found
        };
        next_is(self, b"-");
        if !next_is(self, b"0") {
            self.digits()?;
        }
        if next_is(self, b".") {
            self.digits()?;
        }
        if next_is(self, b"eE") {
            next_is(self, b"+-");
            self.digits()?;
        }
        match std::str::from_utf8(&self.text[start..self.at]) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => self.unexpected(),
        }
    }

    /// The string behind its opening quote.
    fn string(&mut self) -> Result<Cow<'a, str>, CodecError> {
        let start = self.at;
        loop {
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0x20..) => self.at += 1,
                _ => return self.unexpected(),
            }
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        // What is no Unicode becomes replacement characters, as elsewhere in the field.
        Ok(String::from_utf8_lossy(text))
    }

    /// The rest of a string, from its first escape on.
    fn escaped(&mut self, start: usize) -> Result<String, CodecError> {
        let mut out = self.text[start..self.at].to_vec();
        loop {
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match String::from_utf8(out) {
                        Ok(text) => text,
                        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                    });
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(byte @ 0x20..) => {
                    out.push(*byte);
                    self.at += 1;
                }
                _ => return self.unexpected(),
            }
        }
    }

    fn escape(&mut self) -> Result<char, CodecError> {
        let c = match self.text.get(self.at) {
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(*c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return self.unexpected(),
        };
        self.at += 1;
        Ok(c)
    }

    /// The character of four hexadecimal digits, or of two such escapes. Halves of pairs that stand
    /// alone become replacement characters.
    fn unicode(&mut self) -> Result<char, CodecError> {
        let first = self.hex()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if first < 0xdc00 && self.text[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, CodecError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.text.get(self.at).and_then(|b| char::from(*b).to_digit(16));
            let Some(digit) = digit else { return self.unexpected() };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Passes over the next value without recursion. What is in it is checked when it is read.
    fn skip(&mut self) -> Result<(), CodecError> {
        let mut depth = 0usize;
        loop {
            match self.shape()? {
                Shape::Array | Shape::Object => {
                    depth += 1;
                    self.at += 1;
                }
                _ if depth == 0 => return Ok(()),
                _ => {}
            }
            // Behind a value or an opening bracket: on to where the next value starts.
            loop {
                match self.peek() {
                    Some(b']' | b'}') => {
                        self.at += 1;
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            return Ok(());
                        }
                    }
                    Some(b',' | b':') => self.at += 1,
                    Some(_) => break,
                    None => return self.unexpected(),
                }
            }
        }
    }
}

impl<'a> Reader<'a> for Scanner<'a> {
    fn shape(&mut self) -> Result<Shape<'a>, CodecError> {
        match self.peek() {
            Some(b'n') => self.word("null").map(|()| Shape::Null),
            Some(b't') => self.word("true").map(|()| Shape::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Shape::Bool(false)),
            Some(b'-' | b'0'..=b'9') => self.number().map(Shape::Number),
            Some(b'"') => {
                self.at += 1;
                self.string().map(Shape::String)
            }
            Some(b'[') => Ok(Shape::Array),
            Some(b'{') => Ok(Shape::Object),
            _ => self.unexpected(),
        }
    }

    fn items(
        &mut self,
        f: &mut dyn FnMut(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            f(self)?;
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    fn members(
        &mut self,
        f: &mut dyn FnMut(&str, &mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.expect(b'"')?;
            let name = self.string()?;
            self.expect(b':')?;
            f(&name, self)?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn split(&mut self) -> Result<Self, CodecError> {
        let start = self.clone();
        self.skip()?;
        Ok(start)
    }

    fn data(&mut self) -> Result<serde_json::Value, CodecError> {
        let start = self.at;
        self.skip()?;
        serde_json::from_slice(&self.text[start..self.at])
            .map_err(|e| CodecError::new(&Path::root(), e.to_string()))
    }
}
