//! Strings, heredocs and templates: their pieces, and what is trimmed off them.

use groma_diag::SourceRange;
use groma_value::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::directive::Directive;
use super::parser::Parser;
use super::token::{Token, TokenKind};
use crate::ast::{ExprKind, Expression};

/// A piece of a template.
pub(super) enum Piece {
    /// Text.
    Literal(String, SourceRange),
    /// `${…}`
    Interpolation(Expression),
    /// `%{…}`
    Directive(Directive, SourceRange),
}

/// How literals are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Quoted,
    Heredoc { flush: bool },
    Bare,
}

impl Parser<'_> {
    /// The template that the whole source is.
    pub(super) fn whole_template(&mut self) -> Expression {
        let start = self.source.start();
        let pieces = self.pieces(Style::Bare);
        let end = self.peek();
        self.assemble(pieces, self.span(start, end.end))
    }

    /// A quoted string or a heredoc.
    pub(super) fn string(&mut self) -> Expression {
        let open = self.next();
        let newlines = self.set_newlines(true);
        let style = match open.kind {
            TokenKind::OpenQuote => Style::Quoted,
            _ => Style::Heredoc { flush: self.text(open).starts_with("<<-") },
        };
        let mut pieces = self.pieces(style);
        self.next();
        self.set_newlines(newlines);
        if style == (Style::Heredoc { flush: true }) {
            unindent(&mut pieces);
        }
        self.assemble(pieces, self.since(open.start))
    }

    /// A quoted string that must be a literal, such as the label of a block.
    pub(super) fn string_literal(&mut self) -> (String, SourceRange) {
        let open = self.next();
        let mut text = String::new();
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::QuotedLiteral => text.push_str(&self.quoted_text(token)),
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    let symbol = if token.kind == TokenKind::TemplateInterp { "$" } else { "%" };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \
                         \"{symbol}\", double it (as \"{symbol}{symbol}\") to escape it."
                    );
                    let recovering = self.recovering;
                    self.error_within("Invalid string literal", &detail, token, open.start);
                    self.recovering = recovering;
                    self.recover_sequence();
                }
                _ => break,
            }
        }
        (text, self.since(open.start))
    }

    /// All pieces up to the end of the template, which is not taken.
    fn pieces(&mut self, style: Style) -> Vec<Piece> {
        let mut pieces = Vec::new();
        // What stands between a sequence that ends with a tilde and the next piece is trimmed.
        let mut trim = false;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::QuotedLiteral | TokenKind::StringLiteral => {
                    self.next();
                    let text = match style {
                        Style::Quoted => self.quoted_text(token),
                        _ => self.plain_text(token),
                    };
                    let text = if trim { text.trim_start().to_owned() } else { text };
                    pieces.push(Piece::Literal(text, self.range(token)));
                    trim = false;
                }
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    if self.text(token).ends_with('~')
                        && let Some(Piece::Literal(text, _)) = pieces.last_mut()
                    {
                        text.truncate(text.trim_end().len());
                    }
                    self.next();
                    let piece = match token.kind {
                        TokenKind::TemplateInterp => Some(self.interpolation(token)),
                        _ => self.directive(token),
                    };
                    pieces.extend(piece);
                    trim = self.sequence_trims();
                }
                _ => break,
            }
        }
        pieces
    }

    /// Whether the sequence that has just been taken ends with a tilde.
    fn sequence_trims(&self) -> bool {
        let end = self.last_end();
        let mut start = end;
        start.byte = start.byte.saturating_sub(2).max(self.source.start().byte);
        self.source.slice(start, end) == "~}"
    }

    fn interpolation(&mut self, open: Token) -> Piece {
        let newlines = self.set_newlines(false);
        let expression = self.expression();
        let end = self.peek();
        if end.kind == TokenKind::TemplateEnd {
            self.next();
        } else {
            self.recovering |= !self.is_sequence_closed();
            let detail = "Expected a closing brace to end the interpolation expression, but found \
                          extra characters.\n\nThis can happen when you include interpolation \
                          syntax for another language, such as shell scripting, but forget to \
                          escape the interpolation start token. If this is an embedded sequence \
                          for another language, escape it by starting with \"$${\" instead of just \
                          \"${\".";
            let summary = "Extra characters after interpolation expression";
            self.error_within(summary, detail, end, open.start);
            self.recover_sequence();
        }
        self.set_newlines(newlines);
        Piece::Interpolation(expression)
    }

    /// The expression that the pieces make.
    fn assemble(&mut self, pieces: Vec<Piece>, range: SourceRange) -> Expression {
        if let [Piece::Interpolation(inner)] = pieces.as_slice() {
            return Expression::new(ExprKind::TemplateWrap(inner.clone()), range);
        }
        let end = self.span(range.end, range.end);
        let parts = self.parts(pieces, &end);
        template(parts, range)
    }
}

/// A template of these parts, or the literal that it is.
pub(super) fn template(parts: Vec<Expression>, range: SourceRange) -> Expression {
    match parts.as_slice() {
        [] => Expression::literal(Value::string(""), range),
        [only] if only.as_string_literal().is_some() => Expression::new(only.kind().clone(), range),
        _ => Expression::new(ExprKind::Template(parts), range),
    }
}

/// Takes off each line what all lines have in common as indentation. Lines that are nothing but
/// white space do not take part, and neither does what a tilde has joined to the line before.
fn unindent(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut starts = Vec::new();
    let mut at_line_start = true;
    for (i, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Literal(text, _) => text.as_str(),
            _ => "",
        };
        if at_line_start {
            let trimmed = text.trim_start();
            if !(trimmed.is_empty() && text.ends_with('\n')) {
                let indent = text[..text.len() - trimmed.len()].graphemes(true).count();
                least = least.min(indent);
                starts.push(i);
            }
        }
        at_line_start = text.ends_with('\n');
    }
    for i in starts {
        if let Piece::Literal(text, _) = &mut pieces[i] {
            let cut = text.grapheme_indices(true).nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
        }
    }
}
