//! What security groups let pass: permissions as configurations, and as EC2 has them.
//!
//! A configured rule may name many sources; EC2 has one rule for each. They are compared, granted and
//! revoked one source at a time.

mod calls;
mod check;

use std::collections::BTreeMap;

use aws_sdk_ec2::types as api;
use groma_sdk::{Attr, Model, Set};

pub(crate) use calls::{authorize_once, change_grants, find, revoke, revoke_rule};
pub(crate) use check::{check, description, group_text, protocol_and_ports};

/// One element of `ingress` or `egress` of a security group.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Permission {
    #[attr(optional, computed)]
    pub(crate) cidr_blocks: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) from_port: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) ipv6_cidr_blocks: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) prefix_list_ids: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(optional, computed, name = "self")]
    pub(crate) self_: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) to_port: Attr<i64>,
}

impl Permission {
    /// The same with nothing unset, as states have it.
    pub(crate) fn filled_out(&self) -> Permission {
        fn or<T>(attribute: &Attr<T>, zero: T) -> Attr<T>
        where
            T: Clone,
        {
            match attribute {
                Attr::Null => Attr::Known(zero),
                other => other.clone(),
            }
        }
        Permission {
            cidr_blocks: or(&self.cidr_blocks, Vec::new()),
            description: or(&self.description, String::new()),
            from_port: or(&self.from_port, 0),
            ipv6_cidr_blocks: or(&self.ipv6_cidr_blocks, Vec::new()),
            prefix_list_ids: or(&self.prefix_list_ids, Vec::new()),
            protocol: self.protocol.clone().map(|p| protocol(&p)),
            security_groups: or(&self.security_groups, Set::default()),
            self_: or(&self.self_, false),
            to_port: or(&self.to_port, 0),
        }
    }

    /// Its grants, one for each source. `group` is the security group that has it.
    pub(crate) fn grants(&self, group: &str) -> Vec<Grant> {
        let grant = |from| Grant {
            protocol: protocol(self.protocol.text()),
            ports: (self.from_port.or_default(), self.to_port.or_default()),
            from,
            description: self.description.text().to_owned(),
        };
        let v4 = self.cidr_blocks.or_default().into_iter().map(Source::V4);
        let v6 = self.ipv6_cidr_blocks.or_default().into_iter().map(Source::V6);
        let lists = self.prefix_list_ids.or_default().into_iter().map(Source::PrefixList);
        let own = self.self_.is_true().then(|| Source::Group(group.to_owned()));
        let others = self.security_groups.or_default().0.into_iter().map(Source::Group);
        v4.chain(v6).chain(lists).chain(own).chain(others).map(grant).collect()
    }
}

/// Where traffic is from, or to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    V4(String),
    V6(String),
    PrefixList(String),
    /// A group's id; of another account, behind that account's.
    Group(String),
}

impl Source {
    pub(crate) fn text(&self) -> &str {
        let (Source::V4(text) | Source::V6(text) | Source::PrefixList(text) | Source::Group(text)) =
            self;
        text
    }
}

/// One source's permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) protocol: String,
    pub(crate) ports: (i64, i64),
    pub(crate) from: Source,
    pub(crate) description: String,
}

impl Grant {
    /// Whether two are the same but for their descriptions.
    pub(crate) fn lets_same_pass(&self, other: &Grant) -> bool {
        self.protocol == other.protocol && self.ports == other.ports && self.from == other.from
    }
}

/// The name of a protocol as EC2 returns it.
pub(crate) fn protocol(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "all" => "-1".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        _ => name,
    }
}

/// EC2's form of grants.
pub(crate) fn ip_permissions(grants: &[Grant]) -> Vec<api::IpPermission> {
    let mut by_ports: BTreeMap<(&str, (i64, i64)), api::builders::IpPermissionBuilder> =
        BTreeMap::new();
    for grant in grants {
        let port = |port: i64| i32::try_from(port).ok();
        let builder =
            by_ports.remove(&(grant.protocol.as_str(), grant.ports)).unwrap_or_else(|| {
                let builder = api::IpPermission::builder().ip_protocol(&grant.protocol);
                // For all protocols, EC2 takes no ports.
                match grant.protocol.as_str() {
                    "-1" => builder,
                    _ => {
                        builder.set_from_port(port(grant.ports.0)).set_to_port(port(grant.ports.1))
                    }
                }
            });
        let text = Some(grant.description.clone()).filter(|d| !d.is_empty());
        let builder = match &grant.from {
            Source::V4(cidr) => builder
                .ip_ranges(api::IpRange::builder().cidr_ip(cidr).set_description(text).build()),
            Source::V6(cidr) => builder.ipv6_ranges(
                api::Ipv6Range::builder().cidr_ipv6(cidr).set_description(text).build(),
            ),
            Source::PrefixList(list) => builder.prefix_list_ids(
                api::PrefixListId::builder().prefix_list_id(list).set_description(text).build(),
            ),
            Source::Group(group) => builder.user_id_group_pairs(pair(group, text)),
        };
        by_ports.insert((grant.protocol.as_str(), grant.ports), builder);
    }
    by_ports.into_values().map(api::builders::IpPermissionBuilder::build).collect()
}

/// A group as a source.
pub(crate) fn pair(group: &str, description: Option<String>) -> api::UserIdGroupPair {
    let builder = api::UserIdGroupPair::builder().set_description(description);
    match group.split_once('/') {
        Some((owner, group)) => builder.user_id(owner).group_id(group).build(),
        None => builder.group_id(group).build(),
    }
}

/// The grants of EC2's permissions of a group of an account.
pub(crate) fn grants_of(permissions: &[api::IpPermission], owner: Option<&str>) -> Vec<Grant> {
    let mut grants = Vec::new();
    for permission in permissions {
        let name = protocol(permission.ip_protocol().unwrap_or_default());
        let ports = match name.as_str() {
            "-1" => (0, 0),
            _ => (
                i64::from(permission.from_port().unwrap_or_default()),
                i64::from(permission.to_port().unwrap_or_default()),
            ),
        };
        let mut push = |from, description: Option<&str>| {
            let description = description.unwrap_or_default().to_owned();
            grants.push(Grant { protocol: name.clone(), ports, from, description });
        };
        for range in permission.ip_ranges() {
            push(Source::V4(range.cidr_ip().unwrap_or_default().to_owned()), range.description());
        }
        for range in permission.ipv6_ranges() {
            push(Source::V6(range.cidr_ipv6().unwrap_or_default().to_owned()), range.description());
        }
        for list in permission.prefix_list_ids() {
            let id = list.prefix_list_id().unwrap_or_default().to_owned();
            push(Source::PrefixList(id), list.description());
        }
        for pair in permission.user_id_group_pairs() {
            let id = pair.group_id().or(pair.group_name()).unwrap_or_default();
            let foreign =
                pair.user_id().filter(|u| !u.is_empty() && owner.is_some_and(|o| o != *u));
            let id = match foreign {
                Some(account) => format!("{account}/{id}"),
                None => id.to_owned(),
            };
            push(Source::Group(id), pair.description());
        }
    }
    grants
}

/// The rules that stand for grants: those known before, as far as all of their grants are there,
/// and the rest by protocol, ports and description.
pub(crate) fn rules_of(known: &[Permission], grants: Vec<Grant>, group: &str) -> Vec<Permission> {
    let mut left = grants;
    let mut rules = Vec::new();
    for rule in known {
        let wanted = rule.grants(group);
        if !wanted.is_empty() && wanted.iter().all(|grant| left.contains(grant)) {
            left.retain(|grant| !wanted.contains(grant));
            rules.push(rule.filled_out());
        }
    }
    let mut rest: BTreeMap<(String, (i64, i64), String), Permission> = BTreeMap::new();
    for grant in left {
        let key = (grant.protocol.clone(), grant.ports, grant.description.clone());
        let rule = rest.entry(key).or_insert_with(|| {
            let bare = Permission {
                protocol: grant.protocol.into(),
                from_port: grant.ports.0.into(),
                to_port: grant.ports.1.into(),
                description: grant.description.into(),
                ..Permission::default()
            };
            bare.filled_out()
        });
        let push = |list: &mut Attr<Vec<String>>, text| {
            if let Attr::Known(list) = list {
                list.push(text);
            }
        };
        match grant.from {
            Source::V4(cidr) => push(&mut rule.cidr_blocks, cidr),
            Source::V6(cidr) => push(&mut rule.ipv6_cidr_blocks, cidr),
            Source::PrefixList(list) => push(&mut rule.prefix_list_ids, list),
            Source::Group(id) if id == group => rule.self_ = true.into(),
            Source::Group(id) => {
                if let Attr::Known(groups) = &mut rule.security_groups {
                    groups.0.push(id);
                }
            }
        }
    }
    rules.extend(rest.into_values());
    rules
}

/// The grants of rules, each once.
pub(crate) fn grants_of_rules(rules: &Attr<Set<Permission>>, group: &str) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for grant in rules.or_default().iter().flat_map(|rule| rule.grants(group)) {
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(ports: (i64, i64), cidrs: &[&str]) -> Permission {
        Permission {
            protocol: "TCP".into(),
            from_port: ports.0.into(),
            to_port: ports.1.into(),
            cidr_blocks: Attr::Known(cidrs.iter().map(|c| (*c).to_owned()).collect()),
            ..Permission::default()
        }
    }

    #[test]
    fn rules_come_back_as_they_were_configured() {
        let known =
            [rule((80, 80), &["10.0.0.0/8"]), rule((80, 80), &["11.0.0.0/8", "12.0.0.0/8"])];
        let grants: Vec<Grant> = known.iter().flat_map(|r| r.grants("sg-1")).collect();
        let there = ip_permissions(&grants);
        assert_eq!(there.len(), 1);
        let read = rules_of(&known, grants_of(&there, Some("1")), "sg-1");
        let filled: Vec<Permission> = known.iter().map(Permission::filled_out).collect();
        assert_eq!(Set(read), Set(filled));
    }

    #[test]
    fn what_others_granted_is_gathered() {
        let known = [rule((80, 80), &["10.0.0.0/8", "gone"])];
        let pairs = [pair("sg-1", None), pair("9/sg-2", None)];
        let there = api::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(80)
            .to_port(80)
            .ip_ranges(api::IpRange::builder().cidr_ip("10.0.0.0/8").build())
            .set_user_id_group_pairs(Some(pairs.into()))
            .build();
        let read = rules_of(&known, grants_of(&[there], Some("1")), "sg-1");
        assert_eq!(read.len(), 1);
        assert!(read[0].self_.is_true());
        assert_eq!(read[0].security_groups.or_default().0, ["9/sg-2"]);
        assert_eq!(read[0].cidr_blocks.or_default(), ["10.0.0.0/8"]);
    }

    #[test]
    fn all_protocols_have_no_ports() {
        let all = Permission { protocol: "all".into(), ..rule((0, 0), &["0.0.0.0/0"]) };
        let there = ip_permissions(&all.grants("sg-1"));
        assert_eq!((there[0].ip_protocol(), there[0].from_port()), (Some("-1"), None));
    }
}
