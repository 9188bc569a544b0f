//! Changes of instances and of outputs.

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, InstanceKey, ResourceMode};
use groma_plan::{Action, Importing, InstanceChange, OutputChange};
use groma_schema::Schema;
use groma_value::{Path, Value};
use serde::ser::{Error, Serialize, SerializeMap, Serializer};

use super::masks::{Sensitive, Unknown};
use super::values::{Key, Known, PathJson, Text};
use crate::Schemas;

/// The names of what an action does.
pub(super) fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::CreateThenForget => &["create", "forget"],
    }
}

/// The name of a mode.
pub(super) fn mode(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}

/// The schema of an instance. That there is one has been seen to before anything was written.
pub(super) fn schema_for<E: Error>(
    change: &InstanceChange,
    schemas: &dyn Schemas,
) -> Result<Arc<Schema>, E> {
    let resource = &change.addr.resource.resource;
    schemas
        .resource(&change.provider.provider, resource.mode, &resource.ty)
        .ok_or_else(|| E::custom(format_args!("no schema found for {}", change.addr)))
}

/// The members that address an instance, all of them texts but for the index.
pub(super) fn write_address<M: SerializeMap>(
    map: &mut M,
    addr: &AbsResourceInstance,
) -> Result<(), M::Error> {
    let resource = &addr.resource.resource;
    map.serialize_entry("mode", mode(resource.mode))?;
    map.serialize_entry("type", &*resource.ty)?;
    map.serialize_entry("name", &*resource.name)?;
    match &addr.key {
        InstanceKey::None => {}
        InstanceKey::Unknown => map.serialize_entry("index_unknown", &true)?,
        key => map.serialize_entry("index", &Key(key))?,
    }
    Ok(())
}

/// A change of an instance.
pub(super) struct ChangeJson<'a> {
    pub(super) change: &'a InstanceChange,
    pub(super) schemas: &'a dyn Schemas,
}

impl Serialize for ChangeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.change;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &Text(&change.addr))?;
        if change.previous_addr != change.addr {
            map.serialize_entry("previous_address", &Text(&change.previous_addr))?;
        }
        if !change.addr.module().is_root() {
            map.serialize_entry("module_address", &Text(change.addr.module()))?;
        }
        write_address(&mut map, &change.addr)?;
        map.serialize_entry("provider_name", &Text(&change.provider.provider))?;
        if let Some(key) = &change.deposed {
            map.serialize_entry("deposed", &Text(key))?;
        }
        let schema = schema_for(change, self.schemas)?;
        map.serialize_entry("change", &Values { change, schema: &schema })?;
        if let Some(reason) = change.reason {
            map.serialize_entry("action_reason", reason.as_str())?;
        }
        map.end()
    }
}

struct Values<'a> {
    change: &'a InstanceChange,
    schema: &'a Schema,
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = &self.change.change;
        let before = self.schema.block.mark_sensitive(&change.before);
        let after = self.schema.block.mark_sensitive(&change.after);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(change.action))?;
        map.serialize_entry("before", &Known(&before))?;
        if after.is_known() {
            map.serialize_entry("after", &Known(&after))?;
        }
        if after.is_wholly_known() {
            map.serialize_entry("after_unknown", &serde_json::Map::new())?;
        } else {
            map.serialize_entry("after_unknown", &Unknown(&after))?;
        }
        map.serialize_entry("before_sensitive", &Sensitive(&before))?;
        map.serialize_entry("after_sensitive", &Sensitive(&after))?;
        if !self.change.required_replace.is_empty() {
            map.serialize_entry("replace_paths", &Paths(&self.change.required_replace))?;
        }
        if let Some(importing) = &change.importing {
            map.serialize_entry("importing", &ImportingJson(importing))?;
            if let Some(text) = &importing.generated_config {
                map.serialize_entry("generated_config", &**text)?;
            }
        }
        for (name, identity) in [
            ("before_identity", &self.change.before_identity),
            ("after_identity", &self.change.after_identity),
        ] {
            if let Some(identity) = identity.as_ref().filter(|i| !i.is_null()) {
                map.serialize_entry(name, &Known(identity))?;
            }
        }
        map.end()
    }
}

struct Paths<'a>(&'a [Path]);

impl Serialize for Paths<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(PathJson))
    }
}

/// An import.
pub(crate) struct ImportingJson<'a>(pub(crate) &'a Importing);

impl Serialize for ImportingJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match (&self.0.id, &self.0.identity) {
            (Some(id), _) if !id.is_empty() => map.serialize_entry("id", &**id)?,
            (_, Some(identity)) => map.serialize_entry("identity", &Known(identity))?,
            _ => {}
        }
        map.end()
    }
}

/// A change of an output value.
pub(super) struct OutputChangeJson<'a>(pub(super) &'a OutputChange);

impl Serialize for OutputChangeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OutputChange { action, before, after, sensitive, .. } = self.0;
        let unknown: &Value = after;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(*action))?;
        map.serialize_entry("before", &Known(before))?;
        if after.is_known() {
            map.serialize_entry("after", &Known(after))?;
        }
        if after.is_wholly_known() {
            map.serialize_entry("after_unknown", &false)?;
        } else {
            map.serialize_entry("after_unknown", &Unknown(unknown))?;
        }
        map.serialize_entry("before_sensitive", sensitive)?;
        map.serialize_entry("after_sensitive", sensitive)?;
        map.end()
    }
}
