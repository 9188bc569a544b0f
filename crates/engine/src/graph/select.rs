//! Narrowing a graph to what `-target` and `-exclude` select.

use std::collections::{HashMap, HashSet};

use groma_addrs::{ConfigResource, Module, Target};
use groma_plan::ConfigNode;

use super::Graph;

/// How far a selection reaches where everything selected is destroyed: nothing may lose what it
/// depends on.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// What depends on the targets, and goes with them.
    pub(crate) dependents: HashSet<ConfigResource>,
    /// What the exclusions depend on, and stays with them.
    pub(crate) needed: HashSet<ConfigResource>,
}

impl Graph {
    /// What is left of the graph where what is selected is destroyed: the targets and what depends
    /// on them, and all that these wait for, which is there to be referred to. What is excluded
    /// stays in the graph likewise.
    pub(crate) fn select_to_destroy(
        &self,
        targets: &[Target],
        excludes: &[Target],
    ) -> (Graph, Reach) {
        let direct = self.resource_dependencies();
        let mut dependents: HashMap<&ConfigResource, Vec<&ConfigResource>> = HashMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "the result has no order")]
        for (resource, dependencies) in &direct {
            for dependency in dependencies {
                dependents.entry(dependency).or_default().push(resource);
            }
        }
        let empty = Vec::new();
        let reach = Reach {
            dependents: reached(&direct, targets, |r| {
                dependents.get(r).unwrap_or(&empty).iter().copied()
            }),
            needed: reached(&direct, excludes, |r| direct.get(r).into_iter().flatten()),
        };
        if targets.is_empty() {
            return (self.clone(), reach);
        }
        let mut keep = vec![false; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        self.post_order(&mut order);
        self.keep_targets(targets, Some(&reach.dependents), &order, &mut keep);
        (self.retain(&keep), reach)
    }

    /// What is left of the graph: with `targets`, those and all that they wait for; with
    /// `excludes`, all but those and what waits for them. Outputs stay if all that they wait for
    /// does, and the ends of modules with what they contain.
    pub(crate) fn select(&self, targets: &[Target], excludes: &[Target]) -> Graph {
        let mut keep = vec![targets.is_empty(); self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        self.post_order(&mut order);
        if !targets.is_empty() {
            self.keep_targets(targets, None, &order, &mut keep);
        }
        if !excludes.is_empty() {
            for id in &order {
                let out = match self.node(*id) {
                    ConfigNode::Resource(r) => excludes.iter().any(|t| covers(t, r)),
                    _ => false,
                };
                let waits_for_excluded =
                    self.dependencies[*id as usize].iter().any(|d| !keep[*d as usize]);
                let tolerant = matches!(self.node(*id), ConfigNode::ModuleEnd(_));
                if out || waits_for_excluded && !tolerant {
                    keep[*id as usize] = false;
                }
            }
        }
        self.retain(&keep)
    }

    fn keep_targets(
        &self,
        targets: &[Target],
        also: Option<&HashSet<ConfigResource>>,
        order: &[u32],
        keep: &mut [bool],
    ) {
        let mut stack: Vec<u32> = self
            .nodes()
            .filter(|(_, node)| match node {
                ConfigNode::Resource(r) => {
                    targets.iter().any(|t| touches(t, r))
                        || also.is_some_and(|also| also.contains(r))
                }
                _ => false,
            })
            .map(|(id, _)| id)
            .collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut keep[id as usize], true) {
                stack.extend(&self.dependencies[id as usize]);
                stack.extend(self.triggered.get(&id).into_iter().flatten());
            }
        }
        // Outputs are worth having if they say nothing about what is left out.
        for id in order {
            if let ConfigNode::Output(module, _) = self.node(*id) {
                let deps = &self.dependencies[*id as usize];
                let resources = deps.iter().any(|d| {
                    matches!(
                        self.node(*d),
                        ConfigNode::Resource(_) | ConfigNode::Output(..) | ConfigNode::Local(..)
                    )
                });
                let complete = deps.iter().all(|d| keep[*d as usize]);
                keep[*id as usize] |= complete && resources && module.is_root();
            }
        }
    }
}

/// The resources that are reached from those that are meant, in so many steps as it takes.
fn reached<'a, I: Iterator<Item = &'a ConfigResource>>(
    all: &'a HashMap<ConfigResource, Vec<ConfigResource>>,
    targets: &[Target],
    next: impl Fn(&ConfigResource) -> I,
) -> HashSet<ConfigResource> {
    let mut found = HashSet::new();
    if targets.is_empty() {
        return found;
    }
    for resource in all.keys().filter(|r| targets.iter().any(|t| touches(t, r))) {
        let mut stack: Vec<&ConfigResource> = next(resource).collect();
        while let Some(resource) = stack.pop() {
            if found.insert(resource.clone()) {
                stack.extend(next(resource));
            }
        }
    }
    found
}

/// Whether any instance of the resource may be meant.
pub(crate) fn touches(target: &Target, resource: &ConfigResource) -> bool {
    match target {
        Target::Module(module) => below(&module.module(), &resource.module),
        Target::Resource(r) => r.config() == *resource,
        Target::Instance(i) => i.resource.config() == *resource,
    }
}

/// Whether all instances of the resource are meant.
fn covers(target: &Target, resource: &ConfigResource) -> bool {
    use groma_addrs::InstanceKey;
    match target {
        Target::Module(module) => {
            below(&module.module(), &resource.module)
                && module.steps().iter().all(|s| s.key == InstanceKey::None)
        }
        Target::Resource(r) => {
            r.config() == *resource && r.module.steps().iter().all(|s| s.key == InstanceKey::None)
        }
        Target::Instance(i) => {
            i.key == InstanceKey::None
                && i.resource.config() == *resource
                && i.module().steps().iter().all(|s| s.key == InstanceKey::None)
        }
    }
}

fn below(upper: &Module, lower: &Module) -> bool {
    upper.contains(lower)
}
