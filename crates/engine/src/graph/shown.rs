//! The dependency graph for those who want to look at it.

use std::collections::BTreeMap;

use groma_addrs::{ConfigResource, Module};
use groma_config::Config;
use groma_diag::Diagnostics;
use groma_plan::ConfigNode;
use groma_state::State;

use super::{Graph, build};
use crate::schemas::SchemaLibrary;

/// What depends on what, in a configuration and a state.
#[derive(Clone, Debug, Default)]
pub struct DependencyGraph {
    graph: Graph,
    cycles: Vec<Vec<u32>>,
}

impl DependencyGraph {
    /// Builds the graph. With errors it is not complete; cycles are no error here.
    pub fn build(
        config: &Config,
        state: &State,
        schemas: &SchemaLibrary,
    ) -> (DependencyGraph, Diagnostics) {
        let (graph, diagnostics) = build(config, state, schemas);
        let diagnostics = diagnostics
            .iter()
            .filter(|d| !d.is_error() || !d.summary.starts_with("Cycle: "))
            .cloned()
            .collect();
        // That checks read their data last is order and no dependency.
        let barrier = ConfigNode::ModuleEnd(Module::root());
        let keep: Vec<bool> = graph.nodes().map(|(_, node)| *node != barrier).collect();
        let graph = graph.retain(&keep);
        let cycles = graph.cycles();
        (DependencyGraph { graph, cycles }, diagnostics)
    }

    /// All nodes; what else is told names them by their positions.
    pub fn nodes(&self) -> &[ConfigNode] {
        &self.graph.nodes
    }

    /// For each node those that it depends on.
    pub fn dependencies(&self) -> &[Vec<u32>] {
        &self.graph.dependencies
    }

    /// The nodes that depend on each other in circles, each group by itself.
    pub fn cycles(&self) -> &[Vec<u32>] {
        &self.cycles
    }

    /// An error for every cycle.
    pub fn report_cycles(&self) -> Diagnostics {
        self.graph.report_cycles(|_| true)
    }

    /// All resources, and for each those that it depends on with none between them.
    pub fn resources(&self) -> BTreeMap<ConfigResource, Vec<ConfigResource>> {
        self.graph.resource_dependencies().into_iter().collect()
    }
}
