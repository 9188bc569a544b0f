//! What the lines hold: instances, changes, steps.

use groma_addrs::{AbsActionInstance, AbsResourceInstance};
use groma_plan::{Action, ActionReason, InstanceChange};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::events::ObjectId;
use crate::json::{ImportingJson, Key};

/// An instance by all its names.
pub(super) struct Resource<'a>(pub(super) &'a AbsResourceInstance);

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let resource = &self.0.resource.resource;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("addr", &self.0.to_string())?;
        map.serialize_entry("module", &self.0.module().to_string())?;
        map.serialize_entry("resource", &format!("{resource}{}", self.0.key))?;
        map.serialize_entry("implied_provider", resource.implied_provider())?;
        map.serialize_entry("resource_type", &*resource.ty)?;
        map.serialize_entry("resource_name", &*resource.name)?;
        map.serialize_entry("resource_key", &Key(&self.0.key))?;
        map.end()
    }
}

/// A change by its name and reason.
pub(super) struct ChangeJson<'a>(pub(super) &'a InstanceChange);

impl ChangeJson<'_> {
    /// The name of what is done.
    pub(super) fn action(&self) -> &'static str {
        let change = self.0;
        match change.change.action {
            Action::NoOp if change.change.importing.is_some() => {
                if change.previous_addr != change.addr { "move" } else { "import" }
            }
            Action::NoOp if change.previous_addr != change.addr => "move",
            action => action_name(action),
        }
    }
}

impl Serialize for ChangeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resource", &Resource(&change.addr))?;
        if change.previous_addr != change.addr {
            map.serialize_entry("previous_resource", &Resource(&change.previous_addr))?;
        }
        map.serialize_entry("action", self.action())?;
        if let Some(reason) = change.reason {
            map.serialize_entry("reason", reason_name(reason))?;
        }
        if let Some(importing) = &change.change.importing {
            map.serialize_entry("importing", &ImportingJson(importing))?;
            if let Some(text) = &importing.generated_config {
                map.serialize_entry("generated_config", &**text)?;
            }
        }
        map.end()
    }
}

/// The name of an action.
pub(super) fn action_name(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Forget => "remove",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => "replace",
    }
}

fn reason_name(reason: ActionReason) -> &'static str {
    match reason {
        ActionReason::ReplaceBecauseTainted => "tainted",
        ActionReason::ReplaceByRequest => "requested",
        ActionReason::ReplaceByTriggers => "replace_triggered_by",
        ActionReason::ReplaceBecauseCannotUpdate => "cannot_update",
        other => other.as_str(),
    }
}

/// What a hook line holds.
#[derive(Default)]
pub(super) struct Hook<'a> {
    pub(super) addr: Option<&'a AbsResourceInstance>,
    pub(super) action: Option<&'static str>,
    pub(super) id: Option<&'a ObjectId>,
    pub(super) elapsed: Option<u64>,
    pub(super) provisioner: Option<&'a str>,
    pub(super) output: Option<&'a str>,
}

impl Serialize for Hook<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resource", &self.addr.map(Resource))?;
        if let Some(action) = self.action {
            map.serialize_entry("action", action)?;
        }
        if let Some(Some((key, value))) = self.id {
            map.serialize_entry("id_key", key)?;
            map.serialize_entry("id_value", value)?;
        }
        if let Some(seconds) = self.elapsed {
            map.serialize_entry("elapsed_seconds", &seconds)?;
        }
        if let Some(provisioner) = self.provisioner {
            map.serialize_entry("provisioner", provisioner)?;
        }
        if let Some(output) = self.output {
            map.serialize_entry("output", output)?;
        }
        map.end()
    }
}

/// The words for a step: while it begins, while it goes on, when it is over.
pub(super) fn words(action: Action) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Create => ("Creating", "creating", "Creation"),
        Action::Update => ("Modifying", "modifying", "Modifications"),
        Action::Delete => ("Destroying", "destroying", "Destruction"),
        Action::Read => ("Refreshing", "refreshing", "Refresh"),
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => {
            ("Replacing", "replacing", "Replacement")
        }
        Action::Forget => ("Removing", "removing", "Removal"),
        Action::NoOp => ("Applying", "applying", "Apply"),
    }
}

/// An action and the object that it is invoked for.
pub(super) struct ActionHook<'a> {
    pub(super) addr: &'a AbsActionInstance,
    pub(super) caller: Option<&'a AbsResourceInstance>,
    pub(super) message: Option<&'a str>,
}

impl Serialize for ActionHook<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Named<'a>(&'a AbsActionInstance);
        impl Serialize for Named<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let AbsActionInstance { module, action, key } = self.0;
                let module_text = if module.is_root() { String::new() } else { module.to_string() };
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("addr", &self.0.to_string())?;
                map.serialize_entry("module", &module_text)?;
                map.serialize_entry("action", &format!("{action}{key}"))?;
                map.serialize_entry("implied_provider", action.implied_provider())?;
                map.serialize_entry("action_type", &*action.ty)?;
                map.serialize_entry("action_name", &*action.name)?;
                map.serialize_entry("action_key", &Key(key))?;
                map.end()
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", &Named(self.addr))?;
        if let Some(caller) = self.caller {
            map.serialize_entry("resource", &Resource(caller))?;
        }
        if let Some(message) = self.message {
            map.serialize_entry("message", message)?;
        }
        map.end()
    }
}
