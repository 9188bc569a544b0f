//! What rules alone do not plan of a load balancer.

use groma_sdk::{Attr, Blocks, Planned, Set};

use super::model::{Lb, LbAccessLogs, LbSubnetMapping};
use super::{APPLICATION, NETWORK, kind};

/// What other types of load balancers have stays as it is, whatever is configured.
pub(super) fn leave_what_is_of_other_types(change: &mut Planned<Lb>) {
    let kind = kind(&change.planned).to_owned();
    let prior = change.prior.clone().unwrap_or_default();
    let planned = &mut change.planned;
    macro_rules! leave {
        ($($field:ident),+) => {$( planned.$field = prior.$field.clone(); )+};
    }
    if kind != APPLICATION {
        leave!(
            client_keep_alive,
            desync_mitigation_mode,
            drop_invalid_header_fields,
            enable_http2,
            enable_tls_version_and_cipher_suite_headers,
            enable_waf_fail_open,
            enable_xff_client_port,
            idle_timeout,
            preserve_host_header,
            xff_header_processing_mode,
            ipam_pools
        );
    } else {
        leave!(enable_cross_zone_load_balancing);
    }
    if kind != NETWORK {
        leave!(dns_record_client_routing_policy);
        if change.prior.is_some() {
            leave!(enforce_security_group_inbound_rules_on_private_link_traffic);
        }
    }
    if kind != APPLICATION && kind != NETWORK {
        leave!(enable_zonal_shift, minimum_load_balancer_capacity);
    }
}

/// Logs that are not configured stay as they are; where logs that are off would go does not matter.
pub(super) fn keep_logs(change: &mut Planned<Lb>) {
    let Some(prior) = &change.prior else { return };
    let (config, planned) = (&change.config, &mut change.planned);
    keep(&config.access_logs, &prior.access_logs, &mut planned.access_logs);
    keep(&config.connection_logs, &prior.connection_logs, &mut planned.connection_logs);

    fn keep(
        config: &Blocks<LbAccessLogs>,
        prior: &Blocks<LbAccessLogs>,
        planned: &mut Blocks<LbAccessLogs>,
    ) {
        if config.is_unknown() {
            return;
        }
        let Some(old) = prior.first() else { return };
        match planned.first_mut() {
            None => *planned = prior.clone(),
            Some(new) if !new.enabled.is_true() && !new.enabled.is_unknown() => {
                new.bucket = old.bucket.clone();
                new.prefix = old.prefix.clone();
            }
            Some(_) => {}
        }
    }
}

/// Which changes of zones need a new load balancer; and subnets follow from mappings, and the other
/// way round.
pub(super) fn plan_zones(change: &mut Planned<Lb>) {
    let Some(prior) = change.prior.clone() else { return };
    let kind = kind(&change.planned).to_owned();
    if kind != APPLICATION && kind != NETWORK {
        return;
    }
    let mappings = prior.subnet_mapping != change.planned.subnet_mapping;
    let subnets = prior.subnets != change.planned.subnets;
    if mappings {
        if !is_partly_unknown(&change.config.subnet_mapping)
            && !change.config.subnet_mapping.is_empty()
        {
            let (old, new) = (&prior.subnet_mapping, &change.planned.subnet_mapping);
            let common = new.iter().filter(|n| old.contains(n)).count();
            let in_place = match new.len().cmp(&old.len()) {
                std::cmp::Ordering::Equal => false,
                std::cmp::Ordering::Less => kind == APPLICATION && common == new.len(),
                std::cmp::Ordering::Greater => common == old.len(),
            };
            if !in_place {
                change.replace("subnet_mapping");
            }
        }
        change.planned.subnets = Attr::Unknown;
    }
    if subnets {
        if let (NETWORK, Some(new)) = (kind.as_str(), change.planned.subnets.get())
            && new.len() <= prior.subnets.get().map_or(0, Set::len)
        {
            change.replace("subnets");
        }
        change.planned.subnet_mapping = Blocks::unknown();
    }
}

fn is_partly_unknown(mappings: &Blocks<LbSubnetMapping>) -> bool {
    mappings.is_unknown()
        || mappings.iter().any(|m| {
            m.subnet_id.is_unknown()
                || m.allocation_id.is_unknown()
                || m.private_ipv4_address.is_unknown()
                || m.ipv6_address.is_unknown()
        })
}

/// A network load balancer made without security groups can never have any.
pub(super) fn plan_security_groups(change: &mut Planned<Lb>) {
    let Some(prior) = &change.prior else { return };
    let Some(new) = change.planned.security_groups.get() else { return };
    let had = prior.security_groups.get().is_some_and(|old| !old.is_empty());
    if kind(&change.planned) == NETWORK && had == new.is_empty() {
        change.replace("security_groups");
    }
}
