//! Managed resource types over models.

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::{IdentitySchema, Schema};
use groma_value::Value;

use super::{Planned, validated};
use crate::model::form::in_form_of;
use crate::model::schema;
use crate::{
    Context, CreateRequest, ImportRequest, Imported, Model, MoveRequest, Plan, PlanRequest,
    Problems, Resource, Rules, UpdateRequest,
};

/// A managed resource type whose objects are a [`Model`].
///
/// Its planning is steady ([`Rules::steady`]). What a returned object leaves unknown is recorded as
/// null, and what is not set is recorded in the form in which it was before: as null or as the zero
/// value, as the stored states of providers of the older SDK have it.
#[async_trait]
pub trait Managed<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its objects.
    type Model: Model;

    /// The name of the type, such as `aws_vpc`.
    fn name(&self) -> &'static str;

    /// What identifies an object, if the type has an identity. Its attributes are named as those of
    /// the object. Unless told otherwise, these are the fields that the model marks with `identity`.
    fn identity(&self) -> Option<IdentitySchema> {
        Self::Model::shape().identity().cloned()
    }

    /// Checks a configuration beyond the checks of the model's fields. It may have unknown values.
    fn validate(&self, _config: &Self::Model, _problems: &mut Problems) {}

    /// Refines the plan of a create or an update that the rules have made.
    async fn plan(
        &self,
        _cx: &Context<C>,
        _change: &mut Planned<Self::Model>,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Objects to the destruction of an object before it begins, or warns of it.
    async fn plan_delete(&self, _cx: &Context<C>, _prior: Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Creates an object; gives it as it is then. As soon as it exists, [`Context::keep_model`]
    /// must be told, so that it is recorded whatever fails afterwards.
    async fn create(
        &self,
        cx: &Context<C>,
        config: Self::Model,
        planned: Self::Model,
    ) -> Result<Self::Model, Diagnostics>;

    /// Reads an object as it is now; `None` if it is gone.
    async fn read(
        &self,
        cx: &Context<C>,
        state: Self::Model,
    ) -> Result<Option<Self::Model>, Diagnostics>;

    /// Changes an object in place; gives it as it is then.
    async fn update(
        &self,
        cx: &Context<C>,
        prior: Self::Model,
        config: Self::Model,
        planned: Self::Model,
    ) -> Result<Self::Model, Diagnostics>;

    /// Destroys an object. That it is gone already is no error.
    async fn delete(&self, cx: &Context<C>, prior: Self::Model) -> Result<(), Diagnostics>;

    /// What is known of an object by its id; it is read afterwards. `None` for what the id is put
    /// into the attribute of that name.
    async fn import(
        &self,
        _cx: &Context<C>,
        _id: &str,
    ) -> Result<Option<Self::Model>, Diagnostics> {
        Ok(None)
    }

    /// What is known of an object by its identity, of which the model has nothing but the attributes;
    /// it is read afterwards. `None` for what these attributes are enough to read it.
    async fn import_by_identity(
        &self,
        _cx: &Context<C>,
        _identity: Self::Model,
    ) -> Result<Option<Self::Model>, Diagnostics> {
        Ok(None)
    }

    /// See [`Resource::upgrade_state`].
    fn upgrade(
        &self,
        _version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Ok(state)
    }

    /// See [`Resource::upgrade_identity`].
    fn upgrade_identity(
        &self,
        _version: i64,
        identity: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Ok(identity)
    }

    /// See [`Resource::move_state`].
    fn move_from(&self, _request: &MoveRequest) -> Result<Option<Self::Model>, Diagnostics> {
        Ok(None)
    }
}

/// A [`Managed`] as a [`Resource`].
pub(crate) struct ManagedResource<R>(pub(crate) R);

#[async_trait]
impl<C: Send + Sync + 'static, R: Managed<C>> Resource<C> for ManagedResource<R> {
    fn schema(&self) -> Schema {
        Schema { identity: self.0.identity(), ..schema::<R::Model>() }
    }

    fn rules(&self) -> Rules {
        R::Model::rules().steady()
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, |config, problems| self.0.validate(config, problems))
    }

    async fn plan(
        &self,
        cx: &Context<C>,
        request: &PlanRequest,
        plan: &mut Plan,
    ) -> Result<(), Diagnostics> {
        let mut change = Planned::of(request, plan);
        self.0.plan(cx, &mut change).await?;
        change.into_plan(plan);
        Ok(())
    }

    async fn plan_delete(&self, cx: &Context<C>, prior: &Value) -> Result<(), Diagnostics> {
        self.0.plan_delete(cx, R::Model::read(prior)).await
    }

    async fn read(&self, cx: &Context<C>, state: &Value) -> Result<Option<Value>, Diagnostics> {
        let found = self.0.read(cx, R::Model::read(state)).await?;
        Ok(found.map(|found| settled::<R::Model>(state, &found)))
    }

    async fn create(&self, cx: &Context<C>, request: &CreateRequest) -> Result<Value, Diagnostics> {
        let config = R::Model::read(&request.config);
        let created = self.0.create(cx, config, R::Model::read(&request.planned)).await?;
        Ok(settled(&request.planned, &created))
    }

    async fn update(&self, cx: &Context<C>, request: &UpdateRequest) -> Result<Value, Diagnostics> {
        let (prior, config) = (R::Model::read(&request.prior), R::Model::read(&request.config));
        let planned = R::Model::read(&request.planned);
        let updated = self.0.update(cx, prior, config, planned).await?;
        Ok(settled(&request.planned, &updated))
    }

    async fn delete(&self, cx: &Context<C>, prior: &Value) -> Result<(), Diagnostics> {
        self.0.delete(cx, R::Model::read(prior)).await
    }

    async fn import(
        &self,
        cx: &Context<C>,
        request: &ImportRequest,
    ) -> Result<Vec<Imported>, Diagnostics> {
        let imported = match request.identity {
            Some(_) => {
                let identity = R::Model::read(&request.pass_through()?.state);
                self.0.import_by_identity(cx, identity).await?
            }
            None => self.0.import(cx, &request.id).await?,
        };
        let Some(found) = imported else {
            return request.pass_through().map(|imported| vec![imported]);
        };
        let state = found.write().unknown_as_null();
        Ok(vec![Imported { ty: request.ty.clone(), state, private: cx.private() }])
    }

    async fn upgrade_state(
        &self,
        version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        self.0.upgrade(version, state)
    }

    async fn upgrade_identity(
        &self,
        version: i64,
        identity: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        self.0.upgrade_identity(version, identity)
    }

    async fn move_state(&self, request: &MoveRequest) -> Result<Option<Value>, Diagnostics> {
        Ok(self.0.move_from(request)?.map(|moved| moved.write().unknown_as_null()))
    }
}

/// An object as it is recorded after another one.
fn settled<M: Model>(before: &Value, now: &M) -> Value {
    in_form_of(M::block(), before, &now.write().unknown_as_null())
}
