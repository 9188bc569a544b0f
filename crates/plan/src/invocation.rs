//! Actions that a plan invokes.

use groma_addrs::{AbsActionInstance, AbsProviderConfig, AbsResourceInstance, ActionEvent};
use groma_value::Value;

/// An action that apply invokes.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionInvocation {
    /// The instance.
    pub addr: AbsActionInstance,
    /// The provider configuration that does it.
    pub provider: AbsProviderConfig,
    /// Why it is invoked.
    pub trigger: InvocationTrigger,
    /// The configuration as far as it is known, marked where sensitive.
    pub config: Value,
}

/// Why an action is invoked.
#[derive(Clone, Debug, PartialEq)]
pub enum InvocationTrigger {
    /// Something is done to an object.
    Lifecycle(LifecycleTrigger),
    /// The user wants it.
    Invoke {
        /// The object that the action's configuration refers to as its caller.
        caller: Option<AbsResourceInstance>,
    },
}

/// What is done to an object, and where the configuration says that an action goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleTrigger {
    /// The instance.
    pub resource: AbsResourceInstance,
    /// What is done.
    pub event: ActionEvent,
    /// Which of the `action_trigger` blocks it is, counted from 0.
    pub block: u32,
    /// Which of the actions of the block, counted from 0.
    pub position: u32,
    /// Whether the apply goes on if the action fails.
    pub may_fail: bool,
    /// Whether the object is tainted if the action fails.
    pub taints: bool,
    /// Whether the condition could not be told yet.
    pub conditional: bool,
}

impl ActionInvocation {
    /// What is done to an object, if that is why.
    pub fn lifecycle(&self) -> Option<&LifecycleTrigger> {
        match &self.trigger {
            InvocationTrigger::Lifecycle(trigger) => Some(trigger),
            InvocationTrigger::Invoke { .. } => None,
        }
    }

    /// The object that the action is invoked for.
    pub fn caller(&self) -> Option<&AbsResourceInstance> {
        match &self.trigger {
            InvocationTrigger::Lifecycle(trigger) => Some(&trigger.resource),
            InvocationTrigger::Invoke { caller } => caller.as_ref(),
        }
    }
}
