//! Where the schemas of what is shown come from, and what can go wrong.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use groma_addrs::{Provider, ResourceMode};
use groma_schema::Schema;
use groma_value::Str;

/// Knows the schemas of providers.
pub trait Schemas {
    /// The schema of a resource type or data source.
    fn resource(&self, provider: &Provider, mode: ResourceMode, ty: &str) -> Option<Arc<Schema>>;

    /// The schema of a type of actions.
    fn action(&self, provider: &Provider, ty: &str) -> Option<Arc<Schema>> {
        let _ = (provider, ty);
        None
    }

    /// The schema of a provider's configuration.
    fn provider(&self, provider: &Provider) -> Option<Arc<Schema>> {
        let _ = provider;
        None
    }
}

/// Schemas that are held in maps.
#[derive(Clone, Debug, Default)]
pub struct SchemaTable {
    /// Resource types and data sources.
    pub resources: BTreeMap<(Provider, ResourceMode, Str), Arc<Schema>>,
    /// Provider configurations.
    pub providers: BTreeMap<Provider, Arc<Schema>>,
}

impl Schemas for SchemaTable {
    fn resource(&self, provider: &Provider, mode: ResourceMode, ty: &str) -> Option<Arc<Schema>> {
        self.resources.get(&(provider.clone(), mode, ty.into())).cloned()
    }

    fn provider(&self, provider: &Provider) -> Option<Arc<Schema>> {
        self.providers.get(provider).cloned()
    }
}

/// Why something could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is no schema for something.
    #[error("no schema found for {addr} (in provider {provider})")]
    NoSchema {
        /// What there is no schema for.
        addr: String,
        /// The provider that should have it.
        provider: String,
    },
    /// An object is stored under another version of its schema than the provider has.
    #[error(
        "schema version {stored} for {addr} in state does not match version {current} from the \
         provider"
    )]
    SchemaVersion {
        /// The object.
        addr: String,
        /// The version that it is stored under.
        stored: i64,
        /// The version that the provider has.
        current: i64,
    },
    /// An object does not fit its schema.
    #[error("{addr}: {message}")]
    Object {
        /// The object.
        addr: String,
        /// What is wrong with it.
        message: String,
    },
    /// Something cannot be written as JSON.
    #[error("{0}")]
    Data(String),
}

impl From<serde_json::Error> for RenderError {
    fn from(error: serde_json::Error) -> RenderError {
        if error.is_io() {
            RenderError::Io(error.into())
        } else {
            RenderError::Data(error.to_string())
        }
    }
}
