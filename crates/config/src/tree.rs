//! The tree of modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::version::{Version, VersionConstraints};
use groma_addrs::{
    self as addrs, AbsProviderConfig, ConfigResource, LocalProviderConfig, Provider,
};
use groma_diag::SourceRange;
use groma_hcl::{BodySchema, Expression};
use groma_value::Str;

use crate::model::{Module, ModuleCall, ModuleSource, ProviderRef, Resource};

/// A whole configuration: the root module and all that it calls. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Config {
    /// The root module.
    pub root: Arc<ModuleNode>,
}

/// A module in its place in the tree. Calls of one directory share its [`Module`].
#[derive(Clone, Debug)]
pub struct ModuleNode {
    /// The names of the calls that lead here.
    pub path: addrs::Module,
    /// Where the module comes from; `None` for the root.
    pub source: Option<ModuleSource>,
    /// The `source` argument of the call.
    pub source_range: Option<SourceRange>,
    /// The installed version, for a module of a registry.
    pub version: Option<Version>,
    /// What is in its directory.
    pub module: Arc<Module>,
    /// The texts of its files by their paths.
    pub files: Arc<BTreeMap<Str, Str>>,
    /// The modules that it calls.
    pub children: BTreeMap<Str, Arc<ModuleNode>>,
    pub(crate) providers: ProviderLinks,
}

/// Where the provider configurations that a module uses come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProviderLinks {
    /// Those that the call hands in: what the module calls it, what the caller calls it.
    pub(crate) passed: BTreeMap<(Provider, Option<Str>), (Provider, ProviderRef)>,
}

/// The provider configuration that a reference leads to.
#[derive(Clone, Debug)]
pub struct ResolvedProvider {
    /// The configuration. It need not be written out: a default configuration in the root module
    /// is taken to be there, and empty.
    pub config: AbsProviderConfig,
    /// Which instance of it, where the configuration has `for_each`, and the module in whose scope
    /// that is to be evaluated.
    pub key: Option<(addrs::Module, Expression)>,
}

impl ModuleNode {
    /// The directory of the module, as `path.module` gives it.
    pub fn source_dir(&self) -> &Str {
        &self.module.source_dir
    }

    /// The module and all below it, callers first.
    pub fn iter(&self) -> impl Iterator<Item = &ModuleNode> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let node = stack.pop()?;
            stack.extend(node.children.values().rev().map(|c| &**c));
            Some(node)
        })
    }

    /// The module below this one at these calls.
    pub fn descendant(&self, names: &[Str]) -> Option<&ModuleNode> {
        names.iter().try_fold(self, |node, name| node.children.get(name).map(|c| &**c))
    }
}

impl Config {
    /// All modules, callers before what they call, in the order of their names.
    pub fn modules(&self) -> impl Iterator<Item = &ModuleNode> {
        self.root.iter()
    }

    /// The module at a path.
    pub fn module(&self, path: &addrs::Module) -> Option<&ModuleNode> {
        self.root.descendant(path.names())
    }

    /// The module at a path, to be held on to.
    pub fn module_arc(&self, path: &addrs::Module) -> Option<&Arc<ModuleNode>> {
        path.names().iter().try_fold(&self.root, |node, name| node.children.get(name))
    }

    /// Whether all that leads to a module, and the module itself, could be loaded, so that what is
    /// not there is not in the configuration.
    pub fn is_whole(&self, path: &addrs::Module) -> bool {
        let mut node = &self.root;
        for name in path.names() {
            if node.module.is_broken() {
                return false;
            }
            match node.children.get(name) {
                Some(child) => node = child,
                None => return !node.module.module_calls.contains_key(name),
            }
        }
        !node.module.is_broken()
    }

    /// The call that made a module; `None` for the root and for what is not there.
    pub fn call(&self, path: &addrs::Module) -> Option<&ModuleCall> {
        let (caller, name) = path.parent()?;
        self.module(&caller)?.module.module_calls.get(name)
    }

    /// A resource anywhere in the configuration.
    pub fn resource(&self, addr: &ConfigResource) -> Option<&Arc<Resource>> {
        self.module(&addr.module)?.module.resources.get(&addr.resource)
    }

    /// The provider that a local name in a module stands for.
    pub fn provider_for(&self, module: &addrs::Module, local_name: &str) -> Provider {
        match self.module(module) {
            Some(node) => node.module.provider_for(local_name),
            None => Provider::implied(local_name),
        }
    }

    /// The provider configuration that a resource uses.
    pub fn provider_of(&self, module: &addrs::Module, resource: &Resource) -> ResolvedProvider {
        let mut resolved =
            self.resolve(module, &resource.provider, resource.provider_config().alias);
        if resolved.key.is_none()
            && let Some(key) = resource.provider_ref.as_ref().and_then(|r| r.key.clone())
        {
            resolved.key = Some((module.clone(), key));
        }
        resolved
    }

    /// The provider configuration that a name in a module leads to: its own, or one that was
    /// handed in or inherited from a caller.
    pub fn resolve_provider(
        &self,
        module: &addrs::Module,
        config: &LocalProviderConfig,
    ) -> ResolvedProvider {
        let provider = self.provider_for(module, &config.local_name);
        self.resolve(module, &provider, config.alias.clone())
    }

    /// The provider configuration for a provider in a module, as [`Config::resolve_provider`]. For
    /// modules that are no longer in the configuration it is that of the nearest caller that is.
    pub fn resolve(
        &self,
        module: &addrs::Module,
        provider: &Provider,
        alias: Option<Str>,
    ) -> ResolvedProvider {
        let mut line = vec![&*self.root];
        for name in module.names() {
            match line.last().and_then(|node| node.children.get(name)) {
                Some(child) => line.push(child),
                None => break,
            }
        }
        let mut wanted = (provider.clone(), alias);
        let mut key = None;
        while let Some(node) = line.pop() {
            if node.has_config(&wanted) {
                return ResolvedProvider { config: absolute(node, wanted), key };
            }
            if let Some((provider, reference)) = node.providers.passed.get(&wanted) {
                if let (Some(expr), Some((caller, _))) = (&reference.key, node.path.parent()) {
                    key = Some((caller, expr.clone()));
                }
                wanted = (provider.clone(), reference.config.alias.clone());
            } else if wanted.1.is_some() || line.is_empty() {
                // Only default configurations are inherited; loading has reported what is missing.
                return ResolvedProvider { config: absolute(node, wanted), key };
            }
        }
        ResolvedProvider { config: absolute(&self.root, wanted), key }
    }

    /// The providers that the configuration requires, and all constraints on their versions.
    pub fn provider_requirements(&self) -> BTreeMap<Provider, VersionConstraints> {
        let mut all: BTreeMap<Provider, VersionConstraints> = BTreeMap::new();
        for node in self.modules() {
            for (provider, constraints) in node.provider_requirements() {
                all.entry(provider).or_default().merge(&constraints);
            }
        }
        all
    }

    /// Whether a `terraform_data` has a `store` block, which early versions did not know.
    pub fn stores_data(&self) -> bool {
        let schema = BodySchema::new().block("store", &[]).block("dynamic", &["type"]);
        let stores = |resource: &Arc<Resource>| {
            let (content, _, _) = resource.config.partial_content(&schema);
            content.blocks.iter().any(|block| {
                &*block.block_type == "store"
                    || block.labels.first().is_some_and(|l| &**l == "store")
            })
        };
        let mut resources = self.modules().flat_map(|node| node.module.resources.values());
        resources.any(|r| &*r.addr.ty == "terraform_data" && r.provider.is_builtin() && stores(r))
    }

    /// The configuration without what modules say of their variables and outputs that nobody should
    /// use any more; with `keep_local` only that of modules from elsewhere is left out.
    pub fn without_deprecations(&self, keep_local: bool) -> Config {
        Config { root: Arc::new(self.root.without_deprecations(keep_local)) }
    }

    /// The texts of all files by their paths.
    pub fn files(&self) -> BTreeMap<Str, Str> {
        let nodes = self.modules();
        nodes.flat_map(|n| n.files.iter().map(|(p, t)| (p.clone(), t.clone()))).collect()
    }

    /// Whether there is not a single configuration file in the root module.
    pub fn has_no_files(&self) -> bool {
        self.root.files.is_empty()
    }
}

fn absolute(node: &ModuleNode, (provider, alias): (Provider, Option<Str>)) -> AbsProviderConfig {
    AbsProviderConfig::new(node.path.clone(), provider, alias)
}

impl ModuleNode {
    fn without_deprecations(&self, keep_local: bool) -> ModuleNode {
        let mut node = self.clone();
        let is_local = matches!(self.source, None | Some(ModuleSource::Local(_)));
        let says_so = self.module.variables.values().any(|v| v.deprecated.is_some())
            || self.module.outputs.values().any(|o| o.deprecated.is_some());
        if says_so && !(keep_local && is_local) {
            let mut module = Module::clone(&self.module);
            module.variables.values_mut().for_each(|variable| variable.deprecated = None);
            module.outputs.values_mut().for_each(|output| output.deprecated = None);
            node.module = Arc::new(module);
        }
        for child in node.children.values_mut() {
            *child = Arc::new(child.without_deprecations(keep_local));
        }
        node
    }

    /// The providers that this module itself requires.
    pub fn provider_requirements(&self) -> BTreeMap<Provider, VersionConstraints> {
        let mut all: BTreeMap<Provider, VersionConstraints> = BTreeMap::new();
        for required in self.module.required_providers.values() {
            let constraints = all.entry(required.provider.clone()).or_default();
            if let Some(version) = &required.version {
                constraints.merge(&version.constraints);
            }
        }
        for config in self.module.provider_configs.values() {
            let constraints = all.entry(config.provider.clone()).or_default();
            if let Some((version, _)) = &config.version {
                constraints.merge(version);
            }
        }
        all
    }

    /// Whether the module has a block for a provider configuration of its own. An empty one for a
    /// provider that the caller hands in is but an outdated way to declare that.
    fn has_config(&self, wanted: &(Provider, Option<Str>)) -> bool {
        self.module.has_provider_config(&wanted.0, wanted.1.as_deref())
            && !self.providers.passed.contains_key(wanted)
    }
}
