//! Terms: literals, references, calls, parentheses, and what follows them.

use groma_diag::{Diagnostic, Pos, SourceRange};
use groma_value::{Kind, Number, Str, Value};

use super::normalized;
use super::parser::Parser;
use super::token::{Token, TokenKind};
use crate::ast::{
    Call, ExprKind, Expression, Index, RelativeTraversal, Splat, Traversal, TraversalStep,
};

/// A term and the static steps that have been read behind it.
struct Steps {
    base: Expression,
    steps: Vec<TraversalStep>,
}

impl Steps {
    fn done(self) -> Expression {
        let Some(last) = self.steps.last() else { return self.base };
        let range = SourceRange::between(self.base.range(), last.range());
        let kind = match self.base.kind() {
            ExprKind::Traversal(t) if t.steps.is_empty() => ExprKind::Traversal(Traversal {
                root: t.root.clone(),
                root_range: t.root_range.clone(),
                steps: self.steps,
            }),
            _ => ExprKind::RelativeTraversal(RelativeTraversal {
                source: self.base,
                steps: self.steps,
            }),
        };
        Expression::new(kind, range)
    }
}

impl Parser<'_> {
    /// A term with all that follows it.
    pub(super) fn term(&mut self) -> Expression {
        let base = self.primary();
        self.postfix(base)
    }

    fn postfix(&mut self, base: Expression) -> Expression {
        let mut so_far = Steps { base, steps: Vec::new() };
        while !self.recovering {
            match self.peek_kind() {
                TokenKind::Dot => match self.dot(so_far) {
                    Ok(next) => so_far = next,
                    Err(done) => return done,
                },
                TokenKind::OpenBracket => so_far = self.bracket(so_far),
                _ => break,
            }
        }
        so_far.done()
    }

    /// `.name`, `.0` or `.*`
    fn dot(&mut self, mut so_far: Steps) -> Result<Steps, Expression> {
        let dot = self.next();
        let token = self.peek();
        match token.kind {
            TokenKind::Identifier => {
                self.next();
                let name = normalized(self.text(token));
                let range = self.span(dot.start, token.end);
                so_far.steps.push(TraversalStep::Attr { name, range });
            }
            TokenKind::Number => {
                self.next();
                let advice = "Use the proper index syntax instead, like";
                let step = self.legacy_index(dot, token, advice);
                so_far.steps.push(step);
            }
            TokenKind::Star => {
                self.next();
                let source = so_far.done();
                let base = self.attribute_splat(source, dot, token);
                so_far = Steps { base, steps: Vec::new() };
            }
            _ => {
                let done = so_far.done();
                let start = done.range().start;
                let detail = "An attribute name is required after a dot.";
                self.error_within("Invalid attribute name", detail, token, start);
                return Err(done);
            }
        }
        Ok(so_far)
    }

    /// `.0`: the older way to write `[0]`.
    fn legacy_index(&mut self, dot: Token, token: Token, advice: &str) -> TraversalStep {
        let text = self.text(token);
        if let Some((first, second)) = text.split_once('.') {
            let detail = format!(
                "When using the legacy index syntax, chaining two indexes together is not \
                 permitted. {advice} [{first}][{second}]."
            );
            let range = self.range(token);
            self.report(Diagnostic::error("Invalid legacy index syntax", detail).at(&range));
        }
        let key = match Number::parse(text) {
            Some(number) => Value::number(number),
            None => Value::number(0),
        };
        TraversalStep::Index { key, range: self.span(dot.start, token.end) }
    }

    /// `.*` and the attributes behind it.
    fn attribute_splat(&mut self, source: Expression, dot: Token, star: Token) -> Expression {
        let marker_range = self.span(dot.start, star.end);
        let item = Expression::new(ExprKind::SplatItem, marker_range.clone());
        let mut each = Steps { base: item, steps: Vec::new() };
        while self.peek_kind() == TokenKind::Dot {
            let dot = self.next();
            let token = self.peek();
            match token.kind {
                TokenKind::Identifier => {
                    self.next();
                    let name = normalized(self.text(token));
                    let range = self.span(dot.start, token.end);
                    each.steps.push(TraversalStep::Attr { name, range });
                }
                TokenKind::Number => {
                    self.next();
                    let advice = "Use the proper index syntax with a full splat expression [*] instead, like";
                    let step = self.legacy_index(dot, token, advice);
                    each.steps.push(step);
                }
                TokenKind::Star => {
                    let detail = "A splat expression (*) cannot be used inside another \
                                  attribute-only splat expression.";
                    self.error("Nested splat expression not allowed", detail, token);
                    break;
                }
                _ => {
                    let detail = "An attribute name is required after a dot.";
                    self.error("Invalid attribute name", detail, token);
                    break;
                }
            }
        }
        let range = self.since(source.range().start);
        let kind = ExprKind::Splat(Splat { source, each: each.done(), marker_range, full: false });
        Expression::new(kind, range)
    }

    /// `[key]` or `[*]`
    fn bracket(&mut self, mut so_far: Steps) -> Steps {
        let open = self.next();
        let newlines = self.set_newlines(false);
        if self.peek_kind() == TokenKind::Star {
            let base = self.full_splat(so_far.done(), open, newlines);
            return Steps { base, steps: Vec::new() };
        }
        let key = self.expression();
        let close = self.peek();
        if close.kind == TokenKind::CloseBracket {
            self.next();
        } else {
            let detail = "The index operator must end with a closing bracket (\"]\").";
            self.error("Missing close bracket on index", detail, close);
            self.recover_to(TokenKind::CloseBracket);
        }
        self.set_newlines(newlines);
        let bracket_range = self.since(open.start);
        if let ExprKind::Literal(value) = key.kind()
            && matches!(value.kind(), Kind::String(_) | Kind::Number(_))
        {
            so_far.steps.push(TraversalStep::Index { key: value.clone(), range: bracket_range });
            return so_far;
        }
        let collection = so_far.done();
        let range = SourceRange::between(collection.range(), &bracket_range);
        let kind = ExprKind::Index(Index { collection, key, bracket_range });
        Steps { base: Expression::new(kind, range), steps: Vec::new() }
    }

    /// `[*]` and all that follows, which is done with each element.
    fn full_splat(&mut self, source: Expression, open: Token, newlines: bool) -> Expression {
        self.next();
        let close = self.peek();
        if close.kind == TokenKind::CloseBracket {
            self.next();
        } else {
            let detail = "The star for a full splat operator must be immediately followed by a \
                          closing bracket (\"]\").";
            self.error("Missing close bracket on splat index", detail, close);
            self.recover_to(TokenKind::CloseBracket);
        }
        self.set_newlines(newlines);
        let marker_range = self.since(open.start);
        let item = Expression::new(ExprKind::SplatItem, marker_range.clone());
        let each = match self.nested(|parser| parser.postfix(item.clone())) {
            Some(each) => each,
            None => item,
        };
        let range = self.since(source.range().start);
        let kind = ExprKind::Splat(Splat { source, each, marker_range, full: true });
        Expression::new(kind, range)
    }

    fn primary(&mut self) -> Expression {
        let token = self.peek();
        match token.kind {
            TokenKind::OpenParen => self.parens(),
            TokenKind::Number => self.number(),
            TokenKind::Identifier => self.word(),
            TokenKind::OpenQuote | TokenKind::OpenHeredoc => self.string(),
            TokenKind::OpenBracket => self.tuple(),
            TokenKind::OpenBrace => self.object(),
            TokenKind::EndOfFile => {
                let detail = "Expected the start of an expression, but found the end of the file.";
                self.error("Missing expression", detail, token);
                self.invalid()
            }
            _ => {
                let detail =
                    "Expected the start of an expression, but found an invalid expression token.";
                self.error("Invalid expression", detail, token);
                self.invalid()
            }
        }
    }

    fn parens(&mut self) -> Expression {
        let open = self.next();
        let newlines = self.set_newlines(false);
        let inner = self.expression();
        let close = self.peek();
        if close.kind == TokenKind::CloseParen {
            self.next();
        } else {
            let detail = "Expected a closing parenthesis to terminate the expression.";
            self.error_within("Unbalanced parentheses", detail, close, open.start);
            self.recover_to(TokenKind::CloseParen);
        }
        self.set_newlines(newlines);
        Expression::new(ExprKind::Parens(inner), self.since(open.start))
    }

    fn number(&mut self) -> Expression {
        let token = self.next();
        let range = self.range(token);
        match Number::parse(self.text(token)) {
            Some(number) => Expression::literal(Value::number(number), range),
            None => {
                let detail = "Failed to recognize the value of this number literal.";
                self.report(Diagnostic::error("Invalid number literal", detail).at(&range));
                Expression::invalid(range)
            }
        }
    }

    fn word(&mut self) -> Expression {
        let token = self.next();
        if matches!(self.peek_kind(), TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let range = self.range(token);
        let value = match self.text(token) {
            "true" => Value::TRUE,
            "false" => Value::FALSE,
            "null" => Value::NULL,
            name => {
                let traversal = Traversal {
                    root: normalized(name),
                    root_range: range.clone(),
                    steps: Vec::new(),
                };
                return Expression::new(ExprKind::Traversal(traversal), range);
            }
        };
        Expression::literal(value, range)
    }

    /// A call of a function whose name has begun.
    fn call(&mut self, first: Token) -> Expression {
        let start = first.start;
        let mut name = self.text(first).to_owned();
        let mut name_end = first.end;
        while self.eat(TokenKind::DoubleColon).is_some() {
            let token = self.peek();
            if token.kind != TokenKind::Identifier {
                let detail = "Function scope resolution symbol :: must be followed by a function \
                              name in this scope.";
                self.error("Missing function name", detail, token);
                return Expression::invalid(self.since(start));
            }
            self.next();
            name.push_str("::");
            name.push_str(self.text(token));
            name_end = token.end;
        }
        let name_range = self.span(start, name_end);
        let open = self.peek();
        if open.kind != TokenKind::OpenParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the \
                          function call.";
            self.error("Missing open parenthesis", detail, open);
            return Expression::invalid(self.since(start));
        }
        self.next();
        let newlines = self.set_newlines(false);
        let (args, expand_final) = self.arguments(&normalized(&name), start, open.end);
        self.set_newlines(newlines);
        let open_range = self.range(open);
        let end = self.last_end();
        let close_start = Pos { column: end.column.max(2) - 1, byte: end.byte.max(1) - 1, ..end };
        let call = Call {
            name: normalized(&name),
            name_range,
            args,
            expand_final,
            open_range,
            close_range: self.span(close_start, end),
        };
        Expression::new(ExprKind::Call(call), self.since(start))
    }

    /// The arguments of a call, and whether the last is to be expanded. Takes the parenthesis.
    fn arguments(&mut self, name: &Str, start: Pos, opened: Pos) -> (Vec<Expression>, bool) {
        let mut args = Vec::new();
        loop {
            if self.eat(TokenKind::CloseParen).is_some() {
                return (args, false);
            }
            args.push(self.expression());
            if self.recovering {
                break;
            }
            let token = self.next();
            match token.kind {
                TokenKind::Comma => {}
                TokenKind::CloseParen => return (args, false),
                TokenKind::Ellipsis => {
                    let close = self.peek();
                    if close.kind == TokenKind::CloseParen {
                        self.next();
                        return (args, true);
                    }
                    let detail = "An expanded function argument (with ...) must be immediately \
                                  followed by closing parentheses.";
                    self.error_within("Missing closing parenthesis", detail, close, start);
                    break;
                }
                TokenKind::EndOfFile => {
                    let detail = format!(
                        "There is no closing parenthesis for the call of \"{name}\" before the \
                         end of the file. This may be caused by incorrect parenthesis nesting \
                         elsewhere in this file."
                    );
                    let summary = "Unterminated function call";
                    self.error_unclosed(summary, &detail, self.span(start, opened), token);
                    break;
                }
                _ => {
                    let detail =
                        "A comma is required to separate each function argument from the next.";
                    self.step_back();
                    self.error_within("Missing argument separator", detail, token, start);
                    break;
                }
            }
        }
        self.recover_to(TokenKind::CloseParen);
        (args, false)
    }
}
