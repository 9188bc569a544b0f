//! Stored objects: bringing them to the current schema, and taking them over from elsewhere.

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::tfplugin6::{
    RawState as WireRawState, ResourceIdentityData, move_resource_state, upgrade_resource_identity,
    upgrade_resource_state,
};
use groma_value::json;

use super::{Host, isolated, wire};
use crate::{MoveRequest, Provider, RawState, stored};

impl<P: Provider> Host<P> {
    pub(super) async fn upgrade_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> upgrade_resource_state::Response {
        let (upgraded_state, failed) = match self.try_upgrade_state(request).await {
            Ok(state) => (Some(state), Diagnostics::new()),
            Err(failed) => (None, failed),
        };
        upgrade_resource_state::Response {
            upgraded_state,
            diagnostics: wire::diagnostics(&failed, None),
        }
    }

    async fn try_upgrade_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> Result<groma_protocol::tfplugin6::DynamicValue, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let RawState::Json(stored) = raw_state(request.raw_state) else {
            return Err(Diagnostic::error(
                "Unable to Read Previously Saved State",
                format!(
                    "An object of type {} is stored in the form of a version before 0.12, which \
                     this provider does not read. Apply it once with a provider that does.",
                    resource.name
                ),
            )
            .into());
        };
        let current = resource.schema.version;
        if request.version > current {
            return Err(Diagnostic::error(
                "Resource instance managed by newer provider version",
                format!(
                    "An object of type {} is stored in version {} of its schema, and this version \
                     of the provider knows only up to {current}. Use a newer one.",
                    resource.name, request.version
                ),
            )
            .into());
        }
        let unreadable = |e: &dyn std::fmt::Display| unreadable(&resource.name, e);
        let mut json = serde_json::from_slice(&stored).map_err(|e| unreadable(&e))?;
        if request.version < current {
            let (item, version) = (resource.item.clone(), request.version);
            json = isolated(async move { item.upgrade_state(version, json).await }).await?;
        }
        let value = stored::object(&resource.schema.block, json).map_err(|e| unreadable(&e))?;
        wire::encode(&value, resource.ty())
    }

    pub(super) async fn upgrade_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        let (upgraded_identity, failed) = match self.try_upgrade_identity(request).await {
            Ok(identity) => (Some(identity), Diagnostics::new()),
            Err(failed) => (None, failed),
        };
        upgrade_resource_identity::Response {
            upgraded_identity,
            diagnostics: wire::diagnostics(&failed, None),
        }
    }

    async fn try_upgrade_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> Result<ResourceIdentityData, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let (Some(schema), Some(ty)) = (&resource.schema.identity, &resource.identity) else {
            return Err(super::unknown_type("identity of resource type", &request.type_name));
        };
        let unreadable = |e: &dyn std::fmt::Display| unreadable(&resource.name, e);
        let RawState::Json(stored) = raw_state(request.raw_identity) else {
            return Err(unreadable(&"it is not JSON"));
        };
        let mut identity = serde_json::from_slice(&stored).map_err(|e| unreadable(&e))?;
        if request.version < schema.version {
            let (item, version) = (resource.item.clone(), request.version);
            identity =
                isolated(async move { item.upgrade_identity(version, identity).await }).await?;
        }
        let value = json::from_json(&identity, ty).map_err(|e| unreadable(&e))?;
        Ok(ResourceIdentityData { identity_data: Some(wire::encode(&value, ty)?) })
    }

    pub(super) async fn move_state(
        &self,
        request: move_resource_state::Request,
    ) -> move_resource_state::Response {
        self.try_move_state(request).await.unwrap_or_else(|failed| move_resource_state::Response {
            diagnostics: wire::diagnostics(&failed, None),
            ..Default::default()
        })
    }

    async fn try_move_state(
        &self,
        request: move_resource_state::Request,
    ) -> Result<move_resource_state::Response, Diagnostics> {
        let resource = self.loaded()?.resource(&request.target_type_name)?;
        let question = MoveRequest {
            source_provider: request.source_provider_address.into(),
            source_type: request.source_type_name.into(),
            source_version: request.source_schema_version,
            source_state: raw_state(request.source_state),
            source_private: request.source_private.clone(),
            target_type: resource.name.clone(),
            empty: resource.empty(),
        };
        let refused = format!(
            "{} cannot take over an object of type {} of {}.",
            resource.name, question.source_type, question.source_provider
        );
        let item = resource.item.clone();
        let moved = isolated(async move { item.move_state(&question).await }).await?;
        let moved =
            moved.ok_or_else(|| Diagnostic::error("Unable to Move Resource State", refused))?;
        Ok(move_resource_state::Response {
            target_state: Some(wire::encode(&moved, resource.ty())?),
            target_identity: wire::identity_of(&moved, &resource)?,
            target_private: request.source_private,
            diagnostics: Vec::new(),
        })
    }
}

fn raw_state(raw: Option<WireRawState>) -> RawState {
    match raw {
        Some(raw) if raw.json.is_empty() => RawState::Flatmap(raw.flatmap),
        Some(raw) => RawState::Json(raw.json),
        None => RawState::Json(Bytes::from_static(b"null")),
    }
}

fn unreadable(name: &str, error: &dyn std::fmt::Display) -> Diagnostics {
    Diagnostic::error(
        "Unable to Read Previously Saved State",
        format!("What is stored of an object of type {name} does not fit its schema: {error}."),
    )
    .into()
}
