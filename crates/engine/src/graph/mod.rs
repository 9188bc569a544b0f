//! The dependency graph of a configuration and a state.
//!
//! A node stands for something that is written once, whatever it expands to: the graph is as large
//! as the configuration, not as the infrastructure.

mod build;
mod references;
mod resources;
mod select;
mod shown;
mod unsupported;
mod uses;

use std::collections::HashMap;

use groma_addrs::ConfigResource;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::ConfigNode;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

pub(crate) use build::build;
pub(crate) use references::{ReferenceChecker, Scoping};
pub(crate) use select::{Reach, touches};
pub use shown::DependencyGraph;

/// Whether a diagnostic says that the graph has a cycle.
pub(crate) fn is_cycle(diagnostic: &Diagnostic) -> bool {
    diagnostic.summary.starts_with("Cycle: ")
}

/// Nodes, and for each those that it waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<ConfigNode>,
    dependencies: Vec<Vec<u32>>,
    index: HashMap<ConfigNode, u32>,
    /// The actions that resources trigger: they belong to them, though they may come later.
    triggered: HashMap<u32, Vec<u32>>,
}

impl Graph {
    /// Adds a node, if it is not there yet.
    pub(crate) fn add(&mut self, node: ConfigNode) -> u32 {
        if let Some(id) = self.index.get(&node) {
            return *id;
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(node.clone());
        self.dependencies.push(Vec::new());
        self.index.insert(node, id);
        id
    }

    /// Lets `node` wait for `dependency`; a second time it does nothing.
    pub(crate) fn wait(&mut self, node: u32, dependency: u32) {
        self.dependencies[node as usize].push(dependency);
    }

    /// Notes that a resource triggers an action.
    pub(crate) fn trigger(&mut self, resource: u32, action: u32) {
        self.triggered.entry(resource).or_default().push(action);
    }

    /// The number of a node.
    pub(crate) fn id(&self, node: &ConfigNode) -> Option<u32> {
        self.index.get(node).copied()
    }

    /// The node of a number.
    pub(crate) fn node(&self, id: u32) -> &ConfigNode {
        &self.nodes[id as usize]
    }

    /// All nodes.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u32, &ConfigNode)> {
        self.nodes.iter().enumerate().map(|(i, n)| (i as u32, n))
    }

    /// What every node waits for.
    pub(crate) fn dependencies(&self) -> &[Vec<u32>] {
        &self.dependencies
    }

    /// Removes doubled edges. Comes once, when all are there.
    fn tidy(&mut self) {
        for deps in &mut self.dependencies {
            deps.sort_unstable();
            deps.dedup();
        }
    }

    /// The nodes that wait for each other in circles, each group by itself.
    fn cycles(&self) -> Vec<Vec<u32>> {
        let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(self.nodes.len(), 0);
        for _ in &self.nodes {
            graph.add_node(());
        }
        for (node, deps) in self.dependencies.iter().enumerate() {
            for dep in deps {
                graph.add_edge(NodeIndex::new(node), NodeIndex::new(*dep as usize), ());
            }
        }
        let groups = tarjan_scc(&graph).into_iter();
        let alone =
            |group: &[NodeIndex]| group.len() == 1 && !graph.contains_edge(group[0], group[0]);
        groups
            .filter(|group| !alone(group))
            .map(|group| group.into_iter().map(|node| node.index() as u32).collect())
            .collect()
    }

    /// What is left without the edges of cycles: what all nodes can be visited in.
    pub(crate) fn acyclic_dependencies(&self) -> Vec<Vec<u32>> {
        let mut dependencies = self.dependencies.clone();
        let mut group = vec![0u32; self.nodes.len()];
        for (number, cycle) in (1..).zip(self.cycles()) {
            cycle.into_iter().for_each(|node| group[node as usize] = number);
        }
        for (node, deps) in dependencies.iter_mut().enumerate().filter(|(n, _)| group[*n] > 0) {
            let own = group[node];
            deps.retain(|dep| group[*dep as usize] != own);
        }
        dependencies
    }

    /// An error for every cycle, which names all that take part. Of nodes that only wait for
    /// themselves, it is told where `alone` wants it.
    fn report_cycles(&self, alone: impl Fn(&ConfigNode) -> bool) -> Diagnostics {
        let told = |cycle: &Vec<u32>| match cycle[..] {
            [only] => alone(self.node(only)),
            _ => true,
        };
        let report = |cycle: Vec<u32>| {
            let mut names: Vec<String> = cycle.iter().map(|n| describe(self.node(*n))).collect();
            names.sort();
            Diagnostic::error(format!("Cycle: {}", names.join(", ")), "")
        };
        self.cycles().into_iter().filter(told).map(report).collect()
    }

    /// Keeps only some nodes. The others are taken out with their edges.
    fn retain(&self, keep: &[bool]) -> Graph {
        let mut graph = Graph::default();
        let mut renumbered = vec![None; self.nodes.len()];
        for (id, node) in self.nodes() {
            if keep[id as usize] {
                renumbered[id as usize] = Some(graph.add(node.clone()));
            }
        }
        for (id, deps) in self.dependencies.iter().enumerate() {
            let Some(new) = renumbered[id] else { continue };
            for dep in deps.iter().filter_map(|d| renumbered[*d as usize]) {
                graph.wait(new, dep);
            }
        }
        graph
    }

    /// The resources that each resource depends on directly, that is with no other resource
    /// between them, sorted.
    pub(crate) fn resource_dependencies(&self) -> HashMap<ConfigResource, Vec<ConfigResource>> {
        let mut order: Vec<u32> = Vec::with_capacity(self.nodes.len());
        let mut found: Vec<Option<std::sync::Arc<[u32]>>> = vec![None; self.nodes.len()];
        self.post_order(&mut order);
        for id in &order {
            let mut direct: Vec<u32> = Vec::new();
            for dep in &self.dependencies[*id as usize] {
                match self.node(*dep) {
                    ConfigNode::Resource(_) => direct.push(*dep),
                    // What a provider's configuration refers to has to be there for as long as
                    // the provider's resources, providers among what lies between.
                    _ => direct.extend(found[*dep as usize].iter().flat_map(|f| f.iter())),
                }
            }
            direct.sort_unstable();
            direct.dedup();
            found[*id as usize] = Some(direct.into());
        }
        let mut result = HashMap::new();
        for (id, node) in self.nodes() {
            if let ConfigNode::Resource(resource) = node {
                let mut deps: Vec<ConfigResource> = found[id as usize]
                    .iter()
                    .flat_map(|f| f.iter())
                    .filter_map(|d| match self.node(*d) {
                        ConfigNode::Resource(r) => Some(r.clone()),
                        _ => None,
                    })
                    .collect();
                deps.sort();
                result.insert(resource.clone(), deps);
            }
        }
        result
    }

    /// All nodes, each after what it waits for.
    pub(crate) fn post_order(&self, order: &mut Vec<u32>) {
        let mut state = vec![0u8; self.nodes.len()];
        for start in 0..self.nodes.len() as u32 {
            let mut stack = vec![(start, 0usize)];
            while let Some((node, next)) = stack.pop() {
                if state[node as usize] == 2 {
                    continue;
                }
                state[node as usize] = 1;
                let deps = &self.dependencies[node as usize];
                match deps.get(next) {
                    Some(dep) => {
                        stack.push((node, next + 1));
                        if state[*dep as usize] == 0 {
                            stack.push((*dep, 0));
                        }
                    }
                    None => {
                        state[node as usize] = 2;
                        order.push(node);
                    }
                }
            }
        }
    }
}

/// Whether a resource leaves nothing behind.
pub(crate) fn is_ephemeral(addr: &ConfigResource) -> bool {
    addr.resource.mode == groma_addrs::ResourceMode::Ephemeral
}

/// A node as users know it.
pub(crate) fn describe(node: &ConfigNode) -> String {
    let within = |module: &groma_addrs::Module, rest: String| {
        if module.is_root() { rest } else { format!("{module}.{rest}") }
    };
    match node {
        ConfigNode::Variable(module, name) if module.is_root() => format!("var.{name}"),
        ConfigNode::Variable(module, name) => format!("{module}.var.{name} (expand)"),
        ConfigNode::Local(module, name) => within(module, format!("local.{name} (expand)")),
        ConfigNode::Output(module, name) => within(module, format!("output.{name} (expand)")),
        ConfigNode::ModuleCall(module) => format!("{module} (expand)"),
        ConfigNode::ModuleEnd(module) => format!("{module} (close)"),
        ConfigNode::Resource(resource) => resource.to_string(),
        ConfigNode::Provider(provider) => provider.to_string(),
        ConfigNode::Check(module, name) => within(module, format!("check.{name}")),
        ConfigNode::Action(action) => action.to_string(),
        ConfigNode::Used(node) => format!("{} (close)", describe(node)),
    }
}
