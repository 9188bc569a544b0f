//! Changes of single objects.

use std::fmt;
use std::sync::Arc;

use groma_addrs::{AbsOutputValue, AbsProviderConfig, AbsResourceInstance, DeposedKey};
use groma_value::{Path, Str, Value};
use serde::{Deserialize, Serialize};

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// It is read (data sources).
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is forgotten, not destroyed.
    Forget,
    /// It is destroyed and created anew.
    DeleteThenCreate,
    /// It is created anew, and then the old one is destroyed.
    CreateThenDelete,
    /// It is created anew, and the old one is forgotten.
    CreateThenForget,
}

impl Action {
    /// Whether the object is replaced by another.
    pub fn is_replace(self) -> bool {
        matches!(
            self,
            Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget
        )
    }
}

/// Why an action was chosen, where that is not plain from the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ActionReason {
    /// A replacement, since the object is tainted.
    ReplaceBecauseTainted,
    /// A replacement, since the user asked for it.
    ReplaceByRequest,
    /// A replacement, since `replace_triggered_by` says so.
    ReplaceByTriggers,
    /// A replacement, since the provider cannot change it in place.
    ReplaceBecauseCannotUpdate,
    /// Destroyed, since there is no such resource in the configuration.
    DeleteBecauseNoResourceConfig,
    /// Destroyed, since `count` and `for_each` are no longer (or newly) used.
    DeleteBecauseWrongRepetition,
    /// Destroyed, since the index is beyond `count`.
    DeleteBecauseCountIndex,
    /// Destroyed, since the key is not in `for_each`.
    DeleteBecauseEachKey,
    /// Destroyed, since the module instance is not in the configuration.
    DeleteBecauseNoModule,
    /// Destroyed, since its move target is not in the configuration.
    DeleteBecauseNoMoveTarget,
    /// Destroyed, since `enabled` is false.
    DeleteBecauseEnabledFalse,
    /// Read during apply, since the configuration is not known yet.
    ReadBecauseConfigUnknown,
    /// Read during apply, since something that it depends on changes.
    ReadBecauseDependencyPending,
    /// Read during apply, since a check depends on it.
    ReadBecauseCheckNested,
}

impl ActionReason {
    /// The name in the machine-readable formats.
    pub fn as_str(self) -> &'static str {
        match self {
            ActionReason::ReplaceBecauseTainted => "replace_because_tainted",
            ActionReason::ReplaceByRequest => "replace_by_request",
            ActionReason::ReplaceByTriggers => "replace_by_triggers",
            ActionReason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
            ActionReason::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
            ActionReason::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
            ActionReason::DeleteBecauseCountIndex => "delete_because_count_index",
            ActionReason::DeleteBecauseEachKey => "delete_because_each_key",
            ActionReason::DeleteBecauseNoModule => "delete_because_no_module",
            ActionReason::DeleteBecauseNoMoveTarget => "delete_because_no_move_target",
            ActionReason::DeleteBecauseEnabledFalse => "delete_because_enabled_false",
            ActionReason::ReadBecauseConfigUnknown => "read_because_config_unknown",
            ActionReason::ReadBecauseDependencyPending => "read_because_dependency_pending",
            ActionReason::ReadBecauseCheckNested => "read_because_check_nested",
        }
    }
}

/// The import that a change begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Importing {
    /// The id, if it was given by id.
    pub id: Option<Str>,
    /// The identity, if it was given so.
    pub identity: Option<Value>,
    /// The configuration that was written for the object, if there was none.
    pub generated_config: Option<Str>,
}

/// Configuration that was written for an object that is to be imported.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedConfig {
    /// The instance.
    pub addr: AbsResourceInstance,
    /// The id that it was to be imported by; `None` where nothing came of it.
    pub id: Option<Str>,
    /// The `resource` block.
    pub text: Str,
}

/// An object before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// The object before; null if there is none. Marked where sensitive by configuration.
    pub before: Value,
    /// The object after; null if there will be none. Marked where sensitive by configuration.
    pub after: Value,
    /// The import that comes first.
    pub importing: Option<Importing>,
}

/// A change of a resource instance's object.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceChange {
    /// The instance.
    pub addr: AbsResourceInstance,
    /// Where it was before this plan; the same unless it moves.
    pub previous_addr: AbsResourceInstance,
    /// Which of its deposed objects this is about; `None` for the current one.
    pub deposed: Option<DeposedKey>,
    /// The provider configuration that does it.
    pub provider: AbsProviderConfig,
    /// Before and after.
    pub change: Change,
    /// Why.
    pub reason: Option<ActionReason>,
    /// The attributes that force a replacement.
    pub required_replace: Vec<Path>,
    /// What the provider wants back at apply.
    pub private: Arc<[u8]>,
    /// The identity before.
    pub before_identity: Option<Value>,
    /// The identity after.
    pub after_identity: Option<Value>,
}

/// Why a change is left for a later plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeferredReason {
    /// The provider does not say.
    Unknown,
    /// It is not known which instances there are.
    InstanceCountUnknown,
    /// The resource's configuration is not known enough.
    ResourceConfigUnknown,
    /// The provider's configuration is not known.
    ProviderConfigUnknown,
    /// Something that must be there first is not.
    AbsentPrereq,
    /// Something that it depends on is deferred.
    DeferredPrereq,
}

impl DeferredReason {
    /// The name in the machine-readable formats.
    pub fn as_str(self) -> &'static str {
        match self {
            DeferredReason::Unknown => "unknown",
            DeferredReason::InstanceCountUnknown => "instance_count_unknown",
            DeferredReason::ResourceConfigUnknown => "resource_config_unknown",
            DeferredReason::ProviderConfigUnknown => "provider_config_unknown",
            DeferredReason::AbsentPrereq => "absent_prereq",
            DeferredReason::DeferredPrereq => "deferred_prereq",
        }
    }
}

/// A change that is left for a later plan, as far as it can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct DeferredChange {
    /// The change. Keys that are not known are [`groma_addrs::InstanceKey::Unknown`].
    pub change: InstanceChange,
    /// Why it is left.
    pub reason: DeferredReason,
}

/// A change of an output value. Those of child modules are kept for the record only.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    /// The output.
    pub addr: AbsOutputValue,
    /// `NoOp`, `Create`, `Update` or `Delete`.
    pub action: Action,
    /// The value before; null if there is none.
    pub before: Value,
    /// The value after; null if there will be none.
    pub after: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::NoOp => "no-op",
            Action::Create => "create",
            Action::Read => "read",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Forget => "forget",
            Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => {
                "replace"
            }
        })
    }
}
