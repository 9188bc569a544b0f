//! Instances as they are recorded.

mod attributes;
mod devices;
mod network;
mod seen;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::ec2::{arn, tags_of};
use groma_sdk::{Attr, Blocks, Context, Diagnostics};

use super::WHAT;
use super::model::*;

pub(crate) use attributes::{password, user_data};
pub(super) use seen::{Seen, instances};
pub(crate) use seen::{is_there, read_all};

/// Reads an instance; `None` if it is gone.
pub(super) async fn read(
    cx: &Context<Aws>,
    state: Instance,
) -> Result<Option<Instance>, Diagnostics> {
    let id = state.id.text().to_owned();
    let about = format!("reading {WHAT} ({id})");
    let read = instances(cx.client()).load(id.clone()).await.during(&about)?;
    let Some(seen) = read.filter(|(i, _)| is_there(i)) else { return Ok(None) };
    let limit = InstanceTimeouts::read(&state.timeouts);
    let mut now = described(cx, state, &seen).await?;
    now.password_data = match now.get_password_data.is_true() {
        // It is made once, when the instance starts for the first time.
        true if now.password_data.filled().is_some() => now.password_data,
        true => password(cx, &id, limit).await?.into(),
        false => Attr::Null,
    };
    groma_aws_core::record_tags(cx.client(), &mut now, tags_of(seen.0.tags()));
    Ok(Some(now))
}

/// All of an instance but its tags and its password. What `state` says of it tells what it is
/// configured with; without an `arn`, it was never read.
pub(crate) async fn described(
    cx: &Context<Aws>,
    state: Instance,
    (instance, credits): &Seen,
) -> Result<Instance, Diagnostics> {
    let aws = cx.client();
    let id = instance.instance_id().unwrap_or_default();
    // Of what was read before, only what is unusual is asked for again.
    let fresh = state.arn.filled().is_none();
    let mut now = state;
    record(&mut now, instance);
    now.arn = arn(aws, None, &format!("instance/{id}")).await?.into();
    now.credit_specification = match credits.as_deref().filter(|c| !c.is_empty()) {
        Some(credits) => Blocks::one(InstanceCreditSpecification { cpu_credits: credits.into() }),
        None => Blocks::none(),
    };
    network::record(&mut now, instance);
    network::record_groups(cx, &mut now, instance, fresh).await?;
    devices::record(cx, &mut now, instance).await?;
    record_template(cx, &mut now, instance).await?;
    attributes::record(cx, &mut now, id, fresh).await?;
    attributes::record_market(cx, &mut now, instance).await?;
    Ok(now)
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
    // EC2 tells nothing of these.
    if now.ephemeral_block_device.is_unknown() {
        now.ephemeral_block_device = Blocks::none();
    }
}

/// The template that the instance was launched from, which only its tags tell.
async fn record_template(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
) -> Result<(), Diagnostics> {
    let tags = tags_of(i.tags());
    let Some(id) = tags.get(TEMPLATE) else {
        // Not all services tag what they launch; what is recorded stays then.
        return Ok(());
    };
    let read = crate::launch_template::templates(cx.client()).load(id.clone()).await;
    let about = format!("reading EC2 Launch Template ({id})");
    let Some(template) = read.during(about)? else {
        now.launch_template = Blocks::none();
        return Ok(());
    };
    let version = tags.get(TEMPLATE_VERSION).cloned().unwrap_or_default();
    let known = now.launch_template.first().map(|t| t.version.text()).unwrap_or_default();
    let version = match is_version(&template, &version, known) {
        true => known.to_owned(),
        false => version,
    };
    now.launch_template = Blocks::one(InstanceLaunchTemplate {
        id: id.clone().into(),
        name: template.launch_template_name().into(),
        version: version.into(),
    });
    Ok(())
}

/// The tags that tell what template an instance is from.
const TEMPLATE: &str = "aws:ec2launchtemplate:id";
const TEMPLATE_VERSION: &str = "aws:ec2launchtemplate:version";

/// Whether the version of a template that an instance is from is the wanted one, which may be a
/// number, `$Default` or `$Latest`.
fn is_version(template: &api::LaunchTemplate, version: &str, wanted: &str) -> bool {
    let is = |number: Option<i64>| number.is_some_and(|n| n.to_string() == version);
    match wanted {
        "$Default" => is(template.default_version_number()),
        "$Latest" => is(template.latest_version_number()),
        number => number == version,
    }
}

/// Whether an instance is from the version of its template that is wanted now.
pub(super) async fn has_template_version(
    cx: &Context<Aws>,
    id: &str,
    wanted: &str,
) -> Result<bool, Diagnostics> {
    let about = format!("reading {WHAT} ({id})");
    let Some((instance, _)) = instances(cx.client()).load(id.to_owned()).await.during(&about)?
    else {
        return Ok(false);
    };
    let tags = tags_of(instance.tags());
    let (Some(id), Some(version)) = (tags.get(TEMPLATE), tags.get(TEMPLATE_VERSION)) else {
        return Ok(false);
    };
    let templates = crate::launch_template::templates(cx.client());
    let template = templates.load(id.clone()).await.during(about)?;
    Ok(template.is_some_and(|t| is_version(&t, version, wanted)))
}
