//! Installing modules: finding out which package holds a module, and getting it into the folder of
//! installed modules.
//!
//! A [`ModuleInstaller`] does it for one command. Sources are resolved texts here: whoever asks has
//! evaluated them. The same package is got once, and copied for whoever else wants it; what has
//! been found out about a registry's host or module is not asked again.

mod fetch;
mod installer;
mod redact;
mod registry;
mod subdir;

pub use fetch::{ObjectPlace, ObjectSource};
pub use installer::{
    InstalledModule, ModuleError, ModuleEvent, ModuleInstaller, ModuleOrigin, ModuleSettings,
    ModuleWish, RegistryModule,
};
pub use redact::redacted;
