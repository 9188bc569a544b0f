//! Whether a text that is being typed goes on in another line.

use std::sync::Arc;

use groma_diag::Pos;

use super::lexer::{Start, tokens};
use super::token::{Source, TokenKind};

/// Whether an expression cannot be complete: a bracket or a heredoc is still open. A quoted string
/// that is open is none of that, since such strings end in the line in which they begin.
pub fn is_incomplete(text: &str) -> bool {
    // A heredoc's marker must be followed by something for the lexer to see that it begins.
    let source = Source::new(format!("{text}\n"), Pos::START);
    let filename: Arc<str> = "".into();
    let lexed = tokens(&source, &filename, Start::Normal);
    let (mut depth, mut quoted) = (0i64, 0i64);
    let mut heredoc_open = false;
    let end = source.text().len();
    for token in &lexed.tokens {
        match token.kind {
            TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen => depth += 1,
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen => depth -= 1,
            TokenKind::OpenQuote => quoted += 1,
            TokenKind::CloseQuote if token.start.byte < token.end.byte => quoted -= 1,
            // What the lexer closed for want of an end has no width.
            TokenKind::CloseHeredoc => {
                heredoc_open |=
                    token.start.byte == token.end.byte && token.end.byte as usize >= end;
            }
            _ => {}
        }
    }
    quoted <= 0 && (depth > 0 || heredoc_open)
}

#[cfg(test)]
mod tests {
    use super::is_incomplete;

    #[test]
    fn open_brackets_and_heredocs_go_on() {
        for open in
            ["{", "[1,", "f(", "{ a = [", "<<EOT", "<<-EOT\n a", "f(<<EOT\nx", "{ a = \"}\""]
        {
            assert!(is_incomplete(open), "{open:?}");
        }
        for closed in
            ["", "1 +", "[1]", "}", "\"a", "\"${", "<<EOT\na\nEOT", "\"[\"", "# {", "f(\"a"]
        {
            assert!(!is_incomplete(closed), "{closed:?}");
        }
    }
}
