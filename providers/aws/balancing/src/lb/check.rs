//! What must hold of a load balancer before it is made.

use std::collections::BTreeMap;

use groma_aws_core::Aws;
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Planned, Problems};

use super::model::{Lb, LbAccessLogs};
use super::{APPLICATION, GATEWAY, NETWORK, kind};
use crate::network::{Network, Place};

/// Checks a configuration, of which not all need be known.
pub(super) fn check(config: &Lb, problems: &mut Problems) {
    problems
        .conflict(("name", !config.name.is_null()), ("name_prefix", !config.name_prefix.is_null()));
    let mappings = !config.subnet_mapping.is_empty() || config.subnet_mapping.is_unknown();
    let subnets = !config.subnets.is_null();
    if mappings && subnets {
        problems.conflict(("subnet_mapping", true), ("subnets", true));
    } else if !mappings && !subnets {
        problems.error(
            "subnets",
            "Invalid combination of arguments",
            "A load balancer needs one of \"subnets\" and \"subnet_mapping\".",
        );
    }
    check_logs("access_logs", &config.access_logs, problems);
    check_logs("connection_logs", &config.connection_logs, problems);
    if config.subnets.get().is_some_and(|subnets| subnets.is_empty()) {
        problems.error(
            "subnets",
            "Too few subnets for a load balancer",
            "It needs subnets, but has none.",
        );
    }
    if config.load_balancer_type.is_unknown() {
        return;
    }
    check_times(config, problems);
    check_mappings(config, problems);
    check_kind(config, problems);
}

fn check_logs(name: &str, logs: &Blocks<LbAccessLogs>, problems: &mut Problems) {
    let Some(logs) = logs.first() else { return };
    if logs.enabled.is_true() && logs.bucket.as_str() == Some("") {
        problems.error(
            &format!("{name}.0.bucket"),
            "Missing required argument",
            "Logs that are on need the name of a bucket.",
        );
    }
}

fn check_times(config: &Lb, problems: &mut Problems) {
    if kind(config) != APPLICATION {
        return;
    }
    for (name, seconds, least, most) in [
        ("idle_timeout", &config.idle_timeout, 1, 4000),
        ("client_keep_alive", &config.client_keep_alive, 60, 604_800),
    ] {
        if let Some(seconds) = seconds.get()
            && !(least..=most).contains(seconds)
        {
            problems.error(
                name,
                format!("Invalid value for \"{name}\""),
                format!("It must be from {least} to {most} s, but is {seconds} s."),
            );
        }
    }
}

/// Which addresses a load balancer may be given is a matter of its kind and of its scheme.
fn check_mappings(config: &Lb, problems: &mut Problems) {
    let kind = kind(config);
    let mut refuse = |name: &str, why: String| {
        problems.error("subnet_mapping", format!("Invalid value for \"{name}\""), why);
    };
    let filled = |value: &Attr<String>| value.filled().is_some();
    for mapping in &config.subnet_mapping {
        for (name, set) in [
            ("allocation_id", filled(&mapping.allocation_id)),
            ("private_ipv4_address", filled(&mapping.private_ipv4_address)),
            ("ipv6_address", filled(&mapping.ipv6_address)),
        ] {
            if set && kind != NETWORK {
                refuse(name, format!("Only network load balancers have it, but this is {kind:?}."));
            }
        }
        if kind == NETWORK && filled(&mapping.allocation_id) && config.internal.is_true() {
            let why = "An internal load balancer cannot have an Elastic IP address.";
            refuse("allocation_id", why.to_owned());
        }
        let public = config.internal.is_null() || config.internal.get() == Some(&false);
        if kind == NETWORK && filled(&mapping.private_ipv4_address) && public {
            let why = "Only an internal load balancer is given private addresses.";
            refuse("private_ipv4_address", why.to_owned());
        }
    }
}

/// What other kinds of load balancers have, and AWS refuses for this one.
fn check_kind(config: &Lb, problems: &mut Problems) {
    let kind = kind(config);
    let groups = config.security_groups.get().is_some_and(|groups| !groups.is_empty());
    let plain = config.ip_address_type.text() == "dualstack-without-public-ipv4";
    let internal = config.internal.is_true();
    let pools = !config.ipam_pools.is_empty();
    for (name, wrong, why) in [
        ("security_groups", groups && kind == GATEWAY, "Gateway load balancers have none."),
        (
            "ip_address_type",
            plain && kind != APPLICATION,
            "Only application load balancers do without public IPv4 addresses.",
        ),
        (
            "ip_address_type",
            plain && kind == APPLICATION && internal,
            "An internal load balancer has no public addresses anyway. Use \"dualstack\".",
        ),
        (
            "customer_owned_ipv4_pool",
            config.customer_owned_ipv4_pool.filled().is_some() && kind != APPLICATION,
            "Only application load balancers have one.",
        ),
        (
            "ipam_pools",
            pools && kind == APPLICATION && internal,
            "An internal load balancer has no public addresses from a pool.",
        ),
    ] {
        if wrong {
            problems.error(name, format!("Invalid value for \"{name}\""), why);
        }
    }
}

/// Checks where the subnets of a load balancer are, if they are there already: in one network, in
/// zones of their own, and for an application load balancer in two at least.
pub(super) async fn check_zones(
    cx: &Context<Aws>,
    network: &'static dyn Network,
    change: &Planned<Lb>,
) -> Result<(), Diagnostics> {
    let Some((path, subnets)) = subnets(&change.config) else { return Ok(()) };
    let before = change.prior.as_ref().and_then(|prior| prior.subnets.get());
    let same = |old: &groma_sdk::Set<String>| {
        old.len() == subnets.len() && subnets.iter().all(|subnet| old.0.contains(subnet))
    };
    if before.is_some_and(same) {
        return Ok(());
    }
    // Whoever may not look learns from the create what is wrong.
    let Ok(places) = network.places(cx.client(), &subnets).await else { return Ok(()) };
    let mut problems = Problems::new();
    check_places(path, &places, &mut problems);
    let alone = places.first().filter(|_| subnets.len() == 1);
    if let Some(place) = alone
        && kind(&change.planned) == APPLICATION
        && !change.planned.load_balancer_type.is_unknown()
        && change.config.customer_owned_ipv4_pool.is_null()
        && place.is_ordinary(cx.client().region())
    {
        problems.error(
            path,
            "Too few subnets for an application load balancer",
            format!(
                "It needs subnets in at least two availability zones, but has one, {}, in {}. Add \
                 a subnet in another zone.",
                place.subnet, place.zone
            ),
        );
    }
    problems.into_result()
}

/// The subnets of a configuration and the attribute that names them, if all of them are known.
fn subnets(config: &Lb) -> Option<(&'static str, Vec<String>)> {
    let mut subnets = match config.subnets.get() {
        Some(subnets) => subnets.0.clone(),
        None if config.subnet_mapping.is_unknown() => return None,
        None => {
            let ids = config.subnet_mapping.iter().map(|mapping| mapping.subnet_id.to_filled());
            ids.collect::<Option<Vec<_>>>()?
        }
    };
    subnets.sort();
    let path = if config.subnets.is_known() { "subnets" } else { "subnet_mapping" };
    (!subnets.is_empty()).then_some((path, subnets))
}

fn check_places(path: &str, places: &[Place], problems: &mut Problems) {
    let mut zones: BTreeMap<&str, &Place> = BTreeMap::new();
    for place in places {
        if let Some(other) = zones.insert(&place.zone, place) {
            problems.error(
                path,
                "Several subnets in one availability zone",
                format!(
                    "The subnets {} and {} are both in {}. A load balancer takes one subnet of \
                     each zone.",
                    other.subnet, place.subnet, place.zone
                ),
            );
        }
    }
    if let Some(first) = places.first()
        && let Some(other) = places.iter().find(|place| place.vpc != first.vpc)
    {
        problems.error(
            path,
            "Subnets of several networks",
            format!(
                "The subnet {} is of the VPC {}, and {} of {}. All must be of one.",
                first.subnet, first.vpc, other.subnet, other.vpc
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;
    use groma_sdk::Set;

    use super::super::model::{LbIpamPools, LbSubnetMapping};
    use super::*;
    use crate::network::testing::Known;

    fn in_subnets(of: &[&str]) -> Lb {
        let subnets = of.iter().map(|subnet| format!("subnet-{subnet}")).collect();
        Lb { subnets: Attr::Known(Set(subnets)), ..Lb::default() }
    }

    fn problems_of(config: &Lb) -> String {
        let mut problems = Problems::new();
        check(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    fn mapped(kind: &str, internal: Attr<bool>, mapping: LbSubnetMapping) -> String {
        problems_of(&Lb {
            load_balancer_type: kind.into(),
            internal,
            subnet_mapping: Blocks::one(mapping),
            ..Lb::default()
        })
    }

    #[test]
    fn a_load_balancer_has_subnets() {
        assert_eq!(problems_of(&in_subnets(&["a", "b"])), "");
        assert_eq!(problems_of(&Lb { subnets: Attr::Unknown, ..Lb::default() }), "");
        assert!(problems_of(&Lb::default()).contains("subnet_mapping"));
        assert!(problems_of(&in_subnets(&[])).contains("has none"));
    }

    #[test]
    fn addresses_are_of_network_load_balancers() {
        let at = |address: &str| LbSubnetMapping {
            private_ipv4_address: address.into(),
            ..LbSubnetMapping::default()
        };
        let elastic =
            || LbSubnetMapping { allocation_id: "eipalloc-1".into(), ..LbSubnetMapping::default() };
        assert_eq!(mapped("network", true.into(), at("10.0.0.4")), "");
        assert_eq!(mapped("network", Attr::Null, elastic()), "");
        assert_eq!(mapped("network", Attr::Unknown, at("10.0.0.4")), "");
        assert!(mapped("network", Attr::Null, at("10.0.0.4")).contains("internal load balancer"));
        assert!(mapped("network", true.into(), elastic()).contains("Elastic IP"));
        assert!(mapped("application", Attr::Null, elastic()).contains("Only network"));
    }

    #[test]
    fn kinds_have_what_is_theirs() {
        let gateway = Lb {
            load_balancer_type: GATEWAY.into(),
            security_groups: Attr::Known(Set(vec!["sg-1".to_owned()])),
            ..in_subnets(&["a"])
        };
        assert!(problems_of(&gateway).contains("Gateway load balancers have none"));
        let idle = Lb { idle_timeout: 5000_i64.into(), ..in_subnets(&["a", "b"]) };
        assert!(problems_of(&idle).contains("idle_timeout"));
        let network = Lb { load_balancer_type: NETWORK.into(), ..idle };
        assert_eq!(problems_of(&network), "");
        let pool = LbIpamPools { ipv4_ipam_pool_id: "ipam-pool-1".into() };
        let pools = Lb { ipam_pools: Blocks::one(pool), internal: true.into(), ..network };
        assert_eq!(problems_of(&pools), "");
        let application =
            Lb { load_balancer_type: APPLICATION.into(), idle_timeout: Attr::Null, ..pools };
        assert!(problems_of(&application).contains("from a pool"));
        let logs = LbAccessLogs { bucket: "".into(), enabled: true.into(), prefix: Attr::Null };
        let logged = Lb { access_logs: Blocks::one(logs), ..in_subnets(&["a", "b"]) };
        assert!(problems_of(&logged).contains("name of a bucket"));
    }

    async fn placed(config: Lb, prior: Option<Lb>) -> String {
        let network = Known::with_interfaces(&[]);
        let change = planned(config, prior);
        let checked = check_zones(&Fake::new().context(), network, &change).await;
        checked.err().map(|e| e.to_string()).unwrap_or_default()
    }

    /// A plan that plans what is configured.
    fn planned(config: Lb, prior: Option<Lb>) -> Planned<Lb> {
        super::super::tests::planned(config, prior)
    }

    #[tokio::test]
    async fn subnets_are_in_zones_of_their_own() {
        assert_eq!(placed(in_subnets(&["a", "b"]), None).await, "");
        let text = placed(in_subnets(&["a-1", "a-2"]), None).await;
        assert!(text.contains("subnet-a-1 and subnet-a-2 are both in us-east-1a"), "{text}");
        let text = placed(in_subnets(&["a", "b-other"]), None).await;
        assert!(text.contains("of the VPC vpc-1"), "{text}");
        assert_eq!(placed(Lb { subnets: Attr::Unknown, ..Lb::default() }, None).await, "");
    }

    #[tokio::test]
    async fn an_application_load_balancer_is_in_two_zones() {
        assert!(placed(in_subnets(&["a"]), None).await.contains("Too few subnets"));
        // A Local Zone is enough, and so is one zone for others.
        assert_eq!(placed(in_subnets(&["lax"]), None).await, "");
        let network = Lb { load_balancer_type: NETWORK.into(), ..in_subnets(&["a"]) };
        assert_eq!(placed(network, None).await, "");
        // What is there already is not looked at again.
        assert_eq!(placed(in_subnets(&["a"]), Some(in_subnets(&["a"]))).await, "");
        let one = LbSubnetMapping { subnet_id: "subnet-a".into(), ..LbSubnetMapping::default() };
        let mapped = Lb { subnet_mapping: Blocks::one(one), ..Lb::default() };
        assert!(placed(mapped, None).await.contains("Too few subnets"));
        let one = LbSubnetMapping { subnet_id: Attr::Unknown, ..LbSubnetMapping::default() };
        let unknown = Lb { subnet_mapping: Blocks::one(one), ..Lb::default() };
        assert_eq!(placed(unknown, None).await, "");
    }
}
