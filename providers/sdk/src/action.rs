//! Actions.

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;
use tokio::sync::mpsc;

use crate::Context;

/// Something that is done when a configuration or a person says so, and leaves nothing in the state.
#[async_trait]
pub trait Action<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// The schema of its configuration. Asked for at most once.
    fn schema(&self) -> Schema;

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Objects to it before anything is done, or warns of it. The configuration may have unknown
    /// values.
    async fn plan(&self, _cx: &Context<C>, _config: &Value) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Does it.
    async fn invoke(
        &self,
        cx: &Context<C>,
        config: &Value,
        progress: &Progress,
    ) -> Result<(), Diagnostics>;
}

/// Tells people how an action gets on.
#[derive(Clone, Debug)]
pub struct Progress {
    send: mpsc::Sender<String>,
}

impl Progress {
    /// What is told comes out of the other end. At most 16 messages wait there.
    pub fn new() -> (Progress, mpsc::Receiver<String>) {
        let (send, receive) = mpsc::channel(16);
        (Progress { send }, receive)
    }

    /// Tells something.
    pub async fn tell(&self, message: impl Into<String>) {
        // What is done is done, whether or not somebody listens.
        let _ = self.send.send(message.into()).await;
    }
}
