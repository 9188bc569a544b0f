//! The lines above a change: what is done and why.

use std::fmt::Write;

use groma_addrs::InstanceKey;
use groma_plan::{Action, ActionReason, DeferredReason, InstanceChange};
use groma_value::json::Plain;

use crate::Style;

/// Whether a change is one that is planned, or one that was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Planned,
    Found,
    Deferred(DeferredReason),
}

/// The comment, with a line break at its end.
pub(super) fn comment(change: &InstanceChange, cause: Cause, style: Style) -> String {
    let mut out = String::new();
    let addr = match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.addr),
        None => change.addr.to_string(),
    };
    if let Cause::Deferred(reason) = cause {
        let _ = writeln!(out, "{} is deferred", style.bold(format_args!("  # {addr}")));
        let _ = writeln!(out, "  # ({})", why_deferred(reason));
        return out;
    }
    let moved = change.previous_addr != change.addr;
    let action = change.change.action;
    let margin = if action == Action::Forget { " " } else { "  " };
    if action == Action::NoOp && moved {
        let old = style.bold(format_args!("  # {}", change.previous_addr)).to_string();
        let _ = writeln!(out, "{old} has moved to {}", style.bold(&addr));
    } else {
        let what = what_is_done(change, cause, style);
        let _ = writeln!(out, "{} {what}", style.bold(format_args!("{margin}# {addr}")));
    }
    for why in reasons(change) {
        let _ = writeln!(out, "{margin}# ({why})");
    }
    if moved && action != Action::NoOp {
        let _ = writeln!(out, "  # (moved from {})", change.previous_addr);
    }
    let importing = change.change.importing.as_ref();
    if action == Action::NoOp && importing.is_some_and(|i| i.generated_config.is_some()) {
        out.push_str("  # (config will be generated)\n");
    }
    if action != Action::NoOp || moved {
        write_import(change, style, &mut out);
    }
    out
}

fn why_deferred(reason: DeferredReason) -> &'static str {
    match reason {
        DeferredReason::Unknown => "because the provider cannot plan it yet",
        DeferredReason::InstanceCountUnknown => {
            "because the number of resource instances is unknown"
        }
        DeferredReason::ResourceConfigUnknown => "because the resource configuration is unknown",
        DeferredReason::ProviderConfigUnknown => "because the provider configuration is unknown",
        DeferredReason::AbsentPrereq => "because a prerequisite for this resource is not there yet",
        DeferredReason::DeferredPrereq => "because a prerequisite for this resource is deferred",
    }
}

fn what_is_done(change: &InstanceChange, cause: Cause, style: Style) -> String {
    let found = cause == Cause::Found;
    match change.change.action {
        Action::NoOp => "will be imported".to_owned(),
        Action::Create => "will be created".to_owned(),
        Action::Read => "will be read during apply".to_owned(),
        Action::Update if found => "has changed".to_owned(),
        Action::Update => "will be updated in-place".to_owned(),
        Action::Delete if found => "has been deleted".to_owned(),
        Action::Delete => format!("will be {}", style.bold_red("destroyed")),
        Action::Forget => {
            format!(
                "will no longer be managed by Groma, but {} be destroyed",
                style.bold_red("will not")
            )
        }
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => {
            let replaced = style.bold_red("replaced");
            match change.reason {
                Some(ActionReason::ReplaceBecauseTainted) => {
                    format!("is tainted, so must be {replaced}")
                }
                Some(ActionReason::ReplaceByRequest) => {
                    format!("will be {replaced}, as requested")
                }
                Some(ActionReason::ReplaceByTriggers) => {
                    format!("will be {replaced} due to changes in replace_triggered_by")
                }
                _ => format!("must be {replaced}"),
            }
        }
    }
}

fn reasons(change: &InstanceChange) -> Vec<String> {
    let mut all = Vec::new();
    let is_delete = change.change.action == Action::Delete;
    let is_forget = change.change.action == Action::Forget;
    if let Some(reason) = change.reason
        && (is_delete || change.change.action == Action::Read)
        && let Some(text) = reason_text(change, reason)
    {
        all.push(text);
    }
    if is_forget && change.deposed.is_none() {
        all.push("destroy = false is set in the configuration".to_owned());
    }
    if change.change.action == Action::CreateThenForget {
        all.push("the older object will not be destroyed".to_owned());
    }
    if change.deposed.is_some() && (is_delete || is_forget) {
        all.push("left over from a partially-failed replacement of this instance".to_owned());
    }
    all
}

fn reason_text(change: &InstanceChange, reason: ActionReason) -> Option<String> {
    let key = || match change.addr.key.to_value() {
        Some(key) => serde_json::to_string(&Plain(&key)).unwrap_or_default(),
        None => String::new(),
    };
    Some(match reason {
        ActionReason::ReplaceBecauseTainted
        | ActionReason::ReplaceByRequest
        | ActionReason::ReplaceByTriggers
        | ActionReason::ReplaceBecauseCannotUpdate => return None,
        ActionReason::DeleteBecauseNoResourceConfig => {
            let resource = &change.addr.resource.resource;
            format!("because {}.{} is not in configuration", resource.ty, resource.name)
        }
        ActionReason::DeleteBecauseNoMoveTarget => format!(
            "because {} was moved to {}, which is not in configuration",
            change.previous_addr, change.addr
        ),
        ActionReason::DeleteBecauseNoModule => {
            format!("because {} is not in configuration", change.addr.module())
        }
        ActionReason::DeleteBecauseWrongRepetition => match change.addr.key {
            InstanceKey::None | InstanceKey::Unknown => "because resource uses count or for_each",
            InstanceKey::Int(_) => "because resource does not use count",
            InstanceKey::String(_) => "because resource does not use for_each",
        }
        .to_owned(),
        ActionReason::DeleteBecauseCountIndex => {
            format!("because index [{}] is out of range for count", key())
        }
        ActionReason::DeleteBecauseEachKey => {
            format!("because key [{}] is not in for_each map", key())
        }
        ActionReason::DeleteBecauseEnabledFalse => "because enabled is false".to_owned(),
        ActionReason::ReadBecauseConfigUnknown => {
            "config refers to values not yet known".to_owned()
        }
        ActionReason::ReadBecauseDependencyPending => {
            "depends on a resource or a module with changes pending".to_owned()
        }
        ActionReason::ReadBecauseCheckNested => {
            "config will be reloaded to verify a check block".to_owned()
        }
    })
}

fn write_import(change: &InstanceChange, style: Style, out: &mut String) {
    let Some(importing) = &change.change.importing else { return };
    match (&importing.id, &importing.identity) {
        (Some(id), _) => {
            let _ = writeln!(out, "  # (imported from \"{id}\")");
        }
        (None, Some(identity)) => {
            let json = serde_json::to_string_pretty(&Plain(identity)).unwrap_or_default();
            let json = json.replace('\n', "\n  # ");
            let _ = writeln!(out, "  # imported using resource identity: {json}");
        }
        (None, None) => out.push_str("  # (will be imported first)\n"),
    }
    if change.change.action.is_replace() {
        let warning = style.yellow("Warning: this will destroy the imported resource");
        let _ = writeln!(out, "  # {warning}");
    }
}
