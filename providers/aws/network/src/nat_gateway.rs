//! `aws_nat_gateway`: a gateway that lets private subnets reach outside.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, client_token, plan_tags, record_tags, tagged,
    timeout_of, wanted_tags,
};
use groma_sdk::model::checks::one_of;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::ec2::{
    change_tags, difference, ec2, found, gone, id_of, int, read_made, set_of, tag_specifications,
    tags_of, texts, until,
};
use crate::loaders;
use crate::rules::set;
use crate::subnet_networks::check_address;

/// A gateway that lets private subnets reach outside.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NatGateway {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) allocation_id: Attr<String>,
    #[attr(computed)]
    pub(crate) association_id: Attr<String>,
    #[attr(optional, replace, default = "public", check = one_of(&["private", "public"]))]
    pub(crate) connectivity_type: Attr<String>,
    #[attr(computed)]
    pub(crate) network_interface_id: Attr<String>,
    #[attr(optional, computed, replace, check = checks::ip_address)]
    pub(crate) private_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) public_ip: Attr<String>,
    #[attr(optional)]
    pub(crate) secondary_allocation_ids: Attr<Set<String>>,
    #[attr(optional, computed, replace)]
    pub(crate) secondary_private_ip_address_count: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) secondary_private_ip_addresses: Attr<Set<String>>,
    #[attr(required, replace)]
    pub(crate) subnet_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(single)]
    pub(crate) timeouts: Blocks<NatGatewayTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NatGatewayTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

tagged!(NatGateway);

const WHAT: &str = "EC2 NAT Gateway";
const ABSENT: [&str; 2] = ["NatGatewayNotFound", "InvalidNatGatewayID.NotFound"];

pub(crate) struct NatGatewayResource;

#[async_trait]
impl Managed<Aws> for NatGatewayResource {
    type Model = NatGateway;

    fn name(&self) -> &'static str {
        "aws_nat_gateway"
    }

    fn validate(&self, config: &NatGateway, problems: &mut Problems) {
        let c = config;
        problems.conflict(
            ("secondary_private_ip_address_count", set(&c.secondary_private_ip_address_count)),
            ("secondary_private_ip_addresses", set(&c.secondary_private_ip_addresses)),
        );
        let private = c.connectivity_type.text() == "private";
        if private && (set(&c.allocation_id) || set(&c.secondary_allocation_ids)) {
            problems.error(
                "allocation_id",
                "Conflicting configuration arguments",
                "A private NAT gateway has no Elastic IP addresses: leave out \"allocation_id\" and \
                 \"secondary_allocation_ids\".",
            );
        }
        if !private && !c.connectivity_type.is_unknown() {
            if c.allocation_id.is_null() {
                problems.error(
                    "allocation_id",
                    "Missing required argument",
                    "A public NAT gateway needs an Elastic IP address: set \"allocation_id\".",
                );
            }
            if set(&c.secondary_private_ip_address_count) {
                problems.error(
                    "secondary_private_ip_address_count",
                    "Conflicting configuration arguments",
                    "Only a private NAT gateway takes a number of secondary addresses; a public one \
                     takes \"secondary_allocation_ids\".",
                );
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<NatGateway>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        within_subnet(cx, change).await?;
        let (c, p) = (&change.config, &mut change.planned);
        let Some(prior) = &change.prior else { return Ok(()) };
        let ids = |n: &NatGateway| n.secondary_allocation_ids.or_default();
        if ids(prior) != ids(p) || p.secondary_allocation_ids.is_unknown() {
            if !set(&c.secondary_private_ip_addresses) {
                p.secondary_private_ip_addresses = Attr::Unknown;
            }
            if !set(&c.secondary_private_ip_address_count) {
                p.secondary_private_ip_address_count = Attr::Unknown;
            }
        } else if prior.secondary_private_ip_addresses != p.secondary_private_ip_addresses
            && !set(&c.secondary_private_ip_address_count)
        {
            p.secondary_private_ip_address_count = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: NatGateway,
        planned: NatGateway,
    ) -> Result<NatGateway, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let count = int(&planned.secondary_private_ip_address_count).filter(|n| *n > 0);
        let made = ec2(aws)
            .create_nat_gateway()
            .client_token(client_token(cx))
            .set_allocation_id(planned.allocation_id.to_filled())
            .set_connectivity_type(
                planned.connectivity_type.filled().map(api::ConnectivityType::from),
            )
            .set_private_ip_address(planned.private_ip.to_filled())
            .set_secondary_allocation_ids(texts(&planned.secondary_allocation_ids))
            .set_secondary_private_ip_address_count(count)
            .set_secondary_private_ip_addresses(texts(&planned.secondary_private_ip_addresses))
            .set_subnet_id(planned.subnet_id.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::Natgateway, &tags))
            .send()
            .await
            .during("creating EC2 NAT Gateway")?;
        let id = id_of(made.nat_gateway().and_then(|g| g.nat_gateway_id()), WHAT)?;
        let gateway = NatGateway { id: id.clone().into(), ..planned };
        cx.keep_model(&gateway);
        let limit = timeout_of(&timeouts(&gateway).create, Duration::from_secs(600));
        until(cx, &loaders::nat_gateways(aws), &id, WHAT, "to become available", limit, available)
            .await?;
        read_made(cx, WHAT, &id, || self.read(cx, gateway.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: NatGateway,
    ) -> Result<Option<NatGateway>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::nat_gateways(aws).load(id.clone()).await;
        let read = read.during(format_args!("reading {WHAT} ({id})"))?;
        let Some(gateway) = read.filter(is_there) else { return Ok(None) };
        let mut now = state;
        now.connectivity_type = gateway.connectivity_type().map_or("public", |c| c.as_str()).into();
        now.subnet_id = gateway.subnet_id().into();
        let (mut allocations, mut ips) = (Vec::new(), Vec::new());
        for address in gateway.nat_gateway_addresses() {
            // Where EC2 does not say which is the primary one, it is the only one.
            if address.is_primary().unwrap_or(gateway.nat_gateway_addresses().len() == 1) {
                now.allocation_id = address.allocation_id().into();
                now.association_id = address.association_id().into();
                now.network_interface_id = address.network_interface_id().into();
                now.private_ip = address.private_ip().into();
                now.public_ip = address.public_ip().into();
            } else {
                allocations.extend(address.allocation_id().map(str::to_owned));
                ips.extend(address.private_ip().map(str::to_owned));
            }
        }
        now.secondary_private_ip_address_count = Attr::Known(ips.len() as i64);
        now.secondary_allocation_ids = set_of(allocations);
        now.secondary_private_ip_addresses = set_of(ips);
        record_tags(aws, &mut now, tags_of(gateway.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: NatGateway,
        _config: NatGateway,
        planned: NatGateway,
    ) -> Result<NatGateway, Diagnostics> {
        let id = prior.id.text().to_owned();
        change_addresses(cx, &id, &prior, &planned).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: NatGateway) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let ask = ec2(cx.client()).delete_nat_gateway().nat_gateway_id(id);
        ask.send().await.unless(&ABSENT).during(format_args!("deleting {WHAT} ({id})"))?;
        let limit = timeout_of(&timeouts(&prior).delete, Duration::from_secs(1800));
        gone(cx, &loaders::nat_gateways(cx.client()), id, WHAT, limit, is_there).await
    }
}

fn timeouts(gateway: &NatGateway) -> NatGatewayTimeouts {
    gateway.timeouts.first().cloned().unwrap_or_default()
}

/// Addresses that are configured must be of the subnet, if that is there.
async fn within_subnet(cx: &Context<Aws>, change: &Planned<NatGateway>) -> Result<(), Diagnostics> {
    let c = &change.config;
    let same = change.prior.as_ref().is_some_and(|prior| {
        prior.subnet_id == c.subnet_id
            && (!set(&c.private_ip) || prior.private_ip == c.private_ip)
            && (!set(&c.secondary_private_ip_addresses)
                || prior.secondary_private_ip_addresses == c.secondary_private_ip_addresses)
    });
    let ips = c.secondary_private_ip_addresses.or_default();
    if same || (c.private_ip.filled().is_none() && ips.is_empty()) {
        return Ok(());
    }
    let Some(subnet) = c.subnet_id.filled() else { return Ok(()) };
    // Whether the subnet exists, or may be read, is not the question.
    let read = loaders::subnets(cx.client()).load(subnet.to_owned()).await;
    let Ok(Some(there)) = read else { return Ok(()) };
    let mut problems = Problems::new();
    if let Some(address) = c.private_ip.filled() {
        check_address(&there, "private_ip", address, &mut problems);
    }
    for address in &ips {
        check_address(&there, "secondary_private_ip_addresses", address, &mut problems);
    }
    problems.into_result()
}

/// EC2 describes deleted gateways for another hour.
fn is_there(gateway: &api::NatGateway) -> bool {
    gateway.state() != Some(&api::NatGatewayState::Deleted)
}

fn available(gateway: Option<api::NatGateway>) -> Result<Progress<()>, Diagnostics> {
    let Some(gateway) = gateway else { return Ok(Progress::pending("not there yet")) };
    match gateway.state() {
        Some(api::NatGatewayState::Available) => Ok(Progress::Ready(())),
        Some(api::NatGatewayState::Failed | api::NatGatewayState::Deleted) => {
            let id = gateway.nat_gateway_id().unwrap_or_default();
            let code = gateway.failure_code().unwrap_or("Failed");
            let message = gateway.failure_message().unwrap_or("EC2 gives no reason");
            Err(Diagnostic::error(
                format!("waiting for {WHAT} ({id}) to become available: it failed"),
                format!("{code}: {message}. Mend the cause; the gateway will be replaced."),
            )
            .into())
        }
        Some(state) => Ok(Progress::pending(state)),
        None => Ok(Progress::pending("of no state")),
    }
}

/// Changes the addresses that a gateway has besides its first one.
async fn change_addresses(
    cx: &Context<Aws>,
    id: &str,
    before: &NatGateway,
    after: &NatGateway,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let about = format!("updating {WHAT} ({id}) secondary addresses");
    let gateways = loaders::nat_gateways(cx.client());
    let limit = timeout_of(&timeouts(after).update, Duration::from_secs(600));
    if after.connectivity_type.text() == "private" {
        if !after.secondary_private_ip_addresses.is_known() {
            return Ok(());
        }
        let (new, old) = difference(
            &before.secondary_private_ip_addresses,
            &after.secondary_private_ip_addresses,
        );
        if !new.is_empty() {
            let ask = ec2.assign_private_nat_gateway_address().nat_gateway_id(id);
            ask.set_private_ip_addresses(Some(new)).send().await.during(&about)?;
        }
        if !old.is_empty() {
            let ask = ec2.unassign_private_nat_gateway_address().nat_gateway_id(id);
            ask.set_private_ip_addresses(Some(old)).send().await.during(&about)?;
        }
    } else {
        let (new, old) =
            difference(&before.secondary_allocation_ids, &after.secondary_allocation_ids);
        if !new.is_empty() {
            let ask = ec2.associate_nat_gateway_address().nat_gateway_id(id);
            let ips =
                texts(&after.secondary_private_ip_addresses).filter(|ips| ips.len() == new.len());
            let ask = ask.set_private_ip_addresses(ips);
            ask.set_allocation_ids(Some(new)).send().await.during(&about)?;
        }
        if !old.is_empty() {
            let read = gateways.load(id.to_owned()).await.during(&about)?;
            let associations =
                read.iter().flat_map(|g| g.nat_gateway_addresses()).filter_map(|a| {
                    let allocation = a.allocation_id()?;
                    old.iter()
                        .any(|o| o == allocation)
                        .then(|| a.association_id().map(str::to_owned))?
                });
            let associations = Some(associations.collect());
            let ask = ec2.disassociate_nat_gateway_address().nat_gateway_id(id);
            ask.set_association_ids(associations).send().await.during(&about)?;
        }
    }
    until(cx, &gateways, id, WHAT, "to have its addresses", limit, |gateway| {
        let busy = gateway.iter().flat_map(|g| g.nat_gateway_addresses()).any(|a| {
            a.status().is_some_and(|s| {
                !matches!(
                    s,
                    api::NatGatewayAddressStatus::Succeeded | api::NatGatewayAddressStatus::Failed
                )
            })
        });
        Ok(if busy { Progress::pending("changing") } else { Progress::Ready(()) })
    })
    .await
}
