//! Where tabs may stand in YAML.
//!
//! The parser goes by YAML 1.2, and the language has always gone by the rules of an earlier parser:
//! a tab may stand wherever white space separates, but not where a key could begin, nor in
//! indentation. So tabs that only separate become spaces before the parser sees them, and those that
//! may not be there are an error.

/// The text with spaces in the place of separating tabs, or what is wrong with a tab.
pub(super) fn spaced(text: &str) -> Result<String, String> {
    let mut scan = Scan {
        rest: text,
        out: String::with_capacity(text.len()),
        line: 1,
        column: 0,
        first_column: None,
        flow: 0,
        key_allowed: true,
    };
    while !scan.rest.is_empty() {
        scan.token()?;
    }
    Ok(scan.out)
}

struct Scan<'t> {
    rest: &'t str,
    out: String,
    line: usize,
    column: usize,
    /// Where the first token of the line stands that is not the dash of a sequence.
    first_column: Option<usize>,
    /// How many flow collections are open.
    flow: usize,
    /// Whether a key could begin here.
    key_allowed: bool,
}

impl Scan<'_> {
    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    /// Takes a character, as it is or as another one.
    fn take_as(&mut self, other: Option<char>) {
        let Some(c) = self.next() else { return };
        self.rest = &self.rest[c.len_utf8()..];
        self.out.push(other.unwrap_or(c));
        if c == '\n' {
            self.line += 1;
            self.column = 0;
            self.first_column = None;
        } else {
            self.column += 1;
        }
    }

    fn take(&mut self) {
        self.take_as(None);
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.next().is_some_and(&wanted) {
            self.take();
        }
    }

    fn token(&mut self) -> Result<(), String> {
        let Some(c) = self.next() else { return Ok(()) };
        let behind = self.second();
        let ends_word = behind.is_none_or(|c| c.is_whitespace());
        match c {
            ' ' | '\r' => return Ok(self.take()),
            '\t' if self.flow > 0 || !self.key_allowed => return Ok(self.take_as(Some(' '))),
            '\t' => {
                // White space to the end of the line begins no token.
                let line = self.rest.split('\n').next().unwrap_or_default();
                if !line.trim().is_empty() {
                    return Err("found character that cannot start any token".to_owned());
                }
                return Ok(self.take_while(|c| c != '\n'));
            }
            '\n' => {
                self.key_allowed |= self.flow == 0;
                return Ok(self.take());
            }
            '#' => return Ok(self.take_while(|c| c != '\n')),
            '%' if self.column == 0 => return Ok(self.take_while(|c| c != '\n')),
            _ => {}
        }
        let is_dash = c == '-' && ends_word && self.flow == 0;
        if !is_dash {
            self.first_column.get_or_insert(self.column);
        }
        match c {
            '-' | '?' if ends_word && self.flow == 0 => {
                self.key_allowed = true;
                self.take();
            }
            ':' if ends_word || self.flow > 0 => {
                self.key_allowed = false;
                self.take();
            }
            '[' | '{' => {
                self.flow += 1;
                self.take();
            }
            ']' | '}' => {
                self.flow = self.flow.saturating_sub(1);
                self.key_allowed = false;
                self.take();
            }
            ',' if self.flow > 0 => self.take(),
            '"' | '\'' => self.quoted(c),
            '|' | '>' if self.flow == 0 => return self.block_scalar(),
            '&' | '*' | '!' => {
                self.key_allowed = false;
                self.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | ']' | '}'));
            }
            _ => self.plain(),
        }
        Ok(())
    }

    fn quoted(&mut self, quote: char) {
        self.key_allowed = false;
        self.take();
        let mut at_line_start = false;
        while let Some(c) = self.next() {
            match c {
                '\t' if at_line_start => {
                    self.take_as(Some(' '));
                    continue;
                }
                ' ' if at_line_start => {
                    self.take();
                    continue;
                }
                '\\' if quote == '"' => self.take(),
                c if c == quote => return self.take(),
                _ => {}
            }
            at_line_start = self.next() == Some('\n');
            self.take();
        }
    }

    fn plain(&mut self) {
        self.key_allowed = false;
        while let Some(c) = self.next() {
            let behind = self.second();
            let stops = match c {
                '\n' => true,
                ':' => {
                    behind.is_none_or(char::is_whitespace)
                        || self.flow > 0 && behind.is_some_and(|c| ",[]{}".contains(c))
                }
                ',' | '[' | ']' | '{' | '}' => self.flow > 0,
                ' ' | '\t' => behind == Some('#'),
                _ => false,
            };
            if stops {
                return;
            }
            self.take();
        }
    }

    /// A scalar of whole lines, which are those that are indented as the first one is.
    fn block_scalar(&mut self) -> Result<(), String> {
        let parent = self.first_column.filter(|column| *column < self.column);
        let begun_with_dash = self.out.rsplit('\n').next().is_some_and(|l| l.trim_start() == "- ");
        let least = match parent {
            Some(column) => column + 1,
            None if begun_with_dash => 1,
            None => 0,
        };
        let header = self.rest.split('\n').next().unwrap_or_default();
        let header = header.split('#').next().unwrap_or_default();
        let mut indent = header.chars().find_map(|c| c.to_digit(10)).map(|d| d as usize + least);
        self.take_while(|c| c != '\n');
        self.take();
        loop {
            let line = self.rest.split('\n').next().unwrap_or_default();
            if self.rest.is_empty() {
                break;
            }
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let content = line[spaces..].trim_end_matches('\r');
            if content.starts_with('\t') && indent.is_none_or(|indent| spaces < indent) {
                return Err(format!(
                    "on line {}, column 1: found a tab character where an indentation space is \
                     expected",
                    self.line,
                ));
            }
            if !content.is_empty() {
                let indent = *indent.get_or_insert(spaces.max(least));
                if spaces < indent {
                    break;
                }
            }
            self.take_while(|c| c != '\n');
            self.take();
        }
        self.key_allowed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn separating_tabs_become_spaces() {
        for (text, expected) in [
            ("a:\tb", "a: b"),
            ("{a:\tb}", "{a: b}"),
            ("a: [\n\tb,\n\tc]", "a: [\n b,\n c]"),
            ("a: \"x\n\ty\t\"", "a: \"x\n y\t\""),
            ("a: b\tc # d\te\n\t\nf: g", "a: b\tc # d\te\n\t\nf: g"),
            ("a: |\n  x\ty\n  \tz\nb:\tc", "a: |\n  x\ty\n  \tz\nb: c"),
            ("é:\tü\n", "é: ü\n"),
        ] {
            assert_eq!(spaced(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn tabs_do_not_indent() {
        for text in ["- \ta", "-\ta", "a:\n\tb: c", "\ta: b", "a: |\n  \tx", "a: |\n\tx"] {
            assert!(spaced(text).is_err(), "{text:?}");
        }
    }
}
