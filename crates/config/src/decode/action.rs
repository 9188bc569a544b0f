//! `action` blocks, `action_trigger` blocks, and `list` blocks of query files.

use std::sync::LazyLock;

use groma_addrs as addrs;
use groma_addrs::{ActionEvent, Provider};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{
    Attribute, Block, Body, BodySchema, Content, ExprKind, Expression, TraversalStep, nearest_name,
};

use super::attrs::{self, check_name};
use super::layers::Layered;
use super::provider::decode_provider_ref;
use crate::model::{Action, ActionFailure, ActionRef, ActionTrigger, List, Module, ProviderRef};

static ACTION: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().optional(["count", "for_each", "provider"]).block("config", &[])
});

static LIST: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(["count", "for_each", "provider", "include_resource", "limit"])
        .block("config", &[])
});

static TRIGGER: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new().required(["events", "actions"]).optional(["condition", "on_failure"])
});

/// An `action` block; `None` if it has no address.
pub(super) fn decode_action(
    layered: &Layered,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> Option<Action> {
    let block = &layered.base;
    let ([ty, name], [ty_range, name_range]) = (&block.labels[..], &block.label_ranges[..]) else {
        return None;
    };
    check_name(ty, "Invalid action type name", ty_range, diagnostics);
    check_name(name, "Invalid action name", name_range, diagnostics);
    let content = layered.content(&ACTION, diagnostics);
    let common = Common::of(&content, block, "actions", diagnostics);
    let addr = addrs::Action { ty: ty.clone(), name: name.clone() };
    let mut action = Action {
        provider: Provider::implied(addr.implied_provider()),
        addr,
        provider_ref: common.provider_ref,
        config: common.config,
        count: common.count,
        for_each: common.for_each,
        decl_range: block.def_range.clone(),
        type_range: ty_range.clone(),
    };
    action.provider = module.provider_for(&action.provider_config().local_name);
    Some(action)
}

/// A `list` block; `None` if it has no address.
pub(super) fn decode_list(
    layered: &Layered,
    module: &Module,
    diagnostics: &mut Diagnostics,
) -> Option<List> {
    let block = &layered.base;
    let ([ty, name], [ty_range, name_range]) = (&block.labels[..], &block.label_ranges[..]) else {
        return None;
    };
    check_name(ty, "Invalid list type name", ty_range, diagnostics);
    check_name(name, "Invalid list name", name_range, diagnostics);
    let content = layered.content(&LIST, diagnostics);
    let common = Common::of(&content, block, "lists", diagnostics);
    let expression = |name: &str| content.attribute(name).map(|a| a.expr.clone());
    let mut list = List {
        provider: Provider::implied(ty.split('_').next().unwrap_or(ty)),
        ty: ty.clone(),
        name: name.clone(),
        provider_ref: common.provider_ref,
        config: common.config,
        include_resource: expression("include_resource"),
        limit: expression("limit"),
        count: common.count,
        for_each: common.for_each,
        decl_range: block.def_range.clone(),
        type_range: ty_range.clone(),
    };
    list.provider = module.provider_for(&list.provider_config().local_name);
    Some(list)
}

/// What both kinds of blocks have.
struct Common {
    provider_ref: Option<ProviderRef>,
    config: Body,
    count: Option<Expression>,
    for_each: Option<Expression>,
}

impl Common {
    fn of(content: &Content, block: &Block, plural: &str, diagnostics: &mut Diagnostics) -> Common {
        let range = |name: &str| content.attribute(name).map(|a| &a.name_range);
        let present = [("count", range("count")), ("for_each", range("for_each"))];
        attrs::exclusive(&present, plural, diagnostics);
        let mut blocks = content.blocks.iter();
        let config = blocks.next();
        if let (Some(first), Some(second)) = (config, blocks.next()) {
            let duplicate = attrs::duplicate_block(
                "config",
                &block.block_type,
                &first.def_range,
                &second.def_range,
            );
            diagnostics.push(duplicate);
        }
        let expression = |name: &str| content.attribute(name).map(|a| a.expr.clone());
        let provider = content.attribute("provider");
        Common {
            provider_ref: provider
                .and_then(|a| diagnostics.take(decode_provider_ref(&a.expr, "provider"))),
            config: match config {
                Some(config) => config.body.clone(),
                None => Body::empty(block.body.missing_item_range()),
            },
            count: expression("count"),
            for_each: expression("for_each"),
        }
    }
}

/// An `action_trigger` block.
pub(super) fn decode_trigger(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<ActionTrigger> {
    let (content, found) = block.body.content(&TRIGGER);
    diagnostics.extend(found);
    let (events, actions) = (content.attribute("events")?, content.attribute("actions")?);
    let on_failure = content.attribute("on_failure");
    Some(ActionTrigger {
        events: trigger_events(events, diagnostics),
        condition: content.attribute("condition").map(|a| a.expr.clone()),
        actions: action_refs(actions, diagnostics),
        on_failure: on_failure.and_then(|a| failure(a, diagnostics)).unwrap_or_default(),
        range: block.def_range.clone(),
    })
}

fn failure(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<ActionFailure> {
    let word = attribute.expr.as_keyword().or(attribute.expr.as_string_literal().map(|s| &**s));
    match word {
        Some("halt") => Some(ActionFailure::Halt),
        Some("continue") => Some(ActionFailure::Continue),
        Some("taint") => Some(ActionFailure::Taint),
        _ => {
            let detail = "The \"on_failure\" argument requires one of the following keywords: \
                          halt, continue or taint.";
            diagnostics.push(
                Diagnostic::error("Invalid \"on_failure\" keyword", detail)
                    .at(attribute.expr.range()),
            );
            None
        }
    }
}

fn trigger_events(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<ActionEvent> {
    let Some(items) = diagnostics.take(attribute.expr.require_list()) else { return Vec::new() };
    if items.is_empty() {
        let detail = "The \"events\" argument must have at least one event.";
        diagnostics
            .push(Diagnostic::error("No events specified", detail).at(attribute.expr.range()));
    }
    let mut events = Vec::new();
    for item in items {
        let word = item.as_keyword().or(item.as_string_literal().map(|s| &**s));
        let known = ActionEvent::ALL.into_iter().find(|event| Some(event.as_str()) == word);
        let Some(event) = known else {
            let names = ActionEvent::ALL.map(ActionEvent::as_str);
            let hint = word.and_then(|word| nearest_name(word, names.into_iter()));
            let hint = hint.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
            let detail = format!("The events that trigger actions are {}.{hint}", names.join(", "));
            diagnostics.push(Diagnostic::error("Invalid \"event\" value", detail).at(item.range()));
            continue;
        };
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

fn action_refs(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<ActionRef> {
    let Some(items) = diagnostics.take(attribute.expr.require_list()) else { return Vec::new() };
    if items.is_empty() {
        let detail = "The \"actions\" argument must have at least one action.";
        diagnostics
            .push(Diagnostic::error("No actions specified", detail).at(attribute.expr.range()));
    }
    let refs = items.into_iter().filter_map(|item| {
        let item = attrs::native(item);
        let reference = action_ref(&item);
        if reference.is_none() {
            let detail = "An action is referred to as action.TYPE.NAME, with an index behind it \
                          where the action has count or for_each.";
            diagnostics
                .push(Diagnostic::error("Invalid action reference", detail).at(item.range()));
        }
        reference
    });
    refs.collect()
}

fn action_ref(expr: &Expression) -> Option<ActionRef> {
    let (traversal, key) = match expr.kind() {
        ExprKind::Index(index) => (index.collection.as_traversal()?, Some(index.key.clone())),
        _ => (expr.as_traversal()?, None),
    };
    if &*traversal.root != "action" {
        return None;
    }
    let (ty, name, key) = match (&traversal.steps[..], key) {
        ([TraversalStep::Attr { name: ty, .. }, TraversalStep::Attr { name, .. }], key) => {
            (ty, name, key)
        }
        (
            [
                TraversalStep::Attr { name: ty, .. },
                TraversalStep::Attr { name, .. },
                TraversalStep::Index { key, range },
            ],
            None,
        ) => (ty, name, Some(Expression::literal(key.clone(), range.clone()))),
        _ => return None,
    };
    let action = addrs::Action { ty: ty.clone(), name: name.clone() };
    Some(ActionRef { action, key, range: expr.range().clone() })
}
