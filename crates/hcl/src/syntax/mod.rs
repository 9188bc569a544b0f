//! Native syntax: lexer and parser.
//!
//! Parsing never fails: it yields a tree and diagnostics. Where the source cannot be understood
//! the tree has an expression that evaluates to an unknown value, and parsing goes on with the next
//! argument or block.

mod block;
mod collection;
mod complete;
mod directive;
mod expression;
mod lexer;
mod literal;
mod parser;
mod template;
mod term;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_value::{Str, Value};

use crate::ast::{Expression, Traversal};
use crate::body::Body;
pub use complete::is_incomplete;
pub(crate) use lexer::Start;
use parser::Parser;
pub use token::is_identifier;
pub(crate) use token::{Source, Token, TokenKind, advance};

/// A file that has been parsed.
#[derive(Clone, Debug)]
pub struct File {
    /// What it holds.
    pub body: Body,
}

/// Parses a file of native syntax.
pub fn parse_native(filename: &str, src: &[u8]) -> (File, Diagnostics) {
    let (file, _, _, diagnostics) = parse_keeping_tokens(filename, src);
    (file, diagnostics)
}

/// Parses a file of native syntax. Its tokens are there, too, those of comments among them.
pub(crate) fn parse_keeping_tokens(
    filename: &str,
    src: &[u8],
) -> (File, Source, Vec<Token>, Diagnostics) {
    let filename: Arc<str> = filename.into();
    let (source, start, mut diagnostics) = decode(&filename, src, Pos::START);
    let source = token::Source::new(source, start);
    let lexed = lexer::tokens(&source, &filename, Start::Normal);
    let tokens = lexed.tokens.clone();
    let mut parser = Parser::of(&source, &filename, lexed);
    let body = parser.file();
    diagnostics.extend(parser.finish());
    (File { body: Body::native(body) }, source, tokens, diagnostics)
}

/// Parses an expression, all of `src`, that begins at `start` of the file.
pub fn parse_expression(src: &[u8], filename: &str, start: Pos) -> (Expression, Diagnostics) {
    expression_at(src, filename.into(), start)
}

/// Parses a template, all of `src`, that begins at `start` of the file.
pub fn parse_template(src: &[u8], filename: &str, start: Pos) -> (Expression, Diagnostics) {
    template_at(src, filename.into(), start)
}

/// Parses a reference: a name and steps with constant keys.
pub fn parse_traversal(src: &[u8], filename: &str, start: Pos) -> (Option<Traversal>, Diagnostics) {
    traversal_at(src, filename.into(), start)
}

pub(crate) fn expression_at(
    src: &[u8],
    filename: Arc<str>,
    start: Pos,
) -> (Expression, Diagnostics) {
    let (source, start, mut diagnostics) = decode(&filename, src, start);
    let source = token::Source::new(source, start);
    let mut parser = Parser::new(&source, &filename, Start::Normal);
    let expression = parser.whole_expression();
    diagnostics.extend(parser.finish());
    (expression, diagnostics)
}

pub(crate) fn template_at(src: &[u8], filename: Arc<str>, start: Pos) -> (Expression, Diagnostics) {
    let (source, start, mut diagnostics) = decode(&filename, src, start);
    let source = token::Source::new(source, start);
    let mut parser = Parser::new(&source, &filename, Start::Template);
    let expression = parser.whole_template();
    diagnostics.extend(parser.finish());
    (expression, diagnostics)
}

pub(crate) fn traversal_at(
    src: &[u8],
    filename: Arc<str>,
    start: Pos,
) -> (Option<Traversal>, Diagnostics) {
    let (expression, mut diagnostics) = expression_at(src, filename, start);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    match expression.require_traversal() {
        Ok(traversal) => (Some(traversal), diagnostics),
        Err(errors) => {
            diagnostics.extend(errors);
            (None, diagnostics)
        }
    }
}

/// Bytes as text, without a byte order mark. What is no UTF-8 is reported and becomes spaces, so
/// that the positions of all else stay right.
pub(crate) fn decode(filename: &Arc<str>, src: &[u8], start: Pos) -> (String, Pos, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut start = start;
    let src = match src.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            start.byte += 3;
            rest
        }
        None => src,
    };
    // Positions are 32 bits wide.
    let src = if src.len() > (u32::MAX - start.byte) as usize {
        let range = SourceRange::new(filename.clone(), start, start);
        let detail = "Files of 4 GiB and more cannot be read.";
        diagnostics.push(Diagnostic::error("File too large", detail).at(&range));
        &[]
    } else {
        src
    };
    let mut text = String::with_capacity(src.len());
    for chunk in src.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().is_empty() {
            continue;
        }
        if diagnostics.is_empty() {
            let at = advance(start, &text);
            let range = SourceRange::new(filename.clone(), at, at);
            diagnostics.push(
                Diagnostic::error(
                    "Invalid character encoding",
                    "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is \
                     selected in your editor.",
                )
                .at(&range),
            );
        }
        text.extend(std::iter::repeat_n(' ', chunk.invalid().len()));
    }
    (text, start, diagnostics)
}

/// The tokens of a text, comments included.
pub(crate) fn lex(source: &Source, filename: &Arc<str>, start: Start) -> Vec<Token> {
    lexer::tokens(source, filename, start).tokens
}

/// A string in normal form C.
pub(crate) fn normalized(text: &str) -> Str {
    if text.is_ascii() {
        return text.into();
    }
    Value::string(text).as_str().cloned().unwrap_or_else(|| text.into())
}
