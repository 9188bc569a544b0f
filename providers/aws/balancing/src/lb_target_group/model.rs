//! The model of `aws_lb_target_group`.

use std::collections::BTreeMap;

use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set};

use crate::service::{name_of_elb, name_prefix_of_elb, same_ignoring_case};

/// A group of targets that load balancers send requests to.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) arn_suffix: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) connection_termination: Attr<bool>,
    #[attr(optional, default = "300", check = delay)]
    pub(crate) deregistration_delay: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["ipv4", "ipv6"]))]
    pub(crate) ip_address_type: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) lambda_multi_value_headers_enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) load_balancer_arns: Attr<Set<String>>,
    #[attr(optional, computed, check = one_of(&["round_robin", "least_outstanding_requests", "weighted_random"]))]
    pub(crate) load_balancing_algorithm_type: Attr<String>,
    #[attr(optional, computed, check = one_of(&["on", "off"]))]
    pub(crate) load_balancing_anomaly_mitigation: Attr<String>,
    #[attr(optional, computed, check = one_of(&["true", "false", "use_load_balancer_configuration"]))]
    pub(crate) load_balancing_cross_zone_enabled: Attr<String>,
    #[attr(optional, computed, replace, check = name_of_elb)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 6), check = name_prefix_of_elb)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, replace, check = range(1, 65535))]
    pub(crate) port: Attr<i64>,
    #[attr(optional, computed, check = flag)]
    pub(crate) preserve_client_ip: Attr<String>,
    #[attr(optional, replace, check = one_of(&["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, computed, replace, same = same_ignoring_case, check = one_of(&["GRPC", "HTTP1", "HTTP2"]))]
    pub(crate) protocol_version: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) proxy_protocol_v2: Attr<bool>,
    #[attr(optional, default = 0, check = slow_start)]
    pub(crate) slow_start: Attr<i64>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, replace, default = "instance", check = one_of(&["instance", "ip", "lambda", "alb"]))]
    pub(crate) target_type: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(list, max = 1, computed)]
    pub(crate) health_check: Blocks<LbTargetGroupHealthCheck>,
    #[block(list, max = 1, computed)]
    pub(crate) stickiness: Blocks<LbTargetGroupStickiness>,
    #[block(list, computed)]
    pub(crate) target_failover: Blocks<LbTargetGroupTargetFailover>,
    #[block(list, max = 1, computed)]
    pub(crate) target_group_health: Blocks<LbTargetGroupTargetGroupHealth>,
    #[block(list, computed)]
    pub(crate) target_health_state: Blocks<LbTargetGroupTargetHealthState>,
}

/// The `target_health_state` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupTargetHealthState {
    #[attr(required)]
    pub(crate) enable_unhealthy_connection_termination: Attr<bool>,
    #[attr(optional, default = 0, check = range(0, 360000))]
    pub(crate) unhealthy_draining_interval: Attr<i64>,
}

/// The `target_group_health` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupTargetGroupHealth {
    #[block(list, max = 1)]
    pub(crate) dns_failover: Blocks<LbTargetGroupDnsFailover>,
    #[block(list, max = 1)]
    pub(crate) unhealthy_state_routing: Blocks<LbTargetGroupUnhealthyStateRouting>,
}

/// The `target_group_health.unhealthy_state_routing` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupUnhealthyStateRouting {
    #[attr(optional, default = 1)]
    pub(crate) minimum_healthy_targets_count: Attr<i64>,
    #[attr(optional, default = "off", check = healthy_share)]
    pub(crate) minimum_healthy_targets_percentage: Attr<String>,
}

/// The `target_group_health.dns_failover` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupDnsFailover {
    #[attr(optional, default = "off", check = healthy_count)]
    pub(crate) minimum_healthy_targets_count: Attr<String>,
    #[attr(optional, default = "off", check = healthy_share)]
    pub(crate) minimum_healthy_targets_percentage: Attr<String>,
}

/// The `target_failover` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupTargetFailover {
    #[attr(required, check = one_of(&["rebalance", "no_rebalance"]))]
    pub(crate) on_deregistration: Attr<String>,
    #[attr(required, check = one_of(&["rebalance", "no_rebalance"]))]
    pub(crate) on_unhealthy: Attr<String>,
}

/// The `stickiness` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupStickiness {
    #[attr(optional, default = 86400, check = range(0, 604800))]
    pub(crate) cookie_duration: Attr<i64>,
    #[attr(optional)]
    pub(crate) cookie_name: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) enabled: Attr<bool>,
    #[attr(required, check = one_of(&["lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"]))]
    pub(crate) r#type: Attr<String>,
}

/// The `health_check` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupHealthCheck {
    #[attr(optional, default = true)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, default = 3, check = range(2, 10))]
    pub(crate) healthy_threshold: Attr<i64>,
    #[attr(optional, default = 30, check = range(5, 300))]
    pub(crate) interval: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) matcher: Attr<String>,
    #[attr(optional, computed, check = length(1, 1024), check = path)]
    pub(crate) path: Attr<String>,
    #[attr(optional, default = "traffic-port", check = port)]
    pub(crate) port: Attr<String>,
    #[attr(optional, default = "HTTP", check = one_of(&["HTTP", "HTTPS", "TCP"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, computed, check = range(2, 120))]
    pub(crate) timeout: Attr<i64>,
    #[attr(optional, default = 3, check = range(2, 10))]
    pub(crate) unhealthy_threshold: Attr<i64>,
}

groma_aws_core::tagged!(LbTargetGroup);

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn delay(text: &String) -> Result<(), String> {
    match text.is_empty() || text.parse::<i64>().is_ok_and(|n| (0..=3600).contains(&n)) {
        true => Ok(()),
        false => Err(format!("It must be a number of seconds from 0 to 3600, but is {text:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn healthy_count(text: &String) -> Result<(), String> {
    match text == "off" || text.parse::<i64>().is_ok_and(|n| n >= 1) {
        true => Ok(()),
        false => Err(format!("It must be \"off\", or a number from 1 on, but is {text:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn healthy_share(text: &String) -> Result<(), String> {
    match text == "off" || text.parse::<i64>().is_ok_and(|n| (1..=100).contains(&n)) {
        true => Ok(()),
        false => Err(format!("It must be \"off\", or a number from 1 to 100, but is {text:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn flag(text: &String) -> Result<(), String> {
    match matches!(text.as_str(), "" | "true" | "false" | "1" | "0") {
        true => Ok(()),
        false => Err(format!("It must be true or false, but is {text:?}.")),
    }
}

fn slow_start(seconds: &i64) -> Result<(), String> {
    match *seconds {
        0 | 30..=900 => Ok(()),
        other => Err(format!("It must be 0, or from 30 to 900, but is {other}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn port(text: &String) -> Result<(), String> {
    match text == "traffic-port" || text.parse::<u16>().is_ok_and(|port| port > 0) {
        true => Ok(()),
        false => Err(format!("It must be a port or \"traffic-port\", but is {text:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn path(text: &String) -> Result<(), String> {
    match text.starts_with('/') {
        true => Ok(()),
        false => Err(format!("It must begin with \"/\", but is {text:?}.")),
    }
}
