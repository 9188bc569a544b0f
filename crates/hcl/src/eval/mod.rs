//! The evaluation of expressions.

mod function;
mod scope;

pub use function::{Function, FunctionError, LazyCall, Param};
pub use scope::{Nothing, Resolved, Scope, Step};
