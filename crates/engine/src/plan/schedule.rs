//! The order of an apply: from changes and the dependency graph to the execution graph.
//!
//! - What creates or changes an object waits for all that its configuration refers to.
//! - What destroys an object waits until all that depended on it is gone, and, where it is not to
//!   be created anew, until what goes on using its resource has been changed.
//! - Replacement is destroying, then creating; or with `create_before_destroy` creating, then,
//!   once nothing uses the old object, destroying.
//!
//! Barriers stand between resources, so that edges grow with instances and not with their pairs.

use std::collections::{BTreeSet, HashMap, HashSet};

use groma_addrs::{AbsResourceInstance, ActionEvent, ConfigResource};
use groma_plan::{
    Action, ActionInvocation, ConfigNode, ExecutionGraph, InstanceChange, Mode, NodeId, Operation,
    Step,
};

use super::Planner;
use super::dependencies::beyond_ephemeral;

/// Makes the execution graph.
pub(super) fn schedule(
    planner: &Planner,
    changes: &[InstanceChange],
    invocations: &[ActionInvocation],
) -> ExecutionGraph {
    let (graph, soft) = Scheduler::new(planner, changes, invocations).build();
    without_cycles(graph, soft)
}

/// What waits for what would be better, but need not.
type Soft = Vec<(NodeId, NodeId)>;

/// Adds the soft edges, but for those that are part of a cycle.
fn without_cycles(graph: ExecutionGraph, soft: Soft) -> ExecutionGraph {
    use petgraph::graph::{DiGraph, NodeIndex};
    if soft.is_empty() {
        return graph;
    }
    let mut all: DiGraph<(), (), u32> = DiGraph::with_capacity(graph.len(), graph.len());
    for _ in 0..graph.len() {
        all.add_node(());
    }
    for (id, _) in graph.iter() {
        for dep in graph.dependencies(id) {
            all.add_edge(NodeIndex::new(id as usize), NodeIndex::new(*dep as usize), ());
        }
    }
    for (node, dep) in &soft {
        all.add_edge(NodeIndex::new(*node as usize), NodeIndex::new(*dep as usize), ());
    }
    let mut component = vec![0u32; graph.len()];
    for (number, members) in petgraph::algo::tarjan_scc(&all).into_iter().enumerate() {
        for member in members {
            component[member.index()] = number as u32;
        }
    }
    let mut graph = graph;
    for (node, dep) in soft {
        if component[node as usize] != component[dep as usize] {
            graph.wait(node, dep);
        }
    }
    graph
}

struct Scheduler<'a> {
    planner: &'a Planner,
    changes: &'a [InstanceChange],
    invocations: &'a [ActionInvocation],
    /// The operation after which the object of a change is as it should be.
    made: HashMap<u32, NodeId>,
    /// The operation after which the object of a change is gone.
    destroyed: HashMap<u32, NodeId>,
    graph: ExecutionGraph,
    soft: Soft,
    evaluations: HashMap<u32, NodeId>,
    settled: HashMap<ConfigResource, NodeId>,
    gone: HashMap<ConfigResource, NodeId>,
    released: HashMap<ConfigResource, NodeId>,
    unused: HashMap<ConfigResource, NodeId>,
}

impl<'a> Scheduler<'a> {
    fn new(
        planner: &'a Planner,
        changes: &'a [InstanceChange],
        invocations: &'a [ActionInvocation],
    ) -> Scheduler<'a> {
        Scheduler {
            planner,
            changes,
            invocations,
            made: HashMap::new(),
            destroyed: HashMap::new(),
            graph: ExecutionGraph::default(),
            soft: Vec::new(),
            evaluations: HashMap::new(),
            settled: HashMap::new(),
            gone: HashMap::new(),
            released: HashMap::new(),
            unused: HashMap::new(),
        }
    }

    fn build(mut self) -> (ExecutionGraph, Soft) {
        self.evaluations();
        for (i, change) in self.changes.iter().enumerate() {
            self.change(i as u32, change);
        }
        self.order_destruction();
        self.keep_open_for_destruction();
        self.invoke();
        (self.graph, self.soft)
    }

    /// Evaluations with the order that the dependency graph gives them.
    fn evaluations(&mut self) {
        let source = &self.planner.graph;
        let needed = self.needed();
        for (id, node) in source.nodes() {
            if needed[id as usize] {
                let op = self.graph.add(Operation::Evaluate(node.clone()));
                self.evaluations.insert(id, op);
                if let ConfigNode::Resource(addr) = node {
                    let settled = self.graph.add(Operation::Settled(addr.clone()));
                    self.graph.wait(settled, op);
                    self.settled.insert(addr.clone(), settled);
                }
            }
        }
        for (id, _) in source.nodes() {
            let Some(op) = self.evaluations.get(&id).copied() else { continue };
            for dep in &source.dependencies()[id as usize] {
                let on = match source.node(*dep) {
                    ConfigNode::Resource(addr) => self.settled.get(addr).copied(),
                    _ => self.evaluations.get(dep).copied(),
                };
                if let Some(on) = on {
                    self.graph.wait(op, on);
                }
            }
        }
    }

    /// The nodes that apply has to evaluate: all of them, or for a destruction just the providers
    /// and what they refer to.
    fn needed(&self) -> Vec<bool> {
        let source = &self.planner.graph;
        let mut needed = match self.planner.options.mode {
            Mode::Normal => return vec![true; source.dependencies().len()],
            Mode::Destroy => source.providers_and_before(),
            Mode::RefreshOnly => vec![false; source.dependencies().len()],
        };
        let invoked = self.invocations.iter().map(|i| ConfigNode::Action(i.addr.config()));
        let callers = self.invocations.iter().filter_map(|i| i.caller());
        let callers = callers.map(|addr| ConfigNode::Resource(addr.resource.config()));
        let mut stack: Vec<u32> =
            invoked.chain(callers).filter_map(|node| source.id(&node)).collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut needed[id as usize], true) {
                stack.extend(&source.dependencies()[id as usize]);
            }
        }
        // What is opened is closed.
        for (id, node) in source.nodes() {
            if let ConfigNode::Used(node) = node
                && let Some(used) = source.id(node)
            {
                needed[id as usize] = needed[used as usize];
            }
        }
        needed
    }

    fn step(&mut self, change: u32, step: Step) -> NodeId {
        self.graph.add(Operation::Instance { change, step })
    }

    fn evaluation(&self, node: &ConfigNode) -> Option<NodeId> {
        self.evaluations.get(&self.planner.graph.id(node)?).copied()
    }

    fn change(&mut self, index: u32, change: &InstanceChange) {
        let addr = change.addr.resource.config();
        match change.change.action {
            Action::NoOp => {
                if self.has_conditions(&addr) {
                    self.makes(index, Step::Settle, &addr);
                }
            }
            Action::Create => {
                self.makes(index, Step::Create, &addr);
            }
            Action::Update => {
                self.makes(index, Step::Update, &addr);
            }
            Action::Read => {
                self.makes(index, Step::Read, &addr);
            }
            Action::Delete => {
                let delete = self.destroys(index, Step::Delete, change, &addr);
                let unused = self.barrier_unused(&addr);
                self.graph.wait(delete, unused);
            }
            Action::Forget => {
                self.destroys(index, Step::Forget, change, &addr);
            }
            Action::DeleteThenCreate => {
                let delete = self.destroys(index, Step::Delete, change, &addr);
                let released = self.barrier_released(&addr);
                self.graph.wait(delete, released);
                let create = self.makes(index, Step::Create, &addr);
                self.graph.wait(create, delete);
            }
            Action::CreateThenDelete | Action::CreateThenForget => {
                let create = self.makes(index, Step::Create, &addr);
                let step = match change.change.action {
                    Action::CreateThenForget => Step::Forget,
                    _ => Step::Delete,
                };
                let delete = self.destroys(index, step, change, &addr);
                self.graph.wait(delete, create);
                let unused = self.barrier_unused(&addr);
                self.graph.wait(delete, unused);
            }
        }
    }

    fn has_conditions(&self, addr: &ConfigResource) -> bool {
        self.planner
            .run
            .world
            .config
            .resource(addr)
            .is_some_and(|r| !r.preconditions.is_empty() || !r.postconditions.is_empty())
    }

    /// A step after which an object is as it should be.
    fn makes(&mut self, index: u32, step: Step, addr: &ConfigResource) -> NodeId {
        let op = self.step(index, step);
        self.made.insert(index, op);
        if let Some(evaluation) = self.evaluation(&ConfigNode::Resource(addr.clone())) {
            self.graph.wait(op, evaluation);
        }
        if let Some(settled) = self.settled.get(addr) {
            self.graph.wait(*settled, op);
        }
        op
    }

    /// A step after which an object is gone.
    fn destroys(
        &mut self,
        index: u32,
        step: Step,
        change: &InstanceChange,
        addr: &ConfigResource,
    ) -> NodeId {
        let op = self.step(index, step);
        self.destroyed.insert(index, op);
        if let Some(provider) = self.evaluation(&ConfigNode::Provider(change.provider.whole())) {
            self.graph.wait(op, provider);
        }
        let gone = match self.gone.get(addr) {
            Some(gone) => *gone,
            None => {
                let gone = self.graph.add(Operation::Gone(addr.clone()));
                self.gone.insert(addr.clone(), gone);
                gone
            }
        };
        self.graph.wait(gone, op);
        op
    }

    fn barrier_released(&mut self, addr: &ConfigResource) -> NodeId {
        if let Some(node) = self.released.get(addr) {
            return *node;
        }
        let node = self.graph.add(Operation::Released(addr.clone()));
        self.released.insert(addr.clone(), node);
        node
    }

    fn barrier_unused(&mut self, addr: &ConfigResource) -> NodeId {
        if let Some(node) = self.unused.get(addr) {
            return *node;
        }
        let released = self.barrier_released(addr);
        let node = self.graph.add(Operation::Unused(addr.clone()));
        self.graph.wait(node, released);
        self.unused.insert(addr.clone(), node);
        node
    }

    /// What is ephemeral stays open for what destroys objects as well.
    fn keep_open_for_destruction(&mut self) {
        let source = &self.planner.graph;
        for (id, node) in source.nodes() {
            let (ConfigNode::Used(_), Some(used)) = (node, self.evaluations.get(&id)) else {
                continue;
            };
            for dep in &source.dependencies()[id as usize] {
                if let ConfigNode::Resource(addr) = source.node(*dep)
                    && let Some(gone) = self.gone.get(addr)
                {
                    self.graph.wait(*used, *gone);
                }
            }
        }
    }

    /// Actions before and after what triggers them, those of one trigger one after the other.
    fn invoke(&mut self) {
        let by_addr: HashMap<&AbsResourceInstance, u32> = self
            .changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.deposed.is_none())
            .map(|(i, change)| (&change.addr, i as u32))
            .collect();
        let mut last: HashMap<(&AbsResourceInstance, ActionEvent), NodeId> = HashMap::new();
        for (i, invocation) in self.invocations.iter().enumerate() {
            let op = self.graph.add(Operation::Invoke(i as u32));
            let action = ConfigNode::Action(invocation.addr.config());
            if let Some(evaluation) = self.evaluation(&action) {
                self.graph.wait(op, evaluation);
            }
            self.keep_open_for(&action, op);
            let Some(trigger) = invocation.lifecycle() else {
                if let Some(caller) = invocation.caller() {
                    let node = ConfigNode::Resource(caller.resource.config());
                    let evaluation = self.evaluation(&node);
                    evaluation.into_iter().for_each(|e| self.graph.wait(op, e));
                }
                continue;
            };
            let resource = &trigger.resource;
            if let Some(earlier) = last.insert((resource, trigger.event), op) {
                self.graph.wait(op, earlier);
            }
            let node = ConfigNode::Resource(resource.resource.config());
            if let Some(evaluation) = self.evaluation(&node) {
                self.graph.wait(op, evaluation);
            }
            let Some(change) = by_addr.get(resource) else { continue };
            let made = self.made.get(change).copied();
            let destroyed = self.destroyed.get(change).copied();
            let own = if trigger.event.is_destroy() { destroyed } else { made };
            let Some(own) = own else { continue };
            match trigger.event.is_before() {
                false => self.graph.wait(op, own),
                true => {
                    // It comes right before, after all that comes before that.
                    for earlier in self.graph.dependencies(own).to_vec() {
                        if !matches!(self.graph.operation(earlier), Operation::Invoke(_)) {
                            self.graph.wait(op, earlier);
                        }
                    }
                    self.graph.wait(own, op);
                }
            }
        }
    }

    /// What is ephemeral stays open for the actions that use it.
    fn keep_open_for(&mut self, action: &ConfigNode, op: NodeId) {
        let source = &self.planner.graph;
        let Some(action) = source.id(action) else { return };
        for (id, node) in source.nodes() {
            if let (ConfigNode::Used(_), Some(used)) = (node, self.evaluations.get(&id))
                && source.dependencies()[id as usize].contains(&action)
            {
                self.graph.wait(*used, op);
            }
        }
    }

    /// Lets the barriers of every resource of which something goes wait for its dependents.
    fn order_destruction(&mut self) {
        let create_first: HashSet<ConfigResource> = self
            .changes
            .iter()
            .filter(|c| {
                matches!(c.change.action, Action::CreateThenDelete | Action::CreateThenForget)
            })
            .map(|c| c.addr.resource.config())
            .collect();
        for (dependent, dependency) in self.old_dependencies() {
            if dependent == dependency {
                continue;
            }
            if let (Some(released), Some(gone)) =
                (self.released.get(&dependency), self.gone.get(&dependent))
            {
                self.graph.wait(*released, *gone);
            }
            if let (Some(unused), Some(settled)) =
                (self.unused.get(&dependency), self.settled.get(&dependent))
            {
                // An old object that was put aside must outlive its use; for one that just goes
                // it is better so.
                if create_first.contains(&dependency) {
                    self.graph.wait(*unused, *settled);
                } else {
                    self.soft.push((*unused, *settled));
                }
            }
        }
    }

    /// Who depends on which of the resources of which something goes, by state or configuration.
    fn old_dependencies(&self) -> Vec<(ConfigResource, ConfigResource)> {
        let mut pairs: BTreeSet<(ConfigResource, ConfigResource)> = BTreeSet::new();
        let going = |addr: &ConfigResource| self.released.contains_key(addr);
        let state = &self.planner.previous;
        let mut seen: HashSet<(ConfigResource, usize)> = HashSet::new();
        for (abs, resource) in &state.resources {
            let dependent = abs.config();
            for instance in resource.instances.values() {
                let objects = instance.current.iter().chain(instance.deposed.values());
                for object in objects {
                    // Instances of one resource share their list more often than not.
                    let list = (dependent.clone(), object.dependencies.as_ptr() as usize);
                    if !object.dependencies.is_empty() && seen.insert(list) {
                        let deps = object.dependencies.iter().filter(|d| going(d));
                        pairs.extend(deps.map(|d| (dependent.clone(), d.clone())));
                    }
                }
            }
        }
        if self.planner.options.mode != Mode::Destroy {
            let direct = &self.planner.direct;
            for (dependent, deps) in sorted(direct) {
                for dep in beyond_ephemeral(direct, deps).into_iter().filter(|d| going(d)) {
                    pairs.insert((dependent.clone(), dep.clone()));
                }
            }
        }
        pairs.into_iter().collect()
    }
}

fn sorted(
    map: &HashMap<ConfigResource, Vec<ConfigResource>>,
) -> Vec<(&ConfigResource, &Vec<ConfigResource>)> {
    let mut list: Vec<_> = map.iter().collect();
    list.sort();
    list
}
