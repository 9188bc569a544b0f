//! The actions that a plan invokes.

use std::fmt::Write;

use groma_plan::{ActionInvocation, InstanceChange, Plan};

use crate::diff::{Part, Show, object};
use crate::{RenderError, Schemas, Style};

/// What is invoked before and after a change; empty if nothing is.
pub(super) fn around(
    change: &InstanceChange,
    plan: &Plan,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    let mut out = String::new();
    if change.deposed.is_some() {
        return Ok(out);
    }
    let own = plan.invocations.iter().filter_map(|invocation| {
        let trigger = invocation.lifecycle()?;
        (trigger.resource == change.addr).then_some((trigger.event.is_before(), invocation))
    });
    let own: Vec<(bool, &ActionInvocation)> = own.collect();
    for (before, word) in [(true, "before"), (false, "after")] {
        let mut blocks = own.iter().filter(|(is_before, _)| *is_before == before).peekable();
        if blocks.peek().is_none() {
            continue;
        }
        let heading = format!("# Actions to be invoked {word} this change in order:");
        let _ = write!(out, "\n\n    {}", style.bold(heading));
        for (_, invocation) in blocks {
            let _ = write!(out, "\n{}", block(invocation, schemas, style)?);
        }
    }
    Ok(out)
}

/// The actions that are invoked since the user wants it.
pub(super) fn wanted(
    plan: &Plan,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    let mut out = String::new();
    for invocation in plan.invocations.iter().filter(|i| i.lifecycle().is_none()) {
        let caller = match invocation.caller() {
            Some(caller) => format!(" for {caller}"),
            None => String::new(),
        };
        let heading = style.bold(format!("# {} will be invoked{caller}", invocation.addr));
        let _ = write!(out, "\n    {heading}\n{}\n", block(invocation, schemas, style)?);
    }
    Ok(out)
}

fn block(
    invocation: &ActionInvocation,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    let action = &invocation.addr.action;
    let provider = &invocation.provider.provider;
    let schema = schemas.action(provider, &action.ty).ok_or_else(|| RenderError::NoSchema {
        addr: invocation.addr.to_string(),
        provider: provider.to_string(),
    })?;
    let config = schema.block.mark_sensitive(&invocation.config);
    let show = Show { unchanged: true, ..Show::new(style) };
    let mut text = String::new();
    object(&Part::whole(&config, &config), &schema.block).write(&mut text, 0, show);
    let text = text.replace('\n', "\n    ");
    Ok(format!(
        "    action \"{}\" \"{}\" {{\n        config {text}\n    }}",
        action.ty, action.name
    ))
}
