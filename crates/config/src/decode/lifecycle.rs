//! `lifecycle` blocks of resources.

use std::sync::LazyLock;

use groma_addrs::{Reference, Referenceable, ResourceMode};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Attribute, Block, Body, BodySchema, Expression};

use super::action::decode_trigger;
use super::attrs;
use super::checks::decode_resource_rule;
use crate::model::{IgnoreChanges, Lifecycle, Resource};

/// What only managed resources can have.
const MANAGED_ONLY: [&str; 5] = [
    "create_before_destroy",
    "prevent_destroy",
    "destroy",
    "ignore_changes",
    "replace_triggered_by",
];

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(MANAGED_ONLY)
        .optional(["enabled"])
        .block("precondition", &[])
        .block("postcondition", &[])
        .block("action_trigger", &[])
});

/// Reads a `lifecycle` block into the resource; tells where its `enabled` stands.
pub(super) fn decode_lifecycle(
    block: &Block,
    body: &Body,
    resource: &mut Resource,
    diagnostics: &mut Diagnostics,
) -> Option<SourceRange> {
    let (content, found) = body.content(&SCHEMA);
    diagnostics.extend(found);
    let enabled = content.attribute("enabled");
    resource.enabled = enabled.map(|a| a.expr.clone());
    match resource.mode() {
        ResourceMode::Managed => {
            resource.lifecycle = Lifecycle {
                create_before_destroy: (content.attribute("create_before_destroy"))
                    .and_then(|a| attrs::constant_bool(a, diagnostics)),
                prevent_destroy: (content.attribute("prevent_destroy"))
                    .map(|a| perhaps_constant(a, diagnostics)),
                destroy: (content.attribute("destroy"))
                    .and_then(|a| attrs::constant_bool(a, diagnostics)),
                ignore_changes: (content.attribute("ignore_changes"))
                    .map(|a| ignore_changes(a, diagnostics))
                    .unwrap_or_default(),
                replace_triggered_by: (content.attribute("replace_triggered_by"))
                    .map(|a| replace_triggered_by(&a.expr, diagnostics))
                    .unwrap_or_default(),
                action_triggers: Vec::new(),
                range: Some(block.def_range.clone()),
            };
        }
        mode => {
            resource.lifecycle.range = Some(block.def_range.clone());
            let unfit = MANAGED_ONLY.iter().filter_map(|name| content.attribute(name));
            diagnostics.extend(unfit.map(|a| not_managed(a, mode)));
        }
    }
    for block in &content.blocks {
        if &*block.block_type == "action_trigger" {
            if resource.mode() == ResourceMode::Managed {
                resource.lifecycle.action_triggers.extend(decode_trigger(block, diagnostics));
            } else {
                diagnostics.push(unfit_trigger(block, resource.mode()));
            }
            continue;
        }
        let rule = decode_resource_rule(block, &resource.addr, diagnostics);
        match &*block.block_type {
            "precondition" => resource.preconditions.push(rule),
            _ => resource.postconditions.push(rule),
        }
    }
    enabled.map(|a| a.name_range.clone())
}

/// A truth value that need not be a constant, but has to be right if it is one.
fn perhaps_constant(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Expression {
    if attribute.expr.variables().is_empty() {
        attrs::constant_bool(attribute, diagnostics);
    }
    attribute.expr.clone()
}

fn not_managed(attribute: &Attribute, mode: ResourceMode) -> Diagnostic {
    let (summary, noun) = match mode {
        ResourceMode::Ephemeral => {
            ("Invalid ephemeral resource lifecycle argument", "ephemeral resources")
        }
        _ => ("Invalid data resource lifecycle argument", "data resources"),
    };
    let detail = format!(
        "The lifecycle argument {:?} is defined only for managed resources (\"resource\" blocks), \
         and is not valid for {noun}.",
        &*attribute.name
    );
    Diagnostic::error(summary, detail).at(&attribute.name_range)
}

fn unfit_trigger(block: &Block, mode: ResourceMode) -> Diagnostic {
    let noun = match mode {
        ResourceMode::Ephemeral => "ephemeral resources",
        _ => "data resources",
    };
    let detail = format!(
        "Actions are triggered by managed resources (\"resource\" blocks) only, not by {noun}."
    );
    Diagnostic::error("Invalid action_trigger block", detail).at(&block.def_range)
}

fn ignore_changes(attribute: &Attribute, diagnostics: &mut Diagnostics) -> IgnoreChanges {
    if attribute.expr.as_keyword() == Some("all") {
        return IgnoreChanges::All;
    }
    let Some(items) = diagnostics.take(attribute.expr.require_list()) else {
        return IgnoreChanges::default();
    };
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        if item.as_string_literal().is_some_and(|s| &**s == "*") {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid ignore_changes wildcard",
                    "The [\"*\"] form of ignore_changes wildcard is no longer valid. Use \
                     \"ignore_changes = all\" to ignore changes to all attributes.",
                )
                .at(attribute.expr.range()),
            );
            continue;
        }
        list.extend(attrs::listed(item, diagnostics));
    }
    IgnoreChanges::Attributes(list)
}

fn replace_triggered_by(expr: &Expression, diagnostics: &mut Diagnostics) -> Vec<Expression> {
    let Some(items) = diagnostics.take(expr.require_list()) else { return Vec::new() };
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let item = attrs::native(item);
        match check_trigger(&item) {
            Ok(()) => list.push(item),
            Err(found) => diagnostics.extend(found),
        }
    }
    list
}

fn check_trigger(expr: &Expression) -> Result<(), Diagnostics> {
    let wrong = |summary: &str, detail: &str| {
        Diagnostics::from(Diagnostic::error(summary, detail).at(expr.range()))
    };
    let mut resources = 0;
    for traversal in expr.variables() {
        match Reference::parse(&traversal)?.subject {
            Referenceable::Resource(_) | Referenceable::ResourceInstance(..) => resources += 1,
            Referenceable::Each(name) if &*name == "key" => {}
            Referenceable::Count(name) if &*name == "index" => {}
            Referenceable::Each(_) => {
                return Err(wrong(
                    "Invalid each reference in replace_triggered_by expression",
                    "Only each.key may be used in replace_triggered_by.",
                ));
            }
            Referenceable::Count(_) => {
                return Err(wrong(
                    "Invalid count reference in replace_triggered_by expression",
                    "Only count.index may be used in replace_triggered_by.",
                ));
            }
            _ => {
                return Err(wrong(
                    "Invalid reference in replace_triggered_by expression",
                    "Only resources, count.index, and each.key may be used in \
                     replace_triggered_by.",
                ));
            }
        }
    }
    match resources {
        1 => Ok(()),
        0 => Err(wrong(
            "Invalid replace_triggered_by expression",
            "Missing resource reference in replace_triggered_by expression.",
        )),
        _ => Err(wrong(
            "Invalid replace_triggered_by expression",
            "Multiple resource references in replace_triggered_by expression.",
        )),
    }
}
