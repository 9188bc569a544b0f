//! `aws_vpc`: a virtual private cloud.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, plan_tags, record_tags, tagged, wanted_tags,
};
use groma_sdk::model::checks::{one_of, one_of_numbers, range};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::draining::{Users, drained};
use crate::ec2::{
    arn, change_tags, create_unnamed, ec2, found, gone, id_of, int, read_made, tag_specifications,
    tags_of, until, with_tags,
};
use crate::loaders;
use crate::rules::{ipv6_network, needs, network, set};

/// A virtual private cloud.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct Vpc {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) assign_generated_ipv6_cidr_block: Attr<bool>,
    #[attr(optional, computed, replace, check = network)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) default_network_acl_id: Attr<String>,
    #[attr(computed)]
    pub(crate) default_route_table_id: Attr<String>,
    #[attr(computed)]
    pub(crate) default_security_group_id: Attr<String>,
    #[attr(computed)]
    pub(crate) dhcp_options_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) enable_dns_hostnames: Attr<bool>,
    #[attr(optional, default = true)]
    pub(crate) enable_dns_support: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) enable_network_address_usage_metrics: Attr<bool>,
    #[attr(optional, replace, default = "default", check = one_of(&["default", "dedicated"]))]
    pub(crate) instance_tenancy: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) ipv4_ipam_pool_id: Attr<String>,
    #[attr(optional, replace, check = range(16, 28))]
    pub(crate) ipv4_netmask_length: Attr<i64>,
    #[attr(computed)]
    pub(crate) ipv6_association_id: Attr<String>,
    #[attr(optional, computed, check = ipv6_network)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) ipv6_cidr_block_network_border_group: Attr<String>,
    #[attr(optional)]
    pub(crate) ipv6_ipam_pool_id: Attr<String>,
    #[attr(optional, check = one_of_numbers(&[44, 48, 52, 56, 60]))]
    pub(crate) ipv6_netmask_length: Attr<i64>,
    #[attr(computed)]
    pub(crate) main_route_table_id: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(Vpc);

const WHAT: &str = "EC2 VPC";
const LIMIT: Duration = Duration::from_secs(600);

/// The pool of a network of Amazon's own addresses.
const AMAZON: &str = "Amazon";

pub(crate) struct VpcResource;

#[async_trait]
impl Managed<Aws> for VpcResource {
    type Model = Vpc;

    fn name(&self) -> &'static str {
        "aws_vpc"
    }

    fn validate(&self, config: &Vpc, problems: &mut Problems) {
        let c = config;
        let generated =
            ("assign_generated_ipv6_cidr_block", c.assign_generated_ipv6_cidr_block.is_true());
        let pool = ("ipv6_ipam_pool_id", set(&c.ipv6_ipam_pool_id));
        let length = ("ipv6_netmask_length", set(&c.ipv6_netmask_length));
        let network = ("ipv6_cidr_block", set(&c.ipv6_cidr_block));
        problems.conflict(generated, pool);
        problems.conflict(
            ("cidr_block", set(&c.cidr_block)),
            ("ipv4_netmask_length", set(&c.ipv4_netmask_length)),
        );
        problems.conflict(network, generated);
        problems.conflict(network, length);
        needs(
            problems,
            ("ipv4_netmask_length", set(&c.ipv4_netmask_length)),
            &[("ipv4_ipam_pool_id", set(&c.ipv4_ipam_pool_id))],
        );
        needs(problems, network, &[pool]);
        needs(problems, length, &[pool]);
        needs(
            problems,
            ("ipv6_cidr_block_network_border_group", set(&c.ipv6_cidr_block_network_border_group)),
            &[("assign_generated_ipv6_cidr_block", set(&c.assign_generated_ipv6_cidr_block))],
        );
        if c.enable_dns_hostnames.is_true() && c.enable_dns_support == Attr::Known(false) {
            problems.error(
                "enable_dns_hostnames",
                "Conflicting configuration arguments",
                "EC2 gives host names only in VPCs with DNS: leave out \"enable_dns_support\", or set it \
                 to true.",
            );
        }
        if !set(&c.cidr_block) && !set(&c.ipv4_ipam_pool_id) {
            problems.error(
                "cidr_block",
                "Missing required argument",
                "A VPC needs an IPv4 network: set \"cidr_block\", or \"ipv4_ipam_pool_id\" for one \
                 from a pool.",
            );
        }
    }

    async fn plan(&self, cx: &Context<Aws>, change: &mut Planned<Vpc>) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let Some(prior) = &change.prior else { return Ok(()) };
        let was = prior.assign_generated_ipv6_cidr_block.is_true();
        if was != change.planned.assign_generated_ipv6_cidr_block.is_true() {
            change.planned.ipv6_association_id = Attr::Unknown;
            if !set(&change.config.ipv6_cidr_block) {
                change.planned.ipv6_cidr_block = Attr::Unknown;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: Vpc,
        planned: Vpc,
    ) -> Result<Vpc, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let tenancy = planned.instance_tenancy.filled().map(api::Tenancy::from);
        let generated = planned.assign_generated_ipv6_cidr_block.is_true();
        let request = ec2(aws)
            .create_vpc()
            .set_cidr_block(planned.cidr_block.to_filled())
            .set_instance_tenancy(tenancy)
            .set_ipv4_ipam_pool_id(planned.ipv4_ipam_pool_id.to_filled())
            .set_ipv4_netmask_length(int(&planned.ipv4_netmask_length).filter(|n| *n > 0))
            .set_amazon_provided_ipv6_cidr_block(generated.then_some(true))
            .set_ipv6_cidr_block(planned.ipv6_cidr_block.to_filled())
            .set_ipv6_cidr_block_network_border_group(
                planned.ipv6_cidr_block_network_border_group.to_filled(),
            )
            .set_ipv6_ipam_pool_id(planned.ipv6_ipam_pool_id.to_filled())
            .set_ipv6_netmask_length(int(&planned.ipv6_netmask_length).filter(|n| *n > 0))
            .set_tag_specifications(tag_specifications(api::ResourceType::Vpc, &tags));
        let network = planned.cidr_block.filled().unwrap_or("of the pool");
        let like = format!("with the network {network}, {}", with_tags(&tags));
        let made = create_unnamed(cx, WHAT, like, |once| {
            let request = request.clone().customize().config_override(once);
            async { request.send().await.typed() }
        })
        .await?;
        let id = id_of(made.vpc().and_then(api::Vpc::vpc_id), WHAT)?;
        let vpc = Vpc { id: id.clone().into(), ..planned };
        cx.keep_model(&vpc);
        settled(cx, &id).await?;
        // What a new VPC has already need not be set.
        let fresh = Vpc { enable_dns_support: true.into(), ..Vpc::default() };
        set_attributes(cx, &id, &fresh, &vpc).await?;
        read_made(cx, WHAT, &id, || self.read(cx, vpc.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Vpc) -> Result<Option<Vpc>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let about = format!("reading {WHAT} ({id})");
        let Some(vpc) = loaders::vpcs(aws).load(id.clone()).await.during(&about)? else {
            return Ok(None);
        };
        let (tables, acls, groups) = (
            loaders::main_route_tables(aws),
            loaders::default_network_acls(aws),
            loaders::default_security_groups(aws),
        );
        let (hostnames, support, metrics, table, acl, group) = tokio::try_join!(
            attribute(cx, &id, api::VpcAttributeName::EnableDnsHostnames),
            attribute(cx, &id, api::VpcAttributeName::EnableDnsSupport),
            attribute(cx, &id, api::VpcAttributeName::EnableNetworkAddressUsageMetrics),
            async { tables.load(id.clone()).await.during(&about) },
            async { acls.load(id.clone()).await.during(&about) },
            async { groups.load(id.clone()).await.during(&about) },
        )?;
        let mut now = state;
        now.arn = arn(aws, vpc.owner_id(), &format!("vpc/{id}")).await?.into();
        now.cidr_block = vpc.cidr_block().into();
        now.dhcp_options_id = vpc.dhcp_options_id().into();
        now.instance_tenancy = vpc.instance_tenancy().map(|t| t.as_str()).into();
        now.owner_id = vpc.owner_id().into();
        now.enable_dns_hostnames = hostnames.into();
        now.enable_dns_support = support.into();
        now.enable_network_address_usage_metrics = metrics.into();
        now.main_route_table_id = table.as_ref().and_then(|t| t.route_table_id()).into();
        now.default_route_table_id = now.main_route_table_id.clone();
        now.default_network_acl_id = acl.as_ref().and_then(|a| a.network_acl_id()).into();
        now.default_security_group_id = group.as_ref().and_then(|g| g.group_id()).into();
        record_ipv6(&mut now, &vpc);
        record_tags(aws, &mut now, tags_of(vpc.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Vpc,
        _config: Vpc,
        planned: Vpc,
    ) -> Result<Vpc, Diagnostics> {
        let id = prior.id.text().to_owned();
        set_attributes(cx, &id, &prior, &planned).await?;
        change_ipv6(cx, &id, &prior, &planned).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Vpc) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let absent = ["InvalidVpcID.NotFound"];
        let (what, held) = (format!("{WHAT} ({id})"), ["DependencyViolation"]);
        drained(cx, what, LIMIT / 2, &held, &absent, Users::Vpc(id), || async {
            ec2.delete_vpc().vpc_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &loaders::vpcs(cx.client()), id, WHAT, LIMIT, |_| true).await
    }
}

/// Waits until a new VPC, and what it has of IPv6, is there.
async fn settled(cx: &Context<Aws>, id: &str) -> Result<(), Diagnostics> {
    let vpcs = loaders::vpcs(cx.client());
    until(cx, &vpcs, id, WHAT, "to become available", LIMIT, |vpc| {
        let Some(vpc) = vpc else { return Ok(Progress::pending("not there yet")) };
        if vpc.state() != Some(&api::VpcState::Available) {
            return Ok(Progress::pending("pending"));
        }
        let coming = vpc.ipv6_cidr_block_association_set().iter().any(|a| {
            a.ipv6_cidr_block_state().and_then(|s| s.state())
                == Some(&api::VpcCidrBlockStateCode::Associating)
        });
        Ok(match coming {
            true => Progress::pending("its IPv6 network is being associated"),
            false => Progress::Ready(()),
        })
    })
    .await
}

pub(crate) async fn attribute(
    cx: &Context<Aws>,
    id: &str,
    name: api::VpcAttributeName,
) -> Result<bool, Diagnostics> {
    let about = format!("reading {WHAT} ({id}) Attribute ({})", name.as_str());
    let ask = ec2(cx.client()).describe_vpc_attribute().vpc_id(id).attribute(name);
    let answer = ask.send().await.during(about)?;
    let all = [
        answer.enable_dns_hostnames(),
        answer.enable_dns_support(),
        answer.enable_network_address_usage_metrics(),
    ];
    Ok(all.into_iter().flatten().any(|a| a.value() == Some(true)))
}

async fn set_attributes(
    cx: &Context<Aws>,
    id: &str,
    before: &Vpc,
    after: &Vpc,
) -> Result<(), Diagnostics> {
    let value = |on: bool| api::AttributeBooleanValue::builder().value(on).build();
    let changed = |before: &Attr<bool>, after: &Attr<bool>| {
        (after.is_known() && before.is_true() != after.is_true()).then(|| value(after.is_true()))
    };
    let ask = || ec2(cx.client()).modify_vpc_attribute().vpc_id(id);
    // EC2 takes one attribute at a time; hostnames need support.
    let support = changed(&before.enable_dns_support, &after.enable_dns_support);
    let hostnames = changed(&before.enable_dns_hostnames, &after.enable_dns_hostnames);
    let metrics = changed(
        &before.enable_network_address_usage_metrics,
        &after.enable_network_address_usage_metrics,
    );
    let first_off = hostnames.clone().filter(|v| v.value() == Some(false));
    let requests = [
        first_off.map(|v| ("EnableDnsHostnames", ask().enable_dns_hostnames(v))),
        support.map(|v| ("EnableDnsSupport", ask().enable_dns_support(v))),
        hostnames
            .filter(|v| v.value() == Some(true))
            .map(|v| ("EnableDnsHostnames", ask().enable_dns_hostnames(v))),
        metrics.map(|v| {
            ("EnableNetworkAddressUsageMetrics", ask().enable_network_address_usage_metrics(v))
        }),
    ];
    for (name, request) in requests.into_iter().flatten() {
        request.send().await.during(format_args!("modifying {WHAT} ({id}) {name}"))?;
    }
    Ok(())
}

/// The association of an IPv6 network: the one that is known, or the first.
fn ipv6<'v>(
    vpc: &'v api::Vpc,
    known: &Attr<String>,
) -> Option<&'v api::VpcIpv6CidrBlockAssociation> {
    let mut there = vpc.ipv6_cidr_block_association_set().iter().filter(|a| {
        a.ipv6_cidr_block_state().and_then(|s| s.state())
            == Some(&api::VpcCidrBlockStateCode::Associated)
    });
    let first = there.clone().next();
    there.find(|a| a.association_id().is_some() && a.association_id() == known.filled()).or(first)
}

fn record_ipv6(now: &mut Vpc, vpc: &api::Vpc) {
    let Some(there) = ipv6(vpc, &now.ipv6_association_id) else {
        now.assign_generated_ipv6_cidr_block = false.into();
        now.ipv6_association_id = Attr::Null;
        now.ipv6_cidr_block = Attr::Null;
        now.ipv6_cidr_block_network_border_group = Attr::Null;
        now.ipv6_ipam_pool_id = Attr::Null;
        now.ipv6_netmask_length = Attr::Null;
        return;
    };
    let pool = there.ipv6_pool().unwrap_or_default();
    let generated = pool == AMAZON;
    now.assign_generated_ipv6_cidr_block = generated.into();
    now.ipv6_ipam_pool_id = match pool {
        "" | AMAZON => Attr::Null,
        // What pool it is is not told then.
        "IPAM Managed" => now.ipv6_ipam_pool_id.clone(),
        pool => pool.into(),
    };
    now.ipv6_association_id = there.association_id().into();
    now.ipv6_cidr_block = there.ipv6_cidr_block().into();
    now.ipv6_cidr_block_network_border_group = there.network_border_group().into();
}

async fn change_ipv6(
    cx: &Context<Aws>,
    id: &str,
    before: &Vpc,
    after: &Vpc,
) -> Result<(), Diagnostics> {
    let same = before.assign_generated_ipv6_cidr_block.is_true()
        == after.assign_generated_ipv6_cidr_block.is_true()
        && (before.ipv6_cidr_block.filled() == after.ipv6_cidr_block.filled()
            || after.ipv6_cidr_block.is_unknown())
        && before.ipv6_ipam_pool_id.filled() == after.ipv6_ipam_pool_id.filled();
    if same {
        return Ok(());
    }
    let ec2 = ec2(cx.client());
    if let Some(association) = before.ipv6_association_id.filled() {
        let ask = ec2.disassociate_vpc_cidr_block().association_id(association);
        ask.send()
            .await
            .during(format_args!("disassociating {WHAT} ({id}) IPv6 CIDR block ({association})"))?;
        let vpcs = loaders::vpcs(cx.client());
        until(cx, &vpcs, id, WHAT, "to lose its IPv6 network", LIMIT, |vpc| {
            let mut there = vpc.iter().flat_map(|v| v.ipv6_cidr_block_association_set());
            let state = there.find(|a| a.association_id() == Some(association));
            let state = state.and_then(|a| a.ipv6_cidr_block_state()).and_then(|s| s.state());
            Ok(match state {
                None | Some(api::VpcCidrBlockStateCode::Disassociated) => Progress::Ready(()),
                Some(state) => Progress::pending(state),
            })
        })
        .await?;
    }
    let generated = after.assign_generated_ipv6_cidr_block.is_true();
    if !generated && after.ipv6_ipam_pool_id.filled().is_none() {
        return Ok(());
    }
    let border = after.ipv6_cidr_block_network_border_group.to_filled();
    ec2.associate_vpc_cidr_block()
        .vpc_id(id)
        .set_amazon_provided_ipv6_cidr_block(generated.then_some(true))
        .set_ipv6_cidr_block_network_border_group(border.filter(|_| generated))
        .set_ipv6_cidr_block(after.ipv6_cidr_block.to_filled())
        .set_ipv6_ipam_pool_id(after.ipv6_ipam_pool_id.to_filled())
        .set_ipv6_netmask_length(int(&after.ipv6_netmask_length).filter(|n| *n > 0))
        .send()
        .await
        .during(format_args!("associating {WHAT} ({id}) IPv6 CIDR block"))?;
    settled(cx, id).await
}
