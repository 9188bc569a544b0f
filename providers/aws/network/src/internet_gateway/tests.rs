//! Requests and answers of what emulators do not serve: lost answers, and addresses that hold it.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed};

fn gateway(attached: bool) -> Answer {
    let attachment = match attached {
        true => {
            "<attachmentSet><item><vpcId>vpc-1</vpcId><state>available</state></item></attachmentSet>"
        }
        false => "",
    };
    let item = format!(
        "<item><internetGatewayId>igw-1</internetGatewayId><ownerId>123456789012</ownerId>\
         {attachment}</item>"
    );
    listed("DescribeInternetGateways", "internetGatewaySet", &item)
}

#[tokio::test]
async fn an_attachment_whose_answer_was_lost_holds() {
    let fake = Fake::new();
    fake.once("AttachInternetGateway", |_| {
        Answer::ec2_error(400, UNKNOWN, "The internetGateway ID 'igw-1' does not exist")
    });
    fake.on("AttachInternetGateway", |_| {
        let text = "resource igw-1 is already attached to network vpc-1";
        Answer::ec2_error(400, "Resource.AlreadyAssociated", text)
    });
    fake.on("DescribeInternetGateways", |_| gateway(true));
    let attached = attach(&fake.context(), "igw-1", "vpc-1", Duration::from_secs(60)).await;
    assert!(attached.is_ok(), "{attached:?}");
    assert_eq!(fake.calls("AttachInternetGateway"), 2);
}

#[tokio::test]
async fn public_addresses_that_hold_a_gateway_are_named() {
    let fake = Fake::new();
    fake.on("DetachInternetGateway", |_| {
        let text = "Network vpc-1 has some mapped public address(es).";
        Answer::ec2_error(400, "DependencyViolation", text)
    });
    fake.on("DescribeNetworkInterfaces", |_| {
        let items = "<item><networkInterfaceId>eni-1</networkInterfaceId><association>\
                     <publicIp>1.2.3.4</publicIp></association></item>\
                     <item><networkInterfaceId>eni-2</networkInterfaceId></item>";
        listed("DescribeNetworkInterfaces", "networkInterfaceSet", items)
    });
    let detached = detach(&fake.context(), "igw-1", "vpc-1", Duration::from_millis(100)).await;
    let told = detached.err().unwrap_or_default().to_string();
    assert!(told.contains("mapped public") && told.contains("eni-1"), "{told}");
    assert!(!told.contains("eni-2"), "{told}");
    fake.on("DetachInternetGateway", |_| done("DetachInternetGateway"));
    fake.on("DescribeInternetGateways", |_| gateway(false));
    let detached = detach(&fake.context(), "igw-1", "vpc-1", Duration::from_secs(60)).await;
    assert!(detached.is_ok(), "{detached:?}");
}
