//! Progress and results as lines of JSON, in the documented form of the machine-readable UI.

mod parts;
mod query;

use std::collections::BTreeMap;
use std::time::Duration;

use groma_addrs::{AbsActionInstance, AbsResourceInstance, ResourceMode};
use groma_diag::{Diagnostic, Severity};
use groma_plan::{Action, InstanceChange, Mode, OutputChange, Plan};
use groma_state::Output;
use groma_state::file::TERRAFORM_VERSION;
use groma_value::Str;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::DiagnosticView;
use crate::events::{
    ActionStage, Doing, EphemeralStage, EphemeralStep, ObjectId, ProgressEvent, Running,
    elapsed_text, output_lines,
};
use crate::json::OutputJson;
use crate::plan::ApplyCounts;
use parts::{ActionHook, ChangeJson, Hook, action_name, words};
pub use query::{Found, list_complete, list_found, list_start};

/// The version of the format.
pub const UI_VERSION: &str = "1.2";

/// Makes the lines. Each ends with a line break. Timestamps are handed in, as
/// `2026-01-02T03:04:05.678901Z`; times as the time since some fixed moment.
#[derive(Debug, Default)]
pub struct JsonUi {
    running: Running,
}

/// One line: what all lines have, and what this one has beside.
struct Line<'a, T> {
    level: &'static str,
    message: &'a str,
    timestamp: &'a str,
    kind: &'static str,
    content: Option<(&'static str, T)>,
}

impl<T: Serialize> Serialize for Line<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@level", self.level)?;
        map.serialize_entry("@message", self.message)?;
        map.serialize_entry("@module", "terraform.ui")?;
        map.serialize_entry("@timestamp", self.timestamp)?;
        if let Some((name, content)) = &self.content {
            map.serialize_entry(name, content)?;
        }
        map.serialize_entry("type", self.kind)?;
        map.end()
    }
}

impl<T: Serialize> Line<'_, T> {
    fn text(&self) -> String {
        // What could fail, an infinite number in an output, leaves a line that says so.
        let text = serde_json::to_string(self).unwrap_or_else(|error| {
            serde_json::json!({
                "@level": "error",
                "@message": format!("Error: {error}"),
                "@module": "terraform.ui",
                "@timestamp": self.timestamp,
                "type": "log",
            })
            .to_string()
        });
        text + "\n"
    }
}

fn info<T: Serialize>(
    kind: &'static str,
    message: &str,
    timestamp: &str,
    name: &'static str,
    content: T,
) -> String {
    Line { level: "info", message, timestamp, kind, content: Some((name, content)) }.text()
}

/// The first line.
pub fn version(timestamp: &str) -> String {
    #[derive(Serialize)]
    struct Version<'a> {
        #[serde(rename = "@level")]
        level: &'a str,
        #[serde(rename = "@message")]
        message: String,
        #[serde(rename = "@module")]
        module: &'a str,
        #[serde(rename = "@timestamp")]
        timestamp: &'a str,
        terraform: &'a str,
        #[serde(rename = "type")]
        kind: &'a str,
        ui: &'a str,
    }
    let version = Version {
        level: "info",
        message: format!("Terraform {TERRAFORM_VERSION}"),
        module: "terraform.ui",
        timestamp,
        terraform: TERRAFORM_VERSION,
        kind: "version",
        ui: UI_VERSION,
    };
    serde_json::to_string(&version).unwrap_or_default() + "\n"
}

/// A message that has no form of its own.
pub fn log(message: &str, timestamp: &str) -> String {
    Line::<()> { level: "info", message, timestamp, kind: "log", content: None }.text()
}

/// A diagnostic.
pub fn diagnostic(diagnostic: &Diagnostic, view: &DiagnosticView<'_>, timestamp: &str) -> String {
    let (level, word) = match diagnostic.severity {
        Severity::Error => ("error", "Error"),
        Severity::Warning => ("warn", "Warning"),
    };
    let message = format!("{word}: {}", diagnostic.summary);
    let content = Some(("diagnostic", view.json(diagnostic)));
    Line { level, message: &message, timestamp, kind: "diagnostic", content }.text()
}

/// The lines that tell a plan: drift, changes, summary and outputs. `timestamp` gives the time of
/// each line.
pub fn plan(plan: &Plan, mut timestamp: impl FnMut() -> String) -> String {
    let mut out = String::new();
    for change in &plan.drift {
        if change.change.action != Action::NoOp || plan.mode == Mode::RefreshOnly {
            out.push_str(&resource_drift(change, &timestamp()));
        }
    }
    for change in plan.changes.iter().filter(|c| is_told(c)) {
        if change.change.action != Action::NoOp
            || change.previous_addr != change.addr
            || change.change.importing.is_some()
        {
            out.push_str(&planned_change(change, &timestamp()));
        }
    }
    for invocation in &plan.invocations {
        let message = format!("{}: Plan to invoke", invocation.addr);
        let (addr, caller) = (&invocation.addr, invocation.caller());
        let content = ActionHook { addr, caller, message: None };
        let line = info("planned_action_invocation", &message, &timestamp(), "invocation", content);
        out.push_str(&line);
    }
    out.push_str(&planned_summary(plan, &timestamp()));
    let outputs: Vec<&OutputChange> =
        plan.outputs.iter().filter(|o| o.addr.module.is_root()).collect();
    if !outputs.is_empty() {
        out.push_str(&output_changes(&outputs, &timestamp()));
    }
    out
}

fn is_told(change: &InstanceChange) -> bool {
    match change.addr.resource.resource.mode {
        ResourceMode::Managed => true,
        ResourceMode::Data => change.change.action != Action::Delete,
        ResourceMode::Ephemeral => false,
    }
}

/// The lines that tell what a saved plan will do.
pub fn planned_changes(plan: &Plan, mut timestamp: impl FnMut() -> String) -> String {
    let told = plan.changes.iter().filter(|c| is_told(c) && c.change.action != Action::NoOp);
    told.map(|change| planned_change(change, &timestamp())).collect()
}

/// A planned change.
pub fn planned_change(change: &InstanceChange, timestamp: &str) -> String {
    let json = ChangeJson(change);
    let message = format!("{}: Plan to {}", change.addr, json.action());
    info("planned_change", &message, timestamp, "change", json)
}

/// A change that was found.
pub fn resource_drift(change: &InstanceChange, timestamp: &str) -> String {
    let json = ChangeJson(change);
    let message = format!("{}: Drift detected ({})", change.addr, json.action());
    info("resource_drift", &message, timestamp, "change", json)
}

#[derive(Serialize)]
struct Summary {
    add: usize,
    change: usize,
    import: usize,
    remove: usize,
    #[serde(skip_serializing_if = "is_zero")]
    action_invocation: usize,
    operation: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How much a plan changes.
pub fn planned_summary(plan: &Plan, timestamp: &str) -> String {
    let mut summary = Summary {
        add: 0,
        change: 0,
        import: 0,
        remove: 0,
        action_invocation: plan.invocations.len(),
        operation: "plan",
    };
    for change in plan.changes.iter().filter(|c| is_told(c)) {
        summary.import += usize::from(change.change.importing.is_some());
        match change.change.action {
            Action::Create | Action::CreateThenForget => summary.add += 1,
            Action::Update => summary.change += 1,
            Action::Delete => summary.remove += 1,
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                summary.add += 1;
                summary.remove += 1;
            }
            Action::NoOp | Action::Read | Action::Forget => {}
        }
    }
    let import = match summary.import {
        0 => String::new(),
        count => format!("{count} to import, "),
    };
    let invoked = match summary.action_invocation {
        0 => String::new(),
        count => format!(" Actions: {count} to invoke."),
    };
    let message = format!(
        "Plan: {import}{} to add, {} to change, {} to destroy.{invoked}",
        summary.add, summary.change, summary.remove
    );
    info("change_summary", &message, timestamp, "changes", summary)
}

/// How much an apply has changed.
pub fn apply_summary(counts: &ApplyCounts, destroy: bool, timestamp: &str) -> String {
    let summary = Summary {
        add: counts.added,
        change: counts.changed,
        import: counts.imported,
        remove: counts.destroyed,
        action_invocation: counts.invoked,
        operation: if destroy { "destroy" } else { "apply" },
    };
    info("change_summary", &counts.summary(destroy), timestamp, "changes", summary)
}

/// How output values will change.
pub fn output_changes(changes: &[&OutputChange], timestamp: &str) -> String {
    #[derive(Serialize)]
    struct Item {
        sensitive: bool,
        action: &'static str,
    }
    let item = |change: &&OutputChange| {
        let item = Item { sensitive: change.sensitive, action: action_name(change.action) };
        (change.addr.name.to_string(), item)
    };
    let outputs: BTreeMap<String, Item> = changes.iter().map(item).collect();
    let message = format!("Outputs: {}", outputs.len());
    info("outputs", &message, timestamp, "outputs", outputs)
}

/// The output values after an apply; of sensitive ones only the type.
pub fn outputs(outputs: &BTreeMap<Str, Output>, timestamp: &str) -> String {
    struct Item<'a>(&'a Output);
    impl Serialize for Item<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Output { value, sensitive } = self.0;
            if !sensitive {
                let json = OutputJson { sensitive: false, value: Some(value), type_first: true };
                return json.serialize(serializer);
            }
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("sensitive", sensitive)?;
            map.serialize_entry("type", &value.ty())?;
            map.end()
        }
    }
    let message = format!("Outputs: {}", outputs.len());
    let items: BTreeMap<&str, Item<'_>> = outputs.iter().map(|(k, v)| (&**k, Item(v))).collect();
    info("outputs", &message, timestamp, "outputs", items)
}

fn hook(kind: &'static str, message: &str, timestamp: &str, hook: Hook<'_>) -> String {
    info(kind, message, timestamp, "hook", hook)
}

fn suffix(id: &ObjectId) -> String {
    match id {
        Some((key, value)) if !value.is_empty() => format!(" [{key}={value}]"),
        _ => String::new(),
    }
}

impl JsonUi {
    /// Nothing has happened yet.
    pub fn new() -> JsonUi {
        JsonUi::default()
    }

    /// The lines that tell an event.
    pub fn event(&mut self, event: &ProgressEvent, now: Duration, timestamp: &str) -> String {
        match event {
            ProgressEvent::RefreshStart { addr, id, .. } => {
                let message = format!("{addr}: Refreshing state...{}", suffix(id));
                let content = Hook { addr: Some(addr), id: Some(id), ..Hook::default() };
                hook("refresh_start", &message, timestamp, content)
            }
            ProgressEvent::RefreshComplete { addr, id, .. } => {
                let message = format!("{addr}: Refresh complete{}", suffix(id));
                let content = Hook { addr: Some(addr), id: Some(id), ..Hook::default() };
                hook("refresh_complete", &message, timestamp, content)
            }
            ProgressEvent::Action { addr, caller, stage } => {
                action_line(addr, caller.as_ref(), stage, timestamp)
            }
            ProgressEvent::ImportPrepare { .. }
            | ProgressEvent::ImportFrom { .. }
            | ProgressEvent::ImportFound { .. }
            | ProgressEvent::ImportStart { .. }
            | ProgressEvent::ImportComplete { .. }
            | ProgressEvent::ApplyStart { action: Action::NoOp, .. }
            | ProgressEvent::ApplyComplete { action: Action::NoOp, .. }
            | ProgressEvent::ApplyErrored { action: Action::NoOp, .. } => String::new(),
            ProgressEvent::ApplyStart { addr, deposed, action, id } => {
                let doing = Doing::Action(*action);
                self.running.start(addr, deposed.as_ref(), doing, id.clone(), now);
                let message = format!("{addr}: {}...{}", words(*action).0, suffix(id));
                let action = Some(action_name(*action));
                let content = Hook { addr: Some(addr), action, id: Some(id), ..Hook::default() };
                hook("apply_start", &message, timestamp, content)
            }
            ProgressEvent::ApplyComplete { addr, deposed, action, id } => {
                let step = self.running.end(addr, deposed.as_ref(), Doing::Action(*action), now);
                let seconds = step.seconds(now);
                let (noun, elapsed) = (words(*action).2, elapsed_text(seconds));
                let message = format!("{addr}: {noun} complete after {elapsed}{}", suffix(id));
                let content = Hook {
                    addr: Some(addr),
                    action: Some(action_name(*action)),
                    id: Some(id),
                    elapsed: Some(seconds),
                    ..Hook::default()
                };
                hook("apply_complete", &message, timestamp, content)
            }
            ProgressEvent::ApplyErrored { addr, deposed, action } => {
                let step = self.running.end(addr, deposed.as_ref(), Doing::Action(*action), now);
                // The diagnostics tell it; there is no line for these.
                if *action == Action::Read || deposed.is_some() {
                    return String::new();
                }
                let seconds = step.seconds(now);
                let (noun, elapsed) = (words(*action).2, elapsed_text(seconds));
                let message = format!("{addr}: {noun} errored after {elapsed}");
                let (action, elapsed) = (Some(action_name(*action)), Some(seconds));
                let content = Hook { addr: Some(addr), action, elapsed, ..Hook::default() };
                hook("apply_errored", &message, timestamp, content)
            }
            ProgressEvent::ProvisionStart { addr, provisioner } => {
                let message = format!("{addr}: Provisioning with '{provisioner}'...");
                hook("provision_start", &message, timestamp, provision(addr, provisioner))
            }
            ProgressEvent::ProvisionOutput { addr, provisioner, output } => {
                let line = |line: &str| {
                    let message = format!("{addr}: ({provisioner}): {line}");
                    let content = Hook { output: Some(line), ..provision(addr, provisioner) };
                    hook("provision_progress", &message, timestamp, content)
                };
                output_lines(output).map(line).collect()
            }
            ProgressEvent::ProvisionEnd { addr, provisioner, success } => {
                let (kind, word) = match success {
                    true => ("provision_complete", "complete"),
                    false => ("provision_errored", "errored"),
                };
                let message = format!("{addr}: ({provisioner}) Provisioning {word}");
                hook(kind, &message, timestamp, provision(addr, provisioner))
            }
            ProgressEvent::Ephemeral { addr, step, stage } => {
                self.ephemeral(addr, *step, *stage, now, timestamp)
            }
        }
    }

    fn ephemeral(
        &mut self,
        addr: &AbsResourceInstance,
        step: EphemeralStep,
        stage: EphemeralStage,
        now: Duration,
        timestamp: &str,
    ) -> String {
        let (start, _, noun) = step.words();
        let action = Some(step.as_str());
        let (kind, how) = match stage {
            EphemeralStage::Deferred => return String::new(),
            EphemeralStage::Start => {
                self.running.start(addr, None, Doing::Ephemeral(step), None, now);
                let content = Hook { addr: Some(addr), action, ..Hook::default() };
                let message = format!("{addr}: {start}...");
                return hook("ephemeral_op_start", &message, timestamp, content);
            }
            EphemeralStage::Complete => ("ephemeral_op_complete", "complete"),
            EphemeralStage::Errored => ("ephemeral_op_errored", "errored"),
        };
        let seconds = self.running.end(addr, None, Doing::Ephemeral(step), now).seconds(now);
        let message = format!("{addr}: {noun} {how} after {}", elapsed_text(seconds));
        let elapsed = Some(seconds);
        let content = Hook { addr: Some(addr), action, elapsed, ..Hook::default() };
        hook(kind, &message, timestamp, content)
    }

    /// The lines about all that has been going on for another ten seconds.
    pub fn tick(&mut self, now: Duration, timestamp: &str) -> String {
        let mut out = String::new();
        self.running.tick(now, |addr, step| {
            let seconds = step.seconds(now);
            let (verb, name, kind) = match step.doing {
                Doing::Action(action) => (words(action).1, action_name(action), "apply_progress"),
                Doing::Ephemeral(step) => (step.words().1, step.as_str(), "ephemeral_op_progress"),
            };
            let elapsed = elapsed_text(seconds);
            let message = format!("{addr}: Still {verb}... [{elapsed} elapsed]");
            let (action, elapsed) = (Some(name), Some(seconds));
            let content = Hook { addr: Some(addr), action, elapsed, ..Hook::default() };
            out.push_str(&hook(kind, &message, timestamp, content));
        });
        out
    }

    /// When [`JsonUi::tick`] will have something to say; `None` while nothing goes on.
    pub fn next_tick(&self) -> Option<Duration> {
        self.running.next_due()
    }
}

fn action_line(
    addr: &AbsActionInstance,
    caller: Option<&AbsResourceInstance>,
    stage: &ActionStage,
    timestamp: &str,
) -> String {
    let (kind, message, told) = match stage {
        ActionStage::Start => ("action_start", format!("{addr}: Action started"), None),
        ActionStage::Progress(text) => {
            ("action_progress", format!("{addr}: {text}"), Some(text.as_str()))
        }
        ActionStage::Complete => ("action_complete", format!("{addr}: Action complete"), None),
        ActionStage::Errored => ("action_errored", format!("{addr}: Action errored"), None),
    };
    let content = ActionHook { addr, caller, message: told };
    info(kind, &message, timestamp, "hook", content)
}

fn provision<'a>(addr: &'a AbsResourceInstance, provisioner: &'a str) -> Hook<'a> {
    Hook { addr: Some(addr), provisioner: Some(provisioner), ..Hook::default() }
}

#[cfg(test)]
mod tests;
