//! `aws_network_acl`: a network ACL of a VPC, with its entries in line or apart.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, TagChange, client_token, plan_tags, record_tags, tagged, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait};

use crate::acl_entries::elements::{self, element};
use crate::acl_entries::{self, Entry, protocol_number};
use crate::ec2::{
    arn, change_tags, difference, ec2, found, gone, id_of, read_made, release, set_of,
    tag_specifications, tags_of,
};
use crate::loaders;

/// A network ACL of a VPC.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NetworkAcl {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) egress: Attr<Set<NetworkAclEgress>>,
    #[attr(optional, computed)]
    pub(crate) ingress: Attr<Set<NetworkAclEgress>>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) subnet_ids: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(required, replace)]
    pub(crate) vpc_id: Attr<String>,
}

/// One element of `egress`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NetworkAclEgress {
    #[attr(optional, computed)]
    pub(crate) action: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) from_port: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) icmp_code: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) icmp_type: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) rule_no: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) to_port: Attr<i64>,
}

tagged!(NetworkAcl);

element!(NetworkAclEgress, NetworkAclEgress::filled_out);

const WHAT: &str = "EC2 Network ACL";
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) struct NetworkAclResource;

#[async_trait]
impl Managed<Aws> for NetworkAclResource {
    type Model = NetworkAcl;

    fn name(&self) -> &'static str {
        "aws_network_acl"
    }

    fn validate(&self, config: &NetworkAcl, problems: &mut Problems) {
        elements::check(problems, "ingress", &config.ingress.or_default());
        elements::check(problems, "egress", &config.egress.or_default());
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<NetworkAcl>,
    ) -> Result<(), Diagnostics> {
        let prior = change.prior.as_ref();
        if let Some(entries) = planned(&change.config.ingress, prior.map(|p| &p.ingress)) {
            change.planned.ingress = entries;
        }
        if let Some(entries) = planned(&change.config.egress, prior.map(|p| &p.egress)) {
            change.planned.egress = entries;
        }
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: NetworkAcl,
        planned: NetworkAcl,
    ) -> Result<NetworkAcl, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let made = ec2(aws)
            .create_network_acl()
            .client_token(client_token(cx))
            .set_vpc_id(planned.vpc_id.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::NetworkAcl, &tags))
            .send()
            .await
            .during("creating EC2 Network ACL")?;
        let id = id_of(made.network_acl().and_then(|a| a.network_acl_id()), WHAT)?;
        let acl = NetworkAcl { id: id.clone().into(), ..planned };
        cx.keep_model(&NetworkAcl {
            ingress: Attr::Null,
            egress: Attr::Null,
            subnet_ids: Attr::Null,
            ..acl.clone()
        });
        acl_entries::change(cx, &id, &[], &entries(&acl.ingress, false)).await?;
        acl_entries::change(cx, &id, &[], &entries(&acl.egress, true)).await?;
        acl_entries::associate(cx, &id, &acl.subnet_ids.or_default().0).await?;
        read_made(cx, WHAT, &id, || self.read(cx, acl.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: NetworkAcl,
    ) -> Result<Option<NetworkAcl>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::network_acls(aws).load(id.clone()).await;
        let Some(acl) = read.during(format!("reading {WHAT} ({id})"))? else { return Ok(None) };
        let subnets = acl.associations().iter().filter_map(|a| a.subnet_id());
        let mut now = NetworkAcl {
            arn: arn(aws, acl.owner_id(), &format!("network-acl/{id}")).await?.into(),
            egress: Attr::Known(elements::recorded(&acl, true, &state.egress.or_default().0)),
            ingress: Attr::Known(elements::recorded(&acl, false, &state.ingress.or_default().0)),
            owner_id: acl.owner_id().into(),
            subnet_ids: set_of(subnets),
            vpc_id: acl.vpc_id().into(),
            ..state
        };
        record_tags(aws, &mut now, tags_of(acl.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: NetworkAcl,
        _config: NetworkAcl,
        planned: NetworkAcl,
    ) -> Result<NetworkAcl, Diagnostics> {
        let id = prior.id.text().to_owned();
        for (egress, before, after) in
            [(false, &prior.ingress, &planned.ingress), (true, &prior.egress, &planned.egress)]
        {
            if after.is_known() {
                let (before, after) = (entries(before, egress), entries(after, egress));
                acl_entries::change(cx, &id, &before, &after).await?;
            }
        }
        if planned.subnet_ids.is_known() {
            let (new, old) = difference(&prior.subnet_ids, &planned.subnet_ids);
            acl_entries::disassociate(cx, &id, prior.vpc_id.text(), &old).await?;
            acl_entries::associate(cx, &id, &new).await?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: NetworkAcl) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        // Also those that came to it by themselves.
        let acls = loaders::network_acls(cx.client());
        let read = acls.load(id.to_owned()).await.during(format!("reading {WHAT} ({id})"))?;
        let Some(there) = read else { return Ok(()) };
        let subnets: Vec<String> =
            there.associations().iter().filter_map(|a| a.subnet_id().map(str::to_owned)).collect();
        acl_entries::disassociate(cx, id, prior.vpc_id.text(), &subnets).await?;
        let absent = ["InvalidNetworkAclID.NotFound"];
        release(cx, format!("{WHAT} ({id})"), LIMIT, &["DependencyViolation"], &absent, || async {
            ec2.delete_network_acl().network_acl_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &acls, id, WHAT, LIMIT, |_| true).await
    }
}

impl NetworkAclEgress {
    /// The same with nothing unset, as states have it.
    fn filled_out(&self) -> NetworkAclEgress {
        let text = |t: &Attr<String>| if t.is_null() { "".into() } else { t.clone() };
        let number = |n: &Attr<i64>| if n.is_null() { 0.into() } else { *n };
        NetworkAclEgress {
            action: text(&self.action).map(|a| a.to_ascii_lowercase()),
            cidr_block: text(&self.cidr_block),
            from_port: number(&self.from_port),
            icmp_code: number(&self.icmp_code),
            icmp_type: number(&self.icmp_type),
            ipv6_cidr_block: text(&self.ipv6_cidr_block),
            protocol: text(&self.protocol).map(|p| protocol_number(&p).unwrap_or(p)),
            rule_no: number(&self.rule_no),
            to_port: number(&self.to_port),
        }
    }
}

/// Entries as they are planned: in full, or as they were where they mean the same.
fn planned(
    configured: &Attr<Set<NetworkAclEgress>>,
    prior: Option<&Attr<Set<NetworkAclEgress>>>,
) -> Option<Attr<Set<NetworkAclEgress>>> {
    let full = Set(configured.get()?.iter().map(NetworkAclEgress::filled_out).collect::<Vec<_>>());
    let same = prior.filter(|p| elements::mean_the_same(&p.or_default().0, &full.0));
    Some(same.cloned().unwrap_or(Attr::Known(full)))
}

fn entries(elements: &Attr<Set<NetworkAclEgress>>, egress: bool) -> Vec<Entry> {
    elements::entries(&elements.or_default(), egress)
}
