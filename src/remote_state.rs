//! `terraform_remote_state`: the outputs of another configuration's state.

use std::collections::BTreeMap;

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::RemoteState;
use groma_value::{Str, Value};

/// Reads through the backends that there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backends;

#[async_trait]
impl RemoteState for Backends {
    fn check(&self, backend: &str, config: &Value) -> Option<(&'static str, String)> {
        let Some(factory) = groma_backends::by_name(backend) else {
            let found = groma_backends::unsupported(backend);
            return Some(("backend", found.detail));
        };
        if config.is_null() || !config.is_known() {
            return None;
        }
        let error = factory.schema().coerce(config).err()?;
        let what =
            format!("The given configuration is not valid for backend {backend:?}: {error}.");
        Some(("config", what))
    }

    async fn outputs(
        &self,
        backend: &str,
        config: &Value,
        workspace: &str,
    ) -> Result<Option<BTreeMap<Str, Value>>, Diagnostics> {
        let factory =
            groma_backends::by_name(backend).ok_or_else(|| groma_backends::unsupported(backend))?;
        let schema = factory.schema();
        let config = match config.is_null() {
            true => schema.empty_value(),
            false => schema.coerce(config).map_err(|error| {
                let detail = format!(
                    "The given configuration does not fit the {backend:?} backend: {error}."
                );
                Diagnostic::error("Invalid backend configuration", detail)
            })?,
        };
        let (backend, _) =
            crate::backend::make(backend, &config, &Default::default(), Default::default()).await?;
        let store = backend.state_store(workspace).await?;
        let Some(file) = store.read().await? else { return Ok(None) };
        let outputs = file.state.outputs.into_iter();
        Ok(Some(outputs.map(|(name, output)| (name, output.value)).collect()))
    }
}
