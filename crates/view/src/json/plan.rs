//! A whole plan.

use std::collections::BTreeMap;

use groma_addrs::ResourceMode;
use groma_config::Config;
use groma_plan::{
    Action, ActionInvocation, DeferredChange, InstanceChange, Mode, Plan, RelevantAttribute,
};
use groma_state::file::TERRAFORM_VERSION;
use groma_value::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::change::{ChangeJson, OutputChangeJson};
use super::checks::ChecksJson;
use super::config::ConfigJson;
use super::masks::{Sensitive, Unknown};
use super::planned::Planned;
use super::state::StateJson;
use super::values::{Known, PathJson, Text};
use crate::{RenderError, Schemas};

/// A plan.
pub(super) struct PlanJson<'a> {
    pub(super) plan: &'a Plan,
    pub(super) config: &'a Config,
    pub(super) schemas: &'a dyn Schemas,
}

/// Sees to it that there are schemas for all changes, so that nothing is written if not.
pub(super) fn check(plan: &Plan, schemas: &dyn Schemas) -> Result<(), RenderError> {
    let mut last = None;
    for change in plan.changes.iter().chain(&plan.drift) {
        let resource = &change.addr.resource.resource;
        let this = (&change.provider.provider, resource.mode, &resource.ty);
        if last == Some(this) {
            continue;
        }
        last = Some(this);
        if schemas.resource(this.0, this.1, this.2).is_none() {
            return Err(RenderError::NoSchema {
                addr: change.addr.to_string(),
                provider: this.0.to_string(),
            });
        }
    }
    Ok(())
}

impl Serialize for PlanJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PlanJson { plan, config, schemas } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format_version", super::PLAN_FORMAT_VERSION)?;
        map.serialize_entry("terraform_version", TERRAFORM_VERSION)?;
        let variables = variables(plan, config);
        if !variables.is_empty() {
            map.serialize_entry("variables", &variables)?;
        }
        map.serialize_entry("planned_values", &Planned { plan, schemas })?;
        let drift: Vec<&InstanceChange> = plan
            .drift
            .iter()
            .filter(|c| plan.mode == Mode::RefreshOnly || c.change.action != Action::NoOp)
            .collect();
        if !drift.is_empty() {
            map.serialize_entry("resource_drift", &Changes { changes: drift, schemas })?;
        }
        let changes: Vec<&InstanceChange> = plan.changes.iter().filter(|c| is_told(c)).collect();
        if !changes.is_empty() {
            map.serialize_entry("resource_changes", &Changes { changes, schemas })?;
        }
        if !plan.deferred.is_empty() {
            let deferred = plan.deferred.iter().map(|deferred| Deferred { deferred, schemas });
            map.serialize_entry("deferred_changes", &deferred.collect::<Vec<_>>())?;
        }
        if plan.outputs.iter().any(|o| o.addr.module.is_root()) {
            map.serialize_entry("output_changes", &OutputChanges(plan))?;
        }
        if !plan.invocations.is_empty() {
            map.serialize_entry("action_invocations", &Invocations(&plan.invocations))?;
        }
        if !plan.prior_state.is_empty() {
            let terraform_version = Some(TERRAFORM_VERSION);
            let state = StateJson { state: &plan.prior_state, terraform_version, schemas };
            map.serialize_entry("prior_state", &state)?;
        }
        map.serialize_entry("configuration", &ConfigJson { config, schemas })?;
        if !plan.relevant_attributes.is_empty() {
            map.serialize_entry("relevant_attributes", &Relevant(&plan.relevant_attributes))?;
        }
        if !plan.checks.is_empty() {
            map.serialize_entry("checks", &ChecksJson(&plan.checks))?;
        }
        map.serialize_entry("timestamp", &plan.timestamp)?;
        map.serialize_entry("applyable", &plan.is_applyable())?;
        let complete = !plan.errored
            && plan.targets.is_empty()
            && plan.excludes.is_empty()
            && plan.deferred.is_empty();
        map.serialize_entry("complete", &complete)?;
        map.serialize_entry("errored", &plan.errored)?;
        map.end()
    }
}

/// Whether a change is one to tell: that data sources are dropped from the state is not.
fn is_told(change: &InstanceChange) -> bool {
    match change.addr.resource.resource.mode {
        ResourceMode::Managed => true,
        ResourceMode::Data => change.change.action != Action::Delete,
        ResourceMode::Ephemeral => false,
    }
}

#[derive(serde::Serialize)]
struct Variable<'a> {
    value: Known<'a>,
}

/// The values of the root variables, defaults included; those that are ephemeral are not told.
fn variables<'a>(plan: &'a Plan, config: &'a Config) -> BTreeMap<&'a str, Variable<'a>> {
    let declared = &config.root.module.variables;
    let defaults = declared.iter().filter(|(_, v)| !v.ephemeral);
    let defaults = defaults.filter_map(|(name, v)| Some((name, v.default.as_ref()?)));
    let given = plan.variables.iter().filter(|(_, v)| !v.ephemeral);
    let given = given.map(|(name, v)| (name, &v.value));
    let all = defaults.chain(given).filter(|(_, value): &(_, &Value)| value.is_known());
    all.map(|(name, value)| (&**name, Variable { value: Known(value) })).collect()
}

struct Deferred<'a> {
    deferred: &'a DeferredChange,
    schemas: &'a dyn Schemas,
}

impl Serialize for Deferred<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Deferred { deferred, schemas } = *self;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("reason", deferred.reason.as_str())?;
        let change = ChangeJson { change: &deferred.change, schemas };
        map.serialize_entry("resource_change", &change)?;
        map.end()
    }
}

struct Changes<'a> {
    changes: Vec<&'a InstanceChange>,
    schemas: &'a dyn Schemas,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schemas = self.schemas;
        serializer.collect_seq(self.changes.iter().map(|change| ChangeJson { change, schemas }))
    }
}

struct OutputChanges<'a>(&'a Plan);

impl Serialize for OutputChanges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let root = self.0.outputs.iter().filter(|o| o.addr.module.is_root());
        serializer.collect_map(root.map(|o| (&*o.addr.name, OutputChangeJson(o))))
    }
}

struct Invocations<'a>(&'a [ActionInvocation]);

impl Serialize for Invocations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(InvocationJson))
    }
}

struct InvocationJson<'a>(&'a ActionInvocation);

impl Serialize for InvocationJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Lifecycle<'a> {
            triggering_resource_address: String,
            action_trigger_event: &'a str,
            action_trigger_block_index: u32,
            actions_list_index: u32,
        }
        let ActionInvocation { addr, provider, config, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &Text(addr))?;
        map.serialize_entry("type", &*addr.action.ty)?;
        map.serialize_entry("name", &*addr.action.name)?;
        map.serialize_entry("config_values", &Known(config))?;
        map.serialize_entry("config_sensitive", &Sensitive(config))?;
        if config.is_wholly_known() {
            map.serialize_entry("config_unknown", &serde_json::Map::new())?;
        } else {
            map.serialize_entry("config_unknown", &Unknown(config))?;
        }
        map.serialize_entry("provider_name", &Text(&provider.provider))?;
        match self.0.lifecycle() {
            Some(trigger) => {
                let json = Lifecycle {
                    triggering_resource_address: trigger.resource.to_string(),
                    action_trigger_event: trigger.event.as_str(),
                    action_trigger_block_index: trigger.block,
                    actions_list_index: trigger.position,
                };
                map.serialize_entry("lifecycle_action_trigger", &json)?;
            }
            None => map.serialize_entry("invoke_action_trigger", &serde_json::Map::new())?,
        }
        map.end()
    }
}

struct Relevant<'a>(&'a [RelevantAttribute]);

impl Serialize for Relevant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Item<'a> {
            resource: Text<String>,
            attribute: PathJson<'a>,
        }
        serializer.collect_seq(self.0.iter().map(|relevant| Item {
            resource: Text(relevant.resource.to_string()),
            attribute: PathJson(&relevant.attribute),
        }))
    }
}
