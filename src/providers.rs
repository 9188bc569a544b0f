//! The providers of a command: which plugins there are, and how they come to life.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use groma_addrs::Provider as Address;
use groma_addrs::version::VersionConstraints;
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{Alarm, BuiltinProvider, ProviderFactory, ProviderPool, SchemaLibrary};
use groma_plan::ProviderLock;
use groma_plugin::{Launch, Plugin, SchemaCache, parse_reattach};
use groma_provider::{Joint, Provider};
use groma_registry::{HashMemo, LocateRequest, Platform, locate};
use groma_state::State;

use crate::native::{self, Chosen};
use crate::remote_state::Backends;
use crate::session::Session;

/// The plugins that a command may start.
pub(crate) struct Plugins {
    plugins: BTreeMap<Address, Arc<Plugin>>,
    /// Those that take the place of the others or stand before them.
    natives: BTreeMap<Address, Arc<Plugin>>,
    /// The exact packages.
    locks: Vec<ProviderLock>,
    /// Whether a `terraform_data` has a `store` block.
    stores: bool,
}

/// The providers that are needed, and the constraints on their versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Required {
    providers: BTreeMap<Address, VersionConstraints>,
    /// Whether a `terraform_data` has a `store` block.
    stores: bool,
}

impl std::ops::Deref for Required {
    type Target = BTreeMap<Address, VersionConstraints>;

    fn deref(&self) -> &Self::Target {
        &self.providers
    }
}

impl std::ops::DerefMut for Required {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.providers
    }
}

/// The providers that a configuration and a state need, and the constraints on their versions.
pub(crate) fn required(config: Option<&Config>, states: &[&State]) -> Required {
    let mut providers = config.map(Config::provider_requirements).unwrap_or_default();
    let mut stores = config.is_some_and(Config::stores_data);
    for (addr, resource) in states.iter().flat_map(|state| &state.resources) {
        if !providers.contains_key(&resource.provider.provider) {
            providers.insert(resource.provider.provider.clone(), VersionConstraints::any());
        }
        stores = stores || &*addr.resource.ty == "terraform_data" && has_stores(resource);
    }
    Required { providers, stores }
}

/// Whether a stored `terraform_data` has a `store` block.
fn has_stores(resource: &groma_state::ResourceState) -> bool {
    let current = resource.instances.values().filter_map(|instance| instance.current.as_ref());
    current.filter_map(|object| object.attributes.as_json()).any(|json| {
        let part = b"\"store\":{";
        json.windows(part.len()).any(|window| window == part)
    })
}

/// The providers that run already, by their addresses.
pub(crate) fn attached(
    session: &Session,
) -> Result<BTreeMap<Address, groma_plugin::Reattach>, Diagnostics> {
    let invalid = |why: String| {
        let detail =
            format!("The environment variable TF_REATTACH_PROVIDERS cannot be used: {why}.");
        Diagnostics::from(Diagnostic::error("Failed to parse TF_REATTACH_PROVIDERS", detail))
    };
    let parsed = parse_reattach(&session.settings.reattach).map_err(|e| invalid(e.to_string()))?;
    parsed
        .into_iter()
        .map(|(name, reattach)| Ok((Address::parse(&name).map_err(invalid)?, reattach)))
        .collect()
}

impl Plugins {
    /// Finds the plugins of these providers, checked against the lock file.
    pub(crate) fn find(session: &Session, required: &Required) -> Result<Plugins, Diagnostics> {
        let stores = required.stores;
        if required.keys().all(Address::is_builtin) {
            let (plugins, natives) = (BTreeMap::new(), BTreeMap::new());
            return Ok(Plugins { plugins, natives, locks: Vec::new(), stores });
        }
        let attached = attached(session)?;
        let dev_overrides = session.cli_config.dev_overrides();
        if required.keys().any(|p| dev_overrides.contains_key(p))
            && let Some(warning) = session.cli_config.dev_overrides_warning(false)
        {
            session.ui.warnings(warning.into());
        }
        let locks = session.locks()?;
        let data_dir = &session.settings.data_dir;
        let mut natives = native::chosen(session);
        natives
            .retain(|address, _| required.contains_key(address) && !attached.contains_key(address));
        let alone = natives.iter().filter(|(_, native)| native.alone).map(|(address, _)| address);
        let request = LocateRequest {
            required,
            locks: &locks,
            data_dir,
            dev_overrides: &dev_overrides,
            attached: &attached.keys().chain(alone).cloned().collect::<BTreeSet<_>>(),
            platform: &Platform::current(),
            memo: &HashMemo::open(data_dir),
        };
        let (found, diagnostics) = locate(&request);
        let (found, warnings) = diagnostics.into_result(found)?;
        session.ui.warnings(warnings);
        let mut plugins = BTreeMap::new();
        let mut used = Vec::new();
        for (address, reattach) in attached {
            let plugin = Plugin::reattached(address.to_string(), reattach);
            plugins.insert(address, plugin);
        }
        let directory = cache_dir(session);
        for (address, found) in found {
            let cache = found.hash.as_ref().map(|hash| SchemaCache {
                directory: directory.clone(),
                key: format!("{address} {hash}"),
            });
            if let (Some(version), Some(hash)) = (&found.version, &found.hash) {
                used.push(ProviderLock {
                    provider: address.clone(),
                    version: version.to_string(),
                    hashes: vec![hash.to_string()],
                });
            }
            let executable = std::path::absolute(&found.executable).unwrap_or(found.executable);
            let plugin = Plugin::launched(address.to_string(), Launch::new(executable), cache);
            plugins.insert(address, plugin);
        }
        let natives = natives.into_iter();
        let natives = natives.map(|(address, native)| {
            used.push(native_lock(&address, &native));
            let plugin = native.plugin(session, &address);
            (address, plugin)
        });
        let natives = natives.collect();
        Ok(Plugins { plugins, natives, locks: used, stores })
    }

    /// The packages, for a saved plan.
    pub(crate) fn locks(&self) -> &[ProviderLock] {
        &self.locks
    }

    /// An error where these are not the packages that a plan was made with.
    pub(crate) fn check_against(&self, recorded: &[ProviderLock]) -> Result<(), Diagnostics> {
        let mut problems = String::new();
        for lock in recorded {
            match self
                .locks
                .iter()
                .find(|ours| ours.provider == lock.provider && is_native(ours) == is_native(lock))
            {
                // Under development or running already: whoever does that knows.
                None if self.plugins.contains_key(&lock.provider) && !is_native(lock) => {}
                None => {
                    problems += &format!("  - provider {}: not needed any more\n", lock.provider)
                }
                Some(ours) if ours.version != lock.version => {
                    problems += &format!(
                        "  - provider {}: {} is selected, and the plan was made with {}\n",
                        lock.provider, ours.version, lock.version
                    );
                }
                Some(ours) if ours.hashes != lock.hashes => {
                    problems += &format!(
                        "  - provider {}: another package of {} is installed than the plan was made with\n",
                        lock.provider, ours.version
                    );
                }
                Some(_) => {}
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "The installed providers are not those that the saved plan was made with:\n{problems}\nA saved plan can be applied with the very same providers only. Create a new plan from the updated selections."
        );
        Err(Diagnostic::error("Inconsistent dependency lock file", detail).into())
    }

    /// The providers, none of them open yet.
    pub(crate) fn into_pool(self) -> ProviderPool {
        let pool = ProviderPool::new(Arc::new(Factory {
            plugins: self.plugins,
            natives: self.natives,
            stores: self.stores,
        }));
        pool.with_alarm(Arc::new(Clock))
    }
}

/// Whether a saved plan means a native provider by it.
fn is_native(lock: &ProviderLock) -> bool {
    lock.hashes.iter().any(|hash| hash.starts_with(native::HASH_SCHEME))
}

/// A native provider as saved plans record it.
fn native_lock(address: &Address, native: &Chosen) -> ProviderLock {
    ProviderLock {
        provider: address.clone(),
        version: native.version.clone(),
        hashes: vec![native.hash()],
    }
}

/// Where schemas are kept between commands.
pub(crate) fn cache_dir(session: &Session) -> PathBuf {
    let environment = &session.environment;
    let xdg = environment.variables.get("XDG_CACHE_HOME").map(PathBuf::from);
    let base = xdg
        .filter(|path| path.is_absolute())
        .or_else(|| environment.home.as_ref().map(|home| home.join(".cache")));
    match base {
        Some(base) => base.join("groma/schemas"),
        None => session.settings.data_dir.join("groma-schemas"),
    }
}

/// Tells the engine when it is time.
struct Clock;

/// The shortest wait.
const MOMENT: std::time::Duration = std::time::Duration::from_secs(1);

#[async_trait]
impl Alarm for Clock {
    async fn at(&self, seconds: i64) {
        let now = jiff::Timestamp::now().as_second();
        let wait = u64::try_from(seconds.saturating_sub(now)).unwrap_or_default();
        tokio::time::sleep(std::time::Duration::from_secs(wait).max(MOMENT)).await;
    }
}

struct Factory {
    plugins: BTreeMap<Address, Arc<Plugin>>,
    stores: bool,
    natives: BTreeMap<Address, Arc<Plugin>>,
}

#[async_trait]
impl ProviderFactory for Factory {
    async fn open(&self, address: &Address) -> Result<Arc<dyn Provider>, Diagnostics> {
        if address.is_builtin() {
            let new_id = || uuid::Uuid::new_v4().to_string();
            let builtin = BuiltinProvider::new(new_id, Arc::new(Backends));
            return Ok(Arc::new(builtin.with_stores(self.stores)));
        }
        match (self.natives.get(address), self.plugins.get(address)) {
            (Some(native), Some(plugin)) => {
                Ok(Arc::new(Joint::new(Arc::new(native.instance()), Arc::new(plugin.instance()))))
            }
            (Some(plugin), None) | (None, Some(plugin)) => Ok(Arc::new(plugin.instance())),
            (None, None) => {
                let detail = format!(
                    "The provider {address} is needed, and no plugin of it is installed. Run \"groma init\" to install it."
                );
                Err(Diagnostic::error("Required plugins are not installed", detail).into())
            }
        }
    }
}

/// The schemas of these providers, as far as they can be had, and why others cannot.
pub(crate) async fn schemas_found(
    pool: &ProviderPool,
    required: &BTreeMap<Address, VersionConstraints>,
) -> (SchemaLibrary, Diagnostics) {
    let mut library = SchemaLibrary::default();
    let mut diagnostics = Diagnostics::new();
    for provider in required.keys() {
        let found = diagnostics.take(pool.schemas([provider.clone()]).await);
        let found = found.unwrap_or_default();
        for (provider, schemas) in found.iter() {
            library.insert(provider.clone(), schemas.clone());
        }
    }
    (library, diagnostics)
}

/// The schemas of these providers, for what shows objects.
pub(crate) async fn schemas(
    pool: &ProviderPool,
    required: &BTreeMap<Address, VersionConstraints>,
) -> Result<SchemaLibrary, Diagnostics> {
    pool.schemas(required.keys().cloned()).await
}
