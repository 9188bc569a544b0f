//! Requests and answers of what emulators do not serve: pools, names, and what is held for a while.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, identity, listed, sent};

fn address(more: &str) -> Answer {
    let item = format!(
        "<item><allocationId>eipalloc-1</allocationId><publicIp>1.2.3.4</publicIp>\
         <domain>vpc</domain>{more}</item>"
    );
    listed("DescribeAddresses", "addressesSet", &item)
}

fn faked() -> Fake {
    let fake = Fake::new();
    fake.on("DescribeAddressesAttribute", |_| {
        let item =
            "<item><allocationId>eipalloc-1</allocationId><ptrRecord>a.example.</ptrRecord></item>";
        listed("DescribeAddressesAttribute", "addressSet", item)
    });
    fake.on("GetCallerIdentity", |_| identity());
    fake
}

#[tokio::test]
async fn addresses_come_from_pools() {
    let fake = faked();
    fake.on("AllocateAddress", |_| {
        Answer::xml(
            "<AllocateAddressResponse><allocationId>eipalloc-1</allocationId>\
             <publicIp>1.2.3.4</publicIp></AllocateAddressResponse>",
        )
    });
    fake.on("DescribeAddresses", |_| address("<publicIpv4Pool>pool-1</publicIpv4Pool>"));
    let planned = Eip {
        domain: "vpc".into(),
        public_ipv4_pool: "pool-1".into(),
        network_border_group: "us-east-1".into(),
        ..Eip::default()
    };
    let made = EipResource.create(&fake.context(), planned.clone(), planned).await;
    let made = made.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((made.ptr_record.text(), made.public_ipv4_pool.text()), ("a.example.", "pool-1"));
    assert_eq!(
        sent(&fake, "AllocateAddress"),
        [["Domain=vpc", "NetworkBorderGroup=us-east-1", "PublicIpv4Pool=pool-1"]]
    );
}

#[tokio::test]
async fn an_address_is_not_allocated_twice() {
    let fake = faked();
    fake.on("AllocateAddress", |_| Answer::lost());
    let planned = Eip { domain: "vpc".into(), ..Eip::default() };
    let made = EipResource.create(&fake.context(), planned.clone(), planned).await;
    assert!(made.is_err_and(|e| e.to_string().contains("may have created it all the same")));
    assert_eq!(fake.calls("AllocateAddress"), 1);
}

#[tokio::test]
async fn an_address_that_was_just_in_use_is_released_later() {
    let fake = faked();
    fake.on("DescribeAddresses", |_| address("<associationId>a-1</associationId>"));
    fake.on("DisassociateAddress", |_| done("DisassociateAddress"));
    fake.once("ReleaseAddress", |_| Answer::ec2_error(400, "InvalidIPAddress.InUse", "in use"));
    fake.once("ReleaseAddress", |_| Answer::ec2_error(400, "AuthFailure", "in use"));
    fake.on("ReleaseAddress", |_| done("ReleaseAddress"));
    let prior = Eip { id: "eipalloc-1".into(), ..Eip::default() };
    assert!(EipResource.delete(&fake.context(), prior).await.is_ok());
    assert_eq!(fake.calls("ReleaseAddress"), 3);
    assert_eq!(sent(&fake, "DisassociateAddress"), [["AssociationId=a-1"]]);
}

#[test]
fn addresses_have_names() {
    assert_eq!(
        public_name("us-east-1", "amazonaws.com", "1.2.3.4"),
        "ec2-1-2-3-4.compute-1.amazonaws.com"
    );
    assert_eq!(private_name("eu-west-1", "10.0.0.1"), "ip-10-0-0-1.eu-west-1.compute.internal");
}
