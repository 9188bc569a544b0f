//! Changes of what network an instance is in.

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Context, Diagnostic, Diagnostics};

use crate::instance::WHAT;
use crate::instance::model::*;

/// Changes what differs of an instance's first interface.
pub(super) async fn change(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let about = format!("updating {WHAT} ({id}) network interface");
    let interface = prior.primary_network_interface_id.text();
    // Interfaces of their own say themselves what they check.
    if planned.source_dest_check.is_known()
        && planned.network_interface.is_empty()
        && prior.source_dest_check.is_true() != planned.source_dest_check.is_true()
    {
        let value = api::AttributeBooleanValue::builder()
            .value(planned.source_dest_check.is_true())
            .build();
        let ask = ec2.modify_instance_attribute().instance_id(id);
        match ask.source_dest_check(value.clone()).send().await.typed() {
            // Others attached more interfaces; ours is the first one.
            Err(e)
                if !interface.is_empty() && e.says("InvalidInstanceID", "multiple interfaces") =>
            {
                let ask = ec2.modify_network_interface_attribute().network_interface_id(interface);
                ask.source_dest_check(value).send().await.during(&about)?;
            }
            done => done.during(&about).map(drop)?,
        }
    }
    if planned.vpc_security_group_ids.is_known()
        && prior.vpc_security_group_ids.or_default() != planned.vpc_security_group_ids.or_default()
    {
        let groups = planned.vpc_security_group_ids.to_filled();
        if groups.is_none() {
            return Err(Diagnostic::error(
                format!("updating {WHAT} ({id}) security groups"),
                "AWS requires at least one security group. Name one in \"vpc_security_group_ids\".",
            )
            .into());
        }
        let ask = ec2.modify_network_interface_attribute().network_interface_id(interface);
        ask.set_groups(groups).send().await.during(&about)?;
    }
    if planned.secondary_private_ips.is_known() {
        let (new, old) = planned.secondary_private_ips.changes_since(&prior.secondary_private_ips);
        if !old.is_empty() {
            let ask = ec2.unassign_private_ip_addresses().network_interface_id(interface);
            ask.set_private_ip_addresses(Some(old)).send().await.during(&about)?;
        }
        if !new.is_empty() {
            let ask = ec2.assign_private_ip_addresses().network_interface_id(interface);
            ask.set_private_ip_addresses(Some(new)).send().await.during(&about)?;
        }
    }
    let primary = &planned.enable_primary_ipv6;
    if primary.is_true() && !prior.enable_primary_ipv6.is_true() {
        let ask = ec2.modify_network_interface_attribute().network_interface_id(interface);
        ask.enable_primary_ipv6(true).send().await.during(&about)?;
    }
    let (before, after) = (prior.ipv6_address_count.to_i32(), planned.ipv6_address_count.to_i32());
    if let (Some(before), Some(after)) = (before, after) {
        let known = prior.ipv6_addresses.or_default();
        if after > before {
            let ask = ec2.assign_ipv6_addresses().network_interface_id(interface);
            ask.ipv6_address_count(after - before).send().await.during(&about)?;
        } else if after < before {
            let extra = known.into_iter().skip(usize::try_from(after).unwrap_or(0)).collect();
            let ask = ec2.unassign_ipv6_addresses().network_interface_id(interface);
            ask.set_ipv6_addresses(Some(extra)).send().await.during(&about)?;
        }
    }
    Ok(())
}
