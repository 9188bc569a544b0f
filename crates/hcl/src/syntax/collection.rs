//! Tuples, objects, and `for` expressions.

use groma_diag::Pos;

use super::normalized;
use super::parser::Parser;
use super::token::{Token, TokenKind};
use crate::ast::{ExprKind, Expression, For, ObjectItem};

impl Parser<'_> {
    pub(super) fn tuple(&mut self) -> Expression {
        let open = self.next();
        let newlines = self.set_newlines(false);
        if self.at_keyword("for") {
            return self.for_expression(open, TokenKind::CloseBracket, newlines);
        }
        let mut items = Vec::new();
        loop {
            if self.eat(TokenKind::CloseBracket).is_some() {
                break;
            }
            items.push(self.expression());
            if !self.recovering {
                let token = self.peek();
                match token.kind {
                    TokenKind::Comma => {
                        self.next();
                    }
                    TokenKind::CloseBracket => {}
                    TokenKind::EndOfFile => {
                        let detail = "There is no corresponding closing bracket before the end of \
                                      the file. This may be caused by incorrect bracket nesting \
                                      elsewhere in this file.";
                        let open = self.range(open);
                        let summary = "Unterminated tuple constructor expression";
                        self.error_unclosed(summary, detail, open, token);
                    }
                    _ => {
                        let detail = "Expected a comma to mark the beginning of the next item.";
                        self.error_within("Missing item separator", detail, token, open.start);
                    }
                }
            }
            if self.recovering {
                self.recover_to(TokenKind::CloseBracket);
                break;
            }
        }
        self.set_newlines(newlines);
        Expression::new(ExprKind::Tuple(items), self.since(open.start))
    }

    pub(super) fn object(&mut self) -> Expression {
        let open = self.next();
        let newlines = self.set_newlines(true);
        while self.eat(TokenKind::Newline).is_some() {}
        if self.at_keyword("for") {
            self.set_newlines(false);
            return self.for_expression(open, TokenKind::CloseBrace, newlines);
        }
        let mut items = Vec::new();
        loop {
            while self.eat(TokenKind::Newline).is_some() {}
            if self.eat(TokenKind::CloseBrace).is_some() {
                break;
            }
            match self.object_item(open) {
                Some(item) => items.push(item),
                None => {
                    self.recover_to(TokenKind::CloseBrace);
                    break;
                }
            }
        }
        self.set_newlines(newlines);
        Expression::new(ExprKind::Object(items), self.since(open.start))
    }

    /// A key, a value and the separator behind; `None` if that went wrong.
    fn object_item(&mut self, open: Token) -> Option<ObjectItem> {
        let key = self.expression();
        if self.recovering {
            return None;
        }
        let token = self.peek();
        match token.kind {
            TokenKind::Assign | TokenKind::Colon => {
                self.next();
            }
            TokenKind::Newline | TokenKind::Comma => {
                let detail = "Expected an attribute value, introduced by an equals sign (\"=\").";
                self.error_within("Missing attribute value", detail, token, open.start);
                return None;
            }
            TokenKind::EndOfFile => {
                self.unterminated_object(open, token);
                return None;
            }
            _ => {
                let detail =
                    "Expected an equals sign (\"=\") to mark the beginning of the attribute value.";
                self.error_within("Missing key/value separator", detail, token, open.start);
                return None;
            }
        }
        let value = self.expression();
        if self.recovering {
            return None;
        }
        let token = self.peek();
        match token.kind {
            TokenKind::Comma | TokenKind::Newline => {
                self.next();
            }
            TokenKind::CloseBrace => {}
            TokenKind::EndOfFile => {
                self.unterminated_object(open, token);
                return None;
            }
            _ => {
                let detail =
                    "Expected a newline or comma to mark the beginning of the next attribute.";
                self.error_within("Missing attribute separator", detail, token, open.start);
                return None;
            }
        }
        let bare = matches!(key.kind(), ExprKind::Traversal(_))
            || !matches!(key.kind(), ExprKind::Parens(_)) && key.as_keyword().is_some();
        Some(ObjectItem { key, bare, value })
    }

    fn unterminated_object(&mut self, open: Token, token: Token) {
        let detail = "There is no corresponding closing brace before the end of the file. This \
                      may be caused by incorrect brace nesting elsewhere in this file.";
        let summary = "Unterminated object constructor expression";
        self.error_unclosed(summary, detail, self.range(open), token);
    }

    /// A `for` expression whose bracket has been taken. Restores whether newlines count.
    fn for_expression(&mut self, open: Token, close: TokenKind, newlines: bool) -> Expression {
        self.next();
        let parsed = self.for_parts(open.start, close);
        if self.recovering {
            self.recover_to(close);
        }
        self.set_newlines(newlines);
        let range = self.since(open.start);
        match parsed {
            Some(parts) => Expression::new(ExprKind::For(Box::new(parts)), range),
            None => Expression::invalid(range),
        }
    }

    fn for_error(&mut self, detail: &str, token: Token, open: Pos) {
        self.error_within("Invalid 'for' expression", detail, token, open);
    }

    fn for_parts(&mut self, open: Pos, close: TokenKind) -> Option<For> {
        let (key_var, value_var) = self.for_names(open)?;
        let collection = self.expression();
        if self.recovering {
            return None;
        }
        if self.eat(TokenKind::Colon).is_none() {
            let token = self.peek();
            let detail = "For expression requires a colon after the collection expression.";
            self.for_error(detail, token, open);
            return None;
        }
        let object = close == TokenKind::CloseBrace;
        let mut value = self.expression();
        if self.recovering {
            return None;
        }
        let mut key = None;
        let arrow = self.peek();
        if arrow.kind == TokenKind::Arrow {
            self.next();
            key = Some(std::mem::replace(&mut value, self.expression()));
            if self.recovering {
                return None;
            }
            if !object {
                let detail = "Key expression is not valid when building a tuple.";
                self.for_error(detail, arrow, open);
                return None;
            }
        } else if object {
            let detail = "Key expression is required when building an object.";
            self.for_error(detail, arrow, open);
            return None;
        }
        let ellipsis = self.peek();
        let group = self.eat(TokenKind::Ellipsis).is_some();
        if group && !object {
            let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
            self.for_error(detail, ellipsis, open);
            return None;
        }
        let condition = if self.eat_keyword("if") { Some(self.expression()) } else { None };
        if self.recovering {
            return None;
        }
        if self.eat(close).is_none() {
            let token = self.peek();
            let detail = "Extra characters after the end of the 'for' expression.";
            self.for_error(detail, token, open);
            return None;
        }
        Some(For { key_var, value_var, collection, key, value, condition, group })
    }

    /// `k, v in`
    fn for_names(&mut self, open: Pos) -> Option<(Option<groma_value::Str>, groma_value::Str)> {
        let token = self.peek();
        if token.kind != TokenKind::Identifier {
            let detail = "For expression requires variable name after 'for'.";
            self.for_error(detail, token, open);
            return None;
        }
        self.next();
        let mut value = normalized(self.text(token));
        let mut key = None;
        if self.eat(TokenKind::Comma).is_some() {
            let token = self.peek();
            if token.kind != TokenKind::Identifier {
                let detail = "For expression requires value variable name after comma.";
                self.for_error(detail, token, open);
                return None;
            }
            self.next();
            key = Some(std::mem::replace(&mut value, normalized(self.text(token))));
        }
        if !self.eat_keyword("in") {
            let token = self.peek();
            let detail = "For expression requires the 'in' keyword after its name declarations.";
            self.for_error(detail, token, open);
            return None;
        }
        Some((key, value))
    }
}
