//! Reading expressions that are not to be evaluated: references, keywords, type expressions.

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::{Kind, Str};

use super::{ExprKind, Expression, Traversal};

/// A function call whose meaning is not that of a function, such as `list(string)`.
#[derive(Clone, Debug)]
pub struct StaticCall {
    /// The name.
    pub name: Str,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// The arguments.
    pub args: Vec<Expression>,
    /// From `(` to `)`.
    pub args_range: SourceRange,
}

impl Expression {
    /// The expression as a reference: a name and steps with constant keys. A string of JSON syntax
    /// is read as such.
    pub fn as_traversal(&self) -> Option<Traversal> {
        match self.kind() {
            ExprKind::Traversal(t) => Some(t.clone()),
            ExprKind::RelativeTraversal(r) => {
                let mut traversal = r.source.as_traversal()?;
                traversal.steps.extend(r.steps.iter().cloned());
                Some(traversal)
            }
            // Who reads an expression as a reference knows no constants: these are names there.
            ExprKind::Literal(_) => self.as_keyword().map(|name| Traversal {
                root: name.into(),
                root_range: self.range().clone(),
                steps: Vec::new(),
            }),
            ExprKind::JsonString(s) => {
                let (traversal, diagnostics) = crate::syntax::traversal_at(
                    s.text.as_bytes(),
                    self.range().filename.clone(),
                    self.content_start(),
                );
                if diagnostics.has_errors() { None } else { traversal }
            }
            _ => None,
        }
    }

    /// [`Expression::as_traversal`], or an error that says what is expected.
    pub fn require_traversal(&self) -> Result<Traversal, Diagnostics> {
        self.as_traversal().ok_or_else(|| {
            let detail = "A single static variable reference is required: only attribute access \
                          and indexing with constant keys. No calculations, function calls, \
                          template expressions, etc are allowed here.";
            Diagnostic::error("Invalid expression", detail).at(self.range()).into()
        })
    }

    /// The single word that the expression is.
    pub fn as_keyword(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Traversal(t) if t.steps.is_empty() => Some(&t.root),
            ExprKind::Literal(v) => match v.kind() {
                Kind::Bool(true) => Some("true"),
                Kind::Bool(false) => Some("false"),
                Kind::Null(_) => Some("null"),
                _ => None,
            },
            ExprKind::JsonString(s) if crate::syntax::is_identifier(&s.text) => Some(&s.text),
            _ => None,
        }
    }

    /// The text of a string literal without interpolations.
    pub fn as_string_literal(&self) -> Option<&Str> {
        match self.kind() {
            ExprKind::Literal(v) => v.as_str(),
            ExprKind::JsonString(s) => match s.template(self.range()).0.kind() {
                ExprKind::Literal(v) => v.as_str(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of a tuple constructor.
    pub fn static_list(&self) -> Option<&[Expression]> {
        match self.kind() {
            ExprKind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// [`Expression::static_list`], or an error that says what is expected.
    pub fn require_list(&self) -> Result<&[Expression], Diagnostics> {
        self.static_list().ok_or_else(|| self.static_error("A static list expression is required."))
    }

    /// The keys and values of an object constructor. A bare key is a traversal.
    pub fn static_map(&self) -> Option<Vec<(Expression, Expression)>> {
        match self.kind() {
            ExprKind::Object(items) => {
                Some(items.iter().map(|i| (i.key.clone(), i.value.clone())).collect())
            }
            _ => None,
        }
    }

    /// [`Expression::static_map`], or an error that says what is expected.
    pub fn require_map(&self) -> Result<Vec<(Expression, Expression)>, Diagnostics> {
        self.static_map().ok_or_else(|| self.static_error("A static map expression is required."))
    }

    /// The name and the arguments of a call. A string of JSON syntax is read as an expression.
    pub fn static_call(&self) -> Option<StaticCall> {
        match self.kind() {
            ExprKind::Call(c) => Some(StaticCall {
                name: c.name.clone(),
                name_range: c.name_range.clone(),
                args: c.args.clone(),
                args_range: SourceRange::between(&c.open_range, &c.close_range),
            }),
            ExprKind::JsonString(_) => self.json_as_native()?.static_call(),
            _ => None,
        }
    }

    /// [`Expression::static_call`], or an error that says what is expected.
    pub fn require_call(&self) -> Result<StaticCall, Diagnostics> {
        self.static_call().ok_or_else(|| self.static_error("A static function call is required."))
    }

    /// The expression that a string of JSON syntax spells, for places such as a variable's type
    /// where it is not a template.
    pub fn json_as_native(&self) -> Option<Expression> {
        let ExprKind::JsonString(s) = self.kind() else { return None };
        let (expression, diagnostics) = crate::syntax::expression_at(
            s.text.as_bytes(),
            self.range().filename.clone(),
            self.content_start(),
        );
        if diagnostics.has_errors() { None } else { Some(expression) }
    }

    /// Where the content of a quoted string begins.
    fn content_start(&self) -> groma_diag::Pos {
        let mut start = self.range().start;
        start.column += 1;
        start.byte += 1;
        start
    }

    fn static_error(&self, detail: &str) -> Diagnostics {
        Diagnostic::error("Invalid expression", detail).at(&self.start_range()).into()
    }
}
