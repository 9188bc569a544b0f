//! HCL: native and JSON syntax, and the evaluation of expressions.
//!
//! [`parse_native`] and [`parse_json`] turn a file into a [`Body`], whatever the file holds: what
//! cannot be understood is reported in the diagnostics beside it. A body is asked for attributes
//! and blocks with a [`BodySchema`]; the expressions of the attributes are shared, immutable trees
//! ([`Expression`]) that can be searched for references, read as keywords or types, or evaluated
//! against a [`Scope`].
//!
//! Invariant: nothing here knows what blocks mean, nor reads files.

pub mod ast;
mod body;
mod eval;
mod format;
mod json;
mod render;
mod syntax;

pub use ast::{
    Binary, BinaryOp, Call, Conditional, ElementAccess, ExprKind, Expression, For, Index,
    JsonString, ObjectItem, RelativeTraversal, Splat, StaticCall, Traversal, TraversalStep, Unary,
    UnaryOp,
};
pub use body::{
    Attribute, AttributeSchema, Block, BlockSchema, Body, BodySchema, Content, nearest_name,
};
pub use eval::{
    Function, FunctionError, LazyCall, Nothing, Param, Resolved, Scope, Step, call_function,
    describe_value, evaluate, evaluate_constant, expression_values, get_attr, get_index,
    try_evaluate,
};
pub use format::{format, format_file};
pub use render::{console_text, quote, quote_visibly, tokens_for_value};
pub use syntax::{
    File, is_identifier, is_incomplete, parse_expression, parse_native, parse_template,
    parse_traversal,
};

use groma_diag::Diagnostics;

/// Parses a file of JSON syntax.
pub fn parse_json(filename: &str, src: &[u8]) -> (File, Diagnostics) {
    json::parse(filename, src)
}
