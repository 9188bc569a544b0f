//! What answers the calls of the engine: the provider behind the wire messages.
//!
//! Every operation runs in a task of its own, so that neither a panic in it nor an engine that
//! hangs up ends it halfway. Both protocols are answered with the messages of protocol 6.

mod actions;
mod catalog;
mod configure;
mod data;
mod import;
mod lists;
#[cfg(test)]
mod model_tests;
mod resources;
mod schemas;
mod service;
#[cfg(test)]
mod tests;
mod upgrade;
mod v5;
mod v6;
mod wire;

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::tfplugin6 as proto;
use groma_schema::Schema;
use groma_value::Value;
use tokio_util::sync::CancellationToken;

use self::catalog::Loaded;
pub(crate) use self::service::Served;
use crate::{Context, Provider};

/// What all configurations of a provider share.
pub(crate) struct Offer<P: Provider> {
    provider: P,
    loaded: OnceLock<Result<Loaded<P::Client>, Diagnostics>>,
    schema: OnceLock<Schema>,
    meta_schema: OnceLock<Option<Schema>>,
}

impl<P: Provider> Offer<P> {
    fn loaded(&self) -> Result<&Loaded<P::Client>, Diagnostics> {
        let loaded = self.loaded.get_or_init(|| self.provider.catalog().map(Loaded::new));
        loaded.as_ref().map_err(Clone::clone)
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| self.provider.schema())
    }

    fn meta_schema(&self) -> Option<&Schema> {
        self.meta_schema.get_or_init(|| self.provider.meta_schema()).as_ref()
    }
}

/// A provider while it is served, in one configuration.
pub(crate) struct Host<P: Provider> {
    offer: Arc<Offer<P>>,
    client: RwLock<Option<Arc<P::Client>>>,
    stop: Mutex<CancellationToken>,
}

impl<P: Provider> Deref for Host<P> {
    type Target = Offer<P>;

    fn deref(&self) -> &Offer<P> {
        &self.offer
    }
}

impl<P: Provider> Host<P> {
    pub(crate) fn new(provider: P) -> Arc<Host<P>> {
        let offer = Offer {
            provider,
            loaded: OnceLock::new(),
            schema: OnceLock::new(),
            meta_schema: OnceLock::new(),
        };
        Host::of(Arc::new(offer))
    }

    fn of(offer: Arc<Offer<P>>) -> Arc<Host<P>> {
        let stop = Mutex::new(CancellationToken::new());
        Arc::new(Host { offer, client: RwLock::new(None), stop })
    }

    /// Another configuration of the same provider.
    fn another(&self) -> Arc<Host<P>> {
        Host::of(self.offer.clone())
    }

    /// Asks the operations that are under way to end soon. Later ones are not affected.
    pub(crate) fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *stop).cancel();
    }

    /// The context of an operation that needs the provider to be configured.
    fn context(
        &self,
        meta: Option<proto::DynamicValue>,
        capabilities: Option<proto::ClientCapabilities>,
        private: Bytes,
    ) -> Result<Context<P::Client>, Diagnostics> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(client) = client else {
            return Err(Diagnostic::error(
                "Provider not configured",
                "The provider was asked to work before it was configured. This is a mistake of the \
                 program that started it.",
            )
            .into());
        };
        let meta = match self.meta_schema() {
            Some(schema) => wire::decode(meta, schema.block.implied_type())?,
            None => Value::NULL,
        };
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let deferral = capabilities.is_some_and(|c| c.deferral_allowed);
        Ok(Context::of(client, stop, meta, deferral, private))
    }
}

/// Runs an operation in a task of its own.
async fn isolated<T: Send + 'static>(
    operation: impl Future<Output = Result<T, Diagnostics>> + Send + 'static,
) -> Result<T, Diagnostics> {
    match tokio::spawn(operation).await {
        Ok(result) => result,
        // What it panicked with may hold values that must not be shown.
        Err(_) => Err(gave_up()),
    }
}

/// What is told of an operation that ended by a panic.
fn gave_up() -> Diagnostics {
    Diagnostic::error(
        "Provider failed",
        "The provider ran into a condition that its authors did not foresee, and gave up the \
         operation. This is a bug in the provider; its log says where.",
    )
    .into()
}

fn unknown_type(kind: &str, name: &str) -> Diagnostics {
    let detail = format!("The provider has no {kind} \"{name}\".");
    Diagnostic::error(format!("Unknown {kind}"), detail).into()
}
