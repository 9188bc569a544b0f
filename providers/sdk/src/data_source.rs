//! Data sources.

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;

use crate::Context;

/// A data source, over values of its schema.
#[async_trait]
pub trait DataSource<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its schema. Asked for at most once.
    fn schema(&self) -> Schema;

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads it.
    async fn read(&self, cx: &Context<C>, config: &Value) -> Result<Value, Diagnostics>;
}
