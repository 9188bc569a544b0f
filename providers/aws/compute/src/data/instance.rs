//! `aws_instance`, the data source: an instance, however it was made.

mod model;

use std::collections::HashMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, moment};
use groma_aws_network::data::{filters, one, tag_filters};
use groma_aws_network::ec2::{ec2, tags_of};
use groma_sdk::{Attr, Context, Diagnostics, Lookup, Set, async_trait};

use crate::instance::model::Instance;
use crate::instance::{WHAT, record};
use model::*;

pub(crate) struct InstanceLookup;

#[async_trait]
impl Lookup<Aws> for InstanceLookup {
    type Model = InstanceData;

    fn name(&self) -> &'static str {
        "aws_instance"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: InstanceData,
    ) -> Result<InstanceData, Diagnostics> {
        let (instance, credits) = find(cx, &config).await?;
        let id = instance.instance_id().unwrap_or_default().to_owned();
        let seen = (instance, credits);
        let now = record::described(cx, Instance::default(), &seen).await?;
        let data = match config.get_user_data.is_true() {
            true => record::user_data(cx, &id).await?,
            false => None,
        };
        let limit = InstanceDataTimeouts::read(&config.timeouts);
        let password = match config.get_password_data.is_true() {
            true => Some(record::password(cx, &id, limit).await?),
            false => None,
        };
        let (instance, _) = seen;
        Ok(InstanceData {
            id: id.into(),
            launch_time: moment(instance.launch_time()),
            password_data: password.into(),
            tags: Attr::Known(cx.client().tags().ours(tags_of(instance.tags()))),
            user_data_base64: data.into(),
            ..told(now, config)
        })
    }
}

/// The instance that was looked for.
async fn find(
    cx: &Context<Aws>,
    config: &InstanceData,
) -> Result<(api::Instance, Option<String>), Diagnostics> {
    let ec2 = ec2(cx.client());
    let mut these = filters(&config.filter);
    these.extend(tag_filters(&config.instance_tags.or_default()));
    let ask = ec2
        .describe_instances()
        .set_instance_ids(config.instance_id.to_filled().map(|id| vec![id]))
        .set_filters((!these.is_empty()).then_some(these));
    let found = match record::read_all(&ec2, ask).await {
        Err(e) if e.is_not_found() => HashMap::new(),
        found => found.during("reading EC2 Instances")?,
    };
    let mut found: Vec<_> = found.into_values().collect();
    // EC2 tells of terminated instances for an hour, which others may stand in for by then.
    if found.len() > 1 {
        found.retain(|(instance, _)| record::is_there(instance));
    }
    one(&found, WHAT).cloned()
}

/// What was read, in the form of the data source.
fn told(now: Instance, config: InstanceData) -> InstanceData {
    let root = now.root_block_device.iter().map(|d| InstanceDataRootBlockDevice {
        delete_on_termination: d.delete_on_termination.clone(),
        device_name: d.device_name.clone(),
        encrypted: d.encrypted.clone(),
        iops: d.iops.clone(),
        kms_key_id: d.kms_key_id.clone(),
        tags: d.tags_all.clone(),
        throughput: d.throughput.clone(),
        volume_id: d.volume_id.clone(),
        volume_size: d.volume_size.clone(),
        volume_type: d.volume_type.clone(),
    });
    let others = now.ebs_block_device.iter().map(|d| InstanceDataEbsBlockDevice {
        delete_on_termination: d.delete_on_termination.clone(),
        device_name: d.device_name.clone(),
        encrypted: d.encrypted.clone(),
        iops: d.iops.clone(),
        kms_key_id: d.kms_key_id.clone(),
        snapshot_id: d.snapshot_id.clone(),
        tags: d.tags_all.clone(),
        throughput: d.throughput.clone(),
        volume_id: d.volume_id.clone(),
        volume_size: d.volume_size.clone(),
        volume_type: d.volume_type.clone(),
    });
    InstanceData {
        credit_specification: list(&now.credit_specification, |c| {
            InstanceDataCreditSpecification { cpu_credits: c.cpu_credits.clone() }
        }),
        ebs_block_device: Attr::Known(others.collect::<Set<_>>()),
        enclave_options: list(&now.enclave_options, |o| InstanceDataEnclaveOptions {
            enabled: o.enabled.clone(),
        }),
        ephemeral_block_device: Attr::Known(Vec::new()),
        ipv6_addresses: now.ipv6_addresses.map(|all| all.into_iter().collect()),
        maintenance_options: list(&now.maintenance_options, |o| InstanceDataMaintenanceOptions {
            auto_recovery: o.auto_recovery.clone(),
        }),
        metadata_options: list(&now.metadata_options, |o| InstanceDataMetadataOptions {
            http_endpoint: o.http_endpoint.clone(),
            http_protocol_ipv6: o.http_protocol_ipv6.clone(),
            http_put_response_hop_limit: o.http_put_response_hop_limit.clone(),
            http_tokens: o.http_tokens.clone(),
            instance_metadata_tags: o.instance_metadata_tags.clone(),
        }),
        private_dns_name_options: list(&now.private_dns_name_options, |o| {
            InstanceDataPrivateDnsNameOptions {
                enable_resource_name_dns_a_record: o.enable_resource_name_dns_a_record.clone(),
                enable_resource_name_dns_aaaa_record: o
                    .enable_resource_name_dns_aaaa_record
                    .clone(),
                hostname_type: o.hostname_type.clone(),
            }
        }),
        root_block_device: Attr::Known(root.collect::<Set<_>>()),
        ami: now.ami,
        arn: now.arn,
        associate_public_ip_address: now.associate_public_ip_address,
        availability_zone: now.availability_zone,
        disable_api_stop: now.disable_api_stop,
        disable_api_termination: now.disable_api_termination,
        ebs_optimized: now.ebs_optimized,
        host_id: now.host_id,
        host_resource_group_arn: now.host_resource_group_arn,
        iam_instance_profile: now.iam_instance_profile,
        instance_state: now.instance_state,
        instance_type: now.instance_type,
        key_name: now.key_name,
        monitoring: now.monitoring,
        network_interface_id: now.primary_network_interface_id,
        outpost_arn: now.outpost_arn,
        placement_group: now.placement_group,
        placement_partition_number: now.placement_partition_number,
        private_dns: now.private_dns,
        private_ip: now.private_ip,
        public_dns: now.public_dns,
        public_ip: now.public_ip,
        secondary_private_ips: now.secondary_private_ips,
        security_groups: now.security_groups,
        source_dest_check: now.source_dest_check,
        subnet_id: now.subnet_id,
        tenancy: now.tenancy,
        user_data: now.user_data,
        vpc_security_group_ids: now.vpc_security_group_ids,
        ..config
    }
}

fn list<B, D>(blocks: &[B], of: impl Fn(&B) -> D) -> Attr<Vec<D>> {
    Attr::Known(blocks.iter().map(of).collect())
}
