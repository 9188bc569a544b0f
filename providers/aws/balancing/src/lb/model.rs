//! The model of `aws_lb`.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks::ip_address;
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use crate::service::{name_of_elb, name_prefix_of_elb, not_internal};

/// An application, network or gateway load balancer.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Lb {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) arn_suffix: Attr<String>,
    #[attr(optional, default = 3600)]
    pub(crate) client_keep_alive: Attr<i64>,
    #[attr(optional, replace)]
    pub(crate) customer_owned_ipv4_pool: Attr<String>,
    #[attr(optional, default = "defensive", check = one_of(&["monitor", "defensive", "strictest"]))]
    pub(crate) desync_mitigation_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) dns_name: Attr<String>,
    #[attr(optional, default = "any_availability_zone", check = one_of(&["availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"]))]
    pub(crate) dns_record_client_routing_policy: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) drop_invalid_header_fields: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_cross_zone_load_balancing: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_deletion_protection: Attr<bool>,
    #[attr(optional, default = true)]
    pub(crate) enable_http2: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_tls_version_and_cipher_suite_headers: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_waf_fail_open: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_xff_client_port: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_zonal_shift: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["on", "off"]))]
    pub(crate) enforce_security_group_inbound_rules_on_private_link_traffic: Attr<String>,
    #[attr(optional, default = 60)]
    pub(crate) idle_timeout: Attr<i64>,
    #[attr(optional, computed, replace)]
    pub(crate) internal: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["ipv4", "dualstack", "dualstack-without-public-ipv4"]))]
    pub(crate) ip_address_type: Attr<String>,
    #[attr(optional, replace, default = "application", check = one_of(&["application", "network", "gateway"]))]
    pub(crate) load_balancer_type: Attr<String>,
    #[attr(optional, computed, replace, check = name_of_elb, check = not_internal)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 6), check = name_prefix_of_elb, check = not_internal)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) preserve_host_header: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) subnets: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
    #[attr(optional, default = "append", check = one_of(&["append", "preserve", "remove"]))]
    pub(crate) xff_header_processing_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) zone_id: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) access_logs: Blocks<LbAccessLogs>,
    #[block(list, max = 1)]
    pub(crate) connection_logs: Blocks<LbAccessLogs>,
    #[block(list, max = 1)]
    pub(crate) ipam_pools: Blocks<LbIpamPools>,
    #[block(list, max = 1)]
    pub(crate) minimum_load_balancer_capacity: Blocks<LbMinimumLoadBalancerCapacity>,
    #[block(set, computed)]
    pub(crate) subnet_mapping: Blocks<LbSubnetMapping>,
    #[block(single)]
    pub(crate) timeouts: Blocks<LbTimeouts>,
}

/// How long operations take at most by default.
const USUAL: Duration = Duration::from_secs(600);

timeouts! {
    /// How long operations may take.
    pub(crate) struct LbTimeouts {
        create: USUAL,
        delete: USUAL,
        update: USUAL,
    }
}

/// The `subnet_mapping` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbSubnetMapping {
    #[attr(optional)]
    pub(crate) allocation_id: Attr<String>,
    #[attr(optional, check = ip_address)]
    pub(crate) ipv6_address: Attr<String>,
    #[attr(computed)]
    pub(crate) outpost_id: Attr<String>,
    #[attr(optional, check = ip_address)]
    pub(crate) private_ipv4_address: Attr<String>,
    #[attr(required)]
    pub(crate) subnet_id: Attr<String>,
}

/// The `minimum_load_balancer_capacity` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbMinimumLoadBalancerCapacity {
    #[attr(required)]
    pub(crate) capacity_units: Attr<i64>,
}

/// The `ipam_pools` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbIpamPools {
    #[attr(required)]
    pub(crate) ipv4_ipam_pool_id: Attr<String>,
}

/// The `access_logs` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbAccessLogs {
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional)]
    pub(crate) prefix: Attr<String>,
}

groma_aws_core::tagged!(Lb);
