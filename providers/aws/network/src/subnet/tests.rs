//! Requests and answers of what emulators do not serve.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed, sent};

const ITEM: &str = "<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><state>available</state>\
                    <cidrBlock>10.0.1.0/24</cidrBlock></item>";

fn configured() -> Subnet {
    Subnet { vpc_id: "vpc-1".into(), cidr_block: "10.0.1.0/24".into(), ..Subnet::default() }
}

#[tokio::test]
async fn a_subnet_whose_creation_was_not_answered_is_taken_over() {
    let fake = Fake::new();
    fake.once("CreateSubnet", |_| Answer::lost());
    fake.on("CreateSubnet", |_| Answer::ec2_error(400, "InvalidSubnet.Conflict", "conflicts"));
    fake.on("DescribeSubnets", |_| listed("DescribeSubnets", "subnetSet", ITEM));
    let cx = fake.context();
    let made = SubnetResource.create(&cx, configured(), configured()).await;
    assert_eq!(made.map(|s| s.id).ok(), Some("subnet-1".into()));
}

#[tokio::test]
async fn a_network_that_others_have_is_a_conflict() {
    let fake = Fake::new();
    fake.on("CreateSubnet", |_| Answer::ec2_error(400, "InvalidSubnet.Conflict", "conflicts"));
    let cx = fake.context();
    let made = SubnetResource.create(&cx, configured(), configured()).await;
    assert!(made.is_err_and(|e| e.to_string().contains("InvalidSubnet.Conflict")));
    assert_eq!(fake.calls("DescribeSubnets"), 0);
}

#[tokio::test]
async fn attributes_are_set_one_at_a_time() {
    let fake = Fake::new();
    fake.on("ModifySubnetAttribute", |_| done("ModifySubnetAttribute"));
    let before = Subnet { enable_dns64: true.into(), ..configured() };
    let after = Subnet {
        enable_dns64: false.into(),
        enable_lni_at_device_index: 1.into(),
        customer_owned_ipv4_pool: "pool-1".into(),
        map_customer_owned_ip_on_launch: true.into(),
        private_dns_hostname_type_on_launch: "resource-name".into(),
        enable_resource_name_dns_a_record_on_launch: true.into(),
        ..configured()
    };
    let cx = fake.context();
    let set = set_attributes(&cx, "subnet-1", &before, &after).await;
    assert!(set.is_ok(), "{set:?}");
    let expected: [&[&str]; 5] = [
        &[
            "CustomerOwnedIpv4Pool=pool-1",
            "MapCustomerOwnedIpOnLaunch.Value=true",
            "SubnetId=subnet-1",
        ],
        &["EnableDns64.Value=false", "SubnetId=subnet-1"],
        &["EnableLniAtDeviceIndex=1", "SubnetId=subnet-1"],
        &["PrivateDnsHostnameTypeOnLaunch=resource-name", "SubnetId=subnet-1"],
        &["EnableResourceNameDnsARecordOnLaunch.Value=true", "SubnetId=subnet-1"],
    ];
    assert_eq!(sent(&fake, "ModifySubnetAttribute"), expected);
}

#[tokio::test]
async fn an_ipv6_network_is_exchanged() {
    let associated = |network: &str, state: &str| {
        let item = format!(
            "<item><subnetId>subnet-1</subnetId><state>available</state>\
             <ipv6CidrBlockAssociationSet><item><associationId>a-1</associationId>\
             <ipv6CidrBlock>{network}</ipv6CidrBlock><ipv6CidrBlockState><state>{state}</state>\
             </ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet></item>"
        );
        move || listed("DescribeSubnets", "subnetSet", &item)
    };
    let fake = Fake::new();
    let old = associated("fd00:0:0:1::/64", "disassociating");
    fake.once("DescribeSubnets", move |_| old());
    let gone = associated("fd00:0:0:1::/64", "disassociated");
    fake.once("DescribeSubnets", move |_| gone());
    let coming = associated("fd00:0:0:2::/64", "associating");
    fake.once("DescribeSubnets", move |_| coming());
    let new = associated("fd00:0:0:2::/64", "associated");
    fake.on("DescribeSubnets", move |_| new());
    fake.on("DisassociateSubnetCidrBlock", |_| done("DisassociateSubnetCidrBlock"));
    fake.on("AssociateSubnetCidrBlock", |_| done("AssociateSubnetCidrBlock"));
    let before = Subnet {
        ipv6_cidr_block: "fd00:0:0:1::/64".into(),
        ipv6_cidr_block_association_id: "a-1".into(),
        ..configured()
    };
    let after = Subnet { ipv6_cidr_block: "fd00:0:0:2::/64".into(), ..configured() };
    let cx = fake.context();
    let changed = change_ipv6(&cx, "subnet-1", &before, &after).await;
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(sent(&fake, "DisassociateSubnetCidrBlock"), [["AssociationId=a-1"]]);
    assert_eq!(
        sent(&fake, "AssociateSubnetCidrBlock"),
        [["Ipv6CidrBlock=fd00:0:0:2::/64", "SubnetId=subnet-1"]]
    );
    assert_eq!(fake.calls("DescribeSubnets"), 4);
}

#[test]
fn what_needs_an_ipv6_network_is_refused_without() {
    let refused = |c: Subnet| {
        let mut problems = Problems::new();
        SubnetResource.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    assert_eq!(refused(configured()), "");
    let c = Subnet { assign_ipv6_address_on_creation: true.into(), ..configured() };
    assert!(refused(c).contains("ipv6_cidr_block"));
    let c = Subnet {
        assign_ipv6_address_on_creation: true.into(),
        ipv6_cidr_block: Attr::Unknown,
        ..configured()
    };
    assert_eq!(refused(c), "");
}
