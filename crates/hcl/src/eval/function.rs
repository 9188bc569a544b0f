//! What a function is to the evaluator.

use std::borrow::Cow;

use groma_diag::{Diagnostics, SourceRange};
use groma_value::{Refinements, Type, Value};

use crate::ast::Expression;

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name, for messages.
    pub name: Cow<'static, str>,
    /// What arguments are converted to.
    pub ty: Type,
    /// Whether the argument may be null.
    pub allow_null: bool,
    /// Whether the function wants to see unknown arguments. Otherwise an unknown argument makes
    /// the result unknown.
    pub allow_unknown: bool,
    /// Whether the function wants to see marks, at any depth. Otherwise they are taken off and put
    /// on the result.
    pub allow_marked: bool,
    /// Whether the function wants to see, while its return type is asked for, arguments whose type
    /// is not known yet. Otherwise such an argument makes the type of the result unknown.
    pub allow_dynamic: bool,
}

impl Param {
    /// A parameter that allows nothing out of the ordinary.
    pub fn new(name: impl Into<Cow<'static, str>>, ty: Type) -> Param {
        Param {
            name: name.into(),
            ty,
            allow_null: false,
            allow_unknown: false,
            allow_marked: false,
            allow_dynamic: false,
        }
    }

    /// That allows null.
    pub fn nullable(mut self) -> Param {
        self.allow_null = true;
        self
    }

    /// That allows unknown values.
    pub fn unknowable(mut self) -> Param {
        self.allow_unknown = true;
        self
    }

    /// That allows marks.
    pub fn markable(mut self) -> Param {
        self.allow_marked = true;
        self
    }

    /// That allows values of unknown type.
    pub fn dynamic(mut self) -> Param {
        self.allow_dynamic = true;
        self
    }
}

/// Why a function fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument that is to blame, counted from 0.
    pub arg: Option<usize>,
    /// What is wrong, as a part of a sentence: without a capital letter or a full stop.
    pub message: String,
}

impl FunctionError {
    /// An error that no argument in particular is to blame for.
    pub fn new(message: impl Into<String>) -> FunctionError {
        FunctionError { arg: None, message: message.into() }
    }

    /// An error that an argument is to blame for.
    pub fn arg(index: usize, message: impl Into<String>) -> FunctionError {
        FunctionError { arg: Some(index), message: message.into() }
    }
}

/// A function.
pub trait Function: Send + Sync {
    /// The parameters, without the variadic one.
    fn params(&self) -> &[Param];

    /// What all further arguments are, if there may be any.
    fn variadic(&self) -> Option<&Param> {
        None
    }

    /// The type of the result. Arguments may be unknown whatever their parameters allow.
    fn return_type(&self, args: &[Value]) -> Result<Type, FunctionError>;

    /// The type of the result as far as it is the same for all arguments.
    fn declared_return_type(&self) -> Type {
        let args: Vec<Value> = self.params().iter().map(|p| Value::unknown(p.ty.clone())).collect();
        self.return_type(&args).unwrap_or(Type::Dynamic)
    }

    /// The result, which must be of the type that [`Function::return_type`] gave.
    fn call(&self, args: &[Value], return_type: &Type) -> Result<Value, FunctionError>;

    /// What is known of a result that is not known because an argument is not.
    fn refine(&self, _args: &[Value], _return_type: &Type) -> Refinements {
        Refinements::default()
    }

    /// The result, if the function is one that sees its arguments before they are evaluated, such
    /// as `try`. Such a function need not do anything in the other methods.
    fn call_lazily(&self, _call: &LazyCall<'_>) -> Option<(Value, Diagnostics)> {
        None
    }
}

/// A call of a function that evaluates its arguments itself.
pub struct LazyCall<'a> {
    /// The name as called.
    pub name: &'a str,
    /// The arguments.
    pub args: &'a [Expression],
    /// Whether the last argument is a sequence of arguments.
    pub expand_final: bool,
    /// Where the call stands.
    pub range: &'a SourceRange,
    pub(crate) call: &'a Expression,
    pub(crate) evaluate: &'a dyn Fn(&Expression) -> (Value, Diagnostics),
}

impl LazyCall<'_> {
    /// Where the call begins: the name and the bracket.
    pub fn start_range(&self) -> SourceRange {
        self.call.start_range()
    }

    /// Evaluates an argument, or part of one, where the call stands. Its errors do not tell the
    /// values that took part: they are mostly not shown.
    pub fn evaluate(&self, expression: &Expression) -> (Value, Diagnostics) {
        (self.evaluate)(expression)
    }
}
