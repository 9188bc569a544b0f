//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`: one rule of a
//! security group, as an object of its own. The two have the same attributes.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, TagMap, checks, plan_tags, record_tags, tagged,
    wanted_tags,
};
use groma_sdk::model::checks::range;
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::ec2::{
    arn, change_tags, ec2, found, gone, id_of, int, read_made, tag_specifications, tags_of, until,
};
use crate::loaders;
use crate::permissions::{
    Grant, Source, authorize_once, description, find, pair, protocol, protocol_and_ports,
    revoke_rule,
};
use crate::rules::set;

/// One rule of a security group.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcSecurityGroupRule {
    #[attr(computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, check = checks::ipv4_cidr)]
    pub(crate) cidr_ipv4: Attr<String>,
    #[attr(optional, check = checks::ipv6_cidr)]
    pub(crate) cidr_ipv6: Attr<String>,
    #[attr(optional, check = description)]
    pub(crate) description: Attr<String>,
    #[attr(optional, check = range(-1, 65535))]
    pub(crate) from_port: Attr<i64>,
    #[attr(required)]
    pub(crate) ip_protocol: Attr<String>,
    #[attr(optional)]
    pub(crate) prefix_list_id: Attr<String>,
    #[attr(optional)]
    pub(crate) referenced_security_group_id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) security_group_id: Attr<String>,
    #[attr(computed)]
    pub(crate) security_group_rule_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, check = range(-1, 65535))]
    pub(crate) to_port: Attr<i64>,
}

tagged!(VpcSecurityGroupRule);

const WHAT: &str = "VPC Security Group Rule";
const LIMIT: Duration = Duration::from_secs(300);

/// Either of the two types.
pub(crate) struct RuleResource {
    pub(crate) egress: bool,
}

#[async_trait]
impl Managed<Aws> for RuleResource {
    type Model = VpcSecurityGroupRule;

    fn name(&self) -> &'static str {
        match self.egress {
            true => "aws_vpc_security_group_egress_rule",
            false => "aws_vpc_security_group_ingress_rule",
        }
    }

    fn validate(&self, config: &VpcSecurityGroupRule, problems: &mut Problems) {
        let c = config;
        let sources =
            [&c.cidr_ipv4, &c.cidr_ipv6, &c.prefix_list_id, &c.referenced_security_group_id];
        let count = sources.iter().filter(|s| s.is_known()).count();
        let open = sources.iter().any(|s| s.is_unknown());
        if count > 1 || count == 0 && !open {
            problems.error(
                "cidr_ipv4",
                "Invalid Attribute Combination",
                format!(
                    "A rule has one source or destination: set one of cidr_ipv4, cidr_ipv6, \
                     prefix_list_id, referenced_security_group_id, but {count} are."
                ),
            );
        }
        let Some(name) = c.ip_protocol.as_str().map(protocol) else { return };
        let ports = set(&c.from_port) || set(&c.to_port);
        if name == "-1"
            && (c.from_port.get().is_some_and(|p| *p != -1)
                || c.to_port.get().is_some_and(|p| *p != -1))
        {
            problems.error(
                "from_port",
                "Invalid Attribute Combination",
                "A rule of all protocols (\"-1\") has no ports: leave out \"from_port\" and \
                 \"to_port\".",
            );
        }
        if matches!(name.as_str(), "tcp" | "udp") && !ports {
            problems.error(
                "from_port",
                "Missing Attribute Configuration",
                format!("A rule of the protocol {name} needs \"from_port\" and \"to_port\"."),
            );
        }
        let ports = (c.from_port.cloned(), c.to_port.cloned());
        if let Some((path, problem)) = protocol_and_ports(c.ip_protocol.text(), ports) {
            let path = if path == "protocol" { "ip_protocol" } else { path };
            problems.error(path, "Invalid security group rule", problem);
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<VpcSecurityGroupRule>,
    ) -> Result<(), Diagnostics> {
        if let Some(prior) = &change.prior {
            // Two names of one protocol are no change.
            let (before, after) = (prior.ip_protocol.as_str(), change.planned.ip_protocol.as_str());
            if before.is_some() && before.map(protocol) == after.map(protocol) {
                change.planned.ip_protocol = prior.ip_protocol.clone();
            }
            // EC2 does not tell a port that is left out from one that is -1.
            let none = |port: &Attr<i64>| port.is_null() || *port == Attr::Known(-1);
            let planned = &mut change.planned;
            for (before, after) in
                [(&prior.from_port, &mut planned.from_port), (&prior.to_port, &mut planned.to_port)]
            {
                if none(before) && none(after) {
                    *after = *before;
                }
            }
        }
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: VpcSecurityGroupRule,
        planned: VpcSecurityGroupRule,
    ) -> Result<VpcSecurityGroupRule, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let id = self.authorize(cx, &planned, &tags).await?;
        let rule = VpcSecurityGroupRule {
            id: id.clone().into(),
            security_group_rule_id: id.clone().into(),
            ..planned
        };
        cx.keep_model(&rule);
        let rules = loaders::security_group_rules(aws);
        until(cx, &rules, &id, WHAT, "to be created", LIMIT, |rule| {
            Ok(rule.map_or(Progress::pending("not there yet"), |_| Progress::Ready(())))
        })
        .await?;
        read_made(cx, WHAT, &id, || self.read(cx, rule.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: VpcSecurityGroupRule,
    ) -> Result<Option<VpcSecurityGroupRule>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::security_group_rules(aws).load(id.clone()).await;
        let Some(rule) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        if rule.is_egress().is_some_and(|egress| egress != self.egress) {
            return Ok(None);
        }
        let owner = rule.group_owner_id();
        let group = rule.referenced_group_info().and_then(|g| {
            let id = g.group_id()?;
            let foreign = g.user_id().filter(|u| !u.is_empty() && owner.is_some_and(|o| o != *u));
            Some(foreign.map_or_else(|| id.to_owned(), |account| format!("{account}/{id}")))
        });
        // Peers of our own account may be configured with it.
        let group = match state.referenced_security_group_id.filled() {
            Some(known) if known.split_once('/').map(|k| k.1) == group.as_deref() => {
                Some(known.to_owned())
            }
            _ => group,
        };
        let mut now = state;
        let name = rule.ip_protocol().unwrap_or_default();
        if protocol(now.ip_protocol.text()) != protocol(name) {
            now.ip_protocol = name.into();
        }
        now.arn = arn(aws, owner, &format!("security-group-rule/{id}")).await?.into();
        now.cidr_ipv4 = rule.cidr_ipv4().into();
        now.cidr_ipv6 = rule.cidr_ipv6().into();
        now.description = rule.description().filter(|d| !d.is_empty()).into();
        now.from_port = port(&now.from_port, rule.from_port());
        now.to_port = port(&now.to_port, rule.to_port());
        now.prefix_list_id = rule.prefix_list_id().into();
        now.referenced_security_group_id = group.into();
        now.security_group_id = rule.group_id().into();
        now.security_group_rule_id = id.into();
        record_tags(aws, &mut now, tags_of(rule.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: VpcSecurityGroupRule,
        _config: VpcSecurityGroupRule,
        planned: VpcSecurityGroupRule,
    ) -> Result<VpcSecurityGroupRule, Diagnostics> {
        let id = prior.id.text().to_owned();
        let untagged = |rule: &VpcSecurityGroupRule| VpcSecurityGroupRule {
            tags: Attr::Null,
            tags_all: Attr::Null,
            ..rule.clone()
        };
        if untagged(&prior) != untagged(&planned) {
            let wanted = api::SecurityGroupRuleRequest::builder()
                .set_cidr_ipv4(planned.cidr_ipv4.to_filled())
                .set_cidr_ipv6(planned.cidr_ipv6.to_filled())
                .set_description(planned.description.to_filled())
                .set_from_port(int(&planned.from_port))
                .set_ip_protocol(planned.ip_protocol.as_str().map(protocol))
                .set_prefix_list_id(planned.prefix_list_id.to_filled())
                .set_referenced_group_id(planned.referenced_security_group_id.filled().map(bare))
                .set_to_port(int(&planned.to_port))
                .build();
            let change = api::SecurityGroupRuleUpdate::builder()
                .security_group_rule_id(&id)
                .security_group_rule(wanted)
                .build();
            let ask = ec2(cx.client()).modify_security_group_rules();
            let ask = ask.set_group_id(planned.security_group_id.to_filled());
            ask.security_group_rules(change)
                .send()
                .await
                .during(format_args!("updating {WHAT} ({id})"))?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: VpcSecurityGroupRule,
    ) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        match revoke_rule(cx, prior.security_group_id.text(), self.egress, id).await {
            Ok(()) => {}
            Err(e) if e.is_any(&ABSENT) => return Ok(()),
            Err(e) => return Err(e.during(format_args!("deleting {WHAT} ({id})"))),
        }
        gone(cx, &loaders::security_group_rules(cx.client()), id, WHAT, LIMIT, |_| true).await
    }
}

const ABSENT: [&str; 3] =
    ["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound"];

/// The id of a group without its account.
fn bare(group: &str) -> String {
    group.rsplit('/').next().unwrap_or(group).to_owned()
}

/// EC2 says -1 where there is no port.
fn port(known: &Attr<i64>, there: Option<i32>) -> Attr<i64> {
    match there {
        Some(-1) if known.is_null() => Attr::Null,
        there => there.into(),
    }
}

impl RuleResource {
    async fn authorize(
        &self,
        cx: &Context<Aws>,
        planned: &VpcSecurityGroupRule,
        tags: &TagMap,
    ) -> Result<String, Diagnostics> {
        let group = planned.security_group_id.text();
        let grant = grant(planned);
        let text = planned.description.to_filled();
        let builder = api::IpPermission::builder()
            .ip_protocol(&grant.protocol)
            .set_from_port(int(&planned.from_port))
            .set_to_port(int(&planned.to_port));
        let permission = match &grant.from {
            Source::V4(cidr) => {
                let range = api::IpRange::builder().cidr_ip(cidr).set_description(text);
                builder.ip_ranges(range.build())
            }
            Source::V6(cidr) => {
                let range = api::Ipv6Range::builder().cidr_ipv6(cidr).set_description(text);
                builder.ipv6_ranges(range.build())
            }
            Source::PrefixList(list) => {
                let list = api::PrefixListId::builder().prefix_list_id(list).set_description(text);
                builder.prefix_list_ids(list.build())
            }
            Source::Group(group) => builder.user_id_group_pairs(pair(group, text)),
        };
        let tags = tag_specifications(api::ResourceType::SecurityGroupRule, tags);
        let about = format!("creating {WHAT}");
        let these = vec![permission.build()];
        match authorize_once(cx, group, self.egress, these, tags).await {
            Ok(Some(rules)) => id_of(rules.first().and_then(|r| r.security_group_rule_id()), WHAT),
            Ok(None) => {
                let there = find(cx, group, self.egress, &grant).await.during(&about)?;
                id_of(there.as_deref(), WHAT)
            }
            Err(e) if e.is("InvalidPermission.Duplicate") => {
                let mut refused = e.during(about);
                // Which one it is, is said if that can be told.
                if let Ok(Some(id)) = find(cx, group, self.egress, &grant).await {
                    refused.push(Diagnostic::warning(
                        "The rule is there already",
                        format!(
                            "Security group {group} has it as {id}. Import that, or remove it from \
                             wherever it is configured."
                        ),
                    ));
                }
                Err(refused)
            }
            Err(e) => Err(e.during(about)),
        }
    }
}

/// What a rule lets pass.
fn grant(rule: &VpcSecurityGroupRule) -> Grant {
    let port = |port: &Attr<i64>| port.cloned().unwrap_or(-1);
    let from = None
        .or(rule.cidr_ipv4.to_filled().map(Source::V4))
        .or(rule.cidr_ipv6.to_filled().map(Source::V6))
        .or(rule.prefix_list_id.to_filled().map(Source::PrefixList))
        .unwrap_or_else(|| Source::Group(rule.referenced_security_group_id.text().to_owned()));
    Grant {
        protocol: protocol(rule.ip_protocol.text()),
        ports: (port(&rule.from_port), port(&rule.to_port)),
        from,
        description: rule.description.text().to_owned(),
    }
}
