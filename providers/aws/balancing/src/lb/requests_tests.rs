//! What no emulator serves of load balancers, at the level of requests and answers: capacity,
//! PrivateLink, IP pools, subnets of network load balancers.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Attr, Blocks, Set};

use super::model::LbMinimumLoadBalancerCapacity;
use super::*;
use crate::network::testing::Known;

const ARN: &str = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/db/50dc";

fn described() -> Answer {
    Answer::xml(format!(
        "<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers><member>\
         <LoadBalancerArn>{ARN}</LoadBalancerArn><LoadBalancerName>db</LoadBalancerName>\
         <Type>network</Type><Scheme>internal</Scheme><State><Code>active</Code></State>\
         <SecurityGroups><member>sg-1</member></SecurityGroups>\
         <EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic>off\
         </EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic>\
         <AvailabilityZones><member><SubnetId>subnet-a</SubnetId><LoadBalancerAddresses><member>\
         <PrivateIPv4Address>10.0.0.4</PrivateIPv4Address></member></LoadBalancerAddresses></member>\
         </AvailabilityZones></member></LoadBalancers></DescribeLoadBalancersResult>\
         </DescribeLoadBalancersResponse>"
    ))
}

/// A service with one load balancer, as soon as it is created.
fn service() -> Fake {
    let fake = Fake::new();
    fake.on("DescribeLoadBalancers", |request| match request.param("Names.member.1") {
        Some(_) => Answer::error(400, "LoadBalancerNotFound", "none"),
        None => described(),
    });
    fake.on("CreateLoadBalancer", |_| {
        Answer::xml(format!(
            "<CreateLoadBalancerResponse><CreateLoadBalancerResult><LoadBalancers><member>\
             <LoadBalancerArn>{ARN}</LoadBalancerArn><LoadBalancerName>db</LoadBalancerName>\
             </member></LoadBalancers></CreateLoadBalancerResult></CreateLoadBalancerResponse>"
        ))
    });
    for operation in [
        "ModifyLoadBalancerAttributes",
        "DescribeLoadBalancerAttributes",
        "ModifyCapacityReservation",
        "SetSecurityGroups",
        "SetSubnets",
        "SetIpAddressType",
        "ModifyIpPools",
        "DescribeTags",
    ] {
        fake.on(operation, move |_| done(operation));
    }
    fake.on("DescribeCapacityReservation", |_| reserved("provisioned"));
    fake
}

fn done(operation: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

fn reserved(state: &str) -> Answer {
    Answer::xml(format!(
        "<DescribeCapacityReservationResponse><DescribeCapacityReservationResult>\
         <MinimumLoadBalancerCapacity><CapacityUnits>2750</CapacityUnits>\
         </MinimumLoadBalancerCapacity><CapacityReservationState><member><State><Code>{state}</Code>\
         </State></member></CapacityReservationState></DescribeCapacityReservationResult>\
         </DescribeCapacityReservationResponse>"
    ))
}

fn resource() -> LbResource {
    LbResource { network: Known::with_interfaces(&[]) }
}

fn mapping(subnet: &str, address: &str) -> LbSubnetMapping {
    LbSubnetMapping {
        subnet_id: subnet.into(),
        private_ipv4_address: address.into(),
        ..LbSubnetMapping::default()
    }
}

fn planned() -> Lb {
    let units = LbMinimumLoadBalancerCapacity { capacity_units: 2750_i64.into() };
    Lb {
        id: ARN.into(),
        name: "db".into(),
        load_balancer_type: NETWORK.into(),
        internal: true.into(),
        security_groups: Attr::Known(Set(vec!["sg-1".to_owned()])),
        enforce_security_group_inbound_rules_on_private_link_traffic: "off".into(),
        minimum_load_balancer_capacity: Blocks::one(units),
        subnet_mapping: Blocks::one(mapping("subnet-a", "10.0.0.4")),
        ..Lb::default()
    }
}

#[tokio::test]
async fn a_network_load_balancer_is_made_with_all_that_it_may_have() {
    let fake = service();
    fake.once("DescribeCapacityReservation", |_| reserved("pending"));
    fake.on("SetSecurityGroups", |request| {
        let enforce = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";
        assert_eq!(request.param(enforce), Some("off"));
        assert_eq!(request.param("SecurityGroups.member.1"), Some("sg-1"));
        done("SetSecurityGroups")
    });
    let made = resource().create(&fake.context(), planned(), planned()).await;
    let made = made.unwrap_or_default();
    let address = made.subnet_mapping.first().and_then(|m| m.private_ipv4_address.as_str());
    assert_eq!(address, Some("10.0.0.4"));
    let units = made.minimum_load_balancer_capacity.first().map(|u| u.capacity_units);
    assert_eq!(units, Some(Attr::Known(2750)));
    let requests = fake.requests_of("CreateLoadBalancer");
    let address = "SubnetMappings.member.1.PrivateIPv4Address";
    assert_eq!(requests.first().and_then(|r| r.param(address)), Some("10.0.0.4"));
    assert_eq!(fake.calls("SetSecurityGroups"), 1);
    assert_eq!(fake.calls("ModifyCapacityReservation"), 1);
}

#[tokio::test]
async fn a_create_that_was_not_answered_is_taken_over() {
    let fake = service();
    for _ in 0..20 {
        fake.once("CreateLoadBalancer", |_| Answer::lost());
    }
    fake.once("DescribeLoadBalancers", |_| Answer::error(400, "LoadBalancerNotFound", "none"));
    fake.on("DescribeLoadBalancers", |_| described());
    let made = resource().create(&fake.context(), planned(), planned()).await;
    assert_eq!(made.ok().and_then(|lb| lb.arn.into_option()).as_deref(), Some(ARN));
}

#[tokio::test]
async fn subnets_and_addresses_are_changed_in_place() {
    let fake = service();
    fake.on("SetSubnets", |request| {
        assert_eq!(request.param("SubnetMappings.member.2.SubnetId"), Some("subnet-b"));
        assert_eq!(request.param("Subnets.member.1"), None);
        done("SetSubnets")
    });
    let prior = Lb { ip_address_type: "ipv4".into(), ..planned() };
    let mut wanted = Lb { ip_address_type: "dualstack".into(), ..planned() };
    wanted.subnet_mapping =
        vec![mapping("subnet-a", "10.0.0.4"), mapping("subnet-b", "10.0.1.4")].into();
    wanted.subnets = Attr::Unknown;
    wanted.minimum_load_balancer_capacity = Blocks::none();
    let cx = fake.context();
    assert!(resource().update(&cx, prior, wanted.clone(), wanted).await.is_ok());
    assert_eq!(fake.calls("SetSubnets"), 1);
    assert_eq!(fake.calls("SetIpAddressType"), 1);
    let given_up = fake.requests_of("ModifyCapacityReservation");
    let reset = given_up.first().and_then(|r| r.param("ResetCapacityReservation"));
    assert_eq!(reset, Some("true"));
    assert_eq!(fake.calls("SetSecurityGroups"), 0);
}

#[tokio::test]
async fn pools_are_given_up() {
    let fake = service();
    let pool = LbIpamPools { ipv4_ipam_pool_id: "ipam-pool-1".into() };
    let prior = Lb {
        load_balancer_type: APPLICATION.into(),
        ipam_pools: Blocks::one(pool),
        subnet_mapping: Blocks::none(),
        ..planned()
    };
    let wanted = Lb { ipam_pools: Blocks::none(), ..prior.clone() };
    assert!(resource().update(&fake.context(), prior, wanted.clone(), wanted).await.is_ok());
    let changed = fake.requests_of("ModifyIpPools");
    let removed = changed.first().and_then(|r| r.param("RemoveIpamPools.member.1"));
    assert_eq!(removed, Some("ipv4"));
}

#[tokio::test]
async fn protection_is_told() {
    let fake = service();
    fake.on("DeleteLoadBalancer", |_| {
        Answer::error(400, "OperationNotPermitted", "deletion protection is enabled")
    });
    let deleted = resource().delete(&fake.context(), planned()).await;
    assert!(deleted.is_err_and(|e| e.to_string().contains("enable_deletion_protection")));
}
