//! Instances as EC2 returns them.

use std::collections::HashMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, Loader, Outcome as _, TagMap};
use groma_aws_network::ec2::{arn, ec2, filter, set_of, tags_of};
use groma_aws_network::loaders;
use groma_sdk::{Attr, Blocks, Context, Diagnostics};

use super::model::*;

const WHAT: &str = "EC2 Instance";

/// An instance with its CPU credits.
pub(super) type Seen = (api::Instance, Option<String>);

/// Instances by their ids, those of burstable types with their credits.
pub(super) fn instances(aws: &Aws) -> Loader<String, Seen> {
    let (some, all) = (ec2(aws), ec2(aws));
    aws.sweeping_loader(
        "ec2:instances_with_credits",
        200,
        move |ids: Vec<String>| {
            let ec2 = some.clone();
            async move {
                let ask = ec2.describe_instances().filters(filter("instance-id", ids));
                read_all(&ec2, ask).await
            }
        },
        move || {
            let ec2 = all.clone();
            async move { read_all(&ec2, ec2.describe_instances()).await }
        },
    )
}

/// How many instances a list of all ends at, which is how many credits one call tells.
const LISTED: usize = 1000;

async fn read_all(
    ec2: &aws_sdk_ec2::Client,
    ask: aws_sdk_ec2::operation::describe_instances::builders::DescribeInstancesFluentBuilder,
) -> Result<HashMap<String, Seen>, Error> {
    let mut found: HashMap<String, Seen> = HashMap::new();
    let mut items = ask.into_paginator().items().send();
    while found.len() < LISTED
        && let Some(mut reservation) = items.next().await.transpose().typed()?
    {
        for instance in reservation.instances.take().unwrap_or_default() {
            let id = instance.instance_id().unwrap_or_default().to_owned();
            found.insert(id, (instance, None));
        }
    }
    let burstable = |i: &api::Instance| {
        let kind = i.instance_type().map(|t| t.as_str()).unwrap_or_default();
        is_there(i) && kind.starts_with('t') && kind[1..].starts_with(|c: char| c.is_ascii_digit())
    };
    let ids: Vec<String> = found
        .values()
        .filter(|(i, _)| burstable(i))
        .filter_map(|(i, _)| i.instance_id.clone())
        .collect();
    if !ids.is_empty() {
        let ask = ec2.describe_instance_credit_specifications().set_instance_ids(Some(ids));
        let credits = match ask.send().await.typed() {
            Ok(answer) => answer.instance_credit_specifications.unwrap_or_default(),
            // Not all regions know them; and an instance may have gone since.
            Err(e) if e.is("UnsupportedOperation") || e.is_not_found() => Vec::new(),
            Err(e) => return Err(e),
        };
        for credit in credits {
            if let Some(seen) = credit.instance_id().and_then(|id| found.get_mut(id)) {
                seen.1 = credit.cpu_credits;
            }
        }
    }
    Ok(found)
}

/// EC2 describes terminated instances for another hour.
pub(super) fn is_there(instance: &api::Instance) -> bool {
    instance.state().and_then(|s| s.name()) != Some(&api::InstanceStateName::Terminated)
}

/// Reads an instance; `None` if it is gone.
pub(super) async fn read(
    cx: &Context<Aws>,
    state: Instance,
) -> Result<Option<Instance>, Diagnostics> {
    let aws = cx.client();
    let id = state.id.text().to_owned();
    let about = format!("reading {WHAT} ({id})");
    let read = instances(aws).load(id.clone()).await.during(&about)?;
    let Some((instance, credits)) = read.filter(|(i, _)| is_there(i)) else { return Ok(None) };
    let volumes = volumes(cx, &instance, &about).await?;
    // Of what was read before, only what is unusual is asked for again.
    let fresh = state.arn.filled().is_none();
    let mut now = state;
    record(&mut now, &instance);
    now.arn = arn(aws, None, &format!("instance/{id}")).await?.into();
    now.credit_specification = match credits.filter(|c| !c.is_empty()) {
        Some(credits) => Blocks::one(InstanceCreditSpecification { cpu_credits: credits.into() }),
        None => Blocks::none(),
    };
    record_network(&mut now, &instance);
    record_groups(cx, &mut now, &instance, fresh).await?;
    record_devices(aws, &mut now, &instance, &volumes);
    record_template(cx, &mut now, &instance).await?;
    record_attributes(cx, &mut now, &id, fresh).await?;
    if now.get_password_data.is_true() && now.password_data.filled().is_none() {
        let answer = ec2(aws).get_password_data().instance_id(&id).send().await.during(&about)?;
        now.password_data = answer.password_data().map(str::trim).into();
    }
    groma_aws_core::record_tags(aws, &mut now, tags_of(instance.tags()));
    Ok(Some(now))
}

fn record(now: &mut Instance, i: &api::Instance) {
    let placement = i.placement();
    let cpu = i.cpu_options();
    now.ami = i.image_id().into();
    now.availability_zone = placement.and_then(|p| p.availability_zone()).into();
    now.cpu_core_count = cpu.and_then(|c| c.core_count()).into();
    now.cpu_threads_per_core = cpu.and_then(|c| c.threads_per_core()).into();
    now.cpu_options = cpu
        .map(|c| InstanceCpuOptions {
            amd_sev_snp: c.amd_sev_snp().map(|v| v.as_str()).into(),
            core_count: c.core_count().into(),
            threads_per_core: c.threads_per_core().into(),
        })
        .into();
    now.capacity_reservation_specification = i
        .capacity_reservation_specification()
        .map(|s| InstanceCapacityReservationSpecification {
            capacity_reservation_preference: s
                .capacity_reservation_preference()
                .map(|p| p.as_str())
                .into(),
            capacity_reservation_target: s
                .capacity_reservation_target()
                .map(|t| InstanceCapacityReservationTarget {
                    capacity_reservation_id: t.capacity_reservation_id().into(),
                    capacity_reservation_resource_group_arn: t
                        .capacity_reservation_resource_group_arn()
                        .into(),
                })
                .into(),
        })
        .into();
    now.ebs_optimized = i.ebs_optimized().unwrap_or(false).into();
    now.enclave_options =
        i.enclave_options().map(|o| InstanceEnclaveOptions { enabled: o.enabled().into() }).into();
    now.hibernation = i.hibernation_options().and_then(|o| o.configured()).into();
    now.host_id = placement.and_then(|p| p.host_id()).into();
    now.host_resource_group_arn = placement.and_then(|p| p.host_resource_group_arn()).into();
    now.iam_instance_profile = i
        .iam_instance_profile()
        .and_then(|p| p.arn())
        .and_then(|arn| arn.rsplit('/').next())
        .into();
    now.instance_lifecycle = i.instance_lifecycle().map(|l| l.as_str()).into();
    now.instance_state = i.state().and_then(|s| s.name()).map(|n| n.as_str()).into();
    now.instance_type = i.instance_type().map(|t| t.as_str()).into();
    now.key_name = i.key_name().into();
    now.maintenance_options = i
        .maintenance_options()
        .map(|o| InstanceMaintenanceOptions {
            auto_recovery: o.auto_recovery().map(|v| v.as_str()).into(),
        })
        .into();
    now.metadata_options = i
        .metadata_options()
        .map(|o| InstanceMetadataOptions {
            http_endpoint: o.http_endpoint().map(|v| v.as_str()).into(),
            http_protocol_ipv6: o.http_protocol_ipv6().map_or("disabled", |v| v.as_str()).into(),
            http_put_response_hop_limit: o.http_put_response_hop_limit().into(),
            http_tokens: o.http_tokens().map(|v| v.as_str()).into(),
            instance_metadata_tags: o.instance_metadata_tags().map(|v| v.as_str()).into(),
        })
        .into();
    let monitored = i.monitoring().and_then(|m| m.state()).map(|s| s.as_str());
    now.monitoring = matches!(monitored, Some("enabled" | "pending")).into();
    now.outpost_arn = i.outpost_arn().into();
    now.placement_group = placement.and_then(|p| p.group_name()).into();
    now.placement_partition_number = placement.and_then(|p| p.partition_number()).into();
    now.private_dns = i.private_dns_name().into();
    now.private_dns_name_options = i
        .private_dns_name_options()
        .map(|o| InstancePrivateDnsNameOptions {
            enable_resource_name_dns_a_record: o.enable_resource_name_dns_a_record().into(),
            enable_resource_name_dns_aaaa_record: o.enable_resource_name_dns_aaaa_record().into(),
            hostname_type: o.hostname_type().map(|v| v.as_str()).into(),
        })
        .into();
    now.private_ip = i.private_ip_address().into();
    now.public_dns = i.public_dns_name().into();
    now.public_ip = i.public_ip_address().into();
    now.spot_instance_request_id = i.spot_instance_request_id().into();
    now.tenancy = placement.and_then(|p| p.tenancy()).map(|t| t.as_str()).into();
    settle(now);
}

/// What was not known when it was planned and is not told by what follows.
fn settle(now: &mut Instance) {
    if now.network_interface.is_unknown() {
        now.network_interface = Blocks::none();
    }
    if now.ephemeral_block_device.is_unknown() {
        now.ephemeral_block_device = Blocks::none();
    }
    if now.instance_market_options.is_unknown() {
        now.instance_market_options = Blocks::none();
    }
}

fn record_network(now: &mut Instance, i: &api::Instance) {
    let primary = i
        .network_interfaces()
        .iter()
        .find(|n| n.attachment().and_then(|a| a.device_index()) == Some(0))
        .or(i.network_interfaces().first());
    let Some(primary) = primary else {
        now.associate_public_ip_address = i.public_ip_address().is_some().into();
        now.ipv6_address_count = 0.into();
        now.ipv6_addresses = Attr::Known(Vec::new());
        now.primary_network_interface_id = Attr::Null;
        now.secondary_private_ips = set_of(Vec::<String>::new());
        now.source_dest_check = i.source_dest_check().unwrap_or(true).into();
        now.subnet_id = i.subnet_id().into();
        return;
    };
    now.primary_network_interface_id = primary.network_interface_id().into();
    now.subnet_id = primary.subnet_id().or(i.subnet_id()).into();
    let ipv6: Vec<String> = primary
        .ipv6_addresses()
        .iter()
        .filter_map(|a| a.ipv6_address().map(str::to_owned))
        .collect();
    now.ipv6_address_count = Attr::Known(ipv6.len() as i64);
    now.enable_primary_ipv6 =
        primary.ipv6_addresses().iter().find_map(|a| a.is_primary_ipv6()).filter(|p| *p).into();
    // Their order is that of the configuration.
    let known = now.ipv6_addresses.or_default();
    let same = known.len() == ipv6.len() && known.iter().all(|ip| ipv6.contains(ip));
    now.ipv6_addresses = Attr::Known(if same { known } else { ipv6 });
    let secondary = primary.private_ip_addresses().iter().filter(|ip| ip.primary() != Some(true));
    now.secondary_private_ips = set_of(secondary.filter_map(|ip| ip.private_ip_address()));
    now.source_dest_check =
        primary.source_dest_check().or(i.source_dest_check()).unwrap_or(true).into();
    // An address of one's own, attached later, is none that was asked for.
    let own = primary.association().and_then(|a| a.ip_owner_id());
    now.associate_public_ip_address = match &now.associate_public_ip_address {
        Attr::Known(known) if own.is_some_and(|o| o != "amazon") => (*known).into(),
        _ => primary.association().is_some().into(),
    };
}

/// Groups are told by their names in default VPCs, by their ids elsewhere.
async fn record_groups(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
    fresh: bool,
) -> Result<(), Diagnostics> {
    now.vpc_security_group_ids = set_of(i.security_groups().iter().filter_map(|g| g.group_id()));
    let names = match now.security_groups.get() {
        Some(known) => !known.is_empty(),
        None if !fresh => false,
        None => match i.vpc_id() {
            Some(vpc) => {
                let read = loaders::vpcs(cx.client()).load(vpc.to_owned()).await;
                let vpc = read.during(format!("reading EC2 VPC ({vpc})"))?;
                vpc.and_then(|v| v.is_default()).unwrap_or(false)
            }
            None => true,
        },
    };
    let groups = i.security_groups().iter().filter_map(|g| g.group_name()).filter(|_| names);
    now.security_groups = set_of(groups);
    Ok(())
}

async fn volumes(
    cx: &Context<Aws>,
    i: &api::Instance,
    about: &str,
) -> Result<HashMap<String, api::Volume>, Diagnostics> {
    let volumes = loaders::volumes(cx.client());
    let mut found = HashMap::new();
    let ids = i.block_device_mappings().iter().filter_map(|d| d.ebs()?.volume_id());
    let mut reads = tokio::task::JoinSet::new();
    for id in ids {
        let (volumes, id) = (volumes.clone(), id.to_owned());
        reads.spawn(async move { (id.clone(), volumes.load(id).await) });
    }
    while let Some(read) = reads.join_next().await {
        // What panicked was reported; the volume is not there then.
        let Ok((id, read)) = read else { continue };
        if let Some(volume) = read.during(about)? {
            found.insert(id, volume);
        }
    }
    Ok(found)
}

fn record_devices(
    aws: &Aws,
    now: &mut Instance,
    i: &api::Instance,
    volumes: &HashMap<String, api::Volume>,
) {
    let known_root = now.root_block_device.first().cloned().unwrap_or_default();
    let known = now.ebs_block_device.to_vec();
    let by_volume_tags = now.volume_tags.get().is_some_and(|t| !t.is_empty());
    let (mut root, mut others) = (None, Vec::new());
    for device in i.block_device_mappings() {
        let Some(ebs) = device.ebs() else { continue };
        let Some(volume) = ebs.volume_id().and_then(|id| volumes.get(id)) else { continue };
        let all = aws.tags().ours(tags_of(volume.tags()));
        let tags = |known: &Attr<TagMap>| -> (Attr<TagMap>, Attr<TagMap>) {
            if by_volume_tags {
                return (Attr::Null, Attr::Known(TagMap::new()));
            }
            let own = aws.tags().own(&all, &known.or_default());
            (Attr::Known(own), Attr::Known(all.clone()))
        };
        // EC2 tells what only some types have of all.
        let kind = volume.volume_type().map(|t| t.as_str());
        if device.device_name().is_some() && device.device_name() == i.root_device_name() {
            let (tags, tags_all) = tags(&known_root.tags);
            root = Some(InstanceRootBlockDevice {
                delete_on_termination: ebs.delete_on_termination().into(),
                device_name: device.device_name().into(),
                encrypted: volume.encrypted().into(),
                iops: volume.iops().into(),
                kms_key_id: volume.kms_key_id().into(),
                tags,
                tags_all,
                throughput: volume.throughput().into(),
                volume_id: volume.volume_id().into(),
                volume_size: volume.size().into(),
                volume_type: kind.into(),
            });
            continue;
        }
        let before = known.iter().find(|k| k.device_name.as_str() == device.device_name());
        let (tags, tags_all) = tags(&before.map(|b| b.tags.clone()).unwrap_or_default());
        others.push(InstanceEbsBlockDevice {
            delete_on_termination: ebs.delete_on_termination().into(),
            device_name: device.device_name().into(),
            encrypted: volume.encrypted().into(),
            iops: volume.iops().into(),
            kms_key_id: volume.kms_key_id().into(),
            snapshot_id: volume.snapshot_id().into(),
            tags,
            tags_all,
            throughput: volume.throughput().into(),
            volume_id: volume.volume_id().into(),
            volume_size: volume.size().into(),
            volume_type: kind.into(),
        });
    }
    now.root_block_device = root.into();
    now.ebs_block_device = others.into();
    if by_volume_tags && let Some(volume) = volumes.values().next() {
        let ours = aws.tags().ours(tags_of(volume.tags()));
        now.volume_tags = Attr::Known(aws.tags().own(&ours, &now.volume_tags.or_default()));
    }
}

/// The template that the instance was launched from, which only its tags tell.
async fn record_template(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
) -> Result<(), Diagnostics> {
    let tags = tags_of(i.tags());
    let Some(id) = tags.get("aws:ec2launchtemplate:id") else {
        // Not all services tag what they launch; what is recorded stays then.
        return Ok(());
    };
    let read = crate::launch_template::templates(cx.client()).load(id.clone()).await;
    let about = format!("reading EC2 Launch Template ({id})");
    let Some(template) = read.during(about)? else {
        now.launch_template = Blocks::none();
        return Ok(());
    };
    let version = tags.get("aws:ec2launchtemplate:version").cloned().unwrap_or_default();
    let known =
        now.launch_template.first().map(|t| t.version.text().to_owned()).unwrap_or_default();
    let is = |number: Option<i64>| number.is_some_and(|n| n.to_string() == version);
    let version = match known.as_str() {
        "$Default" if is(template.default_version_number()) => known,
        "$Latest" if is(template.latest_version_number()) => known,
        _ => version,
    };
    now.launch_template = Blocks::one(InstanceLaunchTemplate {
        id: id.clone().into(),
        name: template.launch_template_name().into(),
        version: version.into(),
    });
    Ok(())
}

/// What EC2 tells only one instance and one attribute at a time. It is asked for what is not known
/// yet, and for what is not as usual; the rest would be four calls for every instance in every plan.
async fn record_attributes(
    cx: &Context<Aws>,
    now: &mut Instance,
    id: &str,
    fresh: bool,
) -> Result<(), Diagnostics> {
    use api::InstanceAttributeName as Name;
    let ask = |name: Name| {
        let request = ec2(cx.client()).describe_instance_attribute().instance_id(id);
        async move {
            let about = format!("reading {WHAT} ({id}) attribute ({})", name.as_str());
            request.attribute(name).send().await.during(about)
        }
    };
    if fresh || now.disable_api_stop.is_true() {
        let answer = ask(Name::DisableApiStop).await?;
        now.disable_api_stop =
            answer.disable_api_stop().and_then(|v| v.value()).unwrap_or(false).into();
    }
    if fresh || now.disable_api_termination.is_true() {
        let answer = ask(Name::DisableApiTermination).await?;
        let value = answer.disable_api_termination().and_then(|v| v.value());
        now.disable_api_termination = value.unwrap_or(false).into();
    }
    let behavior = now.instance_initiated_shutdown_behavior.filled();
    if fresh || behavior.is_some_and(|b| b != "stop") {
        let answer = ask(Name::InstanceInitiatedShutdownBehavior).await?;
        let value = answer.instance_initiated_shutdown_behavior().and_then(|v| v.value());
        now.instance_initiated_shutdown_behavior = value.unwrap_or("stop").into();
    }
    let data = now.user_data.filled().is_some() || now.user_data_base64.filled().is_some();
    if fresh || data {
        let answer = ask(Name::UserData).await?;
        let data = answer.user_data().and_then(|v| v.value()).filter(|d| !d.is_empty());
        if now.user_data_base64.filled().is_some() {
            now.user_data_base64 = data.into();
            now.user_data = Attr::Null;
        } else {
            now.user_data = data.map(super::user_data_hash).unwrap_or_default().into();
        }
    }
    if now.user_data_base64.is_unknown() {
        now.user_data_base64 = Attr::Null;
    }
    Ok(())
}
