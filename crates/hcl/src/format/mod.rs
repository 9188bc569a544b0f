//! The canonical format of native syntax.
//!
//! Formatting changes white space within lines: the indentation, what stands between tokens, and
//! the alignment of equals signs and comments. [`format_file`] also brings a few older spellings
//! into their present form.

mod layout;
mod rewrite;
mod spacing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use groma_diag::{Diagnostics, Pos};

use crate::syntax::{Source, Start, Token, TokenKind, decode, lex, parse_keeping_tokens};

/// A token, and the white space in front of it.
#[derive(Clone, Debug)]
struct Piece<'s> {
    kind: TokenKind,
    text: Cow<'s, str>,
    /// How many spaces stand in front of it.
    spaces: usize,
    /// Where it begins in the source.
    start: u32,
}

impl Piece<'_> {
    fn new(kind: TokenKind, text: impl Into<Cow<'static, str>>, start: u32) -> Piece<'static> {
        Piece { kind, text: text.into(), spaces: 0, start }
    }

    /// Whether the line ends with it.
    fn ends_line(&self) -> bool {
        match self.kind {
            TokenKind::Newline => true,
            TokenKind::Comment => self.text.ends_with('\n'),
            _ => false,
        }
    }

    /// How many brackets it opens, or closes if negative.
    fn brackets(&self) -> i32 {
        match self.kind {
            TokenKind::OpenBrace
            | TokenKind::OpenBracket
            | TokenKind::OpenParen
            | TokenKind::TemplateInterp
            | TokenKind::TemplateControl => 1,
            TokenKind::CloseBrace
            | TokenKind::CloseBracket
            | TokenKind::CloseParen
            | TokenKind::TemplateEnd => -1,
            _ => 0,
        }
    }
}

/// A file of native syntax in canonical format; nothing if it has errors.
pub fn format_file(filename: &str, src: &[u8]) -> (Option<String>, Diagnostics) {
    let (file, source, tokens, diagnostics) = parse_keeping_tokens(filename, src);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let mut edits = rewrite::Edits::default();
    edits.body(&file.body, &mut Vec::new());
    (Some(formatted(&source, tokens, edits)), diagnostics)
}

/// Native syntax in canonical format: a file, or a part of one, such as an expression.
pub fn format(text: &str) -> String {
    let filename: Arc<str> = "".into();
    let (content, start, _) = decode(&filename, text.as_bytes(), Pos::START);
    let source = Source::new(content, start);
    let tokens = lex(&source, &filename, Start::Normal);
    formatted(&source, tokens, rewrite::Edits::default())
}

fn formatted(source: &Source, mut tokens: Vec<Token>, edits: rewrite::Edits) -> String {
    // What the lexer has made up to close open strings is not in the source.
    tokens.retain(|t| t.start != t.end);
    let mut pieces = edits.apply(pieces(source, &tokens));
    layout::lay_out(&mut pieces);
    let length = source.text().len();
    let mut out = String::with_capacity(length + length / 8);
    if source.start().byte > 0 {
        out.push('\u{feff}');
    }
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(&piece.text);
    }
    // White space in front of the end of the file stays.
    let behind = tokens.last().map_or(source.start(), |last| last.end).byte - source.start().byte;
    out.extend(std::iter::repeat_n(' ', length - behind as usize));
    out
}

/// The tokens with the white space between them. A comment to the end of a line takes in its
/// newline.
fn pieces<'s>(source: &'s Source, tokens: &[Token]) -> Vec<Piece<'s>> {
    let mut pieces: Vec<Piece<'s>> = Vec::with_capacity(tokens.len());
    let mut last_end = source.start().byte;
    for token in tokens {
        let follows = pieces.last().filter(|_| token.start.byte == last_end);
        let joins = token.kind == TokenKind::Newline
            && follows.is_some_and(|p| {
                p.kind == TokenKind::Comment && !p.text.starts_with("/*") && !p.ends_line()
            });
        if joins && let Some(comment) = pieces.last_mut() {
            let newline = token.text(source).to_owned();
            comment.text.to_mut().push_str(&newline);
        } else {
            pieces.push(Piece {
                kind: token.kind,
                text: Cow::Borrowed(token.text(source)),
                spaces: (token.start.byte - last_end) as usize,
                start: token.start.byte,
            });
        }
        last_end = token.end.byte;
    }
    pieces
}
