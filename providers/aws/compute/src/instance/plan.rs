//! How an instance is planned beyond what its attributes say themselves.

use aws_sdk_ec2::types::InstanceType;
use groma_aws_core::Aws;
use groma_aws_network::ec2::ec2;
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Context, Diagnostics, Planned, Problems};

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
        devices(change, &prior)?;
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
    // Interfaces say it themselves.
    if !planned.network_interface.is_empty() {
        planned.source_dest_check = prior.source_dest_check.clone();
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

/// Devices of the same names are changed in place; EC2 can neither add nor remove any.
fn devices(change: &mut Planned<Instance>, prior: &Instance) -> Result<(), Diagnostics> {
    ebs_devices(change, prior);
    if change.is_replace() {
        return Ok(());
    }
    let mut problems = Problems::new();
    let summary = "Invalid value for \"volume_size\"";
    let planned = &change.planned;
    if let (Some(before), Some(after)) =
        (prior.root_block_device.first(), planned.root_block_device.first())
        && let Some(problem) = shrinks(&before.volume_size, &after.volume_size)
    {
        problems.error("root_block_device.0.volume_size", summary, problem);
    }
    for after in &planned.ebs_block_device {
        let before = prior.ebs_block_device.iter().find(|b| b.device_name == after.device_name);
        if let Some(problem) = before.and_then(|b| shrinks(&b.volume_size, &after.volume_size)) {
            problems.error("ebs_block_device", summary, problem);
        }
    }
    problems.into_result()
}

fn ebs_devices(change: &mut Planned<Instance>, prior: &Instance) {
    let planned = &change.planned;
    if change.config.ebs_block_device.is_empty() || planned.ebs_block_device.is_unknown() {
        return;
    }
    let names = |i: &Instance| {
        let mut names: Vec<_> =
            i.ebs_block_device.iter().map(|d| d.device_name.text().to_owned()).collect();
        names.sort();
        names
    };
    let same = |after: &Attr<String>, before: &Attr<String>| after == before || !after.is_known();
    let same_start = |d: &InstanceEbsBlockDevice| {
        let after = planned.ebs_block_device.iter().find(|a| a.device_name == d.device_name);
        after.is_none_or(|a| {
            (a.encrypted == d.encrypted || !a.encrypted.is_known())
                && same(&a.kms_key_id, &d.kms_key_id)
                && same(&a.snapshot_id, &d.snapshot_id)
        })
    };
    if names(prior) == names(planned) && prior.ebs_block_device.iter().all(same_start) {
        change.in_place("ebs_block_device");
    } else {
        change.replace("ebs_block_device");
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
