//! Ephemeral resources.

use async_trait::async_trait;
use bytes::Bytes;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;

use crate::Context;

/// Something that is opened for the length of a run and never stored.
#[async_trait]
pub trait EphemeralResource<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its schema. Asked for at most once.
    fn schema(&self) -> Schema;

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Opens it.
    async fn open(&self, cx: &Context<C>, config: &Value) -> Result<Opened, Diagnostics>;

    /// Renews it before it expires. Only asked of what said when.
    async fn renew(&self, _cx: &Context<C>, private: Bytes) -> Result<Renewed, Diagnostics> {
        Ok(Renewed { private, renew_at: None })
    }

    /// Closes it.
    async fn close(&self, _cx: &Context<C>, _private: Bytes) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// An ephemeral resource that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its values.
    pub result: Value,
    /// What renewing and closing it will be given.
    pub private: Bytes,
    /// When to renew it, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
}

/// An ephemeral resource that was renewed.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// What renewing and closing it will be given.
    pub private: Bytes,
    /// When to renew it again, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
}
