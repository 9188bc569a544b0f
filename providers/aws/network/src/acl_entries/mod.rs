//! The entries of network ACLs, in line or apart.

pub(crate) mod elements;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Context, Diagnostics};

use crate::ec2::ec2;

/// The number of the entry that every network ACL ends with.
const LAST: i32 = 32767;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) egress: bool,
    /// A number, or `-1` for all.
    pub(crate) protocol: String,
    pub(crate) action: String,
    pub(crate) v4: Option<String>,
    pub(crate) v6: Option<String>,
    pub(crate) ports: (i64, i64),
    /// Type and code.
    pub(crate) icmp: (i64, i64),
}

/// The number of a protocol that may be named; `None` if there is none of the name.
pub(crate) fn protocol_number(name: &str) -> Option<String> {
    let number = match name.to_ascii_lowercase().as_str() {
        "all" | "-1" => -1,
        "icmp" => 1,
        "igmp" => 2,
        "tcp" => 6,
        "egp" => 8,
        "igp" => 9,
        "udp" => 17,
        "dccp" => 33,
        "ipv6" => 41,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "icmpv6" | "ipv6-icmp" => 58,
        "ospf" => 89,
        "vrrp" => 112,
        "l2tp" => 115,
        "sctp" => 132,
        "udplite" => 136,
        other => other.parse::<i16>().ok().filter(|n| (0..=255).contains(n))?,
    };
    Some(number.to_string())
}

/// What is wrong with the protocol of an entry, its ports, and its ICMP type and code.
pub(crate) fn problem(
    protocol: &str,
    ports: (Option<i64>, Option<i64>),
    icmp: (Option<i64>, Option<i64>),
) -> Option<String> {
    let Some(number) = protocol_number(protocol) else {
        return Some(format!("There is no protocol {protocol:?}: it must be a name or a number."));
    };
    let some = |port: Option<i64>| port.is_some_and(|p| p != 0);
    match number.as_str() {
        "-1" if some(ports.0) || some(ports.1) => {
            Some("An entry of all protocols (\"-1\") has the ports 0 to 0.".to_owned())
        }
        "6" | "17" => port_range(ports),
        "1" | "58" => icmp_type(icmp),
        _ => None,
    }
}

/// What is wrong with a range of ports.
pub(crate) fn port_range(ports: (Option<i64>, Option<i64>)) -> Option<String> {
    for (name, port) in [("from_port", ports.0), ("to_port", ports.1)] {
        if let Some(port) = port.filter(|p| !(0..=65535).contains(p)) {
            return Some(format!("{name} must be from 0 to 65535, but is {port}."));
        }
    }
    match ports {
        (Some(from), Some(to)) if from > to => {
            Some(format!("from_port ({from}) is above to_port ({to})."))
        }
        _ => None,
    }
}

/// What is wrong with an ICMP type and code.
pub(crate) fn icmp_type(icmp: (Option<i64>, Option<i64>)) -> Option<String> {
    for (name, number) in [("type", icmp.0), ("code", icmp.1)] {
        if let Some(number) = number.filter(|n| !(-1..=255).contains(n)) {
            return Some(format!("The ICMP {name} must be from -1 (all) to 255, but is {number}."));
        }
    }
    None
}

impl Entry {
    /// The entries of an ACL in one direction, but for the one that it ends with.
    pub(crate) fn all(acl: &api::NetworkAcl, egress: bool) -> Vec<Entry> {
        let own = acl
            .entries()
            .iter()
            .filter(|e| e.egress() == Some(egress) && e.rule_number().is_some_and(|n| n < LAST));
        own.map(Entry::of).collect()
    }

    pub(crate) fn of(entry: &api::NetworkAclEntry) -> Entry {
        let ports = entry.port_range();
        let icmp = entry.icmp_type_code();
        let number = |n: Option<i32>| i64::from(n.unwrap_or_default());
        Entry {
            number: number(entry.rule_number()),
            egress: entry.egress().unwrap_or(false),
            protocol: entry.protocol().unwrap_or_default().to_owned(),
            action: entry.rule_action().map(|a| a.as_str()).unwrap_or_default().to_owned(),
            v4: entry.cidr_block().filter(|c| !c.is_empty()).map(str::to_owned),
            v6: entry.ipv6_cidr_block().filter(|c| !c.is_empty()).map(str::to_owned),
            ports: (number(ports.and_then(|p| p.from())), number(ports.and_then(|p| p.to()))),
            icmp: (number(icmp.and_then(|i| i.r#type())), number(icmp.and_then(|i| i.code()))),
        }
    }

    /// Whether EC2 wants a type and a code.
    fn is_icmp(&self) -> bool {
        matches!(self.protocol.as_str(), "1" | "58")
    }
}

fn int(number: i64) -> Option<i32> {
    i32::try_from(number).ok()
}

/// Adds an entry to an ACL.
pub(crate) async fn create(cx: &Context<Aws>, acl: &str, entry: &Entry) -> Result<(), Diagnostics> {
    let (from, to) = entry.ports;
    let ports = api::PortRange::builder().set_from(int(from)).set_to(int(to)).build();
    let (kind, code) = entry.icmp;
    let icmp = api::IcmpTypeCode::builder().set_type(int(kind)).set_code(int(code)).build();
    let about = format!("creating EC2 Network ACL ({acl}) Entry ({})", entry.number);
    let made = ec2(cx.client())
        .create_network_acl_entry()
        .network_acl_id(acl)
        .egress(entry.egress)
        .set_rule_number(int(entry.number))
        .protocol(&entry.protocol)
        .rule_action(api::RuleAction::from(entry.action.to_ascii_lowercase().as_str()))
        .set_cidr_block(entry.v4.clone())
        .set_ipv6_cidr_block(entry.v6.clone())
        .port_range(ports)
        .set_icmp_type_code(entry.is_icmp().then_some(icmp))
        .send()
        .await
        .typed();
    match made {
        Ok(_) => Ok(()),
        // An earlier request for the same was carried out, perhaps.
        Err(e) if e.is("NetworkAclEntryAlreadyExists") => {
            let read = crate::loaders::network_acls(cx.client()).load(acl.to_owned()).await;
            let there = read.ok().flatten();
            let same = there.is_some_and(|there| {
                Entry::all(&there, entry.egress).iter().any(|e| e.is_same(entry))
            });
            if same { Ok(()) } else { Err(e.during(about)) }
        }
        Err(e) => Err(e.during(about)),
    }
}

impl Entry {
    /// Whether two let the same pass, whatever they say of what does not matter.
    pub(crate) fn is_same(&self, other: &Entry) -> bool {
        let ports = |e: &Entry| if e.protocol == "-1" { (0, 0) } else { e.ports };
        self.number == other.number
            && self.egress == other.egress
            && self.protocol == other.protocol
            && self.action.eq_ignore_ascii_case(&other.action)
            && self.v4 == other.v4
            && self.v6 == other.v6
            && ports(self) == ports(other)
            && (!self.is_icmp() || self.icmp == other.icmp)
    }
}

/// Takes an entry from an ACL.
pub(crate) async fn delete(
    cx: &Context<Aws>,
    acl: &str,
    egress: bool,
    number: i64,
) -> Result<(), Diagnostics> {
    let ask = ec2(cx.client()).delete_network_acl_entry().network_acl_id(acl).egress(egress);
    ask.set_rule_number(int(number))
        .send()
        .await
        .unless(&["InvalidNetworkAclEntry.NotFound", "InvalidNetworkAclID.NotFound"])
        .during(format!("deleting EC2 Network ACL ({acl}) Entry ({number})"))
        .map(drop)
}

/// Makes the entries of an ACL in one direction those wanted.
pub(crate) async fn change(
    cx: &Context<Aws>,
    acl: &str,
    before: &[Entry],
    after: &[Entry],
) -> Result<(), Diagnostics> {
    for old in before {
        if !after.iter().any(|new| new.is_same(old)) {
            delete(cx, acl, old.egress, old.number).await?;
        }
    }
    for new in after {
        if !before.iter().any(|old| old.is_same(new)) {
            create(cx, acl, new).await?;
        }
    }
    Ok(())
}

/// Ties subnets to an ACL, instead of those that they have.
pub(crate) async fn associate(
    cx: &Context<Aws>,
    acl: &str,
    subnets: &[String],
) -> Result<(), Diagnostics> {
    if subnets.is_empty() {
        return Ok(());
    }
    let ec2 = ec2(cx.client());
    let filter = crate::ec2::filter("association.subnet-id", subnets.iter());
    let there = ec2.describe_network_acls().filters(filter).send().await;
    let there = there.during(format!("reading EC2 Network ACLs of subnets of {acl}"))?;
    for subnet in subnets {
        let mut all = there.network_acls().iter().flat_map(|a| a.associations());
        let now = all.find(|a| a.subnet_id() == Some(subnet));
        let Some(now) = now.filter(|a| a.network_acl_id() != Some(acl)) else { continue };
        let ask = ec2.replace_network_acl_association().network_acl_id(acl);
        ask.set_association_id(now.network_acl_association_id().map(str::to_owned))
            .send()
            .await
            .during(format!("creating EC2 Network ACL Association ({acl}, {subnet})"))?;
    }
    Ok(())
}

/// Gives subnets of an ACL back to the default ACL of the VPC.
pub(crate) async fn disassociate(
    cx: &Context<Aws>,
    acl: &str,
    vpc: &str,
    subnets: &[String],
) -> Result<(), Diagnostics> {
    if subnets.is_empty() {
        return Ok(());
    }
    let about = format!("reading the default EC2 Network ACL of EC2 VPC ({vpc})");
    let default = crate::loaders::default_network_acls(cx.client()).load(vpc.to_owned()).await;
    let default = default.during(about)?;
    let Some(default) = default.as_ref().and_then(|d| d.network_acl_id()) else { return Ok(()) };
    let read = crate::loaders::network_acls(cx.client()).load(acl.to_owned()).await;
    let Some(there) = read.during(format!("reading EC2 Network ACL ({acl})"))? else {
        return Ok(());
    };
    let ours: Vec<String> = there
        .associations()
        .iter()
        .filter_map(|a| a.subnet_id().map(str::to_owned))
        .filter(|s| subnets.contains(s))
        .collect();
    associate(cx, default, &ours).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_have_numbers() {
        assert_eq!(protocol_number("TCP").as_deref(), Some("6"));
        assert_eq!(protocol_number("-1").as_deref(), Some("-1"));
        assert_eq!(protocol_number("47").as_deref(), Some("47"));
        assert_eq!(protocol_number("nothing"), None);
        assert_eq!(protocol_number("999"), None);
    }

    #[test]
    fn ports_of_all_protocols_do_not_matter() {
        let all = Entry { protocol: "-1".into(), number: 1, ..Entry::default() };
        assert!(all.is_same(&Entry { ports: (1, 2), icmp: (3, 4), ..all.clone() }));
        assert!(!all.is_same(&Entry { number: 2, ..all.clone() }));
    }

    #[test]
    fn ports_and_types_are_checked() {
        let none = (None, None);
        assert!(problem("-1", (Some(1), Some(2)), none).is_some());
        assert!(problem("tcp", (Some(80), Some(80)), none).is_none());
        assert!(problem("udp", (Some(80), Some(70000)), none).is_some());
        assert!(problem("tcp", (None, Some(80)), none).is_none());
        assert!(problem("icmp", none, (Some(-1), Some(-1))).is_none());
        assert!(problem("icmp", none, (Some(256), Some(0))).is_some());
        assert!(problem("50", (Some(70000), Some(1)), none).is_none());
    }
}
