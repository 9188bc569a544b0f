//! `aws_default_network_acl`: the network ACL that a VPC comes with, taken over.
//!
//! Taking it over makes its entries those configured. Letting go of it leaves it as it is.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, TagChange, plan_tags, record_tags, tagged};
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::acl_entries::{self, Entry, protocol_number};
use crate::ec2::{arn, change_tags, difference, found, set_of, tags_of};
use crate::loaders;
use crate::rules::same_ignoring_case;

/// The network ACL that a VPC comes with, taken over.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DefaultNetworkAcl {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) default_network_acl_id: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional)]
    pub(crate) subnet_ids: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(set)]
    pub(crate) egress: Blocks<DefaultNetworkAclEntry>,
    #[block(set)]
    pub(crate) ingress: Blocks<DefaultNetworkAclEntry>,
}

/// The `egress` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DefaultNetworkAclEntry {
    #[attr(required, same = same_ignoring_case, check = one_of(&["allow", "deny"]))]
    pub(crate) action: Attr<String>,
    #[attr(optional)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(required)]
    pub(crate) from_port: Attr<i64>,
    #[attr(optional)]
    pub(crate) icmp_code: Attr<i64>,
    #[attr(optional)]
    pub(crate) icmp_type: Attr<i64>,
    #[attr(optional)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(required)]
    pub(crate) protocol: Attr<String>,
    #[attr(required, check = range(1, 32766))]
    pub(crate) rule_no: Attr<i64>,
    #[attr(required)]
    pub(crate) to_port: Attr<i64>,
}

tagged!(DefaultNetworkAcl);

const WHAT: &str = "EC2 Default Network ACL";

pub(crate) struct DefaultNetworkAclResource;

#[async_trait]
impl Managed<Aws> for DefaultNetworkAclResource {
    type Model = DefaultNetworkAcl;

    fn name(&self) -> &'static str {
        "aws_default_network_acl"
    }

    fn validate(&self, config: &DefaultNetworkAcl, problems: &mut Problems) {
        for (name, entries) in [("ingress", &config.ingress), ("egress", &config.egress)] {
            for entry in entries {
                let ports = (entry.from_port.cloned(), entry.to_port.cloned());
                let problem = entry.protocol.as_str().and_then(|p| acl_entries::problem(p, ports));
                if let Some(problem) = problem {
                    problems.error(name, format!("Invalid {name} entry"), problem);
                }
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DefaultNetworkAcl>,
    ) -> Result<(), Diagnostics> {
        if let Some(prior) = &change.prior {
            let (before, after) = (prior, &mut change.planned);
            keep(&before.ingress, &mut after.ingress);
            keep(&before.egress, &mut after.egress);
        }
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DefaultNetworkAcl,
        planned: DefaultNetworkAcl,
    ) -> Result<DefaultNetworkAcl, Diagnostics> {
        let aws = cx.client();
        let id = planned.default_network_acl_id.text().to_owned();
        let about = format!("reading {WHAT} ({id})");
        let Some(there) = loaders::network_acls(aws).load(id.clone()).await.during(&about)? else {
            return Err(Diagnostic::error(
                about,
                "There is no such network ACL. Use the default_network_acl_id of an aws_vpc.",
            )
            .into());
        };
        let taken = DefaultNetworkAcl { id: id.clone().into(), ..planned };
        let before = DefaultNetworkAcl {
            tags_all: Attr::Known(aws.tags().ours(tags_of(there.tags()))),
            ..DefaultNetworkAcl::default()
        };
        cx.keep_model(&DefaultNetworkAcl {
            ingress: Blocks::none(),
            egress: Blocks::none(),
            tags: Attr::Null,
            tags_all: before.tags_all.clone(),
            ..taken.clone()
        });
        for (egress, wanted) in [(false, &taken.ingress), (true, &taken.egress)] {
            let there = Entry::all(&there, egress);
            acl_entries::change(cx, &id, &there, &entries(wanted, egress)).await?;
        }
        acl_entries::associate(cx, &id, &taken.subnet_ids.or_default().0).await?;
        let change = TagChange::of(aws, &before, &taken);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, taken).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: DefaultNetworkAcl,
    ) -> Result<Option<DefaultNetworkAcl>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::network_acls(aws).load(id.clone()).await;
        let Some(acl) = read.during(format!("reading {WHAT} ({id})"))? else { return Ok(None) };
        let mut now = DefaultNetworkAcl {
            arn: arn(aws, acl.owner_id(), &format!("network-acl/{id}")).await?.into(),
            default_network_acl_id: id.as_str().into(),
            egress: recorded(&acl, true, &state.egress),
            ingress: recorded(&acl, false, &state.ingress),
            owner_id: acl.owner_id().into(),
            subnet_ids: set_of(acl.associations().iter().filter_map(|a| a.subnet_id())),
            vpc_id: acl.vpc_id().into(),
            ..state
        };
        record_tags(aws, &mut now, tags_of(acl.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DefaultNetworkAcl,
        _config: DefaultNetworkAcl,
        planned: DefaultNetworkAcl,
    ) -> Result<DefaultNetworkAcl, Diagnostics> {
        let id = prior.id.text().to_owned();
        for (egress, before, after) in
            [(false, &prior.ingress, &planned.ingress), (true, &prior.egress, &planned.egress)]
        {
            let (before, after) = (entries(before, egress), entries(after, egress));
            acl_entries::change(cx, &id, &before, &after).await?;
        }
        // Subnets cannot be without an ACL: they leave this one by joining another.
        let (new, _) = difference(&prior.subnet_ids, &planned.subnet_ids);
        acl_entries::associate(cx, &id, &new).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(
        &self,
        _cx: &Context<Aws>,
        _prior: DefaultNetworkAcl,
    ) -> Result<(), Diagnostics> {
        // It goes with its VPC.
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<DefaultNetworkAcl>, Diagnostics> {
        Ok(Some(DefaultNetworkAcl {
            id: id.into(),
            default_network_acl_id: id.into(),
            ..DefaultNetworkAcl::default()
        }))
    }
}

fn entry(block: &DefaultNetworkAclEntry, egress: bool) -> Entry {
    let protocol = block.protocol.text();
    Entry {
        number: block.rule_no.or_default(),
        egress,
        protocol: protocol_number(protocol).unwrap_or_else(|| protocol.to_owned()),
        action: block.action.text().to_ascii_lowercase(),
        v4: block.cidr_block.to_filled(),
        v6: block.ipv6_cidr_block.to_filled(),
        ports: (block.from_port.or_default(), block.to_port.or_default()),
        icmp: (block.icmp_type.or_default(), block.icmp_code.or_default()),
    }
}

fn entries(blocks: &Blocks<DefaultNetworkAclEntry>, egress: bool) -> Vec<Entry> {
    blocks.iter().map(|block| entry(block, egress)).collect()
}

/// Leaves entries as they were where those planned mean the same.
fn keep(before: &Blocks<DefaultNetworkAclEntry>, after: &mut Blocks<DefaultNetworkAclEntry>) {
    if after.is_unknown() || before == after || before.len() != after.len() {
        return;
    }
    let there = entries(before, false);
    if after.iter().all(|block| there.iter().any(|t| t.is_same(&entry(block, false)))) {
        *after = before.clone();
    }
}

/// The entries of an ACL, those that are known in the form in which they are.
fn recorded(
    acl: &api::NetworkAcl,
    egress: bool,
    known: &Blocks<DefaultNetworkAclEntry>,
) -> Blocks<DefaultNetworkAclEntry> {
    let block = |there: Entry| {
        let same = known.iter().find(|k| entry(k, egress).is_same(&there));
        same.cloned().unwrap_or_else(|| DefaultNetworkAclEntry {
            action: there.action.into(),
            cidr_block: there.v4.unwrap_or_default().into(),
            from_port: there.ports.0.into(),
            icmp_code: there.icmp.1.into(),
            icmp_type: there.icmp.0.into(),
            ipv6_cidr_block: there.v6.unwrap_or_default().into(),
            protocol: there.protocol.into(),
            rule_no: there.number.into(),
            to_port: there.ports.1.into(),
        })
    };
    Entry::all(acl, egress).into_iter().map(block).collect()
}
