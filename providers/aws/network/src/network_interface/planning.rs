//! What is planned for an interface, and what is refused before it is tried.

use aws_sdk_ec2::types as api;
use groma_aws_core::Aws;
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Planned, Problems};

use super::model::{NetworkInterface, NetworkInterfaceAttachment};
use crate::loaders;
use crate::rules::set;
use crate::subnet_networks::check_address;

/// How many security groups an interface can have, however high the quota is.
const GROUPS: usize = 16;

pub(super) fn validate(c: &NetworkInterface, problems: &mut Problems) {
    let ips = ("private_ips", set(&c.private_ips));
    let ips_count = ("private_ips_count", set(&c.private_ips_count));
    let list = ("private_ip_list", set(&c.private_ip_list));
    let six = ("ipv6_addresses", set(&c.ipv6_addresses));
    let six_count = ("ipv6_address_count", set(&c.ipv6_address_count));
    let six_list = ("ipv6_address_list", set(&c.ipv6_address_list));
    for (a, b) in [
        (list, ips),
        (list, ips_count),
        (six_list, six),
        (six_list, six_count),
        (six_count, six),
        (
            ("ipv4_prefix_count", set(&c.ipv4_prefix_count)),
            ("ipv4_prefixes", set(&c.ipv4_prefixes)),
        ),
        (
            ("ipv6_prefix_count", set(&c.ipv6_prefix_count)),
            ("ipv6_prefixes", set(&c.ipv6_prefixes)),
        ),
    ] {
        problems.conflict(a, b);
    }
    if let (Some(addresses), Some(count)) = (c.private_ips.get(), c.private_ips_count.get())
        && addresses.len() as i64 - 1 > *count
    {
        problems.error(
            "private_ips_count",
            "Conflicting configuration arguments",
            format!(
                "\"private_ips\" has {} addresses besides the primary one, but \
                 \"private_ips_count\" is {count}. Leave the count out, or make it as large at least.",
                addresses.len() - 1
            ),
        );
    }
    if let (Some(addresses), Some(primary)) = (c.private_ips.get(), c.private_ip.filled())
        && !addresses.is_empty()
        && !addresses.iter().any(|a| a == primary)
    {
        problems.error(
            "private_ip",
            "Conflicting configuration arguments",
            format!("The primary address {primary} is not among \"private_ips\". Add it there."),
        );
    }
    if c.attachment.len() > 1 {
        problems.error(
            "attachment",
            "Too many attachments",
            "An interface can be attached to one instance only: leave one \"attachment\" block.",
        );
    }
    if let Some(groups) = c.security_groups.get().filter(|g| g.len() > GROUPS) {
        problems.error(
            "security_groups",
            "Too many security groups",
            format!(
                "An interface has at most {GROUPS} security groups, but here are {}.",
                groups.len()
            ),
        );
    }
}

/// Whether an attribute is configured with anything but what it was.
fn changes<T: PartialEq>(config: &Attr<T>, prior: &Attr<T>) -> bool {
    set(config) && config != prior
}

/// Plans what follows from a change of addresses, and whether it can be made in place.
pub(super) fn addresses(change: &mut Planned<NetworkInterface>) {
    let nothing = NetworkInterface::default();
    let (c, p) = (&change.config, &mut change.planned);
    let prior = change.prior.as_ref().unwrap_or(&nothing);
    let ips = changes(&c.private_ips, &prior.private_ips);
    let count = changes(&c.private_ips_count, &prior.private_ips_count);
    let list = changes(&c.private_ip_list, &prior.private_ip_list);
    if c.private_ip_list_enabled.is_true() {
        if list {
            p.private_ips = Attr::Unknown;
            p.private_ips_count = Attr::Unknown;
        }
    } else if ips || count || list {
        // A list that does not count is what EC2 makes of it.
        p.private_ip_list = Attr::Unknown;
        if !ips && count {
            p.private_ips = Attr::Unknown;
        }
        if ips && !count && !set(&c.private_ips_count) {
            p.private_ips_count = Attr::Unknown;
        }
    }
    let six = changes(&c.ipv6_addresses, &prior.ipv6_addresses);
    let six_count = changes(&c.ipv6_address_count, &prior.ipv6_address_count);
    let six_list = changes(&c.ipv6_address_list, &prior.ipv6_address_list);
    if c.ipv6_address_list_enabled.is_true() {
        if six_list {
            p.ipv6_addresses = Attr::Unknown;
            p.ipv6_address_count = Attr::Unknown;
        }
    } else if six || six_count || six_list {
        p.ipv6_address_list = Attr::Unknown;
        if !six && six_count {
            p.ipv6_addresses = Attr::Unknown;
        }
        if six && !six_count {
            p.ipv6_address_count = Attr::Unknown;
        }
    }
    for (all, before, all_changed, number, number_before, number_changed) in [
        (
            &mut p.ipv4_prefixes,
            &prior.ipv4_prefixes,
            &c.ipv4_prefixes,
            &mut p.ipv4_prefix_count,
            &prior.ipv4_prefix_count,
            &c.ipv4_prefix_count,
        ),
        (
            &mut p.ipv6_prefixes,
            &prior.ipv6_prefixes,
            &c.ipv6_prefixes,
            &mut p.ipv6_prefix_count,
            &prior.ipv6_prefix_count,
            &c.ipv6_prefix_count,
        ),
    ] {
        if changes(all_changed, before) {
            *number = Attr::Unknown;
        } else if changes(number_changed, number_before) {
            *all = Attr::Unknown;
        }
    }
    if let Some(prior) = change.prior.clone() {
        replacement(change, &prior);
    }
}

/// The primary address, and that an IPv6 address is the primary one, stay as they are.
fn replacement(change: &mut Planned<NetworkInterface>, prior: &NetworkInterface) {
    let c = change.config.clone();
    let listed = prior.private_ip_list.or_default();
    let primary = listed.first().cloned().or_else(|| prior.private_ip.to_filled());
    if c.private_ip_list_enabled.is_true() {
        let first = c.private_ip_list.get().and_then(|l| l.first().cloned());
        if changes(&c.private_ip_list, &prior.private_ip_list) && first != primary {
            change.replace("private_ip_list");
        }
    } else if changes(&c.private_ips, &prior.private_ips) {
        let still = c
            .private_ips
            .get()
            .is_some_and(|ips| ips.iter().any(|ip| Some(ip) == primary.as_ref()));
        if !still {
            change.replace("private_ips");
        }
    }
    if changes(&c.private_ip, &prior.private_ip) {
        change.replace("private_ip");
    }
    if prior.enable_primary_ipv6.is_true() && c.enable_primary_ipv6 == Attr::Known(false) {
        change.replace("enable_primary_ipv6");
    }
}

/// An attachment to something else has another id.
pub(super) fn attachment(change: &mut Planned<NetworkInterface>) {
    if change.config.attachment.is_empty() {
        return;
    }
    let prior: &[NetworkInterfaceAttachment] = change.prior.as_ref().map_or(&[], |p| &p.attachment);
    let planned = change.config.attachment.iter().map(|wanted| {
        let same = prior
            .iter()
            .find(|a| a.instance == wanted.instance && a.device_index == wanted.device_index);
        same.cloned().unwrap_or_else(|| NetworkInterfaceAttachment {
            attachment_id: Attr::Unknown,
            ..wanted.clone()
        })
    });
    let planned: Blocks<_> = planned.collect();
    if change.planned.attachment != planned {
        change.planned.attachment = planned;
    }
}

/// Addresses that are new must be of the subnet, if that is there.
pub(super) async fn within_subnet(
    cx: &Context<Aws>,
    change: &Planned<NetworkInterface>,
) -> Result<(), Diagnostics> {
    let Some(subnet) = change.config.subnet_id.filled() else { return Ok(()) };
    let fresh = NetworkInterface::default();
    let prior = change.prior.as_ref().filter(|_| !change.is_replace()).unwrap_or(&fresh);
    let c = &change.config;
    let nothing_new = !changes(&c.private_ip, &prior.private_ip)
        && !changes(&c.private_ips, &prior.private_ips)
        && !changes(&c.private_ip_list, &prior.private_ip_list)
        && !changes(&c.ipv6_addresses, &prior.ipv6_addresses)
        && !changes(&c.ipv6_address_list, &prior.ipv6_address_list)
        && !changes(&c.ipv4_prefixes, &prior.ipv4_prefixes)
        && !changes(&c.ipv6_prefixes, &prior.ipv6_prefixes);
    if nothing_new {
        return Ok(());
    }
    // Whether the subnet exists, or may be read, is not the question.
    let read = loaders::subnets(cx.client()).load(subnet.to_owned()).await;
    let Ok(Some(there)) = read else { return Ok(()) };
    let mut problems = Problems::new();
    outside(&there, c, &mut problems);
    problems.into_result()
}

/// Refuses addresses that an interface in a subnet cannot have.
pub(super) fn outside(subnet: &api::Subnet, c: &NetworkInterface, problems: &mut Problems) {
    let sets = [
        ("private_ips", &c.private_ips),
        ("ipv6_addresses", &c.ipv6_addresses),
        ("ipv4_prefixes", &c.ipv4_prefixes),
        ("ipv6_prefixes", &c.ipv6_prefixes),
    ];
    for (name, all) in sets {
        for address in &all.or_default() {
            check_address(subnet, name, address, problems);
        }
    }
    let lists =
        [("private_ip_list", &c.private_ip_list), ("ipv6_address_list", &c.ipv6_address_list)];
    for (name, all) in lists {
        for (i, address) in all.or_default().iter().enumerate() {
            check_address(subnet, &format!("{name}.{i}"), address, problems);
        }
    }
    if let Some(address) = c.private_ip.filled() {
        check_address(subnet, "private_ip", address, problems);
    }
}
