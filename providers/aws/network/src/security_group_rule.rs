//! `aws_security_group_rule`: a rule of a security group, which may stand for several permissions.

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, Progress, checks, timeout_of};
use groma_sdk::model::checks::{each, length, one_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::ec2::{found, hash, read_made, until};
use crate::loaders;
use crate::permissions::{
    Grant, Permission, Source, authorize_once, change_grants, description, find, grants_of,
    ip_permissions, protocol, protocol_and_ports, revoke,
};
use crate::rules::{at_least_one, set};

/// One rule of a security group, which may stand for several permissions.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 2)]
pub(crate) struct SecurityGroupRule {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace, check = each(checks::ipv4_cidr))]
    pub(crate) cidr_blocks: Attr<Vec<String>>,
    #[attr(optional, check = length(0, 255), check = description)]
    pub(crate) description: Attr<String>,
    #[attr(required, replace)]
    pub(crate) from_port: Attr<i64>,
    #[attr(optional, replace, check = each(checks::ipv6_cidr))]
    pub(crate) ipv6_cidr_blocks: Attr<Vec<String>>,
    #[attr(optional, replace)]
    pub(crate) prefix_list_ids: Attr<Vec<String>>,
    #[attr(required, replace, same = same_protocol)]
    pub(crate) protocol: Attr<String>,
    #[attr(required, replace)]
    pub(crate) security_group_id: Attr<String>,
    #[attr(computed)]
    pub(crate) security_group_rule_id: Attr<String>,
    #[attr(optional, replace, default = false, name = "self")]
    pub(crate) self_: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) source_security_group_id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) to_port: Attr<i64>,
    #[attr(required, replace, check = one_of(&["egress", "ingress"]))]
    pub(crate) r#type: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SecurityGroupRuleTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SecurityGroupRuleTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
}

const WHAT: &str = "Security Group Rule";

pub(crate) struct SecurityGroupRuleResource;

#[async_trait]
impl Managed<Aws> for SecurityGroupRuleResource {
    type Model = SecurityGroupRule;

    fn name(&self) -> &'static str {
        "aws_security_group_rule"
    }

    fn validate(&self, config: &SecurityGroupRule, problems: &mut Problems) {
        let c = config;
        let own = ("self", c.self_.is_true());
        let group = ("source_security_group_id", set(&c.source_security_group_id));
        let v4 = ("cidr_blocks", set(&c.cidr_blocks));
        let v6 = ("ipv6_cidr_blocks", set(&c.ipv6_cidr_blocks));
        for (a, b) in [(v4, own), (v4, group), (v6, own), (v6, group), (own, group)] {
            problems.conflict(a, b);
        }
        let lists = ("prefix_list_ids", set(&c.prefix_list_ids));
        at_least_one(problems, &[v4, v6, lists, ("self", set(&c.self_)), group]);
        if let Some(name) = c.protocol.as_str() {
            let ports = (c.from_port.cloned(), c.to_port.cloned());
            if let Some((path, problem)) = protocol_and_ports(name, ports) {
                problems.error(path, "Invalid security group rule", problem);
            } else if let (Some(from), Some(to)) = ports
                && protocol(name) == "-1"
                && (from != to || !matches!(from, -1 | 0))
            {
                problems.error(
                    "from_port",
                    "Invalid security group rule",
                    format!(
                        "A rule of all protocols (\"-1\") has no ports: \"from_port\" ({from}) and \
                         \"to_port\" ({to}) must be 0."
                    ),
                );
            }
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<SecurityGroupRule>,
    ) -> Result<(), Diagnostics> {
        if change.is_create()
            && let Some(name) = change.config.protocol.as_str()
        {
            change.planned.protocol = protocol(name).into();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: SecurityGroupRule,
        planned: SecurityGroupRule,
    ) -> Result<SecurityGroupRule, Diagnostics> {
        let group = planned.security_group_id.text().to_owned();
        let grants = permission(&planned).grants(&group);
        let (id, egress) = (id_for(&planned), is_egress(&planned));
        let made = authorize_once(cx, &group, egress, ip_permissions(&grants), None).await;
        let made = made.map_err(|e| {
            let refused =
                e.during(format_args!("authorizing Security Group ({group}) Rule ({id})"));
            if e.is("InvalidPermission.Duplicate") { duplicate(refused, &group) } else { refused }
        })?;
        let single = match (made.as_deref(), grants.as_slice()) {
            (Some([one]), _) => one.security_group_rule_id().map(str::to_owned),
            (None, [grant]) => {
                let found = find(cx, &group, egress, grant).await;
                found.during(format_args!("reading Security Group ({group}) Rules"))?
            }
            _ => None,
        };
        let rule = SecurityGroupRule {
            id: id.clone().into(),
            security_group_rule_id: single.into(),
            ..planned
        };
        cx.keep_model(&rule);
        let limit = rule.timeouts.first().cloned().unwrap_or_default().create;
        let limit = timeout_of(&limit, Duration::from_secs(300));
        let groups = loaders::security_groups(cx.client());
        until(cx, &groups, &group, WHAT, "to be created", limit, |group| {
            let there = group.is_some_and(|g| {
                let there = grants_in(&g, is_egress(&rule));
                grants.iter().all(|wanted| there.contains(wanted))
            });
            Ok(if there { Progress::Ready(()) } else { Progress::pending("not there yet") })
        })
        .await?;
        read_made(cx, WHAT, &id, || self.read(cx, rule.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: SecurityGroupRule,
    ) -> Result<Option<SecurityGroupRule>, Diagnostics> {
        let group = state.security_group_id.text().to_owned();
        let read = loaders::security_groups(cx.client()).load(group.clone()).await;
        let Some(there) = read.during(format_args!("reading Security Group ({group})"))? else {
            return Ok(None);
        };
        let there = grants_in(&there, is_egress(&state));
        let mut text = None;
        for wanted in permission(&state).grants(&group) {
            let same = |g: &&Grant| {
                g.protocol == wanted.protocol
                    && g.ports == wanted.ports
                    && is(&g.from, &wanted.from)
            };
            // One that is gone takes the whole rule with it.
            let Some(found) = there.iter().find(same) else { return Ok(None) };
            text = text.or(Some(found.description.clone()).filter(|d| !d.is_empty()));
        }
        let source = match state.self_.is_true() {
            true => Attr::Null,
            false => state.source_security_group_id.to_filled().into(),
        };
        let id = id_for(&state);
        Ok(Some(SecurityGroupRule {
            id: if state.id.text().contains('_') { id.into() } else { state.id.clone() },
            description: text.into(),
            protocol: protocol(state.protocol.text()).into(),
            source_security_group_id: source,
            ..state
        }))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: SecurityGroupRule,
        _config: SecurityGroupRule,
        planned: SecurityGroupRule,
    ) -> Result<SecurityGroupRule, Diagnostics> {
        // Only the description can be changed.
        let (id, group) = (prior.id.text(), prior.security_group_id.text());
        let (before, after) =
            (permission(&prior).grants(group), permission(&planned).grants(group));
        change_grants(cx, group, is_egress(&prior), &before, &after).await?;
        found(self.read(cx, planned).await?, WHAT, id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: SecurityGroupRule) -> Result<(), Diagnostics> {
        let group = prior.security_group_id.text();
        let read = loaders::security_groups(cx.client()).load(group.to_owned()).await;
        if read.during(format_args!("reading Security Group ({group})"))?.is_none() {
            return Ok(());
        }
        revoke(cx, group, is_egress(&prior), &permission(&prior).grants(group)).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<SecurityGroupRule>, Diagnostics> {
        match imported(id) {
            Some(rule) => Ok(Some(rule)),
            None => Err(Diagnostic::error(
                "Unexpected import ID",
                format!(
                    "The import ID of a security group rule is \
                     SECURITYGROUPID_TYPE_PROTOCOL_FROMPORT_TOPORT_SOURCE[_SOURCE]*, such as \
                     \"sg-1a2b3c_ingress_tcp_80_80_10.0.0.0/8\", but is {id:?}. A source is a CIDR, a \
                     prefix list, a security group, or \"self\"."
                ),
            )
            .into()),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_protocol(prior: &String, configured: &String) -> bool {
    protocol(prior) == protocol(configured)
}

fn is_egress(rule: &SecurityGroupRule) -> bool {
    rule.r#type.text() == "egress"
}

/// Says what a rule that is there already is a sign of.
fn duplicate(refused: Diagnostics, group: &str) -> Diagnostics {
    let mut all = refused;
    all.push(Diagnostic::warning(
        "The rule is there already",
        format!(
            "Security group {group} has a rule that lets the same pass: in line, as another resource, or \
             made by hand. Import it, or remove it from wherever it is configured. In line and apart, \
             rules of one group cannot be configured together."
        ),
    ));
    all
}

/// Whether two are one source: an account before a group may be left out.
fn is(there: &Source, wanted: &Source) -> bool {
    match (there, wanted) {
        (Source::Group(there), Source::Group(wanted)) => {
            there == wanted || there.rsplit('/').next() == wanted.rsplit('/').next()
        }
        _ => there == wanted,
    }
}

fn grants_in(group: &aws_sdk_ec2::types::SecurityGroup, egress: bool) -> Vec<Grant> {
    match egress {
        true => grants_of(group.ip_permissions_egress(), group.owner_id()),
        false => grants_of(group.ip_permissions(), group.owner_id()),
    }
}

/// The rule as it would be in line.
fn permission(rule: &SecurityGroupRule) -> Permission {
    Permission {
        cidr_blocks: rule.cidr_blocks.clone(),
        description: rule.description.clone(),
        from_port: rule.from_port,
        ipv6_cidr_blocks: rule.ipv6_cidr_blocks.clone(),
        prefix_list_ids: rule.prefix_list_ids.clone(),
        protocol: rule.protocol.clone(),
        security_groups: match rule.source_security_group_id.to_filled() {
            Some(group) if !rule.self_.is_true() => Attr::Known(Set(vec![group])),
            _ => Attr::Null,
        },
        self_: rule.self_,
        to_port: rule.to_port,
    }
}

/// The id of a rule: a number made of what it lets pass.
fn id_for(rule: &SecurityGroupRule) -> String {
    let group = rule.security_group_id.text();
    let name = protocol(rule.protocol.text());
    let mut text = format!("{group}-");
    if name != "-1" {
        for port in [&rule.from_port, &rule.to_port] {
            if let Some(port) = port.get().filter(|p| **p > 0) {
                text.push_str(&format!("{port}-"));
            }
        }
    }
    text.push_str(&format!("{name}-{}-", rule.r#type.text()));
    for list in [&rule.cidr_blocks, &rule.ipv6_cidr_blocks, &rule.prefix_list_ids] {
        let mut list = list.or_default();
        list.sort();
        for member in list {
            text.push_str(&format!("{member}-"));
        }
    }
    let mut groups: Vec<String> = Vec::new();
    if rule.self_.is_true() {
        groups.push(group.to_owned());
    } else if let Some(source) = rule.source_security_group_id.filled() {
        groups.push(source.rsplit('/').next().unwrap_or(source).to_owned());
    }
    for group in groups {
        text.push_str(&format!("{group}--"));
    }
    format!("sgrule-{}", hash(&text))
}

fn imported(id: &str) -> Option<SecurityGroupRule> {
    let parts: Vec<&str> = id.split('_').collect();
    let [group, direction, name, from, to, sources @ ..] = parts.as_slice() else { return None };
    if !group.starts_with("sg-")
        || sources.is_empty()
        || !matches!(*direction, "ingress" | "egress")
    {
        return None;
    }
    let mut rule = SecurityGroupRule {
        id: id.into(),
        security_group_id: (*group).into(),
        r#type: (*direction).into(),
        protocol: protocol(name).into(),
        from_port: from.parse::<i64>().ok()?.into(),
        to_port: to.parse::<i64>().ok()?.into(),
        self_: false.into(),
        ..SecurityGroupRule::default()
    };
    let (mut v4, mut v6, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        match *source {
            "self" => rule.self_ = true.into(),
            s if s.contains("sg-") => rule.source_security_group_id = s.into(),
            s if s.contains(':') => v6.push(s.to_owned()),
            s if s.contains("pl-") => lists.push(s.to_owned()),
            s if s.contains('.') => v4.push(s.to_owned()),
            _ => return None,
        }
    }
    let known = |list: Vec<String>| if list.is_empty() { Attr::Null } else { Attr::Known(list) };
    (rule.cidr_blocks, rule.ipv6_cidr_blocks, rule.prefix_list_ids) =
        (known(v4), known(v6), known(lists));
    Some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids_are_read() {
        let rule = imported("sg-1_ingress_tcp_80_81_10.0.0.0/8_fd00::/8_self").unwrap_or_default();
        assert_eq!((rule.from_port, rule.to_port), (80.into(), 81.into()));
        assert_eq!(rule.cidr_blocks.or_default(), ["10.0.0.0/8"]);
        assert_eq!(rule.ipv6_cidr_blocks.or_default(), ["fd00::/8"]);
        assert!(rule.self_.is_true());
        assert!(imported("sg-1_ingress_tcp_80").is_none());
        assert!(imported("x_ingress_tcp_80_80_self").is_none());
    }

    #[test]
    fn ids_are_of_what_passes() {
        let rule = imported("sg-1_ingress_6_80_80_10.0.0.0/8").unwrap_or_default();
        let text = "sg-1-80-80-tcp-ingress-10.0.0.0/8-";
        assert_eq!(id_for(&rule), format!("sgrule-{}", hash(text)));
    }
}
