//! What stands between two tokens of a line: a space or nothing.

use super::Piece;
use crate::syntax::TokenKind;

/// Whether there is a space between `this` and `after`; `before` is the token in front of `this`.
pub(super) fn is_spaced(before: Option<TokenKind>, this: &Piece<'_>, after: &Piece<'_>) -> bool {
    use TokenKind as K;
    match (this.kind, after.kind) {
        (_, K::Newline) => false,
        // A function's name keeps its parenthesis and its namespace.
        (K::Identifier, K::OpenParen) => false,
        (K::Identifier, K::DoubleColon) | (K::DoubleColon, K::Identifier) => false,
        (K::Dot, _) | (_, K::Dot) => false,
        (_, K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        // Nothing comes into strings that is not there.
        (K::QuotedLiteral | K::StringLiteral | K::OpenQuote | K::OpenHeredoc, _) => false,
        (_, K::QuotedLiteral | K::StringLiteral | K::CloseQuote | K::CloseHeredoc) => false,
        // `in` is a word of its own in `for x in [y]`, unlike the name in `x[y]`.
        (K::Identifier, _) if this.text == "in" && before == Some(K::Identifier) => true,
        (K::Identifier | K::Number, K::OpenBracket) => false,
        (_, K::OpenBracket) if this.brackets() < 0 => false,
        (K::Minus, _) => !is_sign(before),
        (K::Bang, _) => false,
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _) | (_, K::CloseBrace) => true,
        (K::TemplateInterp | K::TemplateControl, K::OpenBrace) => true,
        (K::CloseBrace, K::TemplateEnd) => true,
        (K::TemplateEnd, K::TemplateInterp | K::TemplateControl) => false,
        _ => this.brackets() <= 0 && after.brackets() >= 0,
    }
}

/// Whether a minus behind this token is a sign, not an operation on two operands.
fn is_sign(before: Option<TokenKind>) -> bool {
    use TokenKind as K;
    match before {
        None => true,
        Some(kind) => matches!(
            kind,
            K::OpenParen
                | K::OpenBrace
                | K::OpenBracket
                | K::Assign
                | K::Colon
                | K::Comma
                | K::Question
                | K::Plus
                | K::Star
                | K::Slash
                | K::Percent
                | K::Minus
                | K::Bang
                | K::And
                | K::Or
                | K::Equal
                | K::NotEqual
                | K::Greater
                | K::GreaterOrEqual
                | K::Less
                | K::LessOrEqual
        ),
    }
}
