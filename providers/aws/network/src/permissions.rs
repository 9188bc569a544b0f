//! What security groups let pass: permissions as configurations, and as EC2 has them.
//!
//! A configured rule may name many sources; EC2 has one rule for each. They are compared, granted and
//! revoked one source at a time.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Context, Diagnostics, Model, Set};

use crate::ec2::ec2;

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

    /// What is wrong with it, as far as is known.
    pub(crate) fn problem(&self) -> Option<String> {
        let Some(name) = self.protocol.as_str().map(protocol) else { return None };
        let (from, to) = (self.from_port.cloned()?, self.to_port.cloned()?);
        if name == "-1" && (from != 0 || to != 0) {
            return Some(format!(
                "from_port ({from}) and to_port ({to}) must both be 0 for all protocols (\"-1\")."
            ));
        }
        if matches!(name.as_str(), "tcp" | "udp") && from > to {
            return Some(format!("from_port ({from}) is above to_port ({to})."));
        }
        self.description.as_str().and_then(|d| description(&d.to_owned()).err())
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
    fn lets_same_pass(&self, other: &Grant) -> bool {
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

/// Whether EC2 takes a text for the description of a rule or a group.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn description(text: &String) -> Result<(), String> {
    let length = text.chars().count();
    if length > 255 {
        return Err(format!("It must have at most 255 characters, but has {length}."));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(format!(
            "Descriptions of security groups and rules may have ASCII letters, digits, spaces and \
             ._-:/()#,@[]+=&;{{}}!$*, but {text:?} has {c:?}."
        )),
        None => Ok(()),
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

/// Makes the grants of a group those wanted: revokes, describes anew, and grants.
pub(crate) async fn change_grants(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    before: &[Grant],
    after: &[Grant],
) -> Result<(), Diagnostics> {
    let has = |all: &[Grant], grant: &Grant| all.iter().any(|g| g.lets_same_pass(grant));
    let pick = |from: &[Grant], which: &dyn Fn(&Grant) -> bool| {
        from.iter().filter(|g| which(g)).cloned().collect::<Vec<_>>()
    };
    let revoked = pick(before, &|g| !has(after, g));
    let granted = pick(after, &|g| !has(before, g));
    let renamed = pick(after, &|g| has(before, g) && !before.contains(g));
    revoke(cx, group, egress, &revoked).await?;
    describe(cx, group, egress, &renamed).await?;
    authorize(cx, group, egress, &granted).await
}

fn direction(egress: bool) -> &'static str {
    if egress { "egress" } else { "ingress" }
}

/// Takes grants from a group.
pub(crate) async fn revoke(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    grants: &[Grant],
) -> Result<(), Diagnostics> {
    if grants.is_empty() {
        return Ok(());
    }
    let (ec2, these) = (ec2(cx.client()), ip_permissions(grants));
    let result = match egress {
        true => {
            let ask = ec2.revoke_security_group_egress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.typed().map(drop)
        }
        false => {
            let ask = ec2.revoke_security_group_ingress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.typed().map(drop)
        }
    };
    match result {
        Ok(()) => Ok(()),
        Err(e) if e.is("InvalidPermission.NotFound") && grants.len() == 1 => {
            let Grant { description, .. } = &grants[0];
            if description.is_empty() {
                return Ok(());
            }
            // It may have been described anew.
            let bare = Grant { description: String::new(), ..grants[0].clone() };
            Box::pin(revoke(cx, group, egress, &[bare])).await
        }
        Err(e) if e.is("InvalidPermission.NotFound") => {
            // One that is gone must not keep the others.
            for grant in grants {
                Box::pin(revoke(cx, group, egress, std::slice::from_ref(grant))).await?;
            }
            Ok(())
        }
        Err(e) => Err(
            e.during(format_args!("revoking Security Group ({group}) {} rules", direction(egress)))
        ),
    }
}

async fn describe(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    grants: &[Grant],
) -> Result<(), Diagnostics> {
    if grants.is_empty() {
        return Ok(());
    }
    let (ec2, these) = (ec2(cx.client()), ip_permissions(grants));
    let about =
        format!("updating Security Group ({group}) {} rule descriptions", direction(egress));
    match egress {
        true => {
            let ask = ec2.update_security_group_rule_descriptions_egress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.during(about).map(drop)
        }
        false => {
            let ask = ec2.update_security_group_rule_descriptions_ingress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.during(about).map(drop)
        }
    }
}

/// Gives grants to a group.
pub(crate) async fn authorize(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    grants: &[Grant],
) -> Result<(), Diagnostics> {
    if grants.is_empty() {
        return Ok(());
    }
    let (ec2, these) = (ec2(cx.client()), ip_permissions(grants));
    let result = match egress {
        true => {
            let ask = ec2.authorize_security_group_egress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.typed().map(drop)
        }
        false => {
            let ask = ec2.authorize_security_group_ingress().group_id(group);
            ask.set_ip_permissions(Some(these)).send().await.typed().map(drop)
        }
    };
    match result {
        Ok(()) => Ok(()),
        Err(e) if e.is("InvalidPermission.Duplicate") && grants.len() == 1 => Ok(()),
        Err(e) if e.is("InvalidPermission.Duplicate") => {
            // What is there is as wanted.
            for grant in grants {
                Box::pin(authorize(cx, group, egress, std::slice::from_ref(grant))).await?;
            }
            Ok(())
        }
        Err(e) => Err(e.during(format_args!(
            "authorizing Security Group ({group}) {} rules",
            direction(egress)
        ))),
    }
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
        assert!(Permission { from_port: 1.into(), ..all }.problem().is_some());
    }
}
