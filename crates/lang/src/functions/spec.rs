//! How the built-in functions are put together.

use std::sync::Arc;

use groma_diag::Diagnostics;
use groma_hcl::{Function, FunctionError, LazyCall, Param};
use groma_value::{Number, Refinements, Str, Type, Value};

use super::Env;

pub(super) type Outcome<T = Value> = Result<T, FunctionError>;

/// A built-in function.
pub(super) struct Builtin {
    pub(super) name: &'static str,
    params: Vec<Param>,
    variadic: Option<Param>,
    result: ResultType,
    body: Body,
    not_null: bool,
    /// Its result differs from call to call.
    pub(super) impure: bool,
}

enum ResultType {
    Fixed(Type),
    Computed(fn(&[Value]) -> Outcome<Type>),
}

enum Body {
    Eager(fn(&Call<'_>) -> Outcome),
    Lazy(fn(&LazyCall<'_>, &Env) -> (Value, Diagnostics)),
}

/// A call at hand.
pub(super) struct Call<'a> {
    pub(super) args: &'a [Value],
    /// The type that the result must have.
    pub(super) ty: &'a Type,
    pub(super) env: &'a Env,
}

/// A function of that name; more is said by the methods that follow.
pub(super) fn function(name: &'static str) -> Builtin {
    Builtin {
        name,
        params: Vec::new(),
        variadic: None,
        result: ResultType::Fixed(Type::Dynamic),
        body: Body::Eager(|_| Ok(Value::NULL)),
        not_null: true,
        impure: false,
    }
}

impl Builtin {
    pub(super) fn param(mut self, param: Param) -> Builtin {
        self.params.push(param);
        self
    }

    pub(super) fn variadic(mut self, param: Param) -> Builtin {
        self.variadic = Some(param);
        self
    }

    /// Its result is always of this type.
    pub(super) fn returns(mut self, ty: Type) -> Builtin {
        self.result = ResultType::Fixed(ty);
        self
    }

    /// The type of its result follows from the arguments.
    pub(super) fn typed(mut self, ty: fn(&[Value]) -> Outcome<Type>) -> Builtin {
        self.result = ResultType::Computed(ty);
        self
    }

    /// Its result may be null.
    pub(super) fn may_be_null(mut self) -> Builtin {
        self.not_null = false;
        self
    }

    pub(super) fn impure(mut self) -> Builtin {
        self.impure = true;
        self
    }

    pub(super) fn body(mut self, body: fn(&Call<'_>) -> Outcome) -> Builtin {
        self.body = Body::Eager(body);
        self
    }

    /// It evaluates its arguments itself.
    pub(super) fn lazy(mut self, body: fn(&LazyCall<'_>, &Env) -> (Value, Diagnostics)) -> Builtin {
        self.body = Body::Lazy(body);
        self
    }
}

/// What is said of functions.
impl Builtin {
    pub(super) fn params(&self) -> &[Param] {
        &self.params
    }

    pub(super) fn variadic_param(&self) -> Option<&Param> {
        self.variadic.as_ref()
    }

    /// Whether it evaluates its arguments itself.
    pub(super) fn is_lazy(&self) -> bool {
        matches!(self.body, Body::Lazy(_))
    }

    /// The type of its result as far as it can be told without arguments.
    pub(super) fn declared_result(&self) -> Type {
        match &self.result {
            ResultType::Fixed(ty) => ty.clone(),
            ResultType::Computed(ty) => {
                let args: Vec<Value> =
                    self.params.iter().map(|param| Value::unknown(param.ty.clone())).collect();
                ty(&args).unwrap_or(Type::Dynamic)
            }
        }
    }
}

/// A built-in function and what it works in.
pub(super) struct Bound {
    pub(super) builtin: &'static Builtin,
    pub(super) env: Arc<Env>,
}

impl Function for Bound {
    fn params(&self) -> &[Param] {
        &self.builtin.params
    }

    fn variadic(&self) -> Option<&Param> {
        self.builtin.variadic.as_ref()
    }

    fn return_type(&self, args: &[Value]) -> Outcome<Type> {
        match &self.builtin.result {
            ResultType::Fixed(ty) => Ok(ty.clone()),
            ResultType::Computed(ty) => ty(args),
        }
    }

    fn declared_return_type(&self) -> Type {
        super::signatures::return_type(self.builtin)
    }

    fn call(&self, args: &[Value], return_type: &Type) -> Outcome {
        let unknown =
            || Value::unknown_refined(return_type.clone(), self.refine(args, return_type));
        if self.builtin.impure && self.env.pure_only {
            return Ok(unknown());
        }
        match self.builtin.body {
            Body::Eager(body) => {
                let value = body(&Call { args, ty: return_type, env: &self.env })?;
                if self.builtin.not_null && !value.is_known() {
                    return Ok(value.refine_not_null());
                }
                Ok(value)
            }
            Body::Lazy(_) => Ok(unknown()),
        }
    }

    fn refine(&self, _: &[Value], _: &Type) -> Refinements {
        if self.builtin.not_null { Refinements::not_null() } else { Refinements::default() }
    }

    fn call_lazily(&self, call: &LazyCall<'_>) -> Option<(Value, Diagnostics)> {
        match self.builtin.body {
            Body::Lazy(body) => Some(body(call, &self.env)),
            Body::Eager(_) => None,
        }
    }
}

pub(super) fn string(name: &'static str) -> Param {
    Param::new(name, Type::String)
}

pub(super) fn number(name: &'static str) -> Param {
    Param::new(name, Type::Number)
}

/// An argument of any type.
pub(super) fn any(name: &'static str) -> Param {
    Param::new(name, Type::Dynamic)
}

/// An argument of any type, and whatever else there is about it.
pub(super) fn anything(name: &'static str) -> Param {
    any(name).nullable().unknowable().dynamic()
}

pub(super) fn fail<T>(message: impl Into<String>) -> Outcome<T> {
    Err(FunctionError::new(message))
}

pub(super) fn fail_arg<T>(index: usize, message: impl Into<String>) -> Outcome<T> {
    Err(FunctionError::arg(index, message))
}

impl Call<'_> {
    /// A string argument.
    pub(super) fn str(&self, index: usize) -> Outcome<&Str> {
        match self.args.get(index).and_then(Value::as_str) {
            Some(text) => Ok(text),
            None => fail_arg(index, "string required"),
        }
    }

    /// A number argument.
    pub(super) fn number(&self, index: usize) -> Outcome<&Number> {
        match self.args.get(index).and_then(Value::as_number) {
            Some(number) => Ok(number),
            None => fail_arg(index, "number required"),
        }
    }

    /// A number argument that is an integer.
    pub(super) fn int(&self, index: usize) -> Outcome<i64> {
        let number = self.number(index)?;
        match number.as_i64() {
            Some(i) => Ok(i),
            None => fail(not_an_integer()),
        }
    }
}

/// What is wrong with a number that should be an integer.
pub(super) fn not_an_integer() -> String {
    format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX)
}
