//! What a launch template is configured with.

use std::collections::BTreeMap;

use groma_sdk::model::checks::{each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set};

use groma_aws_core::checks;
use groma_aws_network::rules::positive;

use super::check::{flag_text, same_flag, template_name};

/// What instances are launched from.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplate {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, check = positive)]
    pub(crate) default_version: Attr<i64>,
    #[attr(optional, check = length(0, 255))]
    pub(crate) description: Attr<String>,
    #[attr(optional)]
    pub(crate) disable_api_stop: Attr<bool>,
    #[attr(optional)]
    pub(crate) disable_api_termination: Attr<bool>,
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) ebs_optimized: Attr<String>,
    #[attr(optional)]
    pub(crate) image_id: Attr<String>,
    #[attr(optional, check = one_of(&["stop", "terminate"]))]
    pub(crate) instance_initiated_shutdown_behavior: Attr<String>,
    #[attr(optional)]
    pub(crate) instance_type: Attr<String>,
    #[attr(optional)]
    pub(crate) kernel_id: Attr<String>,
    #[attr(optional)]
    pub(crate) key_name: Attr<String>,
    #[attr(computed)]
    pub(crate) latest_version: Attr<i64>,
    #[attr(optional, computed, replace, check = length(3, 125), check = template_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(3, 99), check = template_name)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) ram_disk_id: Attr<String>,
    #[attr(optional)]
    pub(crate) security_group_names: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional)]
    pub(crate) update_default_version: Attr<bool>,
    #[attr(optional)]
    pub(crate) user_data: Attr<String>,
    #[attr(optional)]
    pub(crate) vpc_security_group_ids: Attr<Set<String>>,
    #[block(list)]
    pub(crate) block_device_mappings: Blocks<LaunchTemplateBlockDeviceMappings>,
    #[block(list, max = 1)]
    pub(crate) capacity_reservation_specification:
        Blocks<LaunchTemplateCapacityReservationSpecification>,
    #[block(list, max = 1)]
    pub(crate) cpu_options: Blocks<LaunchTemplateCpuOptions>,
    #[block(list, max = 1)]
    pub(crate) credit_specification: Blocks<LaunchTemplateCreditSpecification>,
    #[block(list, deprecated)]
    pub(crate) elastic_gpu_specifications: Blocks<LaunchTemplateElasticGpuSpecifications>,
    #[block(list, max = 1, deprecated)]
    pub(crate) elastic_inference_accelerator: Blocks<LaunchTemplateElasticGpuSpecifications>,
    #[block(list, max = 1)]
    pub(crate) enclave_options: Blocks<LaunchTemplateEnclaveOptions>,
    #[block(list, max = 1)]
    pub(crate) hibernation_options: Blocks<LaunchTemplateHibernationOptions>,
    #[block(list, max = 1)]
    pub(crate) iam_instance_profile: Blocks<LaunchTemplateIamInstanceProfile>,
    #[block(list, max = 1)]
    pub(crate) instance_market_options: Blocks<LaunchTemplateInstanceMarketOptions>,
    #[block(list, max = 1)]
    pub(crate) instance_requirements: Blocks<LaunchTemplateInstanceRequirements>,
    #[block(set)]
    pub(crate) license_specification: Blocks<LaunchTemplateLicenseSpecification>,
    #[block(list, max = 1)]
    pub(crate) maintenance_options: Blocks<LaunchTemplateMaintenanceOptions>,
    #[block(list, max = 1, computed)]
    pub(crate) metadata_options: Blocks<LaunchTemplateMetadataOptions>,
    #[block(list, max = 1)]
    pub(crate) monitoring: Blocks<LaunchTemplateEnclaveOptions>,
    #[block(list)]
    pub(crate) network_interfaces: Blocks<LaunchTemplateNetworkInterfaces>,
    #[block(list, max = 1)]
    pub(crate) placement: Blocks<LaunchTemplatePlacement>,
    #[block(list, max = 1)]
    pub(crate) private_dns_name_options: Blocks<LaunchTemplatePrivateDnsNameOptions>,
    #[block(list)]
    pub(crate) tag_specifications: Blocks<LaunchTemplateTagSpecifications>,
}

/// The `tag_specifications` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateTagSpecifications {
    #[attr(optional, check = one_of(&["capacity-reservation", "client-vpn-endpoint", "customer-gateway", "carrier-gateway", "coip-pool", "declarative-policies-report", "dedicated-host", "dhcp-options", "egress-only-internet-gateway", "elastic-ip", "elastic-gpu", "export-image-task", "export-instance-task", "fleet", "fpga-image", "host-reservation", "image", "import-image-task", "import-snapshot-task", "instance", "instance-event-window", "internet-gateway", "ipam", "ipam-pool", "ipam-scope", "ipv4pool-ec2", "ipv6pool-ec2", "key-pair", "launch-template", "local-gateway", "local-gateway-route-table", "local-gateway-virtual-interface", "local-gateway-virtual-interface-group", "local-gateway-route-table-vpc-association", "local-gateway-route-table-virtual-interface-group-association", "natgateway", "network-acl", "network-interface", "network-insights-analysis", "network-insights-path", "network-insights-access-scope", "network-insights-access-scope-analysis", "outpost-lag", "placement-group", "prefix-list", "replace-root-volume-task", "reserved-instances", "route-table", "security-group", "security-group-rule", "service-link-virtual-interface", "snapshot", "spot-fleet-request", "spot-instances-request", "subnet", "subnet-cidr-reservation", "traffic-mirror-filter", "traffic-mirror-session", "traffic-mirror-target", "transit-gateway", "transit-gateway-attachment", "transit-gateway-connect-peer", "transit-gateway-multicast-domain", "transit-gateway-policy-table", "transit-gateway-route-table", "transit-gateway-route-table-announcement", "volume", "vpc", "vpc-endpoint", "vpc-endpoint-connection", "vpc-endpoint-service", "vpc-endpoint-service-permission", "vpc-peering-connection", "vpn-connection", "vpn-gateway", "vpc-flow-log", "capacity-reservation-fleet", "traffic-mirror-filter-rule", "vpc-endpoint-connection-device-type", "verified-access-instance", "verified-access-group", "verified-access-endpoint", "verified-access-policy", "verified-access-trust-provider", "vpn-connection-device-type", "vpc-block-public-access-exclusion", "route-server", "route-server-endpoint", "route-server-peer", "ipam-resource-discovery", "ipam-resource-discovery-association", "instance-connect-endpoint", "verified-access-endpoint-target", "ipam-external-resource-verification-token", "mac-modification-task"]))]
    pub(crate) resource_type: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
}

/// The `private_dns_name_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplatePrivateDnsNameOptions {
    #[attr(optional)]
    pub(crate) enable_resource_name_dns_a_record: Attr<bool>,
    #[attr(optional)]
    pub(crate) enable_resource_name_dns_aaaa_record: Attr<bool>,
    #[attr(optional, check = one_of(&["ip-name", "resource-name"]))]
    pub(crate) hostname_type: Attr<String>,
}

/// The `placement` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplatePlacement {
    #[attr(optional)]
    pub(crate) affinity: Attr<String>,
    #[attr(optional)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional)]
    pub(crate) group_name: Attr<String>,
    #[attr(optional)]
    pub(crate) host_id: Attr<String>,
    #[attr(optional, check = checks::arn)]
    pub(crate) host_resource_group_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) partition_number: Attr<i64>,
    #[attr(optional)]
    pub(crate) spread_domain: Attr<String>,
    #[attr(optional, check = one_of(&["default", "dedicated", "host"]))]
    pub(crate) tenancy: Attr<String>,
}

/// The `network_interfaces` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateNetworkInterfaces {
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) associate_carrier_ip_address: Attr<String>,
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) associate_public_ip_address: Attr<String>,
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) delete_on_termination: Attr<String>,
    #[attr(optional)]
    pub(crate) description: Attr<String>,
    #[attr(optional)]
    pub(crate) device_index: Attr<i64>,
    #[attr(optional, check = one_of(&["efa", "efa-only", "interface"]))]
    pub(crate) interface_type: Attr<String>,
    #[attr(optional)]
    pub(crate) ipv4_address_count: Attr<i64>,
    #[attr(optional)]
    pub(crate) ipv4_addresses: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) ipv4_prefix_count: Attr<i64>,
    #[attr(optional)]
    pub(crate) ipv4_prefixes: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) ipv6_address_count: Attr<i64>,
    #[attr(optional)]
    pub(crate) ipv6_addresses: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) ipv6_prefix_count: Attr<i64>,
    #[attr(optional)]
    pub(crate) ipv6_prefixes: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) network_card_index: Attr<i64>,
    #[attr(optional)]
    pub(crate) network_interface_id: Attr<String>,
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) primary_ipv6: Attr<String>,
    #[attr(optional)]
    pub(crate) private_ip_address: Attr<String>,
    #[attr(optional)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) subnet_id: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) connection_tracking_specification:
        Blocks<LaunchTemplateConnectionTrackingSpecification>,
    #[block(list, max = 1)]
    pub(crate) ena_srd_specification: Blocks<LaunchTemplateEnaSrdSpecification>,
}

/// The `network_interfaces.ena_srd_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateEnaSrdSpecification {
    #[attr(optional)]
    pub(crate) ena_srd_enabled: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) ena_srd_udp_specification: Blocks<LaunchTemplateEnaSrdUdpSpecification>,
}

/// The `network_interfaces.ena_srd_specification.ena_srd_udp_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateEnaSrdUdpSpecification {
    #[attr(optional)]
    pub(crate) ena_srd_udp_enabled: Attr<bool>,
}

/// The `network_interfaces.connection_tracking_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateConnectionTrackingSpecification {
    #[attr(optional, check = range(60, 432000))]
    pub(crate) tcp_established_timeout: Attr<i64>,
    #[attr(optional, check = range(60, 180))]
    pub(crate) udp_stream_timeout: Attr<i64>,
    #[attr(optional, check = range(30, 60))]
    pub(crate) udp_timeout: Attr<i64>,
}

/// The `metadata_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateMetadataOptions {
    #[attr(optional, computed, check = one_of(&["disabled", "enabled"]))]
    pub(crate) http_endpoint: Attr<String>,
    #[attr(optional, computed, check = one_of(&["disabled", "enabled"]))]
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
pub(crate) struct LaunchTemplateMaintenanceOptions {
    #[attr(optional, check = one_of(&["default", "disabled"]))]
    pub(crate) auto_recovery: Attr<String>,
}

/// The `license_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateLicenseSpecification {
    #[attr(required, check = checks::arn)]
    pub(crate) license_configuration_arn: Attr<String>,
}

/// The `instance_requirements` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateInstanceRequirements {
    #[attr(optional, check = each(one_of(&["amazon-web-services", "amd", "nvidia", "xilinx", "habana"])))]
    pub(crate) accelerator_manufacturers: Attr<Set<String>>,
    #[attr(optional, check = each(one_of(&["a100", "inferentia", "k520", "k80", "m60", "radeon-pro-v520", "t4", "vu9p", "v100", "a10g", "h100", "t4g"])))]
    pub(crate) accelerator_names: Attr<Set<String>>,
    #[attr(optional, check = each(one_of(&["gpu", "fpga", "inference"])))]
    pub(crate) accelerator_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) allowed_instance_types: Attr<Set<String>>,
    #[attr(optional, check = one_of(&["included", "required", "excluded"]))]
    pub(crate) bare_metal: Attr<String>,
    #[attr(optional, check = one_of(&["included", "required", "excluded"]))]
    pub(crate) burstable_performance: Attr<String>,
    #[attr(optional, check = each(one_of(&["intel", "amd", "amazon-web-services", "apple"])))]
    pub(crate) cpu_manufacturers: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) excluded_instance_types: Attr<Set<String>>,
    #[attr(optional, check = each(one_of(&["current", "previous"])))]
    pub(crate) instance_generations: Attr<Set<String>>,
    #[attr(optional, check = one_of(&["included", "required", "excluded"]))]
    pub(crate) local_storage: Attr<String>,
    #[attr(optional, check = each(one_of(&["hdd", "ssd"])))]
    pub(crate) local_storage_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) max_spot_price_as_percentage_of_optimal_on_demand_price: Attr<i64>,
    #[attr(optional)]
    pub(crate) on_demand_max_price_percentage_over_lowest_price: Attr<i64>,
    #[attr(optional)]
    pub(crate) require_hibernate_support: Attr<bool>,
    #[attr(optional)]
    pub(crate) spot_max_price_percentage_over_lowest_price: Attr<i64>,
    #[block(list, max = 1)]
    pub(crate) accelerator_count: Blocks<LaunchTemplateAcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) accelerator_total_memory_mib: Blocks<LaunchTemplateAcceleratorTotalMemoryMib>,
    #[block(list, max = 1)]
    pub(crate) baseline_ebs_bandwidth_mbps: Blocks<LaunchTemplateAcceleratorTotalMemoryMib>,
    #[block(list, max = 1)]
    pub(crate) memory_gib_per_vcpu: Blocks<LaunchTemplateMemoryGibPerVcpu>,
    #[block(list, min = 1, max = 1)]
    pub(crate) memory_mib: Blocks<LaunchTemplateMemoryMib>,
    #[block(list, max = 1)]
    pub(crate) network_bandwidth_gbps: Blocks<LaunchTemplateNetworkBandwidthGbps>,
    #[block(list, max = 1)]
    pub(crate) network_interface_count: Blocks<LaunchTemplateAcceleratorTotalMemoryMib>,
    #[block(list, max = 1)]
    pub(crate) total_local_storage_gb: Blocks<LaunchTemplateMemoryGibPerVcpu>,
    #[block(list, min = 1, max = 1)]
    pub(crate) vcpu_count: Blocks<LaunchTemplateMemoryMib>,
}

/// The `instance_requirements.network_bandwidth_gbps` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateNetworkBandwidthGbps {
    #[attr(optional)]
    pub(crate) max: Attr<i64>,
    #[attr(optional)]
    pub(crate) min: Attr<i64>,
}

/// The `instance_requirements.memory_mib` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateMemoryMib {
    #[attr(optional)]
    pub(crate) max: Attr<i64>,
    #[attr(required)]
    pub(crate) min: Attr<i64>,
}

/// The `instance_requirements.memory_gib_per_vcpu` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateMemoryGibPerVcpu {
    #[attr(optional)]
    pub(crate) max: Attr<f64>,
    #[attr(optional)]
    pub(crate) min: Attr<f64>,
}

/// The `instance_requirements.accelerator_total_memory_mib` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateAcceleratorTotalMemoryMib {
    #[attr(optional)]
    pub(crate) max: Attr<i64>,
    #[attr(optional)]
    pub(crate) min: Attr<i64>,
}

/// The `instance_requirements.accelerator_count` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateAcceleratorCount {
    #[attr(optional)]
    pub(crate) max: Attr<i64>,
    #[attr(optional)]
    pub(crate) min: Attr<i64>,
}

/// The `instance_market_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateInstanceMarketOptions {
    #[attr(optional, check = one_of(&["spot", "capacity-block"]))]
    pub(crate) market_type: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) spot_options: Blocks<LaunchTemplateSpotOptions>,
}

/// The `instance_market_options.spot_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateSpotOptions {
    #[attr(optional)]
    pub(crate) block_duration_minutes: Attr<i64>,
    #[attr(optional, check = one_of(&["hibernate", "stop", "terminate"]))]
    pub(crate) instance_interruption_behavior: Attr<String>,
    #[attr(optional)]
    pub(crate) max_price: Attr<String>,
    #[attr(optional, check = one_of(&["one-time", "persistent"]))]
    pub(crate) spot_instance_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) valid_until: Attr<String>,
}

/// The `iam_instance_profile` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateIamInstanceProfile {
    #[attr(optional)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, check = template_name)]
    pub(crate) name: Attr<String>,
}

/// The `hibernation_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateHibernationOptions {
    #[attr(required)]
    pub(crate) configured: Attr<bool>,
}

/// The `enclave_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateEnclaveOptions {
    #[attr(optional)]
    pub(crate) enabled: Attr<bool>,
}

/// The `elastic_gpu_specifications` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateElasticGpuSpecifications {
    #[attr(required)]
    pub(crate) r#type: Attr<String>,
}

/// The `credit_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateCreditSpecification {
    #[attr(optional, check = one_of(&["standard", "unlimited"]))]
    pub(crate) cpu_credits: Attr<String>,
}

/// The `cpu_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateCpuOptions {
    #[attr(optional, check = one_of(&["enabled", "disabled"]))]
    pub(crate) amd_sev_snp: Attr<String>,
    #[attr(optional)]
    pub(crate) core_count: Attr<i64>,
    #[attr(optional)]
    pub(crate) threads_per_core: Attr<i64>,
}

/// The `capacity_reservation_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateCapacityReservationSpecification {
    #[attr(optional, check = one_of(&["capacity-reservations-only", "open", "none"]))]
    pub(crate) capacity_reservation_preference: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) capacity_reservation_target: Blocks<LaunchTemplateCapacityReservationTarget>,
}

/// The `capacity_reservation_specification.capacity_reservation_target` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateCapacityReservationTarget {
    #[attr(optional)]
    pub(crate) capacity_reservation_id: Attr<String>,
    #[attr(optional)]
    pub(crate) capacity_reservation_resource_group_arn: Attr<String>,
}

/// The `block_device_mappings` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateBlockDeviceMappings {
    #[attr(optional)]
    pub(crate) device_name: Attr<String>,
    #[attr(optional)]
    pub(crate) no_device: Attr<String>,
    #[attr(optional)]
    pub(crate) virtual_name: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) ebs: Blocks<LaunchTemplateEbs>,
}

/// The `block_device_mappings.ebs` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateEbs {
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) delete_on_termination: Attr<String>,
    #[attr(optional, same = same_flag, check = flag_text)]
    pub(crate) encrypted: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional)]
    pub(crate) snapshot_id: Attr<String>,
    #[attr(optional, computed, check = range(125, 1000))]
    pub(crate) throughput: Attr<i64>,
    #[attr(optional, computed, check = range(100, 300))]
    pub(crate) volume_initialization_rate: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) volume_size: Attr<i64>,
    #[attr(optional, computed, check = one_of(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"]))]
    pub(crate) volume_type: Attr<String>,
}
