//! Ephemeral resources over models.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::Schema;
use groma_value::Value;

use super::{read_private, validated, write_private};
use crate::model::schema;
use crate::{Context, EphemeralResource, Model, Opened, Problems, Renewed};

/// An ephemeral resource type over models. See [`EphemeralResource`].
#[async_trait]
pub trait Ephemeral<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// What is configured, and what it gives.
    type Model: Model;
    /// What renewing and closing it takes; `()` where that is nothing.
    type Private: Model;

    /// The name of the type.
    fn name(&self) -> &'static str;

    /// Checks a configuration beyond the checks of the model's fields. It may have unknown values.
    fn validate(&self, _config: &Self::Model, _problems: &mut Problems) {}

    /// Opens it. What the result leaves unknown becomes null.
    async fn open(
        &self,
        cx: &Context<C>,
        config: Self::Model,
    ) -> Result<Opening<Self::Model, Self::Private>, Diagnostics>;

    /// Renews it before it expires. Only asked of what said when.
    async fn renew(
        &self,
        _cx: &Context<C>,
        private: Self::Private,
    ) -> Result<Renewal<Self::Private>, Diagnostics> {
        Ok(Renewal { private, renew_at: None })
    }

    /// Closes it.
    async fn close(&self, _cx: &Context<C>, _private: Self::Private) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// An ephemeral resource that was opened.
#[derive(Clone, Debug)]
pub struct Opening<M, P = ()> {
    /// Its values.
    pub result: M,
    /// What renewing and closing it will be given.
    pub private: P,
    /// When to renew it.
    pub renew_at: Option<SystemTime>,
}

/// An ephemeral resource that was renewed.
#[derive(Clone, Debug)]
pub struct Renewal<P = ()> {
    /// What renewing and closing it will be given.
    pub private: P,
    /// When to renew it again.
    pub renew_at: Option<SystemTime>,
}

/// An [`Ephemeral`] as an [`EphemeralResource`].
pub(crate) struct EphemeralModel<E>(pub(crate) E);

#[async_trait]
impl<C: Send + Sync + 'static, E: Ephemeral<C>> EphemeralResource<C> for EphemeralModel<E> {
    fn schema(&self) -> Schema {
        Schema { identity: None, ..schema::<E::Model>() }
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, |config, problems| self.0.validate(config, problems))
    }

    async fn open(&self, cx: &Context<C>, config: &Value) -> Result<Opened, Diagnostics> {
        let opened = self.0.open(cx, E::Model::read(config)).await?;
        Ok(Opened {
            result: opened.result.write().unknown_as_null(),
            private: write_private(&opened.private)?,
            renew_at: opened.renew_at.and_then(seconds),
        })
    }

    async fn renew(&self, cx: &Context<C>, private: Bytes) -> Result<Renewed, Diagnostics> {
        let renewed = self.0.renew(cx, self.private::<C>(&private)?).await?;
        Ok(Renewed {
            private: write_private(&renewed.private)?,
            renew_at: renewed.renew_at.and_then(seconds),
        })
    }

    async fn close(&self, cx: &Context<C>, private: Bytes) -> Result<(), Diagnostics> {
        self.0.close(cx, self.private::<C>(&private)?).await
    }
}

impl<E> EphemeralModel<E> {
    fn private<C: Send + Sync + 'static>(&self, private: &[u8]) -> Result<E::Private, Diagnostics>
    where
        E: Ephemeral<C>,
    {
        read_private(private).ok_or_else(|| {
            let detail = format!(
                "The engine did not give back what the provider kept to renew and close {}, which is \
                 a bug in the engine.",
                self.0.name()
            );
            Diagnostic::error("Unable to read the provider's private data", detail).into()
        })
    }
}

/// Seconds since the Unix epoch; none for what was before.
fn seconds(at: SystemTime) -> Option<i64> {
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}
