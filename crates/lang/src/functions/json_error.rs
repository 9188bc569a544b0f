//! What is wrong with a text that is not JSON, in the words that people know from Go programs.

/// The message for a text that does not hold exactly one JSON value.
pub(super) fn message(text: &str) -> String {
    let mut scan = Scan { rest: text, depth: 0 };
    scan.space();
    if scan.rest.is_empty() {
        return "EOF".to_owned();
    }
    match scan.value() {
        Err(message) => message,
        Ok(()) => "extraneous data after JSON object".to_owned(),
    }
}

/// How deep it is looked: values nested deeper are not accepted.
const DEEPEST: usize = 500;

struct Scan<'t> {
    rest: &'t str,
    depth: usize,
}

type Found = Result<(), String>;

impl Scan<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
    }

    /// The next character is not one that may stand here.
    fn invalid<T>(&self, context: &str) -> Result<T, String> {
        Err(match self.peek() {
            None => "unexpected EOF".to_owned(),
            Some(c) => {
                let shown = match c {
                    '\'' => "'\\''".to_owned(),
                    '"' => "'\"'".to_owned(),
                    '\u{8}' => "'\\b'".to_owned(),
                    '\u{c}' => "'\\f'".to_owned(),
                    c if c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t') => {
                        format!("'\\x{:02x}'", c as u32)
                    }
                    c => format!("'{}'", c.escape_debug()),
                };
                format!("invalid character {shown} {context}")
            }
        })
    }

    fn value(&mut self) -> Found {
        match self.peek() {
            Some('{') => self.nested(Scan::object),
            Some('[') => self.nested(Scan::array),
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true"),
            Some('f') => self.word("false"),
            Some('n') => self.word("null"),
            _ => self.invalid("looking for beginning of value"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Found) -> Found {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("exceeded max depth".to_owned());
        }
        self.rest = &self.rest[1..];
        self.space();
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn object(&mut self) -> Found {
        if self.peek() == Some('}') {
            self.skip('}');
            return Ok(());
        }
        loop {
            if self.peek() != Some('"') {
                return self.invalid("looking for beginning of object key string");
            }
            self.string()?;
            self.space();
            if self.peek() != Some(':') {
                return self.invalid("after object key");
            }
            self.skip(':');
            self.space();
            self.value()?;
            self.space();
            match self.peek() {
                Some(',') => self.skip(','),
                Some('}') => {
                    self.skip('}');
                    return Ok(());
                }
                _ => return self.invalid("after object key:value pair"),
            }
            self.space();
        }
    }

    fn array(&mut self) -> Found {
        if self.peek() == Some(']') {
            self.skip(']');
            return Ok(());
        }
        loop {
            self.value()?;
            self.space();
            match self.peek() {
                Some(',') => self.skip(','),
                Some(']') => {
                    self.skip(']');
                    return Ok(());
                }
                _ => return self.invalid("after array element"),
            }
            self.space();
        }
    }

    fn word(&mut self, word: &str) -> Found {
        for wanted in word.chars() {
            if self.peek() != Some(wanted) {
                return self.invalid(&format!("in literal {word} (expecting '{wanted}')"));
            }
            self.skip(wanted);
        }
        Ok(())
    }

    fn string(&mut self) -> Found {
        self.skip('"');
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.skip(c);
                    return Ok(());
                }
                '\\' => {
                    self.skip(c);
                    self.escape()?;
                }
                c if c < ' ' => return self.invalid("in string literal"),
                c => self.skip(c),
            }
        }
        self.invalid("")
    }

    fn escape(&mut self) -> Found {
        match self.peek() {
            Some(c @ ('b' | 'f' | 'n' | 'r' | 't' | '\\' | '/' | '"')) => self.skip(c),
            Some('u') => {
                self.skip('u');
                for _ in 0..4 {
                    match self.peek() {
                        Some(c) if c.is_ascii_hexdigit() => self.skip(c),
                        _ => return self.invalid("in \\u hexadecimal character escape"),
                    }
                }
            }
            _ => return self.invalid("in string escape code"),
        }
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
        end > 0
    }

    fn number(&mut self) -> Found {
        if self.peek() == Some('-') {
            self.skip('-');
        }
        match self.peek() {
            Some('0') => self.skip('0'),
            Some('1'..='9') => {
                self.digits();
            }
            _ => return self.invalid("in numeric literal"),
        }
        if self.peek() == Some('.') {
            self.skip('.');
            if !self.digits() {
                return self.invalid("after decimal point in numeric literal");
            }
        }
        if let Some(e @ ('e' | 'E')) = self.peek() {
            self.skip(e);
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.skip(sign);
            }
            if !self.digits() {
                return self.invalid("in exponent of numeric literal");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn the_first_mistake_is_told() {
        for (text, expected) in [
            ("", "EOF"),
            ("01", "extraneous data after JSON object"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("nul", "unexpected EOF"),
            ("nux", "invalid character 'x' in literal null (expecting 'l')"),
            (".5", "invalid character '.' looking for beginning of value"),
            ("1.", "unexpected EOF"),
            ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }
}
