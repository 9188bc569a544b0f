//! `aws_default_network_acl`: the network ACL that a VPC comes with, taken over.
//!
//! Taking it over makes its entries those configured. Letting go of it leaves it as it is.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, TagChange, plan_tags, record_tags, tagged};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::acl_entries::elements::{self, element};
use crate::acl_entries::{self, Entry};
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
    #[attr(required, same = same_ignoring_case)]
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
    #[attr(required)]
    pub(crate) rule_no: Attr<i64>,
    #[attr(required)]
    pub(crate) to_port: Attr<i64>,
}

tagged!(DefaultNetworkAcl);

element!(DefaultNetworkAclEntry, DefaultNetworkAclEntry::clone);

const WHAT: &str = "EC2 Default Network ACL";

pub(crate) struct DefaultNetworkAclResource;

#[async_trait]
impl Managed<Aws> for DefaultNetworkAclResource {
    type Model = DefaultNetworkAcl;

    fn name(&self) -> &'static str {
        "aws_default_network_acl"
    }

    fn validate(&self, config: &DefaultNetworkAcl, problems: &mut Problems) {
        elements::check(problems, "ingress", &config.ingress);
        elements::check(problems, "egress", &config.egress);
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
            egress: elements::recorded(&acl, true, &state.egress),
            ingress: elements::recorded(&acl, false, &state.ingress),
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

fn entries(blocks: &Blocks<DefaultNetworkAclEntry>, egress: bool) -> Vec<Entry> {
    elements::entries(blocks, egress)
}

/// Leaves entries as they were where those planned mean the same.
fn keep(before: &Blocks<DefaultNetworkAclEntry>, after: &mut Blocks<DefaultNetworkAclEntry>) {
    if !after.is_unknown() && elements::mean_the_same(before, after) {
        *after = before.clone();
    }
}
