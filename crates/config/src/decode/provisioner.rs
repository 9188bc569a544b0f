//! `provisioner` and `connection` blocks.

use std::sync::LazyLock;

use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Attribute, Block, Body, BodySchema, ExprKind};

use super::attrs::{self, reserved_block};
use super::layers::unescape;
use crate::model::{Connection, OnFailure, Provisioner, ProvisionerWhen};

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["when", "on_failure"])
        .block("_", &[])
        .block("connection", &[])
        .block("lifecycle", &[])
});

/// A provisioner; `None` if it is one that has ceased to be.
pub(super) fn decode_provisioner(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<Provisioner> {
    let (kind, kind_range) = (block.labels.first()?, block.label_ranges.first()?);
    if let "chef" | "habitat" | "puppet" | "salt-masterless" = &**kind {
        let detail = format!(
            "The {kind:?} provisioner does not exist any more. Use remote-exec, or prepare the \
             machine image or its user data instead."
        );
        let summary = format!("The {kind:?} provisioner has been removed");
        diagnostics.push(Diagnostic::error(summary, detail).at(kind_range));
        return None;
    }
    let (mut content, rest, found) = block.body.partial_content(&SCHEMA);
    diagnostics.extend(found);
    let config = unescape(&mut content, rest, "provisioner", diagnostics);
    let when = content.attribute("when").and_then(|a| when(a, diagnostics)).unwrap_or_default();
    let on_failure = content.attribute("on_failure");
    let on_failure = on_failure.and_then(|a| failure(a, diagnostics)).unwrap_or_default();
    let mut provisioner = Provisioner {
        kind: kind.clone(),
        config,
        connection: None,
        when,
        on_failure,
        range: block.def_range.clone(),
        kind_range: kind_range.clone(),
    };
    for inner in &content.blocks {
        match (&*inner.block_type, &provisioner.connection) {
            ("connection", None) => {
                provisioner.connection =
                    Some(Connection { config: inner.body.clone(), range: inner.def_range.clone() });
            }
            ("connection", Some(first)) => diagnostics.push(attrs::duplicate_block(
                "connection",
                "provisioner",
                &first.range,
                &inner.def_range,
            )),
            (kind, _) => diagnostics.push(reserved_block(kind, "provisioner", &inner.type_range)),
        }
    }
    if when == ProvisionerWhen::Destroy {
        only_self_references(&provisioner.config, diagnostics);
        if let Some(connection) = &provisioner.connection {
            only_self_references(&connection.config, diagnostics);
        }
    }
    Some(provisioner)
}

/// A keyword, which for old times' sake may be in quotes.
fn keyword<'a>(attribute: &'a Attribute, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    let expr = &attribute.expr;
    if let Some(word) = expr.as_keyword() {
        return Some(word);
    }
    let word = expr.as_string_literal()?;
    if matches!(expr.kind(), ExprKind::Literal(_)) {
        let detail = "A keyword needs no quotes here. They are accepted for the sake of old \
                      configurations; leave them out.";
        let warning = Diagnostic::warning("Quoted keywords are deprecated", detail);
        diagnostics.push(warning.at(expr.range()));
    }
    Some(word)
}

fn when(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<ProvisionerWhen> {
    match keyword(attribute, diagnostics) {
        Some("create") => Some(ProvisionerWhen::Create),
        Some("destroy") => Some(ProvisionerWhen::Destroy),
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid \"when\" keyword",
                    "The \"when\" argument requires one of the following keywords: create or \
                     destroy.",
                )
                .at(attribute.expr.range()),
            );
            None
        }
    }
}

fn failure(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<OnFailure> {
    match keyword(attribute, diagnostics) {
        Some("continue") => Some(OnFailure::Continue),
        Some("fail") => Some(OnFailure::Fail),
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid \"on_failure\" keyword",
                    "The \"on_failure\" argument requires one of the following keywords: continue \
                     or fail.",
                )
                .at(attribute.expr.range()),
            );
            None
        }
    }
}

/// Reports what a destroy provisioner must not refer to: by the time it runs, whatever else there
/// was may be gone.
pub(super) fn only_self_references(body: &Body, diagnostics: &mut Diagnostics) {
    // A provisioner's own nested blocks are of no known schema; attributes are all they have.
    let (attributes, _) = body.just_attributes();
    for attribute in attributes.values() {
        attribute.expr.for_each_variable(&mut |traversal| {
            let step = traversal.steps.first().and_then(|s| s.attr_name()).map(|n| &**n);
            let allowed = match &*traversal.root {
                "self" | "path" | "terraform" | "tofu" => true,
                "count" => step == Some("index"),
                "each" => step == Some("key"),
                _ => false,
            };
            if !allowed {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid reference from destroy provisioner",
                        "Destroy-time provisioners and their connection configurations may only \
                         reference attributes of the related resource, via 'self', 'count.index', \
                         or 'each.key'.\n\nReferences to other resources during the destroy phase \
                         can cause dependency cycles and interact poorly with \
                         create_before_destroy.",
                    )
                    .at(&traversal.range()),
                );
            }
        });
    }
}
