//! The attributes of target groups that have calls of their own: as they are wanted, and as they are
//! recorded.

use groma_sdk::{Attr, Blocks};

use super::model::{
    LbTargetGroup, LbTargetGroupDnsFailover, LbTargetGroupStickiness, LbTargetGroupTargetFailover,
    LbTargetGroupTargetGroupHealth, LbTargetGroupTargetHealthState,
    LbTargetGroupUnhealthyStateRouting,
};
use super::{has_hosts, is_lambda, speaks_http};
use crate::service::{Values, is_true};

const DNS_COUNT: &str = "target_group_health.dns_failover.minimum_healthy_targets.count";
const DNS_PERCENTAGE: &str = "target_group_health.dns_failover.minimum_healthy_targets.percentage";
const ROUTING_COUNT: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const ROUTING_PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";

/// The attributes that a group of this kind has, as they are wanted.
pub(super) fn wanted(group: &LbTargetGroup) -> Values {
    let mut values = Values::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            values.insert(key.to_owned(), value);
        }
    };
    let flag = |flag: &Attr<bool>| flag.get().map(bool::to_string);
    if is_lambda(group) {
        put("lambda.multi_value_headers.enabled", flag(&group.lambda_multi_value_headers_enabled));
    }
    if !has_hosts(group) {
        return values;
    }
    let preserve = group.preserve_client_ip.to_filled();
    put("deregistration_delay.connection_termination.enabled", flag(&group.connection_termination));
    put("deregistration_delay.timeout_seconds", group.deregistration_delay.to_filled());
    put("load_balancing.algorithm.type", group.load_balancing_algorithm_type.to_filled());
    put(
        "load_balancing.algorithm.anomaly_mitigation",
        group.load_balancing_anomaly_mitigation.to_filled(),
    );
    put("load_balancing.cross_zone.enabled", group.load_balancing_cross_zone_enabled.to_filled());
    put("preserve_client_ip.enabled", preserve.map(|p| (p == "1" || p == "true").to_string()));
    put("proxy_protocol_v2.enabled", flag(&group.proxy_protocol_v2));
    put("slow_start.duration_seconds", group.slow_start.get().map(i64::to_string));
    put_stickiness(group, &mut put);
    let protocol = group.protocol.text();
    if let (Some(failover), "GENEVE") = (group.target_failover.first(), protocol) {
        put("target_failover.on_deregistration", failover.on_deregistration.to_filled());
        put("target_failover.on_unhealthy", failover.on_unhealthy.to_filled());
    }
    if let (Some(state), "TCP" | "TLS") = (group.target_health_state.first(), protocol) {
        let terminate = flag(&state.enable_unhealthy_connection_termination);
        put("target_health_state.unhealthy.connection_termination.enabled", terminate);
        let interval = state.unhealthy_draining_interval.get().map(i64::to_string);
        put("target_health_state.unhealthy.draining_interval_seconds", interval);
    }
    if let Some(health) = group.target_group_health.first()
        && protocol != "GENEVE"
    {
        put_health(health, &mut put);
    }
    values
}

fn put_stickiness(group: &LbTargetGroup, put: &mut impl FnMut(&str, Option<String>)) {
    let Some(stickiness) = group.stickiness.first() else { return };
    put("stickiness.enabled", Some(stickiness.enabled.is_true().to_string()));
    put("stickiness.type", stickiness.r#type.to_filled());
    if !speaks_http(group) {
        return;
    }
    let duration = stickiness.cookie_duration.get().map(i64::to_string);
    match stickiness.r#type.text() {
        "lb_cookie" => put("stickiness.lb_cookie.duration_seconds", duration),
        "app_cookie" => {
            put("stickiness.app_cookie.cookie_name", stickiness.cookie_name.to_filled());
            put("stickiness.app_cookie.duration_seconds", duration);
        }
        _ => {}
    }
}

fn put_health(health: &LbTargetGroupTargetGroupHealth, put: &mut impl FnMut(&str, Option<String>)) {
    if let Some(failover) = health.dns_failover.first() {
        let (count, share) =
            (&failover.minimum_healthy_targets_count, &failover.minimum_healthy_targets_percentage);
        put(DNS_COUNT, count.to_filled());
        put(DNS_PERCENTAGE, share.to_filled());
    }
    if let Some(routing) = health.unhealthy_state_routing.first() {
        put(ROUTING_COUNT, routing.minimum_healthy_targets_count.get().map(i64::to_string));
        put(ROUTING_PERCENTAGE, routing.minimum_healthy_targets_percentage.to_filled());
    }
}

/// What a new group must be told: not what it is by itself, which groups of some protocols do not
/// even know the names of.
pub(super) fn at_first(wanted: Values) -> Values {
    let usual = |key: &str, value: &str| {
        let plain = matches!(
            key,
            "deregistration_delay.connection_termination.enabled"
                | "lambda.multi_value_headers.enabled"
                | "proxy_protocol_v2.enabled"
                | "slow_start.duration_seconds"
        );
        plain && matches!(value, "false" | "0")
    };
    wanted.into_iter().filter(|(key, value)| !usual(key, value)).collect()
}

/// Records what the service says of attributes; those that it does not speak of stay.
pub(crate) fn record_attributes(group: &mut LbTargetGroup, values: &Values) {
    let text = |into: &mut Attr<String>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = value.clone().into();
        }
    };
    let flag = |into: &mut Attr<bool>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = is_true(value).into();
        }
    };
    let number = |key: &str| Attr::from(values.get(key).and_then(|v| v.parse::<i64>().ok()));
    if is_lambda(group) {
        flag(&mut group.lambda_multi_value_headers_enabled, "lambda.multi_value_headers.enabled");
    }
    if has_hosts(group) {
        flag(
            &mut group.connection_termination,
            "deregistration_delay.connection_termination.enabled",
        );
        text(&mut group.deregistration_delay, "deregistration_delay.timeout_seconds");
        text(&mut group.load_balancing_algorithm_type, "load_balancing.algorithm.type");
        text(
            &mut group.load_balancing_anomaly_mitigation,
            "load_balancing.algorithm.anomaly_mitigation",
        );
        text(&mut group.load_balancing_cross_zone_enabled, "load_balancing.cross_zone.enabled");
        text(&mut group.preserve_client_ip, "preserve_client_ip.enabled");
        flag(&mut group.proxy_protocol_v2, "proxy_protocol_v2.enabled");
        if values.contains_key("slow_start.duration_seconds") {
            group.slow_start = number("slow_start.duration_seconds");
        }
    }
    group.stickiness = Blocks::one(stickiness(group, values));
    let value = |key: &str| Attr::from(values.get(key));
    let protocol = group.protocol.text();
    group.target_failover = Blocks::one(match protocol {
        "GENEVE" => LbTargetGroupTargetFailover {
            on_deregistration: value("target_failover.on_deregistration"),
            on_unhealthy: value("target_failover.on_unhealthy"),
        },
        _ => LbTargetGroupTargetFailover::default(),
    });
    let terminate = "target_health_state.unhealthy.connection_termination.enabled";
    group.target_health_state = Blocks::one(match protocol {
        "TCP" | "TLS" => LbTargetGroupTargetHealthState {
            enable_unhealthy_connection_termination: values
                .get(terminate)
                .map(|v| is_true(v))
                .into(),
            unhealthy_draining_interval: number(
                "target_health_state.unhealthy.draining_interval_seconds",
            ),
        },
        _ => LbTargetGroupTargetHealthState::default(),
    });
    group.target_group_health = Blocks::one(LbTargetGroupTargetGroupHealth {
        dns_failover: Blocks::one(LbTargetGroupDnsFailover {
            minimum_healthy_targets_count: value(DNS_COUNT),
            minimum_healthy_targets_percentage: value(DNS_PERCENTAGE),
        }),
        unhealthy_state_routing: Blocks::one(LbTargetGroupUnhealthyStateRouting {
            minimum_healthy_targets_count: number(ROUTING_COUNT),
            minimum_healthy_targets_percentage: value(ROUTING_PERCENTAGE),
        }),
    });
}

fn stickiness(group: &LbTargetGroup, values: &Values) -> LbTargetGroupStickiness {
    let kind = values.get("stickiness.type");
    let mut stickiness = LbTargetGroupStickiness {
        enabled: values.get("stickiness.enabled").map(|v| is_true(v)).into(),
        r#type: kind.into(),
        ..LbTargetGroupStickiness::default()
    };
    if !speaks_http(group) {
        return stickiness;
    }
    let number = |key: &str| Attr::from(values.get(key).and_then(|v| v.parse::<i64>().ok()));
    match kind.map(String::as_str) {
        Some("lb_cookie") => {
            stickiness.cookie_duration = number("stickiness.lb_cookie.duration_seconds");
        }
        Some("app_cookie") => {
            stickiness.cookie_duration = number("stickiness.app_cookie.duration_seconds");
            stickiness.cookie_name = values.get("stickiness.app_cookie.cookie_name").into();
        }
        _ => {}
    }
    stickiness
}
