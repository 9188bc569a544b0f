//! What an operation may ask for and leave behind, beside its request and its answer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_value::Value;
use tokio_util::sync::CancellationToken;

/// Why an answer is put off to a later run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeferredReason {
    /// The provider does not say.
    Unknown,
    /// The resource's configuration is not known enough.
    ResourceConfigUnknown,
    /// The provider's configuration is not known enough.
    ProviderConfigUnknown,
    /// Something that must be there first is not.
    AbsentPrereq,
}

/// One operation: the client it works with, the signal to stop, and what it leaves behind beside
/// its answer. Cheap to clone; all clones are of the same operation.
pub struct Context<C> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    client: Arc<C>,
    stop: CancellationToken,
    provider_meta: Value,
    deferral_allowed: bool,
    left: Mutex<Left>,
}

/// What an operation leaves behind beside its answer.
#[derive(Clone, Default)]
pub(crate) struct Left {
    pub(crate) warnings: Diagnostics,
    pub(crate) kept: Option<Value>,
    pub(crate) private: Bytes,
    pub(crate) deferred: Option<DeferredReason>,
}

impl<C> Clone for Context<C> {
    fn clone(&self) -> Self {
        Context { inner: self.inner.clone() }
    }
}

impl<C> fmt::Debug for Context<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

impl<C> Context<C> {
    /// An operation with this client and nothing else, as tests want it.
    pub fn new(client: Arc<C>) -> Context<C> {
        Context::of(client, CancellationToken::new(), Value::NULL, false, Bytes::new())
    }

    pub(crate) fn of(
        client: Arc<C>,
        stop: CancellationToken,
        provider_meta: Value,
        deferral_allowed: bool,
        private: Bytes,
    ) -> Context<C> {
        let left = Mutex::new(Left { private, ..Left::default() });
        Context { inner: Arc::new(Inner { client, stop, provider_meta, deferral_allowed, left }) }
    }

    /// What [`crate::Provider::configure`] made.
    pub fn client(&self) -> &C {
        &self.inner.client
    }

    /// The client to take along into tasks.
    pub fn client_arc(&self) -> Arc<C> {
        self.inner.client.clone()
    }

    /// Whether the operation was asked to end soon.
    pub fn is_stopped(&self) -> bool {
        self.inner.stop.is_cancelled()
    }

    /// Ends when the operation is asked to end soon.
    pub async fn stopped(&self) {
        self.inner.stop.cancelled().await;
    }

    /// Waits, but ends at once with an error when the operation is asked to end soon. The error
    /// says what was being waited for.
    pub async fn wait(&self, time: Duration, what: &str) -> Result<(), Diagnostics> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.stopped() => Err(Diagnostic::error(
                "Operation interrupted",
                format!("The provider was asked to stop while it waited for {what}."),
            )
            .into()),
        }
    }

    /// The calling module's metadata for the provider; null where there is none.
    pub fn provider_meta(&self) -> &Value {
        &self.inner.provider_meta
    }

    /// Adds a warning, or an error that does not end the operation.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.left().warnings.push(diagnostic);
    }

    /// Says what exists by now: should the operation fail from here on, in whatever way, this
    /// object is recorded, so that nothing created is ever lost. Unknown parts are recorded as null.
    pub fn keep(&self, state: Value) {
        self.left().kept = Some(state);
    }

    /// The provider's private data kept with the object.
    pub fn private(&self) -> Bytes {
        self.left().private.clone()
    }

    /// Replaces the provider's private data kept with the object.
    pub fn set_private(&self, private: impl Into<Bytes>) {
        self.left().private = private.into();
    }

    /// Whether the answer may be put off to a later run.
    pub fn deferral_allowed(&self) -> bool {
        self.inner.deferral_allowed
    }

    /// Puts the answer off to a later run. Only where [`Context::deferral_allowed`].
    pub fn defer(&self, reason: DeferredReason) {
        self.left().deferred = Some(reason);
    }

    pub(crate) fn take_left(&self) -> Left {
        self.left().clone()
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        // A panic elsewhere in the operation leaves nothing half written here.
        self.inner.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
