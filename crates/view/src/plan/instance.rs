//! A change of one instance.

use std::sync::Arc;

use groma_addrs::ResourceMode;
use groma_plan::{Action, DeferredChange, InstanceChange};
use groma_schema::Schema;

use super::comment::{Cause, comment};
use crate::diff::{Diff, Part, Paths, Show, object};
use crate::{RenderError, Schemas, Style};

/// The schema that a change is shown by.
pub(super) fn schema_of(
    change: &InstanceChange,
    schemas: &dyn Schemas,
) -> Result<Arc<Schema>, RenderError> {
    let resource = &change.addr.resource.resource;
    let provider = &change.provider.provider;
    schemas.resource(provider, resource.mode, &resource.ty).ok_or_else(|| RenderError::NoSchema {
        addr: change.addr.to_string(),
        provider: provider.to_string(),
    })
}

/// Compares an instance before and after, as far as `relevant` leads, and shows the difference to
/// the function.
pub(super) fn with_diff<T>(
    change: &InstanceChange,
    schemas: &dyn Schemas,
    relevant: Paths<'_>,
    show: impl FnOnce(&Diff<'_>) -> T,
) -> Result<T, RenderError> {
    let schema = schema_of(change, schemas)?;
    let block = &schema.block;
    let before = block.mark_sensitive(&change.change.before);
    // What is forgotten stays as it is, just not here.
    let forgotten = change.change.action == Action::Forget;
    let after = if forgotten { before.clone() } else { block.mark_sensitive(&change.change.after) };
    let mut part = Part::whole(&before, &after);
    part.replace = Paths::to(&change.required_replace);
    part.relevant = relevant;
    Ok(show(&object(&part, block)))
}

/// A planned change: comment, header and difference.
pub(super) fn planned(
    change: &InstanceChange,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    with_diff(change, schemas, Paths::All, |diff| text(change, diff, Cause::Planned, style))
}

/// A change that is left for later: comment, header and difference.
pub(super) fn deferred(
    deferred: &DeferredChange,
    schemas: &dyn Schemas,
    style: Style,
) -> Result<String, RenderError> {
    let (change, cause) = (&deferred.change, Cause::Deferred(deferred.reason));
    with_diff(change, schemas, Paths::All, |diff| text(change, diff, cause, style))
}

/// A change that was found: comment, header and difference.
pub(super) fn found(change: &InstanceChange, diff: &Diff<'_>, style: Style) -> String {
    text(change, diff, Cause::Found, style)
}

fn text(change: &InstanceChange, diff: &Diff<'_>, cause: Cause, style: Style) -> String {
    let mut out = comment(change, cause, style);
    let show = Show { unchanged: change.change.importing.is_some(), ..Show::new(style) };
    let resource = &change.addr.resource.resource;
    let kind = if resource.mode == ResourceMode::Managed { "resource" } else { "data" };
    out.push_str(&symbol(change.change.action, style));
    out.push_str(&format!(" {kind} \"{}\" \"{}\" ", resource.ty, resource.name));
    diff.write(&mut out, 0, show);
    out
}

/// The symbol of an action, three characters wide.
fn symbol(action: Action, s: Style) -> String {
    match action {
        Action::NoOp => "   ".to_owned(),
        Action::Create => format!("  {}", s.green("+")),
        Action::Read => format!(" {}", s.cyan("<=")),
        Action::Update => format!("  {}", s.yellow("~")),
        Action::Delete => format!("  {}", s.red("-")),
        Action::Forget => format!(" {}", s.red(".")),
        Action::DeleteThenCreate => format!("{}/{}", s.red("-"), s.green("+")),
        Action::CreateThenDelete => format!("{}/{}", s.green("+"), s.red("-")),
        Action::CreateThenForget => format!("{}/{}", s.green("+"), s.red(".")),
    }
}
