//! The plan as it is stored, and back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use groma_addrs::{
    AbsOutputValue, AbsProviderConfig, AbsResourceInstance, ActionEvent, DeposedKey, Provider,
    parse,
};
use groma_state::file::StateFile;
use groma_state::{CheckResult, CheckStatus, CheckableKind, State};
use groma_value::Value;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::graph::{self, WireGraph};
use super::values::{Decoder, Encoder, WirePath, WireValue};
use super::{ConfigRecord, PlanFileError, SavedPlan};
use crate::{
    Action, ActionInvocation, ActionReason, BackendRecord, Change, DeferredChange, DeferredReason,
    Importing, InstanceChange, InvocationTrigger, LifecycleTrigger, Mode, OutputChange,
    ProviderLock, RelevantAttribute, VariableValue,
};

#[derive(Serialize, Deserialize)]
pub(super) struct Plan {
    types: Vec<ByteBuf>,
    mode: WireMode,
    errored: bool,
    timestamp: String,
    /// A variable whose value must not be stored has none.
    variables: BTreeMap<String, Option<WireValue>>,
    provider_configs: Vec<String>,
    changes: Vec<WireChange>,
    deferred: Vec<(WireChange, DeferredReason)>,
    drift: Vec<WireChange>,
    outputs: Vec<WireOutput>,
    relevant_attributes: Vec<(String, WirePath)>,
    checks: Vec<WireCheck>,
    targets: Vec<String>,
    excludes: Vec<String>,
    force_replace: Vec<String>,
    invocations: Vec<WireInvocation>,
    graph: WireGraph,
    backend: (String, ByteBuf, String),
    providers: Vec<(String, String, Vec<String>)>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum WireMode {
    Normal,
    Destroy,
    RefreshOnly,
}

#[derive(Serialize, Deserialize)]
struct WireChange {
    addr: String,
    /// Only if it is another one.
    previous_addr: Option<String>,
    deposed: Option<String>,
    provider: u32,
    action: Action,
    before: WireValue,
    /// Only if it is another value.
    after: Option<WireValue>,
    importing: Option<(Option<String>, Option<WireValue>, Option<String>)>,
    reason: Option<ActionReason>,
    required_replace: Vec<WirePath>,
    private: ByteBuf,
    before_identity: Option<WireValue>,
    after_identity: Option<WireValue>,
}

#[derive(Serialize, Deserialize)]
struct WireInvocation {
    addr: String,
    provider: u32,
    config: WireValue,
    /// The object that it is for.
    caller: Option<String>,
    /// Only if something is done to the object.
    lifecycle: Option<WireTrigger>,
}

#[derive(Serialize, Deserialize)]
struct WireTrigger {
    event: String,
    block: u32,
    position: u32,
    may_fail: bool,
    #[serde(default)]
    taints: bool,
    conditional: bool,
}

#[derive(Serialize, Deserialize)]
struct WireOutput {
    module: String,
    name: String,
    action: Action,
    before: WireValue,
    after: WireValue,
    sensitive: bool,
}

#[derive(Serialize, Deserialize)]
struct WireCheck {
    kind: u8,
    config_addr: String,
    status: u8,
    objects: Vec<(String, u8, Vec<String>)>,
}

const KINDS: [CheckableKind; 4] = [
    CheckableKind::Resource,
    CheckableKind::OutputValue,
    CheckableKind::Check,
    CheckableKind::InputVariable,
];

const STATUSES: [CheckStatus; 4] =
    [CheckStatus::Unknown, CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Error];

fn place<T: PartialEq>(table: &[T], item: &T) -> u8 {
    // The tables have all there are.
    table.iter().position(|other| other == item).unwrap_or_default() as u8
}

fn at<T: Copy>(table: &[T], place: u8) -> Result<T, String> {
    table.get(usize::from(place)).copied().ok_or_else(|| "an unknown kind of check".to_string())
}

#[derive(Default)]
struct Writer {
    values: Encoder,
    numbers: HashMap<AbsProviderConfig, u32>,
    provider_configs: Vec<String>,
}

/// The stored form.
pub(super) fn encode(saved: &SavedPlan) -> Result<Plan, PlanFileError> {
    let plan = &saved.plan;
    let mut writer = Writer::default();
    let mut variables = BTreeMap::new();
    for (name, variable) in &plan.variables {
        let value = match variable.ephemeral {
            true => None,
            false => Some(writer.values.value(&variable.value)?),
        };
        variables.insert(name.to_string(), value);
    }
    let changes = writer.changes(&plan.changes)?;
    let deferred = plan.deferred.iter();
    let deferred = deferred
        .map(|deferred| Ok((writer.change(&deferred.change)?, deferred.reason)))
        .collect::<Result<_, PlanFileError>>()?;
    let drift = writer.changes(&plan.drift)?;
    let outputs =
        plan.outputs.iter().map(|o| writer.output(o)).collect::<Result<_, PlanFileError>>()?;
    let relevant = plan.relevant_attributes.iter();
    let relevant_attributes = relevant
        .map(|r| Ok((r.resource.to_string(), writer.values.path(&r.attribute)?)))
        .collect::<Result<_, PlanFileError>>()?;
    let invocations = plan
        .invocations
        .iter()
        .map(|i| writer.invocation(i))
        .collect::<Result<_, PlanFileError>>()?;
    let texts = |list: &[groma_addrs::Target]| list.iter().map(|t| t.to_string()).collect();
    let backend = &saved.backend;
    Ok(Plan {
        mode: match plan.mode {
            Mode::Normal => WireMode::Normal,
            Mode::Destroy => WireMode::Destroy,
            Mode::RefreshOnly => WireMode::RefreshOnly,
        },
        errored: plan.errored,
        timestamp: plan.timestamp.clone(),
        variables,
        changes,
        deferred,
        drift,
        outputs,
        relevant_attributes,
        checks: plan.checks.iter().map(check).collect(),
        targets: texts(&plan.targets),
        excludes: texts(&plan.excludes),
        force_replace: plan.force_replace.iter().map(|a| a.to_string()).collect(),
        invocations,
        graph: graph::encode(&plan.graph),
        backend: (backend.kind.clone(), backend.config.clone().into(), backend.workspace.clone()),
        providers: saved.providers.iter().map(lock).collect(),
        provider_configs: writer.provider_configs,
        types: writer.values.into_types(),
    })
}

fn lock(lock: &ProviderLock) -> (String, String, Vec<String>) {
    (lock.provider.to_string(), lock.version.clone(), lock.hashes.clone())
}

fn check(check: &CheckResult) -> WireCheck {
    let objects = check.objects.iter();
    WireCheck {
        kind: place(&KINDS, &check.kind),
        config_addr: check.config_addr.clone(),
        status: place(&STATUSES, &check.status),
        objects: objects
            .map(|(addr, status, messages)| {
                (addr.clone(), place(&STATUSES, status), messages.clone())
            })
            .collect(),
    }
}

impl Writer {
    fn changes(&mut self, changes: &[InstanceChange]) -> Result<Vec<WireChange>, PlanFileError> {
        changes.iter().map(|change| self.change(change)).collect()
    }

    fn change(&mut self, full: &InstanceChange) -> Result<WireChange, PlanFileError> {
        let change = &full.change;
        let optional = |writer: &mut Writer, value: &Option<Value>| {
            value.as_ref().map(|value| writer.values.value(value)).transpose()
        };
        let importing = match &change.importing {
            Some(importing) => Some((
                importing.id.as_ref().map(|id| id.to_string()),
                optional(self, &importing.identity)?,
                importing.generated_config.as_ref().map(|text| text.to_string()),
            )),
            None => None,
        };
        let required = full.required_replace.iter();
        Ok(WireChange {
            addr: full.addr.to_string(),
            previous_addr: (full.previous_addr != full.addr)
                .then(|| full.previous_addr.to_string()),
            deposed: full.deposed.as_ref().map(|key| key.to_string()),
            provider: self.provider(&full.provider),
            action: change.action,
            before: self.values.value(&change.before)?,
            after: match change.after == change.before {
                true => None,
                false => Some(self.values.value(&change.after)?),
            },
            importing,
            reason: full.reason,
            required_replace: required
                .map(|path| self.values.path(path))
                .collect::<Result<_, PlanFileError>>()?,
            private: full.private.to_vec().into(),
            before_identity: optional(self, &full.before_identity)?,
            after_identity: optional(self, &full.after_identity)?,
        })
    }

    fn invocation(
        &mut self,
        invocation: &ActionInvocation,
    ) -> Result<WireInvocation, PlanFileError> {
        Ok(WireInvocation {
            addr: invocation.addr.to_string(),
            provider: self.provider(&invocation.provider),
            config: self.values.value(&invocation.config)?,
            caller: invocation.caller().map(|addr| addr.to_string()),
            lifecycle: invocation.lifecycle().map(|trigger| WireTrigger {
                event: trigger.event.as_str().into(),
                block: trigger.block,
                position: trigger.position,
                may_fail: trigger.may_fail,
                taints: trigger.taints,
                conditional: trigger.conditional,
            }),
        })
    }

    fn provider(&mut self, config: &AbsProviderConfig) -> u32 {
        if let Some(number) = self.numbers.get(config) {
            return *number;
        }
        let number = self.provider_configs.len() as u32;
        self.provider_configs.push(config.to_string());
        self.numbers.insert(config.clone(), number);
        number
    }

    fn output(&mut self, output: &OutputChange) -> Result<WireOutput, PlanFileError> {
        Ok(WireOutput {
            module: output.addr.module.to_string(),
            name: output.addr.name.to_string(),
            action: output.action,
            before: self.values.value(&output.before)?,
            after: self.values.value(&output.after)?,
            sensitive: output.sensitive,
        })
    }
}

/// The plan from its stored form. The error is part of a sentence.
pub(super) fn decode(
    wire: Plan,
    config: ConfigRecord,
    state: StateFile,
    previous_state: Arc<State>,
) -> Result<SavedPlan, String> {
    let reader = Reader {
        values: Decoder::new(&wire.types)?,
        provider_configs: wire
            .provider_configs
            .iter()
            .map(|text| parse::provider_config(text))
            .collect::<Result<_, _>>()?,
    };
    let mut variables = BTreeMap::new();
    for (name, value) in &wire.variables {
        let ephemeral = value.is_none();
        let value = match value {
            Some(value) => reader.values.value(value)?,
            None => Value::NULL,
        };
        variables.insert(name.as_str().into(), VariableValue { value, ephemeral });
    }
    let changes = reader.changes(&wire.changes)?;
    let deferred = wire.deferred.iter().map(|(change, reason)| {
        Ok(DeferredChange { change: reader.change(change)?, reason: *reason })
    });
    let deferred = deferred.collect::<Result<_, String>>()?;
    let targets =
        |list: &[String]| list.iter().map(|t| parse::target(t)).collect::<Result<Vec<_>, String>>();
    let relevant = wire.relevant_attributes.iter().map(|(resource, path)| {
        Ok(RelevantAttribute {
            resource: parse::resource_instance(resource)?,
            attribute: reader.values.path(path)?,
        })
    });
    let plan = crate::Plan {
        mode: match wire.mode {
            WireMode::Normal => Mode::Normal,
            WireMode::Destroy => Mode::Destroy,
            WireMode::RefreshOnly => Mode::RefreshOnly,
        },
        errored: wire.errored,
        timestamp: wire.timestamp,
        variables,
        generated: Vec::new(),
        invocations: wire
            .invocations
            .iter()
            .map(|i| reader.invocation(i))
            .collect::<Result<_, String>>()?,
        graph: graph::decode(&wire.graph, changes.len())?,
        changes,
        deferred,
        drift: reader.changes(&wire.drift)?,
        outputs: wire.outputs.iter().map(|o| reader.output(o)).collect::<Result<_, _>>()?,
        relevant_attributes: relevant.collect::<Result<_, String>>()?,
        checks: wire.checks.into_iter().map(read_check).collect::<Result<_, _>>()?,
        targets: targets(&wire.targets)?,
        excludes: targets(&wire.excludes)?,
        force_replace: addresses(&wire.force_replace)?,
        previous_state,
        prior_state: Arc::new(state.state),
        lineage: state.lineage,
        serial: state.serial,
    };
    let (kind, backend_config, workspace) = wire.backend;
    let providers = wire.providers.into_iter().map(|(provider, version, hashes)| {
        Ok(ProviderLock { provider: Provider::parse(&provider)?, version, hashes })
    });
    Ok(SavedPlan {
        plan,
        backend: BackendRecord { kind, config: backend_config.into_vec(), workspace },
        config,
        providers: providers.collect::<Result<_, String>>()?,
    })
}

fn addresses(list: &[String]) -> Result<Vec<AbsResourceInstance>, String> {
    list.iter().map(|text| parse::resource_instance(text)).collect()
}

fn read_check(wire: WireCheck) -> Result<CheckResult, String> {
    let objects = wire.objects.into_iter();
    Ok(CheckResult {
        kind: at(&KINDS, wire.kind)?,
        config_addr: wire.config_addr,
        status: at(&STATUSES, wire.status)?,
        objects: objects
            .map(|(addr, status, messages)| Ok((addr, at(&STATUSES, status)?, messages)))
            .collect::<Result<_, String>>()?,
    })
}

struct Reader {
    values: Decoder,
    provider_configs: Vec<AbsProviderConfig>,
}

impl Reader {
    fn changes(&self, wire: &[WireChange]) -> Result<Vec<InstanceChange>, String> {
        wire.iter().map(|change| self.change(change)).collect()
    }

    fn change(&self, wire: &WireChange) -> Result<InstanceChange, String> {
        let optional =
            |value: &Option<WireValue>| value.as_ref().map(|v| self.values.value(v)).transpose();
        let addr = parse::partial_resource_instance(&wire.addr)?;
        let before = self.values.value(&wire.before)?;
        let importing = match &wire.importing {
            Some((id, identity, generated)) => Some(Importing {
                id: id.as_deref().map(Into::into),
                identity: optional(identity)?,
                generated_config: generated.as_deref().map(Into::into),
            }),
            None => None,
        };
        let provider = self.provider_configs.get(wire.provider as usize);
        let required = wire.required_replace.iter();
        Ok(InstanceChange {
            previous_addr: match &wire.previous_addr {
                Some(text) => parse::resource_instance(text)?,
                None => addr.clone(),
            },
            addr,
            deposed: wire.deposed.as_deref().map(|key| DeposedKey(key.into())),
            provider: provider.ok_or("a provider configuration is missing")?.clone(),
            change: Change {
                action: wire.action,
                after: optional(&wire.after)?.unwrap_or_else(|| before.clone()),
                before,
                importing,
            },
            reason: wire.reason,
            required_replace: required
                .map(|path| self.values.path(path))
                .collect::<Result<_, _>>()?,
            private: Arc::from(wire.private.as_slice()),
            before_identity: optional(&wire.before_identity)?,
            after_identity: optional(&wire.after_identity)?,
        })
    }

    fn invocation(&self, wire: &WireInvocation) -> Result<ActionInvocation, String> {
        let caller = wire.caller.as_deref().map(parse::resource_instance).transpose()?;
        let provider = self.provider_configs.get(wire.provider as usize);
        let trigger = match (&wire.lifecycle, caller) {
            (Some(trigger), Some(resource)) => {
                let event = ActionEvent::ALL.into_iter().find(|e| e.as_str() == trigger.event);
                InvocationTrigger::Lifecycle(LifecycleTrigger {
                    resource,
                    event: event.ok_or("an action has an unknown trigger")?,
                    block: trigger.block,
                    position: trigger.position,
                    may_fail: trigger.may_fail,
                    taints: trigger.taints,
                    conditional: trigger.conditional,
                })
            }
            (Some(_), None) => return Err("an action has no object that triggers it".into()),
            (None, caller) => InvocationTrigger::Invoke { caller },
        };
        Ok(ActionInvocation {
            addr: parse::action_instance(&wire.addr)?.0,
            provider: provider.ok_or("a provider configuration is missing")?.clone(),
            config: self.values.value(&wire.config)?,
            trigger,
        })
    }

    fn output(&self, wire: &WireOutput) -> Result<OutputChange, String> {
        Ok(OutputChange {
            addr: AbsOutputValue {
                module: parse::module_instance(&wire.module)?,
                name: wire.name.as_str().into(),
            },
            action: wire.action,
            before: self.values.value(&wire.before)?,
            after: self.values.value(&wire.after)?,
            sensitive: wire.sensitive,
        })
    }
}
