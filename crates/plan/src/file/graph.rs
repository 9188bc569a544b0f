//! The execution graph in a plan file.

use groma_addrs::{Action, ConfigAction, ConfigResource, Module, parse};
use serde::{Deserialize, Serialize};

use crate::{ConfigNode, ExecutionGraph, NodeId, Operation, Step};

#[derive(Serialize, Deserialize)]
pub(super) struct WireGraph {
    operations: Vec<WireOperation>,
    dependencies: Vec<Vec<NodeId>>,
}

#[derive(Serialize, Deserialize)]
enum WireOperation {
    Evaluate(WireNode),
    Instance(u32, WireStep),
    Settled(String),
    Gone(String),
    Released(String),
    Unused(String),
    Invoke(u32),
}

/// Modules are the names of the calls that lead to them.
#[derive(Serialize, Deserialize)]
enum WireNode {
    Variable(Vec<String>, String),
    Local(Vec<String>, String),
    Output(Vec<String>, String),
    ModuleCall(Vec<String>),
    ModuleEnd(Vec<String>),
    Resource(String),
    Provider(String),
    Check(Vec<String>, String),
    /// The module, the type and the name.
    Action(Vec<String>, String, String),
    Used(Box<WireNode>),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum WireStep {
    Create,
    Update,
    Delete,
    Read,
    Forget,
    Settle,
}

const STEPS: [(Step, WireStep); 6] = [
    (Step::Create, WireStep::Create),
    (Step::Update, WireStep::Update),
    (Step::Delete, WireStep::Delete),
    (Step::Read, WireStep::Read),
    (Step::Forget, WireStep::Forget),
    (Step::Settle, WireStep::Settle),
];

impl From<Step> for WireStep {
    fn from(step: Step) -> WireStep {
        // The table has all there are.
        STEPS.iter().find(|(s, _)| *s == step).map_or(WireStep::Settle, |(_, wire)| *wire)
    }
}

impl From<WireStep> for Step {
    fn from(wire: WireStep) -> Step {
        STEPS[wire as usize].0
    }
}

fn names(module: &Module) -> Vec<String> {
    module.names().iter().map(|name| name.to_string()).collect()
}

fn module(names: &[String]) -> Module {
    Module::new(names.iter().map(|name| name.as_str().into()))
}

/// The stored form.
pub(super) fn encode(graph: &ExecutionGraph) -> WireGraph {
    WireGraph {
        operations: graph.iter().map(|(_, operation)| encode_operation(operation)).collect(),
        dependencies: (0..graph.len() as NodeId)
            .map(|id| graph.dependencies(id).to_vec())
            .collect(),
    }
}

fn encode_operation(operation: &Operation) -> WireOperation {
    match operation {
        Operation::Evaluate(node) => WireOperation::Evaluate(encode_node(node)),
        Operation::Instance { change, step } => WireOperation::Instance(*change, (*step).into()),
        Operation::Settled(resource) => WireOperation::Settled(resource.to_string()),
        Operation::Gone(resource) => WireOperation::Gone(resource.to_string()),
        Operation::Released(resource) => WireOperation::Released(resource.to_string()),
        Operation::Unused(resource) => WireOperation::Unused(resource.to_string()),
        Operation::Invoke(index) => WireOperation::Invoke(*index),
    }
}

fn encode_node(node: &ConfigNode) -> WireNode {
    match node {
        ConfigNode::Variable(module, name) => WireNode::Variable(names(module), name.to_string()),
        ConfigNode::Local(module, name) => WireNode::Local(names(module), name.to_string()),
        ConfigNode::Output(module, name) => WireNode::Output(names(module), name.to_string()),
        ConfigNode::ModuleCall(module) => WireNode::ModuleCall(names(module)),
        ConfigNode::ModuleEnd(module) => WireNode::ModuleEnd(names(module)),
        ConfigNode::Resource(resource) => WireNode::Resource(resource.to_string()),
        ConfigNode::Provider(config) => WireNode::Provider(config.to_string()),
        ConfigNode::Check(module, name) => WireNode::Check(names(module), name.to_string()),
        ConfigNode::Action(ConfigAction { module, action }) => {
            WireNode::Action(names(module), action.ty.to_string(), action.name.to_string())
        }
        ConfigNode::Used(node) => WireNode::Used(Box::new(encode_node(node))),
    }
}

/// The graph from its stored form; it may speak of so many changes. The error is part of a
/// sentence.
pub(super) fn decode(wire: &WireGraph, changes: usize) -> Result<ExecutionGraph, String> {
    if wire.operations.len() != wire.dependencies.len() {
        return Err("its operations and their order do not match".into());
    }
    let mut graph = ExecutionGraph::default();
    for operation in &wire.operations {
        graph.add(decode_operation(operation, changes)?);
    }
    for (node, dependencies) in wire.dependencies.iter().enumerate() {
        for dependency in dependencies {
            if *dependency as usize >= wire.operations.len() {
                return Err("an operation waits for one that is missing".into());
            }
            graph.wait(node as NodeId, *dependency);
        }
    }
    Ok(graph)
}

fn decode_operation(wire: &WireOperation, changes: usize) -> Result<Operation, String> {
    Ok(match wire {
        WireOperation::Evaluate(node) => Operation::Evaluate(decode_node(node)?),
        WireOperation::Instance(change, _) if *change as usize >= changes => {
            return Err("an operation is for a change that is missing".into());
        }
        WireOperation::Instance(change, step) => {
            Operation::Instance { change: *change, step: (*step).into() }
        }
        WireOperation::Settled(text) => Operation::Settled(resource(text)?),
        WireOperation::Gone(text) => Operation::Gone(resource(text)?),
        WireOperation::Released(text) => Operation::Released(resource(text)?),
        WireOperation::Unused(text) => Operation::Unused(resource(text)?),
        WireOperation::Invoke(index) => Operation::Invoke(*index),
    })
}

fn resource(text: &str) -> Result<ConfigResource, String> {
    Ok(parse::resource(text)?.config())
}

fn decode_node(wire: &WireNode) -> Result<ConfigNode, String> {
    Ok(match wire {
        WireNode::Variable(path, name) => ConfigNode::Variable(module(path), name.as_str().into()),
        WireNode::Local(path, name) => ConfigNode::Local(module(path), name.as_str().into()),
        WireNode::Output(path, name) => ConfigNode::Output(module(path), name.as_str().into()),
        WireNode::ModuleCall(path) => ConfigNode::ModuleCall(module(path)),
        WireNode::ModuleEnd(path) => ConfigNode::ModuleEnd(module(path)),
        WireNode::Resource(text) => ConfigNode::Resource(resource(text)?),
        WireNode::Provider(text) => ConfigNode::Provider(parse::provider_config(text)?),
        WireNode::Check(path, name) => ConfigNode::Check(module(path), name.as_str().into()),
        WireNode::Action(path, ty, name) => {
            let action = Action { ty: ty.as_str().into(), name: name.as_str().into() };
            ConfigNode::Action(ConfigAction { module: module(path), action })
        }
        WireNode::Used(used) if matches!(**used, WireNode::Used(_)) => {
            return Err("an operation waits for the use of a use".into());
        }
        WireNode::Used(node) => ConfigNode::Used(Box::new(decode_node(node)?)),
    })
}
