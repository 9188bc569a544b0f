//! The schemas of all providers that take part.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{Provider, ResourceMode};
use groma_diag::Diagnostics;
use groma_schema::{ProviderSchemas, Schema};

/// The schemas of all providers that a configuration and a state need.
#[derive(Clone, Default)]
pub struct SchemaLibrary(BTreeMap<Provider, Arc<dyn ProviderSchemas>>);

impl SchemaLibrary {
    /// Adds a provider's schemas.
    pub fn insert(&mut self, provider: Provider, schemas: Arc<dyn ProviderSchemas>) {
        self.0.insert(provider, schemas);
    }

    /// The schemas of a provider.
    pub fn provider(&self, provider: &Provider) -> Option<&Arc<dyn ProviderSchemas>> {
        self.0.get(provider)
    }

    /// The providers.
    pub fn iter(&self) -> impl Iterator<Item = (&Provider, &Arc<dyn ProviderSchemas>)> {
        self.0.iter()
    }

    /// The schema of a resource type; `None` if provider or type are not there.
    pub fn resource(
        &self,
        provider: &Provider,
        mode: ResourceMode,
        ty: &str,
    ) -> Result<Option<Arc<Schema>>, Diagnostics> {
        let Some(schemas) = self.0.get(provider) else { return Ok(None) };
        match mode {
            ResourceMode::Managed => schemas.resource_type(ty),
            ResourceMode::Data => schemas.data_source(ty),
            ResourceMode::Ephemeral => schemas.ephemeral_resource_type(ty),
        }
    }
}
