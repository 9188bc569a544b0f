//! The engine: evaluates a configuration, plans what would have to change, and applies plans.
//!
//! [`plan`](plan()) walks the dependency graph of configuration and state: each node after what
//! it refers to, each instance read, evaluated and planned by its provider, its planned value being
//! what later expressions see. The result carries an execution graph, which [`apply`](apply())
//! executes. [`validate`](validate()) checks a configuration by itself.
//!
//! Invariants: no file, no environment, no clock, no randomness, no terminal, no gRPC and no cloud
//! SDK; whatever it needs of the world is handed in. What happens goes out as [`Event`]s, and
//! every change of the state through a [`StateSink`]. Nothing that happens once per resource costs
//! time in proportion to all resources.

mod actions;
mod advice;
mod apply;
mod builtin;
mod builtin_data;
mod builtin_functions;
mod checks;
mod configure;
mod ephemeral;
mod evaluate;
mod event;
mod expand;
mod functions;
mod generate;
mod graph;
mod interrupt;
mod objects;
mod plan;
mod providers;
mod provision;
mod query;
mod removals;
mod run;
mod schemas;
mod store;
mod type_function;
mod validate;
mod variables;
mod walk;
mod world;

pub use apply::{ApplyInput, apply};
pub use builtin::{BuiltinProvider, RemoteState};
pub use ephemeral::Alarm;
pub use evaluate::{Evaluated, EvaluationInput, Evaluator, evaluator, evaluator_of_plan};
pub use event::{EphemeralStep, Event, EventSink, Silence, Stage};
pub use graph::DependencyGraph;
pub use groma_provider::Provisioners;
pub use interrupt::{Interrupt, Urgency};
pub use plan::{PlanInput, PlanOptions, plan};
pub use providers::{ProviderFactory, ProviderPool};
pub use query::{FoundObject, QueryEvent, QueryInput, QuerySink, query};
pub use run::Surroundings;
pub use schemas::SchemaLibrary;
pub use store::{Record, SharedState, StateSink, Unrecorded};
pub use validate::validate;
pub use variables::InputValue;
pub use world::Paths;
