//! How an instance is planned beyond what its attributes say themselves.

use aws_sdk_ec2::types::InstanceType;
use groma_aws_core::Aws;
use groma_aws_network::ec2::ec2;
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Planned, Problems};

use super::model::*;
use super::{WHAT, record, template_data, user_data_hash};
use crate::volumes::shrinks;

/// Refines a plan.
pub(super) async fn refine(
    cx: &Context<Aws>,
    change: &mut Planned<Instance>,
) -> Result<(), Diagnostics> {
    user_data(change);
    template_names(change);
    // Interfaces of their own say what they check.
    if !change.planned.network_interface.is_empty() {
        let prior = change.prior.as_ref().map(|p| p.source_dest_check.clone());
        change.planned.source_dest_check = prior.unwrap_or_default();
    }
    if let Some(prior) = change.prior.clone() {
        kept(cx, change, &prior);
        ipv6(change, &prior);
        let (planned, config) = (&change.planned, &change.config);
        let data = (planned.user_data != prior.user_data
            || planned.user_data_base64 != prior.user_data_base64)
            && (set(&config.user_data) || set(&config.user_data_base64));
        // Stopping and starting changes what EC2 lent.
        if (data || planned.instance_type != prior.instance_type)
            && prior.public_ip.filled().is_some()
        {
            change.planned.public_ip = Attr::Unknown;
            change.planned.public_dns = Attr::Unknown;
        }
        replacement(cx, change, &prior, data).await?;
        added(change, &prior);
        devices(cx, change, &prior)?;
    }
    if change.is_create() || change.is_replace() {
        launchable(cx, &change.config).await?;
    }
    Ok(())
}

/// User data is recorded as a hash of it, and so it is planned.
fn user_data(change: &mut Planned<Instance>) {
    let Some(data) = change.config.user_data.as_str() else { return };
    let hash = if data.is_empty() { String::new() } else { user_data_hash(data) };
    let prior = change.prior.as_ref().map(|p| p.user_data.clone());
    change.planned.user_data = match prior {
        Some(prior) if prior.text() == hash || prior.text() == data => prior,
        _ => hash.into(),
    };
}

/// Of another template, the name is another one as well, and so is the id.
fn template_names(change: &mut Planned<Instance>) {
    let Some(config) = change.config.launch_template.first().cloned() else { return };
    let prior = change.prior.as_ref().and_then(|p| p.launch_template.first()).cloned();
    let (Some(prior), Some(planned)) = (prior, change.planned.launch_template.first_mut()) else {
        return;
    };
    if config.id.is_null() && planned.name != prior.name {
        planned.id = Attr::Unknown;
    }
    if config.name.is_null() && planned.id != prior.id {
        planned.name = Attr::Unknown;
    }
}

/// What is no change although the configuration is another one.
fn kept(cx: &Context<Aws>, change: &mut Planned<Instance>, prior: &Instance) {
    let (config, planned) = (&change.config, &mut change.planned);
    if config.credit_specification.is_empty() && !config.credit_specification.is_unknown() {
        planned.credit_specification = prior.credit_specification.clone();
    }
    if let (Some(config), Some(planned), Some(prior)) = (
        config.credit_specification.first(),
        planned.credit_specification.first_mut(),
        prior.credit_specification.first(),
    ) && config.cpu_credits.is_null()
    {
        planned.cpu_credits = prior.cpu_credits.clone();
    }
    let empty = |text: &Attr<String>| text.filled().is_none();
    if let (Some(after), Some(before)) =
        (planned.cpu_options.first_mut(), prior.cpu_options.first())
        && empty(&before.amd_sev_snp)
        && after.amd_sev_snp.as_str() == Some("disabled")
    {
        after.amd_sev_snp = before.amd_sev_snp.clone();
        if planned.cpu_options == prior.cpu_options {
            change.in_place("cpu_options");
        }
    }
    let planned = &mut change.planned;
    if let (Some(after), Some(before)) =
        (planned.root_block_device.first_mut(), prior.root_block_device.first())
        && after.tags.or_default() != before.tags.or_default()
    {
        after.tags_all = match &after.tags {
            Attr::Unknown => Attr::Unknown,
            tags => Attr::Known(cx.client().tags().all(&tags.or_default())),
        };
    }
}

/// Another number of addresses means other addresses, not another instance.
fn ipv6(change: &mut Planned<Instance>, prior: &Instance) {
    let (config, planned) = (&change.config, &mut change.planned);
    if config.ipv6_addresses.is_null() && planned.ipv6_address_count != prior.ipv6_address_count {
        planned.ipv6_addresses = Attr::Unknown;
        change.in_place("ipv6_addresses");
    }
}

async fn replacement(
    cx: &Context<Aws>,
    change: &mut Planned<Instance>,
    prior: &Instance,
    data: bool,
) -> Result<(), Diagnostics> {
    let (config, planned) = (change.config.clone(), change.planned.clone());
    if data && planned.user_data_replace_on_change.is_true() {
        change.replace(if set(&config.user_data_base64) {
            "user_data_base64"
        } else {
            "user_data"
        });
    }
    if let (Some(before), Some(after)) =
        (prior.instance_type.filled(), planned.instance_type.filled())
        && before != after
        && !fits(cx, before, after).await
    {
        change.replace("instance_type");
    }
    // It can be turned on, but not off.
    if prior.enable_primary_ipv6.is_true() && planned.enable_primary_ipv6.is(&false) {
        change.replace("enable_primary_ipv6");
    }
    if prior.private_dns_name_options.is_empty() && !planned.private_dns_name_options.is_empty() {
        change.replace("private_dns_name_options");
    }
    if prior.launch_template.is_empty() {
        return Ok(());
    }
    if config.launch_template.is_empty() && !config.launch_template.is_unknown() {
        change.replace("launch_template");
        return Ok(());
    }
    let version = |i: &Instance| i.launch_template.first().map(|t| t.version.clone());
    let after = version(&planned).unwrap_or_default();
    if version(prior).as_ref() != Some(&after) {
        // Other words for the same version are no other version.
        let same = match after.as_str() {
            Some(wanted) => record::has_template_version(cx, prior.id.text(), wanted).await?,
            None => false,
        };
        if !same {
            change.replace("launch_template");
        }
    }
    Ok(())
}

/// Whether an instance of one type can become one of another: the processors must run the same
/// programs. What cannot be found out now, EC2 tells when it is to be done.
async fn fits(cx: &Context<Aws>, before: &str, after: &str) -> bool {
    let kinds = [before, after].map(InstanceType::from).to_vec();
    let ask = ec2(cx.client()).describe_instance_types().set_instance_types(Some(kinds));
    let Ok(answer) = ask.send().await else { return true };
    let architectures = |name: &str| {
        let types = answer.instance_types().iter();
        let found = types.filter(|t| t.instance_type().is_some_and(|t| t.as_str() == name));
        found.filter_map(|t| t.processor_info()).map(|p| p.supported_architectures()).next()
    };
    match (architectures(before), architectures(after)) {
        (Some(before), Some(after)) => before.iter().any(|a| after.contains(a)),
        _ => true,
    }
}

/// A block that says nothing of what an instance begins with is no reason to make another one.
fn added(change: &mut Planned<Instance>, prior: &Instance) {
    let config = change.config.clone();
    let cpu = config.cpu_options.first();
    let enclave = config.enclave_options.first();
    let root = config.root_block_device.first();
    for (name, is_new, says) in [
        (
            "cpu_options",
            prior.cpu_options.is_empty(),
            cpu.is_some_and(|o| {
                set(&o.amd_sev_snp) || set(&o.core_count) || set(&o.threads_per_core)
            }),
        ),
        (
            "enclave_options",
            prior.enclave_options.is_empty(),
            enclave.is_some_and(|o| set(&o.enabled)),
        ),
        (
            "root_block_device",
            prior.root_block_device.is_empty(),
            root.is_some_and(|d| set(&d.encrypted) || set(&d.kms_key_id)),
        ),
    ] {
        if is_new && !says {
            change.in_place(name);
        }
    }
    // What EC2 never tells counts by its number.
    let (planned, known) = (&change.planned.ephemeral_block_device, config.ephemeral_block_device);
    if !planned.is_unknown()
        && !known.is_empty()
        && planned.len() != prior.ephemeral_block_device.len()
    {
        change.replace("ephemeral_block_device");
    }
}

/// Devices of the same names are changed in place; EC2 can neither add nor remove any.
fn devices(
    cx: &Context<Aws>,
    change: &mut Planned<Instance>,
    prior: &Instance,
) -> Result<(), Diagnostics> {
    ebs_devices(cx, change, prior);
    if change.is_replace() {
        return Ok(());
    }
    let mut problems = Problems::new();
    if let (Some(before), Some(after)) =
        (prior.root_block_device.first(), change.planned.root_block_device.first())
        && let Some(problem) = shrinks(&before.volume_size, &after.volume_size)
    {
        let path = "root_block_device.0.volume_size";
        problems.error(path, "Invalid value for \"volume_size\"", problem);
    }
    problems.into_result()
}

fn ebs_devices(cx: &Context<Aws>, change: &mut Planned<Instance>, prior: &Instance) {
    let config = change.config.ebs_block_device.clone();
    if config.is_empty() || change.planned.ebs_block_device.is_unknown() {
        return;
    }
    let names = |devices: &[InstanceEbsBlockDevice]| {
        let mut names: Vec<_> = devices.iter().map(|d| d.device_name.clone()).collect();
        names.sort_by(|a, b| a.text().cmp(b.text()));
        names
    };
    let before = |c: &InstanceEbsBlockDevice| {
        prior.ebs_block_device.iter().find(|b| b.device_name == c.device_name)
    };
    let begins_so = |c: &InstanceEbsBlockDevice| {
        let Some(b) = before(c) else { return false };
        // Accounts may encrypt all volumes, and keys go by ids and aliases as well as by their names.
        let is_key = |key: &Attr<String>| key.text().contains(":key/");
        let other_key = is_key(&c.kms_key_id) && is_key(&b.kms_key_id);
        (!c.encrypted.is_true() || b.encrypted.is_true())
            && !(other_key && c.kms_key_id != b.kms_key_id)
            && (c.snapshot_id.filled().is_none() || c.snapshot_id == b.snapshot_id)
    };
    if names(&config) != names(&prior.ebs_block_device) || !config.iter().all(begins_so) {
        change.replace("ebs_block_device");
        return;
    }
    let planned = config.iter().map(|c| match before(c) {
        Some(before) => ebs_device(cx, before, c),
        None => c.clone(),
    });
    change.planned.ebs_block_device = planned.collect();
    change.in_place("ebs_block_device");
}

/// A device as it will be: what is not configured stays, but for what another type has otherwise.
fn ebs_device(
    cx: &Context<Aws>,
    before: &InstanceEbsBlockDevice,
    c: &InstanceEbsBlockDevice,
) -> InstanceEbsBlockDevice {
    let kind = c.volume_type.clone().or(before.volume_type.clone());
    // Zero stands for what the type has, as if nothing were configured.
    let rate = |configured: &Attr<i64>, there: &Attr<i64>| match configured {
        Attr::Unknown => Attr::Unknown,
        configured if configured.to_filled_i32().is_some() => configured.clone(),
        _ if kind != before.volume_type => Attr::Unknown,
        _ => there.clone(),
    };
    let mut size = c.volume_size.clone().or(before.volume_size.clone());
    if let Some(problem) = shrinks(&before.volume_size, &size) {
        let device = before.device_name.text();
        cx.report(Diagnostic::warning(
            format!("planning {WHAT}: the volume {device} stays as large as it is"),
            problem,
        ));
        size = before.volume_size.clone();
    }
    let tags_all = match (&c.tags, c.tags.or_default() == before.tags.or_default()) {
        (Attr::Unknown, _) => Attr::Unknown,
        (_, true) => before.tags_all.clone(),
        (tags, false) => Attr::Known(cx.client().tags().all(&tags.or_default())),
    };
    InstanceEbsBlockDevice {
        delete_on_termination: c.delete_on_termination.clone().or(true),
        iops: rate(&c.iops, &before.iops),
        throughput: rate(&c.throughput, &before.throughput),
        tags: match c.tags.or_default() == before.tags.or_default() && !c.tags.is_unknown() {
            true => before.tags.clone(),
            false => c.tags.clone(),
        },
        tags_all,
        volume_size: size,
        volume_type: kind,
        ..before.clone()
    }
}

/// An instance that leaves its image or its type to a template needs one that has them.
async fn launchable(cx: &Context<Aws>, config: &Instance) -> Result<(), Diagnostics> {
    let Some(template) = config.launch_template.first() else { return Ok(()) };
    let names_one = template.id.filled().or(template.name.filled()).is_some();
    let is_known =
        !template.id.is_unknown() && !template.name.is_unknown() && !template.version.is_unknown();
    if !names_one || !is_known || (set(&config.ami) && set(&config.instance_type)) {
        return Ok(());
    }
    // What cannot be read now may be there by the time of the apply, which tells otherwise.
    let Ok(Some(data)) = template_data(cx, template).await else { return Ok(()) };
    let mut problems = Problems::new();
    let mut lacks = |name: &str, what: &str| {
        let detail = format!(
            "Neither the instance nor its launch template names {what}. Set \"{name}\" of one of \
             them."
        );
        problems.error(name, format!("planning {WHAT}: {what} is missing"), detail);
    };
    if !set(&config.ami) && data.image_id().is_none_or(str::is_empty) {
        lacks("ami", "an image (AMI)");
    }
    let has_type = data.instance_type().is_some() || data.instance_requirements().is_some();
    if !set(&config.instance_type) && !has_type {
        lacks("instance_type", "an instance type");
    }
    problems.into_result()
}
