//! `aws_eip`: an Elastic IP address.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, plan_tags, record_tags, retry, tagged,
    timeout_of, wanted_tags,
};
use groma_sdk::model::checks::one_of;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::ec2::{
    arn, change_tags, create_unnamed, ec2, found, id_of, read_made, release, tag_specifications,
    tags_of, until, with_tags,
};
use crate::loaders;
use crate::rules::set;

/// An Elastic IP address.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Eip {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) address: Attr<String>,
    #[attr(computed)]
    pub(crate) allocation_id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) associate_with_private_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) association_id: Attr<String>,
    #[attr(computed)]
    pub(crate) carrier_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) customer_owned_ip: Attr<String>,
    #[attr(optional)]
    pub(crate) customer_owned_ipv4_pool: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["vpc", "standard"]))]
    pub(crate) domain: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) instance: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) ipam_pool_id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) network_border_group: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) network_interface: Attr<String>,
    #[attr(computed)]
    pub(crate) private_dns: Attr<String>,
    #[attr(computed)]
    pub(crate) private_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) ptr_record: Attr<String>,
    #[attr(computed)]
    pub(crate) public_dns: Attr<String>,
    #[attr(computed)]
    pub(crate) public_ip: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) public_ipv4_pool: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, replace, deprecated = "Use domain = \"vpc\" instead.")]
    pub(crate) vpc: Attr<bool>,
    #[block(single)]
    pub(crate) timeouts: Blocks<EipTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EipTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

tagged!(Eip);

const WHAT: &str = "EC2 EIP";
const ABSENT: [&str; 2] = ["InvalidAllocationID.NotFound", "InvalidAddress.NotFound"];

pub(crate) struct EipResource;

#[async_trait]
impl Managed<Aws> for EipResource {
    type Model = Eip;

    fn name(&self) -> &'static str {
        "aws_eip"
    }

    fn validate(&self, config: &Eip, problems: &mut Problems) {
        problems.conflict(("domain", set(&config.domain)), ("vpc", set(&config.vpc)));
    }

    async fn plan(&self, cx: &Context<Aws>, change: &mut Planned<Eip>) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let Some(prior) = &change.prior else { return Ok(()) };
        let (c, p) = (&change.config, &mut change.planned);
        let moved = p.instance != prior.instance
            || p.network_interface != prior.network_interface
            || p.associate_with_private_ip != prior.associate_with_private_ip;
        if moved {
            p.association_id = Attr::Unknown;
            p.private_ip = Attr::Unknown;
            p.private_dns = Attr::Unknown;
            if !set(&c.instance) {
                p.instance = Attr::Unknown;
            }
            if !set(&c.network_interface) {
                p.network_interface = Attr::Unknown;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: Eip,
        planned: Eip,
    ) -> Result<Eip, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let domain = match (planned.domain.filled(), planned.vpc.cloned()) {
            (Some(domain), _) => Some(api::DomainType::from(domain)),
            (None, Some(true)) => Some(api::DomainType::Vpc),
            _ => None,
        };
        let request = ec2(aws)
            .allocate_address()
            .set_address(planned.address.to_filled())
            .set_customer_owned_ipv4_pool(planned.customer_owned_ipv4_pool.to_filled())
            .set_domain(domain)
            .set_ipam_pool_id(planned.ipam_pool_id.to_filled())
            .set_network_border_group(planned.network_border_group.to_filled())
            .set_public_ipv4_pool(planned.public_ipv4_pool.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::ElasticIp, &tags));
        let made = create_unnamed(cx, WHAT, with_tags(&tags), |once| {
            let request = request.clone().customize().config_override(once);
            async { request.send().await.typed() }
        })
        .await?;
        let id = id_of(made.allocation_id(), WHAT)?;
        let eip = Eip { id: id.clone().into(), ..planned };
        cx.keep_model(&Eip {
            public_ip: made.public_ip().into(),
            instance: Attr::Null,
            network_interface: Attr::Null,
            ..eip.clone()
        });
        until(cx, &loaders::addresses(aws), &id, WHAT, "to be created", LIMIT, |address| {
            Ok(address.map_or(Progress::pending("not there yet"), |_| Progress::Ready(())))
        })
        .await?;
        if config.instance.filled().is_some() || config.network_interface.filled().is_some() {
            associate(cx, &id, &config).await?;
        }
        read_made(cx, WHAT, &id, || self.read(cx, eip.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Eip) -> Result<Option<Eip>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let about = format!("reading {WHAT} ({id})");
        let Some(address) = loaders::addresses(aws).load(id.clone()).await.during(&about)? else {
            return Ok(None);
        };
        let pointer = pointer(cx, &id, &address).await;
        let region = aws.region();
        let mut now = Eip {
            address: state.address,
            associate_with_private_ip: state.associate_with_private_ip,
            ipam_pool_id: state.ipam_pool_id,
            tags: state.tags,
            tags_all: state.tags_all,
            timeouts: state.timeouts,
            id: id.clone().into(),
            allocation_id: id.clone().into(),
            arn: arn(aws, None, &format!("elastic-ip/{id}")).await?.into(),
            association_id: address.association_id().into(),
            carrier_ip: address.carrier_ip().into(),
            customer_owned_ip: address.customer_owned_ip().into(),
            customer_owned_ipv4_pool: address.customer_owned_ipv4_pool().into(),
            domain: address.domain().map(|d| d.as_str()).into(),
            instance: address.instance_id().into(),
            network_border_group: address.network_border_group().into(),
            network_interface: address.network_interface_id().into(),
            private_dns: address.private_ip_address().map(|ip| private_name(region, ip)).into(),
            private_ip: address.private_ip_address().into(),
            ptr_record: pointer.into(),
            public_dns: address
                .public_ip()
                .map(|ip| public_name(region, aws.partition().dns_suffix, ip))
                .into(),
            public_ip: address.public_ip().into(),
            public_ipv4_pool: address.public_ipv4_pool().into(),
            vpc: (address.domain() == Some(&api::DomainType::Vpc)).into(),
        };
        record_tags(aws, &mut now, tags_of(address.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Eip,
        config: Eip,
        planned: Eip,
    ) -> Result<Eip, Diagnostics> {
        let id = prior.id.text().to_owned();
        let other = |before: &Attr<String>, after: &Attr<String>| {
            set(after) && before.filled() != after.filled()
        };
        let to = &config;
        let detach = prior.association_id.filled().is_some()
            && config.instance.is_null()
            && config.network_interface.is_null()
            && (planned.instance.is_unknown() || planned.network_interface.is_unknown());
        if other(&prior.instance, &to.instance)
            || other(&prior.network_interface, &to.network_interface)
            || planned.associate_with_private_ip.filled()
                != prior.associate_with_private_ip.filled()
            || detach
        {
            if let Some(association) = prior.association_id.filled() {
                disassociate(cx, &id, association).await?;
            }
            if to.instance.filled().is_some() || to.network_interface.filled().is_some() {
                associate(cx, &id, to).await?;
            }
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Eip) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let addresses = loaders::addresses(cx.client());
        let read = addresses.load(id.to_owned()).await;
        let Some(address) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(());
        };
        let of_others =
            address.network_interface_owner_id().is_some_and(|o| o.starts_with("amazon-"));
        if let Some(association) = address.association_id().filter(|a| !a.is_empty() && !of_others)
        {
            disassociate(cx, id, association).await?;
        }
        let limit = timeouts(&prior).delete;
        let limit = timeout_of(&limit, Duration::from_secs(180));
        // An address that was just in use counts as so for a while.
        let held = ["AuthFailure", "InvalidIPAddress.InUse"];
        release(cx, format!("{WHAT} ({id})"), limit, &held, &ABSENT, || async {
            ec2.release_address()
                .allocation_id(id)
                .set_network_border_group(prior.network_border_group.to_filled())
                .send()
                .await
                .typed()
        })
        .await
    }
}

const LIMIT: Duration = Duration::from_secs(300);

fn timeouts(eip: &Eip) -> EipTimeouts {
    eip.timeouts.first().cloned().unwrap_or_default()
}

/// The name that an address has back, if it was given one.
async fn pointer(cx: &Context<Aws>, id: &str, address: &api::Address) -> Option<String> {
    if address.domain() != Some(&api::DomainType::Vpc) {
        return None;
    }
    let ec2 = ec2(cx.client());
    let pointers = cx.client().loader("ec2:address_names", 200, move |ids: Vec<String>| {
        let ask = ec2
            .describe_addresses_attribute()
            .attribute(api::AddressAttributeName::DomainName)
            .set_allocation_ids(Some(ids));
        async move {
            let answer = ask.send().await.typed()?.addresses.unwrap_or_default();
            let named = answer.into_iter().map(|a| {
                let id = a.allocation_id().unwrap_or_default().to_owned();
                (id, a.ptr_record().map(str::to_owned))
            });
            Ok(named.collect())
        }
    });
    // Few addresses have one, and not all may ask.
    pointers.load(id.to_owned()).await.ok().flatten().flatten()
}

fn private_name(region: &str, ip: &str) -> String {
    let domain = match region {
        "us-east-1" => "ec2".to_owned(),
        region => format!("{region}.compute"),
    };
    format!("ip-{}.{domain}.internal", ip.replace('.', "-"))
}

fn public_name(region: &str, suffix: &str, ip: &str) -> String {
    let domain = match region {
        "us-east-1" => "compute-1".to_owned(),
        region => format!("{region}.compute"),
    };
    format!("ec2-{}.{domain}.{suffix}", ip.replace('.', "-"))
}

async fn associate(cx: &Context<Aws>, id: &str, to: &Eip) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    // The instance may not run yet.
    let early = |e: &groma_aws_core::Error| {
        e.is("InvalidAllocationID.NotFound") || e.says("InvalidInstanceID", "pending instance")
    };
    let done = retry(cx, format!("{WHAT} ({id}) to be associated"), LIMIT, early, || async {
        let interface = to.network_interface.to_filled();
        ec2.associate_address()
            .allocation_id(id)
            .set_instance_id(to.instance.to_filled().filter(|_| interface.is_none()))
            .set_network_interface_id(interface)
            .set_private_ip_address(to.associate_with_private_ip.to_filled())
            .send()
            .await
            .typed()
    });
    let done = done.await.during(format_args!("associating {WHAT} ({id})"))?;
    let association = done.association_id().map(str::to_owned);
    until(cx, &loaders::addresses(cx.client()), id, WHAT, "to be associated", LIMIT, |address| {
        let there = address.and_then(|a| a.association_id().map(str::to_owned));
        Ok(match there {
            Some(there) if association.as_ref().is_none_or(|a| *a == there) => Progress::Ready(()),
            _ => Progress::pending("not associated"),
        })
    })
    .await
}

async fn disassociate(cx: &Context<Aws>, id: &str, association: &str) -> Result<(), Diagnostics> {
    let ask = ec2(cx.client()).disassociate_address().association_id(association);
    ask.send()
        .await
        .unless(&["InvalidAssociationID.NotFound"])
        .during(format_args!("disassociating {WHAT} ({id})"))
        .map(drop)
}
