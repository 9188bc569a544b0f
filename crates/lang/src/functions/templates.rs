//! `templatefile` and `templatestring`.

use std::sync::Arc;

use groma_addrs::ProviderFunction;
use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_hcl::{
    ExprKind, Expression, Function, FunctionError, LazyCall, Resolved, Scope, Step, evaluate,
    is_identifier, parse_template,
};
use groma_value::{Entries, Type, Value, convert};

use super::spec::{Bound, Builtin, Call, Outcome, any, fail, fail_arg, function, string};
use super::{Env, builtins, call_failed, check_argument_count, files};

/// How deep templates may use templates.
const DEEPEST: u32 = 64;

/// What templates that are strings are called in messages.
const STRING_NAME: &str = "<templatestring argument>";

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("templatefile")
            .param(string("path").markable())
            .param(any("vars"))
            .may_be_null()
            .body(template_file),
        function("templatestring").param(string("template")).param(any("vars")).lazy(
            |call, env| match template_string(call, env) {
                Ok(result) | Err(result) => result,
            },
        ),
    ]
}

fn template_file(c: &Call<'_>) -> Outcome {
    let marks = c.args[0].marks();
    let path = c.str(0)?;
    if c.env.depth >= DEEPEST {
        return fail(format!("maximum recursion depth {DEEPEST} reached"));
    }
    let text = files::read_text(c, path, marks)?;
    let (expression, diagnostics) = parse_template(text.as_bytes(), path, Pos::START);
    if diagnostics.has_errors() {
        return fail(told(&diagnostics));
    }
    let rendered = render(&expression, &c.args[1], c.env)?;
    Ok(rendered.with_marks(marks))
}

/// The value of a template with variables. Argument 1 is to blame for those that are wrong.
fn render(expression: &Expression, vars: &Value, env: &Env) -> Outcome {
    let (bare, marks) = vars.clone().unmark();
    let Some(entries) = bare.as_entries() else {
        if bare.is_known() {
            return fail_arg(1, "invalid vars value: must be a map");
        }
        return Ok(Value::unknown(Type::Dynamic).with_marks(&marks));
    };
    for name in entries.keys() {
        if !is_identifier(name) {
            let message = format!(
                "invalid template variable name {:?}: must start with a letter, followed by zero \
                 or more letters, digits, and underscores",
                &**name,
            );
            return fail_arg(1, message);
        }
    }
    for traversal in expression.variables() {
        if !entries.contains_key(&traversal.root) {
            let message = format!(
                "vars map does not contain key {:?}, referenced at {}",
                &*traversal.root, traversal.root_range,
            );
            return fail_arg(1, message);
        }
    }
    let scope = TemplateScope { entries, env: Arc::new(env.deeper()) };
    let (value, diagnostics) = evaluate(expression, &scope);
    if diagnostics.has_errors() {
        return fail(told(&diagnostics));
    }
    Ok(value.with_marks(&marks))
}

/// Errors as a part of another one's message.
fn told(diagnostics: &Diagnostics) -> String {
    let mut errors = diagnostics.iter().filter(|d| d.is_error());
    let Some(first) = errors.next() else { return String::new() };
    let at = first.subject.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
    let others = match errors.count() {
        0 => String::new(),
        n => format!(", and {n} other diagnostic(s)"),
    };
    format!("{at}{}; {}{others}", first.summary, first.detail)
}

/// The variables of a template.
struct TemplateScope<'a> {
    entries: &'a Entries,
    env: Arc<Env>,
}

impl Scope for TemplateScope<'_> {
    fn resolve(
        &self,
        root: &str,
        _: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        match self.entries.get(root) {
            Some(value) => Ok(Resolved { value: value.clone(), consumed: 0 }),
            None => Err(Diagnostic::error(
                "Unknown variable",
                format!("There is no variable named {root:?}."),
            )
            .at(range)
            .into()),
        }
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        let name = name.strip_prefix("core::").unwrap_or(name);
        let builtin = builtins().get(name)?;
        Some(Arc::new(Bound { builtin, env: self.env.clone() }))
    }

    fn function_names(&self) -> Vec<String> {
        builtins().keys().map(|&name| name.to_owned()).collect()
    }

    fn missing_function(&self, name: &str) -> Option<String> {
        ProviderFunction::why_missing(name)
    }
}

type Failed = (Value, Diagnostics);

/// `Err`: the result when it failed.
fn template_string(call: &LazyCall<'_>, env: &Env) -> Result<Failed, Failed> {
    let params = ["template", "vars"];
    check_argument_count(call, &params)?;
    let [template, vars] = call.args else {
        return Err(call_failed(call, "arguments of this function cannot be expanded"));
    };
    let failed = |error: FunctionError| match error.arg {
        Some(i) => {
            let place = call.args.get(i).map_or(call.range, Expression::range);
            super::argument_failed(call, params[i.min(1)], place, &error.message)
        }
        None => call_failed(call, &error.message),
    };
    // The variables are an argument as any other; the template is only then looked at.
    let (vars, mut diagnostics) = call.evaluate(vars);
    if diagnostics.has_errors() {
        return Err((Value::unknown(Type::Dynamic), diagnostics));
    }
    check_reference(template).map_err(failed)?;
    let (text, found) = call.evaluate(template);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return Err((Value::unknown(Type::Dynamic), diagnostics));
    }
    let (text, marks) = text.unmark();
    if text.is_null() {
        return Err(failed(FunctionError::arg(0, "argument must not be null")));
    }
    if vars.is_null() {
        return Err(failed(FunctionError::arg(1, "argument must not be null")));
    }
    if !text.is_known() || !vars.is_known() {
        let unknown =
            Value::unknown(Type::String).with_marks(&marks).with_marks(&vars.marks_deep());
        return Ok((unknown, diagnostics));
    }
    let rendered = render_string(&text, &vars, env).map_err(failed)?;
    Ok((rendered.with_marks(&marks), diagnostics))
}

fn render_string(text: &Value, vars: &Value, env: &Env) -> Outcome {
    let Some(text) = text.as_str() else {
        return fail_arg(0, "invalid template value: a string is required");
    };
    if env.depth >= DEEPEST {
        return fail(format!("maximum recursion depth {DEEPEST} reached"));
    }
    let (expression, diagnostics) = parse_template(text.as_bytes(), STRING_NAME, Pos::START);
    if diagnostics.has_errors() {
        return fail_arg(0, format!("invalid template: {}", told(&diagnostics)));
    }
    let rendered = render(&expression, vars, env)?;
    let range = expression.range();
    if rendered.is_null() {
        return fail(format!(
            "{range}: Template result is null; The result of the template is null, which is not a \
             valid result for a templatestring call.",
        ));
    }
    convert(&rendered, &Type::String)
        .map_err(|error| FunctionError::new(format!("{range}: Invalid template result; {error}")))
}

/// Whether it refers to something that has a name, or to a part of that.
fn is_reference(expression: &Expression) -> bool {
    let mut expression = expression;
    loop {
        expression = match expression.kind() {
            ExprKind::Traversal(_) | ExprKind::SplatItem => return true,
            ExprKind::RelativeTraversal(traversal) => &traversal.source,
            ExprKind::Index(index) => &index.collection,
            _ => return false,
        };
    }
}

/// Only references are let through: who writes a template on the spot wants a template expression.
fn check_reference(template: &Expression) -> Outcome<()> {
    const ONLY: &str = "invalid template expression: templatestring is only for rendering \
                        templates retrieved dynamically from elsewhere";
    match template.kind() {
        _ if is_reference(template) => Ok(()),
        ExprKind::Literal(_) => fail_arg(
            0,
            format!(
                "{ONLY}, and so does not support providing a literal template; consider using a \
                 template string expression instead",
            ),
        ),
        ExprKind::Template(_) | ExprKind::TemplateWrap(_) => fail_arg(
            0,
            format!(
                "{ONLY}; to render an inline template, consider using a plain template string \
                 expression",
            ),
        ),
        _ => fail_arg(
            0,
            "invalid template expression: must be a direct reference to a single string from \
             elsewhere, containing valid Terraform template syntax",
        ),
    }
}
