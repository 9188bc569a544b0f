//! Plans and attributes of load balancers, without a service.

use groma_sdk::{Attr, Blocks, Model as _, Plan, PlanRequest, Planned, Set, Value};

use super::attributes::{unknown_key, wanted};
use super::*;

/// A plan that plans what is configured.
pub(super) fn planned(config: Lb, prior: Option<Lb>) -> Planned<Lb> {
    use groma_sdk::model::Typed as _;

    let prior = prior.map_or_else(|| Value::null(Lb::ty()), |prior| prior.write());
    let request = PlanRequest { prior, config: config.write(), proposed: config.write() };
    let plan = Plan::by_rules(&Lb::block(), &Lb::rules().steady(), &request);
    Planned::of(&request, &plan)
}

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

const ELASTIC: &str = "eipalloc-";

fn mapped(kind: &str, subnets: &[&str]) -> Lb {
    let mappings = subnets.iter().map(|subnet| LbSubnetMapping {
        subnet_id: format!("subnet-{subnet}").into(),
        allocation_id: format!("{ELASTIC}{subnet}").into(),
        outpost_id: "".into(),
        ..LbSubnetMapping::default()
    });
    Lb { load_balancer_type: kind.into(), subnet_mapping: mappings.collect(), ..Lb::default() }
}

fn listed(kind: &str, subnets: &[&str]) -> Lb {
    let subnets = subnets.iter().map(|subnet| format!("subnet-{subnet}")).collect();
    Lb { load_balancer_type: kind.into(), subnets: Attr::Known(Set(subnets)), ..Lb::default() }
}

/// Whether a change of subnets makes another load balancer.
fn replaces(prior: &Lb, config: &Lb) -> bool {
    let mut change = planned(config.clone(), Some(prior.clone()));
    plan::plan_zones(&mut change);
    change.is_replace()
}

#[test]
fn network_load_balancers_only_grow_in_place() {
    for of in [mapped, listed] {
        let old = of(NETWORK, &["a", "b"]);
        assert!(!replaces(&old, &of(NETWORK, &["a", "b"])));
        assert!(!replaces(&old, &of(NETWORK, &["a", "b", "c"])));
        assert!(replaces(&old, &of(NETWORK, &["a", "c"])));
        assert!(replaces(&old, &of(NETWORK, &["a"])));
    }
    // Of mappings, those that were there must stay as they were.
    let old = mapped(NETWORK, &["a", "b"]);
    let mut moved = mapped(NETWORK, &["a", "b", "c"]);
    moved.subnet_mapping[0].allocation_id = "eipalloc-other".into();
    assert!(replaces(&old, &moved));
}

#[test]
fn application_load_balancers_move_in_place() {
    let old = listed(APPLICATION, &["a", "b"]);
    assert!(!replaces(&old, &listed(APPLICATION, &["a", "c"])));
    assert!(!replaces(&old, &listed(APPLICATION, &["a"])));
    let old = mapped(APPLICATION, &["a", "b", "c"]);
    assert!(!replaces(&old, &mapped(APPLICATION, &["a", "b"])));
    assert!(!replaces(&old, &mapped(APPLICATION, &["a", "b", "c", "d"])));
    assert!(replaces(&old, &mapped(APPLICATION, &["a", "b", "d"])));
    assert!(replaces(&old, &mapped(APPLICATION, &["a", "d"])));
}

#[test]
fn network_load_balancers_get_and_lose_no_security_groups() {
    let with = |groups: &[&str]| Lb {
        security_groups: Attr::Known(Set(groups.iter().map(|g| (*g).to_owned()).collect())),
        ..listed(NETWORK, &["a"])
    };
    let replaces = |prior: &Lb, config: &Lb| {
        let mut change = planned(config.clone(), Some(prior.clone()));
        plan::plan_security_groups(&mut change);
        change.is_replace()
    };
    assert!(replaces(&with(&[]), &with(&["sg-1"])));
    assert!(replaces(&with(&["sg-1"]), &with(&[])));
    assert!(!replaces(&with(&["sg-1"]), &with(&["sg-2"])));
    let application = Lb { load_balancer_type: APPLICATION.into(), ..with(&[]) };
    let guarded = Lb { load_balancer_type: APPLICATION.into(), ..with(&["sg-1"]) };
    assert!(!replaces(&application, &guarded));
}
