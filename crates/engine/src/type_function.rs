//! The function `type`, which there is for consoles only.
//!
//! What it gives is no value but a type, which can only be passed on, so it is looked for where it
//! may be called: as the whole expression, or as what `try`, `sensitive` and their like hand on.

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Call, ExprKind, Expression, Function};
use groma_value::Type;

/// What an expression comes to as far as `type` goes.
pub(crate) enum TypeCall<'e> {
    /// `type` is not called.
    None,
    /// The type of this expression is asked for.
    Of(&'e Expression),
    /// The type of a type is asked for.
    OfType,
    /// The first of these that does not fail counts.
    FirstOf(&'e [Expression]),
}

/// Finds out whether an expression is a call of `type`, or hands one on.
pub(crate) fn type_call<'e>(
    expression: &'e Expression,
    function: &dyn Fn(&str) -> Option<std::sync::Arc<dyn Function>>,
) -> Result<TypeCall<'e>, Diagnostics> {
    let expression = inner(expression);
    if !mentions_type(expression) {
        return Ok(TypeCall::None);
    }
    let ExprKind::Call(call) = expression.kind() else { return Err(misused()) };
    match (&*call.name, call.args.as_slice()) {
        _ if call.expand_final => Err(misused()),
        ("type", [argument]) => match type_call(argument, function)? {
            TypeCall::None => Ok(TypeCall::Of(argument)),
            _ => Ok(TypeCall::OfType),
        },
        ("type", args) => Err(wrong_number(call, args)),
        ("try", args) => Ok(TypeCall::FirstOf(args)),
        ("sensitive" | "nonsensitive" | "ephemeralasnull", [argument]) => {
            type_call(argument, function)
        }
        (_, args) => Err(not_taken(call, args, function)),
    }
}

fn inner(expression: &Expression) -> &Expression {
    match expression.kind() {
        ExprKind::Parens(within) => inner(within),
        _ => expression,
    }
}

fn mentions_type(expression: &Expression) -> bool {
    expression.functions().iter().any(|call| &*call.name == "type")
}

fn is_type_call(expression: &Expression) -> bool {
    matches!(inner(expression).kind(), ExprKind::Call(call) if &*call.name == "type")
}

fn misused() -> Diagnostics {
    let detail = "The console-only \"type\" function cannot be used as part of an expression.";
    Diagnostic::error("Invalid use of type function", detail).into()
}

fn wrong_number(call: &Call, args: &[Expression]) -> Diagnostics {
    match args.get(1) {
        None => {
            let detail = "Function \"type\" expects 1 argument(s). Missing value for \"value\".";
            Diagnostic::error("Not enough function arguments", detail).at(&call.close_range)
        }
        Some(extra) => {
            let detail = "Function \"type\" expects only 1 argument(s).";
            Diagnostic::error("Too many function arguments", detail).at(extra.range())
        }
    }
    .into()
}

/// The error of another function that is given a type.
fn not_taken(
    call: &Call,
    args: &[Expression],
    function: &dyn Fn(&str) -> Option<std::sync::Arc<dyn Function>>,
) -> Diagnostics {
    let at = args.iter().position(is_type_call);
    let (Some(at), Some(function)) = (at, function(&call.name)) else { return misused() };
    let Some(param) = function.params().get(at).or_else(|| function.variadic()) else {
        return misused();
    };
    let name = &call.name;
    match param.ty {
        Type::Dynamic => {
            let detail = format!("Call to function {:?} failed: a type is not a value.", &**name);
            Diagnostic::error("Error in function call", detail).at(&call.name_range).into()
        }
        _ => {
            let detail =
                format!("Invalid value for {:?} parameter: a type is not a value.", param.name);
            Diagnostic::error("Invalid function argument", detail).at(args[at].range()).into()
        }
    }
}
