//! Narrowing a graph to what `-target` and `-exclude` select.

use groma_addrs::{ConfigResource, Module, Target};
use groma_plan::ConfigNode;

use super::Graph;

impl Graph {
    /// What is left of the graph: with `targets`, those and all that they wait for; with
    /// `excludes`, all but those and what waits for them. Outputs stay if all that they wait for
    /// does, and the ends of modules with what they contain.
    pub(crate) fn select(&self, targets: &[Target], excludes: &[Target]) -> Graph {
        let mut keep = vec![targets.is_empty(); self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        self.post_order(&mut order);
        if !targets.is_empty() {
            self.keep_targets(targets, &order, &mut keep);
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

    fn keep_targets(&self, targets: &[Target], order: &[u32], keep: &mut [bool]) {
        let mut stack: Vec<u32> = self
            .nodes()
            .filter(|(_, node)| match node {
                ConfigNode::Resource(r) => targets.iter().any(|t| touches(t, r)),
                _ => false,
            })
            .map(|(id, _)| id)
            .collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut keep[id as usize], true) {
                stack.extend(&self.dependencies[id as usize]);
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

/// Whether any instance of the resource may be meant.
fn touches(target: &Target, resource: &ConfigResource) -> bool {
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
