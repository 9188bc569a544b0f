//! Launch template data as EC2 takes it.

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types as api;
use groma_aws_core::sdk_tags;
use groma_sdk::{Attr, Set};

use super::model::*;

fn kinds<T>(set: &Attr<Set<String>>, kind: impl Fn(&str) -> T) -> Option<Vec<T>> {
    set.to_filled().map(|all| all.iter().map(|t| kind(t)).collect())
}

/// What instances are to be launched with.
pub(super) fn data(t: &LaunchTemplate) -> api::RequestLaunchTemplateData {
    let on = |b: &Attr<bool>| b.cloned();
    let profile = t.iam_instance_profile.first().map(|p| {
        api::LaunchTemplateIamInstanceProfileSpecificationRequest::builder()
            .set_arn(p.arn.to_filled())
            .set_name(p.name.to_filled())
            .build()
    });
    let private_dns = t.private_dns_name_options.first().map(|o| {
        api::LaunchTemplatePrivateDnsNameOptionsRequest::builder()
            .set_enable_resource_name_dns_a_record(on(&o.enable_resource_name_dns_a_record))
            .set_enable_resource_name_dns_aaaa_record(on(&o.enable_resource_name_dns_aaaa_record))
            .set_hostname_type(o.hostname_type.filled().map(api::HostnameType::from))
            .build()
    });
    let devices: Vec<_> = t.block_device_mappings.iter().map(device).collect();
    let interfaces: Vec<_> = t.network_interfaces.iter().map(interface).collect();
    let licenses: Vec<_> = t
        .license_specification
        .iter()
        .map(|l| {
            api::LaunchTemplateLicenseConfigurationRequest::builder()
                .set_license_configuration_arn(l.license_configuration_arn.to_filled())
                .build()
        })
        .collect();
    let tags: Vec<_> = t
        .tag_specifications
        .iter()
        .map(|s| {
            api::LaunchTemplateTagSpecificationRequest::builder()
                .set_resource_type(s.resource_type.filled().map(api::ResourceType::from))
                .set_tags(Some(sdk_tags!(api::Tag, s.tags.or_default())))
                .build()
        })
        .collect();
    let full = |is_empty: bool| !is_empty;
    api::RequestLaunchTemplateData::builder()
        .set_block_device_mappings(full(devices.is_empty()).then_some(devices))
        .set_capacity_reservation_specification(reservation(t))
        .set_cpu_options(t.cpu_options.first().map(|o| {
            api::LaunchTemplateCpuOptionsRequest::builder()
                .set_amd_sev_snp(o.amd_sev_snp.filled().map(api::AmdSevSnpSpecification::from))
                .set_core_count(o.core_count.to_filled_i32())
                .set_threads_per_core(o.threads_per_core.to_filled_i32())
                .build()
        }))
        .set_credit_specification(
            t.credit_specification
                .first()
                .and_then(|c| c.cpu_credits.to_filled())
                .map(|c| api::CreditSpecificationRequest::builder().cpu_credits(c).build()),
        )
        .set_disable_api_stop(t.disable_api_stop.to_filled())
        .set_disable_api_termination(t.disable_api_termination.to_filled())
        .set_ebs_optimized(t.ebs_optimized.as_flag())
        .set_enclave_options(t.enclave_options.first().map(|o| {
            let builder = api::LaunchTemplateEnclaveOptionsRequest::builder();
            builder.set_enabled(Some(o.enabled.is_true())).build()
        }))
        .set_hibernation_options(t.hibernation_options.first().map(|o| {
            let builder = api::LaunchTemplateHibernationOptionsRequest::builder();
            builder.set_configured(Some(o.configured.is_true())).build()
        }))
        .set_iam_instance_profile(profile)
        .set_image_id(t.image_id.to_filled())
        .set_instance_initiated_shutdown_behavior(
            t.instance_initiated_shutdown_behavior.filled().map(api::ShutdownBehavior::from),
        )
        .set_instance_market_options(market(t))
        .set_instance_requirements(t.instance_requirements.first().map(requirements))
        .set_instance_type(t.instance_type.filled().map(api::InstanceType::from))
        .set_kernel_id(t.kernel_id.to_filled())
        .set_key_name(t.key_name.to_filled())
        .set_license_specifications(full(licenses.is_empty()).then_some(licenses))
        .set_maintenance_options(t.maintenance_options.first().map(|o| {
            api::LaunchTemplateInstanceMaintenanceOptionsRequest::builder()
                .set_auto_recovery(
                    o.auto_recovery.filled().map(api::LaunchTemplateAutoRecoveryState::from),
                )
                .build()
        }))
        .set_metadata_options(metadata(t))
        .set_monitoring(t.monitoring.first().map(|o| {
            let builder = api::LaunchTemplatesMonitoringRequest::builder();
            builder.set_enabled(Some(o.enabled.is_true())).build()
        }))
        .set_network_interfaces(full(interfaces.is_empty()).then_some(interfaces))
        .set_placement(placement(t))
        .set_private_dns_name_options(private_dns)
        .set_ram_disk_id(t.ram_disk_id.to_filled())
        .set_security_group_ids(t.vpc_security_group_ids.to_filled())
        .set_security_groups(t.security_group_names.to_filled())
        .set_tag_specifications(full(tags.is_empty()).then_some(tags))
        .set_user_data(t.user_data.to_filled())
        .build()
}

fn reservation(
    t: &LaunchTemplate,
) -> Option<api::LaunchTemplateCapacityReservationSpecificationRequest> {
    t.capacity_reservation_specification.first().map(|s| {
        let target = s.capacity_reservation_target.first().map(|target| {
            api::CapacityReservationTarget::builder()
                .set_capacity_reservation_id(target.capacity_reservation_id.to_filled())
                .set_capacity_reservation_resource_group_arn(
                    target.capacity_reservation_resource_group_arn.to_filled(),
                )
                .build()
        });
        api::LaunchTemplateCapacityReservationSpecificationRequest::builder()
            .set_capacity_reservation_preference(
                s.capacity_reservation_preference
                    .filled()
                    .map(api::CapacityReservationPreference::from),
            )
            .set_capacity_reservation_target(target)
            .build()
    })
}

fn market(t: &LaunchTemplate) -> Option<api::LaunchTemplateInstanceMarketOptionsRequest> {
    t.instance_market_options.first().map(|o| {
        let spot = o.spot_options.first().map(|s| {
            let until = s
                .valid_until
                .filled()
                .and_then(|t| DateTime::from_str(t, DateTimeFormat::DateTimeWithOffset).ok());
            api::LaunchTemplateSpotMarketOptionsRequest::builder()
                .set_block_duration_minutes(s.block_duration_minutes.to_filled_i32())
                .set_instance_interruption_behavior(
                    s.instance_interruption_behavior
                        .filled()
                        .map(api::InstanceInterruptionBehavior::from),
                )
                .set_max_price(s.max_price.to_filled())
                .set_spot_instance_type(
                    s.spot_instance_type.filled().map(api::SpotInstanceType::from),
                )
                .set_valid_until(until)
                .build()
        });
        api::LaunchTemplateInstanceMarketOptionsRequest::builder()
            .set_market_type(o.market_type.filled().map(api::MarketType::from))
            .set_spot_options(spot)
            .build()
    })
}

fn metadata(t: &LaunchTemplate) -> Option<api::LaunchTemplateInstanceMetadataOptionsRequest> {
    t.metadata_options.first().map(|o| {
        api::LaunchTemplateInstanceMetadataOptionsRequest::builder()
            .set_http_endpoint(
                o.http_endpoint
                    .filled()
                    .map(api::LaunchTemplateInstanceMetadataEndpointState::from),
            )
            .set_http_protocol_ipv6(
                o.http_protocol_ipv6
                    .filled()
                    .map(api::LaunchTemplateInstanceMetadataProtocolIpv6::from),
            )
            .set_http_put_response_hop_limit(o.http_put_response_hop_limit.to_filled_i32())
            .set_http_tokens(o.http_tokens.filled().map(api::LaunchTemplateHttpTokensState::from))
            .set_instance_metadata_tags(
                o.instance_metadata_tags
                    .filled()
                    .map(api::LaunchTemplateInstanceMetadataTagsState::from),
            )
            .build()
    })
}

fn placement(t: &LaunchTemplate) -> Option<api::LaunchTemplatePlacementRequest> {
    t.placement.first().map(|p| {
        api::LaunchTemplatePlacementRequest::builder()
            .set_affinity(p.affinity.to_filled())
            .set_availability_zone(p.availability_zone.to_filled())
            .set_group_name(p.group_name.to_filled())
            .set_host_id(p.host_id.to_filled())
            .set_host_resource_group_arn(p.host_resource_group_arn.to_filled())
            .set_partition_number(p.partition_number.to_filled_i32())
            .set_spread_domain(p.spread_domain.to_filled())
            .set_tenancy(p.tenancy.filled().map(api::Tenancy::from))
            .build()
    })
}

fn device(d: &LaunchTemplateBlockDeviceMappings) -> api::LaunchTemplateBlockDeviceMappingRequest {
    let ebs = d.ebs.first().map(|e| {
        api::LaunchTemplateEbsBlockDeviceRequest::builder()
            .set_delete_on_termination(e.delete_on_termination.as_flag())
            .set_encrypted(e.encrypted.as_flag())
            .set_iops(e.iops.to_filled_i32())
            .set_kms_key_id(e.kms_key_id.to_filled())
            .set_snapshot_id(e.snapshot_id.to_filled())
            .set_throughput(e.throughput.to_filled_i32())
            .set_volume_initialization_rate(e.volume_initialization_rate.to_filled_i32())
            .set_volume_size(e.volume_size.to_filled_i32())
            .set_volume_type(e.volume_type.filled().map(api::VolumeType::from))
            .build()
    });
    api::LaunchTemplateBlockDeviceMappingRequest::builder()
        .set_device_name(d.device_name.to_filled())
        .set_ebs(ebs)
        .set_no_device(d.no_device.to_filled())
        .set_virtual_name(d.virtual_name.to_filled())
        .build()
}

fn interface(
    n: &LaunchTemplateNetworkInterfaces,
) -> api::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    let primary = n.private_ip_address.to_filled();
    let ips: Option<Vec<_>> = n.ipv4_addresses.to_filled().map(|ips| {
        ips.into_iter()
            .map(|ip| {
                let first = primary.as_ref() == Some(&ip);
                api::PrivateIpAddressSpecification::builder()
                    .primary(first)
                    .private_ip_address(ip)
                    .build()
            })
            .collect()
    });
    let ipv6: Option<Vec<_>> = n.ipv6_addresses.to_filled().map(|ips| {
        let of = |ip| api::InstanceIpv6AddressRequest::builder().ipv6_address(ip).build();
        ips.into_iter().map(of).collect()
    });
    let prefixes = n.ipv4_prefixes.to_filled().map(|all| {
        let of = |p| api::Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(p).build();
        all.into_iter().map(of).collect::<Vec<_>>()
    });
    let prefixes6 = n.ipv6_prefixes.to_filled().map(|all| {
        let of = |p| api::Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(p).build();
        all.into_iter().map(of).collect::<Vec<_>>()
    });
    let tracking = n.connection_tracking_specification.first().map(|c| {
        api::ConnectionTrackingSpecificationRequest::builder()
            .set_tcp_established_timeout(c.tcp_established_timeout.to_filled_i32())
            .set_udp_stream_timeout(c.udp_stream_timeout.to_filled_i32())
            .set_udp_timeout(c.udp_timeout.to_filled_i32())
            .build()
    });
    let srd = n.ena_srd_specification.first().map(|s| {
        let udp = s.ena_srd_udp_specification.first().map(|u| {
            api::EnaSrdUdpSpecificationRequest::builder()
                .set_ena_srd_udp_enabled(u.ena_srd_udp_enabled.cloned())
                .build()
        });
        api::EnaSrdSpecificationRequest::builder()
            .set_ena_srd_enabled(s.ena_srd_enabled.cloned())
            .set_ena_srd_udp_specification(udp)
            .build()
    });
    // Several addresses name the first one themselves.
    let single = primary.clone().filter(|_| ips.is_none());
    api::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
        .set_associate_carrier_ip_address(n.associate_carrier_ip_address.as_flag())
        .set_associate_public_ip_address(n.associate_public_ip_address.as_flag())
        .set_connection_tracking_specification(tracking)
        .set_delete_on_termination(n.delete_on_termination.as_flag())
        .set_description(n.description.to_filled())
        .set_device_index(n.device_index.to_i32())
        .set_ena_srd_specification(srd)
        .set_groups(n.security_groups.to_filled())
        .set_interface_type(n.interface_type.to_filled())
        .set_ipv4_prefix_count(n.ipv4_prefix_count.to_filled_i32())
        .set_ipv4_prefixes(prefixes)
        .set_ipv6_address_count(n.ipv6_address_count.to_filled_i32())
        .set_ipv6_addresses(ipv6)
        .set_ipv6_prefix_count(n.ipv6_prefix_count.to_filled_i32())
        .set_ipv6_prefixes(prefixes6)
        .set_network_card_index(n.network_card_index.to_filled_i32())
        .set_network_interface_id(n.network_interface_id.to_filled())
        .set_primary_ipv6(n.primary_ipv6.as_flag())
        .set_private_ip_address(single)
        .set_private_ip_addresses(ips)
        .set_secondary_private_ip_address_count(n.ipv4_address_count.to_filled_i32())
        .set_subnet_id(n.subnet_id.to_filled())
        .build()
}

/// A range of numbers, of whatever kind.
macro_rules! span {
    ($kind:ident, $blocks:expr) => {
        $blocks.first().map(|r| {
            api::$kind::builder().set_min(r.min.to_filled_i32()).set_max(r.max.to_i32()).build()
        })
    };
    ($kind:ident, $blocks:expr, fraction) => {
        $blocks.first().map(|r| {
            let some = |n: &Attr<f64>| n.cloned().filter(|n| *n > 0.0);
            api::$kind::builder().set_min(some(&r.min)).set_max(some(&r.max)).build()
        })
    };
}

fn requirements(r: &LaunchTemplateInstanceRequirements) -> api::InstanceRequirementsRequest {
    api::InstanceRequirementsRequest::builder()
        .set_accelerator_count(span!(AcceleratorCountRequest, r.accelerator_count))
        .set_accelerator_manufacturers(kinds(&r.accelerator_manufacturers, |t| t.into()))
        .set_accelerator_names(kinds(&r.accelerator_names, |t| t.into()))
        .set_accelerator_total_memory_mib(span!(
            AcceleratorTotalMemoryMiBRequest,
            r.accelerator_total_memory_mib
        ))
        .set_accelerator_types(kinds(&r.accelerator_types, |t| t.into()))
        .set_allowed_instance_types(r.allowed_instance_types.to_filled())
        .set_bare_metal(r.bare_metal.filled().map(api::BareMetal::from))
        .set_baseline_ebs_bandwidth_mbps(span!(
            BaselineEbsBandwidthMbpsRequest,
            r.baseline_ebs_bandwidth_mbps
        ))
        .set_burstable_performance(
            r.burstable_performance.filled().map(api::BurstablePerformance::from),
        )
        .set_cpu_manufacturers(kinds(&r.cpu_manufacturers, |t| t.into()))
        .set_excluded_instance_types(r.excluded_instance_types.to_filled())
        .set_instance_generations(kinds(&r.instance_generations, |t| t.into()))
        .set_local_storage(r.local_storage.filled().map(api::LocalStorage::from))
        .set_local_storage_types(kinds(&r.local_storage_types, |t| t.into()))
        .set_max_spot_price_as_percentage_of_optimal_on_demand_price(
            r.max_spot_price_as_percentage_of_optimal_on_demand_price.to_filled_i32(),
        )
        .set_memory_gib_per_v_cpu(span!(MemoryGiBPerVCpuRequest, r.memory_gib_per_vcpu, fraction))
        .set_memory_mib(r.memory_mib.first().map(|m| {
            api::MemoryMiBRequest::builder()
                .set_min(m.min.to_i32())
                .set_max(m.max.to_filled_i32())
                .build()
        }))
        .set_network_bandwidth_gbps(r.network_bandwidth_gbps.first().map(|m| {
            let some = |n: &Attr<i64>| n.cloned().filter(|n| *n > 0).map(|n| n as f64);
            api::NetworkBandwidthGbpsRequest::builder()
                .set_min(some(&m.min))
                .set_max(some(&m.max))
                .build()
        }))
        .set_network_interface_count(span!(NetworkInterfaceCountRequest, r.network_interface_count))
        .set_on_demand_max_price_percentage_over_lowest_price(
            r.on_demand_max_price_percentage_over_lowest_price.to_filled_i32(),
        )
        .set_require_hibernate_support(r.require_hibernate_support.is_true().then_some(true))
        .set_spot_max_price_percentage_over_lowest_price(
            r.spot_max_price_percentage_over_lowest_price.to_filled_i32(),
        )
        .set_total_local_storage_gb(span!(
            TotalLocalStorageGbRequest,
            r.total_local_storage_gb,
            fraction
        ))
        .set_v_cpu_count(r.vcpu_count.first().map(|m| {
            api::VCpuCountRangeRequest::builder()
                .set_min(m.min.to_i32())
                .set_max(m.max.to_filled_i32())
                .build()
        }))
        .build()
}
