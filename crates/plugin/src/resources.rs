//! Calls about managed resources and data sources.

use groma_diag::Diagnostics;
use groma_protocol::convert::{diagnostics_from_wire, value_path_from_wire};
use groma_protocol::tfplugin6 as wire;
use groma_provider::{
    ApplyResourceRequest, ApplyResourceResponse, ImportRequest, ImportedResource, MoveStateRequest,
    MovedResource, PlanResourceRequest, PlanResourceResponse, ReadDataRequest, ReadDataResponse,
    ReadResourceRequest, ReadResourceResponse, UpgradeIdentityRequest, UpgradeStateRequest,
    ValidateResourceRequest,
};
use groma_value::{Str, Value};

use crate::answer::{Answer, Outcome, bytes, capabilities, deferred, private, raw_state};
use crate::method;
use crate::plugin::{PluginProvider, Ready};

type Tried<T> = Result<Outcome<T>, Diagnostics>;

impl PluginProvider {
    pub(crate) async fn try_validate_resource(
        &self,
        request: ValidateResourceRequest,
    ) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let call = wire::validate_resource_config::Request {
            type_name: request.ty.to_string(),
            config: ready.encode(&request.config, schema.block.implied_type())?,
            client_capabilities: capabilities(request.capabilities),
        };
        let answer: wire::validate_resource_config::Response =
            ready.connection.call(method::VALIDATE_RESOURCE_CONFIG, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    pub(crate) async fn try_validate_data_source(
        &self,
        ty: &str,
        config: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.data_source(ty)?;
        let call = wire::validate_data_resource_config::Request {
            type_name: ty.to_owned(),
            config: ready.encode(config, schema.block.implied_type())?,
        };
        let answer: wire::validate_data_resource_config::Response =
            ready.connection.call(method::VALIDATE_DATA_RESOURCE_CONFIG, call).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    pub(crate) async fn try_upgrade_state(&self, request: UpgradeStateRequest) -> Tried<Value> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let call = wire::upgrade_resource_state::Request {
            type_name: request.ty.to_string(),
            version: request.version,
            raw_state: Some(raw_state(&request.raw)),
        };
        let answer: wire::upgrade_resource_state::Response =
            ready.connection.call(method::UPGRADE_RESOURCE_STATE, call).await?;
        let mut known = ready.answer(method::UPGRADE_RESOURCE_STATE, answer.diagnostics);
        let ty = schema.block.implied_type();
        let state = known.value("an upgraded state", answer.upgraded_state, ty);
        Ok(known.with(state))
    }

    pub(crate) async fn try_upgrade_identity(
        &self,
        request: UpgradeIdentityRequest,
    ) -> Tried<Value> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let call = wire::upgrade_resource_identity::Request {
            type_name: request.ty.to_string(),
            version: request.version,
            raw_identity: Some(wire::RawState {
                json: bytes(&request.raw),
                flatmap: Default::default(),
            }),
        };
        let answer: wire::upgrade_resource_identity::Response =
            ready.connection.call(method::UPGRADE_RESOURCE_IDENTITY, call).await?;
        let mut known = ready.answer(method::UPGRADE_RESOURCE_IDENTITY, answer.diagnostics);
        let identity = known.identity(answer.upgraded_identity, &schema).flatten();
        Ok(known.with(identity))
    }

    pub(crate) async fn try_read(
        &self,
        request: ReadResourceRequest,
    ) -> Tried<ReadResourceResponse> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let ty = schema.block.implied_type();
        let call = wire::read_resource::Request {
            type_name: request.ty.to_string(),
            current_state: ready.encode(&request.prior, ty)?,
            private: bytes(&request.private),
            provider_meta: ready.encode_meta(&request.provider_meta)?,
            client_capabilities: capabilities(request.capabilities),
            current_identity: ready.encode_identity(request.identity.as_ref(), &schema)?,
        };
        let answer: wire::read_resource::Response =
            ready.connection.call(method::READ_RESOURCE, call).await?;
        let mut known = ready.answer(method::READ_RESOURCE, answer.diagnostics);
        let state = known.value("a state", answer.new_state, ty);
        let identity = known.identity(answer.new_identity, &schema);
        let response = state.zip(identity).map(|(state, identity)| ReadResourceResponse {
            state,
            private: private(&answer.private),
            identity,
            deferred: deferred(answer.deferred),
        });
        Ok(known.with(response))
    }

    pub(crate) async fn try_plan(
        &self,
        request: PlanResourceRequest,
    ) -> Tried<PlanResourceResponse> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let ty = schema.block.implied_type();
        let call = wire::plan_resource_change::Request {
            type_name: request.ty.to_string(),
            prior_state: ready.encode(&request.prior, ty)?,
            proposed_new_state: ready.encode(&request.proposed, ty)?,
            config: ready.encode(&request.config, ty)?,
            prior_private: bytes(&request.private),
            provider_meta: ready.encode_meta(&request.provider_meta)?,
            client_capabilities: capabilities(request.capabilities),
            prior_identity: ready.encode_identity(request.identity.as_ref(), &schema)?,
        };
        let answer: wire::plan_resource_change::Response =
            ready.connection.call(method::PLAN_RESOURCE_CHANGE, call).await?;
        let mut known = ready.answer(method::PLAN_RESOURCE_CHANGE, answer.diagnostics);
        let planned = known.value("a planned state", answer.planned_state, ty);
        let identity = known.identity(answer.planned_identity, &schema);
        let response = planned.zip(identity).map(|(planned, identity)| PlanResourceResponse {
            planned,
            requires_replace: answer
                .requires_replace
                .into_iter()
                .map(value_path_from_wire)
                .collect(),
            private: private(&answer.planned_private),
            legacy_type_system: answer.legacy_type_system,
            identity,
            deferred: deferred(answer.deferred),
        });
        Ok(known.with(response))
    }

    pub(crate) async fn try_apply(
        &self,
        request: ApplyResourceRequest,
    ) -> Tried<ApplyResourceResponse> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let ty = schema.block.implied_type();
        let call = wire::apply_resource_change::Request {
            type_name: request.ty.to_string(),
            prior_state: ready.encode(&request.prior, ty)?,
            planned_state: ready.encode(&request.planned, ty)?,
            config: ready.encode(&request.config, ty)?,
            planned_private: bytes(&request.private),
            provider_meta: ready.encode_meta(&request.provider_meta)?,
            planned_identity: ready.encode_identity(request.identity.as_ref(), &schema)?,
        };
        let answer: wire::apply_resource_change::Response =
            ready.connection.call(method::APPLY_RESOURCE_CHANGE, call).await?;
        let mut known = ready.answer(method::APPLY_RESOURCE_CHANGE, answer.diagnostics);
        let state = known.value("a new state", answer.new_state, ty);
        // The object exists whatever became of its identity, so it must not be lost with it.
        let identity = known.identity(answer.new_identity, &schema).flatten();
        let response = state.map(|state| ApplyResourceResponse {
            state,
            private: private(&answer.private),
            legacy_type_system: answer.legacy_type_system,
            identity,
        });
        Ok(known.with(response))
    }

    pub(crate) async fn try_import(
        &self,
        request: ImportRequest,
    ) -> Result<(Vec<ImportedResource>, Diagnostics), Diagnostics> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.ty)?;
        let call = wire::import_resource_state::Request {
            type_name: request.ty.to_string(),
            id: request.id.to_string(),
            client_capabilities: capabilities(request.capabilities),
            identity: ready.encode_identity(request.identity.as_ref(), &schema)?,
        };
        let answer: wire::import_resource_state::Response =
            ready.connection.call(method::IMPORT_RESOURCE_STATE, call).await?;
        let mut known = ready.answer(method::IMPORT_RESOURCE_STATE, answer.diagnostics);
        let mut imported = Vec::new();
        for resource in answer.imported_resources {
            imported.extend(imported_resource(&ready, &mut known, resource));
        }
        Ok((imported, known.told))
    }

    pub(crate) async fn try_move(&self, request: MoveStateRequest) -> Tried<MovedResource> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(&request.target_type)?;
        let (source_identity, source_identity_schema_version) = match &request.source_identity {
            Some((json, version)) => {
                let raw = wire::RawState { json: bytes(json), flatmap: Default::default() };
                (Some(raw), *version)
            }
            None => (None, 0),
        };
        let call = wire::move_resource_state::Request {
            source_provider_address: request.source_provider.to_string(),
            source_type_name: request.source_type.to_string(),
            source_schema_version: request.source_version,
            source_state: Some(raw_state(&request.source_state)),
            target_type_name: request.target_type.to_string(),
            source_private: bytes(&request.source_private),
            source_identity,
            source_identity_schema_version,
        };
        let answer: wire::move_resource_state::Response =
            ready.connection.call(method::MOVE_RESOURCE_STATE, call).await?;
        let mut known = ready.answer(method::MOVE_RESOURCE_STATE, answer.diagnostics);
        let ty = schema.block.implied_type();
        let state = known.value("a moved state", answer.target_state, ty);
        let identity = known.identity(answer.target_identity, &schema);
        let response = state.zip(identity).map(|(state, identity)| MovedResource {
            state,
            private: private(&answer.target_private),
            identity,
        });
        Ok(known.with(response))
    }

    pub(crate) async fn try_read_data(&self, request: ReadDataRequest) -> Tried<ReadDataResponse> {
        let ready = self.ready().await?;
        let schema = ready.data_source(&request.ty)?;
        let ty = schema.block.implied_type();
        let call = wire::read_data_source::Request {
            type_name: request.ty.to_string(),
            config: ready.encode(&request.config, ty)?,
            provider_meta: ready.encode_meta(&request.provider_meta)?,
            client_capabilities: capabilities(request.capabilities),
        };
        let answer: wire::read_data_source::Response =
            ready.connection.call(method::READ_DATA_SOURCE, call).await?;
        let mut known = ready.answer(method::READ_DATA_SOURCE, answer.diagnostics);
        let state = known.value("a state", answer.state, ty);
        let response =
            state.map(|state| ReadDataResponse { state, deferred: deferred(answer.deferred) });
        Ok(known.with(response))
    }

    pub(crate) async fn try_generate_config(&self, ty: &str, state: &Value) -> Tried<Value> {
        let ready = self.ready().await?;
        let schema = ready.resource_type(ty)?;
        let implied = schema.block.implied_type();
        let call = wire::generate_resource_config::Request {
            type_name: ty.to_owned(),
            state: ready.encode(state, implied)?,
        };
        let answer: wire::generate_resource_config::Response =
            ready.connection.call(method::GENERATE_RESOURCE_CONFIG, call).await?;
        let mut known = ready.answer(method::GENERATE_RESOURCE_CONFIG, answer.diagnostics);
        let config = known.value("a configuration", answer.config, implied);
        Ok(known.with(config))
    }
}

/// One of the objects found by an import, which may be of another type than the one asked for.
fn imported_resource(
    ready: &Ready<'_>,
    known: &mut Answer<'_>,
    resource: wire::import_resource_state::ImportedResource,
) -> Option<ImportedResource> {
    let schema = match ready.resource_type(&resource.type_name) {
        Ok(schema) => schema,
        Err(diagnostics) => {
            known.told.extend(diagnostics);
            return None;
        }
    };
    let ty = schema.block.implied_type();
    let state = known.value("an imported state", resource.state, ty)?;
    let identity = known.identity(resource.identity, &schema)?;
    Some(ImportedResource {
        ty: Str::from(resource.type_name),
        state,
        private: private(&resource.private),
        identity,
    })
}
