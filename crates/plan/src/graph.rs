//! The execution graph: operations and their order.

use groma_addrs::{AbsProviderConfig, ConfigAction, ConfigResource, Module};
use groma_value::Str;

/// The index of a node.
pub type NodeId = u32;

/// Something of the configuration that is evaluated once for all instances of its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigNode {
    /// An input variable.
    Variable(Module, Str),
    /// A local value.
    Local(Module, Str),
    /// An output value.
    Output(Module, Str),
    /// The expansion of a module call: the called module's path.
    ModuleCall(Module),
    /// All that is in a module is done.
    ModuleEnd(Module),
    /// The expansion of a resource, and for data sources and ephemeral resources all they do.
    Resource(ConfigResource),
    /// A provider configuration.
    Provider(AbsProviderConfig),
    /// A `check` block.
    Check(Module, Str),
    /// All that the configuration of an action refers to.
    Action(ConfigAction),
    /// All that use what a node gives, be it through others, are done. Ephemeral resources are
    /// closed here, whatever became of those that used them.
    Used(Box<ConfigNode>),
}

/// What is done to the object of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Create it.
    Create,
    /// Change it in place.
    Update,
    /// Destroy it.
    Delete,
    /// Read it.
    Read,
    /// Drop it from the state.
    Forget,
    /// Nothing is to be done but to see whether its conditions hold, and to write what a refresh
    /// or an import found.
    Settle,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Evaluate a part of the configuration.
    Evaluate(ConfigNode),
    /// Do a step of a change, given by its index in the plan.
    Instance {
        /// The index in [`crate::Plan::changes`].
        change: u32,
        /// The step.
        step: Step,
    },
    /// Invoke an action, given by its index in [`crate::Plan::invocations`].
    Invoke(u32),
    /// Nothing; what waits for it waits for all objects of the resource to be as they should be.
    Settled(ConfigResource),
    /// Nothing; what waits for it waits for all objects of the resource that go to be gone.
    Gone(ConfigResource),
    /// Nothing; what waits for it waits until what goes and depends on the resource is gone.
    Released(ConfigResource),
    /// Nothing; what waits for it waits until nothing uses the resource's old objects any more:
    /// what depended on them is gone or has been changed.
    Unused(ConfigResource),
}

/// Operations, and for each those that must have succeeded before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecutionGraph {
    operations: Vec<Operation>,
    dependencies: Vec<Vec<NodeId>>,
}

impl ExecutionGraph {
    /// Adds an operation without dependencies.
    pub fn add(&mut self, operation: Operation) -> NodeId {
        self.operations.push(operation);
        self.dependencies.push(Vec::new());
        (self.operations.len() - 1) as NodeId
    }

    /// Lets `node` wait for `dependency`.
    pub fn wait(&mut self, node: NodeId, dependency: NodeId) {
        if node != dependency {
            self.dependencies[node as usize].push(dependency);
        }
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// An operation.
    pub fn operation(&self, node: NodeId) -> &Operation {
        &self.operations[node as usize]
    }

    /// What must have succeeded before an operation.
    pub fn dependencies(&self, node: NodeId) -> &[NodeId] {
        &self.dependencies[node as usize]
    }

    /// All operations.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Operation)> {
        self.operations.iter().enumerate().map(|(i, op)| (i as NodeId, op))
    }
}
