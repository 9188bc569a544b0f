//! A module: the content of one directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::version::VersionConstraints;
use groma_addrs::{self as addrs, LocalProviderConfig, Provider, ResourceMode};
use groma_diag::SourceRange;
use groma_hcl::Body;
use groma_value::Str;

use super::{
    Action, Check, Import, List, Local, ModuleCall, Moved, Output, ProviderConfig, Removed,
    Resource, Variable,
};

/// The content of one directory of configuration files.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The directory, as it is shown to users; `.` for the root.
    pub source_dir: Str,
    /// The `variable` blocks.
    pub variables: BTreeMap<Str, Variable>,
    /// The local values.
    pub locals: BTreeMap<Str, Local>,
    /// The `output` blocks.
    pub outputs: BTreeMap<Str, Output>,
    /// The resources of all modes, those inside `check` blocks too.
    pub resources: BTreeMap<addrs::Resource, Arc<Resource>>,
    /// The `module` blocks.
    pub module_calls: BTreeMap<Str, ModuleCall>,
    /// The `provider` blocks.
    pub provider_configs: BTreeMap<LocalProviderConfig, ProviderConfig>,
    /// The providers by the names that this module has for them: those of `required_providers`,
    /// and those that are implied by their use.
    pub required_providers: BTreeMap<Str, RequiredProvider>,
    /// `required_version`
    pub required_versions: Vec<RequiredVersion>,
    /// The `backend` block.
    pub backend: Option<Backend>,
    /// The `cloud` block.
    pub cloud: Option<Cloud>,
    /// The `encryption` block.
    pub encryption: Option<(Body, SourceRange)>,
    /// The `provider_meta` blocks.
    pub provider_meta: BTreeMap<Provider, ProviderMeta>,
    /// The `check` blocks.
    pub checks: BTreeMap<Str, Check>,
    /// The `moved` blocks.
    pub moved: Vec<Moved>,
    /// The `import` blocks.
    pub imports: Vec<Import>,
    /// The `removed` blocks.
    pub removed: Vec<Removed>,
    /// The `action` blocks.
    pub actions: BTreeMap<addrs::Action, Arc<Action>>,
    /// The `list` blocks, of query files.
    pub lists: BTreeMap<(Str, Str), Arc<List>>,
    /// The parts of its files that could not be read: blocks with errors of syntax in them, or
    /// whole files. What stands in them may be missing here.
    pub unread: Vec<Unread>,
}

/// A part of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub filename: Arc<str>,
    /// Where in the file.
    pub bytes: std::ops::Range<u32>,
    /// What stands there, if the file could be read at all.
    pub text: Option<Str>,
}

impl Unread {
    /// Whether a place is in this part.
    pub fn covers(&self, place: &SourceRange) -> bool {
        *self.filename == *place.filename
            && self.bytes.start <= place.end.byte
            && place.start.byte <= self.bytes.end
    }

    fn mentions(&self, name: &str) -> bool {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let Some(text) = &self.text else { return true };
        text.split(|c| !part(c)).any(|word| word == name)
    }
}

impl Module {
    /// Whether not all of its files could be read.
    pub fn is_broken(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Whether something that is not here may stand where the files could not be read.
    pub fn may_declare(&self, name: &str) -> bool {
        self.unread.iter().any(|part| part.mentions(name))
    }
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The module's name for it.
    pub name: Str,
    /// The `source` as it is written.
    pub source: Option<Str>,
    /// The provider.
    pub provider: Provider,
    /// `version`
    pub version: Option<VersionRequirement>,
    /// `configuration_aliases`
    pub configuration_aliases: Vec<LocalProviderConfig>,
    /// Where the entry stands; what uses the provider where the entry is implied.
    pub decl_range: SourceRange,
    /// Whether there is no such entry, and the provider is required by being used.
    pub implied: bool,
}

/// A version constraint and its place.
#[derive(Clone, Debug)]
pub struct VersionRequirement {
    /// The constraints.
    pub constraints: VersionConstraints,
    /// The text as it is written.
    pub text: Str,
    /// Where it stands.
    pub range: SourceRange,
}

/// A `required_version` argument.
pub type RequiredVersion = VersionRequirement;

/// A `backend` block.
#[derive(Clone, Debug)]
pub struct Backend {
    /// `s3`, `local`, …
    pub kind: Str,
    /// Its arguments.
    pub config: Body,
    /// The block's type and label.
    pub decl_range: SourceRange,
    /// The label.
    pub kind_range: SourceRange,
}

/// A `cloud` block.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Its arguments.
    pub config: Body,
    /// The block's type.
    pub decl_range: SourceRange,
}

/// A `provider_meta` block.
#[derive(Clone, Debug)]
pub struct ProviderMeta {
    /// The module's name for the provider.
    pub name: Str,
    /// The provider.
    pub provider: Provider,
    /// Its arguments.
    pub config: Body,
    /// The block's type and label.
    pub decl_range: SourceRange,
}

impl Module {
    /// The provider that a local name stands for, whether it is declared or not.
    pub fn provider_for(&self, local_name: &str) -> Provider {
        match self.required_providers.get(local_name) {
            Some(required) => required.provider.clone(),
            None => Provider::implied(local_name),
        }
    }

    /// Whether there is a `provider` block for this provider and alias.
    pub fn has_provider_config(&self, provider: &Provider, alias: Option<&str>) -> bool {
        self.provider_configs
            .values()
            .any(|c| c.provider == *provider && c.alias().map(|a| &**a) == alias)
    }

    /// The declared local name of a provider; of several the first.
    pub fn local_name_of(&self, provider: &Provider) -> Option<&Str> {
        self.required_providers.values().find(|r| r.provider == *provider).map(|r| &r.name)
    }

    /// The resource that a text declares, as if the text were one of the module's files.
    pub fn resource_from_text(
        &self,
        filename: &str,
        text: &str,
    ) -> (Option<Resource>, groma_diag::Diagnostics) {
        crate::decode::decode_written(filename, text, self)
    }

    /// A resource by its address.
    pub fn resource(&self, addr: &addrs::Resource) -> Option<&Arc<Resource>> {
        self.resources.get(addr)
    }

    /// The resources of one mode in the order of their addresses.
    pub fn resources_of(&self, mode: ResourceMode) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values().filter(move |r| r.addr.mode == mode)
    }

    /// Whether nothing is declared in it.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
            && self.locals.is_empty()
            && self.outputs.is_empty()
            && self.resources.is_empty()
            && self.module_calls.is_empty()
            && self.provider_configs.is_empty()
    }
}
