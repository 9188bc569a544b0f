//! From text to tokens.
//!
//! The tokens are well-formed where strings are concerned: each string, heredoc and template
//! sequence that the source leaves open is closed by a token of no width, and reported here, so
//! that the parser finds its way again behind it.

mod strings;

use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};

use super::token::{Source, Token, TokenKind, advance, begins_identifier, continues_identifier};

/// What is being read.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Expressions and blocks. Within a template sequence, `braces` counts those that are open.
    Normal { sequence: Option<Sequence> },
    /// A quoted string that began in this line.
    Quoted { line: u32 },
    /// A heredoc whose marker stands at these offsets.
    Heredoc { marker: (usize, usize) },
    /// A template without delimiters.
    Bare,
}

#[derive(Clone, Copy, Debug)]
struct Sequence {
    braces: u32,
    open: (Pos, Pos),
}

/// What is read at the outset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Expressions and blocks.
    Normal,
    /// A template without delimiters.
    Template,
}

/// What the lexer makes of a text.
pub(crate) struct Lexed {
    /// The tokens, comments included, with a [`TokenKind::EndOfFile`] at the end.
    pub(crate) tokens: Vec<Token>,
    /// What is wrong with them.
    pub(crate) diagnostics: Diagnostics,
    /// Whether a string was still open at the end.
    pub(crate) unterminated: bool,
}

/// The tokens of a text.
pub(crate) fn tokens(source: &Source, filename: &Arc<str>, start: Start) -> Lexed {
    let mode = match start {
        Start::Normal => Mode::Normal { sequence: None },
        Start::Template => Mode::Bare,
    };
    let mut lexer = Lexer {
        text: source.text(),
        offset: 0,
        pos: source.start(),
        filename,
        modes: vec![mode],
        tokens: Vec::with_capacity(source.text().len() / 4),
        diagnostics: Diagnostics::new(),
        told: Vec::new(),
    };
    let unterminated = lexer.run();
    Lexed { tokens: lexer.tokens, diagnostics: lexer.diagnostics, unterminated }
}

struct Lexer<'a> {
    text: &'a str,
    offset: usize,
    pos: Pos,
    filename: &'a Arc<str>,
    modes: Vec<Mode>,
    tokens: Vec<Token>,
    diagnostics: Diagnostics,
    /// Details that need not be told a second time.
    told: Vec<&'static str>,
}

impl Lexer<'_> {
    fn run(&mut self) -> bool {
        while self.offset < self.text.len() {
            match self.mode() {
                Mode::Normal { sequence } => self.normal(sequence),
                Mode::Quoted { line } => self.quoted(line),
                Mode::Heredoc { marker } => self.heredoc(marker),
                Mode::Bare => self.literal_line(TokenKind::StringLiteral),
            }
        }
        let unterminated = self.modes.len() > 1;
        self.close_all();
        self.emit_empty(TokenKind::EndOfFile);
        unterminated
    }

    fn mode(&self) -> Mode {
        self.modes.last().copied().unwrap_or(Mode::Normal { sequence: None })
    }

    fn rest(&self) -> &str {
        &self.text[self.offset..]
    }

    fn emit(&mut self, kind: TokenKind, length: usize) {
        let start = self.pos;
        self.skip(length);
        self.tokens.push(Token { kind, start, end: self.pos });
    }

    fn emit_empty(&mut self, kind: TokenKind) {
        self.tokens.push(Token { kind, start: self.pos, end: self.pos });
    }

    fn skip(&mut self, length: usize) {
        let end = self.offset + length;
        self.pos = advance(self.pos, &self.text[self.offset..end]);
        self.offset = end;
    }

    fn report(&mut self, summary: &str, detail: impl Into<String>, start: Pos, end: Pos) {
        let range = SourceRange::new(self.filename.clone(), start, end);
        self.diagnostics.push(Diagnostic::error(summary, detail).at(&range));
    }

    /// Emits what has no place in the language, and says so once for each kind of thing.
    fn invalid(&mut self, length: usize, summary: &str, detail: &'static str) {
        let start = self.pos;
        self.emit(TokenKind::Invalid, length);
        if !self.told.contains(&detail) {
            self.told.push(detail);
            self.report(summary, detail, start, self.pos);
        }
    }

    fn normal(&mut self, sequence: Option<Sequence>) {
        let rest = self.rest().as_bytes();
        let first = rest[0];
        match first {
            b' ' | b'\t' => {
                let length = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                self.skip(length);
            }
            b'\n' => self.emit(TokenKind::Newline, 1),
            b'\r' if rest.get(1) == Some(&b'\n') => self.emit(TokenKind::Newline, 2),
            b'#' => self.line_comment(),
            b'/' if rest.get(1) == Some(&b'/') => self.line_comment(),
            b'/' if rest.get(1) == Some(&b'*') => self.block_comment(),
            b'"' => {
                self.emit(TokenKind::OpenQuote, 1);
                self.modes.push(Mode::Quoted { line: self.pos.line });
            }
            b'0'..=b'9' => {
                let length = number_length(rest);
                self.emit(TokenKind::Number, length);
            }
            b'{' | b'}' => self.brace(first, sequence),
            b'~' if rest.get(1) == Some(&b'}') && sequence.is_some_and(|s| s.braces == 0) => {
                self.emit(TokenKind::TemplateEnd, 2);
                self.modes.pop();
            }
            b'<' if rest.get(1) == Some(&b'<') && self.open_heredoc() => {}
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.word(),
            _ => self.symbol(),
        }
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        let length = rest[..end].strip_suffix('\r').map_or(end, str::len);
        self.emit(TokenKind::Comment, length);
    }

    fn block_comment(&mut self) {
        match self.rest()[2..].find("*/") {
            Some(end) => self.emit(TokenKind::Comment, end + 4),
            None => {
                let start = self.pos;
                let end = advance(start, "/*");
                self.emit(TokenKind::Comment, self.rest().len());
                let detail =
                    "There is no \"*/\" that ends this comment before the end of the file.";
                self.report("Unterminated comment", detail, start, end);
            }
        }
    }

    fn brace(&mut self, brace: u8, sequence: Option<Sequence>) {
        let Some(mut sequence) = sequence else {
            let open = brace == b'{';
            self.emit(if open { TokenKind::OpenBrace } else { TokenKind::CloseBrace }, 1);
            return;
        };
        if brace == b'}' && sequence.braces == 0 {
            self.emit(TokenKind::TemplateEnd, 1);
            self.modes.pop();
            return;
        }
        if brace == b'{' {
            sequence.braces += 1;
            self.emit(TokenKind::OpenBrace, 1);
        } else {
            sequence.braces -= 1;
            self.emit(TokenKind::CloseBrace, 1);
        }
        if let Some(mode) = self.modes.last_mut() {
            *mode = Mode::Normal { sequence: Some(sequence) };
        }
    }

    fn word(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        if begins_identifier(first) {
            let length = rest.find(|c| !continues_identifier(c)).unwrap_or(rest.len());
            self.emit(TokenKind::Identifier, length);
            return;
        }
        let detail = match first {
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => {
                "Curly quotes are not valid here. They come in when text is copied from documents \
                 or web pages. Replace them with straight double quotes (\")."
            }
            _ => "This character is not used within the language.",
        };
        self.invalid(first.len_utf8(), "Invalid character", detail);
    }

    fn symbol(&mut self) {
        let rest = self.rest().as_bytes();
        let pair = [rest[0], rest.get(1).copied().unwrap_or(0)];
        let two = match &pair {
            b"&&" => Some(TokenKind::And),
            b"||" => Some(TokenKind::Or),
            b"==" => Some(TokenKind::Equal),
            b"!=" => Some(TokenKind::NotEqual),
            b">=" => Some(TokenKind::GreaterOrEqual),
            b"<=" => Some(TokenKind::LessOrEqual),
            b"=>" => Some(TokenKind::Arrow),
            b"::" => Some(TokenKind::DoubleColon),
            _ => None,
        };
        if rest.starts_with(b"...") {
            return self.emit(TokenKind::Ellipsis, 3);
        }
        if let Some(kind) = two {
            return self.emit(kind, 2);
        }
        let kind = match rest[0] {
            b'[' => TokenKind::OpenBracket,
            b']' => TokenKind::CloseBracket,
            b'(' => TokenKind::OpenParen,
            b')' => TokenKind::CloseParen,
            b'*' => TokenKind::Star,
            b'/' => TokenKind::Slash,
            b'+' => TokenKind::Plus,
            b'-' => TokenKind::Minus,
            b'%' => TokenKind::Percent,
            b'!' => TokenKind::Bang,
            b'=' => TokenKind::Assign,
            b'>' => TokenKind::Greater,
            b'<' => TokenKind::Less,
            b'?' => TokenKind::Question,
            b':' => TokenKind::Colon,
            b',' => TokenKind::Comma,
            b'.' => TokenKind::Dot,
            other => return self.invalid_symbol(other),
        };
        self.emit(kind, 1);
    }

    fn invalid_symbol(&mut self, symbol: u8) {
        let (summary, detail) = match symbol {
            b'&' => (
                "Unsupported operator",
                "Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?",
            ),
            b'|' => (
                "Unsupported operator",
                "Bitwise operators are not supported. Did you mean boolean OR (\"||\")?",
            ),
            b'~' => (
                "Unsupported operator",
                "Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?",
            ),
            b'^' => ("Unsupported operator", "Bitwise operators are not supported."),
            b'\'' => (
                "Invalid character",
                "Single quotes are not valid. Use double quotes (\") to enclose strings.",
            ),
            b'`' => (
                "Invalid character",
                "The \"`\" character is not valid. To create a multi-line string, use the \
                 \"heredoc\" syntax, like \"<<EOT\".",
            ),
            b';' => (
                "Invalid character",
                "The \";\" character is not valid. Use newlines to separate arguments and blocks, \
                 and commas to separate items in collection values.",
            ),
            _ => ("Invalid character", "This character is not used within the language."),
        };
        self.invalid(1, summary, detail);
    }
}

/// The length of the number at the start, which is a digit.
fn number_length(bytes: &[u8]) -> usize {
    let is_digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut end = 1;
    loop {
        let dots = bytes[end..].iter().take_while(|b| **b == b'.').count();
        if !is_digit(end + dots) {
            break;
        }
        end += dots + 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let digits = end + if matches!(bytes.get(end + 1), Some(b'+' | b'-')) { 2 } else { 1 };
        if is_digit(digits) {
            end = digits;
            while is_digit(end) {
                end += 1;
            }
        }
    }
    end
}
