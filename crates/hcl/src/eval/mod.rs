//! The evaluation of expressions.
//!
//! Evaluation goes on after an error, with an unknown value in the place of what failed, so that
//! several errors of one expression are reported at once.

mod access;
mod call;
mod collection;
mod describe;
mod function;
mod iteration;
mod mismatch;
mod operator;
mod reference;
mod scope;
mod template;
#[cfg(test)]
mod tests;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::{Str, Type, Value};

use crate::ast::{ExprKind, Expression};
pub use access::{get_attr, get_index};
pub use call::call_function;
pub use describe::describe_value;
pub use function::{Function, FunctionError, LazyCall, Param};
pub use scope::{Nothing, Resolved, Scope, Step};

/// The value of an expression. With errors among the diagnostics it is what can be told all the
/// same, often just unknown.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> (Value, Diagnostics) {
    Evaluation { scope, locals: None, constant: false, quiet: false }.run(expression)
}

/// The value of an expression, or what is wrong with it.
pub fn try_evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let (value, diagnostics) = evaluate(expression, scope);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(value) }
}

/// The value of an expression that may refer to nothing. Strings of JSON syntax are what they say,
/// not templates.
pub fn evaluate_constant(expression: &Expression) -> (Value, Diagnostics) {
    Evaluation { scope: &Nothing, locals: None, constant: true, quiet: false }.run(expression)
}

/// What is known of the variables in an expression, for a diagnostic that a caller makes about it.
/// Sensitive values are mentioned only if `confidential`, and that a value is unknown only if
/// `unknown`: otherwise readers would take that for the cause.
pub fn expression_values(
    expression: &Expression,
    scope: &dyn Scope,
    unknown: bool,
    confidential: bool,
) -> Vec<groma_diag::ExpressionValue> {
    let evaluation = Evaluation { scope, locals: None, constant: false, quiet: false };
    evaluation.values_in(expression, unknown, confidential)
}

/// Where an expression is evaluated: the scope, and what the expressions around it have bound.
#[derive(Clone, Copy)]
struct Evaluation<'a> {
    scope: &'a dyn Scope,
    locals: Option<&'a Locals<'a>>,
    /// Whether nothing may be referred to.
    constant: bool,
    /// Whether nobody will read the errors, so that they need not say what values took part. To
    /// find that out may cost more than the evaluation.
    quiet: bool,
}

/// What one `for` or splat has bound, and those around it.
struct Locals<'a> {
    bound: Bound<'a>,
    outer: Option<&'a Locals<'a>>,
}

enum Bound<'a> {
    Names { key: Option<(&'a Str, Value)>, value: (&'a Str, Value) },
    Item(Value),
}

impl<'a> Evaluation<'a> {
    fn run(&self, expression: &Expression) -> (Value, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let value = self.eval(expression, &mut diagnostics);
        (value, diagnostics)
    }

    /// The same for what is evaluated on trial.
    fn quietly(&self) -> Evaluation<'a> {
        Evaluation { quiet: true, ..*self }
    }

    /// The same with more bound.
    fn with<'b>(&'b self, locals: &'b Locals<'b>) -> Evaluation<'b> {
        Evaluation { locals: Some(locals), ..*self }
    }

    /// The value that a `for` has bound to a name.
    fn local(&self, name: &str) -> Option<&'a Value> {
        let mut locals = self.locals;
        while let Some(Locals { bound, outer }) = locals {
            if let Bound::Names { key, value } = bound {
                if **value.0 == *name {
                    return Some(&value.1);
                }
                if let Some((key_name, key)) = key
                    && ***key_name == *name
                {
                    return Some(key);
                }
            }
            locals = *outer;
        }
        None
    }

    /// The element that the splat at hand is at.
    fn item(&self) -> Option<&'a Value> {
        let mut locals = self.locals;
        while let Some(Locals { bound, outer }) = locals {
            if let Bound::Item(value) = bound {
                return Some(value);
            }
            locals = *outer;
        }
        None
    }

    // Each kind has a function of its own that keeps its stack frame to itself: expressions may be
    // deeply nested.
    fn eval(&self, expression: &Expression, diagnostics: &mut Diagnostics) -> Value {
        match expression.kind() {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Traversal(_) | ExprKind::RelativeTraversal(_) | ExprKind::Index(_) => {
                self.reference(expression, diagnostics)
            }
            ExprKind::Template(parts) => self.template(expression, parts, diagnostics),
            ExprKind::TemplateWrap(inner) | ExprKind::Parens(inner) => {
                self.eval(inner, diagnostics)
            }
            ExprKind::TemplateJoin(each) => self.template_join(expression, each, diagnostics),
            ExprKind::Splat(splat) => self.splat(expression, splat, diagnostics),
            ExprKind::SplatItem => {
                self.item().cloned().unwrap_or_else(|| Value::unknown(Type::Dynamic))
            }
            ExprKind::Call(call) => self.call(expression, call, diagnostics),
            ExprKind::Conditional(c) => self.conditional(expression, c, diagnostics),
            ExprKind::Unary(unary) => self.unary(expression, unary, diagnostics),
            ExprKind::Binary(_) => self.binary(expression, diagnostics),
            ExprKind::Tuple(items) => {
                Value::tuple(items.iter().map(|item| self.eval(item, diagnostics)).collect())
            }
            ExprKind::Object(items) => self.object(expression, items, diagnostics),
            ExprKind::For(each) => self.for_expression(expression, each, diagnostics),
            ExprKind::JsonString(string) => {
                if self.constant {
                    return Value::string(string.text.clone());
                }
                let (template, errors) = string.template(expression.range());
                diagnostics.extend(errors.iter().cloned());
                self.eval(template, diagnostics)
            }
        }
    }

    /// An error about `about`, which is also where it is shown, within the expression `within`.
    #[cold]
    fn error(
        &self,
        summary: &str,
        detail: impl Into<String>,
        about: &Expression,
        within: &Expression,
    ) -> Diagnostic {
        self.error_at(summary, detail, about.range(), about, within)
    }

    /// An error that is shown at `subject`, with the values of the variables in `about`.
    #[cold]
    fn error_at(
        &self,
        summary: &str,
        detail: impl Into<String>,
        subject: &SourceRange,
        about: &Expression,
        within: &Expression,
    ) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(summary, detail).at(subject).within(within.range());
        if !self.quiet {
            diagnostic.values = self.values_in(about, false, false);
        }
        diagnostic
    }
}
