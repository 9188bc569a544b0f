//! What to do where instances cannot be told before something else has been applied.

use std::collections::{BTreeSet, HashSet};

use groma_addrs::{ConfigResource, Module, ResourceMode};
use groma_diag::Diagnostics;
use groma_hcl::Expression;
use groma_plan::ConfigNode;

use crate::graph::{ReferenceChecker, Scoping};
use crate::run::{Phase, Run};

/// So many are named; more would be no help.
const MOST: usize = 5;

impl Run {
    /// What to do where `argument`, written in a module, is not known: which resources to apply
    /// first, and that `excluded` can be left out or deferred.
    pub(crate) fn advice(&self, module: &Module, argument: &Expression, excluded: &str) -> String {
        if self.phase != Phase::Plan {
            return String::new();
        }
        let causes = self.causes(module, argument);
        let targets: Vec<String> =
            causes.iter().take(MOST).map(|cause| format!(" -target={}", quoted(cause))).collect();
        let first = match targets.is_empty() {
            true => String::new(),
            false => format!("\n  - to apply first what it depends on, use{}", targets.concat()),
        };
        format!(
            "\n\nTo go on, do one of these:{first}\n  - to leave this out for now, use -exclude={}\n  - to leave for a later plan whatever cannot be planned yet, use -allow-deferral",
            quoted(excluded)
        )
    }

    /// The managed resources with values that are not known yet that an expression is made from.
    fn causes(&self, module: &Module, argument: &Expression) -> BTreeSet<ConfigResource> {
        let mut causes = BTreeSet::new();
        let Some(node) = self.world.config.module(module) else { return causes };
        let checker = ReferenceChecker { module: node, schemas: None };
        let mut nodes = Vec::new();
        let scoping = Scoping { count: true, each: true, self_ref: false };
        for traversal in argument.variables() {
            checker.resolve(&traversal, scoping, &mut nodes, &mut Diagnostics::new());
        }
        let mut stack: Vec<u32> = nodes.iter().filter_map(|node| self.graph().id(node)).collect();
        let mut seen = HashSet::new();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            let further = || &self.graph().dependencies()[id as usize];
            match self.graph().node(id) {
                ConfigNode::Resource(addr) if addr.resource.mode != ResourceMode::Managed => {
                    stack.extend(further());
                }
                ConfigNode::Resource(addr) => {
                    if !self.is_known(addr) {
                        causes.insert(addr.clone());
                    }
                }
                ConfigNode::Provider(_) => {}
                _ => stack.extend(further()),
            }
        }
        causes
    }

    fn is_known(&self, addr: &ConfigResource) -> bool {
        let modules = self.world.instances_of(&addr.module);
        modules.iter().filter_map(|m| m.resource(&addr.resource)).all(|data| {
            let keys = data.expansion.instances().into_iter();
            let mut values = keys.map(|(key, _)| data.instance(&key));
            values.all(|value| value.is_some_and(|value| value.is_wholly_known()))
        })
    }
}

/// An address as a shell takes it.
fn quoted(addr: impl std::fmt::Display) -> String {
    let text = addr.to_string();
    match text.contains(['[', '"', '$']) {
        true => format!("'{text}'"),
        false => text,
    }
}
