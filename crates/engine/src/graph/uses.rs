//! What ephemeral resources are used for, be it through others: until all of that is done, they stay
//! open.

use std::collections::{BTreeMap, HashSet};

use groma_addrs::ConfigResource;
use groma_plan::ConfigNode;

use super::{Graph, is_ephemeral};

impl Graph {
    /// Adds a node for each ephemeral resource, and for each node that hands on what one gives,
    /// that waits for all that use it. Comes last: nothing waits for these. What is created or
    /// read has no ephemeral values, so that the way ends there. Barriers at every step keep the
    /// number of edges in proportion to those that are there.
    pub(crate) fn track_uses(&mut self) {
        let ephemeral =
            |node: &ConfigNode| matches!(node, ConfigNode::Resource(r) if is_ephemeral(r));
        let mut stack: Vec<u32> =
            self.nodes().filter(|(_, node)| ephemeral(node)).map(|(id, _)| id).collect();
        if stack.is_empty() {
            return;
        }
        let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (node, dependencies) in self.dependencies.iter().enumerate() {
            for dependency in dependencies {
                dependents[*dependency as usize].push(node as u32);
            }
        }
        let mut used: BTreeMap<u32, u32> = BTreeMap::new();
        while let Some(id) = stack.pop() {
            if used.contains_key(&id) {
                continue;
            }
            let barrier = self.add(ConfigNode::Used(Box::new(self.node(id).clone())));
            used.insert(id, barrier);
            stack.extend(dependents[id as usize].iter().filter(|d| match self.node(**d) {
                ConfigNode::Resource(resource) => is_ephemeral(resource),
                _ => true,
            }));
        }
        for (id, barrier) in &used {
            self.wait(*barrier, *id);
            for dependent in &dependents[*id as usize] {
                self.wait(*barrier, used.get(dependent).copied().unwrap_or(*dependent));
            }
        }
    }

    /// Which nodes are providers, or what these wait for.
    pub(crate) fn providers_and_before(&self) -> Vec<bool> {
        let mut found = vec![false; self.nodes.len()];
        let is_provider = |n: &ConfigNode| matches!(n, ConfigNode::Provider(_));
        let mut stack: Vec<u32> =
            self.nodes().filter(|(_, n)| is_provider(n)).map(|(id, _)| id).collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut found[id as usize], true) {
                stack.extend(&self.dependencies[id as usize]);
            }
        }
        found
    }

    /// The ephemeral resources that providers are configured with, be it through others.
    pub(crate) fn ephemerals_of_providers(&self) -> HashSet<ConfigResource> {
        let found = self.providers_and_before();
        let ephemeral = |(id, node): (u32, &ConfigNode)| match node {
            ConfigNode::Resource(r) if is_ephemeral(r) && found[id as usize] => Some(r.clone()),
            _ => None,
        };
        self.nodes().filter_map(ephemeral).collect()
    }
}

#[cfg(test)]
mod tests {
    use groma_addrs::{Module, Resource, ResourceMode};

    use super::*;

    fn resource(mode: ResourceMode, name: &str) -> ConfigNode {
        let resource = Resource::new(mode, "t", name);
        ConfigNode::Resource(ConfigResource { module: Module::root(), resource })
    }

    #[test]
    fn what_is_ephemeral_stays_open_until_what_comes_of_it_is_used() {
        // a (managed) uses a local made from e (ephemeral); b uses a.
        let mut graph = Graph::default();
        let e = graph.add(resource(ResourceMode::Ephemeral, "e"));
        let local = graph.add(ConfigNode::Local(Module::root(), "l".into()));
        let a = graph.add(resource(ResourceMode::Managed, "a"));
        let b = graph.add(resource(ResourceMode::Managed, "b"));
        graph.wait(local, e);
        graph.wait(a, local);
        graph.wait(b, a);
        graph.track_uses();
        let used = |node: u32| {
            let node = Box::new(graph.node(node).clone());
            graph.id(&ConfigNode::Used(node))
        };
        let (of_e, of_local) = (used(e).unwrap(), used(local).unwrap());
        assert_eq!(graph.dependencies()[of_e as usize], [e, of_local]);
        assert_eq!(graph.dependencies()[of_local as usize], [local, a]);
        assert!(used(a).is_none() && used(b).is_none());
    }
}
