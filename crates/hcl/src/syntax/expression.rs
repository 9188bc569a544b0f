//! Expressions: conditionals and operators.

use groma_diag::SourceRange;

use super::parser::Parser;
use super::token::TokenKind;
use crate::ast::{Binary, BinaryOp, Conditional, ExprKind, Expression, Unary, UnaryOp};

impl Parser<'_> {
    /// The expression that the whole source is. Newlines do not count.
    pub(super) fn whole_expression(&mut self) -> Expression {
        self.set_newlines(false);
        let expression = self.expression();
        let token = self.peek();
        if token.kind != TokenKind::EndOfFile {
            let detail =
                "An expression was successfully parsed, but extra characters were found after it.";
            self.error("Extra characters after expression", detail, token);
        }
        expression
    }

    /// Any expression.
    pub(super) fn expression(&mut self) -> Expression {
        match self.nested(Self::conditional) {
            Some(expression) => expression,
            None => self.invalid(),
        }
    }

    fn conditional(&mut self) -> Expression {
        let condition = self.binary(0);
        if self.recovering || self.eat(TokenKind::Question).is_none() {
            return condition;
        }
        let then = self.expression();
        if self.recovering {
            return Expression::invalid(self.since(condition.range().start));
        }
        if self.eat(TokenKind::Colon).is_none() {
            let token = self.peek();
            let detail = "The conditional operator (...?...:...) requires a false expression, \
                          delimited by a colon.";
            let start = condition.range().start;
            self.error_within("Missing false expression in conditional", detail, token, start);
            return Expression::invalid(self.since(start));
        }
        let otherwise = self.expression();
        let range = SourceRange::between(condition.range(), otherwise.range());
        let kind = ExprKind::Conditional(Conditional { condition, then, otherwise });
        Expression::new(kind, range)
    }

    /// Operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Expression {
        let mut left = self.unary();
        while !self.recovering {
            let Some((op, precedence)) = operator(self.peek_kind()) else { break };
            if precedence < least {
                break;
            }
            self.next();
            let right = self.binary(precedence + 1);
            let range = SourceRange::between(left.range(), right.range());
            left = Expression::new(ExprKind::Binary(Binary { op, left, right }), range);
        }
        left
    }

    fn unary(&mut self) -> Expression {
        let op = match self.peek_kind() {
            TokenKind::Minus => UnaryOp::Negate,
            TokenKind::Bang => UnaryOp::Not,
            _ => return self.term(),
        };
        let token = self.next();
        let operand = match self.nested(Self::unary) {
            Some(operand) => operand,
            None => self.invalid(),
        };
        let op_range = self.range(token);
        let range = SourceRange::between(&op_range, operand.range());
        Expression::new(ExprKind::Unary(Unary { op, operand, op_range }), range)
    }
}

/// The operation of a token, and how tightly it binds.
fn operator(kind: TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        TokenKind::Or => (BinaryOp::Or, 0),
        TokenKind::And => (BinaryOp::And, 1),
        TokenKind::Equal => (BinaryOp::Equal, 2),
        TokenKind::NotEqual => (BinaryOp::NotEqual, 2),
        TokenKind::Greater => (BinaryOp::Greater, 3),
        TokenKind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 3),
        TokenKind::Less => (BinaryOp::Less, 3),
        TokenKind::LessOrEqual => (BinaryOp::LessOrEqual, 3),
        TokenKind::Plus => (BinaryOp::Add, 4),
        TokenKind::Minus => (BinaryOp::Subtract, 4),
        TokenKind::Star => (BinaryOp::Multiply, 5),
        TokenKind::Slash => (BinaryOp::Divide, 5),
        TokenKind::Percent => (BinaryOp::Modulo, 5),
        _ => return None,
    })
}
