//! What is read of an instance's network.

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::ec2::set_of;
use groma_aws_network::loaders;
use groma_sdk::{Attr, Blocks, Context, Diagnostics};

use crate::instance::model::*;

/// Records what there is to say of the network, but for groups.
pub(super) fn record(now: &mut Instance, i: &api::Instance) {
    record_interfaces(now, i);
    let primary = i
        .network_interfaces()
        .iter()
        .find(|n| n.attachment().and_then(|a| a.device_index()) == Some(0))
        .or(i.network_interfaces().first());
    now.enable_primary_ipv6 = Attr::Null;
    let Some(primary) = primary else {
        now.associate_public_ip_address = i.public_ip_address().is_some().into();
        now.ipv6_address_count = 0.into();
        now.ipv6_addresses = Attr::Known(Vec::new());
        now.primary_network_interface_id = Attr::Null;
        now.secondary_private_ips = set_of(Vec::<String>::new());
        now.source_dest_check = i.source_dest_check().unwrap_or(true).into();
        now.subnet_id = i.subnet_id().into();
        return;
    };
    now.primary_network_interface_id = primary.network_interface_id().into();
    now.subnet_id = primary.subnet_id().or(i.subnet_id()).into();
    let ipv6: Vec<String> = primary
        .ipv6_addresses()
        .iter()
        .filter_map(|a| a.ipv6_address().map(str::to_owned))
        .collect();
    now.ipv6_address_count = Attr::Known(ipv6.len() as i64);
    now.enable_primary_ipv6 =
        primary.ipv6_addresses().iter().find_map(|a| a.is_primary_ipv6()).filter(|p| *p).into();
    // Their order is that of the configuration.
    let known = now.ipv6_addresses.or_default();
    let same = known.len() == ipv6.len() && known.iter().all(|ip| ipv6.contains(ip));
    now.ipv6_addresses = Attr::Known(if same { known } else { ipv6 });
    let secondary = primary.private_ip_addresses().iter().filter(|ip| ip.primary() != Some(true));
    now.secondary_private_ips = set_of(secondary.filter_map(|ip| ip.private_ip_address()));
    // Interfaces of their own say it themselves.
    if now.network_interface.is_empty() {
        now.source_dest_check =
            i.source_dest_check().or(primary.source_dest_check()).unwrap_or(true).into();
    }
    // An address of one's own, attached later, is none that was asked for.
    let own = primary.association().and_then(|a| a.ip_owner_id());
    now.associate_public_ip_address = match &now.associate_public_ip_address {
        Attr::Known(known) if own.is_some_and(|o| o != "amazon") => (*known).into(),
        _ => primary.association().is_some().into(),
    };
}

/// Groups are told by their names in default VPCs, by their ids elsewhere.
pub(super) async fn record_groups(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
    fresh: bool,
) -> Result<(), Diagnostics> {
    now.vpc_security_group_ids = set_of(i.security_groups().iter().filter_map(|g| g.group_id()));
    let names = match now.security_groups.get() {
        Some(known) => !known.is_empty(),
        None if !fresh => false,
        None => match i.vpc_id() {
            Some(vpc) => {
                let read = loaders::vpcs(cx.client()).load(vpc.to_owned()).await;
                let vpc = read.during(format!("reading EC2 VPC ({vpc})"))?;
                vpc.and_then(|v| v.is_default()).unwrap_or(false)
            }
            None => true,
        },
    };
    let groups = i.security_groups().iter().filter_map(|g| g.group_name()).filter(|_| names);
    now.security_groups = set_of(groups);
    Ok(())
}

/// Of the interfaces, those that are configured are recorded: others may be attached by other means.
fn record_interfaces(now: &mut Instance, i: &api::Instance) {
    if now.network_interface.is_empty() {
        now.network_interface = Blocks::none();
        return;
    }
    let indexes: Vec<i64> =
        now.network_interface.iter().filter_map(|n| n.device_index.cloned()).collect();
    let there = i.network_interfaces().iter().filter_map(|n| {
        let attachment = n.attachment()?;
        let index = i64::from(attachment.device_index()?);
        indexes.contains(&index).then(|| InstanceNetworkInterface {
            delete_on_termination: attachment.delete_on_termination().unwrap_or(false).into(),
            device_index: index.into(),
            network_card_index: i64::from(attachment.network_card_index().unwrap_or(0)).into(),
            network_interface_id: n.network_interface_id().into(),
        })
    });
    now.network_interface = there.collect::<Vec<_>>().into();
}
