//! Tokens and the positions of text.

use groma_diag::Pos;
use unicode_segmentation::UnicodeSegmentation;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    /// `"` at the start of a string.
    OpenQuote,
    /// `"` at the end of a string.
    CloseQuote,
    /// `<<EOT` or `<<-EOT` and the newline.
    OpenHeredoc,
    /// The line that ends a heredoc, without its newline.
    CloseHeredoc,
    /// A piece of a quoted string as it stands in the source, escapes and all.
    QuotedLiteral,
    /// A line, or part of one, of a heredoc or of a template file. The newline belongs to it.
    StringLiteral,
    /// `${` or `${~`
    TemplateInterp,
    /// `%{` or `%{~`
    TemplateControl,
    /// `}` or `~}`
    TemplateEnd,
    Identifier,
    Number,
    Star,
    Slash,
    Plus,
    Minus,
    Percent,
    And,
    Or,
    Bang,
    /// `=`
    Assign,
    /// `==`
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `=>`
    Arrow,
    Question,
    Colon,
    DoubleColon,
    Comma,
    Dot,
    Ellipsis,
    Newline,
    Comment,
    /// What has no place in the language; the lexer has reported it.
    Invalid,
    EndOfFile,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: Pos,
    pub(crate) end: Pos,
}

impl Token {
    /// Its text.
    pub(crate) fn text<'s>(&self, source: &'s Source) -> &'s str {
        source.slice(self.start, self.end)
    }
}

/// Source text and the position at which it begins, which need not be the start of a file.
#[derive(Debug)]
pub(crate) struct Source {
    text: String,
    start: Pos,
}

impl Source {
    /// Text that begins at `start`.
    pub(crate) fn new(text: String, start: Pos) -> Source {
        Source { text, start }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn start(&self) -> Pos {
        self.start
    }

    /// The text between two positions.
    pub(crate) fn slice(&self, start: Pos, end: Pos) -> &str {
        let offset = |pos: Pos| (pos.byte - self.start.byte) as usize;
        self.text.get(offset(start)..offset(end)).unwrap_or_default()
    }
}

/// The position behind `text` that begins at `pos`.
pub(crate) fn advance(mut pos: Pos, text: &str) -> Pos {
    pos.byte = pos.byte.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
    if text.is_ascii() {
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\n' => {
                    pos.line += 1;
                    pos.column = 1;
                }
                b'\r' if bytes.peek() == Some(&b'\n') => {}
                _ => pos.column += 1,
            }
        }
        return pos;
    }
    for cluster in text.graphemes(true) {
        if cluster == "\n" || cluster == "\r\n" {
            pos.line += 1;
            pos.column = 1;
        } else {
            pos.column += 1;
        }
    }
    pos
}

/// Whether a character may begin an identifier.
pub(crate) fn begins_identifier(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// Whether a character may continue an identifier.
pub(crate) fn continues_identifier(c: char) -> bool {
    c == '-' || unicode_ident::is_xid_continue(c)
}

/// Whether `text` is an identifier from end to end.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(begins_identifier) && chars.all(continues_identifier)
}
