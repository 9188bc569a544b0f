mod calls;
mod values;

use std::sync::{Arc, Mutex};

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_value::{Marks, Refinements, Type, Value, convert};

use super::*;
use crate::{console_text, parse_expression};

/// Variables that are looked up as one object, and the few functions that the tests need.
struct Fixture {
    variables: Value,
    /// What the scope has been asked for.
    asked: Mutex<Vec<String>>,
    /// How many steps the scope takes on itself.
    consumes: usize,
}

impl Scope for Fixture {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        let mut asked = root.to_owned();
        for step in steps {
            match step {
                Step::Attr { name, .. } => asked.push_str(&format!(".{name}")),
                Step::Index { key, .. } => asked.push_str(&format!("[{}]", console_text(key))),
            }
        }
        if let Ok(mut all) = self.asked.lock() {
            all.push(asked);
        }
        let Some(mut value) = self.variables.get(root).cloned() else {
            let detail = format!("There is no variable named \"{root}\".");
            return Err(Diagnostic::error("Unknown variable", detail).at(range).into());
        };
        let consumed = self.consumes.min(steps.len());
        for step in &steps[..consumed] {
            value = match step {
                Step::Attr { name, range } => get_attr(&value, name, range)?,
                Step::Index { key, range } => get_index(&value, key, range)?,
            };
        }
        Ok(Resolved { value, consumed })
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        match name {
            "upper" => Some(Arc::new(Upper([Param::new("str", Type::String)]))),
            "join" => Some(Arc::new(Join::new())),
            "try" => Some(Arc::new(Try)),
            "tolist" => Some(Arc::new(To::new(Type::list(Type::Dynamic)))),
            "toset" => Some(Arc::new(To::new(Type::set(Type::Dynamic)))),
            "tomap" => Some(Arc::new(To::new(Type::map(Type::Dynamic)))),
            _ => None,
        }
    }

    fn function_names(&self) -> Vec<String> {
        ["upper", "join", "try"].map(str::to_owned).to_vec()
    }
}

struct Upper([Param; 1]);

impl Function for Upper {
    fn params(&self) -> &[Param] {
        &self.0
    }

    fn return_type(&self, _: &[Value]) -> Result<Type, FunctionError> {
        Ok(Type::String)
    }

    fn call(&self, args: &[Value], _: &Type) -> Result<Value, FunctionError> {
        match args[0].as_str() {
            Some(text) if &**text == "fail" => Err(FunctionError::arg(0, "not this one")),
            Some(text) if &**text == "broken" => Err(FunctionError::new("out of order")),
            Some(text) => Ok(Value::string(text.to_uppercase())),
            None => Err(FunctionError::new("no string")),
        }
    }

    fn refine(&self, _: &[Value], _: &Type) -> Refinements {
        Refinements::not_null()
    }
}

struct Join([Param; 1], Param);

impl Join {
    fn new() -> Join {
        Join([Param::new("separator", Type::String)], Param::new("items", Type::String))
    }
}

impl Function for Join {
    fn params(&self) -> &[Param] {
        &self.0
    }

    fn variadic(&self) -> Option<&Param> {
        Some(&self.1)
    }

    fn return_type(&self, _: &[Value]) -> Result<Type, FunctionError> {
        Ok(Type::String)
    }

    fn call(&self, args: &[Value], _: &Type) -> Result<Value, FunctionError> {
        let texts: Vec<&str> = args.iter().filter_map(|a| a.as_str()).map(|s| &**s).collect();
        Ok(Value::string(texts[1..].join(texts[0])))
    }
}

/// The first argument without an error.
struct Try;

impl Function for Try {
    fn params(&self) -> &[Param] {
        &[]
    }

    fn return_type(&self, _: &[Value]) -> Result<Type, FunctionError> {
        Err(FunctionError::new("lazy"))
    }

    fn call(&self, _: &[Value], _: &Type) -> Result<Value, FunctionError> {
        Err(FunctionError::new("lazy"))
    }

    fn call_lazily(&self, call: &LazyCall<'_>) -> Option<(Value, Diagnostics)> {
        let mut results = call.args.iter().map(|arg| call.evaluate(arg));
        results.find(|(_, diagnostics)| !diagnostics.has_errors())
    }
}

struct To([Param; 1]);

impl To {
    fn new(ty: Type) -> To {
        To([Param::new("v", ty).nullable().unknowable().markable().dynamic()])
    }
}

impl Function for To {
    fn params(&self) -> &[Param] {
        &self.0
    }

    fn return_type(&self, args: &[Value]) -> Result<Type, FunctionError> {
        Ok(args[0].ty())
    }

    fn call(&self, args: &[Value], _: &Type) -> Result<Value, FunctionError> {
        convert(&args[0], &self.0[0].ty).map_err(|e| FunctionError::arg(0, e.message))
    }
}

fn fixture() -> Fixture {
    let server = |id: &str| Value::object_of([("id", Value::from(id))]);
    let servers = Value::tuple(vec![server("a"), server("b")]);
    Fixture {
        variables: Value::object_of([
            ("n", Value::from(2)),
            ("text", Value::from("hi")),
            ("nothing", Value::NULL),
            ("servers", servers),
            ("open", Value::unknown(Type::Dynamic)),
            ("later", Value::unknown(Type::String)),
            ("soon", Value::unknown_refined(Type::String, Refinements::string_prefix("ami-"))),
            ("flag", Value::unknown(Type::Bool)),
            ("many", Value::unknown(Type::list(Type::object([("id", Type::String)])))),
            ("secret", Value::from("pw").with_marks(&Marks::sensitive())),
            ("names", Value::list(Type::String, vec!["x".into(), "y".into()])),
            (
                "secrets",
                Value::list(Type::String, vec!["x".into(), "y".into()])
                    .with_marks(&Marks::sensitive()),
            ),
            ("deep", Value::object_of([("a", Value::object_of([("b", Value::from(1))]))])),
        ]),
        asked: Mutex::default(),
        consumes: 0,
    }
}

fn run(source: &str) -> (Value, Diagnostics) {
    let (expression, diagnostics) = parse_expression(source.as_bytes(), "main.tf", Pos::START);
    assert!(diagnostics.is_empty(), "{source}: {diagnostics}");
    evaluate(&expression, &fixture())
}

/// Compares a result as the console shows it.
#[track_caller]
fn check(source: &str, expected: &str) {
    let (value, diagnostics) = run(source);
    assert!(diagnostics.is_empty(), "{source}: {diagnostics}");
    let shown: String = console_text(&value).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(shown, expected, "{source}");
}

/// Compares a result with all that is known of it.
#[track_caller]
fn check_exactly(source: &str, expected: Value) {
    let (value, diagnostics) = run(source);
    assert!(diagnostics.is_empty(), "{source}: {diagnostics}");
    assert_eq!(value, expected, "{source}");
}

/// Compares what is wrong.
#[track_caller]
fn check_errors(source: &str, expected: &[&str]) {
    let (_, diagnostics) = run(source);
    let found: Vec<String> =
        diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    assert_eq!(found, expected, "{source}");
}

fn unknown(ty: Type) -> Value {
    Value::unknown(ty)
}

fn sensitive(value: Value) -> Value {
    value.with_marks(&Marks::sensitive())
}
