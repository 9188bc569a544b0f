//! The tree of module instances with what is in each of them.

use std::collections::BTreeMap;

use groma_addrs::{ModuleInstance, ModuleStep};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A module instance, what is in it, and those below it by their last steps' texts.
pub(super) struct ModuleTree<T> {
    address: Option<ModuleInstance>,
    pub(super) resources: Vec<T>,
    children: BTreeMap<String, ModuleTree<T>>,
}

impl<T> ModuleTree<T> {
    /// The root module.
    pub(super) fn root() -> ModuleTree<T> {
        ModuleTree { address: None, resources: Vec::new(), children: BTreeMap::new() }
    }

    /// The module instance at an address, which is made if need be.
    pub(super) fn at(&mut self, module: &ModuleInstance) -> &mut ModuleTree<T> {
        let mut node = self;
        for (depth, step) in module.steps().iter().enumerate() {
            let ModuleStep { name, key } = step;
            node = node.children.entry(format!("{name}{key}")).or_insert_with(|| ModuleTree {
                address: Some(ModuleInstance::new(module.steps()[..=depth].to_vec())),
                resources: Vec::new(),
                children: BTreeMap::new(),
            });
        }
        node
    }

    /// Shows each module instance to the function.
    pub(super) fn for_each(&mut self, f: &mut impl FnMut(&mut ModuleTree<T>)) {
        f(self);
        self.children.values_mut().for_each(|child| child.for_each(f));
    }
}

impl<T: Serialize> Serialize for ModuleTree<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.resources.is_empty() {
            map.serialize_entry("resources", &self.resources)?;
        }
        if let Some(address) = &self.address {
            map.serialize_entry("address", &super::values::Text(address))?;
        }
        if !self.children.is_empty() {
            map.serialize_entry("child_modules", &Children(&self.children))?;
        }
        map.end()
    }
}

struct Children<'a, T>(&'a BTreeMap<String, ModuleTree<T>>);

impl<T: Serialize> Serialize for Children<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.values())
    }
}
