//! Instances as EC2 takes them.

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types as api;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{Aws, sdk_tags, wanted_tags};

use super::is_burstable;
use super::model::*;

/// User data in base64, as EC2 takes it, unless it is so already.
pub(super) fn user_data(config: &Instance) -> Option<String> {
    if let Some(data) = config.user_data_base64.to_filled() {
        return Some(data);
    }
    let text = config.user_data.filled()?;
    Some(match STANDARD.decode(text) {
        Ok(_) => text.to_owned(),
        Err(_) => STANDARD.encode(text),
    })
}

/// The request that launches an instance. What the provider plans anew, such as user data, is taken
/// from the configuration.
pub(super) fn run(
    aws: &Aws,
    request: RunInstancesFluentBuilder,
    config: &Instance,
    p: &Instance,
) -> RunInstancesFluentBuilder {
    let profile = config
        .iam_instance_profile
        .filled()
        .map(|name| api::IamInstanceProfileSpecification::builder().name(name).build());
    let template = config.launch_template.first().map(|t| {
        api::LaunchTemplateSpecification::builder()
            .set_launch_template_id(t.id.to_filled())
            .set_launch_template_name(t.name.to_filled().filter(|_| t.id.filled().is_none()))
            .version(t.version.filled().unwrap_or("$Default"))
            .build()
    });
    let request = request
        .min_count(1)
        .max_count(1)
        .set_block_device_mappings(devices(config))
        .set_capacity_reservation_specification(reservation(config))
        .set_cpu_options(cpu(config))
        .set_credit_specification(
            credits(config)
                .map(|c| api::CreditSpecificationRequest::builder().cpu_credits(c).build()),
        )
        .set_disable_api_stop(config.disable_api_stop.cloned())
        .set_disable_api_termination(config.disable_api_termination.cloned())
        .set_ebs_optimized(config.ebs_optimized.cloned())
        .set_enclave_options(
            config.enclave_options.first().map(|o| {
                api::EnclaveOptionsRequest::builder().enabled(o.enabled.is_true()).build()
            }),
        )
        .set_hibernation_options(
            config
                .hibernation
                .cloned()
                .map(|on| api::HibernationOptionsRequest::builder().configured(on).build()),
        )
        .set_iam_instance_profile(profile)
        .set_image_id(config.ami.to_filled())
        .set_instance_initiated_shutdown_behavior(
            config.instance_initiated_shutdown_behavior.filled().map(api::ShutdownBehavior::from),
        )
        .set_instance_market_options(market(config))
        .set_instance_type(config.instance_type.filled().map(api::InstanceType::from))
        .set_key_name(config.key_name.to_filled())
        .set_launch_template(template)
        .set_maintenance_options(config.maintenance_options.first().map(|o| {
            api::InstanceMaintenanceOptionsRequest::builder()
                .set_auto_recovery(
                    o.auto_recovery.filled().map(api::InstanceAutoRecoveryState::from),
                )
                .build()
        }))
        .set_metadata_options(
            config.metadata_options.first().and(p.metadata_options.first()).map(metadata),
        )
        .set_monitoring(
            config
                .monitoring
                .cloned()
                .map(|on| api::RunInstancesMonitoringEnabled::builder().enabled(on).build()),
        )
        .set_placement(placement(config))
        .set_private_dns_name_options(config.private_dns_name_options.first().map(|o| {
            api::PrivateDnsNameOptionsRequest::builder()
                .set_enable_resource_name_dns_a_record(o.enable_resource_name_dns_a_record.cloned())
                .set_enable_resource_name_dns_aaaa_record(
                    o.enable_resource_name_dns_aaaa_record.cloned(),
                )
                .set_hostname_type(o.hostname_type.filled().map(api::HostnameType::from))
                .build()
        }))
        .set_tag_specifications(tags(aws, config, p))
        .set_user_data(user_data(config));
    network(request, config)
}

fn tags(aws: &Aws, config: &Instance, p: &Instance) -> Option<Vec<api::TagSpecification>> {
    let of = |kind: api::ResourceType, tags: &groma_aws_core::TagMap| {
        api::TagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(sdk_tags!(api::Tag, tags)))
            .build()
    };
    let (own, volumes) = (wanted_tags(aws, p), aws.tags().all(&config.volume_tags.or_default()));
    let all = [(api::ResourceType::Instance, own), (api::ResourceType::Volume, volumes)];
    let all = all.into_iter().filter(|(_, tags)| !tags.is_empty());
    let all: Vec<_> = all.map(|(kind, tags)| of(kind, &tags)).collect();
    (!all.is_empty()).then_some(all)
}

/// The CPU credits to ask for: other types than the burstable ones take none. Those of the family t3
/// are unlimited unless the configuration says otherwise, whatever the account has as its default.
fn credits(c: &Instance) -> Option<String> {
    let kind = c.instance_type.filled()?;
    let configured = c.credit_specification.first().and_then(|c| c.cpu_credits.to_filled());
    match is_burstable(kind) {
        true => configured.or(kind.starts_with("t3").then(|| "unlimited".to_owned())),
        false => None,
    }
}

/// Interfaces of the instance, or what there is to say of the one that EC2 makes for it.
fn network(request: RunInstancesFluentBuilder, c: &Instance) -> RunInstancesFluentBuilder {
    if !c.network_interface.is_empty() {
        let interfaces = c.network_interface.iter().map(|n| {
            api::InstanceNetworkInterfaceSpecification::builder()
                .set_delete_on_termination(n.delete_on_termination.cloned())
                .set_device_index(n.device_index.to_i32())
                .set_network_card_index(n.network_card_index.to_filled_i32())
                .set_network_interface_id(n.network_interface_id.to_filled())
                .build()
        });
        return request.set_network_interfaces(Some(interfaces.collect()));
    }
    let ipv6: Option<Vec<_>> = c.ipv6_addresses.cloned().filter(|all| !all.is_empty()).map(|all| {
        let of = |ip| api::InstanceIpv6Address::builder().ipv6_address(ip).build();
        all.into_iter().map(of).collect()
    });
    let secondary = c.secondary_private_ips.to_filled();
    let public = c.associate_public_ip_address.cloned();
    let whole = secondary.is_some()
        || c.enable_primary_ipv6.is_known()
        || (public.is_some() && c.subnet_id.filled().is_some());
    if !whole {
        return request
            .set_ipv6_address_count(c.ipv6_address_count.to_filled_i32())
            .set_ipv6_addresses(ipv6)
            .set_private_ip_address(c.private_ip.to_filled())
            .set_security_group_ids(c.vpc_security_group_ids.to_filled())
            .set_security_groups(c.security_groups.to_filled())
            .set_subnet_id(c.subnet_id.to_filled());
    }
    let ips: Option<Vec<_>> = secondary.map(|all| {
        let of = |ip| {
            api::PrivateIpAddressSpecification::builder()
                .primary(false)
                .private_ip_address(ip)
                .build()
        };
        all.into_iter().map(of).collect()
    });
    let interface = api::InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .set_associate_public_ip_address(public)
        .set_groups(c.vpc_security_group_ids.to_filled().or(c.security_groups.to_filled()))
        .set_ipv6_address_count(c.ipv6_address_count.to_filled_i32())
        .set_ipv6_addresses(ipv6)
        .set_primary_ipv6(c.enable_primary_ipv6.cloned())
        .set_private_ip_address(c.private_ip.to_filled())
        .set_private_ip_addresses(ips)
        .set_subnet_id(c.subnet_id.to_filled())
        .build();
    request.network_interfaces(interface)
}

fn placement(c: &Instance) -> Option<api::Placement> {
    let builder = api::Placement::builder()
        .set_availability_zone(c.availability_zone.to_filled())
        .set_group_name(c.placement_group.to_filled())
        .set_host_id(c.host_id.to_filled())
        .set_host_resource_group_arn(c.host_resource_group_arn.to_filled())
        .set_partition_number(c.placement_partition_number.to_filled_i32())
        .set_tenancy(c.tenancy.filled().map(api::Tenancy::from));
    let placement = builder.build();
    (placement != api::Placement::builder().build()).then_some(placement)
}

fn cpu(c: &Instance) -> Option<api::CpuOptionsRequest> {
    if let Some(o) = c.cpu_options.first() {
        let options = api::CpuOptionsRequest::builder()
            .set_amd_sev_snp(o.amd_sev_snp.filled().map(api::AmdSevSnpSpecification::from))
            .set_core_count(o.core_count.to_filled_i32())
            .set_threads_per_core(o.threads_per_core.to_filled_i32());
        return Some(options.build());
    }
    let cores = c.cpu_core_count.to_filled_i32()?;
    // EC2 takes both or neither.
    let threads = c.cpu_threads_per_core.to_filled_i32().unwrap_or(2);
    Some(api::CpuOptionsRequest::builder().core_count(cores).threads_per_core(threads).build())
}

pub(super) fn reservation(c: &Instance) -> Option<api::CapacityReservationSpecification> {
    c.capacity_reservation_specification.first().map(|s| {
        let target = s.capacity_reservation_target.first().map(|t| {
            api::CapacityReservationTarget::builder()
                .set_capacity_reservation_id(t.capacity_reservation_id.to_filled())
                .set_capacity_reservation_resource_group_arn(
                    t.capacity_reservation_resource_group_arn.to_filled(),
                )
                .build()
        });
        let preference = s.capacity_reservation_preference.filled();
        api::CapacityReservationSpecification::builder()
            .set_capacity_reservation_preference(
                preference.map(api::CapacityReservationPreference::from),
            )
            .set_capacity_reservation_target(target)
            .build()
    })
}

fn market(c: &Instance) -> Option<api::InstanceMarketOptionsRequest> {
    c.instance_market_options.first().map(|o| {
        let spot = o.spot_options.first().map(|s| {
            let behavior = s.instance_interruption_behavior.filled();
            let until = s.valid_until.filled();
            let until =
                until.and_then(|t| DateTime::from_str(t, DateTimeFormat::DateTimeWithOffset).ok());
            api::SpotMarketOptions::builder()
                .set_instance_interruption_behavior(
                    behavior.map(api::InstanceInterruptionBehavior::from),
                )
                .set_max_price(s.max_price.to_filled())
                .set_spot_instance_type(
                    s.spot_instance_type.filled().map(api::SpotInstanceType::from),
                )
                .set_valid_until(until)
                .build()
        });
        api::InstanceMarketOptionsRequest::builder()
            .set_market_type(o.market_type.filled().map(api::MarketType::from))
            .set_spot_options(spot)
            .build()
    })
}

/// What metadata the instance offers. Without the endpoint, nothing else can be said of it.
pub(super) fn metadata(o: &InstanceMetadataOptions) -> api::InstanceMetadataOptionsRequest {
    let request = api::InstanceMetadataOptionsRequest::builder()
        .set_http_endpoint(o.http_endpoint.filled().map(api::InstanceMetadataEndpointState::from));
    if o.http_endpoint.filled() == Some("disabled") {
        return request.build();
    }
    request
        .set_http_protocol_ipv6(
            o.http_protocol_ipv6.filled().map(api::InstanceMetadataProtocolState::from),
        )
        .set_http_put_response_hop_limit(o.http_put_response_hop_limit.to_filled_i32())
        .set_http_tokens(o.http_tokens.filled().map(api::HttpTokensState::from))
        .set_instance_metadata_tags(
            o.instance_metadata_tags.filled().map(api::InstanceMetadataTagsState::from),
        )
        .build()
}

fn devices(c: &Instance) -> Option<Vec<api::BlockDeviceMapping>> {
    let mut all = Vec::new();
    for d in &c.ebs_block_device {
        let ebs = api::EbsBlockDevice::builder()
            .delete_on_termination(d.delete_on_termination.cloned().unwrap_or(true))
            .set_encrypted(d.encrypted.is_true().then_some(true))
            .set_iops(d.iops.to_filled_i32())
            .set_kms_key_id(d.kms_key_id.to_filled())
            .set_snapshot_id(d.snapshot_id.to_filled())
            .set_throughput(d.throughput.to_filled_i32())
            .set_volume_size(d.volume_size.to_filled_i32())
            .set_volume_type(d.volume_type.filled().map(api::VolumeType::from));
        let mapping = api::BlockDeviceMapping::builder().set_device_name(d.device_name.to_filled());
        all.push(mapping.ebs(ebs.build()).build());
    }
    for d in &c.ephemeral_block_device {
        all.push(
            api::BlockDeviceMapping::builder()
                .set_device_name(d.device_name.to_filled())
                .set_no_device(d.no_device.is_true().then(String::new))
                .set_virtual_name(d.virtual_name.to_filled())
                .build(),
        );
    }
    (!all.is_empty()).then_some(all)
}

/// The root device of the configuration, which EC2 wants by the name that the image gives it.
pub(super) fn root_device(c: &Instance, name: &str) -> Option<api::BlockDeviceMapping> {
    let d = c.root_block_device.first()?;
    let ebs = api::EbsBlockDevice::builder()
        .delete_on_termination(d.delete_on_termination.cloned().unwrap_or(true))
        .set_encrypted(d.encrypted.is_true().then_some(true))
        .set_iops(d.iops.to_filled_i32())
        .set_kms_key_id(d.kms_key_id.to_filled())
        .set_throughput(d.throughput.to_filled_i32())
        .set_volume_size(d.volume_size.to_filled_i32())
        .set_volume_type(d.volume_type.filled().map(api::VolumeType::from))
        .build();
    Some(api::BlockDeviceMapping::builder().device_name(name).ebs(ebs).build())
}
