//! Module calls and provider configurations.

use std::fmt;

use groma_addrs::version::VersionConstraints;
use groma_addrs::{LocalProviderConfig, PackageAddress, Provider};
use groma_diag::SourceRange;
use groma_hcl::{Body, Expression, Traversal};
use groma_value::Str;

/// A `module` block.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// The name.
    pub name: Str,
    /// The `source` argument.
    pub source: Option<Expression>,
    /// The `version` argument.
    pub version: Option<Expression>,
    /// The values for the module's variables.
    pub config: Body,
    /// `count`
    pub count: Option<Expression>,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// `lifecycle { enabled }`
    pub enabled: Option<Expression>,
    /// The `providers` argument.
    pub providers: Vec<PassedProvider>,
    /// Whether the `providers` argument is there, be it empty.
    pub providers_set: bool,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// Where `depends_on` stands.
    pub depends_on_range: Option<SourceRange>,
    /// The block's type and label.
    pub decl_range: SourceRange,
}

impl ModuleCall {
    /// Whether it may have more or fewer instances than the one without a key.
    pub fn is_repeated(&self) -> bool {
        self.count.is_some() || self.for_each.is_some() || self.enabled.is_some()
    }

    /// The source as it is written, where it is a plain string.
    pub fn source_text(&self) -> Option<&Str> {
        self.source.as_ref()?.as_string_literal()
    }
}

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// A directory relative to that of the calling module: begins with `./` or `../`.
    Local(Str),
    /// A module in a registry.
    Registry(RegistrySource),
    /// Whatever else: a version control system, an archive, an absolute path.
    Remote(PackageAddress),
}

/// A module in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrySource {
    /// The registry's host name.
    pub hostname: Str,
    /// The namespace.
    pub namespace: Str,
    /// The module's name.
    pub name: Str,
    /// The system that it is made for.
    pub system: Str,
    /// A directory within the module's package.
    pub subdir: Option<Str>,
}

/// The source as the manifest of installed modules writes it.
impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModuleSource::Local(text) => f.write_str(text),
            ModuleSource::Remote(address) => address.fmt(f),
            ModuleSource::Registry(source) => source.fmt(f),
        }
    }
}

impl fmt::Display for RegistrySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.hostname, self.namespace, self.name, self.system)?;
        match &self.subdir {
            Some(subdir) => write!(f, "//{subdir}"),
            None => Ok(()),
        }
    }
}

/// One entry of a module call's `providers`.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    /// What the called module calls it.
    pub in_child: ProviderRef,
    /// What the calling module calls it.
    pub in_parent: ProviderRef,
    /// The provider that the name in the calling module stands for.
    pub parent_provider: Provider,
}

/// A reference to a provider configuration.
#[derive(Clone, Debug)]
pub struct ProviderRef {
    /// Name and alias.
    pub config: LocalProviderConfig,
    /// Which instance of a configuration with `for_each`.
    pub key: Option<Expression>,
    /// Where the name stands.
    pub name_range: SourceRange,
    /// Where the whole reference stands.
    pub range: SourceRange,
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// The module's name for the provider, and which configuration of it this is.
    pub config_name: LocalProviderConfig,
    /// The provider.
    pub provider: Provider,
    /// What is for the provider.
    pub config: Body,
    /// `for_each`
    pub for_each: Option<Expression>,
    /// The outdated `version` argument.
    pub version: Option<(VersionConstraints, SourceRange)>,
    /// The block's type and label.
    pub decl_range: SourceRange,
    /// The label.
    pub name_range: SourceRange,
    /// The `alias` expression.
    pub alias_range: Option<SourceRange>,
}

impl ProviderConfig {
    /// The module's name for the provider.
    pub fn name(&self) -> &Str {
        &self.config_name.local_name
    }

    /// Which configuration it is.
    pub fn alias(&self) -> Option<&Str> {
        self.config_name.alias.as_ref()
    }
}
