//! Which `moved` blocks make sense: looked at when planning is over, since only then is it known
//! what there is.

use std::collections::HashMap;

use groma_addrs::{
    AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, ModuleStep, Target,
};
use groma_config::Moved;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::Planner;

/// One `moved` block as it is meant in one instance of its module.
struct Statement<'a> {
    from: Target,
    to: Target,
    range: &'a SourceRange,
}

impl Planner {
    /// What is wrong with the `moved` blocks.
    pub(super) fn check_moves(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let mut statements = Vec::new();
        for node in self.run.world.config.modules() {
            for moved in &node.module.moved {
                for data in self.run.world.instances_of(&node.path) {
                    statements.push(Statement::new(&data.addr, moved));
                }
            }
        }
        self.check_ends(&statements, &mut diagnostics);
        if !diagnostics.has_errors() {
            check_cycles(&statements, &mut diagnostics);
        }
        diagnostics
    }

    fn check_ends(&self, statements: &[Statement<'_>], diagnostics: &mut Diagnostics) {
        let mut from: HashMap<&Target, &Statement<'_>> = HashMap::new();
        let mut to: HashMap<&Target, &Statement<'_>> = HashMap::new();
        for statement in statements {
            let mut error = |summary: &str, detail: String| {
                diagnostics.push(Diagnostic::error(summary, detail).at(statement.range));
            };
            if statement.from == statement.to {
                let detail = format!(
                    "Both addresses are {}. Remove the block: it moves nothing.",
                    statement.from
                );
                error("Redundant move statement", detail);
                continue;
            }
            if self.is_declared(&statement.from) {
                let detail = format!(
                    "{} is said to have moved to {}, but it is still in the configuration. Rename the block that declares it, or remove the moved block.",
                    statement.from, statement.to
                );
                error("Moved object still exists", detail);
            }
            let other = *from.entry(&statement.from).or_insert(statement);
            if other.to != statement.to {
                let detail = format!(
                    "{} is said to have moved to {} here, and to {} at {}. It can have moved to one place only.",
                    statement.from, statement.to, other.to, other.range
                );
                error("Ambiguous move statements", detail);
            }
            let other = *to.entry(&statement.to).or_insert(statement);
            if other.from != statement.from {
                let detail = format!(
                    "{} is said to have been {} here, and {} at {}. Only one thing can have moved there.",
                    statement.to, statement.from, other.from, other.range
                );
                error("Ambiguous move statements", detail);
            }
        }
    }

    /// Whether the configuration has what an address stands for.
    fn is_declared(&self, target: &Target) -> bool {
        let world = &self.run.world;
        match target {
            Target::Module(module) => match module.steps().split_last() {
                None => true,
                Some((last, caller)) => {
                    let caller = world.module(&ModuleInstance::new(caller.to_vec()));
                    let call = caller.and_then(|data| data.call(&last.name));
                    call.is_some_and(|call| {
                        last.key == InstanceKey::None || call.instances.contains_key(&last.key)
                    })
                }
            },
            Target::Resource(resource) => world.resource(resource).is_some(),
            Target::Instance(instance) => world
                .resource(&instance.resource)
                .is_some_and(|data| data.expansion.contains(&instance.key)),
        }
    }
}

impl<'a> Statement<'a> {
    fn new(base: &ModuleInstance, moved: &'a Moved) -> Statement<'a> {
        let (from, to) = (&moved.from.target, &moved.to.target);
        // An address without a key is the one instance without a key, if the other has a key.
        let keyed = |target: &Target| matches!(target, Target::Instance(_));
        let whole = !keyed(from) && !keyed(to);
        let range = &moved.decl_range;
        Statement { from: within(base, from, whole), to: within(base, to, whole), range }
    }
}

/// The absolute form of an address in a module instance.
fn within(base: &ModuleInstance, target: &Target, whole: bool) -> Target {
    let module = |steps: &[ModuleStep]| {
        ModuleInstance::new(base.steps().iter().chain(steps).cloned().collect())
    };
    let resource = |addr: &AbsResource| addr.resource.in_module(&module(addr.module.steps()));
    match target {
        Target::Module(addr) => Target::Module(module(addr.steps())),
        Target::Resource(addr) if whole => Target::Resource(resource(addr)),
        Target::Resource(addr) => Target::Instance(resource(addr).instance(InstanceKey::None)),
        Target::Instance(AbsResourceInstance { resource: addr, key }) => {
            Target::Instance(resource(addr).instance(key.clone()))
        }
    }
}

/// Whether what `a` stands for is, or is in, what `b` stands for.
fn belongs(a: &Target, b: &Target) -> bool {
    let module = match a {
        Target::Module(module) => module,
        Target::Resource(resource) => &resource.module,
        Target::Instance(instance) => instance.module(),
    };
    match (a, b) {
        (_, Target::Module(outer)) => {
            let (outer, inner) = (outer.steps(), module.steps());
            inner.len() >= outer.len()
                && outer.iter().zip(inner).all(|(outer, inner)| {
                    outer.name == inner.name
                        && (outer.key == InstanceKey::None || outer.key == inner.key)
                })
        }
        (Target::Instance(instance), Target::Resource(resource)) => instance.resource == *resource,
        _ => a == b,
    }
}

/// Moves that lead back to where they began.
fn check_cycles(statements: &[Statement<'_>], diagnostics: &mut Diagnostics) {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<_> = (0..statements.len()).map(|i| graph.add_node(i)).collect();
    let mut by_from: HashMap<&Target, Vec<usize>> = HashMap::new();
    for (i, statement) in statements.iter().enumerate() {
        by_from.entry(&statement.from).or_default().push(i);
    }
    // Where one ends, another may begin: at the same place, or at one that has it within.
    let modules: Vec<usize> = (0..statements.len())
        .filter(|i| matches!(statements[*i].from, Target::Module(_)))
        .collect();
    for (i, statement) in statements.iter().enumerate() {
        let same = by_from.get(&statement.to).into_iter().flatten();
        let around = modules.iter().filter(|m| belongs(&statement.to, &statements[**m].from));
        for next in same.chain(around) {
            graph.update_edge(nodes[i], nodes[*next], ());
        }
    }
    for cycle in tarjan_scc(&graph).into_iter().filter(|cycle| cycle.len() > 1) {
        let mut lines: Vec<String> = cycle
            .iter()
            .map(|node| &statements[graph[*node]])
            .map(|s| format!("\n  - {}: {} to {}", s.range, s.from, s.to))
            .collect();
        lines.sort();
        let detail = format!(
            "These moved blocks lead back to where they began, so that there is no place where the objects are now:{}\n\nThe last address of a chain must be one from which nothing is said to have moved.",
            lines.concat()
        );
        diagnostics.push(Diagnostic::error("Cyclic dependency in move statements", detail));
    }
}
