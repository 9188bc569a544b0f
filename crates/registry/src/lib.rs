//! Installing providers and modules: where packages come from, which version is selected, whether a
//! package is the right one, and where it is found again.
//!
//! - [`CliConfig`] is what a user sets for all configurations on a machine, [`CliEnvironment`] what
//!   the command line hands in of its surroundings.
//! - [`Sources`] are the places that packages come from. [`PackageSource`] is the port behind which
//!   registries and network mirrors belong.
//! - [`Locks`] is the dependency lock file, [`PackageHash`] a checksum in it, [`HashMemo`] what
//!   spares hashing unchanged packages at every command.
//! - [`ModuleInstaller`] gets the modules that a configuration calls.
//! - [`install()`] is what `init` does and [`locate()`] what every other command does.
//!
//! Invariant: no text for the terminal and no reading of the environment in this crate. Progress
//! goes out as [`InstallEvent`]s.

mod archive;
mod cli_config;
mod environment;
mod event;
mod files;
mod hash;
mod install;
mod layout;
mod locate;
mod lock_file;
mod locks;
mod memo;
mod mirror;
mod modules;
mod net;
mod network;
mod openpgp;
mod pattern;
mod platform;
mod source;
mod sources;
#[cfg(test)]
mod testing;
mod unpack;

pub use cli_config::{
    CliConfig, Credentials, CredentialsHelper, InstallationMethod, MethodLocation,
    ProviderInstallation, Secret,
};
pub use environment::{CliEnvironment, ConfigLocation};
pub use event::InstallEvent;
pub use hash::{HashScheme, PackageHash};
pub use install::{InstallRequest, Installation, Installed, PROVIDERS_DIR, PluginCache, install};
pub use layout::{find_executable, package_dir};
pub use locate::{LocateRequest, Plugin, locate};
pub use lock_file::{LOCK_FILE_NAME, LockFileChange, LockFileMode, update_lock_file};
pub use locks::{Locks, ProviderLock};
pub use memo::HashMemo;
pub use mirror::FilesystemMirror;
pub use modules::{
    InstalledModule, ModuleError, ModuleEvent, ModuleInstaller, ModuleOrigin, ModuleSettings,
    ModuleWish, ObjectPlace, ObjectSource, RegistryModule, redacted,
};
pub use net::{HttpClient, HttpSettings};
pub use network::NetworkSources;
pub use pattern::ProviderPattern;
pub use platform::Platform;
pub use source::{
    Authentication, LocalOnly, Package, PackageLocation, PackageSource, RemoteSources, SourceError,
};
pub use sources::{Available, SourceRule, Sources};
