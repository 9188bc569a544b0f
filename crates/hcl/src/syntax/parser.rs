//! What all parts of the parser share: the cursor over the tokens, and errors.

use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};

use super::lexer::{self, Lexed, Start};
use super::token::{Source, Token, TokenKind};
use crate::ast::Expression;

/// How deep expressions and blocks may be nested in each other. Whoever walks the tree may rely on
/// it and use recursion.
pub(crate) const MAX_DEPTH: u32 = 200;

/// The parser.
pub(super) struct Parser<'s> {
    pub(super) source: &'s Source,
    pub(super) filename: &'s Arc<str>,
    tokens: Vec<Token>,
    at: usize,
    last_end: Pos,
    /// Whether newlines count, as they do not within brackets.
    newlines: bool,
    depth: u32,
    /// How many blocks the parser is in.
    pub(super) open_blocks: u32,
    /// What is wrong, and where that was noticed, which may be behind where it is shown.
    diagnostics: Vec<(u32, Diagnostic)>,
    /// Set by an error until the parser knows again where it is. Meanwhile nothing is reported: it
    /// would only be a consequence.
    pub(super) recovering: bool,
    /// Whether an error has swallowed all up to the end of the file, so that what is missing there
    /// is no error of its own.
    pub(super) lost_end: bool,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s Source, filename: &'s Arc<str>, start: Start) -> Parser<'s> {
        Parser::of(source, filename, lexer::tokens(source, filename, start))
    }

    /// A parser of what has been lexed.
    pub(super) fn of(source: &'s Source, filename: &'s Arc<str>, lexed: Lexed) -> Parser<'s> {
        let Lexed { mut tokens, diagnostics, unterminated } = lexed;
        tokens.retain(|t| t.kind != TokenKind::Comment);
        Parser {
            source,
            filename,
            tokens,
            at: 0,
            last_end: source.start(),
            newlines: true,
            depth: 0,
            open_blocks: 0,
            diagnostics: diagnostics
                .into_iter()
                .map(|d| (d.subject.as_ref().map_or(0, |s| s.start.byte), d))
                .collect(),
            recovering: false,
            lost_end: unterminated,
        }
    }

    /// Everything that was wrong, in the order in which a reader of the source meets it.
    pub(super) fn finish(mut self) -> Diagnostics {
        self.diagnostics.sort_by_key(|(noticed, _)| *noticed);
        self.diagnostics.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }

    /// Skips newlines if they do not count.
    fn settle(&mut self) {
        if !self.newlines {
            while self.tokens[self.at].kind == TokenKind::Newline {
                self.at += 1;
            }
        }
    }

    /// The next token.
    pub(super) fn peek(&mut self) -> Token {
        self.settle();
        self.tokens[self.at]
    }

    /// What the next token is.
    pub(super) fn peek_kind(&mut self) -> TokenKind {
        self.peek().kind
    }

    /// What the token behind the next one is.
    pub(super) fn peek_second(&mut self) -> TokenKind {
        self.settle();
        let mut at = self.at;
        loop {
            at = (at + 1).min(self.tokens.len() - 1);
            let kind = self.tokens[at].kind;
            if kind != TokenKind::Newline || self.newlines {
                return kind;
            }
        }
    }

    /// Takes the next token. The end of the file can be taken again and again.
    pub(super) fn next(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::EndOfFile {
            self.at += 1;
            self.last_end = token.end;
            // A token that the lexer has made up: it has reported what is missing.
            self.recovering |= token.start == token.end;
        }
        token
    }

    /// Gives back the token taken last.
    pub(super) fn step_back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Takes the next token if it is of this kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Token> {
        if self.peek_kind() == kind { Some(self.next()) } else { None }
    }

    /// Takes the next token if it is this word.
    pub(super) fn eat_keyword(&mut self, word: &str) -> bool {
        let found = self.at_keyword(word);
        if found {
            self.next();
        }
        found
    }

    /// Whether the next token is this word.
    pub(super) fn at_keyword(&mut self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Identifier && self.text(token) == word
    }

    /// The end of the last token taken.
    pub(super) fn last_end(&self) -> Pos {
        self.last_end
    }

    pub(super) fn text(&self, token: Token) -> &'s str {
        token.text(self.source)
    }

    pub(super) fn range(&self, token: Token) -> SourceRange {
        self.span(token.start, token.end)
    }

    pub(super) fn span(&self, start: Pos, end: Pos) -> SourceRange {
        SourceRange::new(self.filename.clone(), start, end)
    }

    /// From `start` to the end of the last token taken.
    pub(super) fn since(&self, start: Pos) -> SourceRange {
        self.span(start, self.last_end())
    }

    /// Sets whether newlines count, and says how it was.
    pub(super) fn set_newlines(&mut self, count: bool) -> bool {
        std::mem::replace(&mut self.newlines, count)
    }

    /// Parses something nested, unless that is too deep.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            let token = self.peek();
            let detail = format!(
                "Expressions and blocks cannot be nested more than {MAX_DEPTH} levels deep."
            );
            self.error("Too many nesting levels", &detail, token);
            return None;
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        Some(result)
    }

    /// Reports an error that leaves the parser lost.
    pub(super) fn error(&mut self, summary: &str, detail: &str, token: Token) {
        let range = self.range(token);
        if !self.recovering && !is_reported(token) {
            self.record(Diagnostic::error(summary, detail).at(&range));
        }
        self.recovering = true;
    }

    /// [`Parser::error`] with the range that makes it understood.
    pub(super) fn error_within(&mut self, summary: &str, detail: &str, token: Token, from: Pos) {
        let context = self.span(from, token.end);
        let range = self.range(token);
        if !self.recovering && !is_reported(token) {
            self.record(Diagnostic::error(summary, detail).at(&range).within(&context));
        }
        self.recovering = true;
    }

    /// Reports at the `end` of the file that what began with `open` does not end.
    pub(super) fn error_unclosed(
        &mut self,
        summary: &str,
        detail: &str,
        open: SourceRange,
        end: Token,
    ) {
        if !self.recovering && !is_reported(end) {
            self.record(Diagnostic::error(summary, detail).at(&open));
        }
        self.recovering = true;
    }

    /// Reports what is wrong without leaving the parser lost.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if !self.recovering {
            self.record(diagnostic);
        }
    }

    fn record(&mut self, diagnostic: Diagnostic) {
        let noticed = self.tokens[self.at].start.byte;
        self.diagnostics.push((noticed, diagnostic));
    }

    /// What stands for an expression that is not there.
    pub(super) fn invalid(&mut self) -> Expression {
        let token = self.peek();
        Expression::invalid(self.span(token.start, token.start))
    }

    /// Skips to the given closing bracket of the construct that went wrong, and takes it if it is
    /// there: a bracket that closes something further out stays.
    pub(super) fn recover_to(&mut self, close: TokenKind) {
        let newlines = self.set_newlines(true);
        loop {
            let kind = self.peek_kind();
            if kind == close {
                self.next();
                break;
            }
            if kind == TokenKind::EndOfFile || is_close(kind) {
                break;
            }
            self.skip_one();
        }
        self.set_newlines(newlines);
    }

    /// Whether the template sequence at hand is closed in the source. If not, the lexer has said
    /// so.
    pub(super) fn is_sequence_closed(&self) -> bool {
        let mut open = 1;
        for token in &self.tokens[self.at..] {
            match token.kind {
                TokenKind::TemplateInterp | TokenKind::TemplateControl => open += 1,
                TokenKind::TemplateEnd => open -= 1,
                _ => {}
            }
            if open == 0 {
                return !is_reported(*token);
            }
        }
        false
    }

    /// Skips to the end of the template sequence that went wrong, and takes it. The lexer sees to
    /// it that there is one.
    pub(super) fn recover_sequence(&mut self) {
        let mut open = 1;
        loop {
            match self.next().kind {
                TokenKind::TemplateInterp | TokenKind::TemplateControl => open += 1,
                TokenKind::TemplateEnd => open -= 1,
                TokenKind::EndOfFile => return,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Skips to the end of the argument or block that went wrong: to a newline, which is taken, or
    /// to the brace that closes the body around it.
    pub(super) fn recover_item(&mut self) {
        self.set_newlines(true);
        loop {
            match self.peek_kind() {
                TokenKind::Newline => {
                    self.next();
                    break;
                }
                TokenKind::EndOfFile => {
                    self.lost_end = true;
                    break;
                }
                TokenKind::CloseBrace if self.open_blocks > 0 => break,
                _ => self.skip_one(),
            }
        }
        self.recovering = false;
    }

    /// Skips a token, or all that is between it and its closing bracket.
    fn skip_one(&mut self) {
        let mut expected = Vec::new();
        loop {
            let kind = self.next().kind;
            if let Some(close) = closing(kind) {
                expected.push(close);
            } else if expected.last() == Some(&kind) {
                expected.pop();
            }
            let next = self.peek_kind();
            let stuck = is_close(next) && expected.last() != Some(&next);
            if expected.is_empty() || stuck || next == TokenKind::EndOfFile {
                return;
            }
        }
    }
}

/// Whether the lexer has said already what is wrong with the token.
fn is_reported(token: Token) -> bool {
    let made_up = token.start == token.end && token.kind != TokenKind::EndOfFile;
    made_up || token.kind == TokenKind::Invalid
}

/// What closes what this opens.
fn closing(kind: TokenKind) -> Option<TokenKind> {
    Some(match kind {
        TokenKind::OpenBrace => TokenKind::CloseBrace,
        TokenKind::OpenBracket => TokenKind::CloseBracket,
        TokenKind::OpenParen => TokenKind::CloseParen,
        TokenKind::OpenQuote => TokenKind::CloseQuote,
        TokenKind::OpenHeredoc => TokenKind::CloseHeredoc,
        TokenKind::TemplateInterp | TokenKind::TemplateControl => TokenKind::TemplateEnd,
        _ => return None,
    })
}

fn is_close(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::CloseBrace
            | TokenKind::CloseBracket
            | TokenKind::CloseParen
            | TokenKind::CloseQuote
            | TokenKind::CloseHeredoc
            | TokenKind::TemplateEnd
    )
}
