//! Configuration: the tree of modules that a directory and what it calls make up.
//!
//! [`load`] reads a configuration through a [`SourceLoader`] into a [`Config`]. Every item keeps
//! its expressions and bodies undecoded, and the places where they stand; evaluating them is the
//! engine's business. What can be said to be wrong without evaluating anything is said here.
//!
//! Invariant: nothing is downloaded here, and nothing evaluated that is not fixed when the
//! configuration is loaded.

mod decode;
mod load;
mod model;
mod tree;
mod validate;
mod vars;

pub use load::{
    ConfigSnapshot, DiskLoader, LoadError, LoadOptions, Loaded, MemoryLoader, ModuleLocation,
    ModuleManifest, ModuleRecord, ModuleRequest, SnapshotModule, SourceLoader, StaticScope,
    is_config_dir, load, load_module,
};
pub use model::*;
pub use tree::{Config, ModuleNode, ResolvedProvider};
pub use vars::{VariableDefinition, parse_variable_file};

#[cfg(test)]
mod tests;
