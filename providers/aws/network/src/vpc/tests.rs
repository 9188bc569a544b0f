//! Requests and answers of what emulators do not serve: pools, and IPv6 networks that come and go.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed, sent};

fn vpc(more: &str) -> Answer {
    let item = format!(
        "<item><vpcId>vpc-1</vpcId><state>available</state><cidrBlock>10.0.0.0/16</cidrBlock>\
         {more}</item>"
    );
    listed("DescribeVpcs", "vpcSet", &item)
}

fn six(id: &str, pool: &str, state: &str) -> String {
    format!(
        "<ipv6CidrBlockAssociationSet><item><associationId>{id}</associationId>\
         <ipv6CidrBlock>fd00::/56</ipv6CidrBlock><ipv6Pool>{pool}</ipv6Pool>\
         <networkBorderGroup>us-east-1</networkBorderGroup><ipv6CidrBlockState>\
         <state>{state}</state></ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet>"
    )
}

#[tokio::test]
async fn an_ipv6_network_of_amazon_is_exchanged_for_one_of_a_pool() {
    let fake = Fake::new();
    fake.once("DescribeVpcs", |_| vpc(&six("a-1", "Amazon", "disassociating")));
    fake.once("DescribeVpcs", |_| vpc(&six("a-1", "Amazon", "disassociated")));
    fake.once("DescribeVpcs", |_| vpc(&six("a-2", "IPAM Managed", "associating")));
    fake.on("DescribeVpcs", |_| vpc(&six("a-2", "IPAM Managed", "associated")));
    fake.on("DisassociateVpcCidrBlock", |_| done("DisassociateVpcCidrBlock"));
    fake.on("AssociateVpcCidrBlock", |_| done("AssociateVpcCidrBlock"));
    let before = Vpc {
        assign_generated_ipv6_cidr_block: true.into(),
        ipv6_association_id: "a-1".into(),
        ipv6_cidr_block: "fd00::/56".into(),
        ..Vpc::default()
    };
    let after = Vpc {
        assign_generated_ipv6_cidr_block: false.into(),
        ipv6_ipam_pool_id: "ipam-pool-1".into(),
        ipv6_netmask_length: 56.into(),
        ipv6_cidr_block: Attr::Unknown,
        ..Vpc::default()
    };
    let cx = fake.context();
    let changed = change_ipv6(&cx, "vpc-1", &before, &after).await;
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(sent(&fake, "DisassociateVpcCidrBlock"), [["AssociationId=a-1"]]);
    assert_eq!(
        sent(&fake, "AssociateVpcCidrBlock"),
        [["Ipv6IpamPoolId=ipam-pool-1", "Ipv6NetmaskLength=56", "VpcId=vpc-1"]]
    );
    assert_eq!(fake.calls("DescribeVpcs"), 4);
}

#[tokio::test]
async fn host_names_are_switched_off_before_dns_and_on_behind_it() {
    let fake = Fake::new();
    fake.on("ModifyVpcAttribute", |_| done("ModifyVpcAttribute"));
    let with = |on: bool| Vpc {
        enable_dns_hostnames: on.into(),
        enable_dns_support: on.into(),
        ..Vpc::default()
    };
    let cx = fake.context();
    assert!(set_attributes(&cx, "vpc-1", &with(true), &with(false)).await.is_ok());
    assert!(set_attributes(&cx, "vpc-1", &with(false), &with(true)).await.is_ok());
    let names: Vec<String> = sent(&fake, "ModifyVpcAttribute")
        .into_iter()
        .map(|params| params[0].split('.').next().unwrap_or_default().to_owned())
        .collect();
    let (hosts, support) = ("EnableDnsHostnames", "EnableDnsSupport");
    assert_eq!(names, [hosts, support, support, hosts]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |c: Vpc| {
        let mut problems = Problems::new();
        VpcResource.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    let plain = || Vpc { cidr_block: "10.0.0.0/16".into(), ..Vpc::default() };
    assert_eq!(refused(plain()), "");
    let c = Vpc { enable_dns_hostnames: true.into(), enable_dns_support: false.into(), ..plain() };
    assert!(refused(c).contains("enable_dns_support"));
    let c = Vpc { enable_dns_hostnames: true.into(), enable_dns_support: Attr::Unknown, ..plain() };
    assert_eq!(refused(c), "");
    let c = Vpc { ipv4_netmask_length: 24.into(), ..plain() };
    assert!(refused(c).contains("ipv4_netmask_length"));
    assert!(refused(Vpc::default()).contains("needs an IPv4 network"));
}
