//! Managed resource types.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::Schema;
use groma_value::{Str, Value};

use crate::{Context, Model, Plan, Rules, stored};

/// A managed resource type, over values of its schema.
///
/// Planning starts from [`Rules`] and may be refined by [`Resource::plan`]. Whatever fails returns
/// diagnostics; a failed create or update records what [`Context::keep`] was told.
#[async_trait]
pub trait Resource<C: Send + Sync + 'static>: Send + Sync + 'static {
    /// Its schema. Asked for at most once.
    fn schema(&self) -> Schema;

    /// How its attributes are planned. Asked for at most once.
    fn rules(&self) -> Rules {
        Rules::new()
    }

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Refines the plan of a create or an update that the rules have made.
    async fn plan(
        &self,
        _cx: &Context<C>,
        _request: &PlanRequest,
        _plan: &mut Plan,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Objects to the destruction of an object before it begins, or warns of it.
    async fn plan_delete(&self, _cx: &Context<C>, _prior: &Value) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Reads an object as it is now; `None` if it is gone.
    async fn read(&self, cx: &Context<C>, state: &Value) -> Result<Option<Value>, Diagnostics>;

    /// Creates an object; gives it as it is then, wholly known.
    async fn create(&self, cx: &Context<C>, request: &CreateRequest) -> Result<Value, Diagnostics>;

    /// Changes an object in place; gives it as it is then, wholly known.
    async fn update(&self, cx: &Context<C>, request: &UpdateRequest) -> Result<Value, Diagnostics>;

    /// Destroys an object. That it is gone already is no error.
    async fn delete(&self, cx: &Context<C>, prior: &Value) -> Result<(), Diagnostics>;

    /// Finds an existing object; it is read afterwards. Unless told otherwise, what identifies it
    /// is put into the attributes of that name, and a plain id into `id`.
    async fn import(
        &self,
        _cx: &Context<C>,
        request: &ImportRequest,
    ) -> Result<Vec<Imported>, Diagnostics> {
        request.pass_through().map(|imported| vec![imported])
    }

    /// Brings an object that was stored under an earlier schema version to the current one, as the
    /// JSON that would be stored today. Unless told otherwise, it is taken as it is: attributes that
    /// are no more are dropped, new ones are null.
    async fn upgrade_state(
        &self,
        _version: i64,
        state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Ok(state)
    }

    /// Brings an identity that was stored under an earlier version of the identity's schema to the
    /// current one. Unless told otherwise, it is taken as it is.
    async fn upgrade_identity(
        &self,
        _version: i64,
        identity: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        Ok(identity)
    }

    /// Takes over an object of another type or provider; `None` if it does not know how.
    async fn move_state(&self, _request: &MoveRequest) -> Result<Option<Value>, Diagnostics> {
        Ok(None)
    }
}

/// See [`Resource::plan`].
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The object before; null if it is to be created.
    pub prior: Value,
    /// The configuration, which may have unknown values.
    pub config: Value,
    /// Prior state and configuration merged, before the rules.
    pub proposed: Value,
}

/// See [`Resource::create`].
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// The configuration.
    pub config: Value,
    /// What was planned; unknown is what the provider decides.
    pub planned: Value,
}

/// See [`Resource::update`].
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The object before.
    pub prior: Value,
    /// The configuration.
    pub config: Value,
    /// What was planned; unknown is what the provider decides.
    pub planned: Value,
}

/// See [`Resource::import`].
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The resource type.
    pub ty: Str,
    /// The id; empty if the identity is given.
    pub id: Str,
    /// The identity.
    pub identity: Option<Value>,
    /// An object of the type with nothing set.
    pub empty: Value,
}

impl ImportRequest {
    /// The object that has just what identifies it.
    pub fn pass_through(&self) -> Result<Imported, Diagnostics> {
        let mut entries = self.empty.as_entries().cloned().unwrap_or_default();
        let mut set = |name: &Str, value: &Value| {
            if !entries.contains_key(name) {
                let detail = format!("{} has no attribute {name} to be found by.", self.ty);
                let refused = Diagnostic::error("Resource Import Not Supported", detail);
                return Err(Diagnostics::from(refused));
            }
            entries.insert(name.clone(), value.clone());
            Ok(())
        };
        match self.identity.as_ref().and_then(Value::as_entries) {
            Some(identity) => identity.iter().try_for_each(|(name, value)| set(name, value))?,
            None => set(&Str::from("id"), &Value::string(&*self.id))?,
        }
        Ok(Imported { ty: self.ty.clone(), state: Value::object(entries), private: Bytes::new() })
    }
}

/// An object found by an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its resource type.
    pub ty: Str,
    /// What is known of it: enough to read it.
    pub state: Value,
    /// The provider's private data to keep with it.
    pub private: Bytes,
}

/// A stored object of a schema that may not be the current one.
#[derive(Clone, Debug)]
pub enum RawState {
    /// The JSON of its attributes.
    Json(Bytes),
    /// The flat form that versions before 0.12 wrote.
    Flatmap(BTreeMap<String, String>),
}

/// See [`Resource::move_state`].
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// The address of the provider that the object comes from.
    pub source_provider: Str,
    /// The type that it was.
    pub source_type: Str,
    /// The schema version under which it was stored.
    pub source_version: i64,
    /// What was stored.
    pub source_state: RawState,
    /// The private data stored with it.
    pub source_private: Bytes,
    /// The type that it becomes.
    pub target_type: Str,
    /// An object of that type with nothing set.
    pub empty: Value,
}

impl MoveRequest {
    /// What was stored, as far as it is what a model has; `None` if it cannot be read so. It need not
    /// be a model of the source's type: one with just the attributes that are of use will do.
    pub fn source<M: Model>(&self) -> Option<M> {
        let RawState::Json(json) = &self.source_state else { return None };
        let json = serde_json::from_slice(json).ok()?;
        stored::object(M::block(), json).ok().map(|value| M::read(&value))
    }
}
