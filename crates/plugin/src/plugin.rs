//! Plugins, and the provider that a plugin's process is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::tfplugin6 as wire;
use groma_schema::{ProviderSchemas as _, Schema};
use tokio::sync::OnceCell;

use crate::cache::SchemaCache;
use crate::connection::Connection;
use crate::error::StartError;
use crate::method::{GET_PROVIDER_SCHEMA, GET_RESOURCE_IDENTITY_SCHEMAS};
use crate::process::Launch;
use crate::reattach::Reattach;
use crate::schemas::PluginSchemas;
use crate::shared::Shared;

/// A provider's plugin, of which any number of processes can run.
#[derive(Debug)]
pub struct Plugin {
    name: Arc<str>,
    origin: Origin,
    cache: Option<SchemaCache>,
    schemas: OnceCell<Arc<PluginSchemas>>,
    native: Option<Native>,
}

/// What is special about a plugin that comes with Groma.
#[derive(Debug)]
struct Native {
    about_missing: Option<&'static str>,
    shared: Shared,
}

#[derive(Debug)]
enum Origin {
    Launch(Launch),
    Reattach(Reattach),
}

impl Plugin {
    /// A plugin that is started when it is needed. The name is the provider's source address, for
    /// messages. With a cache, its schemas are looked up there.
    pub fn launched(
        name: impl Into<Arc<str>>,
        launch: Launch,
        cache: Option<SchemaCache>,
    ) -> Arc<Plugin> {
        Arc::new(Plugin::new(name.into(), Origin::Launch(launch), cache))
    }

    /// A plugin that comes with Groma, and takes another's place: one process of it serves any
    /// number of configurations. Where types are missing that the other has, a sentence says what
    /// to do about that.
    pub fn native(
        name: impl Into<Arc<str>>,
        launch: Launch,
        cache: Option<SchemaCache>,
        about_missing: Option<&'static str>,
    ) -> Arc<Plugin> {
        let plugin = Plugin::new(name.into(), Origin::Launch(launch), cache);
        let native = Native { about_missing, shared: Shared::default() };
        Arc::new(Plugin { native: Some(native), ..plugin })
    }

    /// A plugin that runs already, and goes on running when we are done.
    pub fn reattached(name: impl Into<Arc<str>>, reattach: Reattach) -> Arc<Plugin> {
        Arc::new(Plugin::new(name.into(), Origin::Reattach(reattach), None))
    }

    fn new(name: Arc<str>, origin: Origin, cache: Option<SchemaCache>) -> Plugin {
        Plugin { name, origin, cache, schemas: OnceCell::new(), native: None }
    }

    async fn start(&self) -> Result<Connection, StartError> {
        match &self.origin {
            Origin::Launch(launch) => Connection::launch(launch, &self.name).await,
            Origin::Reattach(reattach) => Connection::reattach(reattach, &self.name).await,
        }
    }

    /// A provider that this plugin serves, in a process of its own unless it is a native one; it
    /// starts when it is first needed. All of them share their schemas.
    pub fn instance(self: &Arc<Self>) -> PluginProvider {
        PluginProvider {
            plugin: self.clone(),
            connection: OnceCell::new(),
            schema_asked: OnceCell::new(),
            closed: AtomicBool::new(false),
        }
    }
}

/// A provider served by a plugin: one process at most, started when it is first needed.
#[derive(Debug)]
pub struct PluginProvider {
    plugin: Arc<Plugin>,
    connection: OnceCell<Result<Connection, StartError>>,
    /// Set when the process has been asked for its schema, which many plugins depend on.
    schema_asked: OnceCell<()>,
    closed: AtomicBool,
}

/// A process that can be asked anything, and what it speaks of.
pub(crate) struct Ready<'a> {
    pub(crate) name: &'a str,
    pub(crate) connection: &'a Connection,
    pub(crate) schemas: &'a PluginSchemas,
}

impl PluginProvider {
    /// A provider in a process of its own; see [`Plugin::launched`].
    pub fn new(
        name: impl Into<Arc<str>>,
        launch: Launch,
        cache: Option<SchemaCache>,
    ) -> PluginProvider {
        Plugin::launched(name, launch, cache).instance()
    }

    /// Starts the process now instead of when it is first needed, to gain time.
    pub async fn start(&self) -> Result<(), Diagnostics> {
        self.ready().await.map(|_| ())
    }

    /// Whether the plugin comes with Groma.
    pub(crate) fn is_native(&self) -> bool {
        self.plugin.native.is_some()
    }

    /// Whether the process has been started.
    pub fn is_started(&self) -> bool {
        self.connection.initialized()
    }

    /// The schemas in all their kinds.
    pub async fn plugin_schemas(&self) -> Result<Arc<PluginSchemas>, Diagnostics> {
        self.get_schemas().await.cloned()
    }

    async fn get_schemas(&self) -> Result<&Arc<PluginSchemas>, Diagnostics> {
        let plugin = &self.plugin;
        let load = || async {
            let cached =
                plugin.cache.as_ref().and_then(|c| PluginSchemas::from_cache(&plugin.name, c));
            let mut schemas = match cached {
                Some(schemas) => schemas,
                None => self.ask_schemas().await?,
            };
            schemas.about_missing = plugin.native.as_ref().and_then(|native| native.about_missing);
            Ok(Arc::new(schemas))
        };
        plugin.schemas.get_or_try_init(load).await
    }

    async fn ask_schemas(&self) -> Result<PluginSchemas, Diagnostics> {
        let connection = self.connection().await?;
        let (schemas, identities) = tokio::join!(
            self.ask_schema(connection),
            connection.call_undecoded(
                GET_RESOURCE_IDENTITY_SCHEMAS,
                wire::get_resource_identity_schemas::Request {}
            ),
        );
        PluginSchemas::from_answers(
            &self.plugin.name,
            connection.protocol(),
            schemas?,
            // Older plugins have no identities.
            identities?.unwrap_or_default(),
            self.plugin.cache.as_ref(),
        )
    }

    async fn ask_schema(&self, connection: &Connection) -> Result<Bytes, Diagnostics> {
        let request = wire::get_provider_schema::Request {};
        match connection.call_undecoded(GET_PROVIDER_SCHEMA, request).await? {
            Some(answer) => {
                // It may have been set already, which is as well.
                let _ = self.schema_asked.set(());
                Ok(answer)
            }
            None => {
                let detail = format!(
                    "What runs as the plugin for provider {} does not know how to describe its \
                     schema, so it is not a provider plugin.",
                    self.plugin.name
                );
                Err(Diagnostic::error("Failed to load plugin schemas", detail).into())
            }
        }
    }

    async fn connection(&self) -> Result<&Connection, Diagnostics> {
        let name = &self.plugin.name;
        if self.closed.load(Ordering::Acquire) {
            return Err(StartError::Closed.to_diagnostics(name));
        }
        let plugin = &self.plugin;
        let start = || async {
            match &plugin.native {
                Some(native) => native.shared.join(|| plugin.start()).await,
                None => plugin.start().await,
            }
        };
        self.connection.get_or_init(start).await.as_ref().map_err(|e| e.to_diagnostics(name))
    }

    /// The process, started, and ready for any call.
    pub(crate) async fn ready(&self) -> Result<Ready<'_>, Diagnostics> {
        let connection = self.connection().await?;
        let schemas = self.get_schemas().await?;
        if !schemas.capabilities().get_provider_schema_optional {
            let ask = || async { self.ask_schema_only(connection).await };
            self.schema_asked.get_or_try_init(ask).await?;
        }
        Ok(Ready { name: &self.plugin.name, connection, schemas })
    }

    async fn ask_schema_only(&self, connection: &Connection) -> Result<(), Diagnostics> {
        let request = wire::get_provider_schema::Request {};
        connection.call_undecoded(GET_PROVIDER_SCHEMA, request).await.map(drop)
    }

    /// The process, if there is one.
    pub(crate) fn running(&self) -> Option<&Connection> {
        self.connection.get()?.as_ref().ok()
    }

    pub(crate) async fn close_process(&self) {
        self.closed.store(true, Ordering::Release);
        // Another provider may use the process still, or will.
        if let Some(connection) = self.running().filter(|_| !self.is_native()) {
            connection.close().await;
        }
    }
}

impl Ready<'_> {
    /// The schema of a resource type that ought to exist.
    pub(crate) fn resource_type(&self, ty: &str) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schemas.resource_type(ty)?;
        schema.ok_or_else(|| self.no_such("Invalid resource type", "resource type", ty))
    }

    /// The schema of a data source that ought to exist.
    pub(crate) fn data_source(&self, ty: &str) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schemas.data_source(ty)?;
        schema.ok_or_else(|| self.no_such("Invalid data source", "data source", ty))
    }

    /// The schema of an ephemeral resource type that ought to exist.
    pub(crate) fn ephemeral_type(&self, ty: &str) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schemas.ephemeral_resource_type(ty)?;
        let what = "ephemeral resource type";
        schema.ok_or_else(|| self.no_such("Invalid ephemeral resource", what, ty))
    }

    /// The schema of a type of list resources that ought to exist.
    pub(crate) fn list_type(&self, ty: &str) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schemas.list_resource_type(ty)?;
        schema.ok_or_else(|| self.no_such("Invalid list resource", "list resource type", ty))
    }

    /// The schema of a type of actions that ought to exist.
    pub(crate) fn action_type(&self, ty: &str) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schemas.action_type(ty)?;
        schema.ok_or_else(|| self.no_such("Invalid action type", "action type", ty))
    }

    fn no_such(&self, summary: &str, what: &str, ty: &str) -> Diagnostics {
        let detail = format!("The provider {} does not support {what} {ty:?}.", self.name);
        Diagnostic::error(summary, detail).into()
    }
}
