//! What must hold of the configuration of a launch template.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Problems};

use super::model::*;
use crate::instance::base64_text;
use crate::volumes::Asked;

const CONFLICT: &str = "Conflicting configuration arguments";
const ENDED: &str = "AWS ended Elastic Graphics and Elastic Inference in 2024, and takes no instances \
                     with them any more. Remove the block.";

/// Adds what EC2 would refuse of a template, now or when an instance is launched from it.
pub(super) fn check(c: &LaunchTemplate, problems: &mut Problems) {
    problems.conflict(("name", set(&c.name)), ("name_prefix", set(&c.name_prefix)));
    problems.conflict(
        ("default_version", set(&c.default_version)),
        ("update_default_version", set(&c.update_default_version)),
    );
    problems.conflict(
        ("instance_requirements", !c.instance_requirements.is_empty()),
        ("instance_type", set(&c.instance_type)),
    );
    problems.conflict(
        ("security_group_names", set(&c.security_group_names)),
        ("vpc_security_group_ids", set(&c.vpc_security_group_ids)),
    );
    if let Some(profile) = c.iam_instance_profile.first() {
        problems.conflict(
            ("iam_instance_profile.0.arn", set(&profile.arn)),
            ("iam_instance_profile.0.name", set(&profile.name)),
        );
    }
    for (name, there) in [
        ("elastic_gpu_specifications", !c.elastic_gpu_specifications.is_empty()),
        ("elastic_inference_accelerator", !c.elastic_inference_accelerator.is_empty()),
    ] {
        if there {
            problems.error(name, "Service no longer offered", ENDED);
        }
    }
    if !c.network_interfaces.is_empty()
        && c.vpc_security_group_ids.get().is_some_and(|g| !g.is_empty())
    {
        problems.error(
            "vpc_security_group_ids",
            "Conflicting configuration arguments",
            "AWS takes no security groups beside network interfaces: set \"security_groups\" in \
             the \"network_interfaces\" blocks.",
        );
    }
    user_data(c, problems);
    devices(c, problems);
    let mut indexes = BTreeSet::new();
    for (i, interface) in c.network_interfaces.iter().enumerate() {
        let (card, index) = (&interface.network_card_index, &interface.device_index);
        let place = (card.cloned().unwrap_or(0), index.cloned().unwrap_or(0));
        if !card.is_unknown() && index.is_known() && !indexes.insert(place) {
            let detail = format!("More than one interface has the \"device_index\" {}.", place.1);
            problems.error(&format!("network_interfaces.{i}.device_index"), CONFLICT, detail);
        }
    }
}

fn user_data(c: &LaunchTemplate, problems: &mut Problems) {
    let Some(data) = c.user_data.as_str() else { return };
    let checked = base64_text(&data.to_owned());
    problems.check("user_data", checked);
    let bytes = STANDARD.decode(data).map_or(0, |data| data.len());
    if bytes > 16_384 {
        let detail = format!(
            "EC2 takes at most 16384 bytes, but these are {bytes}. Fetch the rest from S3."
        );
        problems.error("user_data", "User data too long", detail);
    }
}

fn devices(c: &LaunchTemplate, problems: &mut Problems) {
    let mut names = BTreeSet::new();
    for (i, device) in c.block_device_mappings.iter().enumerate() {
        let path = format!("block_device_mappings.{i}");
        if let Some(name) = device.device_name.filled()
            && !names.insert(name)
        {
            let detail = format!("More than one block has the device {name:?}.");
            problems.error(&format!("{path}.device_name"), CONFLICT, detail);
        }
        let Some(ebs) = device.ebs.first() else { continue };
        let asked = Asked {
            kind: &ebs.volume_type,
            // The image may say another one.
            usual: None,
            size: &ebs.volume_size,
            iops: &ebs.iops,
            throughput: &ebs.throughput,
        };
        for (part, problem) in asked.problems() {
            let name = part.of_device();
            let summary = format!("Invalid value for \"{name}\"");
            problems.error(&format!("{path}.ebs.0.{name}"), summary, problem);
        }
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(super) fn flag_text(text: &String) -> Result<(), String> {
    match text.is_empty() || Attr::from(text.as_str()).as_flag().is_some() {
        true => Ok(()),
        false => Err(format!("It must be true, false or empty, but is {text:?}.")),
    }
}

pub(super) fn same_flag(prior: &String, configured: &String) -> bool {
    let flag = |text: &String| Attr::from(text.as_str()).as_flag();
    flag(prior).is_some() && flag(prior) == flag(configured)
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(super) fn template_name(name: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "()./_-".contains(c);
    match name.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(format!(
            "Names of launch templates may have letters, digits and ()./_-, but {name:?} has {c:?}."
        )),
        None => Ok(()),
    }
}
