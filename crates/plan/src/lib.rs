//! Plans: what would change, and in which order it is done.
//!
//! A [`Plan`] is the artefact between planning and applying. It carries the [`Change`]s for people
//! and tools to read, and the [`ExecutionGraph`] for apply to execute: apply decides nothing anew.
//! [`rules`] holds the planning rules as pure functions over schema, prior, configuration and
//! planned values; [`file`] is the saved form.
//!
//! Invariant: no provider is called here and nothing is rendered.

mod change;
pub mod file;
mod graph;
mod invocation;
mod plan;
pub mod rules;

pub use change::{
    Action, ActionReason, Change, DeferredChange, DeferredReason, GeneratedConfig, Importing,
    InstanceChange, OutputChange,
};
pub use graph::{ConfigNode, ExecutionGraph, NodeId, Operation, Step};
pub use invocation::{ActionInvocation, InvocationTrigger, LifecycleTrigger};
pub use plan::{BackendRecord, Mode, Plan, ProviderLock, RelevantAttribute, VariableValue};
