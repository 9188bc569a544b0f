//! What will be: the values of resources and outputs after the plan is applied.

use groma_plan::{Action, InstanceChange, Plan};
use groma_value::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::change::{schema_for, write_address};
use super::masks::Sensitive;
use super::modules::ModuleTree;
use super::values::{Known, Text};
use crate::Schemas;

/// All planned values.
pub(super) struct Planned<'a> {
    pub(super) plan: &'a Plan,
    pub(super) schemas: &'a dyn Schemas,
}

impl Serialize for Planned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let outputs = || {
            let outputs = self.plan.outputs.iter();
            outputs.filter(|o| o.addr.module.is_root() && o.action != Action::Delete)
        };
        if outputs().next().is_some() {
            map.serialize_entry("outputs", &Outputs(self.plan))?;
        }
        map.serialize_entry("root_module", &self.modules())?;
        map.end()
    }
}

impl Planned<'_> {
    fn modules(&self) -> ModuleTree<Resource<'_>> {
        let mut root = ModuleTree::root();
        for group in self.plan.changes.chunk_by(|a, b| a.addr.module() == b.addr.module()) {
            let shown =
                group.iter().filter(|c| c.deposed.is_none() && c.change.action != Action::Delete);
            let mut shown = shown.peekable();
            if let Some(first) = shown.peek() {
                let module = root.at(first.addr.module());
                let schemas = self.schemas;
                module.resources.extend(shown.map(|change| Resource {
                    address: change.addr.to_string(),
                    change,
                    schemas,
                }));
            }
        }
        root.for_each(&mut |module| {
            module.resources.sort_unstable_by(|a, b| a.address.cmp(&b.address));
        });
        root
    }
}

struct Outputs<'a>(&'a Plan);

impl Serialize for Outputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for change in &self.0.outputs {
            if !change.addr.module.is_root() || change.action == Action::Delete {
                continue;
            }
            // What is null has no type in a plan.
            let after = if change.after.is_null() { &Value::NULL } else { &change.after };
            let known = after.is_wholly_known().then_some(after);
            let output = super::outputs::OutputJson {
                sensitive: change.sensitive,
                value: known,
                type_first: true,
            };
            map.serialize_entry(&*change.addr.name, &output)?;
        }
        map.end()
    }
}

struct Resource<'a> {
    address: String,
    change: &'a InstanceChange,
    schemas: &'a dyn Schemas,
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.change;
        let schema = schema_for(change, self.schemas)?;
        // Only what the configuration says is sensitive counts here.
        let after = &change.change.after;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &self.address)?;
        write_address(&mut map, &change.addr)?;
        map.serialize_entry("provider_name", &Text(&change.provider.provider))?;
        map.serialize_entry("schema_version", &schema.version)?;
        if after.as_entries().is_some_and(|e| e.values().any(Value::is_known)) {
            map.serialize_entry("values", &Known(after))?;
        }
        map.serialize_entry("sensitive_values", &Sensitive(after))?;
        if let Some(identity) = change.after_identity.as_ref().filter(|i| !i.is_null()) {
            map.serialize_entry("identity", &Known(identity))?;
            if let Some(schema) = &schema.identity {
                map.serialize_entry("identity_schema_version", &schema.version)?;
            }
        }
        map.end()
    }
}
