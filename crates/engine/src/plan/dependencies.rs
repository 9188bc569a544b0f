//! What resources depend on, as the state records it and the order of an apply follows from it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use groma_addrs::{ConfigResource, ResourceMode};
use groma_config::Config;
use groma_plan::ConfigNode;
use groma_state::State;

use crate::graph::{Graph, is_ephemeral};

/// At most as many dependencies are written to the state for one object. Where there are more,
/// those without another resource between are written, which order a destruction just as well.
const MOST_DEPENDENCIES: usize = 64;

/// All that each resource depends on, be it through others; in the order of their texts.
pub(crate) fn closures(
    graph: &Graph,
    direct: &HashMap<ConfigResource, Vec<ConfigResource>>,
) -> HashMap<ConfigResource, Arc<[ConfigResource]>> {
    let mut order = Vec::new();
    graph.post_order(&mut order);
    let mut closures: HashMap<ConfigResource, Arc<[ConfigResource]>> = HashMap::new();
    for id in order {
        let ConfigNode::Resource(addr) = graph.node(id) else { continue };
        let Some(deps) = direct.get(addr) else { continue };
        let mut all: BTreeSet<&ConfigResource> = deps.iter().collect();
        for dep in deps {
            if all.len() > MOST_DEPENDENCIES {
                break;
            }
            all.extend(closures.get(dep).into_iter().flat_map(|c| c.iter()));
        }
        let mut list: Vec<ConfigResource> = if all.len() > MOST_DEPENDENCIES {
            beyond_ephemeral(direct, deps).into_iter().cloned().collect()
        } else {
            all.into_iter().cloned().collect()
        };
        // The state has them in the order of their texts.
        list.sort_by_cached_key(ToString::to_string);
        closures.insert(addr.clone(), list.into());
    }
    closures
}

/// The dependencies, with those of what is ephemeral in its place: that itself leaves nothing
/// behind which could be destroyed too early.
pub(super) fn beyond_ephemeral<'a>(
    direct: &'a HashMap<ConfigResource, Vec<ConfigResource>>,
    deps: &'a [ConfigResource],
) -> Vec<&'a ConfigResource> {
    if !deps.iter().any(is_ephemeral) {
        return deps.iter().collect();
    }
    let mut found = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut stack: Vec<&ConfigResource> = deps.iter().collect();
    while let Some(dep) = stack.pop() {
        if !is_ephemeral(dep) {
            found.insert(dep);
        } else if seen.insert(dep) {
            stack.extend(direct.get(dep).into_iter().flatten());
        }
    }
    found.into_iter().collect()
}

/// The resources that are replaced by creating first: those that say so, and all that those depend
/// on, since the old must outlive what is made from it.
pub(crate) fn create_first(
    config: &Config,
    graph: &Graph,
    direct: &HashMap<ConfigResource, Vec<ConfigResource>>,
    state: &State,
) -> HashSet<ConfigResource> {
    let mut found: HashSet<ConfigResource> = HashSet::new();
    let mut stack: Vec<ConfigResource> = Vec::new();
    for (_, node) in graph.nodes() {
        let ConfigNode::Resource(addr) = node else { continue };
        let says_so = match config.resource(addr) {
            Some(resource) => resource.lifecycle.create_before_destroy == Some(true),
            None => state_says_create_first(addr, state),
        };
        if says_so {
            stack.push(addr.clone());
        }
    }
    while let Some(addr) = stack.pop() {
        if found.insert(addr.clone()) {
            let deps = direct.get(&addr).into_iter().flatten();
            stack.extend(deps.filter(|d| d.resource.mode != ResourceMode::Data).cloned());
        }
    }
    found
}

/// For what is only in the state, which is seldom: looked up by the address without keys first.
fn state_says_create_first(addr: &ConfigResource, state: &State) -> bool {
    if !addr.module.is_root() {
        return false;
    }
    let abs = addr.resource.in_module(&groma_addrs::ModuleInstance::root());
    state.resource(&abs).is_some_and(|r| {
        r.instances.values().filter_map(|i| i.current.as_ref()).any(|o| o.create_before_destroy)
    })
}
