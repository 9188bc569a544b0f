//! Requests and answers of what emulators do not serve: acceptance, failures, most changes.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed, sent};

fn endpoint(state: &str, more: &str) -> Answer {
    let item = format!(
        "<item><vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType>\
         <serviceName>com.example.service</serviceName><ownerId>123456789012</ownerId>\
         <state>{state}</state>{more}</item>"
    );
    listed("DescribeVpcEndpoints", "vpcEndpointSet", &item)
}

fn configured() -> VpcEndpoint {
    VpcEndpoint {
        vpc_id: "vpc-1".into(),
        service_name: "com.example.service".into(),
        vpc_endpoint_type: "Interface".into(),
        ..VpcEndpoint::default()
    }
}

fn known() -> VpcEndpoint {
    VpcEndpoint { id: "vpce-1".into(), state: "available".into(), ..configured() }
}

#[tokio::test]
async fn endpoints_are_accepted_if_asked_for() {
    let fake = Fake::new();
    fake.on("CreateVpcEndpoint", |_| {
        Answer::xml(
            "<CreateVpcEndpointResponse><vpcEndpoint><vpcEndpointId>vpce-1</vpcEndpointId>\
             <state>PendingAcceptance</state></vpcEndpoint></CreateVpcEndpointResponse>",
        )
    });
    fake.on("DescribeVpcEndpointServices", |_| {
        let item = "<item><serviceId>vpce-svc-1</serviceId></item>";
        listed("DescribeVpcEndpointServices", "serviceDetailSet", item)
    });
    fake.on("AcceptVpcEndpointConnections", |_| done("AcceptVpcEndpointConnections"));
    fake.once("DescribeVpcEndpoints", |_| endpoint("pending", ""));
    fake.on("DescribeVpcEndpoints", |_| endpoint("available", ""));
    let planned = VpcEndpoint { auto_accept: true.into(), ..configured() };
    let cx = fake.context();
    let made = VpcEndpointResource.create(&cx, planned.clone(), planned).await;
    assert_eq!(made.map(|e| e.state).ok(), Some("available".into()));
    assert_eq!(
        sent(&fake, "AcceptVpcEndpointConnections"),
        [["ServiceId=vpce-svc-1", "VpcEndpointId.1=vpce-1"]]
    );
}

#[tokio::test]
async fn an_endpoint_that_fails_says_why() {
    let fake = Fake::new();
    fake.on("DescribeVpcEndpoints", |_| {
        endpoint("failed", "<lastError><message>no such service</message></lastError>")
    });
    let waited = available(&fake.context(), "vpce-1", Duration::from_secs(60)).await;
    assert!(waited.is_err_and(|e| e.to_string().contains("no such service")));
}

#[tokio::test]
async fn all_that_changes_is_one_request() {
    let fake = Fake::new();
    fake.on("DescribeVpcEndpoints", |_| endpoint("available", ""));
    fake.on("ModifyVpcEndpoint", |_| done("ModifyVpcEndpoint"));
    let before = VpcEndpoint {
        subnet_ids: set_of(["subnet-1"]),
        security_group_ids: set_of(["sg-1"]),
        policy: "{}".into(),
        private_dns_enabled: false.into(),
        ip_address_type: "ipv4".into(),
        ..known()
    };
    let config = VpcEndpoint {
        subnet_ids: set_of(["subnet-2"]),
        security_group_ids: set_of(["sg-2"]),
        policy: "".into(),
        private_dns_enabled: true.into(),
        ip_address_type: "dualstack".into(),
        dns_options: Blocks::one(VpcEndpointDnsOptions {
            dns_record_ip_type: "dualstack".into(),
            ..VpcEndpointDnsOptions::default()
        }),
        ..configured()
    };
    let cx = fake.context();
    let changed = modify(&cx, &before, &config, &config).await;
    assert!(changed.is_ok(), "{changed:?}");
    let expected = [
        "AddSecurityGroupId.1=sg-2",
        "AddSubnetId.1=subnet-2",
        "DnsOptions.DnsRecordIpType=dualstack",
        "IpAddressType=dualstack",
        "PrivateDnsEnabled=true",
        "RemoveSecurityGroupId.1=sg-1",
        "RemoveSubnetId.1=subnet-1",
        "ResetPolicy=true",
        "VpcEndpointId=vpce-1",
    ];
    assert_eq!(sent(&fake, "ModifyVpcEndpoint"), [expected]);
    // Nothing changes, nothing is asked for.
    assert!(modify(&cx, &before, &before, &before).await.is_ok());
    assert_eq!(fake.calls("ModifyVpcEndpoint"), 1);
}

#[tokio::test]
async fn a_refusal_within_an_answer_is_one() {
    let fake = Fake::new();
    fake.on("DeleteVpcEndpoints", |_| {
        let item = "<item><resourceId>vpce-1</resourceId><error><code>InvalidParameter</code>\
                    <message>It is managed by a service</message></error></item>";
        listed("DeleteVpcEndpoints", "unsuccessful", item)
    });
    let deleted = VpcEndpointResource.delete(&fake.context(), known()).await;
    assert!(deleted.is_err_and(|e| e.to_string().contains("managed by a service")));
    fake.on("DeleteVpcEndpoints", |_| {
        let item = "<item><resourceId>vpce-1</resourceId><error>\
                    <code>InvalidVpcEndpointId.NotFound</code></error></item>";
        listed("DeleteVpcEndpoints", "unsuccessful", item)
    });
    fake.on("DescribeVpcEndpoints", |_| endpoint("deleted", ""));
    assert!(VpcEndpointResource.delete(&fake.context(), known()).await.is_ok());
}

#[test]
fn attributes_are_of_the_type_of_endpoint() {
    let refused = |c: VpcEndpoint| {
        let mut problems = Problems::new();
        VpcEndpointResource.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    assert_eq!(refused(VpcEndpoint { subnet_ids: set_of(["subnet-1"]), ..configured() }), "");
    let gateway = || VpcEndpoint { vpc_endpoint_type: "Gateway".into(), ..configured() };
    let c = VpcEndpoint { subnet_ids: set_of(["subnet-1"]), ..gateway() };
    assert!(refused(c).contains("of the type Interface"));
    let c = VpcEndpoint { route_table_ids: set_of(["rtb-1"]), ..configured() };
    assert!(refused(c).contains("of the type Gateway"));
    assert_eq!(refused(VpcEndpoint { vpc_endpoint_type: Attr::Unknown, ..configured() }), "");
}
