//! The CLI configuration: what a user sets for all configurations on a machine.
//!
//! The source text of these files is not handed out with diagnostics, because it may contain
//! credentials that a snippet would show.

mod decode;
mod load;
mod syntax;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use groma_addrs::Provider;
use groma_diag::Diagnostic;

use crate::install::PluginCache;
use crate::pattern::ProviderPattern;

/// The settings of a machine's user.
#[derive(Clone, Debug, Default)]
pub struct CliConfig {
    /// How providers are installed, where that is said.
    pub provider_installation: Option<ProviderInstallation>,
    /// The folder that packages are shared in between configurations.
    pub plugin_cache_dir: Option<PathBuf>,
    /// Whether a package of that folder may be used though the lock file has no checksum for it.
    pub plugin_cache_may_break_dependency_lock_file: bool,
    /// Whether the native providers that come with Groma are left alone:
    /// `native_providers = false`.
    pub released_providers_only: bool,
    /// Whether nobody wants to be told of new versions.
    pub disable_checkpoint: bool,
    /// Whether that question must go out without an identifier.
    pub disable_checkpoint_signature: bool,
    /// What services on hosts ask for, by host name.
    pub credentials: BTreeMap<String, Credentials>,
    /// A program that keeps credentials.
    pub credentials_helper: Option<CredentialsHelper>,
    /// Where services of a host are, in place of what the host says: by host name, then service.
    pub hosts: BTreeMap<String, BTreeMap<String, String>>,
}

/// The content of a `provider_installation` block.
#[derive(Clone, Debug, Default)]
pub struct ProviderInstallation {
    /// Where packages come from, the most important first.
    pub methods: Vec<InstallationMethod>,
    /// Folders with plugins under development, used in place of any installed version.
    pub dev_overrides: BTreeMap<Provider, PathBuf>,
}

/// One installation method.
#[derive(Clone, Debug)]
pub struct InstallationMethod {
    /// What kind of place it is.
    pub location: MethodLocation,
    /// The providers that it is for; none means all.
    pub include: Vec<ProviderPattern>,
    /// The providers that it is not for.
    pub exclude: Vec<ProviderPattern>,
}

/// The place of an installation method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodLocation {
    /// `direct`: the registry that a provider's address names.
    Direct,
    /// `filesystem_mirror`: a folder.
    FilesystemMirror(PathBuf),
    /// `network_mirror`: a URL.
    NetworkMirror(String),
    /// `oci_mirror`, which other engines know.
    OciMirror,
}

/// What a service asks for.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The bearer token.
    pub token: Option<Secret>,
    /// Other properties.
    pub other: BTreeMap<String, Secret>,
}

/// A program that keeps credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsHelper {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A text that no log may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown by accident.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for its one use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl CliConfig {
    /// The folders of plugins under development.
    pub fn dev_overrides(&self) -> BTreeMap<Provider, PathBuf> {
        self.provider_installation
            .as_ref()
            .map(|installation| installation.dev_overrides.clone())
            .unwrap_or_default()
    }

    /// The folder that packages are shared in, and how far it is trusted.
    pub fn plugin_cache(&self) -> Option<PluginCache> {
        let dir = self.plugin_cache_dir.clone()?;
        let may_break_lock_file = self.plugin_cache_may_break_dependency_lock_file;
        Some(PluginCache { dir, may_break_lock_file })
    }

    /// A warning for each command where plugins under development are used; `init` has its own.
    pub fn dev_overrides_warning(&self, init: bool) -> Option<Diagnostic> {
        let overrides = self.dev_overrides();
        if overrides.is_empty() {
            return None;
        }
        let mut detail = String::from(
            "The following provider development overrides are set in the CLI configuration:\n",
        );
        for (provider, path) in overrides {
            detail += &format!(" - {} in {}\n", provider.for_display(), path.display());
        }
        detail += if init {
            "\nThese providers need no installation: groma init passes them over, and the other commands use the plugins in these folders whatever the dependency lock file says."
        } else {
            "\nThese plugins may behave otherwise than any released version, and applying changes with them may leave a state that no released version can read."
        };
        Some(Diagnostic::warning("Provider development overrides are in effect", detail))
    }
}
