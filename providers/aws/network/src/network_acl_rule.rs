//! `aws_network_acl_rule`: one entry of a network ACL.

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, Progress};
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::acl_entries::{self, Entry, protocol_number};
use crate::ec2::{hash, read_made, until};
use crate::loaders;
use crate::rules::{
    at_least_one, at_most_one, ipv4_network, ipv6_network, same_ignoring_case, set,
};

/// One entry of a network ACL.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NetworkAclRule {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace, check = ipv4_network)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(optional, replace, default = false)]
    pub(crate) egress: Attr<bool>,
    #[attr(optional, replace)]
    pub(crate) from_port: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) icmp_code: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) icmp_type: Attr<i64>,
    #[attr(optional, replace, check = ipv6_network)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(required, replace)]
    pub(crate) network_acl_id: Attr<String>,
    #[attr(required, replace, same = same_protocol)]
    pub(crate) protocol: Attr<String>,
    #[attr(required, replace, same = same_ignoring_case, check = one_of(&["allow", "deny"]))]
    pub(crate) rule_action: Attr<String>,
    #[attr(required, replace, check = range(1, 32766))]
    pub(crate) rule_number: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) to_port: Attr<i64>,
}

const WHAT: &str = "EC2 Network ACL Rule";

pub(crate) struct NetworkAclRuleResource;

#[async_trait]
impl Managed<Aws> for NetworkAclRuleResource {
    type Model = NetworkAclRule;

    fn name(&self) -> &'static str {
        "aws_network_acl_rule"
    }

    fn validate(&self, config: &NetworkAclRule, problems: &mut Problems) {
        let c = config;
        let these =
            [("cidr_block", set(&c.cidr_block)), ("ipv6_cidr_block", set(&c.ipv6_cidr_block))];
        at_most_one(problems, &these);
        at_least_one(problems, &these);
        let ports = (c.from_port.cloned(), c.to_port.cloned());
        let icmp = (c.icmp_type.cloned(), c.icmp_code.cloned());
        if let Some(protocol) = c.protocol.as_str()
            && let Some(problem) = acl_entries::problem(protocol, ports, icmp)
        {
            problems.error("protocol", "Invalid network ACL rule", problem);
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        _change: &mut Planned<NetworkAclRule>,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: NetworkAclRule,
        planned: NetworkAclRule,
    ) -> Result<NetworkAclRule, Diagnostics> {
        let wanted = entry(&planned);
        let acl = planned.network_acl_id.text().to_owned();
        let id = id_for(&acl, &wanted, planned.protocol.text());
        acl_entries::create(cx, &acl, &wanted).await?;
        let rule = NetworkAclRule { id: id.clone().into(), ..planned };
        cx.keep_model(&rule);
        let limit = Duration::from_secs(300);
        until(cx, &loaders::network_acls(cx.client()), &acl, WHAT, "to be created", limit, |acl| {
            let there = acl.is_some_and(|acl| {
                Entry::all(&acl, wanted.egress).iter().any(|e| e.number == wanted.number)
            });
            Ok(if there { Progress::Ready(()) } else { Progress::pending("not there yet") })
        })
        .await?;
        read_made(cx, WHAT, &id, || self.read(cx, rule.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: NetworkAclRule,
    ) -> Result<Option<NetworkAclRule>, Diagnostics> {
        let acl = state.network_acl_id.text().to_owned();
        let read = loaders::network_acls(cx.client()).load(acl.clone()).await;
        let Some(acl) = read.during(format!("reading EC2 Network ACL ({acl})"))? else {
            return Ok(None);
        };
        let known = entry(&state);
        let entries = Entry::all(&acl, known.egress);
        let Some(there) = entries.into_iter().find(|e| e.number == known.number) else {
            return Ok(None);
        };
        if there.is_same(&known) && !state.protocol.is_null() {
            let protocol = there.protocol.into();
            return Ok(Some(NetworkAclRule { protocol, ..state }));
        }
        let icmp = matches!(there.protocol.as_str(), "1" | "58");
        let (kind, code) = there.icmp;
        Ok(Some(NetworkAclRule {
            cidr_block: there.v4.into(),
            ipv6_cidr_block: there.v6.into(),
            from_port: there.ports.0.into(),
            to_port: there.ports.1.into(),
            icmp_type: if icmp { kind.into() } else { Attr::Null },
            icmp_code: if icmp { code.into() } else { Attr::Null },
            protocol: there.protocol.into(),
            rule_action: there.action.into(),
            ..state
        }))
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: NetworkAclRule,
        _config: NetworkAclRule,
        planned: NetworkAclRule,
    ) -> Result<NetworkAclRule, Diagnostics> {
        // Every change makes another entry.
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: NetworkAclRule) -> Result<(), Diagnostics> {
        let (acl, entry) = (prior.network_acl_id.text(), entry(&prior));
        acl_entries::delete(cx, acl, entry.egress, entry.number).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<NetworkAclRule>, Diagnostics> {
        imported(id).map(Some).ok_or_else(|| {
            Diagnostic::error(
                "Unexpected import ID",
                format!(
                    "The import ID of a network ACL rule is ACLID:RULENUMBER:PROTOCOL:EGRESS, such as \
                     \"acl-1a2b3c:100:tcp:false\", but is {id:?}."
                ),
            )
            .into()
        })
    }
}

fn imported(id: &str) -> Option<NetworkAclRule> {
    let parts: Vec<&str> = id.split(':').collect();
    let [acl, number, protocol, egress] = parts.as_slice() else { return None };
    let number: i64 = number.parse().ok()?;
    let egress: bool = egress.parse().ok()?;
    let named = Entry { number, egress, ..Entry::default() };
    Some(NetworkAclRule {
        id: id_for(acl, &named, protocol).into(),
        network_acl_id: (*acl).into(),
        rule_number: number.into(),
        egress: egress.into(),
        ..NetworkAclRule::default()
    })
}

#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_protocol(prior: &String, configured: &String) -> bool {
    protocol_number(prior).is_some() && protocol_number(prior) == protocol_number(configured)
}

/// The id of an entry: a number made of what names it.
fn id_for(acl: &str, entry: &Entry, protocol: &str) -> String {
    let text = format!("{acl}-{}-{}-{protocol}-", entry.number, entry.egress);
    format!("nacl-{}", hash(&text))
}

fn entry(rule: &NetworkAclRule) -> Entry {
    let protocol = rule.protocol.text();
    Entry {
        number: rule.rule_number.or_default(),
        egress: rule.egress.is_true(),
        protocol: protocol_number(protocol).unwrap_or_else(|| protocol.to_owned()),
        action: rule.rule_action.text().to_owned(),
        v4: rule.cidr_block.to_filled(),
        v6: rule.ipv6_cidr_block.to_filled(),
        ports: (rule.from_port.or_default(), rule.to_port.or_default()),
        icmp: (rule.icmp_type.or_default(), rule.icmp_code.or_default()),
    }
}
