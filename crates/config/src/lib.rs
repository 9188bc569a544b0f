//! Configuration: the tree of modules that a directory and what it calls make up.
//!
//! [`load`] reads a configuration through a [`SourceLoader`] into a [`Config`]. Every item keeps
//! its expressions and bodies undecoded, and the places where they stand; evaluating them is the
//! engine's business. What can be said to be wrong without evaluating anything is said here.
//!
//! Invariant: nothing is downloaded here, and nothing dynamic evaluated.

mod model;
mod tree;

pub use model::*;
pub use tree::{Config, ModuleNode, ResolvedProvider};
