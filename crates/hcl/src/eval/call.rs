//! Calls of functions.

use std::borrow::Cow;

use groma_diag::{Diagnostic, Diagnostics, FunctionCall};
use groma_value::{Kind, Marks, Type, Value, convert};

use super::{Evaluation, Function, FunctionError, LazyCall, Param};
use crate::ast::{Call, Expression};
use crate::body::nearest_name;

/// Calls a function with values: they are converted to what the parameters want, null is refused
/// where it is not allowed, unknown arguments make the result unknown, and marks go round the
/// function onto the result, each unless the parameter says otherwise.
pub fn call_function(function: &dyn Function, args: &[Value]) -> Result<Value, FunctionError> {
    check_arity(function, args.len()).map_err(|(_, message)| FunctionError::new(message))?;
    let mut converted = Vec::with_capacity(args.len());
    for (i, value) in args.iter().enumerate() {
        converted.push(argument(function, i, value)?);
    }
    apply(function, converted)
}

/// The parameter of the argument at a position.
fn param(function: &dyn Function, at: usize) -> Option<&Param> {
    function.params().get(at).or_else(|| function.variadic())
}

/// The argument as the parameter wants it.
fn argument(function: &dyn Function, at: usize, value: &Value) -> Result<Value, FunctionError> {
    let Some(param) = param(function, at) else { return Ok(value.clone()) };
    convert(value, &param.ty).map_err(|error| FunctionError::arg(at, error.message))
}

/// What is wrong with the number of arguments: a summary and a message.
fn check_arity(function: &dyn Function, found: usize) -> Result<(), (&'static str, String)> {
    let params = function.params();
    if let Some(missing) = params.get(found) {
        let qualifier = if function.variadic().is_some() { " at least" } else { "" };
        let message = format!(
            "expects{qualifier} {} argument(s). Missing value for \"{}\"",
            params.len(),
            missing.name
        );
        return Err(("Not enough function arguments", message));
    }
    if found > params.len() && function.variadic().is_none() {
        let message = format!("expects only {} argument(s)", params.len());
        return Err(("Too many function arguments", message));
    }
    Ok(())
}

/// Calls a function with arguments that have the right types already.
fn apply(function: &dyn Function, args: Vec<Value>) -> Result<Value, FunctionError> {
    let mut marks = Marks::NONE;
    let mut args = args;
    let mut any_unknown = false;
    let mut any_dynamic = false;
    for (i, arg) in args.iter_mut().enumerate() {
        let Some(param) = param(function, i) else { continue };
        if arg.is_null() && !param.allow_null {
            return Err(FunctionError::arg(i, "argument must not be null"));
        }
        if !param.allow_marked && arg.has_marks_deep() {
            let (bare, own) = std::mem::replace(arg, Value::NULL).unmark_deep();
            *arg = bare;
            marks = marks.union(&own);
        }
        if let Kind::Unknown(unknown) = arg.kind() {
            any_unknown |= !param.allow_unknown;
            any_dynamic |= unknown.ty == Type::Dynamic && !param.allow_dynamic;
        }
    }
    if any_dynamic {
        return Ok(Value::unknown(Type::Dynamic).with_marks(&marks));
    }
    let return_type = function.return_type(&args)?;
    let result = if any_unknown {
        let refinements = function.refine(&args, &return_type);
        Value::unknown_refined(return_type, refinements)
    } else {
        function.call(&args, &return_type)?
    };
    Ok(result.with_marks(&marks))
}

/// `name(a, b...)`
fn signature(name: &str, function: &dyn Function) -> String {
    let mut params: Vec<Cow<'_, str>> =
        function.params().iter().map(|p| Cow::Borrowed(&*p.name)).collect();
    params.extend(function.variadic().map(|p| Cow::Owned(format!("{}...", p.name))));
    let base = name.rsplit("::").next().unwrap_or(name);
    format!("{base}({})", params.join(", "))
}

/// The types of the parameters and of the result.
fn signature_types(function: &dyn Function) -> Vec<String> {
    let params = function.params().iter().chain(function.variadic()).map(|p| p.ty.clone());
    let types = params.chain(std::iter::once(function.declared_return_type()));
    types.map(|ty| groma_value::json::type_to_json(&ty).to_string()).collect()
}

/// The arguments of a call with the last one expanded.
enum Arguments<'e> {
    /// Where each stands, and its value if it has been evaluated.
    All(Vec<(&'e Expression, Option<Value>)>),
    /// How many there are is not known.
    Unknown(Marks),
}

impl<'a> Evaluation<'a> {
    pub(super) fn call(
        &self,
        expression: &Expression,
        call: &Call,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let failed = || Value::unknown(Type::Dynamic);
        let Some(function) = self.scope.function(&call.name) else {
            diagnostics.push(self.no_such_function(expression, call));
            return failed();
        };
        let lazy = LazyCall {
            name: &call.name,
            args: &call.args,
            expand_final: call.expand_final,
            range: expression.range(),
            call: expression,
            evaluate: &|argument| self.quietly().run(argument),
        };
        if let Some((value, found)) = function.call_lazily(&lazy) {
            diagnostics.extend(found);
            return value;
        }
        let at_call = CallSite { evaluation: self, expression, call, function: &*function };
        let before = diagnostics.len();
        let arguments = match at_call.arguments(diagnostics) {
            Some(Arguments::All(arguments)) => arguments,
            Some(Arguments::Unknown(marks)) => return failed().with_marks(&marks),
            None => return failed(),
        };
        if let Err((summary, message)) = check_arity(&*function, arguments.len()) {
            let detail = format!("Function \"{}\" {message}.", call.name);
            at_call.wrong_number(summary, detail, &arguments, diagnostics);
            return failed();
        }
        let places: Vec<&Expression> = arguments.iter().map(|(place, _)| *place).collect();
        let mut values = Vec::with_capacity(arguments.len());
        for (i, (place, value)) in arguments.into_iter().enumerate() {
            let value = value.unwrap_or_else(|| self.eval(place, diagnostics));
            match argument(&*function, i, &value) {
                Ok(value) => values.push(value),
                Err(error) => diagnostics.push(at_call.failure(&error, &places)),
            }
        }
        if diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            return failed();
        }
        match apply(&*function, values) {
            Ok(value) => value,
            Err(error) => {
                diagnostics.push(at_call.failure(&error, &places));
                failed()
            }
        }
    }

    #[cold]
    fn no_such_function(&self, expression: &Expression, call: &Call) -> Diagnostic {
        if self.constant {
            let detail = "Functions may not be called here.";
            return Diagnostic::error("Function calls not allowed", detail).at(expression.range());
        }
        let names = self.scope.function_names();
        if let Some(mut detail) = self.scope.missing_function(&call.name) {
            if let Some(name) = nearest_name(&call.name, names.iter().map(String::as_str)) {
                detail.push_str(&format!(" Did you mean \"{name}\"?"));
            }
            let summary = "Unknown provider function";
            return self.error_at(summary, detail, &call.name_range, expression, expression);
        }
        let hint = match nearest_name(&call.name, names.iter().map(String::as_str)) {
            Some(name) => format!(" Did you mean \"{name}\"?"),
            None => String::new(),
        };
        let detail = format!("There is no function named \"{}\".{hint}", call.name);
        let summary = "Call to unknown function";
        self.error_at(summary, detail, &call.name_range, expression, expression)
    }
}

/// A call whose function has been found.
struct CallSite<'e, 'a> {
    evaluation: &'e Evaluation<'a>,
    expression: &'e Expression,
    call: &'e Call,
    function: &'e dyn Function,
}

impl<'e> CallSite<'e, '_> {
    /// The arguments with the last one expanded if it is to be.
    fn arguments(&self, diagnostics: &mut Diagnostics) -> Option<Arguments<'e>> {
        let args = &self.call.args;
        let mut all: Vec<(&Expression, Option<Value>)> = args.iter().map(|a| (a, None)).collect();
        if !self.call.expand_final {
            return Some(Arguments::All(all));
        }
        let (last, _) = all.pop()?;
        let before = diagnostics.len();
        let (value, marks) = self.evaluation.eval(last, diagnostics).unmark();
        if diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        let detail = match value.kind() {
            Kind::Null(_) => "The expanding argument (indicated by ...) must not be null.",
            Kind::Unknown(unknown)
                if matches!(
                    unknown.ty,
                    Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)
                ) =>
            {
                return Some(Arguments::Unknown(marks));
            }
            _ => match value.as_sequence() {
                Some(items) => {
                    all.extend(
                        items.iter().map(|item| (last, Some(item.clone().with_marks(&marks)))),
                    );
                    return Some(Arguments::All(all));
                }
                None => {
                    "The expanding argument (indicated by ...) must be of a tuple, list, or set \
                     type."
                }
            },
        };
        let summary = "Invalid expanding argument value";
        let diagnostic = self.evaluation.error(summary, detail, last, self.expression);
        diagnostics.push(self.about_call(diagnostic));
        None
    }

    fn about_call(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let name = &self.call.name;
        diagnostic.function_call = Some(FunctionCall {
            name: name.to_string(),
            signature: Some(signature(name, self.function)),
            types: signature_types(self.function),
        });
        diagnostic
    }

    #[cold]
    fn wrong_number(
        &self,
        summary: &str,
        detail: String,
        arguments: &[(&Expression, Option<Value>)],
        diagnostics: &mut Diagnostics,
    ) {
        let subject = match arguments.get(self.function.params().len()) {
            Some((first_too_many, _)) => first_too_many.start_range(),
            None => self.call.close_range.clone(),
        };
        let diagnostic =
            self.evaluation.error_at(summary, detail, &subject, self.expression, self.expression);
        diagnostics.push(self.about_call(diagnostic));
    }

    #[cold]
    fn failure(&self, error: &FunctionError, places: &[&Expression]) -> Diagnostic {
        let message = &error.message;
        let found = error.arg.and_then(|i| Some((param(self.function, i)?, *places.get(i)?)));
        let diagnostic = match found {
            Some((param, place)) => {
                let detail = format!("Invalid value for \"{}\" parameter: {message}.", param.name);
                let summary = "Invalid function argument";
                let (place, call) = (place.start_range(), self.expression);
                self.evaluation.error_at(summary, detail, &place, call, call)
            }
            None => {
                let detail = format!("Call to function \"{}\" failed: {message}.", self.call.name);
                self.evaluation.error_at(
                    "Error in function call",
                    detail,
                    &self.expression.start_range(),
                    self.expression,
                    self.expression,
                )
            }
        };
        self.about_call(diagnostic)
    }
}
