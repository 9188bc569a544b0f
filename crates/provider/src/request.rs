//! What is asked of a provider, and its answers.

use groma_diag::Diagnostics;
use groma_value::{Path, Str, Value};

use crate::{Private, TypeName};

/// What the engine can handle beyond the common ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ClientCapabilities {
    /// An answer may be deferred.
    pub deferral_allowed: bool,
    /// Configurations may contain write-only attributes.
    pub write_only_attributes_allowed: bool,
}

/// Why an answer is deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeferredReason {
    /// The provider does not say.
    Unknown,
    /// The resource's configuration is not known enough.
    ResourceConfigUnknown,
    /// The provider's configuration is not known enough.
    ProviderConfigUnknown,
    /// Something that must be there first is not.
    AbsentPrereq,
}

/// See [`crate::Provider::validate_resource_config`].
#[derive(Clone, Debug)]
pub struct ValidateResourceRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The configuration.
    pub config: Value,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// The stored form of an object.
#[derive(Clone, Debug)]
pub enum RawState {
    /// The JSON of its attributes.
    Json(std::sync::Arc<[u8]>),
    /// The flat form that versions before 0.12 wrote.
    Flatmap(std::collections::BTreeMap<String, String>),
}

/// See [`crate::Provider::upgrade_resource_state`].
#[derive(Clone, Debug)]
pub struct UpgradeStateRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The schema version under which it was stored.
    pub version: i64,
    /// What was stored.
    pub raw: RawState,
}

/// See [`crate::Provider::upgrade_identity`].
#[derive(Clone, Debug)]
pub struct UpgradeIdentityRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The identity schema version under which it was stored.
    pub version: i64,
    /// The stored JSON.
    pub raw: std::sync::Arc<[u8]>,
}

/// See [`crate::Provider::configure`].
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The version of the engine, as far as providers care: the Terraform version it stands for.
    pub terraform_version: String,
    /// The configuration.
    pub config: Value,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// See [`crate::Provider::read_resource`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadResourceRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The object as last seen.
    pub prior: Value,
    /// The provider's private data.
    pub private: Private,
    /// The calling module's metadata for the provider, null where there is none.
    pub provider_meta: Value,
    /// The identity as last seen.
    pub identity: Option<Value>,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// See [`crate::Provider::read_resource`].
#[derive(Clone, Debug)]
pub struct ReadResourceResponse {
    /// The object as it is; null if it is gone.
    pub state: Value,
    /// The provider's private data.
    pub private: Private,
    /// The identity.
    pub identity: Option<Value>,
    /// Whether, and why, it could not be read yet.
    pub deferred: Option<DeferredReason>,
}

/// See [`crate::Provider::plan_resource_change`].
#[derive(Clone, Debug)]
pub struct PlanResourceRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The object before; null if it is to be created.
    pub prior: Value,
    /// Prior state and configuration merged; null if it is to be destroyed.
    pub proposed: Value,
    /// The configuration; null if it is to be destroyed.
    pub config: Value,
    /// The provider's private data.
    pub private: Private,
    /// The calling module's metadata for the provider, null where there is none.
    pub provider_meta: Value,
    /// The identity before.
    pub identity: Option<Value>,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// See [`crate::Provider::plan_resource_change`].
#[derive(Clone, Debug)]
pub struct PlanResourceResponse {
    /// What the object would be.
    pub planned: Value,
    /// The attributes whose change cannot be made in place.
    pub requires_replace: Vec<Path>,
    /// Private data to hand over at apply.
    pub private: Private,
    /// The plugin cannot keep the rules on planned and applied values, and says so.
    pub legacy_type_system: bool,
    /// The identity the object would have.
    pub identity: Option<Value>,
    /// Whether, and why, it could not be planned yet.
    pub deferred: Option<DeferredReason>,
}

/// See [`crate::Provider::apply_resource_change`].
#[derive(Clone, Debug)]
pub struct ApplyResourceRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The object before; null if it is to be created.
    pub prior: Value,
    /// What was planned; null if it is to be destroyed.
    pub planned: Value,
    /// The configuration; null if it is to be destroyed.
    pub config: Value,
    /// The private data of the plan.
    pub private: Private,
    /// The calling module's metadata for the provider, null where there is none.
    pub provider_meta: Value,
    /// The identity planned.
    pub identity: Option<Value>,
}

/// See [`crate::Provider::apply_resource_change`]. Beside errors, it is what there is nonetheless.
#[derive(Clone, Debug)]
pub struct ApplyResourceResponse {
    /// The object as it is now; null if it is gone.
    pub state: Value,
    /// The provider's private data.
    pub private: Private,
    /// The plugin cannot keep the rules on planned and applied values, and says so.
    pub legacy_type_system: bool,
    /// The identity.
    pub identity: Option<Value>,
}

/// See [`crate::Provider::import_resource_state`].
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The id; empty if the identity is given.
    pub id: Str,
    /// The identity.
    pub identity: Option<Value>,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// An object found by an import.
#[derive(Clone, Debug)]
pub struct ImportedResource {
    /// Its resource type.
    pub ty: TypeName,
    /// What is known of it: enough to read it.
    pub state: Value,
    /// The provider's private data.
    pub private: Private,
    /// The identity.
    pub identity: Option<Value>,
}

/// See [`crate::Provider::move_resource_state`].
#[derive(Clone, Debug)]
pub struct MoveStateRequest {
    /// The address of the provider that it comes from.
    pub source_provider: Str,
    /// The type that it was.
    pub source_type: Str,
    /// The schema version under which it was stored.
    pub source_version: i64,
    /// What was stored.
    pub source_state: RawState,
    /// The private data stored with it.
    pub source_private: Private,
    /// The stored identity and its schema version.
    pub source_identity: Option<(std::sync::Arc<[u8]>, i64)>,
    /// The type that it becomes.
    pub target_type: TypeName,
}

/// See [`crate::Provider::move_resource_state`].
#[derive(Clone, Debug)]
pub struct MovedResource {
    /// The object in the target type.
    pub state: Value,
    /// The provider's private data.
    pub private: Private,
    /// The identity.
    pub identity: Option<Value>,
}

/// See [`crate::Provider::read_data_source`].
#[derive(Clone, Debug)]
pub struct ReadDataRequest {
    /// The data source's type.
    pub ty: TypeName,
    /// The configuration, wholly known.
    pub config: Value,
    /// The calling module's metadata for the provider, null where there is none.
    pub provider_meta: Value,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// See [`crate::Provider::read_data_source`].
#[derive(Clone, Debug)]
pub struct ReadDataResponse {
    /// What was read.
    pub state: Value,
    /// Whether, and why, it could not be read yet.
    pub deferred: Option<DeferredReason>,
}

/// See [`crate::Provider::open_ephemeral`].
#[derive(Clone, Debug)]
pub struct OpenEphemeralResponse {
    /// The values.
    pub result: Value,
    /// Private data for renewal and closing.
    pub private: Private,
    /// When to renew, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
    /// Whether, and why, it could not be opened yet.
    pub deferred: Option<DeferredReason>,
}

/// See [`crate::Provider::renew_ephemeral`].
#[derive(Clone, Debug)]
pub struct RenewEphemeralResponse {
    /// Private data for renewal and closing.
    pub private: Private,
    /// When to renew again, in seconds since the Unix epoch.
    pub renew_at: Option<i64>,
}

/// See [`crate::Provider::plan_action`].
#[derive(Clone, Debug)]
pub struct PlanActionRequest {
    /// The type of the action.
    pub ty: TypeName,
    /// The configuration, which may have unknown values.
    pub config: Value,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// See [`crate::Provider::invoke_action`].
#[derive(Clone, Debug)]
pub struct InvokeActionRequest {
    /// The type of the action.
    pub ty: TypeName,
    /// The configuration, wholly known.
    pub config: Value,
    /// What the engine can handle.
    pub capabilities: ClientCapabilities,
}

/// Which objects to list.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The resource type.
    pub ty: TypeName,
    /// The configuration, by the schema of the type of list resources of that name.
    pub config: Value,
    /// Whether the whole objects are wanted, and not just what identifies them.
    pub include_objects: bool,
    /// How many are wanted at most.
    pub limit: i64,
}

/// One of the objects listed.
#[derive(Clone, Debug)]
pub struct ListedResource {
    /// What identifies it.
    pub identity: Option<Value>,
    /// What people call it.
    pub display_name: String,
    /// The whole object, if it was asked for.
    pub object: Option<Value>,
    /// What the provider has to tell about it, and what is wrong with its answer.
    pub diagnostics: Diagnostics,
}
