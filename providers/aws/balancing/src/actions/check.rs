//! What must hold of actions before they are sent.

use std::collections::BTreeSet;

use groma_sdk::{Blocks, Problems};

use super::{Action, FixedResponse, Forward, IsAction, Redirect};

/// Checks actions. `name` is that of the block.
pub(crate) fn check<A: IsAction>(name: &str, actions: &Blocks<A>, problems: &mut Problems) {
    let actions: Vec<Action> = actions.iter().cloned().map(A::into).collect();
    for (i, action) in actions.iter().enumerate() {
        problems.within(&format!("{name}.{i}"), |problems| check_action(action, problems));
    }
    check_orders(name, &actions, problems);
}

/// Checks that actions are such as a listener of the protocol may have.
pub(crate) fn check_for<A: IsAction>(
    name: &str,
    actions: &Blocks<A>,
    protocol: &str,
    problems: &mut Problems,
) {
    for (i, action) in actions.iter().cloned().map(A::into).enumerate() {
        let kind = action.r#type.text();
        let wrong = match protocol {
            "HTTP" => kind.starts_with("authenticate-"),
            "TCP" | "UDP" | "TCP_UDP" | "TLS" | "GENEVE" => kind != "forward",
            _ => false,
        };
        if wrong && action.r#type.is_known() {
            problems.error(
                &format!("{name}.{i}.type"),
                "Action that the listener cannot take",
                format!(
                    "A listener of the protocol {protocol:?} cannot take actions of type {kind:?}. \
                     {}",
                    match protocol {
                        "HTTP" => "Only those of HTTPS authenticate.",
                        _ => "It can only forward.",
                    }
                ),
            );
        }
    }
}

fn is_set<M>(blocks: &Blocks<M>) -> bool {
    !blocks.is_empty() || blocks.is_unknown()
}

fn check_action(action: &Action, problems: &mut Problems) {
    let Some(kind) = action.r#type.as_str() else { return };
    // What an action may have, for which types, and whether it has it.
    let parts = [
        ("target_group_arn", "forward", !action.target_group_arn.is_null()),
        ("forward", "forward", is_set(&action.forward)),
        ("redirect", "redirect", is_set(&action.redirect)),
        ("fixed_response", "fixed-response", is_set(&action.fixed_response)),
        ("authenticate_cognito", "authenticate-cognito", is_set(&action.authenticate_cognito)),
        ("authenticate_oidc", "authenticate-oidc", is_set(&action.authenticate_oidc)),
    ];
    let belong = || parts.iter().filter(|(_, of, _)| *of == kind);
    if belong().all(|(_, _, set)| !set) {
        let names = belong().map(|(name, _, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        problems.error(
            "type",
            "Invalid Attribute Combination",
            format!("An action of type {kind:?} needs {}.", names.join(" or ")),
        );
    }
    for (name, of, set) in parts {
        if set && of != kind {
            problems.warning(
                name,
                "Invalid Attribute Combination",
                format!("\"{name}\" is only for actions of type {of:?}, but the type is {kind:?}."),
            );
        }
    }
    match kind {
        "forward" => check_forward(action, problems),
        "redirect" => action.redirect.iter().for_each(|to| check_redirect(to, problems)),
        "fixed-response" => {
            action.fixed_response.iter().for_each(|response| check_response(response, problems));
        }
        _ => {}
    }
}

/// A group that is named in both ways must be the same one.
fn check_forward(action: &Action, problems: &mut Problems) {
    let Some(forward) = action.forward.first() else { return };
    if let Some(arn) = action.target_group_arn.filled()
        && forward.target_group.iter().any(|group| group.arn.filled().is_some_and(|a| a != arn))
    {
        problems.error(
            "target_group_arn",
            "Invalid Attribute Combination",
            "\"target_group_arn\" and \"forward\" name different target groups. Name several groups \
             by \"forward\" alone.",
        );
    }
    check_weights(forward, problems);
}

fn check_weights(forward: &Forward, problems: &mut Problems) {
    let groups = &forward.target_group;
    let idle = groups.iter().all(|group| group.weight.get() == Some(&0));
    if !groups.is_empty() && !groups.is_unknown() && idle {
        problems.warning(
            "forward.0.target_group",
            "Target groups without weight",
            "Every target group has the weight 0, so that all requests will fail.",
        );
    }
}

/// A redirect to where the request came from is refused.
fn check_redirect(redirect: &Redirect, problems: &mut Problems) {
    let same = [
        (&redirect.protocol, "#{protocol}"),
        (&redirect.host, "#{host}"),
        (&redirect.port, "#{port}"),
        (&redirect.path, "/#{path}"),
    ];
    if same.iter().all(|(value, usual)| value.is_null() || value.as_str() == Some(usual)) {
        problems.error(
            "redirect.0",
            "Redirect to itself",
            "It leads every request to where it came from, again and again. Set another \
             \"protocol\", \"host\", \"port\" or \"path\".",
        );
    }
}

fn check_response(response: &FixedResponse, problems: &mut Problems) {
    if response.status_code.is_null() {
        problems.error(
            "fixed_response.0.status_code",
            "Missing required argument",
            "A fixed response needs a status, such as \"404\".",
        );
    }
}

/// Every action has a place of its own, and the last one answers the request.
fn check_orders(name: &str, actions: &[Action], problems: &mut Problems) {
    let known = |action: &Action| !action.order.is_unknown() && action.r#type.is_known();
    if actions.is_empty() || !actions.iter().all(known) {
        return;
    }
    let order = |(i, action): (usize, &Action)| {
        let usual = i64::try_from(i).unwrap_or(i64::MAX).saturating_add(1);
        action.order.cloned().filter(|order| *order != 0).unwrap_or(usual)
    };
    let mut taken = BTreeSet::new();
    for (i, action) in actions.iter().enumerate() {
        let order = order((i, action));
        if !taken.insert(order) {
            problems.error(
                &format!("{name}.{i}.order"),
                "Order that another action has",
                format!("Another action is number {order}, too. Give each a number of its own."),
            );
        }
    }
    let last = actions.iter().enumerate().max_by_key(|one| order(*one));
    if let Some((i, last)) = last
        && last.r#type.text().starts_with("authenticate-")
    {
        problems.error(
            &format!("{name}.{i}.type"),
            "Actions that do not answer",
            "The last action must be of type \"forward\", \"redirect\" or \"fixed-response\".",
        );
    }
}
