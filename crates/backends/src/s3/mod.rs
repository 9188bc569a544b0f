//! States in a bucket, locked by objects beside them.
//!
//! The state of the default workspace is the object that `key` names; that of another workspace
//! is `<workspace_key_prefix>/<workspace>/<key>`. The lock of a state is the object `<key>.tflock`
//! beside it, which is written under the condition that there is none: the layout, the lock's
//! content and its protocol are Terraform's, so that the two engines exclude each other.

mod client;
mod config;
mod credentials;
mod error;
pub mod objects;
mod schema;
mod settings;
mod store;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use groma_backend::sealing::Sealing;
use groma_backend::{Backend, BackendContext, BackendError, BackendFactory, StateStore, workspace};
use groma_diag::Diagnostics;
use groma_schema::Block;
use groma_value::Value;

use config::Config;
use store::S3Store;

/// Makes S3 backends.
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Factory;

#[async_trait]
impl BackendFactory for S3Factory {
    fn kind(&self) -> &'static str {
        "s3"
    }

    fn schema(&self) -> Block {
        schema::block()
    }

    async fn configure(
        &self,
        config: &Value,
        context: &BackendContext,
    ) -> Result<(Arc<dyn Backend>, Diagnostics), Diagnostics> {
        let (config, warnings) = config::read(config, context, &|name| std::env::var(name).ok())?;
        let client = client::connect(&config).await?;
        let sealing = context.sealing.clone();
        let backend = S3Backend { client, config: Arc::new(config), sealing };
        Ok((Arc::new(backend), warnings))
    }
}

/// States in a bucket.
#[derive(Clone, Debug)]
struct S3Backend {
    client: Client,
    config: Arc<Config>,
    sealing: Sealing,
}

#[async_trait]
impl Backend for S3Backend {
    fn kind(&self) -> &'static str {
        "s3"
    }

    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let prefix = format!("{}/", self.config.workspace_prefix);
        let mut names = std::collections::BTreeSet::new();
        let mut token = None;
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.config.bucket)
                .prefix(&prefix)
                .set_continuation_token(token.take())
                .send()
                .await
                .map_err(|e| {
                    error::backend("Failed to get existing workspaces", &self.config, &e)
                })?;
            for key in page.contents().iter().filter_map(|o| o.key()) {
                names.extend(self.config.workspace_of(key).map(str::to_owned));
            }
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        names.remove(workspace::DEFAULT);
        Ok(std::iter::once(workspace::DEFAULT.to_owned()).chain(names).collect())
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        workspace::check_name(name)?;
        if name == workspace::DEFAULT {
            return Err(BackendError::new(
                "Cannot delete workspace",
                "The default workspace always exists and cannot be deleted.",
            ));
        }
        self.client
            .delete_object()
            .bucket(&self.config.bucket)
            .key(self.config.state_key(name))
            .send()
            .await
            .map_err(|e| error::backend("Failed to delete workspace", &self.config, &e))?;
        Ok(())
    }

    async fn state_store(&self, name: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        workspace::check_name(name)?;
        let key = self.config.state_key(name);
        Ok(Arc::new(S3Store::new(
            self.client.clone(),
            self.config.clone(),
            key,
            self.sealing.clone(),
        )))
    }
}
