//! Deleting what others may still use.
//!
//! EC2 refuses to delete networks that something is in. Much of that goes by itself, a while after what
//! it belongs to: so the deletion is tried again and again. Interfaces that services leave behind are
//! deleted meanwhile. When the time is up, the error names what there still is.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, retry};
use groma_sdk::{Context, Diagnostics};

use crate::ec2::{ec2, filter};

/// How many of the users an error names.
const NAMED: usize = 10;

/// What something that is to be deleted may be used by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Users<'u> {
    /// Interfaces in a subnet.
    Subnet(&'u str),
    /// Interfaces with a security group, and rules that name it.
    Group(&'u str),
    /// What is in a VPC.
    Vpc(&'u str),
    /// Interfaces of a VPC with public addresses, for its internet gateway.
    Public(&'u str),
}

/// Deletes what others may still use. Codes of `absent` say that it is gone, codes of `held` that it is
/// in use.
pub(crate) async fn drained<T, F, Fut>(
    cx: &Context<Aws>,
    what: String,
    limit: Duration,
    held: &[&str],
    absent: &[&str],
    users: Users<'_>,
    mut delete: F,
) -> Result<(), Diagnostics>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let waited = format!("{what} to be no longer in use");
    let deleted = retry(
        cx,
        waited,
        limit,
        |e| e.is_any(held),
        || {
            let done = delete();
            async move {
                let done = done.await;
                if done.as_ref().is_err_and(|e| e.is_any(held)) {
                    clear(cx, users).await;
                }
                done
            }
        },
    );
    match deleted.await {
        Ok(_) => Ok(()),
        Err(e) if e.is_any(absent) => Ok(()),
        Err(e) => {
            let mut told = e.during(format_args!("deleting {what}"));
            if e.is_any(held) {
                let there = named(cx, users).await;
                for diagnostic in told.iter_mut().filter(|_| !there.is_empty()) {
                    diagnostic.detail.push_str(&format!(
                        "\n\nIt is still used by {}. Delete these, or what they belong to.",
                        there.join(", ")
                    ));
                }
            }
            Err(told)
        }
    }
}

impl Users<'_> {
    /// The filter by which interfaces are found.
    fn filter(self) -> api::Filter {
        match self {
            Users::Subnet(id) => filter("subnet-id", [id]),
            Users::Group(id) => filter("group-id", [id]),
            Users::Vpc(id) | Users::Public(id) => filter("vpc-id", [id]),
        }
    }
}

/// The interfaces that use it; none if these cannot be read.
async fn interfaces(cx: &Context<Aws>, users: Users<'_>) -> Vec<api::NetworkInterface> {
    let ask = ec2(cx.client()).describe_network_interfaces().filters(users.filter());
    let read = ask.send().await.ok().and_then(|a| a.network_interfaces).unwrap_or_default();
    let is_public = |i: &api::NetworkInterface| {
        i.association().is_some_and(|a| a.public_ip().is_some())
            || i.private_ip_addresses().iter().any(|a| a.association().is_some())
    };
    read.into_iter().filter(|i| !matches!(users, Users::Public(_)) || is_public(i)).collect()
}

/// Deletes interfaces that nothing uses any more and that the service that made them leaves for a
/// long time.
async fn clear(cx: &Context<Aws>, users: Users<'_>) {
    if !matches!(users, Users::Subnet(_) | Users::Group(_)) {
        return;
    }
    for interface in interfaces(cx, users).await.iter().filter(|i| is_left_behind(i)) {
        let id = interface.network_interface_id().unwrap_or_default();
        let ask = ec2(cx.client()).delete_network_interface().network_interface_id(id);
        // Whether it matters that one cannot be deleted, the deletion that it is in the way of tells.
        let _ = ask.send().await;
    }
}

fn is_left_behind(interface: &api::NetworkInterface) -> bool {
    let by_service = interface.description().is_some_and(|d| d.starts_with("AWS Lambda VPC ENI"))
        || interface.requester_id().is_some_and(|r| r.ends_with(":Comprehend"));
    by_service && interface.status() == Some(&api::NetworkInterfaceStatus::Available)
}

/// What uses it, in words.
async fn named(cx: &Context<Aws>, users: Users<'_>) -> Vec<String> {
    let mut names: Vec<String> =
        interfaces(cx, users).await.iter().take(NAMED).map(in_words).collect();
    match users {
        Users::Group(id) => names.extend(rules_about(cx, id).await),
        Users::Vpc(id) => names.extend(within(cx, id).await),
        Users::Subnet(_) | Users::Public(_) => {}
    }
    names
}

fn in_words(interface: &api::NetworkInterface) -> String {
    let id = interface.network_interface_id().unwrap_or_default();
    let instance = interface.attachment().and_then(|a| a.instance_id());
    match (instance, interface.description().filter(|d| !d.is_empty())) {
        (Some(instance), _) => format!("network interface {id} of instance {instance}"),
        (None, Some(text)) => format!("network interface {id} ({text})"),
        (None, None) => format!("network interface {id}"),
    }
}

/// Other groups with rules about a group.
async fn rules_about(cx: &Context<Aws>, id: &str) -> Vec<String> {
    let mut names = Vec::new();
    for name in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        let ask = ec2(cx.client()).describe_security_groups().filters(filter(name, [id]));
        let groups = ask.send().await.ok().and_then(|a| a.security_groups).unwrap_or_default();
        let others = groups.iter().filter_map(|g| g.group_id()).filter(|other| *other != id);
        names.extend(others.map(|other| format!("rules of security group {other}")));
    }
    names.dedup();
    names
}

/// What is in a VPC besides interfaces.
async fn within(cx: &Context<Aws>, id: &str) -> Vec<String> {
    let ec2 = ec2(cx.client());
    let of_vpc = || filter("vpc-id", [id]);
    let subnets = ec2.describe_subnets().filters(of_vpc());
    let groups = ec2.describe_security_groups().filters(of_vpc());
    let gateways = ec2.describe_internet_gateways().filters(filter("attachment.vpc-id", [id]));
    let endpoints = ec2.describe_vpc_endpoints().filters(of_vpc());
    let (subnets, groups, gateways, endpoints) =
        tokio::join!(subnets.send(), groups.send(), gateways.send(), endpoints.send());
    let mut names = Vec::new();
    let mut add = |kind: &str, ids: Vec<String>| {
        names.extend(ids.into_iter().take(NAMED).map(|id| format!("{kind} {id}")));
    };
    let subnets = subnets.ok().and_then(|a| a.subnets).unwrap_or_default();
    add("subnet", subnets.into_iter().filter_map(|s| s.subnet_id).collect());
    let groups = groups.ok().and_then(|a| a.security_groups).unwrap_or_default();
    let own = groups.into_iter().filter(|g| g.group_name() != Some("default"));
    add("security group", own.filter_map(|g| g.group_id).collect());
    let gateways = gateways.ok().and_then(|a| a.internet_gateways).unwrap_or_default();
    add("internet gateway", gateways.into_iter().filter_map(|g| g.internet_gateway_id).collect());
    let endpoints = endpoints.ok().and_then(|a| a.vpc_endpoints).unwrap_or_default();
    add("VPC endpoint", endpoints.into_iter().filter_map(|e| e.vpc_endpoint_id).collect());
    names
}

#[cfg(test)]
mod tests {
    use groma_aws_core::Outcome as _;
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    const HELD: [&str; 1] = ["DependencyViolation"];

    fn held() -> Answer {
        Answer::ec2_error(400, "DependencyViolation", "The subnet has dependencies")
    }

    fn described(items: &str) -> Answer {
        Answer::xml(format!(
            "<DescribeNetworkInterfacesResponse><networkInterfaceSet>{items}</networkInterfaceSet>\
             </DescribeNetworkInterfacesResponse>"
        ))
    }

    async fn delete(fake: &Fake, limit: Duration) -> Result<(), Diagnostics> {
        let cx = fake.context();
        let ec2 = ec2(cx.client());
        let what = "EC2 Subnet (subnet-1)".to_owned();
        drained(&cx, what, limit, &HELD, &[], Users::Subnet("subnet-1"), || async {
            ec2.delete_subnet().subnet_id("subnet-1").send().await.typed()
        })
        .await
    }

    #[tokio::test]
    async fn what_still_uses_it_is_named() {
        let fake = Fake::new();
        fake.on("DeleteSubnet", |_| held());
        fake.on("DescribeNetworkInterfaces", |r| {
            assert_eq!(r.param("Filter.1.Name"), Some("subnet-id"));
            described(
                "<item><networkInterfaceId>eni-1</networkInterfaceId><attachment>\
                 <instanceId>i-1</instanceId></attachment></item>\
                 <item><networkInterfaceId>eni-2</networkInterfaceId>\
                 <description>ELB app/web/1</description></item>",
            )
        });
        let told = delete(&fake, Duration::from_millis(200)).await.err().unwrap_or_default();
        let told = told.to_string();
        assert!(
            told.contains("eni-1 of instance i-1, network interface eni-2 (ELB app/web/1)"),
            "{told}"
        );
        assert!(told.contains("DependencyViolation") && told.contains("tried again"), "{told}");
        assert!(fake.calls("DeleteSubnet") > 1);
    }

    #[tokio::test]
    async fn what_services_leave_behind_is_deleted() {
        let fake = Fake::new();
        fake.once("DeleteSubnet", |_| held());
        fake.on("DeleteSubnet", |_| {
            Answer::xml("<DeleteSubnetResponse><return>true</return></DeleteSubnetResponse>")
        });
        fake.on("DescribeNetworkInterfaces", |_| {
            described(
                "<item><networkInterfaceId>eni-1</networkInterfaceId><status>available</status>\
                 <description>AWS Lambda VPC ENI-f-1</description></item>\
                 <item><networkInterfaceId>eni-2</networkInterfaceId><status>in-use</status>\
                 <description>AWS Lambda VPC ENI-g-2</description></item>\
                 <item><networkInterfaceId>eni-3</networkInterfaceId><status>available</status>\
                 <description>mine</description></item>",
            )
        });
        fake.on("DeleteNetworkInterface", |r| {
            assert_eq!(r.param("NetworkInterfaceId"), Some("eni-1"));
            Answer::xml("<DeleteNetworkInterfaceResponse><return>true</return></DeleteNetworkInterfaceResponse>")
        });
        assert!(delete(&fake, Duration::from_secs(60)).await.is_ok());
        assert_eq!(fake.calls("DeleteNetworkInterface"), 1);
    }

    #[tokio::test]
    async fn the_users_of_groups_and_vpcs_are_looked_for() {
        let fake = Fake::new();
        fake.on("DescribeNetworkInterfaces", |_| described(""));
        fake.on("DescribeSecurityGroups", |_| {
            Answer::xml(
                "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-2</groupId>\
                 <groupName>web</groupName></item></securityGroupInfo></DescribeSecurityGroupsResponse>",
            )
        });
        fake.on("DescribeSubnets", |_| {
            Answer::xml(
                "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId></item>\
                 </subnetSet></DescribeSubnetsResponse>",
            )
        });
        let cx = fake.context();
        assert_eq!(named(&cx, Users::Group("sg-1")).await, ["rules of security group sg-2"]);
        // What may not be read is left out.
        assert_eq!(
            named(&cx, Users::Vpc("vpc-1")).await,
            ["subnet subnet-1", "security group sg-2"]
        );
    }
}
