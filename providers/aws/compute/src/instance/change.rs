//! Changes of instances in place.

use std::time::Duration;

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as api;
use base64::Engine as _;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, TagChange, TagMap, retry, wait};
use groma_aws_network::ec2::{change_tags, difference, ec2, int, texts};
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Blocks, Context, Diagnostic, Diagnostics, Model};

use super::model::*;
use super::record::instances;
use super::request;

const WHAT: &str = "EC2 Instance";

/// Waits until an instance is in a state.
pub(super) async fn until_state(
    cx: &Context<Aws>,
    id: &str,
    wanted: api::InstanceStateName,
    limit: Duration,
) -> Result<(), Diagnostics> {
    use api::InstanceStateName as State;
    let instances = instances(cx.client());
    let what = format!("{WHAT} ({id}) to be {wanted}");
    wait(cx, what, limit, || async {
        let about = format!("reading {WHAT} ({id})");
        let seen = instances.load(id.to_owned()).await.during(about)?;
        let Some((instance, _)) = seen else {
            return Ok(match wanted {
                State::Terminated => Progress::Ready(()),
                _ => Progress::pending("not there yet"),
            });
        };
        let state = instance.state().and_then(|s| s.name()).cloned();
        match state {
            Some(state) if state == wanted => Ok(Progress::Ready(())),
            Some(State::ShuttingDown | State::Terminated) if wanted != State::Terminated => {
                let why = instance.state_reason();
                let code = why.and_then(|r| r.code()).unwrap_or("no code");
                let why = why.and_then(|r| r.message()).unwrap_or("EC2 gives no reason");
                Err(Diagnostic::error(
                    format!("waiting for {WHAT} ({id}) to be {wanted}: it terminates"),
                    format!("{code}: {why}. Mend the cause; the instance will be replaced."),
                )
                .into())
            }
            Some(state) => Ok(Progress::pending(state)),
            None => Ok(Progress::pending("of no state")),
        }
    })
    .await
}

/// Changes what differs.
pub(super) async fn apply(
    cx: &Context<Aws>,
    prior: &Instance,
    config: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    tags(cx, prior, planned).await?;
    profile(cx, id, prior, planned).await?;
    network(cx, id, prior, planned).await?;
    stopped(cx, id, prior, config, planned, limit).await?;
    attributes(cx, id, prior, planned).await?;
    options(cx, id, prior, planned).await?;
    devices(cx, prior, planned, limit).await
}

async fn tags(cx: &Context<Aws>, prior: &Instance, planned: &Instance) -> Result<(), Diagnostics> {
    let aws = cx.client();
    let id = prior.id.text();
    let change = TagChange::of(aws, prior, planned);
    change_tags(cx, format!("{WHAT} ({id})"), id, &change).await?;
    let (before, after) = (prior.volume_tags.or_default(), planned.volume_tags.or_default());
    let ignored = &aws.tags().ignored;
    let change = TagChange::between(ignored, &before, &after);
    let roots = prior.root_block_device.iter().map(|d| &d.volume_id);
    let volumes = roots.chain(prior.ebs_block_device.iter().map(|d| &d.volume_id));
    for volume in volumes.filter_map(|v| v.filled()) {
        change_tags(cx, format!("EC2 EBS Volume ({volume})"), volume, &change).await?;
    }
    Ok(())
}

/// The tags that devices have of their own.
pub(super) async fn device_tags(
    cx: &Context<Aws>,
    volume: &Attr<String>,
    before: &Attr<TagMap>,
    after: &Attr<TagMap>,
) -> Result<(), Diagnostics> {
    let Some(volume) = volume.filled().filter(|_| !after.is_unknown()) else { return Ok(()) };
    let policy = cx.client().tags();
    let all = if set(after) { policy.all(&after.or_default()) } else { TagMap::new() };
    let change = TagChange::between(&policy.ignored, &before.or_default(), &all);
    change_tags(cx, format!("EC2 EBS Volume ({volume})"), volume, &change).await
}

async fn profile(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    if planned.iam_instance_profile.is_unknown()
        || prior.iam_instance_profile.filled() == planned.iam_instance_profile.filled()
    {
        return Ok(());
    }
    let ec2 = ec2(cx.client());
    let about = format!("updating {WHAT} ({id}) IAM instance profile");
    let ask = ec2.describe_iam_instance_profile_associations();
    let ask = ask.filters(groma_aws_network::ec2::filter("instance-id", [id]));
    let there = ask.send().await.during(&about)?;
    let current = there
        .iam_instance_profile_associations()
        .iter()
        .find(|a| matches!(a.state().map(|s| s.as_str()), Some("associated" | "associating")));
    let association = current.and_then(|a| a.association_id());
    let Some(name) = planned.iam_instance_profile.filled() else {
        let Some(association) = association else { return Ok(()) };
        let ask = ec2.disassociate_iam_instance_profile().association_id(association);
        return ask.send().await.during(&about).map(drop);
    };
    let profile = api::IamInstanceProfileSpecification::builder().name(name).build();
    let early = |e: &Error| e.says("InvalidParameterValue", "Invalid IAM Instance Profile");
    let known = "an IAM instance profile to be known".to_owned();
    let done = retry(cx, known, Duration::from_secs(120), early, || async {
        match association {
            Some(association) => {
                let ask = ec2.replace_iam_instance_profile_association();
                let ask = ask.association_id(association).iam_instance_profile(profile.clone());
                ask.send().await.typed().map(drop)
            }
            None => {
                let ask = ec2.associate_iam_instance_profile().instance_id(id);
                ask.iam_instance_profile(profile.clone()).send().await.typed().map(drop)
            }
        }
    });
    done.await.during(&about)
}

async fn network(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let about = format!("updating {WHAT} ({id}) network interface");
    let interface = prior.primary_network_interface_id.text();
    if planned.source_dest_check.is_known()
        && prior.source_dest_check.is_true() != planned.source_dest_check.is_true()
    {
        let value = api::AttributeBooleanValue::builder()
            .value(planned.source_dest_check.is_true())
            .build();
        match interface {
            "" => {
                let ask = ec2.modify_instance_attribute().instance_id(id).source_dest_check(value);
                ask.send().await.during(&about)?;
            }
            interface => {
                let ask = ec2.modify_network_interface_attribute().network_interface_id(interface);
                ask.source_dest_check(value).send().await.during(&about)?;
            }
        }
    }
    if planned.vpc_security_group_ids.is_known()
        && prior.vpc_security_group_ids.or_default() != planned.vpc_security_group_ids.or_default()
    {
        let groups = texts(&planned.vpc_security_group_ids);
        if groups.is_none() {
            return Err(Diagnostic::error(
                format!("updating {WHAT} ({id}) security groups"),
                "AWS requires at least one security group. Name one in \"vpc_security_group_ids\".",
            )
            .into());
        }
        let ask = ec2.modify_network_interface_attribute().network_interface_id(interface);
        ask.set_groups(groups).send().await.during(&about)?;
    }
    if planned.secondary_private_ips.is_known() {
        let (new, old) = difference(&prior.secondary_private_ips, &planned.secondary_private_ips);
        if !old.is_empty() {
            let ask = ec2.unassign_private_ip_addresses().network_interface_id(interface);
            ask.set_private_ip_addresses(Some(old)).send().await.during(&about)?;
        }
        if !new.is_empty() {
            let ask = ec2.assign_private_ip_addresses().network_interface_id(interface);
            ask.set_private_ip_addresses(Some(new)).send().await.during(&about)?;
        }
    }
    let (before, after) = (int(&prior.ipv6_address_count), int(&planned.ipv6_address_count));
    if let (Some(before), Some(after)) = (before, after) {
        let known = prior.ipv6_addresses.or_default();
        if after > before {
            let ask = ec2.assign_ipv6_addresses().network_interface_id(interface);
            ask.ipv6_address_count(after - before).send().await.during(&about)?;
        } else if after < before {
            let extra = known.into_iter().skip(usize::try_from(after).unwrap_or(0)).collect();
            let ask = ec2.unassign_ipv6_addresses().network_interface_id(interface);
            ask.set_ipv6_addresses(Some(extra)).send().await.during(&about)?;
        }
    }
    Ok(())
}

/// What can be changed only while the instance does not run.
async fn stopped(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    config: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let kind = planned.instance_type.filled().filter(|t| Some(*t) != prior.instance_type.filled());
    let data = (set(&config.user_data) || set(&config.user_data_base64))
        && (prior.user_data.filled() != planned.user_data.filled()
            || prior.user_data_base64.filled() != planned.user_data_base64.filled());
    if kind.is_none() && !data {
        return Ok(());
    }
    let runs = prior.instance_state.text() != "stopped";
    if runs {
        let ask = ec2.stop_instances().instance_ids(id);
        ask.send().await.during(format!("stopping {WHAT} ({id})"))?;
        until_state(cx, id, api::InstanceStateName::Stopped, limit).await?;
    }
    if let Some(kind) = kind {
        let kind = api::AttributeValue::builder().value(kind).build();
        let ask = ec2.modify_instance_attribute().instance_id(id).instance_type(kind);
        ask.send().await.during(format!("updating {WHAT} ({id}) type"))?;
    }
    if data {
        let bytes = request::user_data(config)
            .and_then(|d| base64::engine::general_purpose::STANDARD.decode(d).ok());
        let blob = api::BlobAttributeValue::builder().value(Blob::new(bytes.unwrap_or_default()));
        let ask = ec2.modify_instance_attribute().instance_id(id).user_data(blob.build());
        ask.send().await.during(format!("updating {WHAT} ({id}) user data"))?;
    }
    if runs {
        // The change may not be known everywhere yet.
        let early =
            |e: &Error| e.says("InvalidParameterValue", "LaunchPlan instance type does not match");
        let known = format!("{WHAT} ({id}) to be startable");
        let started = retry(cx, known, limit, early, || async {
            ec2.start_instances().instance_ids(id).send().await.typed()
        });
        started.await.during(format!("starting {WHAT} ({id})"))?;
        until_state(cx, id, api::InstanceStateName::Running, limit).await?;
    }
    Ok(())
}

async fn attributes(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let changed = |before: &Attr<bool>, after: &Attr<bool>| {
        let value = || api::AttributeBooleanValue::builder().value(after.is_true()).build();
        (after.is_known() && before.is_true() != after.is_true()).then(value)
    };
    let ask = || ec2.modify_instance_attribute().instance_id(id);
    let behavior = planned
        .instance_initiated_shutdown_behavior
        .filled()
        .filter(|b| Some(*b) != prior.instance_initiated_shutdown_behavior.filled());
    let stop = changed(&prior.disable_api_stop, &planned.disable_api_stop);
    let termination = changed(&prior.disable_api_termination, &planned.disable_api_termination);
    let requests = [
        stop.map(|v| ask().disable_api_stop(v)),
        termination.map(|v| ask().disable_api_termination(v)),
        behavior.map(|v| {
            ask().instance_initiated_shutdown_behavior(
                api::AttributeValue::builder().value(v).build(),
            )
        }),
    ];
    for request in requests.into_iter().flatten() {
        request.send().await.during(format!("updating {WHAT} ({id}) attributes"))?;
    }
    if planned.monitoring.is_known() && prior.monitoring.is_true() != planned.monitoring.is_true() {
        let about = format!("updating {WHAT} ({id}) monitoring");
        match planned.monitoring.is_true() {
            true => {
                ec2.monitor_instances().instance_ids(id).send().await.during(about).map(drop)?
            }
            false => {
                ec2.unmonitor_instances().instance_ids(id).send().await.during(about).map(drop)?;
            }
        }
    }
    Ok(())
}

/// The first of some blocks, if it is to be another one.
fn other<'b, M: Model>(before: &Blocks<M>, after: &'b Blocks<M>) -> Option<&'b M> {
    let after = after.first()?;
    (before.first() != Some(after)).then_some(after)
}

async fn options(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let about = |what: &str| format!("updating {WHAT} ({id}) {what}");
    if let Some(c) = other(&prior.credit_specification, &planned.credit_specification)
        && let Some(credits) = c.cpu_credits.filled()
    {
        let credits = api::InstanceCreditSpecificationRequest::builder()
            .instance_id(id)
            .cpu_credits(credits)
            .build();
        let ask = ec2.modify_instance_credit_specification();
        let ask = ask.instance_credit_specifications(credits);
        ask.send().await.during(about("credit specification"))?;
    }
    if let Some(o) = other(&prior.metadata_options, &planned.metadata_options) {
        ec2.modify_instance_metadata_options()
            .instance_id(id)
            .set_http_endpoint(
                o.http_endpoint.filled().map(api::InstanceMetadataEndpointState::from),
            )
            .set_http_protocol_ipv6(
                o.http_protocol_ipv6.filled().map(api::InstanceMetadataProtocolState::from),
            )
            .set_http_put_response_hop_limit(int(&o.http_put_response_hop_limit).filter(|n| *n > 0))
            .set_http_tokens(o.http_tokens.filled().map(api::HttpTokensState::from))
            .set_instance_metadata_tags(
                o.instance_metadata_tags.filled().map(api::InstanceMetadataTagsState::from),
            )
            .send()
            .await
            .during(about("metadata options"))?;
    }
    if let Some(o) = other(&prior.maintenance_options, &planned.maintenance_options) {
        let recovery = o.auto_recovery.filled().map(api::InstanceAutoRecoveryState::from);
        let ask = ec2.modify_instance_maintenance_options().instance_id(id);
        ask.set_auto_recovery(recovery).send().await.during(about("maintenance options"))?;
    }
    let (before, after) =
        (&prior.capacity_reservation_specification, &planned.capacity_reservation_specification);
    if other(before, after).is_some() {
        let ask = ec2.modify_instance_capacity_reservation_attributes().instance_id(id);
        ask.set_capacity_reservation_specification(request::reservation(planned))
            .send()
            .await
            .during(about("capacity reservation"))?;
    }
    if let Some(o) = other(&prior.private_dns_name_options, &planned.private_dns_name_options) {
        ec2.modify_private_dns_name_options()
            .instance_id(id)
            .set_enable_resource_name_dns_a_record(o.enable_resource_name_dns_a_record.cloned())
            .set_enable_resource_name_dns_aaaa_record(
                o.enable_resource_name_dns_aaaa_record.cloned(),
            )
            .set_private_dns_hostname_type(o.hostname_type.filled().map(api::HostnameType::from))
            .send()
            .await
            .during(about("private DNS names"))?;
    }
    Ok(())
}

/// What of a device can be changed.
struct Device<'d> {
    name: &'d Attr<String>,
    volume: &'d Attr<String>,
    size: &'d Attr<i64>,
    kind: &'d Attr<String>,
    iops: &'d Attr<i64>,
    throughput: &'d Attr<i64>,
    on_termination: &'d Attr<bool>,
    tags: &'d Attr<TagMap>,
    tags_all: &'d Attr<TagMap>,
}

macro_rules! device {
    ($d:expr) => {
        Device {
            name: &$d.device_name,
            volume: &$d.volume_id,
            size: &$d.volume_size,
            kind: &$d.volume_type,
            iops: &$d.iops,
            throughput: &$d.throughput,
            on_termination: &$d.delete_on_termination,
            tags: &$d.tags,
            tags_all: &$d.tags_all,
        }
    };
}

async fn devices(
    cx: &Context<Aws>,
    prior: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    if let (Some(before), Some(after)) =
        (prior.root_block_device.first(), planned.root_block_device.first())
    {
        change_device(cx, id, &device!(before), &device!(after), limit).await?;
    }
    for after in &planned.ebs_block_device {
        let before = prior.ebs_block_device.iter().find(|d| d.device_name == after.device_name);
        if let Some(before) = before {
            change_device(cx, id, &device!(before), &device!(after), limit).await?;
        }
    }
    Ok(())
}

async fn change_device(
    cx: &Context<Aws>,
    id: &str,
    before: &Device<'_>,
    after: &Device<'_>,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let changed = |before: &Attr<i64>, after: &Attr<i64>| {
        int(after).filter(|n| *n > 0 && Some(*n) != int(before))
    };
    let kind = after.kind.filled().filter(|k| Some(*k) != before.kind.filled());
    let (size, iops) = (changed(before.size, after.size), changed(before.iops, after.iops));
    let throughput = changed(before.throughput, after.throughput);
    if kind.is_some() || size.is_some() || iops.is_some() || throughput.is_some() {
        let volume = before.volume.text();
        let to = kind.or(before.kind.filled());
        ec2.modify_volume()
            .volume_id(volume)
            .set_size(size)
            .set_volume_type(kind.map(api::VolumeType::from))
            // What one type has, another must not be given.
            .set_iops(iops.filter(|_| matches!(to, Some("io1" | "io2" | "gp3"))))
            .set_throughput(throughput.filter(|_| to == Some("gp3")))
            .send()
            .await
            .during(format!("updating {WHAT} ({id}) volume ({volume})"))?;
        crate::volumes::modified(cx, volume, limit).await?;
    }
    if after.on_termination.is_known()
        && before.on_termination.is_true() != after.on_termination.is_true()
    {
        let ebs = api::EbsInstanceBlockDeviceSpecification::builder()
            .delete_on_termination(after.on_termination.is_true())
            .build();
        let mapping = api::InstanceBlockDeviceMappingSpecification::builder()
            .set_device_name(before.name.to_filled())
            .ebs(ebs)
            .build();
        let ask = ec2.modify_instance_attribute().instance_id(id).block_device_mappings(mapping);
        ask.send().await.during(format!("updating {WHAT} ({id}) block device"))?;
    }
    if before.tags.or_default() != after.tags.or_default() {
        device_tags(cx, before.volume, before.tags_all, after.tags).await?;
    }
    Ok(())
}
