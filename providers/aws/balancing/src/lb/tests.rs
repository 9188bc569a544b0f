//! Plans and attributes of load balancers, without a service.

use super::*;

fn network() -> Lb {
    Lb {
        load_balancer_type: NETWORK.into(),
        enable_cross_zone_load_balancing: true.into(),
        idle_timeout: 60_i64.into(),
        dns_record_client_routing_policy: "any_availability_zone".into(),
        ..Lb::default()
    }
}

#[test]
fn attributes_are_those_of_the_type() {
    let values = wanted(&network());
    assert_eq!(values.get("load_balancing.cross_zone.enabled").map(String::as_str), Some("true"));
    assert!(!values.contains_key("idle_timeout.timeout_seconds"));
    let logs = LbAccessLogs { bucket: "logs".into(), enabled: true.into(), ..Default::default() };
    let values = wanted(&Lb {
        load_balancer_type: APPLICATION.into(),
        idle_timeout: 90_i64.into(),
        access_logs: Blocks::one(logs),
        ..Lb::default()
    });
    let value = |key: &str| values.get(key).map(String::as_str);
    assert_eq!(value("idle_timeout.timeout_seconds"), Some("90"));
    assert_eq!(value("access_logs.s3.bucket"), Some("logs"));
    assert_eq!(value("connection_logs.s3.enabled"), Some("false"));
    assert!(!values.contains_key("load_balancing.cross_zone.enabled"));
}

#[test]
fn attributes_are_read_as_they_are_wanted() {
    let lb = network();
    let mut read = Lb { load_balancer_type: NETWORK.into(), ..Lb::default() };
    record_attributes(&mut read, &wanted(&lb));
    assert_eq!(read.enable_cross_zone_load_balancing, Attr::Known(true));
    assert_eq!(read.access_logs[0].enabled, Attr::Known(false));
    assert!(read.connection_logs.is_empty());
    assert_eq!(read.idle_timeout, Attr::Null);
}

#[test]
fn keys_that_are_not_known_are_told() {
    assert_eq!(
        unknown_key("Load balancer attribute key 'waf.fail_open.enabled' is not recognized"),
        Some("waf.fail_open.enabled")
    );
    assert_eq!(unknown_key("attribute key 'a' is not supported on it"), Some("a"));
    assert_eq!(unknown_key("The bucket is not there"), None);
}

fn problems_of(config: &Lb) -> String {
    let mut problems = Problems::new();
    LbResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn zones_are_checked() {
    let subnets = |n: usize| Attr::Known(Set((0..n).map(|i| format!("subnet-{i}")).collect()));
    assert!(problems_of(&Lb { subnets: subnets(1), ..Lb::default() }).contains("Too few subnets"));
    assert!(problems_of(&Lb { subnets: subnets(2), ..Lb::default() }).is_empty());
    assert!(problems_of(&Lb { subnets: subnets(1), ..network() }).is_empty());
    assert!(problems_of(&Lb { subnets: Attr::Unknown, ..Lb::default() }).is_empty());
    assert!(problems_of(&Lb::default()).contains("subnet_mapping"));
}
