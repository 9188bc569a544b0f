//! The plan as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{AbsResource, AbsResourceInstance, Provider, ResourceMode, Target};
use groma_state::{CheckResult, ResourceState, State};
use groma_value::{Path, Str, Value};

use crate::{
    ActionInvocation, DeferredChange, ExecutionGraph, GeneratedConfig, InstanceChange, OutputChange,
};

/// What kind of plan it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// Make the world as the configuration has it.
    #[default]
    Normal,
    /// Destroy everything.
    Destroy,
    /// Write what is there into the state.
    RefreshOnly,
}

/// A root variable's value.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableValue {
    /// The value as given, before conversion, without marks.
    pub value: Value,
    /// Given only while applying too, never stored.
    pub ephemeral: bool,
}

/// A resource attribute whose value takes part in a planned change.
#[derive(Clone, Debug, PartialEq)]
pub struct RelevantAttribute {
    /// The resource or the instance (with its key).
    pub resource: AbsResourceInstance,
    /// The attribute.
    pub attribute: Path,
}

/// A provider selection that the plan was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLock {
    /// The provider.
    pub provider: Provider,
    /// The version.
    pub version: String,
    /// The accepted hashes.
    pub hashes: Vec<String>,
}

/// The backend that the plan's state came from.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendRecord {
    /// The backend's type.
    pub kind: String,
    /// Its configuration, as JSON.
    pub config: Vec<u8>,
    /// The workspace.
    pub workspace: String,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What kind of plan it is.
    pub mode: Mode,
    /// Planning ended with errors; this is what had been planned by then.
    pub errored: bool,
    /// When it was made, RFC 3339.
    pub timestamp: String,
    /// The root variables.
    pub variables: BTreeMap<Str, VariableValue>,
    /// All changes, no-ops included, in the order of their addresses.
    pub changes: Vec<InstanceChange>,
    /// The changes that are left for a later plan, in the order of their addresses.
    pub deferred: Vec<DeferredChange>,
    /// What had changed outside since the last run.
    pub drift: Vec<InstanceChange>,
    /// The changes of output values, no-ops included, in the order of their addresses.
    pub outputs: Vec<OutputChange>,
    /// What the drift matters to.
    pub relevant_attributes: Vec<RelevantAttribute>,
    /// The results of checks as far as they are known.
    pub checks: Vec<CheckResult>,
    /// What was selected.
    pub targets: Vec<Target>,
    /// What was left out.
    pub excludes: Vec<Target>,
    /// What was to be replaced whatever its values.
    pub force_replace: Vec<AbsResourceInstance>,
    /// The state before anything was read.
    pub previous_state: Arc<State>,
    /// The state after everything was read: what apply starts from.
    pub prior_state: Arc<State>,
    /// The lineage of the state.
    pub lineage: String,
    /// The serial of the state.
    pub serial: u64,
    /// The actions that are invoked.
    pub invocations: Vec<ActionInvocation>,
    /// The configuration that was written for imports. It is not stored with the plan.
    pub generated: Vec<GeneratedConfig>,
    /// What apply does.
    pub graph: ExecutionGraph,
}

impl Plan {
    /// Whether applying it would do something: change an object or output, or write what a refresh
    /// found where that is the plan's purpose.
    pub fn is_applyable(&self) -> bool {
        if self.errored {
            return false;
        }
        match self.mode {
            Mode::RefreshOnly => {
                !self.invocations.is_empty()
                    || self.outputs_change()
                    || !managed(&self.prior_state).eq(managed(&self.previous_state))
            }
            _ => self.has_changes(),
        }
    }

    /// Whether an object or a root output changes.
    pub fn has_changes(&self) -> bool {
        use crate::Action;
        self.changes.iter().any(|c| {
            c.change.action != Action::NoOp
                || c.change.importing.is_some()
                || c.previous_addr != c.addr
        }) || self.outputs_change()
    }

    fn outputs_change(&self) -> bool {
        self.outputs.iter().any(|o| o.addr.module.is_root() && o.action != crate::Action::NoOp)
    }
}

fn managed(state: &State) -> impl Iterator<Item = (&AbsResource, &ResourceState)> {
    state.resources.iter().filter(|(addr, _)| addr.resource.mode == ResourceMode::Managed)
}
