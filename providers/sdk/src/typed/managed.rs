//! Managed resource types over models.

use async_trait::async_trait;
use bytes::Bytes;
use groma_diag::Diagnostics;
use groma_schema::{IdentitySchema, Schema};
use groma_value::Value;

use super::Planned;
use crate::model::form::in_form_of;
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
    /// the object.
    fn identity(&self) -> Option<IdentitySchema> {
        None
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

    /// See [`Resource::upgrade_state`].
    fn upgrade(
        &self,
        _version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Ok(state)
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
        let block = R::Model::block().clone();
        Schema { version: R::Model::VERSION, block, identity: self.0.identity() }
    }

    fn rules(&self) -> Rules {
        R::Model::rules().steady()
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        let check = |config: &Value| {
            let config = R::Model::read(config);
            let mut problems = Problems::new();
            config.check(&mut problems);
            self.0.validate(&config, &mut problems);
            problems.into_diagnostics()
        };
        only_certain(config, check)
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
        if request.identity.is_none()
            && let Some(found) = self.0.import(cx, &request.id).await?
        {
            let state = found.write().unknown_as_null();
            return Ok(vec![Imported { ty: request.ty.clone(), state, private: Bytes::new() }]);
        }
        request.pass_through().map(|imported| vec![imported])
    }

    async fn upgrade_state(
        &self,
        version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        self.0.upgrade(version, state)
    }

    async fn move_state(&self, request: &MoveRequest) -> Result<Option<Value>, Diagnostics> {
        Ok(self.0.move_from(request)?.map(|moved| moved.write().unknown_as_null()))
    }
}

/// What is wrong with a configuration whatever is not known of it turns out to be.
///
/// An argument that is not known may turn out not to be set. Checks that ask whether an argument is set
/// take one that is not known for set, and those that ask for its value take it for nothing, both of
/// which is how they read best; so a configuration with unknown parts is checked once more with these
/// not set, and only what is wrong either way is told. What a check makes of a *value* that is not known
/// is its own to get right: [`crate::Attr::is`] and [`crate::Attr::is_not`] are for that.
pub(crate) fn only_certain(config: &Value, check: impl Fn(&Value) -> Diagnostics) -> Diagnostics {
    let found = check(config);
    if found.is_empty() || config.is_wholly_known() {
        return found;
    }
    let unset = check(&config.unknown_as_null());
    let mut certain = Diagnostics::new();
    certain.extend(found.into_iter().filter(|one| unset.iter().any(|other| other == one)));
    certain
}

/// An object as it is recorded after another one.
fn settled<M: Model>(before: &Value, now: &M) -> Value {
    in_form_of(M::block(), before, &now.write().unknown_as_null())
}
