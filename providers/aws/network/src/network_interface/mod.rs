//! `aws_network_interface`: an interface in a subnet, which may be attached to an instance.
//!
//! Emulators know neither prefixes nor primary IPv6 addresses, and do not clear descriptions: what is
//! sent for these is tested beside the code.

mod addresses;
mod attachment;
mod model;
mod planning;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, TagMap, client_token, plan_tags, record_tags,
    wanted_tags,
};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Planned, Problems, Set, async_trait};

use self::addresses::Kind;
pub(crate) use self::model::NetworkInterface;
use crate::ec2::{
    arn, change_tags, ec2, found, gone, id_of, int, read_made, release, set_of, tag_specifications,
    tags_of, texts, until,
};
use crate::loaders;

const WHAT: &str = "EC2 Network Interface";
const LIMIT: Duration = Duration::from_secs(600);

pub(crate) struct NetworkInterfaceResource;

#[async_trait]
impl Managed<Aws> for NetworkInterfaceResource {
    type Model = NetworkInterface;

    fn name(&self) -> &'static str {
        "aws_network_interface"
    }

    fn validate(&self, config: &NetworkInterface, problems: &mut Problems) {
        planning::validate(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<NetworkInterface>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        planning::addresses(change);
        planning::attachment(change);
        planning::within_subnet(cx, change).await
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: NetworkInterface,
        planned: NetworkInterface,
    ) -> Result<NetworkInterface, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        // EC2 fails where it is to make an interface with both prefixes and tags.
        let late = set_of_texts(&planned.ipv4_prefixes) || set_of_texts(&planned.ipv6_prefixes);
        let first = if late { TagMap::new() } else { tags.clone() };
        let made = request(cx, &config, &planned, &first)
            .send()
            .await
            .during("creating EC2 Network Interface")?;
        let made = made.network_interface();
        let id = id_of(made.and_then(|i| i.network_interface_id()), WHAT)?;
        let interface = NetworkInterface { id: id.clone().into(), ..planned };
        // Nothing but what was in the request is there yet.
        let mut kept = NetworkInterface {
            source_dest_check: true.into(),
            attachment: Blocks::none(),
            ..interface.clone()
        };
        if late {
            kept.tags = Attr::Null;
            kept.tags_all = Attr::Null;
        }
        cx.keep_model(&kept);
        until(cx, &loaders::network_interfaces(aws), &id, WHAT, "to be created", LIMIT, |i| {
            Ok(match i.as_ref().and_then(|i| i.status()) {
                Some(status) if status.as_str() == "pending" => Progress::pending(status),
                Some(_) => Progress::Ready(()),
                None => Progress::pending("not there yet"),
            })
        })
        .await?;
        if late {
            let change = TagChange { put: tags, remove: Vec::new() };
            change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        }
        if let Some(count) = int(&config.private_ips_count)
            && !interface.private_ip_list_enabled.is_true()
            && set_of_texts(&interface.private_ips)
        {
            addresses::fit(cx, &id, Kind::Ipv4, count).await?;
        }
        set_attributes(cx, &id, &kept, &interface).await?;
        if let Some(wanted) = config.attachment.first() {
            attachment::attach(cx, &id, wanted).await?;
        }
        read_made(cx, WHAT, &id, || self.read(cx, interface.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: NetworkInterface,
    ) -> Result<Option<NetworkInterface>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::network_interfaces(aws).load(id.clone()).await;
        let Some(there) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        let mut now = recorded(state, &there);
        let resource = format!("network-interface/{id}");
        now.arn = arn(aws, there.owner_id(), &resource).await?.into();
        record_tags(aws, &mut now, tags_of(there.tag_set()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: NetworkInterface,
        config: NetworkInterface,
        planned: NetworkInterface,
    ) -> Result<NetworkInterface, Diagnostics> {
        let id = prior.id.text().to_owned();
        attachment::change(cx, &id, &prior, &config).await?;
        addresses::change(cx, &id, &prior, &config).await?;
        set_attributes(cx, &id, &prior, &planned).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: NetworkInterface) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let interfaces = loaders::network_interfaces(cx.client());
        let read = interfaces.load(id.to_owned()).await;
        let Some(there) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(());
        };
        attachment::detach(cx, id, &there).await?;
        // What it was attached to holds it for a moment longer.
        let held = ["InvalidNetworkInterface.InUse", "DependencyViolation"];
        let absent = ["InvalidNetworkInterfaceID.NotFound"];
        release(cx, format!("{WHAT} ({id})"), LIMIT, &held, &absent, || async {
            ec2.delete_network_interface().network_interface_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &interfaces, id, WHAT, LIMIT, |_| true).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<NetworkInterface>, Diagnostics> {
        // What is nowhere but in states is as it is by default.
        Ok(Some(NetworkInterface {
            id: id.into(),
            private_ip_list_enabled: false.into(),
            ipv6_address_list_enabled: false.into(),
            ..NetworkInterface::default()
        }))
    }
}

fn set_of_texts(texts: &Attr<Set<String>>) -> bool {
    texts.get().is_some_and(|t| !t.is_empty())
}

type Create =
    aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder;

/// The request for an interface.
fn request(
    cx: &Context<Aws>,
    config: &NetworkInterface,
    planned: &NetworkInterface,
    tags: &TagMap,
) -> Create {
    let ipv4 = wanted_ipv4(config);
    let count = int(&config.private_ips_count).filter(|n| *n > 0 && ipv4.is_empty());
    let ipv6 = wanted_ipv6(config);
    let six = |a: String| api::InstanceIpv6Address::builder().ipv6_address(a).build();
    let prefix4 = |p: String| api::Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(p).build();
    let prefix6 = |p: String| api::Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(p).build();
    let some = |n: &Attr<i64>| int(n).filter(|n| *n > 0);
    ec2(cx.client())
        .create_network_interface()
        .client_token(client_token(cx))
        .set_subnet_id(planned.subnet_id.to_filled())
        .set_description(planned.description.to_filled())
        .set_enable_primary_ipv6(planned.enable_primary_ipv6.cloned().filter(|on| *on))
        .set_groups(texts(&planned.security_groups))
        .set_interface_type(
            planned.interface_type.filled().map(api::NetworkInterfaceCreationType::from),
        )
        .set_ipv4_prefix_count(some(&config.ipv4_prefix_count))
        .set_ipv4_prefixes(
            texts(&planned.ipv4_prefixes).map(|all| all.into_iter().map(prefix4).collect()),
        )
        .set_ipv6_address_count(some(&config.ipv6_address_count))
        .set_ipv6_addresses((!ipv6.is_empty()).then(|| ipv6.into_iter().map(six).collect()))
        .set_ipv6_prefix_count(some(&config.ipv6_prefix_count))
        .set_ipv6_prefixes(
            texts(&planned.ipv6_prefixes).map(|all| all.into_iter().map(prefix6).collect()),
        )
        .set_private_ip_address(config.private_ip.to_filled().filter(|_| ipv4.is_empty()))
        .set_private_ip_addresses((!ipv4.is_empty()).then(|| first_is_primary(ipv4)))
        .set_secondary_private_ip_address_count(count)
        .set_tag_specifications(tag_specifications(api::ResourceType::NetworkInterface, tags))
}

/// The IPv4 addresses that are configured, the primary one first.
fn wanted_ipv4(config: &NetworkInterface) -> Vec<String> {
    match config.private_ip_list_enabled.is_true() {
        true => config.private_ip_list.or_default(),
        false => {
            let mut all = config.private_ips.or_default().0;
            if let Some(primary) = config.private_ip.filled() {
                all.sort_by_key(|ip| ip != primary);
            }
            all
        }
    }
}

fn wanted_ipv6(config: &NetworkInterface) -> Vec<String> {
    match config.ipv6_address_list_enabled.is_true() {
        true => config.ipv6_address_list.or_default(),
        false => config.ipv6_addresses.or_default().0,
    }
}

fn first_is_primary(addresses: Vec<String>) -> Vec<api::PrivateIpAddressSpecification> {
    let of = |(i, address): (usize, String)| {
        api::PrivateIpAddressSpecification::builder()
            .private_ip_address(address)
            .primary(i == 0)
            .build()
    };
    addresses.into_iter().enumerate().map(of).collect()
}

/// What EC2 says of an interface.
fn recorded(state: NetworkInterface, there: &api::NetworkInterface) -> NetworkInterface {
    let ipv4: Vec<String> = there
        .private_ip_addresses()
        .iter()
        .filter_map(|a| a.private_ip_address().map(str::to_owned))
        .collect();
    let known = [state.ipv6_addresses.or_default().0, state.ipv6_address_list.or_default()];
    let ipv6: Vec<String> =
        Kind::Ipv6.of(there).into_iter().map(|a| as_known(&known.concat(), a)).collect();
    let primary_ipv6 = there.ipv6_addresses().iter().any(|a| a.is_primary_ipv6() == Some(true));
    let prefixes4 = Kind::Ipv4Prefix.of(there);
    let known = state.ipv6_prefixes.or_default().0;
    let prefixes6: Vec<String> =
        Kind::Ipv6Prefix.of(there).into_iter().map(|p| as_known(&known, p)).collect();
    let count = |all: &[String]| Attr::Known(all.len() as i64);
    NetworkInterface {
        attachment: there.attachment().map(attachment::block).into(),
        description: there.description().into(),
        enable_primary_ipv6: (primary_ipv6 || state.enable_primary_ipv6.is_true()).into(),
        interface_type: there.interface_type().map(|t| t.as_str()).into(),
        ipv4_prefix_count: count(&prefixes4),
        ipv4_prefixes: set_of(prefixes4),
        ipv6_address_count: count(&ipv6),
        ipv6_address_list: Attr::Known(ipv6.clone()),
        ipv6_addresses: set_of(ipv6),
        ipv6_prefix_count: count(&prefixes6),
        ipv6_prefixes: set_of(prefixes6),
        mac_address: there.mac_address().into(),
        outpost_arn: there.outpost_arn().into(),
        owner_id: there.owner_id().into(),
        private_dns_name: there.private_dns_name().into(),
        private_ip: there.private_ip_address().into(),
        private_ip_list: Attr::Known(ipv4.clone()),
        private_ips_count: Attr::Known(ipv4.len().saturating_sub(1) as i64),
        private_ips: set_of(ipv4),
        security_groups: set_of(there.groups().iter().filter_map(|g| g.group_id())),
        source_dest_check: there.source_dest_check().into(),
        subnet_id: there.subnet_id().into(),
        ..state
    }
}

/// An address or network of IPv6 in the form in which it is known.
fn as_known(known: &[String], there: String) -> String {
    let meaning = |text: &str| {
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        (address.parse::<std::net::Ipv6Addr>().ok(), bits.to_owned())
    };
    let same = known.iter().find(|k| meaning(k) == meaning(&there) && meaning(k).0.is_some());
    same.cloned().unwrap_or(there)
}

/// Sets what can be changed in place, one attribute at a time, as EC2 takes them.
async fn set_attributes(
    cx: &Context<Aws>,
    id: &str,
    before: &NetworkInterface,
    after: &NetworkInterface,
) -> Result<(), Diagnostics> {
    let ask = || ec2(cx.client()).modify_network_interface_attribute().network_interface_id(id);
    let check =
        after.source_dest_check.cloned().filter(|on| *on != before.source_dest_check.is_true());
    let groups = after.security_groups.get().filter(|g| Some(*g) != before.security_groups.get());
    let text = after.description.text();
    let primary = after.enable_primary_ipv6.is_true() && !before.enable_primary_ipv6.is_true();
    let requests = [
        check.map(|on| {
            let on = api::AttributeBooleanValue::builder().value(on).build();
            ("SourceDestCheck", ask().source_dest_check(on))
        }),
        groups
            .filter(|groups| !groups.is_empty())
            .map(|groups| ("Groups", ask().set_groups(Some(groups.0.clone())))),
        (!after.description.is_unknown() && before.description.text() != text).then(|| {
            let text = api::AttributeValue::builder().value(text).build();
            ("Description", ask().description(text))
        }),
        primary.then(|| ("EnablePrimaryIpv6", ask().enable_primary_ipv6(true))),
    ];
    for (name, request) in requests.into_iter().flatten() {
        request.send().await.during(format_args!("modifying {WHAT} ({id}) {name}"))?;
    }
    Ok(())
}
