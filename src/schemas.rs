//! Schemas for what shows objects.

use std::sync::Arc;

use groma_addrs::{Provider, ResourceMode};
use groma_engine::SchemaLibrary;
use groma_schema::Schema;
use groma_view::Schemas;

/// The schemas that the engine works with, as the views ask for them.
pub(crate) struct Library<'a>(pub(crate) &'a SchemaLibrary);

impl Schemas for Library<'_> {
    fn resource(&self, provider: &Provider, mode: ResourceMode, ty: &str) -> Option<Arc<Schema>> {
        match self.0.resource(provider, mode, ty) {
            Ok(schema) => schema,
            Err(diagnostics) => {
                tracing::warn!(%provider, ty, %diagnostics, "a schema cannot be read");
                None
            }
        }
    }

    fn action(&self, provider: &Provider, ty: &str) -> Option<Arc<Schema>> {
        self.0.provider(provider)?.action_type(ty).ok().flatten()
    }

    fn provider(&self, provider: &Provider) -> Option<Arc<Schema>> {
        self.0.provider(provider)?.provider().ok()
    }
}
