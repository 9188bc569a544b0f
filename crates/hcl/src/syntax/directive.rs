//! Directives in templates: `%{if}` and `%{for}`.

use groma_diag::{Diagnostic, SourceRange};
use groma_value::{Str, Value};

use super::normalized;
use super::parser::Parser;
use super::template::{Piece, template};
use super::token::{Token, TokenKind};
use crate::ast::{Conditional, ExprKind, Expression, For};
use crate::body::nearest_name;

/// A `%{…}` sequence.
pub(super) enum Directive {
    If(Expression),
    Else,
    EndIf,
    For { key_var: Option<Str>, value_var: Str, collection: Expression },
    EndFor,
}

impl Directive {
    fn name(&self) -> &'static str {
        match self {
            Directive::If(_) => "if",
            Directive::Else => "else",
            Directive::EndIf => "endif",
            Directive::For { .. } => "for",
            Directive::EndFor => "endfor",
        }
    }
}

/// Within what a part of a template stands.
enum Within<'a> {
    Template,
    If { start: &'a SourceRange, in_else: bool },
    For { start: &'a SourceRange },
}

/// The pieces that are left.
type Pieces<'a> = std::iter::Peekable<std::vec::IntoIter<Piece>>;

impl Parser<'_> {
    /// The directive whose `%{` has been taken, with its closing brace.
    pub(super) fn directive(&mut self, open: Token) -> Option<Piece> {
        let newlines = self.set_newlines(false);
        let directive = self.directive_content(open);
        if !self.recovering {
            let end = self.peek();
            match (&directive, end.kind) {
                (_, TokenKind::TemplateEnd) => {
                    self.next();
                }
                (Some(directive), _) => {
                    self.recovering |= !self.is_sequence_closed();
                    let summary = format!("Extra characters in {} marker", directive.name());
                    let detail =
                        "Expected a closing brace to end the sequence, but found extra characters.";
                    self.error_within(&summary, detail, end, open.start);
                }
                (None, _) => {}
            }
        }
        if self.recovering {
            self.recover_sequence();
        }
        self.set_newlines(newlines);
        Some(Piece::Directive(directive?, self.since(open.start)))
    }

    fn directive_content(&mut self, open: Token) -> Option<Directive> {
        let keyword = self.peek();
        if keyword.kind != TokenKind::Identifier {
            let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the \
                          beginning of a %{ sequence.";
            self.error_within("Invalid template directive", detail, keyword, open.start);
            return None;
        }
        self.next();
        match self.text(keyword) {
            "if" => Some(Directive::If(self.expression())),
            "else" => Some(Directive::Else),
            "endif" => Some(Directive::EndIf),
            "for" => self.for_directive(open),
            "endfor" => Some(Directive::EndFor),
            other => {
                let known = ["if", "for", "else", "endif", "endfor"];
                let hint = match nearest_name(other, known) {
                    Some(name) => format!(" Did you mean \"{name}\"?"),
                    None => String::new(),
                };
                let detail = format!("\"{other}\" is not a valid template control keyword.{hint}");
                let summary = "Invalid template control keyword";
                self.error_within(summary, &detail, keyword, open.start);
                None
            }
        }
    }

    fn for_directive(&mut self, open: Token) -> Option<Directive> {
        let token = self.peek();
        let summary = "Invalid 'for' directive";
        if token.kind != TokenKind::Identifier {
            let detail = "For directive requires variable name after 'for'.";
            self.error_within(summary, detail, token, open.start);
            return None;
        }
        self.next();
        let mut value_var = normalized(self.text(token));
        let mut key_var = None;
        if self.eat(TokenKind::Comma).is_some() {
            let token = self.peek();
            if token.kind != TokenKind::Identifier {
                let detail = "For directive requires value variable name after comma.";
                self.error_within(summary, detail, token, open.start);
                return None;
            }
            self.next();
            key_var = Some(std::mem::replace(&mut value_var, normalized(self.text(token))));
        }
        if !self.eat_keyword("in") {
            let token = self.peek();
            let detail = "For directive requires 'in' keyword after names.";
            self.error_within(summary, detail, token, open.start);
            return None;
        }
        Some(Directive::For { key_var, value_var, collection: self.expression() })
    }

    /// The expressions that the pieces of a whole template make.
    pub(super) fn parts(&mut self, pieces: Vec<Piece>, end: &SourceRange) -> Vec<Expression> {
        let mut pieces = pieces.into_iter().peekable();
        let mut parts = Vec::new();
        loop {
            self.parts_within(&mut pieces, &mut parts, end);
            // What stopped it belongs to nothing.
            let Some(Piece::Directive(directive, range)) = pieces.next() else { return parts };
            self.unexpected(&directive, &range, &Within::Template);
        }
    }

    /// Adds the parts up to an else or an end marker, which is not taken.
    fn parts_within(
        &mut self,
        pieces: &mut Pieces<'_>,
        parts: &mut Vec<Expression>,
        end: &SourceRange,
    ) {
        let ends = |piece: &Piece| {
            matches!(
                piece,
                Piece::Directive(Directive::Else | Directive::EndIf | Directive::EndFor, _)
            )
        };
        while let Some(piece) = pieces.next_if(|piece| !ends(piece)) {
            match piece {
                Piece::Literal(mut text, mut range) => {
                    while let Some(Piece::Literal(more, more_range)) =
                        pieces.next_if(|p| matches!(p, Piece::Literal(..)))
                    {
                        text.push_str(&more);
                        range = SourceRange::between(&range, &more_range);
                    }
                    if !text.is_empty() {
                        parts.push(Expression::literal(Value::string(text), range));
                    }
                }
                Piece::Interpolation(expression) => parts.push(expression),
                Piece::Directive(Directive::If(condition), range) => {
                    let part = self.nested(|p| p.if_part(pieces, condition, &range, end));
                    parts.extend(part);
                }
                Piece::Directive(Directive::For { key_var, value_var, collection }, range) => {
                    let names = (key_var, value_var);
                    let part = self.nested(|p| p.for_part(pieces, names, collection, &range, end));
                    parts.extend(part);
                }
                Piece::Directive(..) => {}
            }
        }
    }

    fn if_part(
        &mut self,
        pieces: &mut Pieces<'_>,
        condition: Expression,
        start: &SourceRange,
        end: &SourceRange,
    ) -> Expression {
        let (mut then, mut otherwise) = (Vec::new(), Vec::new());
        let mut in_else = false;
        let last = loop {
            let parts = if in_else { &mut otherwise } else { &mut then };
            self.parts_within(pieces, parts, end);
            match pieces.next() {
                None => {
                    self.missing_end("if", "endif", start, end);
                    break end.clone();
                }
                Some(Piece::Directive(Directive::EndIf, range)) => break range,
                Some(Piece::Directive(Directive::Else, _)) if !in_else => in_else = true,
                Some(Piece::Directive(directive, range)) => {
                    self.unexpected(&directive, &range, &Within::If { start, in_else });
                    // The wrong end is an end all the same.
                    if !matches!(directive, Directive::Else) {
                        break range;
                    }
                }
                Some(_) => {}
            }
        };
        let range = SourceRange::between(start, &last);
        let kind = ExprKind::Conditional(Conditional {
            condition,
            then: template(then, range.clone()),
            otherwise: template(otherwise, range.clone()),
        });
        Expression::new(kind, range)
    }

    fn for_part(
        &mut self,
        pieces: &mut Pieces<'_>,
        (key_var, value_var): (Option<Str>, Str),
        collection: Expression,
        start: &SourceRange,
        end: &SourceRange,
    ) -> Expression {
        let mut content = Vec::new();
        let last = loop {
            self.parts_within(pieces, &mut content, end);
            match pieces.next() {
                None => {
                    self.missing_end("for", "endfor", start, end);
                    break end.clone();
                }
                Some(Piece::Directive(Directive::EndFor, range)) => break range,
                Some(Piece::Directive(directive, range)) => {
                    self.unexpected(&directive, &range, &Within::For { start });
                    if !matches!(directive, Directive::Else) {
                        break range;
                    }
                }
                Some(_) => {}
            }
        };
        let range = SourceRange::between(start, &last);
        let each = For {
            key_var,
            value_var,
            collection,
            key: None,
            value: template(content, range.clone()),
            condition: None,
            group: false,
        };
        let each = Expression::new(ExprKind::For(Box::new(each)), range.clone());
        Expression::new(ExprKind::TemplateJoin(each), range)
    }

    fn missing_end(&mut self, name: &str, marker: &str, start: &SourceRange, end: &SourceRange) {
        let detail = format!(
            "The {name} directive at {start} is missing its corresponding {marker} directive."
        );
        self.report(Diagnostic::error("Unexpected end of template", detail).at(end));
    }

    fn unexpected(&mut self, directive: &Directive, range: &SourceRange, within: &Within<'_>) {
        let detail = match (within, directive) {
            (Within::If { start, in_else: true }, Directive::Else) => {
                format!("Already in the else clause for the if started at {start}.")
            }
            (Within::If { start, .. }, _) => {
                format!("Expecting an endif directive for the if started at {start}.")
            }
            (Within::For { .. }, Directive::Else) => {
                "An else clause is not expected for a for directive.".to_owned()
            }
            (Within::For { start }, _) => format!(
                "Expecting an endfor directive corresponding to the for directive at {start}."
            ),
            (Within::Template, _) => {
                "The control directives within this template are unbalanced.".to_owned()
            }
        };
        let summary = format!("Unexpected {} directive", directive.name());
        self.report(Diagnostic::error(summary, detail).at(range));
    }
}
