//! Loading: from a directory to the tree of modules.

mod build;
mod disk;
mod files;
mod manifest;
mod module_source;
mod paths;
mod snapshot;
mod source;
mod statics;

pub use build::{LoadOptions, Loaded, load, load_module};
pub use disk::DiskLoader;
pub use files::is_config_dir;
pub use manifest::{ModuleManifest, ModuleRecord};
pub use snapshot::{ConfigSnapshot, SnapshotModule};
pub use source::{LoadError, MemoryLoader, ModuleLocation, ModuleRequest, SourceLoader};
pub use statics::StaticScope;
