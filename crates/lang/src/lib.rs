//! The language above its syntax: what expressions refer to, and the built-in functions.
//!
//! [`FunctionTable`] holds the functions; files are handed in ([`FileAccess`]), and so is the time
//! of the plan. [`references_in_expr`] and [`references_in_body`] tell what an expression or a body
//! refers to.
//!
//! Invariant: nothing here knows of state, plans or provider calls, and nothing reads files but
//! through [`FileAccess`].

mod functions;
mod references;

pub use functions::{FileAccess, FileKind, FunctionTable, NoFiles, signatures, type_listing};
pub use references::{references_in_body, references_in_expr};
