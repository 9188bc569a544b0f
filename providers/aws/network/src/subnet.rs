//! `aws_subnet`: a subnet of a VPC.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, create_once, plan_tags, record_tags, tagged,
    timeout_of, wanted_tags,
};
use groma_sdk::model::checks::one_of;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::draining::{Users, drained};
use crate::ec2::{
    change_tags, ec2, found, gone, id_of, int, read_made, tag_specifications, tags_of, until,
};
use crate::loaders;
use crate::rules::{ipv6_subnet, needs, network, set};
use crate::subnet_networks;

/// A subnet of a VPC.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct Subnet {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) assign_ipv6_address_on_creation: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zone_id: Attr<String>,
    #[attr(optional, replace, check = network)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(optional)]
    pub(crate) customer_owned_ipv4_pool: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) enable_dns64: Attr<bool>,
    #[attr(optional)]
    pub(crate) enable_lni_at_device_index: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) enable_resource_name_dns_a_record_on_launch: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_resource_name_dns_aaaa_record_on_launch: Attr<bool>,
    #[attr(optional, check = ipv6_subnet)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_cidr_block_association_id: Attr<String>,
    #[attr(optional, replace, default = false)]
    pub(crate) ipv6_native: Attr<bool>,
    #[attr(optional)]
    pub(crate) map_customer_owned_ip_on_launch: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) map_public_ip_on_launch: Attr<bool>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, computed, check = one_of(&["ip-name", "resource-name"]))]
    pub(crate) private_dns_hostname_type_on_launch: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(required, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SubnetTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SubnetTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
}

tagged!(Subnet);

const WHAT: &str = "EC2 Subnet";
const LIMIT: Duration = Duration::from_secs(600);

pub(crate) struct SubnetResource;

#[async_trait]
impl Managed<Aws> for SubnetResource {
    type Model = Subnet;

    fn name(&self) -> &'static str {
        "aws_subnet"
    }

    fn validate(&self, config: &Subnet, problems: &mut Problems) {
        let c = config;
        problems.conflict(
            ("availability_zone", set(&c.availability_zone)),
            ("availability_zone_id", set(&c.availability_zone_id)),
        );
        let pool = ("customer_owned_ipv4_pool", set(&c.customer_owned_ipv4_pool));
        let map = ("map_customer_owned_ip_on_launch", set(&c.map_customer_owned_ip_on_launch));
        let outpost = ("outpost_arn", set(&c.outpost_arn));
        needs(problems, pool, &[map, outpost]);
        needs(problems, map, &[pool, outpost]);
        if c.ipv6_native.is_true() && c.cidr_block.filled().is_some() {
            problems.error(
                "cidr_block",
                "Conflicting configuration arguments",
                "A subnet of IPv6 alone (\"ipv6_native\") cannot have an IPv4 network.",
            );
        }
        let six = ("ipv6_cidr_block", set(&c.ipv6_cidr_block));
        for (name, on) in [
            ("ipv6_native", c.ipv6_native.is_true()),
            ("assign_ipv6_address_on_creation", c.assign_ipv6_address_on_creation.is_true()),
            ("enable_dns64", c.enable_dns64.is_true()),
        ] {
            needs(problems, (name, on), &[six]);
        }
        if !c.ipv6_native.is_true() && !c.ipv6_native.is_unknown() && !set(&c.cidr_block) {
            problems.error(
                "cidr_block",
                "Missing required argument",
                "A subnet needs an IPv4 network, unless it is of IPv6 alone (\"ipv6_native\").",
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<Subnet>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if let Some(prior) = &change.prior
            && prior.ipv6_cidr_block.filled() != change.planned.ipv6_cidr_block.filled()
        {
            change.planned.ipv6_cidr_block_association_id = Attr::Unknown;
        }
        subnet_networks::check(cx, change).await
    }

    async fn plan_delete(&self, cx: &Context<Aws>, prior: Subnet) -> Result<(), Diagnostics> {
        subnet_networks::is_ours(cx.client(), prior.id.text());
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: Subnet,
        planned: Subnet,
    ) -> Result<Subnet, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let request = ec2(aws)
            .create_subnet()
            .set_vpc_id(planned.vpc_id.to_filled())
            .set_availability_zone(planned.availability_zone.to_filled())
            .set_availability_zone_id(planned.availability_zone_id.to_filled())
            .set_cidr_block(planned.cidr_block.to_filled())
            .set_ipv6_cidr_block(planned.ipv6_cidr_block.to_filled())
            .set_ipv6_native(planned.ipv6_native.is_true().then_some(true))
            .set_outpost_arn(planned.outpost_arn.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::Subnet, &tags));
        let made = create_once(request.send(), &["InvalidSubnet.Conflict"]).await;
        let made = match made.during("creating EC2 Subnet")? {
            Some(made) => made.subnet,
            None => same_network(cx, &planned).await?,
        };
        let id = id_of(made.as_ref().and_then(api::Subnet::subnet_id), WHAT)?;
        let subnet = Subnet { id: id.clone().into(), ..planned };
        cx.keep_model(&subnet);
        let limit = timeout_of(&timeouts(&subnet).create, LIMIT);
        let made = settled(cx, &id, limit).await?;
        set_attributes(cx, &id, &attributes_of(&made), &subnet).await?;
        read_made(cx, WHAT, &id, || self.read(cx, subnet.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Subnet) -> Result<Option<Subnet>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::subnets(aws).load(id.clone()).await;
        let Some(subnet) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        subnet_networks::is_ours(aws, &id);
        let (tags, tags_all) = (state.tags, state.tags_all);
        let mut now = Subnet {
            id: state.id,
            tags,
            tags_all,
            timeouts: state.timeouts,
            ..attributes_of(&subnet)
        };
        record_tags(aws, &mut now, tags_of(subnet.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Subnet,
        _config: Subnet,
        planned: Subnet,
    ) -> Result<Subnet, Diagnostics> {
        let id = prior.id.text().to_owned();
        // A network must be there before addresses of it can be handed out, and these must not be
        // handed out any more when it goes.
        let first = prior.ipv6_cidr_block.filled().is_none();
        if first {
            change_ipv6(cx, &id, &prior, &planned).await?;
        }
        set_attributes(cx, &id, &prior, &planned).await?;
        if !first {
            change_ipv6(cx, &id, &prior, &planned).await?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Subnet) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let limit = timeout_of(&timeouts(&prior).delete, 2 * LIMIT);
        let absent = ["InvalidSubnetID.NotFound"];
        let (what, held) = (format!("{WHAT} ({id})"), ["DependencyViolation"]);
        drained(cx, what, limit, &held, &absent, Users::Subnet(id), || async {
            ec2.delete_subnet().subnet_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &loaders::subnets(cx.client()), id, WHAT, limit, |_| true).await
    }
}

fn timeouts(subnet: &Subnet) -> SubnetTimeouts {
    subnet.timeouts.first().cloned().unwrap_or_default()
}

/// The subnet of a VPC that has the network of one that was to be created.
async fn same_network(
    cx: &Context<Aws>,
    wanted: &Subnet,
) -> Result<Option<api::Subnet>, Diagnostics> {
    let vpc = wanted.vpc_id.text();
    let read = loaders::subnets_of_vpcs(cx.client()).load(vpc.to_owned()).await;
    let there = read.during(format_args!("reading EC2 Subnets of EC2 VPC ({vpc})"))?;
    let (v4, v6) = (wanted.cidr_block.filled(), wanted.ipv6_cidr_block.filled());
    Ok(there.unwrap_or_default().into_iter().find(|subnet| match v4 {
        Some(network) => subnet.cidr_block() == Some(network),
        None => {
            let mut networks = subnet.ipv6_cidr_block_association_set().iter();
            v6.is_some() && networks.any(|a| a.ipv6_cidr_block() == v6)
        }
    }))
}

async fn settled(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<api::Subnet, Diagnostics> {
    let subnets = loaders::subnets(cx.client());
    until(cx, &subnets, id, WHAT, "to become available", limit, |subnet| {
        let Some(subnet) = subnet else { return Ok(Progress::pending("not there yet")) };
        let coming = subnet.ipv6_cidr_block_association_set().iter().any(|a| {
            a.ipv6_cidr_block_state().and_then(|s| s.state())
                == Some(&api::SubnetCidrBlockStateCode::Associating)
        });
        Ok(match subnet.state() {
            Some(api::SubnetState::Available) if !coming => Progress::Ready(subnet),
            Some(state) => Progress::pending(state),
            None => Progress::pending("of no state"),
        })
    })
    .await
}

/// What EC2 says of a subnet.
pub(crate) fn attributes_of(subnet: &api::Subnet) -> Subnet {
    let ipv6 = subnet.ipv6_cidr_block_association_set().iter().find(|a| {
        a.ipv6_cidr_block_state().and_then(|s| s.state())
            == Some(&api::SubnetCidrBlockStateCode::Associated)
    });
    let names = subnet.private_dns_name_options_on_launch();
    let kind = names.and_then(|n| n.hostname_type()).map(|t| t.as_str());
    let a_record = names.and_then(|n| n.enable_resource_name_dns_a_record());
    let aaaa_record = names.and_then(|n| n.enable_resource_name_dns_aaaa_record());
    Subnet {
        id: subnet.subnet_id().into(),
        arn: subnet.subnet_arn().into(),
        assign_ipv6_address_on_creation: subnet
            .assign_ipv6_address_on_creation()
            .unwrap_or(false)
            .into(),
        availability_zone: subnet.availability_zone().into(),
        availability_zone_id: subnet.availability_zone_id().into(),
        cidr_block: subnet.cidr_block().into(),
        customer_owned_ipv4_pool: subnet.customer_owned_ipv4_pool().into(),
        enable_dns64: subnet.enable_dns64().unwrap_or(false).into(),
        enable_lni_at_device_index: subnet.enable_lni_at_device_index().into(),
        enable_resource_name_dns_a_record_on_launch: a_record.unwrap_or(false).into(),
        enable_resource_name_dns_aaaa_record_on_launch: aaaa_record.unwrap_or(false).into(),
        ipv6_cidr_block: ipv6.and_then(|a| a.ipv6_cidr_block()).into(),
        ipv6_cidr_block_association_id: ipv6.and_then(|a| a.association_id()).into(),
        ipv6_native: subnet.ipv6_native().unwrap_or(false).into(),
        map_customer_owned_ip_on_launch: subnet.map_customer_owned_ip_on_launch().into(),
        map_public_ip_on_launch: subnet.map_public_ip_on_launch().unwrap_or(false).into(),
        outpost_arn: subnet.outpost_arn().into(),
        owner_id: subnet.owner_id().into(),
        private_dns_hostname_type_on_launch: kind.into(),
        vpc_id: subnet.vpc_id().into(),
        ..Subnet::default()
    }
}

/// Sets what of a subnet can be changed in place, one attribute at a time, as EC2 takes them.
async fn set_attributes(
    cx: &Context<Aws>,
    id: &str,
    before: &Subnet,
    after: &Subnet,
) -> Result<(), Diagnostics> {
    let changed = |before: &Attr<bool>, after: &Attr<bool>| {
        let value = || api::AttributeBooleanValue::builder().value(after.is_true()).build();
        (after.is_known() && before.is_true() != after.is_true()).then(value)
    };
    let ask = || ec2(cx.client()).modify_subnet_attribute().subnet_id(id);
    let pool = (before.customer_owned_ipv4_pool.filled()
        != after.customer_owned_ipv4_pool.filled()
        || before.map_customer_owned_ip_on_launch.is_true()
            != after.map_customer_owned_ip_on_launch.is_true())
    .then(|| {
        let on = after.map_customer_owned_ip_on_launch.is_true();
        ask()
            .set_customer_owned_ipv4_pool(after.customer_owned_ipv4_pool.to_filled())
            .map_customer_owned_ip_on_launch(
                api::AttributeBooleanValue::builder().value(on).build(),
            )
    });
    let index = int(&after.enable_lni_at_device_index)
        .filter(|n| *n > 0 && Some(*n) != int(&before.enable_lni_at_device_index));
    let kind = after
        .private_dns_hostname_type_on_launch
        .filled()
        .filter(|k| Some(*k) != before.private_dns_hostname_type_on_launch.filled());
    let ipv6 =
        changed(&before.assign_ipv6_address_on_creation, &after.assign_ipv6_address_on_creation);
    let public = changed(&before.map_public_ip_on_launch, &after.map_public_ip_on_launch);
    let dns64 = changed(&before.enable_dns64, &after.enable_dns64);
    let a_record = changed(
        &before.enable_resource_name_dns_a_record_on_launch,
        &after.enable_resource_name_dns_a_record_on_launch,
    );
    let aaaa_record = changed(
        &before.enable_resource_name_dns_aaaa_record_on_launch,
        &after.enable_resource_name_dns_aaaa_record_on_launch,
    );
    let requests = [
        ipv6.map(|v| ("assign_ipv6_address_on_creation", ask().assign_ipv6_address_on_creation(v))),
        public.map(|v| ("map_public_ip_on_launch", ask().map_public_ip_on_launch(v))),
        pool.map(|request| ("customer_owned_ipv4_pool", request)),
        dns64.map(|v| ("enable_dns64", ask().enable_dns64(v))),
        index.map(|v| ("enable_lni_at_device_index", ask().enable_lni_at_device_index(v))),
        kind.map(|v| {
            (
                "private_dns_hostname_type_on_launch",
                ask().private_dns_hostname_type_on_launch(v.into()),
            )
        }),
        a_record.map(|v| {
            (
                "enable_resource_name_dns_a_record_on_launch",
                ask().enable_resource_name_dns_a_record_on_launch(v),
            )
        }),
        aaaa_record.map(|v| {
            (
                "enable_resource_name_dns_aaaa_record_on_launch",
                ask().enable_resource_name_dns_aaaa_record_on_launch(v),
            )
        }),
    ];
    for (name, request) in requests.into_iter().flatten() {
        request.send().await.during(format_args!("setting {WHAT} ({id}) {name}"))?;
    }
    Ok(())
}

async fn change_ipv6(
    cx: &Context<Aws>,
    id: &str,
    before: &Subnet,
    after: &Subnet,
) -> Result<(), Diagnostics> {
    if before.ipv6_cidr_block.filled() == after.ipv6_cidr_block.filled() {
        return Ok(());
    }
    let ec2 = ec2(cx.client());
    if let Some(association) = before.ipv6_cidr_block_association_id.filled() {
        let ask = ec2.disassociate_subnet_cidr_block().association_id(association);
        ask.send()
            .await
            .during(format_args!("disassociating {WHAT} ({id}) CIDR block ({association})"))?;
        let subnets = loaders::subnets(cx.client());
        until(cx, &subnets, id, WHAT, "to lose its IPv6 network", LIMIT, |subnet| {
            let mut there = subnet.iter().flat_map(|s| s.ipv6_cidr_block_association_set());
            let state = there.find(|a| a.association_id() == Some(association));
            let state = state.and_then(|a| a.ipv6_cidr_block_state()).and_then(|s| s.state());
            Ok(match state {
                None | Some(api::SubnetCidrBlockStateCode::Disassociated) => Progress::Ready(()),
                Some(state) => Progress::pending(state),
            })
        })
        .await?;
    }
    if let Some(network) = after.ipv6_cidr_block.filled() {
        let ask = ec2.associate_subnet_cidr_block().subnet_id(id).ipv6_cidr_block(network);
        ask.send()
            .await
            .during(format_args!("associating {WHAT} ({id}) IPv6 CIDR block ({network})"))?;
        settled(cx, id, LIMIT).await?;
    }
    Ok(())
}
