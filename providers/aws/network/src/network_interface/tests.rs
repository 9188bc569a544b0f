//! Requests and answers of what emulators do not serve.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Attr, Managed as _, Problems};

use super::NetworkInterfaceResource;
use super::model::NetworkInterface;
use super::planning;
use crate::ec2::set_of;

/// An answer to `DescribeNetworkInterfaces`.
fn described(more: &str) -> Answer {
    Answer::xml(format!(
        "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>\
         <networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId>\
         <ownerId>123456789012</ownerId><status>available</status>\
         <sourceDestCheck>true</sourceDestCheck><privateIpAddress>10.0.0.5</privateIpAddress>\
         <privateIpAddressesSet><item><privateIpAddress>10.0.0.5</privateIpAddress>\
         <primary>true</primary></item></privateIpAddressesSet>{more}</item>\
         </networkInterfaceSet></DescribeNetworkInterfacesResponse>"
    ))
}

fn configured() -> NetworkInterface {
    NetworkInterface {
        subnet_id: "subnet-1".into(),
        source_dest_check: true.into(),
        ..NetworkInterface::default()
    }
}

#[tokio::test]
async fn prefixes_are_asked_for_and_tags_put_afterwards() {
    let fake = Fake::new();
    fake.on("CreateNetworkInterface", |r| {
        assert_eq!(r.params_of("Ipv4Prefix.1."), ["10.0.0.16/28"]);
        assert_eq!(r.param("Ipv6PrefixCount"), Some("2"));
        assert!(r.params_of("TagSpecification.").is_empty());
        assert_eq!(r.param("EnablePrimaryIpv6"), Some("true"));
        Answer::xml(
            "<CreateNetworkInterfaceResponse><networkInterface>\
             <networkInterfaceId>eni-1</networkInterfaceId></networkInterface>\
             </CreateNetworkInterfaceResponse>",
        )
    });
    fake.on("CreateTags", |r| {
        assert_eq!(r.param("Tag.1.Key"), Some("Name"));
        Answer::xml("<CreateTagsResponse><return>true</return></CreateTagsResponse>")
    });
    fake.on("DescribeNetworkInterfaces", |_| {
        described(
            "<ipv4PrefixSet><item><ipv4Prefix>10.0.0.16/28</ipv4Prefix></item></ipv4PrefixSet>\
             <ipv6PrefixSet><item><ipv6Prefix>fd00::/80</ipv6Prefix></item>\
             <item><ipv6Prefix>fd00:0:0:0:1::/80</ipv6Prefix></item></ipv6PrefixSet>\
             <ipv6AddressesSet><item><ipv6Address>fd00::5</ipv6Address>\
             <isPrimaryIpv6>true</isPrimaryIpv6></item></ipv6AddressesSet>",
        )
    });
    let tags = BTreeMap::from([("Name".to_owned(), "x".to_owned())]);
    let planned = NetworkInterface {
        ipv4_prefixes: set_of(["10.0.0.16/28"]),
        ipv6_prefix_count: 2.into(),
        enable_primary_ipv6: true.into(),
        tags_all: Attr::Known(tags.clone()),
        tags: Attr::Known(tags),
        ..configured()
    };
    let cx = fake.context();
    let made = NetworkInterfaceResource.create(&cx, planned.clone(), planned).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(made.ipv4_prefix_count, 1.into());
    assert_eq!(made.ipv6_prefix_count, 2.into());
    assert_eq!(made.private_ips_count, 0.into());
    assert!(made.enable_primary_ipv6.is_true());
    assert_eq!(made.arn.text(), "arn:aws:ec2:us-east-1:123456789012:network-interface/eni-1");
    assert_eq!(fake.calls("CreateTags"), 1);
}

#[tokio::test]
async fn a_number_of_addresses_is_not_assigned_twice() {
    let fake = Fake::new();
    fake.once("DescribeNetworkInterfaces", |_| described(""));
    fake.on("DescribeNetworkInterfaces", |_| {
        described(
            "<ipv6AddressesSet><item><ipv6Address>fd00::5</ipv6Address></item></ipv6AddressesSet>",
        )
    });
    fake.on("AssignIpv6Addresses", |r| {
        assert_eq!(r.param("Ipv6AddressCount"), Some("1"));
        Answer::lost()
    });
    let prior =
        NetworkInterface { id: "eni-1".into(), ipv6_address_count: 0.into(), ..configured() };
    let config = NetworkInterface { ipv6_address_count: 1.into(), ..configured() };
    let planned = NetworkInterface { id: "eni-1".into(), ..config.clone() };
    let cx = fake.context();
    let now = NetworkInterfaceResource.update(&cx, prior, config, planned).await;
    let now = now.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(now.ipv6_addresses, set_of(["fd00::5"]));
    assert_eq!(fake.calls("AssignIpv6Addresses"), 1);
}

#[tokio::test]
async fn a_list_keeps_its_order() {
    let fake = Fake::new();
    fake.on("DescribeNetworkInterfaces", |_| {
        Answer::xml(
            "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>\
             <networkInterfaceId>eni-1</networkInterfaceId><privateIpAddressesSet>\
             <item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item>\
             <item><privateIpAddress>10.0.0.6</privateIpAddress></item>\
             <item><privateIpAddress>10.0.0.8</privateIpAddress></item>\
             </privateIpAddressesSet></item></networkInterfaceSet>\
             </DescribeNetworkInterfacesResponse>",
        )
    });
    fake.on("UnassignPrivateIpAddresses", |r| {
        assert_eq!(r.params_of("PrivateIpAddress."), ["10.0.0.8"]);
        Answer::xml("<UnassignPrivateIpAddressesResponse><return>true</return></UnassignPrivateIpAddressesResponse>")
    });
    fake.on("AssignPrivateIpAddresses", |_| {
        Answer::xml("<AssignPrivateIpAddressesResponse><return>true</return></AssignPrivateIpAddressesResponse>")
    });
    let list = |all: &[&str]| Attr::Known(all.iter().map(|a| (*a).to_owned()).collect());
    let prior = NetworkInterface {
        id: "eni-1".into(),
        private_ip_list: list(&["10.0.0.5", "10.0.0.6", "10.0.0.8"]),
        ..configured()
    };
    let config = NetworkInterface {
        private_ip_list_enabled: true.into(),
        private_ip_list: list(&["10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"]),
        ..configured()
    };
    let cx = fake.context();
    let done = super::addresses::change(&cx, "eni-1", &prior, &config).await;
    assert!(done.is_ok(), "{done:?}");
    let assigned = fake.requests_of("AssignPrivateIpAddresses");
    let assigned: Vec<_> = assigned.iter().map(|r| r.params_of("PrivateIpAddress.")).collect();
    assert_eq!(assigned, [["10.0.0.7"], ["10.0.0.8"]]);
}

#[tokio::test]
async fn descriptions_are_cleared_and_primary_addresses_enabled() {
    let fake = Fake::new();
    fake.on("DescribeNetworkInterfaces", |_| described(""));
    fake.on("ModifyNetworkInterfaceAttribute", |_| {
        Answer::xml("<ModifyNetworkInterfaceAttributeResponse><return>true</return></ModifyNetworkInterfaceAttributeResponse>")
    });
    let prior = NetworkInterface {
        id: "eni-1".into(),
        description: "old".into(),
        enable_primary_ipv6: false.into(),
        ..configured()
    };
    let config = NetworkInterface { enable_primary_ipv6: true.into(), ..configured() };
    let planned = NetworkInterface { id: "eni-1".into(), ..config.clone() };
    let cx = fake.context();
    let now = NetworkInterfaceResource.update(&cx, prior, config, planned).await;
    assert!(now.is_ok(), "{now:?}");
    let asked = fake.requests_of("ModifyNetworkInterfaceAttribute");
    let asked: Vec<_> = asked
        .iter()
        .map(|r| (r.param("Description.Value"), r.param("EnablePrimaryIpv6")))
        .collect();
    assert_eq!(asked, [(Some(""), None), (None, Some("true"))]);
}

#[test]
fn addresses_are_of_the_subnet() {
    let subnet = api::Subnet::builder().subnet_id("subnet-1").cidr_block("10.0.1.0/24").build();
    let refused = |c: NetworkInterface| {
        let mut problems = Problems::new();
        planning::outside(&subnet, &c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    let ips = |all: &[&str]| NetworkInterface {
        private_ips: set_of(all.iter().copied()),
        ..configured()
    };
    assert_eq!(refused(ips(&["10.0.1.4", "10.0.1.254"])), "");
    assert!(refused(ips(&["10.0.2.4"])).contains("which has 10.0.1.0/24"));
    assert!(refused(ips(&["10.0.1.3"])).contains("Reserved"));
    assert!(refused(ips(&["10.0.1.255"])).contains("Reserved"));
    let c = NetworkInterface { ipv6_addresses: set_of(["fd00::1"]), ..configured() };
    assert!(refused(c).contains("no IPv6 network"));
    let c = NetworkInterface { ipv4_prefixes: set_of(["10.0.2.16/28"]), ..configured() };
    assert!(refused(c).contains("Address outside"));
}

#[test]
fn contradictions_are_refused() {
    let refused = |c: NetworkInterface| {
        let mut problems = Problems::new();
        planning::validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    assert_eq!(refused(configured()), "");
    let ips = || set_of(["10.0.0.5", "10.0.0.6"]);
    let c = NetworkInterface { private_ips: ips(), private_ips_count: 0.into(), ..configured() };
    assert!(refused(c).contains("private_ips_count"));
    let c = NetworkInterface { private_ips: ips(), private_ips_count: 3.into(), ..configured() };
    assert_eq!(refused(c), "");
    let c = NetworkInterface { private_ips: ips(), private_ip: "10.0.0.7".into(), ..configured() };
    assert!(refused(c).contains("not among"));
    let c = NetworkInterface {
        security_groups: set_of((0..17).map(|n| format!("sg-{n}"))),
        ..configured()
    };
    assert!(refused(c).contains("at most 16"));
}
