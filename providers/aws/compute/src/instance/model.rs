//! What an instance is configured with.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use groma_aws_core::checks;
use groma_sdk::model::checks::{each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use super::base64_text;

/// A virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct Instance {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) ami: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) associate_public_ip_address: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, computed, replace, deprecated = "Use the cpu_options block instead.")]
    pub(crate) cpu_core_count: Attr<i64>,
    #[attr(optional, computed, replace, deprecated = "Use the cpu_options block instead.")]
    pub(crate) cpu_threads_per_core: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) disable_api_stop: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) disable_api_termination: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) ebs_optimized: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) enable_primary_ipv6: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) get_password_data: Attr<bool>,
    #[attr(optional, replace)]
    pub(crate) hibernation: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) host_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) host_resource_group_arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) iam_instance_profile: Attr<String>,
    #[attr(optional, computed, check = shutdown_behavior)]
    pub(crate) instance_initiated_shutdown_behavior: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_lifecycle: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_state: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) instance_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) ipv6_address_count: Attr<i64>,
    #[attr(optional, computed, replace, check = each(ipv6_address))]
    pub(crate) ipv6_addresses: Attr<Vec<String>>,
    #[attr(optional, computed, replace)]
    pub(crate) key_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) monitoring: Attr<bool>,
    #[attr(computed)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) password_data: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) placement_group: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) placement_partition_number: Attr<i64>,
    #[attr(computed)]
    pub(crate) primary_network_interface_id: Attr<String>,
    #[attr(computed)]
    pub(crate) private_dns: Attr<String>,
    #[attr(optional, computed, replace, check = ipv4_address)]
    pub(crate) private_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) public_dns: Attr<String>,
    #[attr(computed)]
    pub(crate) public_ip: Attr<String>,
    #[attr(optional, computed, check = each(ipv4_address))]
    pub(crate) secondary_private_ips: Attr<Set<String>>,
    #[attr(optional, computed, replace)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(optional, default = true)]
    pub(crate) source_dest_check: Attr<bool>,
    #[attr(computed)]
    pub(crate) spot_instance_request_id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) subnet_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, replace, check = one_of(&["default", "dedicated", "host"]))]
    pub(crate) tenancy: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) user_data: Attr<String>,
    #[attr(optional, computed, check = base64_text)]
    pub(crate) user_data_base64: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) user_data_replace_on_change: Attr<bool>,
    #[attr(optional)]
    pub(crate) volume_tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_security_group_ids: Attr<Set<String>>,
    #[block(list, max = 1, computed)]
    pub(crate) capacity_reservation_specification: Blocks<InstanceCapacityReservationSpecification>,
    #[block(list, max = 1, computed)]
    pub(crate) cpu_options: Blocks<InstanceCpuOptions>,
    #[block(list, max = 1)]
    pub(crate) credit_specification: Blocks<InstanceCreditSpecification>,
    #[block(set, computed)]
    pub(crate) ebs_block_device: Blocks<InstanceEbsBlockDevice>,
    #[block(list, max = 1, computed)]
    pub(crate) enclave_options: Blocks<InstanceEnclaveOptions>,
    #[block(set, computed)]
    pub(crate) ephemeral_block_device: Blocks<InstanceEphemeralBlockDevice>,
    #[block(list, max = 1, computed)]
    pub(crate) instance_market_options: Blocks<InstanceInstanceMarketOptions>,
    #[block(list, max = 1)]
    pub(crate) launch_template: Blocks<InstanceLaunchTemplate>,
    #[block(list, max = 1, computed)]
    pub(crate) maintenance_options: Blocks<InstanceMaintenanceOptions>,
    #[block(list, max = 1, computed)]
    pub(crate) metadata_options: Blocks<InstanceMetadataOptions>,
    #[block(set, computed, replace)]
    pub(crate) network_interface: Blocks<InstanceNetworkInterface>,
    #[block(list, max = 1, computed)]
    pub(crate) private_dns_name_options: Blocks<InstancePrivateDnsNameOptions>,
    #[block(list, max = 1, computed)]
    pub(crate) root_block_device: Blocks<InstanceRootBlockDevice>,
    #[block(single)]
    pub(crate) timeouts: Blocks<InstanceTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct InstanceTimeouts {
        create: Duration::from_secs(600),
        delete: Duration::from_secs(1200),
        read: Duration::from_secs(900),
        update: Duration::from_secs(600),
    }
}

/// The `root_block_device` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceRootBlockDevice {
    #[attr(optional, default = true)]
    pub(crate) delete_on_termination: Attr<bool>,
    #[attr(computed)]
    pub(crate) device_name: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional, computed, replace)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) throughput: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) volume_size: Attr<i64>,
    #[attr(optional, computed, check = one_of(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"]))]
    pub(crate) volume_type: Attr<String>,
}

/// The `private_dns_name_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstancePrivateDnsNameOptions {
    #[attr(optional, computed)]
    pub(crate) enable_resource_name_dns_a_record: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) enable_resource_name_dns_aaaa_record: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["ip-name", "resource-name"]))]
    pub(crate) hostname_type: Attr<String>,
}

/// The `network_interface` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceNetworkInterface {
    #[attr(optional, replace, default = false)]
    pub(crate) delete_on_termination: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) device_index: Attr<i64>,
    #[attr(optional, replace, default = 0)]
    pub(crate) network_card_index: Attr<i64>,
    #[attr(required, replace)]
    pub(crate) network_interface_id: Attr<String>,
}

/// The `metadata_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceMetadataOptions {
    #[attr(optional, default = "enabled", check = one_of(&["disabled", "enabled"]))]
    pub(crate) http_endpoint: Attr<String>,
    #[attr(optional, default = "disabled", check = one_of(&["disabled", "enabled"]))]
    pub(crate) http_protocol_ipv6: Attr<String>,
    #[attr(optional, computed, check = range(1, 64))]
    pub(crate) http_put_response_hop_limit: Attr<i64>,
    #[attr(optional, computed, check = one_of(&["optional", "required"]))]
    pub(crate) http_tokens: Attr<String>,
    #[attr(optional, computed, check = one_of(&["disabled", "enabled"]))]
    pub(crate) instance_metadata_tags: Attr<String>,
}

/// The `maintenance_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceMaintenanceOptions {
    #[attr(optional, computed, check = one_of(&["disabled", "default"]))]
    pub(crate) auto_recovery: Attr<String>,
}

/// The `launch_template` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceLaunchTemplate {
    #[attr(optional, computed, replace, check = length(0, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 125))]
    pub(crate) name: Attr<String>,
    #[attr(optional, default = "$Default", check = length(1, 255))]
    pub(crate) version: Attr<String>,
}

/// The `instance_market_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceInstanceMarketOptions {
    #[attr(optional, computed, replace, check = one_of(&["spot", "capacity-block"]))]
    pub(crate) market_type: Attr<String>,
    #[block(list, max = 1, computed)]
    pub(crate) spot_options: Blocks<InstanceSpotOptions>,
}

/// The `instance_market_options.spot_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceSpotOptions {
    #[attr(optional, computed, replace, check = one_of(&["hibernate", "stop", "terminate"]))]
    pub(crate) instance_interruption_behavior: Attr<String>,
    #[attr(optional, computed, replace, same = same_price)]
    pub(crate) max_price: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["one-time", "persistent"]))]
    pub(crate) spot_instance_type: Attr<String>,
    #[attr(optional, computed, replace, check = checks::timestamp)]
    pub(crate) valid_until: Attr<String>,
}

/// The `ephemeral_block_device` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceEphemeralBlockDevice {
    #[attr(required)]
    pub(crate) device_name: Attr<String>,
    #[attr(optional)]
    pub(crate) no_device: Attr<bool>,
    #[attr(optional)]
    pub(crate) virtual_name: Attr<String>,
}

/// The `enclave_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceEnclaveOptions {
    #[attr(optional, computed, replace)]
    pub(crate) enabled: Attr<bool>,
}

/// The `ebs_block_device` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceEbsBlockDevice {
    #[attr(optional, default = true)]
    pub(crate) delete_on_termination: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) device_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) snapshot_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) throughput: Attr<i64>,
    #[attr(computed)]
    pub(crate) volume_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) volume_size: Attr<i64>,
    #[attr(optional, computed, check = one_of(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"]))]
    pub(crate) volume_type: Attr<String>,
}

/// The `credit_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceCreditSpecification {
    #[attr(optional, check = one_of(&["standard", "unlimited"]))]
    pub(crate) cpu_credits: Attr<String>,
}

/// The `cpu_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceCpuOptions {
    #[attr(optional, computed, replace, check = one_of(&["enabled", "disabled"]))]
    pub(crate) amd_sev_snp: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) core_count: Attr<i64>,
    #[attr(optional, computed, replace)]
    pub(crate) threads_per_core: Attr<i64>,
}

/// The `capacity_reservation_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceCapacityReservationSpecification {
    #[attr(optional, check = one_of(&["capacity-reservations-only", "open", "none"]))]
    pub(crate) capacity_reservation_preference: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) capacity_reservation_target: Blocks<InstanceCapacityReservationTarget>,
}

/// The `capacity_reservation_specification.capacity_reservation_target` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceCapacityReservationTarget {
    #[attr(optional)]
    pub(crate) capacity_reservation_id: Attr<String>,
    #[attr(optional, check = checks::arn)]
    pub(crate) capacity_reservation_resource_group_arn: Attr<String>,
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn ipv4_address(text: &String) -> Result<(), String> {
    address(text, "an IPv4 address", text.parse::<Ipv4Addr>().is_ok())
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn ipv6_address(text: &String) -> Result<(), String> {
    address(text, "an IPv6 address", text.parse::<Ipv6Addr>().is_ok())
}

fn address(text: &str, what: &str, is: bool) -> Result<(), String> {
    match is {
        true => Ok(()),
        false => Err(format!("It must be {what}, but is {text:?}.")),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn shutdown_behavior(text: &String) -> Result<(), String> {
    match text.as_str() {
        "" | "stop" | "terminate" => Ok(()),
        _ => Err(format!("It must be \"stop\" or \"terminate\", but is {text:?}.")),
    }
}

/// EC2 writes prices with more digits than they were asked for.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_price(prior: &String, configured: &String) -> bool {
    prior.trim_end_matches('0') == configured.trim_end_matches('0')
}
