//! Diagnostics: what went wrong, where, and what to do about it.
//!
//! Every layer reports through [`Diagnostics`], beside or instead of its result. A diagnostic is
//! data: it knows the place in the source and the values that took part, and nothing of how it
//! will be shown.
//!
//! Invariant: no colour, no terminal width, no printing in this crate.

mod diagnostic;
mod source;

pub use diagnostic::{
    AttributePath, AttributeStep, Diagnostic, Diagnostics, ExpressionValue, FunctionCall, Severity,
};
pub use source::{Pos, SourceMap, SourceRange};
