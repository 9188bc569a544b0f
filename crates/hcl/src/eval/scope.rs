//! What an expression is evaluated against.

use std::sync::Arc;

use groma_diag::{Diagnostics, SourceRange};
use groma_value::{Str, Value};

use super::Function;

/// A step that follows a variable, its key evaluated.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// `.name`
    Attr {
        /// The attribute's name.
        name: &'a Str,
        /// The dot and the name.
        range: &'a SourceRange,
    },
    /// `[key]`
    Index {
        /// The key, which may be unknown, null or marked.
        key: &'a Value,
        /// From `[` to `]`.
        range: &'a SourceRange,
    },
}

impl<'a> Step<'a> {
    /// Where it stands.
    pub fn range(&self) -> &'a SourceRange {
        match self {
            Step::Attr { range, .. } | Step::Index { range, .. } => range,
        }
    }

    /// The name, if it is an attribute step.
    pub fn attr_name(&self) -> Option<&'a Str> {
        match self {
            Step::Attr { name, .. } => Some(name),
            Step::Index { .. } => None,
        }
    }

    /// The key, if it is an index step.
    pub fn index_key(&self) -> Option<&'a Value> {
        match self {
            Step::Index { key, .. } => Some(key),
            Step::Attr { .. } => None,
        }
    }
}

/// What a scope found.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The value.
    pub value: Value,
    /// How many of the steps led to it. The rest is applied to the value.
    pub consumed: usize,
}

/// Variables and functions.
pub trait Scope: Send + Sync {
    /// The value of a variable, or of a part of it: `steps` are all that follow the variable in the
    /// expression, so that the scope need not build what is not asked for. `range` is that of the
    /// variable with the static steps behind it.
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics>;

    /// The function of that name.
    fn function(&self, name: &str) -> Option<Arc<dyn Function>>;

    /// The names of all functions, to guess from what was meant.
    fn function_names(&self) -> Vec<String>;

    /// Why there is no function of this name in a namespace, as whole sentences.
    fn missing_function(&self, _name: &str) -> Option<String> {
        None
    }
}

/// A scope without variables and functions, for expressions that must be constant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Scope for Nothing {
    fn resolve(
        &self,
        _: &str,
        _: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        let detail = "Variables may not be used here.";
        Err(groma_diag::Diagnostic::error("Variables not allowed", detail).at(range).into())
    }

    fn function(&self, _: &str) -> Option<Arc<dyn Function>> {
        None
    }

    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }
}
