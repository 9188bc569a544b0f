//! The networks of subnets: of their VPC, apart from each other, and around the addresses in them.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_ec2::types as api;
use groma_aws_core::checks::Cidr;
use groma_aws_core::{Aws, TagMap};
use groma_sdk::{Attr, Context, Diagnostics, Planned, Problems};

use crate::ec2::tags_of;
use crate::loaders;
use crate::subnet::Subnet;

/// What this run knows of subnets.
#[derive(Debug, Default)]
struct Known(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Those that are ours: whether they stay as they are, the run decides.
    ours: HashSet<String>,
    /// The networks that are planned, by VPC.
    planned: HashMap<String, Vec<Cidr>>,
}

fn known(aws: &Aws) -> Arc<Known> {
    // What is kept for a client is kept by type, and under a name.
    aws.service("subnets-of-this-run", |_| Known::default())
}

impl Known {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Remembers that a subnet is one of the run's.
pub(crate) fn is_ours(aws: &Aws, id: &str) {
    known(aws).seen().ours.insert(id.to_owned());
}

/// A new network of a subnet must be of the VPC, if that is there, and of no other subnet.
pub(crate) async fn check(cx: &Context<Aws>, change: &Planned<Subnet>) -> Result<(), Diagnostics> {
    let aws = cx.client();
    if let Some(prior) = &change.prior {
        is_ours(aws, prior.id.text());
    }
    let (Some(vpc), Some(text)) =
        (change.config.vpc_id.filled(), change.config.cidr_block.filled())
    else {
        return Ok(());
    };
    let Ok(wanted) = Cidr::parse(text) else { return Ok(()) };
    let mut problems = Problems::new();
    let new = change.prior.as_ref().is_none_or(|prior| {
        prior.cidr_block.filled() != Some(text) || prior.vpc_id.filled() != Some(vpc)
    });
    if new {
        // Whether the VPC exists, or may be read, is not the question.
        if let Ok(Some(there)) = loaders::vpcs(aws).load(vpc.to_owned()).await {
            outside(&there, &wanted, &mut problems);
        }
        if let Ok(Some(there)) = loaders::subnets_of_vpcs(aws).load(vpc.to_owned()).await {
            let tags = match &change.planned.tags_all {
                Attr::Known(tags) => Some(tags),
                _ => None,
            };
            let own = change.prior.as_ref().map_or("", |prior| prior.id.text());
            let known = known(aws);
            let seen = known.seen();
            let others = there.iter().filter(|other| {
                let id = other.subnet_id().unwrap_or_default();
                id != own && !seen.ours.contains(id)
            });
            taken(others, &wanted, tags, &mut problems);
        }
    }
    planned_twice(aws, vpc, wanted, &mut problems);
    problems.into_result()
}

/// Refuses a network that is not of a VPC.
fn outside(vpc: &api::Vpc, wanted: &Cidr, problems: &mut Problems) {
    let networks: Vec<&str> = vpc
        .cidr_block_association_set()
        .iter()
        .filter_map(|a| a.cidr_block())
        .chain(vpc.cidr_block())
        .collect();
    let within = networks.iter().any(|n| Cidr::parse(n).is_ok_and(|n| n.contains(wanted)));
    let Some(first) = networks.first().filter(|_| !within) else { return };
    problems.error(
        "cidr_block",
        "Subnet outside of its VPC",
        format!(
            "The network {} is not within {}, which has {first}. Choose a part of that. If the VPC gets \
             another network in the same run, take vpc_id from the resource that adds it.",
            text(wanted),
            vpc.vpc_id().unwrap_or_default(),
        ),
    );
}

/// Refuses a network that another subnet has. One that has just this network, and our tags, may be
/// the one that is being replaced.
fn taken<'s>(
    others: impl Iterator<Item = &'s api::Subnet>,
    wanted: &Cidr,
    tags: Option<&TagMap>,
    problems: &mut Problems,
) {
    for other in others {
        let Some(network) = other.cidr_block().and_then(|c| Cidr::parse(c).ok()) else { continue };
        let there = tags_of(other.tags());
        let alike = tags.is_none_or(|tags| tags.iter().all(|(k, v)| there.get(k) == Some(v)));
        if !network.overlaps(wanted) || (network == *wanted && alike) {
            continue;
        }
        problems.error(
            "cidr_block",
            "Overlapping subnets",
            format!(
                "The network {} overlaps {} of {}, another subnet of the VPC. Choose a network that is \
                 free.",
                text(wanted),
                text(&network),
                other.subnet_id().unwrap_or_default(),
            ),
        );
        return;
    }
}

/// Refuses networks of one run that overlap. Subnets may be planned several times, so that two of the
/// same network are not told apart from one.
fn planned_twice(aws: &Aws, vpc: &str, wanted: Cidr, problems: &mut Problems) {
    let known = known(aws);
    let mut seen = known.seen();
    let planned = seen.planned.entry(vpc.to_owned()).or_default();
    if let Some(other) = planned.iter().find(|o| **o != wanted && o.overlaps(&wanted)) {
        problems.error(
            "cidr_block",
            "Overlapping subnets",
            format!(
                "The network {} overlaps {}, which is planned for another subnet of {vpc}. Choose networks \
                 that have nothing in common.",
                text(&wanted),
                text(other),
            ),
        );
    }
    if !planned.contains(&wanted) {
        planned.push(wanted);
    }
}

fn text(network: &Cidr) -> String {
    format!("{}/{}", network.address, network.bits)
}

/// Refuses an address or a network that an interface in a subnet cannot have.
pub(crate) fn check_address(
    subnet: &api::Subnet,
    path: &str,
    address: &str,
    problems: &mut Problems,
) {
    let Some(wanted) = network(address) else { return };
    let networks: Vec<Cidr> = match wanted.address {
        IpAddr::V4(_) => {
            subnet.cidr_block().and_then(|c| Cidr::parse(c).ok()).into_iter().collect()
        }
        IpAddr::V6(_) => subnet
            .ipv6_cidr_block_association_set()
            .iter()
            .filter_map(|a| Cidr::parse(a.ipv6_cidr_block()?).ok())
            .collect(),
    };
    let id = subnet.subnet_id().unwrap_or_default();
    if !networks.iter().any(|n| n.contains(&wanted)) {
        let has = match networks.first() {
            Some(first) => format!("which has {}", text(first)),
            None if wanted.address.is_ipv6() => "which has no IPv6 network".to_owned(),
            None => "which has no IPv4 network".to_owned(),
        };
        problems.error(
            path,
            "Address outside of the subnet",
            format!("{address} is not within {id}, {has}. Choose a part of that."),
        );
    } else if networks.iter().any(|n| is_reserved(n, &wanted)) {
        problems.error(
            path,
            "Reserved address",
            format!(
                "{address} is one of the first four addresses of {id} or its last one, which AWS keeps for \
                 itself. Choose another one."
            ),
        );
    }
}

/// An address, or a network.
fn network(text: &str) -> Option<Cidr> {
    match text.contains('/') {
        true => Cidr::parse(text).ok(),
        false => {
            let address: IpAddr = text.parse().ok()?;
            Some(Cidr { address, bits: if address.is_ipv4() { 32 } else { 128 } })
        }
    }
}

/// Whether an address is one of the first four of a subnet of IPv4, or the last.
fn is_reserved(subnet: &Cidr, address: &Cidr) -> bool {
    let (IpAddr::V4(first), IpAddr::V4(one), 32) = (subnet.address, address.address, address.bits)
    else {
        return false;
    };
    let size = 1_u64 << (32 - u64::from(subnet.bits.min(32)));
    let offset = u64::from(u32::from(one)).saturating_sub(u64::from(u32::from(first)));
    offset < 4 || offset == size - 1
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;

    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn told(check: impl FnOnce(&mut Problems)) -> String {
        let mut problems = Problems::new();
        check(&mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn subnets_are_of_their_vpc() {
        let second = api::VpcCidrBlockAssociation::builder().cidr_block("100.64.0.0/16").build();
        let vpc = api::Vpc::builder()
            .vpc_id("vpc-1")
            .cidr_block("10.0.0.0/16")
            .cidr_block_association_set(second)
            .build();
        assert_eq!(told(|p| outside(&vpc, &cidr("10.0.1.0/24"), p)), "");
        assert_eq!(told(|p| outside(&vpc, &cidr("100.64.1.0/24"), p)), "");
        assert!(told(|p| outside(&vpc, &cidr("10.1.0.0/24"), p)).contains("not within vpc-1"));
        // Of what cannot be read, nothing is said.
        assert_eq!(told(|p| outside(&api::Vpc::builder().build(), &cidr("10.1.0.0/24"), p)), "");
    }

    #[test]
    fn networks_that_others_have_are_refused() {
        let tag = api::Tag::builder().key("Name").value("theirs").build();
        let there = api::Subnet::builder()
            .subnet_id("subnet-1")
            .cidr_block("10.0.1.0/24")
            .tags(tag)
            .build();
        let all = [there];
        let ours = TagMap::from([("Name".to_owned(), "ours".to_owned())]);
        let theirs = TagMap::from([("Name".to_owned(), "theirs".to_owned())]);
        let refused = |network: &str, tags: &TagMap| {
            told(|p| taken(all.iter(), &cidr(network), Some(tags), p)).contains("subnet-1")
        };
        assert!(refused("10.0.1.0/25", &theirs) && refused("10.0.0.0/16", &theirs));
        assert!(!refused("10.0.2.0/24", &theirs));
        // The same network may be that of an object that is replaced.
        assert!(refused("10.0.1.0/24", &ours) && !refused("10.0.1.0/24", &theirs));
        assert!(!refused("10.0.1.0/24", &TagMap::new()));
    }

    #[test]
    fn planned_networks_do_not_overlap() {
        let aws = Fake::new().aws();
        let plan = |vpc, network| told(|p| planned_twice(&aws, vpc, cidr(network), p));
        assert_eq!(plan("vpc-1", "10.0.1.0/24"), "");
        assert_eq!(plan("vpc-1", "10.0.1.0/24"), "");
        assert_eq!(plan("vpc-1", "10.0.2.0/24"), "");
        assert_eq!(plan("vpc-2", "10.0.1.0/25"), "");
        assert!(plan("vpc-1", "10.0.1.0/25").contains("10.0.1.0/24"));
    }
}
