//! What `removed` blocks say, by what they are about.

use std::collections::BTreeMap;

use groma_addrs::{ConfigResource, Module};
use groma_config::{Config, Removed, RemovedTarget};
use groma_diag::{Diagnostic, Diagnostics};

/// The `removed` blocks of a configuration.
pub(crate) struct Removals {
    resources: BTreeMap<ConfigResource, Vec<Removed>>,
    modules: BTreeMap<Module, Vec<Removed>>,
}

impl Removals {
    /// Those of all modules.
    pub(crate) fn of(config: &Config) -> Removals {
        let mut removals = Removals { resources: BTreeMap::new(), modules: BTreeMap::new() };
        for node in config.modules() {
            let absolute = |module: &Module| {
                Module::new(node.path.names().iter().chain(module.names()).cloned())
            };
            for removed in &node.module.removed {
                match &removed.from {
                    RemovedTarget::Module(module) => {
                        removals.modules.entry(absolute(module)).or_default().push(removed.clone());
                    }
                    RemovedTarget::Resource(resource) => {
                        let module = absolute(&resource.module);
                        let addr = ConfigResource { module, resource: resource.resource.clone() };
                        removals.resources.entry(addr).or_default().push(removed.clone());
                    }
                }
            }
        }
        removals
    }

    /// The block that is about this very resource.
    pub(crate) fn of_resource(&self, addr: &ConfigResource) -> Option<&Removed> {
        self.resources.get(addr)?.first()
    }

    /// Whether the objects of a resource are destroyed: not, if any of the blocks that are about it,
    /// or about a module around it, says so. `None` if there is no such block.
    pub(crate) fn destroys(&self, addr: &ConfigResource) -> Option<bool> {
        let said = |list: Option<&Vec<Removed>>| {
            list.into_iter().flatten().map(|removed| removed.destroy).reduce(|a, b| a && b)
        };
        let mut destroys = said(self.resources.get(addr));
        let mut module = addr.module.clone();
        while let Some((parent, _)) = module.parent() {
            let around = said(self.modules.get(&module));
            destroys = destroys.into_iter().chain(around).reduce(|a, b| a && b);
            module = parent;
        }
        destroys
    }

    /// Errors for what is said to have been removed and is still there.
    pub(crate) fn check(&self, config: &Config) -> Diagnostics {
        let still = |summary: &str, what: &dyn std::fmt::Display| {
            let detail = format!(
                "This statement declares that {what} was removed, but it is still declared in configuration."
            );
            Diagnostic::error(summary, detail)
        };
        let mut found = Diagnostics::new();
        for addr in self.resources.keys() {
            if let Some(resource) = config.resource(addr) {
                let diagnostic = still("Removed resource still exists", addr);
                found.push(diagnostic.at(&resource.decl_range));
            }
        }
        for module in self.modules.keys() {
            if let Some(call) = config.call(module) {
                let diagnostic = still("Removed module still exists", module);
                found.push(diagnostic.at(&call.decl_range));
            }
        }
        found
    }
}
