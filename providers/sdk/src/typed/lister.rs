//! Lists over models.

use std::marker::PhantomData;

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::Value;

use super::validated;
use crate::model::schema;
use crate::{Context, Found, ListResource, Listed, Model, Problems};

/// Finds the existing objects of a managed resource type over a model. See [`ListResource`].
#[async_trait]
pub trait Lister<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// What says which objects are wanted.
    type Config: Model;
    /// The objects: the model of the managed resource type of the same name.
    type Model: Model;

    /// The name of the managed resource type.
    fn name(&self) -> &'static str;

    /// Checks a configuration beyond the checks of the model's fields. It may have unknown values.
    fn validate(&self, _config: &Self::Config, _problems: &mut Problems) {}

    /// Finds objects, and hands over each as soon as it is found.
    async fn list(
        &self,
        cx: &Context<C>,
        config: Self::Config,
        found: &mut Listing<'_, Self::Model>,
    ) -> Result<(), Diagnostics>;
}

/// Takes the objects that a [`Lister`] finds.
#[derive(Debug)]
pub struct Listing<'f, M> {
    found: &'f mut Found,
    model: PhantomData<M>,
}

impl<'f, M: Model> Listing<'f, M> {
    /// Over what takes values.
    pub fn new(found: &'f mut Found) -> Listing<'f, M> {
        Listing { found, model: PhantomData }
    }

    /// Whether whole objects are wanted, and not just what identifies them.
    pub fn wants_objects(&self) -> bool {
        self.found.wants_objects()
    }

    /// Hands over an object, with what people call it; says whether more are wanted.
    pub async fn push(&mut self, display_name: impl Into<String>, object: &M) -> bool {
        self.found.push(Listed::new(display_name, object.write())).await
    }
}

/// A [`Lister`] as a [`ListResource`].
pub(crate) struct ListerResource<L>(pub(crate) L);

#[async_trait]
impl<C: Send + Sync + 'static, L: Lister<C>> ListResource<C> for ListerResource<L> {
    fn schema(&self) -> Schema {
        schema::<L::Config>()
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, |config, problems| self.0.validate(config, problems))
    }

    async fn list(
        &self,
        cx: &Context<C>,
        config: &Value,
        found: &mut Found,
    ) -> Result<(), Diagnostics> {
        self.0.list(cx, L::Config::read(config), &mut Listing::new(found)).await
    }
}
