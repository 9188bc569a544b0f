//! Older spellings, and what becomes of them.

use std::ops::Range;

use groma_diag::SourceRange;

use super::Piece;
use crate::ast::Expression;
use crate::body::{Body, NativeBlock};
use crate::render::quote;
use crate::syntax::TokenKind;

/// What is to be changed, by ranges of the source.
#[derive(Default)]
pub(super) struct Edits {
    /// The expressions of attributes, and whether each is the type of a variable.
    expressions: Vec<(Range<u32>, bool)>,
    /// What stands between the type of a block and the end of its last label, and the labels.
    labels: Vec<(Range<u32>, Vec<String>)>,
}

fn bytes(range: &SourceRange) -> Range<u32> {
    range.start.byte..range.end.byte
}

impl Edits {
    /// Notes what there is to look at in a body, which is in blocks of these types.
    pub(super) fn body(&mut self, body: &Body, within: &mut Vec<String>) {
        let Some((attributes, blocks)) = body.native_items() else { return };
        for attribute in attributes {
            let is_type =
                within.len() == 1 && within[0] == "variable" && *attribute.name == *"type";
            self.expression(&attribute.expr, is_type);
        }
        for block in blocks {
            self.block(block);
            within.push(block.block_type.to_string());
            self.body(&block.body, within);
            within.pop();
        }
    }

    fn expression(&mut self, expression: &Expression, is_type: bool) {
        self.expressions.push((bytes(expression.range()), is_type));
    }

    fn block(&mut self, block: &NativeBlock) {
        // Comments behind the labels, or without any, stay.
        let Some(last) = block.label_ranges.last() else { return };
        let between = block.type_range.end.byte..last.end.byte;
        self.labels.push((between, block.labels.iter().map(|l| quote(l)).collect()));
    }

    /// The pieces with the changes made.
    pub(super) fn apply(mut self, pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
        if self.expressions.is_empty() && self.labels.is_empty() {
            return pieces;
        }
        self.expressions.sort_by_key(|(range, _)| range.start);
        self.labels.sort_by_key(|(range, _)| range.start);
        let mut expressions = self.expressions.into_iter().peekable();
        let mut labels = self.labels.into_iter().peekable();
        let mut out = Vec::with_capacity(pieces.len());
        let mut pieces = pieces.into_iter().peekable();
        while let Some(next) = pieces.peek() {
            let start = next.start;
            if let Some((range, names)) = labels.next_if(|(range, _)| range.start <= start) {
                while pieces.next_if(|piece| piece.start < range.end).is_some() {}
                // A quoted string counts as one token here: its spaces are set like a word's.
                out.extend(
                    names.into_iter().map(|n| Piece::new(TokenKind::Number, n, range.start)),
                );
            } else if let Some((range, is_type)) =
                expressions.next_if(|(range, _)| range.start <= start)
            {
                let mut inside = Vec::new();
                while let Some(piece) = pieces.next_if(|piece| piece.start < range.end) {
                    inside.push(piece);
                }
                out.extend(if is_type { type_expression(inside) } else { unwrapped(inside) });
            } else {
                out.extend(pieces.next());
            }
        }
        out
    }
}

/// `"${x}"` as `x`, if it is clearly nothing but that.
fn unwrapped(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    use TokenKind as K;
    let [open, interp, inside @ .., end, close] = pieces.as_slice() else { return pieces };
    let is_wrap = (open.kind, interp.kind, end.kind, close.kind)
        == (K::OpenQuote, K::TemplateInterp, K::TemplateEnd, K::CloseQuote);
    if !is_wrap || inside.is_empty() || has_outer_template(inside) {
        return pieces;
    }
    let is_newline = |piece: &Piece<'_>| piece.kind == K::Newline;
    let Some(first) = inside.iter().position(|p| !is_newline(p)) else { return pieces };
    let last = inside.iter().rposition(|p| !is_newline(p)).unwrap_or(first);
    let inner = &inside[first..=last];
    let in_parens = inner[0].kind == K::OpenParen && inner[inner.len() - 1].kind == K::CloseParen;
    let several_lines = inner.iter().any(is_newline);
    let start = inner[0].start;
    let mut result = Vec::with_capacity(inner.len() + 2);
    if several_lines && !in_parens {
        result.push(Piece::new(K::OpenParen, "(", start));
        result.extend_from_slice(inner);
        result.push(Piece::new(K::CloseParen, ")", start));
    } else {
        result.extend_from_slice(inner);
    }
    result
}

/// Whether there is more of the template than one interpolation: what is within quotes belongs to
/// strings inside it.
fn has_outer_template(inside: &[Piece<'_>]) -> bool {
    use TokenKind as K;
    let mut quotes = 0;
    for piece in inside {
        match piece.kind {
            K::OpenQuote => quotes += 1,
            K::CloseQuote => quotes -= 1,
            K::TemplateInterp | K::TemplateEnd | K::QuotedLiteral if quotes <= 0 => return true,
            _ => {}
        }
    }
    false
}

/// The type of a variable: older versions had it in quotes, or without the type of elements.
fn type_expression(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    use TokenKind as K;
    let start = pieces.first().map_or(0, |piece| piece.start);
    let word = |text: &str| vec![Piece::new(K::Identifier, text.to_owned(), start)];
    let collection = |kind: &str, element: &'static str| {
        let mut result = word(kind);
        result.push(Piece::new(K::OpenParen, "(", start));
        result.extend(word(element));
        result.push(Piece::new(K::CloseParen, ")", start));
        result
    };
    match pieces.as_slice() {
        [only] if only.kind == K::Identifier && matches!(&*only.text, "list" | "map" | "set") => {
            collection(&only.text, "any")
        }
        [open, text, _] if open.kind == K::OpenQuote && text.kind == K::QuotedLiteral => {
            match &*text.text {
                "string" => word("string"),
                kind @ ("list" | "map") => collection(kind, "string"),
                _ => pieces,
            }
        }
        _ => pieces,
    }
}
