//! The providers of a run: each configuration opened once, when it is first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use groma_addrs::{AbsProviderConfig, InstanceKey, Provider as ProviderAddr};
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::Provider;
use groma_value::Value;

use crate::ephemeral::{Alarm, OpenedSet, Silent};
use crate::schemas::SchemaLibrary;

/// Who makes providers. Every provider made is independent of the others, and should cost nothing
/// before it is first asked something.
#[async_trait]
pub trait ProviderFactory: Send + Sync {
    /// A provider that has not been configured.
    async fn open(&self, provider: &ProviderAddr) -> Result<Arc<dyn Provider>, Diagnostics>;
}

/// That there is no such provider; `keyed` if there may be other instances of its configuration.
fn missing(config: &AbsProviderConfig, keyed: bool) -> Diagnostic {
    if !keyed {
        let detail = format!(
            "The provider configuration {config} has not been opened. This is a bug in Groma; please report it."
        );
        return Diagnostic::error("Provider configuration not present", detail);
    }
    let detail = format!(
        "The provider instance {config} is needed, and the for_each of its configuration has no such key. Where objects in the state still belong to it, keep its key in the for_each of the provider configuration until they are destroyed: that collection has to outlive the resources by one apply, and so must not be the very one that the resources are made from."
    );
    Diagnostic::error("Provider instance not present", detail)
}

/// The providers of a run, and the ephemeral resources that they have opened for it.
#[derive(Clone)]
pub struct ProviderPool {
    factory: Arc<dyn ProviderFactory>,
    unconfigured: Arc<tokio::sync::Mutex<BTreeMap<ProviderAddr, Arc<dyn Provider>>>>,
    configured: Arc<Mutex<HashMap<AbsProviderConfig, Opened>>>,
    opened: Arc<OpenedSet>,
    alarm: Arc<dyn Alarm>,
    /// Those whose functions have been called. They are open for something else, too.
    called: Arc<Mutex<BTreeMap<ProviderAddr, Arc<dyn Provider>>>>,
}

/// A provider that belongs to a configuration.
struct Opened {
    provider: Arc<dyn Provider>,
    /// What it was configured with, if that went well.
    config: Option<Value>,
}

impl ProviderPool {
    /// A pool in which no provider is open.
    pub fn new(factory: Arc<dyn ProviderFactory>) -> ProviderPool {
        ProviderPool {
            factory,
            unconfigured: Arc::default(),
            configured: Arc::default(),
            opened: Arc::default(),
            alarm: Arc::new(Silent),
            called: Arc::default(),
        }
    }

    /// The pool with an alarm, by which ephemeral resources are renewed when it is time. Without
    /// one they are not.
    pub fn with_alarm(self, alarm: Arc<dyn Alarm>) -> ProviderPool {
        ProviderPool { alarm, ..self }
    }

    /// The ephemeral resources that are open.
    pub(crate) fn opened(&self) -> &OpenedSet {
        &self.opened
    }

    /// Who waits for points in time.
    pub(crate) fn alarm(&self) -> &Arc<dyn Alarm> {
        &self.alarm
    }

    /// A provider for what needs no configuration: schemas, validation, functions. The first
    /// configuration of the provider takes it over, so that one process serves for both.
    pub async fn unconfigured(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Arc<dyn Provider>, Diagnostics> {
        let mut map = self.unconfigured.lock().await;
        if let Some(open) = map.get(provider) {
            return Ok(open.clone());
        }
        let open = self.factory.open(provider).await?;
        map.insert(provider.clone(), open.clone());
        Ok(open)
    }

    /// A provider whose functions are to be called: one that is open already, if there is.
    pub(crate) async fn for_functions(
        &self,
        provider: &ProviderAddr,
    ) -> Result<Arc<dyn Provider>, Diagnostics> {
        if let Some(called) = lock(&self.called).get(provider) {
            return Ok(called.clone());
        }
        let mut configured: Vec<_> = self
            .lock()
            .iter()
            .filter(|(config, _)| config.provider == *provider)
            .map(|(config, opened)| (config.to_string(), opened.provider.clone()))
            .collect();
        configured.sort_by(|(a, _), (b, _)| a.cmp(b));
        let open = match configured.into_iter().next() {
            Some((_, open)) => open,
            None => self.unconfigured(provider).await?,
        };
        lock(&self.called).insert(provider.clone(), open.clone());
        Ok(open)
    }

    /// The schemas of these providers.
    pub async fn schemas(
        &self,
        providers: impl IntoIterator<Item = ProviderAddr>,
    ) -> Result<SchemaLibrary, Diagnostics> {
        let mut library = SchemaLibrary::default();
        let mut diagnostics = Diagnostics::new();
        for addr in providers {
            let schemas = match self.unconfigured(&addr).await {
                Ok(provider) => provider.schemas().await,
                Err(diagnostics) => Err(diagnostics),
            };
            if let Some(schemas) = diagnostics.take(schemas) {
                library.insert(addr, schemas);
            }
        }
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(library) }
    }

    /// A provider for one configuration, not configured yet.
    pub(crate) async fn open(
        &self,
        config: &AbsProviderConfig,
    ) -> Result<Arc<dyn Provider>, Diagnostics> {
        let waiting = self.unconfigured.lock().await.remove(&config.provider);
        let open = match waiting {
            Some(open) => open,
            None => self.factory.open(&config.provider).await?,
        };
        let opened = Opened { provider: open.clone(), config: None };
        let earlier = self.lock().insert(config.clone(), opened);
        if let Some(earlier) = earlier {
            lock(&self.called).retain(|_, called| !Arc::ptr_eq(called, &earlier.provider));
            earlier.provider.close().await;
        }
        Ok(open)
    }

    /// Whether the provider of a configuration has been configured with these very values, as it
    /// may have been while planning.
    pub(crate) fn is_configured(&self, config: &AbsProviderConfig, values: &Value) -> bool {
        self.lock().get(config).is_some_and(|opened| opened.config.as_ref() == Some(values))
    }

    /// Notes that the provider of a configuration has been configured.
    pub(crate) fn set_configured(&self, config: &AbsProviderConfig, values: Value) {
        if let Some(opened) = self.lock().get_mut(config) {
            opened.config = Some(values);
        }
    }

    /// The provider of a configuration that has been opened.
    pub(crate) fn get(&self, config: &AbsProviderConfig) -> Result<Arc<dyn Provider>, Diagnostics> {
        let opened = self.lock();
        if let Some(opened) = opened.get(config) {
            return Ok(opened.provider.clone());
        }
        let keyed = config.key != InstanceKey::None || opened.keys().any(|o| o.is_same(config));
        Err(missing(config, keyed).into())
    }

    /// Asks all open providers to end soon what they are doing.
    pub async fn stop(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for provider in self.all().await {
            diagnostics.extend(provider.stop().await);
        }
        diagnostics
    }

    /// Ends all providers. Ephemeral resources that are still open, since work was given up, are
    /// closed first.
    pub async fn close(&self) {
        for diagnostic in self.opened.close_all().await {
            tracing::warn!(summary = %diagnostic.summary, "closing an ephemeral resource");
        }
        let all = self.all().await;
        futures::future::join_all(all.iter().map(|p| p.close())).await;
        self.lock().clear();
        lock(&self.called).clear();
        self.unconfigured.lock().await.clear();
    }

    async fn all(&self) -> Vec<Arc<dyn Provider>> {
        let mut all: Vec<Arc<dyn Provider>> =
            self.unconfigured.lock().await.values().cloned().collect();
        all.extend(self.lock().values().map(|opened| opened.provider.clone()));
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AbsProviderConfig, Opened>> {
        lock(&self.configured)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
