//! Granting and revoking what a security group lets pass.

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, Outcome as _, create_once};
use groma_sdk::{Context, Diagnostics};

use super::{Grant, Source, ip_permissions, protocol};
use crate::ec2::{ec2, filter};

/// What EC2 says where a rule is there already.
const DUPLICATE: &str = "InvalidPermission.Duplicate";

/// Adds rules to a group. `None` if they are there already because an earlier try of this very
/// request made them.
pub(crate) async fn authorize_once(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    these: Vec<api::IpPermission>,
    tags: Option<Vec<api::TagSpecification>>,
) -> Result<Option<Vec<api::SecurityGroupRule>>, Error> {
    let ec2 = ec2(cx.client());
    let made = match egress {
        true => {
            let ask = ec2.authorize_security_group_egress().group_id(group);
            let ask = ask.set_ip_permissions(Some(these)).set_tag_specifications(tags);
            create_once(ask.send(), &[DUPLICATE]).await?.map(|a| a.security_group_rules)
        }
        false => {
            let ask = ec2.authorize_security_group_ingress().group_id(group);
            let ask = ask.set_ip_permissions(Some(these)).set_tag_specifications(tags);
            create_once(ask.send(), &[DUPLICATE]).await?.map(|a| a.security_group_rules)
        }
    };
    Ok(made.map(Option::unwrap_or_default))
}

async fn revoke_these(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    these: Option<Vec<api::IpPermission>>,
    rules: Option<Vec<String>>,
) -> Result<(), Error> {
    let ec2 = ec2(cx.client());
    match egress {
        true => {
            let ask = ec2.revoke_security_group_egress().group_id(group);
            let ask = ask.set_ip_permissions(these).set_security_group_rule_ids(rules);
            ask.send().await.typed().map(drop)
        }
        false => {
            let ask = ec2.revoke_security_group_ingress().group_id(group);
            let ask = ask.set_ip_permissions(these).set_security_group_rule_ids(rules);
            ask.send().await.typed().map(drop)
        }
    }
}

/// Takes the rule of an id from a group.
pub(crate) async fn revoke_rule(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    rule: &str,
) -> Result<(), Error> {
    revoke_these(cx, group, egress, None, Some(vec![rule.to_owned()])).await
}

/// The id of the rule of a group that stands for a grant.
pub(crate) async fn find(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    grant: &Grant,
) -> Result<Option<String>, Error> {
    let ask = ec2(cx.client()).describe_security_group_rules().filters(filter("group-id", [group]));
    let mut rules = ask.into_paginator().items().send();
    while let Some(rule) = rules.next().await.transpose().typed()? {
        if rule.is_egress() == Some(egress) && stands_for(&rule, grant) {
            return Ok(rule.security_group_rule_id);
        }
    }
    Ok(None)
}

fn stands_for(rule: &api::SecurityGroupRule, grant: &Grant) -> bool {
    let port = |port: Option<i32>| i64::from(port.unwrap_or(-1));
    let ports = (port(rule.from_port()), port(rule.to_port()));
    let from = match &grant.from {
        Source::V4(cidr) => rule.cidr_ipv4() == Some(cidr),
        Source::V6(cidr) => rule.cidr_ipv6() == Some(cidr),
        Source::PrefixList(list) => rule.prefix_list_id() == Some(list),
        Source::Group(group) => {
            let there = rule.referenced_group_info().and_then(|g| g.group_id());
            there.is_some() && there == group.rsplit('/').next()
        }
    };
    let same = rule.ip_protocol().map(protocol).as_ref() == Some(&grant.protocol);
    from && same && (grant.protocol == "-1" || ports == grant.ports)
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
    match revoke_these(cx, group, egress, Some(ip_permissions(grants)), None).await {
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
async fn authorize(
    cx: &Context<Aws>,
    group: &str,
    egress: bool,
    grants: &[Grant],
) -> Result<(), Diagnostics> {
    if grants.is_empty() {
        return Ok(());
    }
    match authorize_once(cx, group, egress, ip_permissions(grants), None).await {
        Ok(_) => Ok(()),
        Err(e) if e.is(DUPLICATE) && grants.len() == 1 => Ok(()),
        Err(e) if e.is(DUPLICATE) => {
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
