//! Requests and answers of what emulators do not serve: secondary addresses, and gateways that fail.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed, sent};

fn gateway(more: &str) -> Answer {
    let item = format!(
        "<item><natGatewayId>nat-1</natGatewayId><subnetId>subnet-1</subnetId>{more}</item>"
    );
    listed("DescribeNatGateways", "natGatewaySet", &item)
}

const ADDRESSES: &str = "<state>available</state><natGatewayAddressSet>\
    <item><allocationId>eip-1</allocationId><associationId>a-1</associationId>\
    <privateIp>10.0.0.5</privateIp><isPrimary>true</isPrimary><status>succeeded</status></item>\
    <item><allocationId>eip-2</allocationId><associationId>a-2</associationId>\
    <privateIp>10.0.0.6</privateIp><isPrimary>false</isPrimary><status>succeeded</status></item>\
    </natGatewayAddressSet>";

#[tokio::test]
async fn a_gateway_that_fails_says_why() {
    let fake = Fake::new();
    fake.on("CreateNatGateway", |_| {
        Answer::xml(
            "<CreateNatGatewayResponse><natGateway><natGatewayId>nat-1</natGatewayId></natGateway>\
             </CreateNatGatewayResponse>",
        )
    });
    fake.on("DescribeNatGateways", |_| {
        gateway(
            "<state>failed</state><failureCode>Gateway.NotAttached</failureCode>\
             <failureMessage>Network vpc-1 has no Internet gateway attached</failureMessage>",
        )
    });
    let planned = NatGateway { subnet_id: "subnet-1".into(), ..NatGateway::default() };
    let cx = fake.context();
    let made = NatGatewayResource.create(&cx, planned.clone(), planned).await;
    let told = made.err().unwrap_or_default().to_string();
    assert!(told.contains("nat-1") && told.contains("no Internet gateway attached"), "{told}");
}

#[tokio::test]
async fn addresses_of_public_gateways_are_associated() {
    let fake = Fake::new();
    fake.on("DescribeNatGateways", |_| gateway(ADDRESSES));
    fake.on("AssociateNatGatewayAddress", |_| done("AssociateNatGatewayAddress"));
    fake.on("DisassociateNatGatewayAddress", |_| done("DisassociateNatGatewayAddress"));
    let with = |id: &str| NatGateway {
        connectivity_type: "public".into(),
        secondary_allocation_ids: set_of([id]),
        ..NatGateway::default()
    };
    let cx = fake.context();
    let changed = change_addresses(&cx, "nat-1", &with("eip-2"), &with("eip-3")).await;
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(
        sent(&fake, "AssociateNatGatewayAddress"),
        [["AllocationId.1=eip-3", "NatGatewayId=nat-1"]]
    );
    assert_eq!(
        sent(&fake, "DisassociateNatGatewayAddress"),
        [["AssociationId.1=a-2", "NatGatewayId=nat-1"]]
    );
}

#[tokio::test]
async fn addresses_of_private_gateways_are_assigned() {
    let fake = Fake::new();
    fake.on("DescribeNatGateways", |_| gateway("<state>available</state>"));
    fake.on("AssignPrivateNatGatewayAddress", |_| done("AssignPrivateNatGatewayAddress"));
    fake.on("UnassignPrivateNatGatewayAddress", |_| done("UnassignPrivateNatGatewayAddress"));
    let with = |ip: &str| NatGateway {
        connectivity_type: "private".into(),
        secondary_private_ip_addresses: set_of([ip]),
        ..NatGateway::default()
    };
    let cx = fake.context();
    let changed = change_addresses(&cx, "nat-1", &with("10.0.0.6"), &with("10.0.0.7")).await;
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(
        sent(&fake, "AssignPrivateNatGatewayAddress"),
        [["NatGatewayId=nat-1", "PrivateIpAddress.1=10.0.0.7"]]
    );
    assert_eq!(
        sent(&fake, "UnassignPrivateNatGatewayAddress"),
        [["NatGatewayId=nat-1", "PrivateIpAddress.1=10.0.0.6"]]
    );
}

#[tokio::test]
async fn secondary_addresses_are_read() {
    let fake = Fake::new();
    fake.on("DescribeNatGateways", |_| gateway(ADDRESSES));
    let state = NatGateway { id: "nat-1".into(), ..NatGateway::default() };
    let read = NatGatewayResource.read(&fake.context(), state).await;
    let read = read.ok().flatten().unwrap_or_default();
    assert_eq!(read.allocation_id, "eip-1".into());
    assert_eq!(read.secondary_allocation_ids, set_of(["eip-2"]));
    assert_eq!(read.secondary_private_ip_address_count, 1.into());
    // Deleted gateways are described for a while.
    fake.on("DescribeNatGateways", |_| gateway("<state>deleted</state>"));
    let state = NatGateway { id: "nat-1".into(), ..NatGateway::default() };
    assert!(matches!(NatGatewayResource.read(&fake.context(), state).await, Ok(None)));
}

#[test]
fn public_gateways_have_addresses_and_private_ones_have_not() {
    let refused = |c: NatGateway| {
        let mut problems = Problems::new();
        NatGatewayResource.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    let public = NatGateway { allocation_id: "eip-1".into(), ..NatGateway::default() };
    assert_eq!(refused(public.clone()), "");
    assert!(refused(NatGateway::default()).contains("needs an Elastic IP"));
    assert_eq!(refused(NatGateway { allocation_id: Attr::Unknown, ..NatGateway::default() }), "");
    let private = NatGateway { connectivity_type: "private".into(), ..public };
    assert!(refused(private).contains("has no Elastic IP"));
}
