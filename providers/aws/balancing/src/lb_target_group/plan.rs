//! What rules alone do not plan of a target group.

use groma_sdk::Planned;

use super::model::LbTargetGroup;
use super::{is_lambda, speaks_http};

/// What a function does not have stays as it is, whatever is configured.
pub(super) fn plan_lambda(change: &mut Planned<LbTargetGroup>) {
    let Some(prior) = &change.prior else { return };
    if !(is_lambda(&change.planned) && is_lambda(prior)) {
        return;
    }
    let planned = &mut change.planned;
    planned.port = prior.port;
    planned.protocol = prior.protocol.clone();
    planned.protocol_version = prior.protocol_version.clone();
    planned.vpc_id = prior.vpc_id.clone();
    for path in ["port", "protocol", "protocol_version", "vpc_id"] {
        change.in_place(path);
    }
}

/// Cookies are of HTTP alone; how long they last, and their names, are only of cookies.
pub(super) fn plan_stickiness(change: &mut Planned<LbTargetGroup>) {
    let http = speaks_http(&change.planned) || change.planned.protocol.is_unknown();
    let prior = change.prior.as_ref().and_then(|p| p.stickiness.first()).cloned();
    let prior = prior.unwrap_or_default();
    let Some(planned) = change.planned.stickiness.first_mut() else { return };
    let kind = planned.r#type.text();
    let cookies = matches!(kind, "lb_cookie" | "app_cookie") || planned.r#type.is_unknown();
    if !(http && cookies) {
        planned.cookie_duration = prior.cookie_duration;
    }
    if !(http && (kind == "app_cookie" || planned.r#type.is_unknown())) {
        planned.cookie_name = prior.cookie_name;
    }
}

/// What is not configured of the conditions for health stays as it is.
pub(super) fn plan_health(change: &mut Planned<LbTargetGroup>) {
    let prior = change.prior.as_ref().and_then(|p| p.target_group_health.first());
    let (Some(prior), Some(planned)) = (prior, change.planned.target_group_health.first_mut())
    else {
        return;
    };
    if planned.dns_failover.is_empty() && !planned.dns_failover.is_unknown() {
        planned.dns_failover = prior.dns_failover.clone();
    }
    if planned.unhealthy_state_routing.is_empty() && !planned.unhealthy_state_routing.is_unknown() {
        planned.unhealthy_state_routing = prior.unhealthy_state_routing.clone();
    }
}
