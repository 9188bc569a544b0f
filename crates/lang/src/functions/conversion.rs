//! Explicit conversion, and functions on what is known about a value beside its content.

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::LazyCall;
use groma_value::{Mark, Type, Value, convert};

use super::Env;
use super::spec::{Builtin, Call, Outcome, any, anything, fail_arg, function};

pub(super) fn all() -> Vec<Builtin> {
    let convert =
        |name| function(name).param(any("v").nullable().dynamic().markable()).may_be_null();
    let about = |name| function(name).param(anything("value").markable()).may_be_null();
    vec![
        convert("tostring").typed(|a| target(a, Type::String)).body(|c| to(c, &Type::String)),
        convert("tonumber").typed(|a| target(a, Type::Number)).body(|c| to(c, &Type::Number)),
        convert("tobool").typed(|a| target(a, Type::Bool)).body(|c| to(c, &Type::Bool)),
        convert("tolist")
            .typed(|a| target(a, Type::list(Type::Dynamic)))
            .body(|c| to(c, &Type::list(Type::Dynamic))),
        convert("toset")
            .typed(|a| target(a, Type::set(Type::Dynamic)))
            .body(|c| to(c, &Type::set(Type::Dynamic))),
        convert("tomap")
            .typed(|a| target(a, Type::map(Type::Dynamic)))
            .body(|c| to(c, &Type::map(Type::Dynamic))),
        about("sensitive")
            .typed(|a| Ok(a[0].ty()))
            .body(|c| Ok(c.args[0].clone().marked(Mark::Sensitive))),
        about("nonsensitive").typed(|a| Ok(a[0].ty())).body(|c| {
            let (value, marks) = c.args[0].clone().unmark();
            Ok(value.with_marks(&marks.without(&Mark::Sensitive)))
        }),
        about("issensitive").returns(Type::Bool).body(|c| {
            Ok(if c.args[0].is_sensitive() {
                Value::TRUE
            } else if c.args[0].is_known() {
                Value::FALSE
            } else {
                // It may be marked by the time that it is known.
                Value::unknown(Type::Bool)
            })
        }),
        about("ephemeralasnull").typed(|a| Ok(a[0].ty())).body(|c| {
            let result: Result<Value, std::convert::Infallible> =
                c.args[0].transform(&mut |_, part| {
                    if !part.marks().is_ephemeral() {
                        return Ok(part);
                    }
                    let marks = part.marks().without(&Mark::Ephemeral);
                    Ok(Value::null(part.ty()).with_marks(&marks))
                });
            match result {
                Ok(value) => Ok(value),
            }
        }),
        function("convert").param(anything("value")).param(anything("type")).lazy(convert_to),
        function("try").variadic(anything("expressions")).lazy(try_each),
        function("can").param(anything("expression")).lazy(can),
    ]
}

/// The type that a conversion leads to. That no value of a type can be converted need not wait for
/// the value.
fn target(args: &[Value], wanted: Type) -> Outcome<Type> {
    match convert(&Value::unknown(args[0].ty()), &wanted) {
        Ok(value) if wanted.has_dynamic() => Ok(value.ty()),
        Ok(_) => Ok(wanted),
        Err(_) => refuse(&args[0], &wanted),
    }
}

fn to(c: &Call<'_>, wanted: &Type) -> Outcome {
    convert(&c.args[0], wanted).or_else(|_| refuse(&c.args[0], wanted))
}

fn refuse<T>(value: &Value, wanted: &Type) -> Outcome<T> {
    let sensitive = value.has_marks_deep();
    let shown = match value.as_str() {
        Some(_) if sensitive => None,
        Some(text) => Some(format!("{:?}", &**text)),
        None => Some("string".to_owned()),
    };
    fail_arg(
        0,
        match (value.ty(), wanted, shown) {
            (Type::String, Type::Bool, Some(shown)) => format!(
                "cannot convert {shown} to bool; only the strings \"true\" or \"false\" are \
                 allowed",
            ),
            (Type::String, Type::Number, Some(shown)) => format!(
                "cannot convert {shown} to number; given string must be a decimal representation \
                 of a number",
            ),
            (Type::String, _, None) => format!(
                "cannot convert this sensitive string to {}",
                wanted.friendly_name_for_constraint(),
            ),
            (ty, wanted, _) => format!(
                "cannot convert {} to {}",
                ty.friendly_name(),
                wanted.friendly_name_for_constraint(),
            ),
        },
    )
}

/// `convert(value, type)`: the second argument is a type as in `variable` blocks.
fn convert_to(call: &LazyCall<'_>, _: &Env) -> (Value, Diagnostics) {
    if let Err(failed) = super::check_argument_count(call, &["value", "type"]) {
        return failed;
    }
    let ([value, ty], false) = (call.args, call.expand_final) else {
        return super::call_failed(call, "arguments of this function cannot be expanded");
    };
    let (value, mut diagnostics) = call.evaluate(value);
    let (ty, defaults) = match groma_schema::parse_type_constraint(ty) {
        Ok(found) => found,
        Err(found) => {
            diagnostics.extend(found);
            return (Value::unknown(Type::Dynamic), diagnostics);
        }
    };
    if diagnostics.has_errors() {
        return (Value::unknown(ty), diagnostics);
    }
    let value = match defaults {
        Some(defaults) => defaults.apply(&value),
        None => value,
    };
    match groma_value::convert(&value, &ty) {
        Ok(value) => (value, diagnostics),
        Err(error) => {
            let place = call.args.first().map_or(call.range, groma_hcl::Expression::range);
            super::argument_failed(call, "value", place, &error.message)
        }
    }
}

type Attempt<'a> = Box<dyn FnOnce() -> (Value, Diagnostics) + 'a>;

/// The arguments one by one, each with what went wrong. A final argument that is to be expanded
/// counts as its elements.
fn attempts<'a>(call: &'a LazyCall<'a>) -> Result<Vec<Attempt<'a>>, (Value, Diagnostics)> {
    let mut all: Vec<Attempt<'a>> = Vec::new();
    let (plain, expanded) = match call.args.split_last() {
        Some((last, plain)) if call.expand_final => (plain, Some(last)),
        _ => (call.args, None),
    };
    for argument in plain {
        all.push(Box::new(|| call.evaluate(argument)));
    }
    if let Some(last) = expanded {
        let (value, diagnostics) = call.evaluate(last);
        match value.as_sequence() {
            Some(items) if !diagnostics.has_errors() => {
                for item in items {
                    let item = item.clone().with_marks(value.marks());
                    all.push(Box::new(|| (item, Diagnostics::new())));
                }
            }
            _ if diagnostics.has_errors() || !value.is_known() => {
                all.push(Box::new(|| (value, diagnostics)));
            }
            _ => {
                let detail = "The expanding argument (indicated by ...) must be of a tuple, list, \
                              or set type.";
                let found = Diagnostic::error("Invalid expanding argument value", detail);
                return Err((Value::unknown(Type::Dynamic), found.at(last.range()).into()));
            }
        }
    }
    Ok(all)
}

fn try_each(call: &LazyCall<'_>, _: &Env) -> (Value, Diagnostics) {
    let attempts = match attempts(call) {
        Ok(attempts) => attempts,
        Err(failed) => return failed,
    };
    if attempts.is_empty() {
        return super::call_failed(call, "at least one argument is required");
    }
    let mut failures = Diagnostics::new();
    for attempt in attempts {
        let (value, diagnostics) = attempt();
        if diagnostics.has_errors() {
            failures.extend(diagnostics);
            continue;
        }
        if !value.is_wholly_known() {
            // What takes the place of the unknown may still make the expression fail, and then
            // another one would count, whose type may be another.
            return (Value::unknown(Type::Dynamic).with_marks(&value.marks_deep()), diagnostics);
        }
        return (value, diagnostics);
    }
    let mut message = String::from("no expression succeeded:\n");
    for failure in &failures {
        match &failure.subject {
            Some(at) => message.push_str(&format!("- {} (at {at})\n", failure.summary)),
            None => message.push_str(&format!("- {}\n", failure.summary)),
        }
        message.push_str(&format!("  {}\n", failure.detail));
    }
    message.push_str("\nAt least one expression must produce a successful result");
    super::call_failed(call, &message)
}

fn can(call: &LazyCall<'_>, _: &Env) -> (Value, Diagnostics) {
    if let Err(failed) = super::check_argument_count(call, &["expression"]) {
        return failed;
    }
    let attempt = match attempts(call).map(|all| all.into_iter().next()) {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return (Value::FALSE, Diagnostics::new()),
        Err(failed) => return failed,
    };
    let (value, diagnostics) = attempt();
    if diagnostics.has_errors() {
        return (Value::FALSE, Diagnostics::new());
    }
    let warnings: Diagnostics =
        diagnostics.into_iter().filter(|d: &Diagnostic| !d.is_error()).collect();
    if value.is_wholly_known() {
        return (Value::TRUE, warnings);
    }
    let refined = Value::unknown(Type::Bool).refine_not_null();
    (refined, warnings)
}

/// A type in the form in which the console shows the result of `type(…)`.
pub fn type_listing(ty: &Type) -> String {
    let mut out = String::new();
    write_type(ty, 0, &mut out);
    out
}

fn write_type(ty: &Type, depth: usize, out: &mut String) {
    let indent = |depth: usize| "    ".repeat(depth);
    let collection = |kind: &str, element: &Type, out: &mut String| {
        out.push_str(kind);
        out.push('(');
        if matches!(element, Type::Tuple(_) | Type::Object(_)) {
            out.push('\n');
            out.push_str(&indent(depth + 1));
            write_type(element, depth + 1, out);
            out.push_str(",\n");
            out.push_str(&indent(depth));
        } else {
            write_type(element, depth, out);
        }
        out.push(')');
    };
    match ty {
        Type::List(element) => collection("list", element, out),
        Type::Set(element) => collection("set", element, out),
        Type::Map(element) => collection("map", element, out),
        Type::Tuple(types) if types.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(types) => {
            out.push_str("tuple([\n");
            for ty in types.iter() {
                out.push_str(&indent(depth + 1));
                write_type(ty, depth + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&indent(depth));
            out.push_str("])");
        }
        Type::Object(object) if object.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({\n");
            for (name, ty) in &object.attributes {
                out.push_str(&indent(depth + 1));
                out.push_str(name);
                out.push_str(": ");
                write_type(ty, depth + 1, out);
                out.push_str(",\n");
            }
            out.push_str(&indent(depth));
            out.push_str("})");
        }
        simple => out.push_str(&simple.friendly_name()),
    }
}
