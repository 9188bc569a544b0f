//! A whole state.

use groma_addrs::ModuleInstance;
use groma_state::State;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::checks::ChecksJson;
use super::modules::ModuleTree;
use super::object::{ObjectJson, StoredObject};
use super::outputs::StateOutputs;
use crate::Schemas;

/// A state.
pub(super) struct StateJson<'a> {
    pub(super) state: &'a State,
    pub(super) terraform_version: Option<&'a str>,
    pub(super) schemas: &'a dyn Schemas,
}

impl Serialize for StateJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format_version", super::STATE_FORMAT_VERSION)?;
        if !self.state.is_empty() {
            if let Some(version) = self.terraform_version {
                map.serialize_entry("terraform_version", version)?;
            }
            map.serialize_entry("values", &Values(self))?;
            if !self.state.checks.is_empty() {
                map.serialize_entry("checks", &ChecksJson(&self.state.checks))?;
            }
        }
        map.end()
    }
}

struct Values<'a>(&'a StateJson<'a>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let StateJson { state, schemas, .. } = *self.0;
        let mut map = serializer.serialize_map(None)?;
        if !state.outputs.is_empty() {
            let outputs = StateOutputs { outputs: &state.outputs, type_first: false };
            map.serialize_entry("outputs", &outputs)?;
        }
        let mut root = ModuleTree::root();
        for (module, objects) in by_module(state) {
            root.at(module)
                .resources
                .extend(objects.into_iter().map(|stored| ObjectJson { stored, schemas }));
        }
        map.serialize_entry("root_module", &root)?;
        map.end()
    }
}

/// All objects of a state in the order of their addresses, the deposed ones behind the current
/// one, by module instance.
pub(crate) fn by_module(
    state: &State,
) -> impl Iterator<Item = (&ModuleInstance, Vec<StoredObject<'_>>)> {
    let mut resources = state.resources.iter().peekable();
    std::iter::from_fn(move || {
        let module = &resources.peek()?.0.module;
        let mut objects = Vec::new();
        while let Some((addr, resource)) = resources.next_if(|(addr, _)| addr.module == *module) {
            for (key, instance) in &resource.instances {
                let addr = addr.instance(key.clone());
                let current = instance.current.iter().map(|object| (object, None));
                let deposed = instance.deposed.iter().map(|(key, object)| (object, Some(key)));
                objects.extend(current.chain(deposed).map(|(object, deposed)| StoredObject {
                    addr: addr.clone(),
                    resource,
                    object,
                    deposed,
                }));
            }
        }
        Some((module, objects))
    })
}
