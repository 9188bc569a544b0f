//! Regular expressions as the language writes them.
//!
//! The language's are those of RE2. The regex crate shares their meaning but not all of their
//! spelling: its classes such as `\d` go beyond ASCII, its groups must have names of their own, and
//! inside brackets it knows operators that RE2 does not. A pattern is translated from one spelling
//! to the other.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// How large a compiled expression may be.
const SIZE_LIMIT: usize = 16 << 20;

/// A regular expression.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The name of each group, if it has one.
    pub(super) groups: Vec<Option<String>>,
}

/// How many compiled expressions are kept.
const MOST_KEPT: usize = 256;

/// Expressions that have been compiled: the same ones tend to be used for every element.
static KEPT: LazyLock<Mutex<HashMap<String, Arc<Pattern>>>> = LazyLock::new(Mutex::default);

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) what: &'static str,
    /// The offending part.
    pub(super) part: String,
}

impl Pattern {
    /// The expression, compiled now or before.
    pub(super) fn compiled(text: &str) -> Result<Arc<Pattern>, PatternError> {
        if let Some(known) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(known.clone());
        }
        let pattern = Arc::new(Pattern::new(text)?);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }

    fn new(text: &str) -> Result<Pattern, PatternError> {
        let mut translation =
            Translation { rest: text, text, out: String::new(), groups: Vec::new(), depth: 0 };
        translation.run()?;
        let regex = RegexBuilder::new(&translation.out)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| explained(&error, text))?;
        Ok(Pattern { regex, groups: translation.groups })
    }
}

fn explained(error: &regex::Error, text: &str) -> PatternError {
    let message = error.to_string();
    let what = if message.contains("repetition operator missing expression") {
        "missing argument to repetition operator"
    } else if message.contains("exceeds size limit") {
        "expression too large"
    } else if message.contains("property") {
        "invalid character class range"
    } else {
        "invalid expression"
    };
    error_at(what, text)
}

fn error_at(what: &'static str, part: &str) -> PatternError {
    PatternError { what, part: part.to_owned() }
}

/// How often something may be repeated.
const MOST_REPEATED: u32 = 1000;

/// Where the repetition ends that a brace begins, and its counts, if it is one.
fn repeat(text: &str) -> Option<(usize, &str, &str)> {
    let end = text.find('}')?;
    let counts = &text[1..end];
    let (least, most) = counts.split_once(',').unwrap_or((counts, ""));
    let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    (!least.is_empty() && number(least) && number(most)).then_some((end + 1, least, most))
}

struct Translation<'t> {
    text: &'t str,
    rest: &'t str,
    out: String,
    groups: Vec<Option<String>>,
    depth: usize,
}

const DIGIT: &str = "0-9";
const SPACE: &str = r"\t\n\f\r ";
const WORD: &str = "0-9A-Za-z_";

impl<'t> Translation<'t> {
    fn run(&mut self) -> Result<(), PatternError> {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                ')' => {
                    if self.depth == 0 {
                        return Err(error_at("unexpected )", self.text));
                    }
                    self.depth -= 1;
                    self.copy(1);
                }
                '*' | '+' | '?' => self.repetition(1)?,
                '{' => self.brace()?,
                _ => self.copy(c.len_utf8()),
            }
        }
        if self.depth > 0 {
            return Err(error_at("missing closing )", self.text));
        }
        Ok(())
    }

    fn copy(&mut self, length: usize) {
        self.out.push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    /// The repetition operator of so many bytes that is next. Only `?` may follow one.
    fn repetition(&mut self, length: usize) -> Result<(), PatternError> {
        let start = self.rest;
        self.copy(length);
        if self.rest.starts_with('?') {
            self.copy(1);
        }
        let again = match self.rest.chars().next() {
            Some('*' | '+' | '?') => 1,
            Some('{') => repeat(self.rest).map_or(0, |(end, ..)| end),
            _ => 0,
        };
        if again > 0 {
            let part = &start[..start.len() - self.rest.len() + again];
            return Err(error_at("invalid nested repetition operator", part));
        }
        Ok(())
    }

    /// A brace that begins no repetition stands for itself.
    fn brace(&mut self) -> Result<(), PatternError> {
        let Some((end, least, most)) = repeat(self.rest) else {
            self.out.push_str("\\{");
            self.rest = &self.rest[1..];
            return Ok(());
        };
        let count = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= MOST_REPEATED);
        let valid = match (count(least), most) {
            (None, _) => false,
            (Some(_), "") => true,
            (Some(least), most) => count(most).is_some_and(|most| least <= most),
        };
        if !valid {
            return Err(error_at("invalid repeat count", &self.rest[..end]));
        }
        self.repetition(end)
    }

    fn group(&mut self) -> Result<(), PatternError> {
        self.depth += 1;
        let Some(after) = self.rest.strip_prefix("(?") else {
            self.groups.push(None);
            self.copy(1);
            return Ok(());
        };
        let named = after
            .strip_prefix("P<")
            .or_else(|| after.strip_prefix('<').filter(|name| !name.starts_with(['=', '!'])));
        if let Some(named) = named {
            let Some(end) = named.find('>') else {
                return Err(error_at("invalid named capture", self.rest));
            };
            let name = &named[..end];
            let valid =
                !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
            let length = self.rest.len() - named.len() + end + 1;
            if !valid {
                return Err(error_at("invalid named capture", &self.rest[..length]));
            }
            self.groups.push(Some(name.to_owned()));
            self.out.push('(');
            self.rest = &self.rest[length..];
            return Ok(());
        }
        let flags = after.find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        match flags {
            Some(end) if after[end..].starts_with(':') => self.copy(2 + end + 1),
            Some(end) if after[end..].starts_with(')') && end > 0 => {
                self.depth -= 1;
                self.copy(2 + end + 1);
            }
            end => {
                let bad = after[end.unwrap_or(after.len())..].chars().next();
                let length = 2 + end.unwrap_or(after.len()) + bad.map_or(0, char::len_utf8);
                let mut length = length.min(self.rest.len());
                if after.starts_with('<') {
                    length = 4.min(self.rest.len());
                }
                let part = self.rest.get(..length).unwrap_or(self.rest);
                return Err(error_at("invalid or unsupported Perl syntax", part));
            }
        }
        Ok(())
    }

    /// An escape outside brackets.
    fn escape(&mut self) -> Result<(), PatternError> {
        let mut chars = self.rest.chars();
        chars.next();
        let Some(c) = chars.next() else {
            return Err(error_at("trailing backslash at end of expression", ""));
        };
        match c {
            'd' => write_class(&mut self.out, DIGIT, false),
            'D' => write_class(&mut self.out, DIGIT, true),
            's' => write_class(&mut self.out, SPACE, false),
            'S' => write_class(&mut self.out, SPACE, true),
            'w' => write_class(&mut self.out, WORD, false),
            'W' => write_class(&mut self.out, WORD, true),
            'b' => self.out.push_str(r"(?-u:\b)"),
            // The ASCII form could match between the bytes of one character.
            'B' => self.out.push_str(r"\B"),
            'A' | 'z' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'Q' => {
                let after = &self.rest[2..];
                let (literal, rest) = after.split_once("\\E").unwrap_or((after, ""));
                self.out.push_str(&regex::escape(literal));
                self.rest = rest;
                return Ok(());
            }
            'p' | 'P' => {
                let length = self.property()?;
                self.copy(length);
                return Ok(());
            }
            _ => {
                let (character, length) = self.escaped_char()?;
                push_literal(&mut self.out, character);
                self.rest = &self.rest[length..];
                return Ok(());
            }
        }
        self.rest = &self.rest[2..];
        Ok(())
    }

    /// The length of `\pL`, `\p{Greek}`.
    fn property(&self) -> Result<usize, PatternError> {
        let after = &self.rest[2..];
        if after.starts_with('{') {
            return match after.find('}') {
                Some(end) => Ok(2 + end + 1),
                None => Err(error_at("invalid character class range", self.rest)),
            };
        }
        match after.chars().next() {
            Some(c) => Ok(2 + c.len_utf8()),
            None => Err(error_at("invalid character class range", self.rest)),
        }
    }

    /// The character that an escape stands for, and the length of the escape.
    fn escaped_char(&self) -> Result<(char, usize), PatternError> {
        let after = &self.rest[1..];
        let Some(c) = after.chars().next() else {
            return Err(error_at("trailing backslash at end of expression", ""));
        };
        let invalid = |length: usize| {
            let part = self.rest.get(..length).unwrap_or(self.rest);
            Err(error_at("invalid escape sequence", part))
        };
        let simple = match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            '0'..='7' => {
                let digits: String = after.chars().take(3).take_while(|c| c.is_digit(8)).collect();
                if c != '0' && digits.len() < 2 {
                    return invalid(2);
                }
                let code = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
                return code.map_or_else(|| invalid(2), |code| Ok((code, 1 + digits.len())));
            }
            'x' => return self.hexadecimal().map_or_else(|| invalid(2), Ok),
            c if c.is_ascii_alphanumeric() || !c.is_ascii() => return invalid(1 + c.len_utf8()),
            c => c,
        };
        Ok((simple, 2))
    }

    /// `\x41`, `\x{10FFFF}`
    fn hexadecimal(&self) -> Option<(char, usize)> {
        let after = &self.rest[2..];
        let (digits, length) = match after.strip_prefix('{') {
            Some(braced) => {
                let end = braced.find('}')?;
                (&braced[..end], end + 2)
            }
            None => (after.get(..2)?, 2),
        };
        let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = valid.then(|| u32::from_str_radix(digits, 16).ok())??;
        Some((char::from_u32(code)?, 2 + length))
    }

    fn class(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        let unclosed = || error_at("missing closing ]", start);
        self.rest = &self.rest[1..];
        self.out.push('[');
        if let Some(after) = self.rest.strip_prefix('^') {
            self.out.push('^');
            self.rest = after;
        }
        let mut first = true;
        loop {
            let c = self.rest.chars().next().ok_or_else(unclosed)?;
            if c == ']' && !first {
                self.out.push(']');
                self.rest = &self.rest[1..];
                return Ok(());
            }
            first = false;
            if self.named_class()? {
                continue;
            }
            let from_text = self.rest;
            let low = self.class_char()?;
            let range = self.rest.starts_with('-')
                && self.rest[1..].chars().next().is_some_and(|c| c != ']');
            push_literal(&mut self.out, low);
            if range {
                self.rest = &self.rest[1..];
                let high = self.class_char()?;
                if high < low {
                    let part = &from_text[..from_text.len() - self.rest.len()];
                    return Err(error_at("invalid character class range", part));
                }
                self.out.push('-');
                push_literal(&mut self.out, high);
            }
        }
    }

    /// `[:alpha:]`, `\d` and the like within brackets.
    fn named_class(&mut self) -> Result<bool, PatternError> {
        if self.rest.starts_with("[:")
            && let Some(end) = self.rest.find(":]")
        {
            let name = self.rest[2..end].trim_start_matches('^');
            const NAMES: [&str; 14] = [
                "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
                "punct", "space", "upper", "word", "xdigit",
            ];
            if !NAMES.contains(&name) {
                let part = &self.rest[..end + 2];
                return Err(error_at("invalid character class range", part));
            }
            self.copy(end + 2);
            return Ok(true);
        }
        let mut chars = self.rest.chars();
        if chars.next() != Some('\\') {
            return Ok(false);
        }
        match chars.next() {
            Some('d') => self.out.push_str(DIGIT),
            Some('s') => self.out.push_str(SPACE),
            Some('w') => self.out.push_str(WORD),
            Some('D') => write_class(&mut self.out, DIGIT, true),
            Some('S') => write_class(&mut self.out, SPACE, true),
            Some('W') => write_class(&mut self.out, WORD, true),
            Some('p' | 'P') => {
                let length = self.property()?;
                self.copy(length);
                return Ok(true);
            }
            _ => return Ok(false),
        }
        self.rest = &self.rest[2..];
        Ok(true)
    }

    fn class_char(&mut self) -> Result<char, PatternError> {
        let (c, length) = if self.rest.starts_with('\\') {
            self.escaped_char()?
        } else {
            match self.rest.chars().next() {
                Some(c) => (c, c.len_utf8()),
                None => return Err(error_at("missing closing ]", self.text)),
            }
        };
        self.rest = &self.rest[length..];
        Ok(c)
    }
}

fn write_class(out: &mut String, members: &str, negated: bool) {
    out.push_str(if negated { "[^" } else { "[" });
    out.push_str(members);
    out.push(']');
}

/// A character that stands for itself, within brackets and without.
fn push_literal(out: &mut String, c: char) {
    if c.is_alphanumeric() || c == '_' {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{:x}}}", c as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn first(pattern: &str, text: &str) -> Option<String> {
        let pattern = Pattern::new(pattern).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
        pattern.regex.find(text).map(|m| m.as_str().to_owned())
    }

    #[test]
    fn classes_are_those_of_ascii() {
        assert_eq!(first(r"\d+", "٣12"), Some("12".into()));
        assert_eq!(first(r"\w+", "é_a"), Some("_a".into()));
        assert_eq!(first(r"[^\D]", "x7"), Some("7".into()));
        assert_eq!(first(r"[[:alpha:]-]+", "1a-b"), Some("a-b".into()));
    }

    #[test]
    fn what_stands_for_itself_stays_so() {
        assert_eq!(first("a{,2}", "aa{,2}"), Some("a{,2}".into()));
        assert_eq!(first(r"\Qa.b\E.", "a.bc"), Some("a.bc".into()));
        assert_eq!(first(r"\<a\>", "<a>"), Some("<a>".into()));
        assert_eq!(first("[]a]+", "x]a"), Some("]a".into()));
        assert_eq!(first(r"\101\x{42}", "AB"), Some("AB".into()));
    }

    #[test]
    fn groups_may_share_a_name() {
        let pattern = Pattern::new("(?P<1a>x)|(?P<1a>y)").unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(pattern.groups, [Some("1a".to_owned()), Some("1a".to_owned())]);
    }

    #[test]
    fn errors_name_the_part() {
        for (pattern, what, part) in [
            ("(?!a)", "invalid or unsupported Perl syntax", "(?!"),
            (r"\1", "invalid escape sequence", r"\1"),
            ("\\", "trailing backslash at end of expression", ""),
            ("(?P<>x)", "invalid named capture", "(?P<>"),
            ("[", "missing closing ]", "["),
            ("(a", "missing closing )", "(a"),
            ("a)", "unexpected )", "a)"),
            ("[b-a]", "invalid character class range", "b-a"),
        ] {
            let error = Pattern::new(pattern).err();
            assert_eq!(error, Some(error_at(what, part)), "{pattern}");
        }
    }
}
