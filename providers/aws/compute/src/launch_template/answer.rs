//! Launch template data as EC2 returns it.

use aws_sdk_ec2::primitives::DateTimeFormat;
use aws_sdk_ec2::types as api;
use groma_aws_network::ec2::{set_of, tags_of};
use groma_sdk::{Attr, Blocks};

use super::model::*;

fn text_of(flag: Option<bool>) -> Attr<String> {
    flag.map(|f| f.to_string()).into()
}

/// Records what a version of a template has.
pub(super) fn record(t: &mut LaunchTemplate, d: &api::ResponseLaunchTemplateData) {
    t.block_device_mappings = d.block_device_mappings().iter().map(device).collect();
    t.capacity_reservation_specification = d
        .capacity_reservation_specification()
        .map(|s| LaunchTemplateCapacityReservationSpecification {
            capacity_reservation_preference: s
                .capacity_reservation_preference()
                .map(|p| p.as_str())
                .into(),
            capacity_reservation_target: s
                .capacity_reservation_target()
                .map(|target| LaunchTemplateCapacityReservationTarget {
                    capacity_reservation_id: target.capacity_reservation_id().into(),
                    capacity_reservation_resource_group_arn: target
                        .capacity_reservation_resource_group_arn()
                        .into(),
                })
                .into(),
        })
        .into();
    t.cpu_options = d
        .cpu_options()
        .map(|o| LaunchTemplateCpuOptions {
            amd_sev_snp: o.amd_sev_snp().map(|a| a.as_str()).into(),
            core_count: o.core_count().into(),
            threads_per_core: o.threads_per_core().into(),
        })
        .into();
    t.credit_specification = d
        .credit_specification()
        .filter(|c| c.cpu_credits().is_some() && is_burstable(d.instance_type()))
        .map(|c| LaunchTemplateCreditSpecification { cpu_credits: c.cpu_credits().into() })
        .into();
    t.disable_api_stop = d.disable_api_stop().into();
    t.disable_api_termination = d.disable_api_termination().into();
    t.ebs_optimized = text_of(d.ebs_optimized());
    t.enclave_options = d
        .enclave_options()
        .map(|o| LaunchTemplateEnclaveOptions { enabled: o.enabled().into() })
        .into();
    t.hibernation_options = d
        .hibernation_options()
        .map(|o| LaunchTemplateHibernationOptions { configured: o.configured().into() })
        .into();
    t.iam_instance_profile = d
        .iam_instance_profile()
        .map(|p| LaunchTemplateIamInstanceProfile { arn: p.arn().into(), name: p.name().into() })
        .into();
    t.image_id = d.image_id().into();
    t.instance_initiated_shutdown_behavior =
        d.instance_initiated_shutdown_behavior().map(|b| b.as_str()).into();
    t.instance_market_options = market(d);
    t.instance_requirements = d.instance_requirements().map(requirements).into();
    t.instance_type = d.instance_type().map(|i| i.as_str()).into();
    t.kernel_id = d.kernel_id().into();
    t.key_name = d.key_name().into();
    t.license_specification = d
        .license_specifications()
        .iter()
        .map(|l| LaunchTemplateLicenseSpecification {
            license_configuration_arn: l.license_configuration_arn().into(),
        })
        .collect();
    t.maintenance_options = d
        .maintenance_options()
        .map(|o| LaunchTemplateMaintenanceOptions {
            auto_recovery: o.auto_recovery().map(|a| a.as_str()).into(),
        })
        .into();
    t.metadata_options = d
        .metadata_options()
        .map(|o| LaunchTemplateMetadataOptions {
            http_endpoint: o.http_endpoint().map(|v| v.as_str()).into(),
            http_protocol_ipv6: o.http_protocol_ipv6().map(|v| v.as_str()).into(),
            http_put_response_hop_limit: o.http_put_response_hop_limit().into(),
            http_tokens: o.http_tokens().map(|v| v.as_str()).into(),
            instance_metadata_tags: o.instance_metadata_tags().map(|v| v.as_str()).into(),
        })
        .into();
    t.monitoring =
        d.monitoring().map(|m| LaunchTemplateEnclaveOptions { enabled: m.enabled().into() }).into();
    t.network_interfaces = d.network_interfaces().iter().map(interface).collect();
    t.placement = d
        .placement()
        .map(|p| LaunchTemplatePlacement {
            affinity: p.affinity().into(),
            availability_zone: p.availability_zone().into(),
            group_name: p.group_name().into(),
            host_id: p.host_id().into(),
            host_resource_group_arn: p.host_resource_group_arn().into(),
            partition_number: p.partition_number().into(),
            spread_domain: p.spread_domain().into(),
            tenancy: p.tenancy().map(|v| v.as_str()).into(),
        })
        .into();
    t.private_dns_name_options = d
        .private_dns_name_options()
        .map(|o| LaunchTemplatePrivateDnsNameOptions {
            enable_resource_name_dns_a_record: o.enable_resource_name_dns_a_record().into(),
            enable_resource_name_dns_aaaa_record: o.enable_resource_name_dns_aaaa_record().into(),
            hostname_type: o.hostname_type().map(|v| v.as_str()).into(),
        })
        .into();
    t.ram_disk_id = d.ram_disk_id().into();
    t.security_group_names = set_of(d.security_groups().iter().cloned());
    t.tag_specifications = d
        .tag_specifications()
        .iter()
        .map(|s| LaunchTemplateTagSpecifications {
            resource_type: s.resource_type().map(|r| r.as_str()).into(),
            tags: Attr::Known(tags_of(s.tags())),
        })
        .collect();
    t.user_data = d.user_data().into();
    t.vpc_security_group_ids = set_of(d.security_group_ids().iter().cloned());
}

/// EC2 says what other types' credits are, too, which means nothing.
fn is_burstable(kind: Option<&api::InstanceType>) -> bool {
    kind.is_none_or(|kind| kind.as_str().starts_with('t'))
}

fn market(d: &api::ResponseLaunchTemplateData) -> Blocks<LaunchTemplateInstanceMarketOptions> {
    let options = d.instance_market_options().map(|o| LaunchTemplateInstanceMarketOptions {
        market_type: o.market_type().map(|m| m.as_str()).into(),
        spot_options: o
            .spot_options()
            .map(|s| LaunchTemplateSpotOptions {
                block_duration_minutes: s.block_duration_minutes().into(),
                instance_interruption_behavior: s
                    .instance_interruption_behavior()
                    .map(|b| b.as_str())
                    .into(),
                max_price: s.max_price().into(),
                spot_instance_type: s.spot_instance_type().map(|t| t.as_str()).into(),
                valid_until: s
                    .valid_until()
                    .and_then(|t| t.fmt(DateTimeFormat::DateTime).ok())
                    .into(),
            })
            .into(),
    });
    options.into()
}

fn device(d: &api::LaunchTemplateBlockDeviceMapping) -> LaunchTemplateBlockDeviceMappings {
    LaunchTemplateBlockDeviceMappings {
        device_name: d.device_name().into(),
        ebs: d
            .ebs()
            .map(|e| LaunchTemplateEbs {
                delete_on_termination: text_of(e.delete_on_termination()),
                encrypted: text_of(e.encrypted()),
                iops: e.iops().into(),
                kms_key_id: e.kms_key_id().into(),
                snapshot_id: e.snapshot_id().into(),
                throughput: e.throughput().into(),
                volume_initialization_rate: e.volume_initialization_rate().into(),
                volume_size: e.volume_size().into(),
                volume_type: e.volume_type().map(|v| v.as_str()).into(),
            })
            .into(),
        no_device: d.no_device().into(),
        virtual_name: d.virtual_name().into(),
    }
}

fn interface(
    n: &api::LaunchTemplateInstanceNetworkInterfaceSpecification,
) -> LaunchTemplateNetworkInterfaces {
    let ips = n.private_ip_addresses();
    let primary = ips.iter().find(|ip| ip.primary() == Some(true));
    let primary = n.private_ip_address().or(primary.and_then(|ip| ip.private_ip_address()));
    LaunchTemplateNetworkInterfaces {
        associate_carrier_ip_address: text_of(n.associate_carrier_ip_address()),
        associate_public_ip_address: text_of(n.associate_public_ip_address()),
        connection_tracking_specification: n
            .connection_tracking_specification()
            .map(|c| LaunchTemplateConnectionTrackingSpecification {
                tcp_established_timeout: c.tcp_established_timeout().into(),
                udp_stream_timeout: c.udp_stream_timeout().into(),
                udp_timeout: c.udp_timeout().into(),
            })
            .into(),
        delete_on_termination: text_of(n.delete_on_termination()),
        description: n.description().into(),
        device_index: n.device_index().into(),
        ena_srd_specification: n
            .ena_srd_specification()
            .map(|s| LaunchTemplateEnaSrdSpecification {
                ena_srd_enabled: s.ena_srd_enabled().into(),
                ena_srd_udp_specification: s
                    .ena_srd_udp_specification()
                    .map(|u| LaunchTemplateEnaSrdUdpSpecification {
                        ena_srd_udp_enabled: u.ena_srd_udp_enabled().into(),
                    })
                    .into(),
            })
            .into(),
        interface_type: n.interface_type().into(),
        ipv4_address_count: n.secondary_private_ip_address_count().into(),
        ipv4_addresses: set_of(ips.iter().filter_map(|ip| ip.private_ip_address())),
        ipv4_prefix_count: n.ipv4_prefix_count().into(),
        ipv4_prefixes: set_of(n.ipv4_prefixes().iter().filter_map(|p| p.ipv4_prefix())),
        ipv6_address_count: n.ipv6_address_count().into(),
        ipv6_addresses: set_of(n.ipv6_addresses().iter().filter_map(|ip| ip.ipv6_address())),
        ipv6_prefix_count: n.ipv6_prefix_count().into(),
        ipv6_prefixes: set_of(n.ipv6_prefixes().iter().filter_map(|p| p.ipv6_prefix())),
        network_card_index: n.network_card_index().into(),
        network_interface_id: n.network_interface_id().into(),
        primary_ipv6: text_of(n.primary_ipv6()),
        private_ip_address: primary.into(),
        security_groups: set_of(n.groups().iter().cloned()),
        subnet_id: n.subnet_id().into(),
    }
}

/// A range of numbers, of whatever kind.
macro_rules! span {
    ($block:ident, $range:expr) => {
        $range.map(|r| $block { min: r.min().into(), max: r.max().into() }).into()
    };
}

fn requirements(r: &api::InstanceRequirements) -> LaunchTemplateInstanceRequirements {
    LaunchTemplateInstanceRequirements {
        accelerator_count: span!(LaunchTemplateAcceleratorCount, r.accelerator_count()),
        accelerator_manufacturers: set_of(r.accelerator_manufacturers().iter().map(|v| v.as_str())),
        accelerator_names: set_of(r.accelerator_names().iter().map(|v| v.as_str())),
        accelerator_total_memory_mib: span!(
            LaunchTemplateAcceleratorTotalMemoryMib,
            r.accelerator_total_memory_mib()
        ),
        accelerator_types: set_of(r.accelerator_types().iter().map(|v| v.as_str())),
        allowed_instance_types: set_of(r.allowed_instance_types().iter().cloned()),
        bare_metal: r.bare_metal().map(|v| v.as_str()).into(),
        baseline_ebs_bandwidth_mbps: span!(
            LaunchTemplateAcceleratorTotalMemoryMib,
            r.baseline_ebs_bandwidth_mbps()
        ),
        burstable_performance: r.burstable_performance().map(|v| v.as_str()).into(),
        cpu_manufacturers: set_of(r.cpu_manufacturers().iter().map(|v| v.as_str())),
        excluded_instance_types: set_of(r.excluded_instance_types().iter().cloned()),
        instance_generations: set_of(r.instance_generations().iter().map(|v| v.as_str())),
        local_storage: r.local_storage().map(|v| v.as_str()).into(),
        local_storage_types: set_of(r.local_storage_types().iter().map(|v| v.as_str())),
        max_spot_price_as_percentage_of_optimal_on_demand_price: r
            .max_spot_price_as_percentage_of_optimal_on_demand_price()
            .into(),
        memory_gib_per_vcpu: span!(LaunchTemplateMemoryGibPerVcpu, r.memory_gib_per_v_cpu()),
        memory_mib: span!(LaunchTemplateMemoryMib, r.memory_mib()),
        network_bandwidth_gbps: r
            .network_bandwidth_gbps()
            .map(|n| LaunchTemplateNetworkBandwidthGbps {
                min: n.min().map(|n| n as i64).into(),
                max: n.max().map(|n| n as i64).into(),
            })
            .into(),
        network_interface_count: span!(
            LaunchTemplateAcceleratorTotalMemoryMib,
            r.network_interface_count()
        ),
        on_demand_max_price_percentage_over_lowest_price: r
            .on_demand_max_price_percentage_over_lowest_price()
            .into(),
        require_hibernate_support: r.require_hibernate_support().into(),
        spot_max_price_percentage_over_lowest_price: r
            .spot_max_price_percentage_over_lowest_price()
            .into(),
        total_local_storage_gb: span!(LaunchTemplateMemoryGibPerVcpu, r.total_local_storage_gb()),
        vcpu_count: span!(LaunchTemplateMemoryMib, r.v_cpu_count()),
    }
}
