//! The attributes of `aws_network_interface`.

use std::collections::BTreeMap;

use groma_aws_core::tagged;
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{Attr, Blocks, Model, Set};

use crate::rules::{ipv4_address, ipv4_prefix, ipv6_address, ipv6_prefix, not_negative};

/// A network interface in a subnet.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NetworkInterface {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) enable_primary_ipv6: Attr<bool>,
    #[attr(optional, computed, replace, check = one_of(&["efa", "efa-only", "branch", "trunk"]))]
    pub(crate) interface_type: Attr<String>,
    #[attr(optional, computed, check = not_negative)]
    pub(crate) ipv4_prefix_count: Attr<i64>,
    #[attr(optional, computed, check = each(ipv4_prefix))]
    pub(crate) ipv4_prefixes: Attr<Set<String>>,
    #[attr(optional, computed, check = not_negative)]
    pub(crate) ipv6_address_count: Attr<i64>,
    #[attr(optional, computed, check = each(ipv6_address))]
    pub(crate) ipv6_address_list: Attr<Vec<String>>,
    #[attr(optional, default = false)]
    pub(crate) ipv6_address_list_enabled: Attr<bool>,
    #[attr(optional, computed, check = each(ipv6_address))]
    pub(crate) ipv6_addresses: Attr<Set<String>>,
    #[attr(optional, computed, check = not_negative)]
    pub(crate) ipv6_prefix_count: Attr<i64>,
    #[attr(optional, computed, check = each(ipv6_prefix))]
    pub(crate) ipv6_prefixes: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) mac_address: Attr<String>,
    #[attr(computed)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(computed)]
    pub(crate) private_dns_name: Attr<String>,
    #[attr(optional, computed, check = ipv4_address)]
    pub(crate) private_ip: Attr<String>,
    #[attr(optional, computed, check = each(ipv4_address))]
    pub(crate) private_ip_list: Attr<Vec<String>>,
    #[attr(optional, default = false)]
    pub(crate) private_ip_list_enabled: Attr<bool>,
    #[attr(optional, computed, check = each(ipv4_address))]
    pub(crate) private_ips: Attr<Set<String>>,
    #[attr(optional, computed, check = not_negative)]
    pub(crate) private_ips_count: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(optional, default = true)]
    pub(crate) source_dest_check: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) subnet_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(set, computed)]
    pub(crate) attachment: Blocks<NetworkInterfaceAttachment>,
}

/// The `attachment` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NetworkInterfaceAttachment {
    #[attr(computed)]
    pub(crate) attachment_id: Attr<String>,
    #[attr(required, check = not_negative)]
    pub(crate) device_index: Attr<i64>,
    #[attr(required)]
    pub(crate) instance: Attr<String>,
}

tagged!(NetworkInterface);
