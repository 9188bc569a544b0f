//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`: one rule of a
//! security group, as an object of its own. The two have the same attributes.

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
    arn, change_tags, ec2, filter, found, gone, id_of, int, tag_specifications, tags_of, until,
};
use crate::loaders;
use crate::permissions::{description, pair, protocol};
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
        if let (Some(from), Some(to)) = (c.from_port.get(), c.to_port.get())
            && matches!(name.as_str(), "tcp" | "udp")
            && from > to
        {
            problems.error(
                "from_port",
                "Invalid Attribute Combination",
                format!("\"from_port\" ({from}) is above \"to_port\" ({to})."),
            );
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
        found(self.read(cx, rule).await?, WHAT, &id)
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
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let group = prior.security_group_id.to_filled();
        let done = match self.egress {
            true => {
                let ask = ec2.revoke_security_group_egress().set_group_id(group);
                ask.security_group_rule_ids(id).send().await.typed().map(drop)
            }
            false => {
                let ask = ec2.revoke_security_group_ingress().set_group_id(group);
                ask.security_group_rule_ids(id).send().await.typed().map(drop)
            }
        };
        match done {
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
        let ec2 = ec2(cx.client());
        let group = planned.security_group_id.text();
        let text = planned.description.to_filled();
        let builder = api::IpPermission::builder()
            .set_ip_protocol(planned.ip_protocol.as_str().map(protocol))
            .set_from_port(int(&planned.from_port))
            .set_to_port(int(&planned.to_port));
        let permission = if let Some(cidr) = planned.cidr_ipv4.filled() {
            let range = api::IpRange::builder().cidr_ip(cidr).set_description(text);
            builder.ip_ranges(range.build())
        } else if let Some(cidr) = planned.cidr_ipv6.filled() {
            let range = api::Ipv6Range::builder().cidr_ipv6(cidr).set_description(text);
            builder.ipv6_ranges(range.build())
        } else if let Some(list) = planned.prefix_list_id.filled() {
            let list = api::PrefixListId::builder().prefix_list_id(list).set_description(text);
            builder.prefix_list_ids(list.build())
        } else {
            builder.user_id_group_pairs(pair(planned.referenced_security_group_id.text(), text))
        };
        let permission = permission.build();
        let tags = tag_specifications(api::ResourceType::SecurityGroupRule, tags);
        let made = match self.egress {
            true => {
                let ask = ec2.authorize_security_group_egress().group_id(group);
                let ask = ask.ip_permissions(permission).set_tag_specifications(tags);
                ask.send().await.typed().map(|a| a.security_group_rules.unwrap_or_default())
            }
            false => {
                let ask = ec2.authorize_security_group_ingress().group_id(group);
                let ask = ask.ip_permissions(permission).set_tag_specifications(tags);
                ask.send().await.typed().map(|a| a.security_group_rules.unwrap_or_default())
            }
        };
        match made {
            Ok(rules) => id_of(rules.first().and_then(|r| r.security_group_rule_id()), WHAT),
            Err(e) if e.is("InvalidPermission.Duplicate") => {
                let refused = e.during(format!("creating {WHAT}"));
                Err(self.duplicate(cx, planned, refused).await)
            }
            Err(e) => Err(e.during(format_args!("creating {WHAT}"))),
        }
    }

    /// Says which rule is there already, if that can be told.
    async fn duplicate(
        &self,
        cx: &Context<Aws>,
        planned: &VpcSecurityGroupRule,
        refused: Diagnostics,
    ) -> Diagnostics {
        let group = planned.security_group_id.text();
        let ask =
            ec2(cx.client()).describe_security_group_rules().filters(filter("group-id", [group]));
        let Ok(all) = ask.send().await else { return refused };
        let wanted = planned.referenced_security_group_id.filled().map(bare);
        let there = all.security_group_rules().iter().find(|r| {
            r.is_egress() == Some(self.egress)
                && r.ip_protocol().map(protocol) == planned.ip_protocol.as_str().map(protocol)
                && (r.from_port() == int(&planned.from_port) || r.from_port() == Some(-1))
                && (r.to_port() == int(&planned.to_port) || r.to_port() == Some(-1))
                && r.cidr_ipv4() == planned.cidr_ipv4.filled()
                && r.cidr_ipv6() == planned.cidr_ipv6.filled()
                && r.prefix_list_id() == planned.prefix_list_id.filled()
                && r.referenced_group_info().and_then(|g| g.group_id()) == wanted.as_deref()
        });
        let Some(id) = there.and_then(|r| r.security_group_rule_id()) else { return refused };
        let mut all = refused;
        all.push(Diagnostic::warning(
            "The rule is there already",
            format!(
                "Security group {group} has it as {id}. Import that, or remove it from wherever it is \
                 configured."
            ),
        ));
        all
    }
}
