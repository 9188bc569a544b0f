//! The provider as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Schema;
use groma_value::{Str, Value};

use crate::typed::{
    CallableFunction, DeedAction, EphemeralModel, ListerResource, LookupSource, ManagedResource,
};
use crate::{
    Action, Callable, DataSource, Deed, Ephemeral, EphemeralResource, Function, ListResource,
    Lister, Lookup, Managed, Model, Resource,
};

/// A provider.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What operations work with: made once by [`Provider::configure`], then shared.
    type Client: Send + Sync + 'static;

    /// The schema of the provider's configuration. Asked for at most once.
    fn schema(&self) -> Schema {
        Schema::default()
    }

    /// The schema of a module's metadata for the provider, if it takes any.
    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    /// What the provider offers. Asked for once; it must be quick, so schemas belong into the
    /// things themselves.
    fn catalog(&self) -> Result<Catalog<Self::Client>, Diagnostics>;

    /// Whether the schemas are the same wherever and whenever this program runs, so that engines may
    /// keep them from one run to the next.
    fn has_fixed_schemas(&self) -> bool {
        true
    }

    /// Checks a configuration, which may have unknown values.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Makes the client from the configuration, which may have unknown values.
    async fn configure(
        &self,
        request: &ConfigureRequest,
        warnings: &mut Diagnostics,
    ) -> Result<Self::Client, Diagnostics>;
}

/// See [`Provider::configure`].
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The version of Terraform that the caller is, or stands for.
    pub terraform_version: String,
    /// The configuration.
    pub config: Value,
    /// Whether answers may be put off to a later run.
    pub deferral_allowed: bool,
}

impl ConfigureRequest {
    /// The configuration as a model, where its schema is that of the model.
    pub fn model<M: Model>(&self) -> M {
        M::read(&self.config)
    }
}

/// What a provider offers, by name.
pub struct Catalog<C: Send + Sync + 'static> {
    pub(crate) resources: BTreeMap<Str, Arc<dyn Resource<C>>>,
    pub(crate) data_sources: BTreeMap<Str, Arc<dyn DataSource<C>>>,
    pub(crate) ephemeral: BTreeMap<Str, Arc<dyn EphemeralResource<C>>>,
    pub(crate) lists: BTreeMap<Str, Arc<dyn ListResource<C>>>,
    pub(crate) actions: BTreeMap<Str, Arc<dyn Action<C>>>,
    pub(crate) functions: BTreeMap<Str, Arc<dyn Function>>,
}

impl<C: Send + Sync + 'static> Default for Catalog<C> {
    fn default() -> Self {
        Catalog {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            ephemeral: BTreeMap::new(),
            lists: BTreeMap::new(),
            actions: BTreeMap::new(),
            functions: BTreeMap::new(),
        }
    }
}

impl<C: Send + Sync + 'static> Catalog<C> {
    /// Nothing yet.
    pub fn new() -> Catalog<C> {
        Catalog::default()
    }

    /// Adds a managed resource type, in place of an earlier one of the name.
    pub fn resource(mut self, name: impl Into<Str>, resource: impl Resource<C>) -> Catalog<C> {
        self.resources.insert(name.into(), Arc::new(resource));
        self
    }

    /// Adds a managed resource type over a model, under its name.
    pub fn managed(self, resource: impl Managed<C>) -> Catalog<C> {
        self.resource(resource.name(), ManagedResource(resource))
    }

    /// Adds a data source over a model, under its name.
    pub fn lookup(self, source: impl Lookup<C>) -> Catalog<C> {
        self.data_source(source.name(), LookupSource(source))
    }

    /// Adds an ephemeral resource type over a model, under its name.
    pub fn opened(self, resource: impl Ephemeral<C>) -> Catalog<C> {
        self.ephemeral(resource.name(), EphemeralModel(resource))
    }

    /// Adds a list over models, under its name.
    pub fn lister(self, list: impl Lister<C>) -> Catalog<C> {
        self.list(list.name(), ListerResource(list))
    }

    /// Adds an action over a model, under its name.
    pub fn deed(self, action: impl Deed<C>) -> Catalog<C> {
        self.action(action.name(), DeedAction(action))
    }

    /// Adds a function over a model of its arguments, under its name.
    pub fn callable(self, function: impl Callable) -> Catalog<C> {
        self.function(function.name(), CallableFunction(function))
    }

    /// Adds a list of the objects of the managed resource type of that name.
    pub fn list(mut self, name: impl Into<Str>, list: impl ListResource<C>) -> Catalog<C> {
        self.lists.insert(name.into(), Arc::new(list));
        self
    }

    /// Adds an action.
    pub fn action(mut self, name: impl Into<Str>, action: impl Action<C>) -> Catalog<C> {
        self.actions.insert(name.into(), Arc::new(action));
        self
    }

    /// Adds a data source.
    pub fn data_source(mut self, name: impl Into<Str>, source: impl DataSource<C>) -> Catalog<C> {
        self.data_sources.insert(name.into(), Arc::new(source));
        self
    }

    /// Adds an ephemeral resource type.
    pub fn ephemeral(
        mut self,
        name: impl Into<Str>,
        resource: impl EphemeralResource<C>,
    ) -> Catalog<C> {
        self.ephemeral.insert(name.into(), Arc::new(resource));
        self
    }

    /// Adds a function.
    pub fn function(mut self, name: impl Into<Str>, function: impl Function) -> Catalog<C> {
        self.functions.insert(name.into(), Arc::new(function));
        self
    }
}
