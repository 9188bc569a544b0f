//! The long form: all that is evaluated and done, and in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use groma_addrs::{ConfigResource, Module};
use groma_plan::{ConfigNode, Operation, Plan, Step};
use groma_state::State;

use super::reduce::reduce;
use super::{GraphFormat, dot_string, mermaid_string};

/// Operations, and for each those that come before it.
#[derive(Clone, Debug, Default)]
pub struct OperationGraph {
    nodes: Vec<Node>,
    dependencies: Vec<Vec<u32>>,
    /// To which cycle each node belongs.
    cycles: BTreeMap<u32, usize>,
}

#[derive(Clone, Debug)]
struct Node {
    name: String,
    label: Option<(String, Shape)>,
}

/// What nodes with a label look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Resource,
    Provider,
    Variable,
}

impl Node {
    fn plain(name: String) -> Node {
        Node { name, label: None }
    }

    fn labelled(label: String, suffix: &str, shape: Shape) -> Node {
        Node { name: format!("{label}{suffix}"), label: Some((label, shape)) }
    }
}

impl OperationGraph {
    /// The parts of a configuration, and what a state holds beyond it.
    pub fn of_config(
        nodes: &[ConfigNode],
        dependencies: &[Vec<u32>],
        is_orphan: impl Fn(&ConfigResource) -> bool,
    ) -> OperationGraph {
        let node = |node: &ConfigNode| match node {
            ConfigNode::Resource(resource) if is_orphan(resource) => {
                Node::labelled(resource.to_string(), " (orphan)", Shape::Resource)
            }
            node => config_node(node),
        };
        let nodes = nodes.iter().map(node).collect();
        OperationGraph { nodes, dependencies: dependencies.to_vec(), cycles: BTreeMap::new() }
    }

    /// The destruction of all that a state holds.
    pub fn of_destroying(state: &State) -> OperationGraph {
        let mut graph = OperationGraph::default();
        let mut uses: BTreeMap<ConfigResource, BTreeSet<ConfigResource>> = BTreeMap::new();
        let mut providers: BTreeMap<String, Vec<ConfigResource>> = BTreeMap::new();
        for (addr, resource) in &state.resources {
            let own = addr.config();
            let of_provider = providers.entry(resource.provider.to_string()).or_default();
            of_provider.push(own.clone());
            let uses = uses.entry(own).or_default();
            for instance in resource.instances.values() {
                for object in instance.current.iter().chain(instance.deposed.values()) {
                    uses.extend(object.dependencies.iter().cloned());
                }
            }
        }
        let destroy =
            |r: &ConfigResource| Node::labelled(r.to_string(), " (destroy)", Shape::Resource);
        let numbers: BTreeMap<&ConfigResource, u32> = uses.keys().zip(0..).collect();
        graph.nodes.extend(uses.keys().map(destroy));
        graph.dependencies.resize(graph.nodes.len(), Vec::new());
        for (resource, used) in &uses {
            for used in used.iter().filter_map(|used| numbers.get(used)) {
                // What uses goes before what is used.
                graph.dependencies[*used as usize].push(numbers[resource]);
            }
        }
        for (provider, resources) in providers {
            let id = graph.nodes.len() as u32;
            graph.nodes.push(Node::labelled(provider, "", Shape::Provider));
            graph.dependencies.push(Vec::new());
            for resource in resources {
                graph.dependencies[numbers[&resource] as usize].push(id);
            }
        }
        graph
    }

    /// What applying a plan does.
    pub fn of_plan(plan: &Plan) -> OperationGraph {
        let graph = &plan.graph;
        let node = |(_, operation): (u32, &Operation)| match operation {
            Operation::Evaluate(node) => config_node(node),
            Operation::Instance { change, step } => instance_node(plan, *change, *step),
            Operation::Settled(resource) => Node::plain(format!("{resource} (settled)")),
            Operation::Gone(resource) => Node::plain(format!("{resource} (gone)")),
            Operation::Released(resource) => Node::plain(format!("{resource} (released)")),
            Operation::Unused(resource) => Node::plain(format!("{resource} (unused)")),
            Operation::Invoke(index) => match plan.invocations.get(*index as usize) {
                Some(invocation) => Node::plain(format!("{} (invoke)", invocation.addr)),
                None => Node::plain(format!("action {index} (invoke)")),
            },
        };
        OperationGraph {
            nodes: graph.iter().map(node).collect(),
            dependencies: graph.iter().map(|(id, _)| graph.dependencies(id).to_vec()).collect(),
            cycles: BTreeMap::new(),
        }
    }

    /// Shows which edges belong to these cycles.
    pub fn with_cycles(mut self, cycles: &[Vec<u32>]) -> OperationGraph {
        for (number, cycle) in cycles.iter().enumerate() {
            self.cycles.extend(cycle.iter().map(|node| (*node, number)));
        }
        self
    }

    /// Writes the graph.
    pub fn write(mut self, out: &mut dyn Write, format: GraphFormat) -> io::Result<()> {
        reduce(&mut self.dependencies);
        self.add_root();
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|a, b| self.nodes[*a].name.cmp(&self.nodes[*b].name));
        match format {
            GraphFormat::Dot => self.dot(out, &order),
            GraphFormat::Mermaid => self.mermaid(out, &order),
        }
    }

    /// Adds what is done when all else is.
    fn add_root(&mut self) {
        let mut is_last = vec![true; self.nodes.len()];
        for dep in self.dependencies.iter().flatten() {
            is_last[*dep as usize] = false;
        }
        let last = (0u32..).zip(is_last).filter(|(_, last)| *last).map(|(id, _)| id).collect();
        self.nodes.push(Node::plain("root".to_owned()));
        self.dependencies.push(last);
    }

    /// The edges in the order of the names at their ends, and whether each is part of a cycle.
    fn edges(&self, order: &[usize]) -> impl Iterator<Item = (usize, usize, bool)> {
        let mut place = vec![0; order.len()];
        for (at, node) in order.iter().enumerate() {
            place[*node] = at;
        }
        order.iter().flat_map(move |&from| {
            let mut to: Vec<usize> =
                self.dependencies[from].iter().map(|to| *to as usize).collect();
            to.sort_by_key(|to| place[*to]);
            to.into_iter().map(move |to| (from, to, self.in_cycle(from, to)))
        })
    }

    fn in_cycle(&self, from: usize, to: usize) -> bool {
        let cycle = |node: usize| self.cycles.get(&(node as u32));
        cycle(from).is_some() && cycle(from) == cycle(to)
    }

    fn dot(&self, out: &mut dyn Write, order: &[usize]) -> io::Result<()> {
        let quoted = |node: usize| dot_string(&format!("[root] {}", self.nodes[node].name));
        writeln!(out, "digraph {{")?;
        writeln!(out, "\tcompound = \"true\"")?;
        writeln!(out, "\tnewrank = \"true\"")?;
        writeln!(out, "\tsubgraph \"root\" {{")?;
        for &node in order {
            let Some((label, shape)) = &self.nodes[node].label else { continue };
            let (label, shape) = (dot_string(label), shape.in_dot());
            writeln!(out, "\t\t{} [label = {label}, shape = \"{shape}\"]", quoted(node))?;
        }
        for (from, to, in_cycle) in self.edges(order) {
            let style = if in_cycle { " [color = \"red\", penwidth = \"2.0\"]" } else { "" };
            writeln!(out, "\t\t{} -> {}{style}", quoted(from), quoted(to))?;
        }
        writeln!(out, "\t}}")?;
        writeln!(out, "}}")
    }

    fn mermaid(&self, out: &mut dyn Write, order: &[usize]) -> io::Result<()> {
        writeln!(out, "flowchart RL")?;
        for &id in order {
            let node = &self.nodes[id];
            let label = mermaid_string(&node.name);
            let (open, close) = node.label.as_ref().map_or(("(", ")"), |l| l.1.in_mermaid());
            writeln!(out, "  n{id}{open}{label}{close}")?;
        }
        let mut red = Vec::new();
        for (number, (from, to, in_cycle)) in self.edges(order).enumerate() {
            writeln!(out, "  n{from} --> n{to}")?;
            if in_cycle {
                red.push(number.to_string());
            }
        }
        if !red.is_empty() {
            writeln!(out, "  linkStyle {} stroke:red,stroke-width:2px", red.join(","))?;
        }
        Ok(())
    }
}

impl Shape {
    fn in_dot(self) -> &'static str {
        match self {
            Shape::Resource => "box",
            Shape::Provider => "diamond",
            Shape::Variable => "note",
        }
    }

    fn in_mermaid(self) -> (&'static str, &'static str) {
        match self {
            Shape::Resource => ("[", "]"),
            Shape::Provider => ("{", "}"),
            Shape::Variable => (">", "]"),
        }
    }
}

fn config_node(node: &ConfigNode) -> Node {
    let expanded = |module: &Module, rest: String| {
        let prefix = if module.is_root() { String::new() } else { format!("{module}.") };
        Node::plain(format!("{prefix}{rest} (expand)"))
    };
    match node {
        ConfigNode::Variable(module, name) if module.is_root() => {
            Node::labelled(format!("var.{name}"), "", Shape::Variable)
        }
        ConfigNode::Variable(module, name) => expanded(module, format!("var.{name}")),
        ConfigNode::Local(module, name) => expanded(module, format!("local.{name}")),
        ConfigNode::Output(module, name) => expanded(module, format!("output.{name}")),
        ConfigNode::Check(module, name) => expanded(module, format!("check.{name}")),
        ConfigNode::ModuleCall(module) => Node::plain(format!("{module} (expand)")),
        ConfigNode::ModuleEnd(module) => Node::plain(format!("{module} (close)")),
        ConfigNode::Resource(resource) => {
            Node::labelled(resource.to_string(), " (expand)", Shape::Resource)
        }
        ConfigNode::Provider(provider) => Node::labelled(provider.to_string(), "", Shape::Provider),
        ConfigNode::Action(action) => Node::plain(format!("{action} (expand)")),
        ConfigNode::Used(node) => {
            let Node { name, label } = config_node(node);
            let bare = label.map_or(name, |(label, _)| label);
            Node::plain(format!("{bare} (close)"))
        }
    }
}

fn instance_node(plan: &Plan, change: u32, step: Step) -> Node {
    let Some(change) = plan.changes.get(change as usize) else {
        return Node::plain(format!("change {change}"));
    };
    let what = match step {
        Step::Create | Step::Update | Step::Settle => "",
        Step::Read => "read",
        Step::Delete => "destroy",
        Step::Forget => "forget",
    };
    let suffix = match (&change.deposed, what) {
        (None, "") => String::new(),
        (None, what) => format!(" ({what})"),
        (Some(key), what) => format!(" ({what} deposed {key})"),
    };
    Node::labelled(change.addr.to_string(), &suffix, Shape::Resource)
}
