//! Data sources over models.

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;

use super::validated;
use crate::model::schema;
use crate::{Context, DataSource, Model, Problems};

/// A data source whose objects are a [`Model`]. What the result leaves unknown becomes null.
#[async_trait]
pub trait Lookup<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its objects.
    type Model: Model;

    /// The name of the type, such as `aws_region`.
    fn name(&self) -> &'static str;

    /// Checks a configuration beyond the checks of the model's fields. It may have unknown values.
    fn validate(&self, _config: &Self::Model, _problems: &mut Problems) {}

    /// Reads it.
    async fn read(&self, cx: &Context<C>, config: Self::Model) -> Result<Self::Model, Diagnostics>;
}

/// A [`Lookup`] as a [`DataSource`].
pub(crate) struct LookupSource<D>(pub(crate) D);

#[async_trait]
impl<C: Send + Sync + 'static, D: Lookup<C>> DataSource<C> for LookupSource<D> {
    fn schema(&self) -> Schema {
        Schema { identity: None, ..schema::<D::Model>() }
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, |config, problems| self.0.validate(config, problems))
    }

    async fn read(&self, cx: &Context<C>, config: &Value) -> Result<Value, Diagnostics> {
        let found = self.0.read(cx, D::Model::read(config)).await?;
        Ok(found.write().unknown_as_null())
    }
}
