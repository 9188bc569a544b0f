//! Requests and answers of what emulators do not serve: propagation, and routes within the VPC.

use groma_aws_core::testing::Fake;

use super::*;
use crate::answers::{done, listed, sent};
use crate::ec2::set_of;

#[tokio::test]
async fn gateways_propagate_their_routes() {
    let fake = Fake::new();
    fake.on("EnableVgwRoutePropagation", |_| done("EnableVgwRoutePropagation"));
    fake.on("DisableVgwRoutePropagation", |_| done("DisableVgwRoutePropagation"));
    let cx = fake.context();
    let (before, after) = (set_of(["vgw-1", "vgw-2"]), set_of(["vgw-2", "vgw-3"]));
    assert!(routes::propagate(&cx, "rtb-1", &before, &after).await.is_ok());
    assert!(routes::propagate(&cx, "rtb-1", &before, &Attr::Unknown).await.is_ok());
    let expected = |gateway: &str| [[format!("GatewayId={gateway}"), "RouteTableId=rtb-1".into()]];
    assert_eq!(sent(&fake, "EnableVgwRoutePropagation"), expected("vgw-3"));
    assert_eq!(sent(&fake, "DisableVgwRoutePropagation"), expected("vgw-1"));
}

/// The table of a VPC, whose own route leads to an interface or back again.
fn table(target: &str) -> groma_aws_core::testing::Answer {
    let item = format!(
        "<item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId>\
         <routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>{target}\
         <origin>CreateRouteTable</origin><state>active</state></item>\
         <item><destinationCidrBlock>10.9.0.0/16</destinationCidrBlock><gatewayId>vgw-1</gatewayId>\
         <origin>EnableVgwRoutePropagation</origin></item>\
         <item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId>\
         <origin>CreateRoute</origin></item></routeSet></item>"
    );
    listed("DescribeRouteTables", "routeTableSet", &item)
}

#[tokio::test]
async fn routes_within_the_vpc_are_changed_and_changed_back() {
    let fake = Fake::new();
    fake.on("ReplaceRoute", |_| done("ReplaceRoute"));
    let interface = RouteTableRoute {
        cidr_block: "10.0.0.0/16".into(),
        network_interface_id: "eni-1".into(),
        ..RouteTableRoute::default()
    };
    let local = RouteTableRoute {
        network_interface_id: Attr::Null,
        gateway_id: "local".into(),
        ..interface.clone()
    };
    let ways = |route: &RouteTableRoute| ways(&Attr::Known(Set(vec![route.clone()])));
    let limit = Duration::from_secs(60);
    let cx = fake.context();
    fake.on("DescribeRouteTables", |_| table("<networkInterfaceId>eni-1</networkInterfaceId>"));
    let there = routes::change(&cx, "rtb-1", &ways(&local), &ways(&interface), limit).await;
    assert!(there.is_ok(), "{there:?}");
    fake.on("DescribeRouteTables", |_| table("<gatewayId>local</gatewayId>"));
    let back = routes::change(&cx, "rtb-1", &ways(&interface), &ways(&local), limit).await;
    assert!(back.is_ok(), "{back:?}");
    assert_eq!(
        sent(&fake, "ReplaceRoute"),
        [
            ["DestinationCidrBlock=10.0.0.0/16", "NetworkInterfaceId=eni-1", "RouteTableId=rtb-1"],
            ["DestinationCidrBlock=10.0.0.0/16", "LocalTarget=true", "RouteTableId=rtb-1"],
        ]
    );
}

#[tokio::test]
async fn what_others_put_into_a_table_is_not_seen() {
    let fake = Fake::new();
    fake.on("DescribeRouteTables", |_| table("<gatewayId>local</gatewayId>"));
    let state = RouteTable { id: "rtb-1".into(), ..RouteTable::default() };
    let read = RouteTableResource.read(&fake.context(), state).await;
    let read = read.ok().flatten().unwrap_or_default();
    assert_eq!(read.route, Attr::Known(Set(Vec::new())));
    assert_eq!(read.vpc_id, "vpc-1".into());
}
