//! Conditions, and the `check` blocks that hold some.

use std::sync::Arc;

use groma_addrs::{self as addrs, Reference, Referenceable};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Block, BodySchema, Expression};

use super::attrs;
use super::layers::Layered;
use super::resource::{Owner, decode_resource};
use crate::model::{Check, CheckRule, Module};

/// A block with `condition` and `error_message`.
pub(super) fn decode_rule(block: &Block, diagnostics: &mut Diagnostics) -> CheckRule {
    let schema = BodySchema::new().required(["condition", "error_message"]);
    let (content, found) = block.body.content(&schema);
    diagnostics.extend(found);
    let expression = |name: &str| match content.attribute(name) {
        Some(attribute) => attribute.expr.clone(),
        None => Expression::invalid(content.missing_item_range.clone()),
    };
    let rule = CheckRule {
        condition: expression("condition"),
        error_message: expression("error_message"),
        range: block.def_range.clone(),
    };
    let mut constant = content.attribute("condition").is_some();
    rule.condition.for_each_variable(&mut |_| constant = false);
    if constant {
        diagnostics.push(
            Diagnostic::error(
                format!("Invalid {} expression", block.block_type),
                "The condition expression must refer to at least one object from elsewhere in the \
                 configuration, or else its result would not be checking anything.",
            )
            .at(rule.condition.range()),
        );
    }
    rule
}

/// A rule of a resource, which must not refer to that resource but as `self`.
pub(super) fn decode_resource_rule(
    block: &Block,
    addr: &addrs::Resource,
    diagnostics: &mut Diagnostics,
) -> CheckRule {
    let rule = decode_rule(block, diagnostics);
    for expr in [&rule.condition, &rule.error_message] {
        let mut refers = false;
        expr.for_each_variable(&mut |traversal| {
            if let Ok(reference) = Reference::parse(traversal)
                && let Referenceable::Resource(r) | Referenceable::ResourceInstance(r, _) =
                    &reference.subject
            {
                refers |= r == addr;
            }
        });
        if refers {
            diagnostics.push(
                Diagnostic::error(
                    format!("Invalid reference in {}", block.block_type),
                    format!("Configuration for {addr} may not refer to itself."),
                )
                .at(expr.range()),
            );
        }
    }
    rule
}

/// A `check` block. Its data source is given to the module.
pub(super) fn decode_check(block: &Layered, module: &mut Module, diagnostics: &mut Diagnostics) {
    let block = &block.base;
    let Some(name) = block.labels.first() else { return };
    let schema = BodySchema::new().block("data", &["type", "name"]).block("assert", &[]);
    let (content, found) = block.body.content(&schema);
    diagnostics.extend(found);
    attrs::check_name(name, "Invalid check block name", &block.label_ranges[0], diagnostics);
    let mut check = Check {
        name: name.clone(),
        data_resource: None,
        asserts: content.blocks_of("assert").map(|b| decode_rule(b, diagnostics)).collect(),
        decl_range: block.def_range.clone(),
    };
    let mut first = None;
    for data in content.blocks_of("data") {
        if let Some(first) = &first {
            let detail =
                format!("This check block already has a data resource defined at {first}.");
            diagnostics.push(
                Diagnostic::error("Multiple data resource blocks", detail).at(&data.def_range),
            );
            continue;
        }
        first = Some(data.def_range.clone());
        let owner = Owner { module, check: Some(name) };
        let data = Layered::new(data.clone());
        let resource = decode_resource(&data, addrs::ResourceMode::Data, &owner, diagnostics);
        check.data_resource = resource.map(Arc::new);
    }
    if check.asserts.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                "Zero assert blocks",
                "Check blocks must have at least one assert block.",
            )
            .at(&block.def_range),
        );
    }
    if let Some(earlier) = module.checks.get(name) {
        let detail = format!(
            "A check block named {name:?} was already declared at {}. Check blocks must be unique \
             within each module.",
            earlier.decl_range
        );
        diagnostics.push(
            Diagnostic::error(format!("Duplicate check {name:?} configuration"), detail)
                .at(&block.def_range),
        );
        return;
    }
    if let Some(data) = &check.data_resource {
        super::resource::add_resource(module, data.clone(), diagnostics);
    }
    module.checks.insert(name.clone(), check);
}
