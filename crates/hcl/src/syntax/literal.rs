//! The text that string literals stand for.

use std::borrow::Cow;

use groma_diag::Diagnostic;

use super::parser::Parser;
use super::token::{Token, advance};

impl Parser<'_> {
    /// What a piece of a quoted string stands for.
    pub(super) fn quoted_text(&mut self, token: Token) -> String {
        let raw = self.text(token);
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find(['\\', '$', '%']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if !rest.starts_with('\\') {
                let (decoded, length) = marker(rest);
                text.push_str(&decoded);
                rest = &rest[length..];
                continue;
            }
            let (decoded, length) = match escape(rest) {
                Ok(decoded) => decoded,
                Err((detail, length)) => {
                    let start = advance(token.start, &raw[..raw.len() - rest.len()]);
                    let range = self.span(start, advance(start, &rest[..length]));
                    let range_of_string = self.range(token);
                    self.report(
                        Diagnostic::error("Invalid escape sequence", detail)
                            .at(&range)
                            .within(&range_of_string),
                    );
                    (None, length)
                }
            };
            text.extend(decoded);
            rest = &rest[length..];
        }
        text.push_str(rest);
        text
    }

    /// What a piece of a heredoc or a template file stands for.
    pub(super) fn plain_text(&self, token: Token) -> String {
        let mut rest = self.text(token);
        let mut text = String::with_capacity(rest.len());
        while let Some(at) = rest.find(['$', '%']) {
            text.push_str(&rest[..at]);
            let (decoded, length) = marker(&rest[at..]);
            text.push_str(&decoded);
            rest = &rest[at + length..];
        }
        text.push_str(rest);
        text
    }
}

/// The run of `$` or `%` at the start of a literal, without what escapes it, and its length.
fn marker(rest: &str) -> (Cow<'_, str>, usize) {
    let first = rest.as_bytes()[0];
    let run = rest.bytes().take_while(|b| *b == first).count();
    if run >= 2 && rest.as_bytes().get(run) == Some(&b'{') {
        return (Cow::Borrowed(&rest[1..=run]), run + 1);
    }
    (Cow::Borrowed(&rest[..run]), run)
}

/// The character that the escape sequence at the start stands for, and the length of the sequence.
fn escape(rest: &str) -> Result<(Option<char>, usize), (String, usize)> {
    let Some(selector) = rest[1..].chars().next() else {
        return Err((
            "Backslash must be followed by an escape sequence selector character.".into(),
            1,
        ));
    };
    let simple = match selector {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' => '"',
        '\\' => '\\',
        'u' => return hexadecimal(rest, 4, "four"),
        'U' => return hexadecimal(rest, 8, "eight"),
        other => {
            let detail = format!("The symbol \"{other}\" is not a valid escape sequence selector.");
            return Err((detail, 1 + other.len_utf8()));
        }
    };
    Ok((Some(simple), 2))
}

fn hexadecimal(
    rest: &str,
    digits: usize,
    count: &str,
) -> Result<(Option<char>, usize), (String, usize)> {
    let found = rest[2..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    let length = 2 + found;
    if found < digits {
        let letter = &rest[1..2];
        let detail = format!(
            "The \\{letter} escape sequence must be followed by {count} hexadecimal digits."
        );
        return Err((detail, length));
    }
    let code = u32::from_str_radix(&rest[2..length], 16).unwrap_or(u32::MAX);
    match char::from_u32(code) {
        Some(c) => Ok((Some(c), length)),
        None => Err((format!("Cannot encode character U+{code:04x} in UTF-8."), length)),
    }
}
