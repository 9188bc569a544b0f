//! Two plugins that stand for one provider: one of them offers a part of what the other does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::{FunctionSignature, ProviderSchemas, Schema, ServerCapabilities};
use groma_value::{Str, Value};

use crate::{
    ApplyResourceRequest, ApplyResourceResponse, ConfigureRequest, DeferredReason,
    FunctionCallError, ImportRequest, ImportedResource, InvokeActionRequest, ListRequest,
    ListedResource, MoveStateRequest, MovedResource, OpenEphemeralResponse, PlanActionRequest,
    PlanResourceRequest, PlanResourceResponse, Provider, ReadDataRequest, ReadDataResponse,
    ReadResourceRequest, ReadResourceResponse, RenewEphemeralResponse, UpgradeIdentityRequest,
    UpgradeStateRequest, ValidateResourceRequest,
};

/// What the first of two providers offers goes to it, everything else to the second. Both are
/// configured alike.
pub struct Joint {
    first: Arc<dyn Provider>,
    second: Arc<dyn Provider>,
    schemas: OnceLock<Arc<JointSchemas>>,
}

/// A kind of things that providers offer by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Offer {
    Resource,
    DataSource,
    Ephemeral,
    Action,
    List,
    Function,
}

impl Joint {
    /// The second provider, with the first in its place for what that offers.
    pub fn new(first: Arc<dyn Provider>, second: Arc<dyn Provider>) -> Joint {
        Joint { first, second, schemas: OnceLock::new() }
    }

    async fn joined(&self) -> Result<&Arc<JointSchemas>, Diagnostics> {
        if let Some(schemas) = self.schemas.get() {
            return Ok(schemas);
        }
        let joined = JointSchemas::new(self.first.schemas().await?, self.second.schemas().await?)?;
        Ok(self.schemas.get_or_init(|| Arc::new(joined)))
    }

    /// Who offers something. Where the schemas cannot be had, asking the second gives the error.
    async fn of(&self, offer: Offer, name: &str) -> &dyn Provider {
        match self.joined().await {
            Ok(schemas) if schemas.is_first(offer, name) => &*self.first,
            _ => &*self.second,
        }
    }
}

#[async_trait]
impl Provider for Joint {
    async fn schemas(&self) -> Result<Arc<dyn ProviderSchemas>, Diagnostics> {
        Ok(self.joined().await?.clone())
    }

    async fn validate_provider_config(&self, config: &Value) -> (Value, Diagnostics) {
        let (_, first) = self.first.validate_provider_config(config).await;
        let (config, second) = self.second.validate_provider_config(config).await;
        (config, union(first, second))
    }

    async fn validate_resource_config(&self, request: ValidateResourceRequest) -> Diagnostics {
        let provider = self.of(Offer::Resource, &request.ty).await;
        provider.validate_resource_config(request).await
    }

    async fn validate_data_source_config(&self, ty: &str, config: &Value) -> Diagnostics {
        self.of(Offer::DataSource, ty).await.validate_data_source_config(ty, config).await
    }

    async fn validate_ephemeral_config(&self, ty: &str, config: &Value) -> Diagnostics {
        self.of(Offer::Ephemeral, ty).await.validate_ephemeral_config(ty, config).await
    }

    async fn upgrade_resource_state(
        &self,
        request: UpgradeStateRequest,
    ) -> (Option<Value>, Diagnostics) {
        let provider = self.of(Offer::Resource, &request.ty).await;
        provider.upgrade_resource_state(request).await
    }

    async fn upgrade_identity(
        &self,
        request: UpgradeIdentityRequest,
    ) -> (Option<Value>, Diagnostics) {
        self.of(Offer::Resource, &request.ty).await.upgrade_identity(request).await
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let first = self.first.configure(request.clone()).await;
        union(first, self.second.configure(request).await)
    }

    async fn gathers_reads(&self, ty: &str) -> bool {
        self.of(Offer::Resource, ty).await.gathers_reads(ty).await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequest,
    ) -> (Option<ReadResourceResponse>, Diagnostics) {
        self.of(Offer::Resource, &request.ty).await.read_resource(request).await
    }

    async fn plan_resource_change(
        &self,
        request: PlanResourceRequest,
    ) -> (Option<PlanResourceResponse>, Diagnostics) {
        self.of(Offer::Resource, &request.ty).await.plan_resource_change(request).await
    }

    async fn apply_resource_change(
        &self,
        request: ApplyResourceRequest,
    ) -> (Option<ApplyResourceResponse>, Diagnostics) {
        self.of(Offer::Resource, &request.ty).await.apply_resource_change(request).await
    }

    async fn import_resource_state(
        &self,
        request: ImportRequest,
    ) -> (Vec<ImportedResource>, Diagnostics) {
        self.of(Offer::Resource, &request.ty).await.import_resource_state(request).await
    }

    async fn move_resource_state(
        &self,
        request: MoveStateRequest,
    ) -> (Option<MovedResource>, Diagnostics) {
        self.of(Offer::Resource, &request.target_type).await.move_resource_state(request).await
    }

    async fn read_data_source(
        &self,
        request: ReadDataRequest,
    ) -> (Option<ReadDataResponse>, Diagnostics) {
        self.of(Offer::DataSource, &request.ty).await.read_data_source(request).await
    }

    async fn open_ephemeral(
        &self,
        ty: &str,
        config: &Value,
    ) -> (Option<OpenEphemeralResponse>, Diagnostics) {
        self.of(Offer::Ephemeral, ty).await.open_ephemeral(ty, config).await
    }

    async fn renew_ephemeral(
        &self,
        ty: &str,
        private: &[u8],
    ) -> (Option<RenewEphemeralResponse>, Diagnostics) {
        self.of(Offer::Ephemeral, ty).await.renew_ephemeral(ty, private).await
    }

    async fn close_ephemeral(&self, ty: &str, private: &[u8]) -> Diagnostics {
        self.of(Offer::Ephemeral, ty).await.close_ephemeral(ty, private).await
    }

    async fn call_function(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, FunctionCallError> {
        self.of(Offer::Function, name).await.call_function(name, arguments).await
    }

    async fn validate_action_config(&self, ty: &str, config: &Value) -> Diagnostics {
        self.of(Offer::Action, ty).await.validate_action_config(ty, config).await
    }

    async fn plan_action(
        &self,
        request: PlanActionRequest,
    ) -> (Option<DeferredReason>, Diagnostics) {
        self.of(Offer::Action, &request.ty).await.plan_action(request).await
    }

    async fn invoke_action(
        &self,
        request: InvokeActionRequest,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Diagnostics {
        self.of(Offer::Action, &request.ty).await.invoke_action(request, progress).await
    }

    async fn validate_list_config(&self, request: &ListRequest) -> Diagnostics {
        self.of(Offer::List, &request.ty).await.validate_list_config(request).await
    }

    async fn list_resources(
        &self,
        request: &ListRequest,
        each: &mut (dyn FnMut(ListedResource) -> bool + Send),
    ) -> Diagnostics {
        self.of(Offer::List, &request.ty).await.list_resources(request, each).await
    }

    async fn generate_resource_config(
        &self,
        ty: &str,
        state: &Value,
    ) -> (Option<Value>, Diagnostics) {
        self.of(Offer::Resource, ty).await.generate_resource_config(ty, state).await
    }

    async fn stop(&self) -> Diagnostics {
        let first = self.first.stop().await;
        union(first, self.second.stop().await)
    }

    async fn close(&self) {
        self.first.close().await;
        self.second.close().await;
    }
}

/// The diagnostics of both; what both say is said once.
fn union(mut first: Diagnostics, second: Diagnostics) -> Diagnostics {
    let said = |d: &Diagnostic, all: &Diagnostics| all.iter().any(|other| other == d);
    for diagnostic in second {
        if !said(&diagnostic, &first) {
            first.push(diagnostic);
        }
    }
    first
}

/// The schemas of two providers as those of one.
struct JointSchemas {
    first: Arc<dyn ProviderSchemas>,
    second: Arc<dyn ProviderSchemas>,
    offered: BTreeSet<(Offer, Str)>,
    functions: Arc<BTreeMap<Str, FunctionSignature>>,
}

impl JointSchemas {
    fn new(
        first: Arc<dyn ProviderSchemas>,
        second: Arc<dyn ProviderSchemas>,
    ) -> Result<JointSchemas, Diagnostics> {
        let mut functions = BTreeMap::clone(&*second.functions()?);
        let mut offered = BTreeSet::new();
        for (name, signature) in &*first.functions()? {
            functions.insert(name.clone(), signature.clone());
            offered.insert((Offer::Function, name.clone()));
        }
        let mut offer = |kind: Offer, names: Vec<Str>| {
            offered.extend(names.into_iter().map(|name| (kind, name)));
        };
        offer(Offer::Resource, first.resource_type_names());
        offer(Offer::DataSource, first.data_source_names());
        offer(Offer::Ephemeral, first.ephemeral_resource_type_names());
        offer(Offer::Action, first.action_type_names());
        offer(Offer::List, first.list_resource_type_names());
        Ok(JointSchemas { first, second, offered, functions: Arc::new(functions) })
    }

    fn is_first(&self, offer: Offer, name: &str) -> bool {
        self.offered.contains(&(offer, Str::from(name)))
    }

    fn of(&self, offer: Offer, name: &str) -> &dyn ProviderSchemas {
        match self.is_first(offer, name) {
            true => &*self.first,
            false => &*self.second,
        }
    }

    fn names(&self, offer: Offer, second: Vec<Str>) -> Vec<Str> {
        let first = self.offered.iter().filter(|(kind, _)| *kind == offer);
        let mut names: BTreeSet<Str> = first.map(|(_, name)| name.clone()).collect();
        names.extend(second);
        names.into_iter().collect()
    }
}

impl ProviderSchemas for JointSchemas {
    fn provider(&self) -> Result<Arc<Schema>, Diagnostics> {
        self.second.provider()
    }
    fn provider_meta(&self) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.second.provider_meta()
    }
    fn resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.of(Offer::Resource, name).resource_type(name)
    }
    fn data_source(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.of(Offer::DataSource, name).data_source(name)
    }
    fn ephemeral_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.of(Offer::Ephemeral, name).ephemeral_resource_type(name)
    }
    fn functions(&self) -> Result<Arc<BTreeMap<Str, FunctionSignature>>, Diagnostics> {
        Ok(self.functions.clone())
    }
    fn resource_type_names(&self) -> Vec<Str> {
        self.names(Offer::Resource, self.second.resource_type_names())
    }
    fn data_source_names(&self) -> Vec<Str> {
        self.names(Offer::DataSource, self.second.data_source_names())
    }
    fn ephemeral_resource_type_names(&self) -> Vec<Str> {
        self.names(Offer::Ephemeral, self.second.ephemeral_resource_type_names())
    }
    fn action_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.of(Offer::Action, name).action_type(name)
    }
    fn list_resource_type(&self, name: &str) -> Result<Option<Arc<Schema>>, Diagnostics> {
        self.of(Offer::List, name).list_resource_type(name)
    }
    fn action_type_names(&self) -> Vec<Str> {
        self.names(Offer::Action, self.second.action_type_names())
    }
    fn list_resource_type_names(&self) -> Vec<Str> {
        self.names(Offer::List, self.second.list_resource_type_names())
    }
    fn capabilities(&self) -> ServerCapabilities {
        let (first, second) = (self.first.capabilities(), self.second.capabilities());
        ServerCapabilities {
            // One that does not expect to be asked must not be.
            plan_destroy: first.plan_destroy && second.plan_destroy,
            get_provider_schema_optional: first.get_provider_schema_optional
                && second.get_provider_schema_optional,
            move_resource_state: first.move_resource_state || second.move_resource_state,
            generate_resource_config: first.generate_resource_config
                && second.generate_resource_config,
        }
    }
}

#[cfg(test)]
mod tests;
