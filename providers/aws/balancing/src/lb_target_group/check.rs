//! What must hold of a target group before it is made.

use groma_sdk::Problems;

use super::model::LbTargetGroup;
use super::{health, is_lambda, speaks_http};

/// The port that gateway load balancers send to.
const GENEVE_PORT: i64 = 6081;

/// Checks a configuration, of which not all need be known.
pub(super) fn check(config: &LbTargetGroup, problems: &mut Problems) {
    problems
        .conflict(("name", !config.name.is_null()), ("name_prefix", !config.name_prefix.is_null()));
    if !config.target_type.is_unknown() {
        check_required(config, problems);
    }
    check_protocol(config, problems);
    check_stickiness(config, problems);
    check_attributes(config, problems);
    check_states(config, problems);
    if let Some(check) = config.health_check.first() {
        health::check(config, check, problems);
    }
}

fn check_required(config: &LbTargetGroup, problems: &mut Problems) {
    if is_lambda(config) {
        return;
    }
    let kind = config.target_type.as_str().unwrap_or("instance");
    for (name, missing) in [
        ("port", config.port.is_null()),
        ("protocol", config.protocol.is_null()),
        ("vpc_id", config.vpc_id.is_null()),
    ] {
        if missing {
            problems.error(
                name,
                "Missing required argument",
                format!("A target group needs \"{name}\" when its \"target_type\" is {kind:?}."),
            );
        }
    }
}

/// Which protocols, ports and kinds of targets go together.
fn check_protocol(config: &LbTargetGroup, problems: &mut Problems) {
    let protocol = config.protocol.text();
    let unknown = config.target_type.is_unknown();
    let kind = config.target_type.as_str().unwrap_or("instance");
    if kind == "lambda" {
        return;
    }
    if protocol == "GENEVE" && config.port.get().is_some_and(|port| *port != GENEVE_PORT) {
        problems.error(
            "port",
            "Port of another protocol",
            format!("Targets that speak GENEVE do so on the port {GENEVE_PORT}."),
        );
    }
    if kind == "alb" && !matches!(protocol, "TCP" | "TLS" | "") {
        problems.error(
            "protocol",
            "Protocol that such targets do not speak",
            format!(
                "A target group whose \"target_type\" is \"alb\" has the protocol TCP, but not \
                 {protocol}."
            ),
        );
    }
    let version = config.protocol_version.filled();
    if let Some(version) = version
        && !unknown
        && !speaks_http(config)
        && !protocol.is_empty()
    {
        problems.warning(
            "protocol_version",
            "Invalid combination of arguments",
            format!(
                "The version {version} is only for the protocols HTTP and HTTPS. It has no effect \
                 on {protocol}."
            ),
        );
    }
}

/// How requests stick to targets is a matter of the protocol.
fn check_stickiness(config: &LbTargetGroup, problems: &mut Problems) {
    let Some(stickiness) = config.stickiness.first() else { return };
    let (kind, protocol) = (stickiness.r#type.text(), config.protocol.text());
    if is_lambda(config) || kind.is_empty() {
        return;
    }
    let allowed: &[&str] = match protocol {
        "HTTP" | "HTTPS" => &["lb_cookie", "app_cookie"],
        "TCP" | "UDP" | "TCP_UDP" => &["source_ip"],
        "GENEVE" => &["source_ip_dest_ip", "source_ip_dest_ip_proto"],
        _ => &[],
    };
    if !allowed.is_empty() && !allowed.contains(&kind) {
        problems.error(
            "stickiness.0.type",
            "Stickiness of another protocol",
            format!(
                "Target groups of the protocol {protocol} have stickiness of the type {}, but not \
                 {kind}.",
                allowed.join(" or ")
            ),
        );
        return;
    }
    let on = stickiness.enabled.is_null() || stickiness.enabled.is_true();
    if protocol == "TLS" && on {
        problems.error(
            "stickiness.0.enabled",
            "Stickiness of another protocol",
            "Target groups of the protocol TLS have none.",
        );
    }
    if matches!(kind, "lb_cookie" | "app_cookie") && stickiness.cookie_duration.get() == Some(&0) {
        problems.error(
            "stickiness.0.cookie_duration",
            "Invalid value for \"cookie_duration\"",
            "A cookie lasts from 1 to 604800 s, but this one 0 s.",
        );
    }
    if kind == "app_cookie" {
        check_cookie_name(&stickiness.cookie_name, problems);
    }
}

fn check_cookie_name(name: &groma_sdk::Attr<String>, problems: &mut Problems) {
    if name.is_unknown() {
        return;
    }
    match name.text() {
        "" => problems.error(
            "stickiness.0.cookie_name",
            "Missing required argument",
            "Stickiness of the type \"app_cookie\" needs the name of the application's cookie.",
        ),
        name @ ("AWSALB" | "AWSALBAPP" | "AWSALBTG") => problems.error(
            "stickiness.0.cookie_name",
            "Invalid value for \"cookie_name\"",
            format!("{name} is a cookie of load balancers themselves. Name the application's."),
        ),
        _ => {}
    }
}

/// Attributes that groups of the protocol do not have, or not together.
fn check_attributes(config: &LbTargetGroup, problems: &mut Problems) {
    let protocol = config.protocol.text();
    let network = matches!(protocol, "TCP" | "UDP" | "TCP_UDP" | "TLS" | "GENEVE");
    let set = |text: &groma_sdk::Attr<String>| text.filled().is_some();
    for (name, set, wrong, of) in [
        (
            "proxy_protocol_v2",
            config.proxy_protocol_v2.is_true(),
            speaks_http(config),
            "TCP or TLS",
        ),
        ("preserve_client_ip", set(&config.preserve_client_ip), speaks_http(config), "TCP or TLS"),
        (
            "connection_termination",
            config.connection_termination.is_true(),
            speaks_http(config),
            "TCP, TLS or UDP",
        ),
        ("slow_start", config.slow_start.get().is_some_and(|s| *s > 0), network, "HTTP or HTTPS"),
        (
            "load_balancing_algorithm_type",
            set(&config.load_balancing_algorithm_type),
            network,
            "HTTP or HTTPS",
        ),
    ] {
        if set && wrong && !is_lambda(config) {
            problems.error(
                name,
                "Attribute of another protocol",
                format!("Only target groups of the protocol {of} have it, but this is {protocol}."),
            );
        }
    }
    let algorithm = config.load_balancing_algorithm_type.text();
    if config.slow_start.get().is_some_and(|seconds| *seconds > 0)
        && matches!(algorithm, "least_outstanding_requests" | "weighted_random")
    {
        problems.error(
            "slow_start",
            "Invalid combination of arguments",
            format!("Targets start slowly only by \"round_robin\", but not by {algorithm:?}."),
        );
    }
    if config.load_balancing_anomaly_mitigation.text() == "on"
        && matches!(algorithm, "round_robin" | "least_outstanding_requests")
    {
        problems.error(
            "load_balancing_anomaly_mitigation",
            "Invalid combination of arguments",
            format!("Only \"weighted_random\" mitigates anomalies, but not {algorithm:?}."),
        );
    }
}

fn check_states(config: &LbTargetGroup, problems: &mut Problems) {
    if let Some(failover) = config.target_failover.first()
        && let (Some(one), Some(other)) =
            (failover.on_deregistration.filled(), failover.on_unhealthy.filled())
        && one != other
    {
        problems.error(
            "target_failover.0.on_unhealthy",
            "Invalid combination of arguments",
            format!(
                "\"on_deregistration\" and \"on_unhealthy\" must be the same, but are {one:?} and \
                 {other:?}."
            ),
        );
    }
    if let Some(state) = config.target_health_state.first()
        && state.enable_unhealthy_connection_termination.is_true()
        && state.unhealthy_draining_interval.get().is_some_and(|seconds| *seconds > 0)
    {
        problems.error(
            "target_health_state.0.unhealthy_draining_interval",
            "Invalid combination of arguments",
            "Connections that are terminated at once are not drained. Remove it, or set \
             \"enable_unhealthy_connection_termination\" to false.",
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_sdk::{Attr, Blocks};

    use super::super::model::{
        LbTargetGroupStickiness, LbTargetGroupTargetFailover, LbTargetGroupTargetHealthState,
    };
    use super::*;

    fn group(protocol: &str) -> LbTargetGroup {
        LbTargetGroup {
            protocol: protocol.into(),
            port: 80_i64.into(),
            vpc_id: "vpc-1".into(),
            ..LbTargetGroup::default()
        }
    }

    fn problems_of(config: &LbTargetGroup) -> String {
        let mut problems = Problems::new();
        check(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn what_hosts_need_is_checked() {
        assert_eq!(problems_of(&group("HTTP")), "");
        let without = LbTargetGroup { port: Attr::Null, vpc_id: Attr::Unknown, ..group("HTTP") };
        let text = problems_of(&without);
        assert!(text.contains("port") && !text.contains("vpc_id"), "{text}");
        let lambda = LbTargetGroup { target_type: "lambda".into(), ..LbTargetGroup::default() };
        assert_eq!(problems_of(&lambda), "");
    }

    #[test]
    fn protocols_have_their_ports_and_targets() {
        assert!(problems_of(&group("GENEVE")).contains("6081"));
        let geneve = LbTargetGroup { port: GENEVE_PORT.into(), ..group("GENEVE") };
        assert_eq!(problems_of(&geneve), "");
        let alb = LbTargetGroup { target_type: "alb".into(), ..group("HTTP") };
        assert!(problems_of(&alb).contains("protocol TCP, but not HTTP"));
        let alb = LbTargetGroup { target_type: "alb".into(), ..group("TCP") };
        assert_eq!(problems_of(&alb), "");
    }

    #[test]
    fn stickiness_is_of_protocols() {
        let with = |protocol: &str, stickiness: LbTargetGroupStickiness| {
            problems_of(&LbTargetGroup {
                stickiness: Blocks::one(stickiness),
                port: GENEVE_PORT.into(),
                ..group(protocol)
            })
        };
        let of = |kind: &str| LbTargetGroupStickiness { r#type: kind.into(), ..Default::default() };
        assert_eq!(with("HTTP", of("lb_cookie")), "");
        assert_eq!(with("TCP", of("source_ip")), "");
        assert_eq!(with("GENEVE", of("source_ip_dest_ip")), "");
        assert!(with("TCP", of("lb_cookie")).contains("source_ip, but not lb_cookie"));
        assert!(with("HTTP", of("source_ip")).contains("lb_cookie or app_cookie"));
        assert!(with("TLS", of("source_ip")).contains("TLS have none"));
        assert!(with("HTTP", of("app_cookie")).contains("name of the application's cookie"));
        let named =
            |name: Attr<String>| LbTargetGroupStickiness { cookie_name: name, ..of("app_cookie") };
        assert_eq!(with("HTTP", named("session".into())), "");
        assert_eq!(with("HTTP", named(Attr::Unknown)), "");
        assert!(with("HTTP", named("AWSALB".into())).contains("load balancers themselves"));
        let never = LbTargetGroupStickiness { cookie_duration: 0_i64.into(), ..of("lb_cookie") };
        assert!(with("HTTP", never).contains("cookie_duration"));
        assert_eq!(
            problems_of(&LbTargetGroup {
                protocol: Attr::Unknown,
                stickiness: Blocks::one(of("source_ip")),
                ..group("")
            }),
            ""
        );
    }

    #[test]
    fn attributes_are_of_protocols() {
        let slow = |protocol: &str| LbTargetGroup { slow_start: 30_i64.into(), ..group(protocol) };
        assert!(problems_of(&slow("TCP")).contains("HTTP or HTTPS"));
        assert_eq!(problems_of(&slow("HTTP")), "");
        let least = "least_outstanding_requests";
        let fast = LbTargetGroup { load_balancing_algorithm_type: least.into(), ..slow("HTTP") };
        assert!(problems_of(&fast).contains("round_robin"));
        let proxy = LbTargetGroup { proxy_protocol_v2: true.into(), ..group("HTTP") };
        assert!(problems_of(&proxy).contains("TCP or TLS"));
        let mitigates = LbTargetGroup {
            load_balancing_algorithm_type: "round_robin".into(),
            load_balancing_anomaly_mitigation: "on".into(),
            ..group("HTTP")
        };
        assert!(problems_of(&mitigates).contains("weighted_random"));
    }

    #[test]
    fn states_agree() {
        let failover = LbTargetGroupTargetFailover {
            on_deregistration: "rebalance".into(),
            on_unhealthy: "no_rebalance".into(),
        };
        let target_failover = Blocks::one(failover);
        let differs =
            LbTargetGroup { target_failover, port: GENEVE_PORT.into(), ..group("GENEVE") };
        assert!(problems_of(&differs).contains("must be the same"));
        let state = LbTargetGroupTargetHealthState {
            enable_unhealthy_connection_termination: true.into(),
            unhealthy_draining_interval: 30_i64.into(),
        };
        let drains = LbTargetGroup { target_health_state: Blocks::one(state), ..group("TCP") };
        assert!(problems_of(&drains).contains("not drained"));
    }
}
