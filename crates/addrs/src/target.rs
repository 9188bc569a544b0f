//! What `-target`, `-exclude` and their kin select.

use std::fmt;

use crate::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance};

/// A selection of a configuration's objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Everything in a module instance; a step without a key means all instances of that call.
    Module(ModuleInstance),
    /// All instances of a resource.
    Resource(AbsResource),
    /// One instance.
    Instance(AbsResourceInstance),
}

impl Target {
    /// Whether the instance is selected.
    pub fn selects(&self, addr: &AbsResourceInstance) -> bool {
        match self {
            Target::Module(module) => module_selects(module, addr.module()),
            Target::Resource(resource) => {
                resource.resource == addr.resource.resource
                    && resource.module.steps().len() == addr.module().steps().len()
                    && module_selects(&resource.module, addr.module())
            }
            Target::Instance(instance) => {
                instance.resource.resource == addr.resource.resource
                    && instance.key == addr.key
                    && instance.module().steps().len() == addr.module().steps().len()
                    && module_selects(instance.module(), addr.module())
            }
        }
    }
}

fn module_selects(target: &ModuleInstance, module: &ModuleInstance) -> bool {
    module.steps().len() >= target.steps().len()
        && target
            .steps()
            .iter()
            .zip(module.steps())
            .all(|(t, m)| t.name == m.name && (t.key == InstanceKey::None || t.key == m.key))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Module(module) => module.fmt(f),
            Target::Resource(resource) => resource.fmt(f),
            Target::Instance(instance) => instance.fmt(f),
        }
    }
}
