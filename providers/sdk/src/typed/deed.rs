//! Actions over models.

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;

use super::validated;
use crate::model::schema;
use crate::{Action, Context, Model, Problems, Progress};

/// An action whose configuration is a [`Model`]. See [`Action`].
#[async_trait]
pub trait Deed<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its configuration.
    type Config: Model;

    /// Its name, such as `aws_lambda_invoke`.
    fn name(&self) -> &'static str;

    /// Checks a configuration beyond the checks of the model's fields. It may have unknown values.
    fn validate(&self, _config: &Self::Config, _problems: &mut Problems) {}

    /// Objects to it before anything is done, or warns of it. The configuration may have unknown
    /// values.
    async fn plan(&self, _cx: &Context<C>, _config: Self::Config) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Does it.
    async fn invoke(
        &self,
        cx: &Context<C>,
        config: Self::Config,
        progress: &Progress,
    ) -> Result<(), Diagnostics>;
}

/// A [`Deed`] as an [`Action`].
pub(crate) struct DeedAction<D>(pub(crate) D);

#[async_trait]
impl<C: Send + Sync + 'static, D: Deed<C>> Action<C> for DeedAction<D> {
    fn schema(&self) -> Schema {
        schema::<D::Config>()
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, |config, problems| self.0.validate(config, problems))
    }

    async fn plan(&self, cx: &Context<C>, config: &Value) -> Result<(), Diagnostics> {
        self.0.plan(cx, D::Config::read(config)).await
    }

    async fn invoke(
        &self,
        cx: &Context<C>,
        config: &Value,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        self.0.invoke(cx, D::Config::read(config), progress).await
    }
}
