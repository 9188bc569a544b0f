//! What must hold of the configuration of an instance.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_network::rules::{at_least_one, needs, set};
use groma_sdk::{Attr, Problems};

use super::model::*;
use super::{is_burstable, request};
use crate::volumes::Asked;

const CONFLICT: &str = "Conflicting configuration arguments";

/// What a device asks of its volume.
macro_rules! asked {
    ($d:expr) => {
        Asked {
            kind: &$d.volume_type,
            // The image may say another one.
            usual: None,
            size: &$d.volume_size,
            iops: &$d.iops,
            throughput: &$d.throughput,
        }
    };
}

/// Adds what EC2 would refuse of an instance, or would not do as it is written.
pub(super) fn check(c: &Instance, problems: &mut Problems) {
    let has_template = !c.launch_template.is_empty() || c.launch_template.is_unknown();
    let template = ("launch_template", has_template);
    at_least_one(problems, &[("ami", set(&c.ami)), template]);
    at_least_one(problems, &[("instance_type", set(&c.instance_type)), template]);
    if let Some(t) = c.launch_template.first() {
        let (id, name) = (("id", set(&t.id)), ("name", set(&t.name)));
        problems.within("launch_template.0", |problems| {
            problems.conflict(id, name);
            at_least_one(problems, &[id, name]);
        });
    }
    conflicts(c, problems);
    interfaces(c, problems);
    devices(c, problems);
    reservation(c, problems);
    market(c, problems);
    if !has_template {
        let group = ("placement_group", set(&c.placement_group));
        let partition = set(&c.placement_partition_number);
        needs(problems, ("placement_partition_number", partition), &[group]);
    }
    if let Some(data) = request::user_data(c).and_then(|d| STANDARD.decode(d).ok())
        && data.len() > 16_384
    {
        let name = if set(&c.user_data) { "user_data" } else { "user_data_base64" };
        let detail = format!(
            "EC2 takes at most 16384 bytes, but these are {}. Fetch the rest from S3.",
            data.len()
        );
        problems.error(name, "User data too long", detail);
    }
    if !c.credit_specification.is_empty()
        && let Some(kind) = c.instance_type.filled().filter(|kind| !is_burstable(kind))
    {
        let detail = format!("Instances of the type {kind} have no CPU credits: it does nothing.");
        problems.warning("credit_specification", "Argument without effect", detail);
    }
}

fn conflicts(c: &Instance, problems: &mut Problems) {
    let cpu = c.cpu_options.first();
    for (a, b) in [
        (("user_data", set(&c.user_data)), ("user_data_base64", set(&c.user_data_base64))),
        (
            ("ipv6_address_count", set(&c.ipv6_address_count)),
            ("ipv6_addresses", set(&c.ipv6_addresses)),
        ),
        (
            ("host_resource_group_arn", set(&c.host_resource_group_arn)),
            ("placement_group", set(&c.placement_group)),
        ),
        (
            ("cpu_core_count", set(&c.cpu_core_count)),
            ("cpu_options.0.core_count", cpu.is_some_and(|o| set(&o.core_count))),
        ),
        (
            ("cpu_threads_per_core", set(&c.cpu_threads_per_core)),
            ("cpu_options.0.threads_per_core", cpu.is_some_and(|o| set(&o.threads_per_core))),
        ),
    ] {
        problems.conflict(a, b);
    }
    let enclave = c.enclave_options.first().is_some_and(|o| o.enabled.is_true());
    if enclave && c.hibernation.is_true() {
        let detail = "EC2 hibernates no instance with an enclave. Turn one of the two off.";
        problems.error("hibernation", CONFLICT, detail);
    }
}

/// What an instance with interfaces of their own cannot say, for these say it.
fn interfaces(c: &Instance, problems: &mut Problems) {
    if let (Some(ip), Some(others)) = (c.private_ip.as_str(), c.secondary_private_ips.get())
        && others.iter().any(|other| other == ip)
    {
        let detail = format!("{ip} is the first address already, \"private_ip\".");
        problems.error("secondary_private_ips", CONFLICT, detail);
    }
    if c.network_interface.is_empty() {
        return;
    }
    for (name, there) in [
        ("associate_public_ip_address", set(&c.associate_public_ip_address)),
        ("enable_primary_ipv6", set(&c.enable_primary_ipv6)),
        ("ipv6_address_count", set(&c.ipv6_address_count)),
        ("ipv6_addresses", set(&c.ipv6_addresses)),
        ("private_ip", set(&c.private_ip)),
        ("secondary_private_ips", set(&c.secondary_private_ips)),
        ("security_groups", set(&c.security_groups)),
        ("source_dest_check", set(&c.source_dest_check)),
        ("subnet_id", set(&c.subnet_id)),
        ("vpc_security_group_ids", set(&c.vpc_security_group_ids)),
    ] {
        problems.conflict(("network_interface", true), (name, there));
    }
    let mut indexes = BTreeSet::new();
    for interface in &c.network_interface {
        let card = interface.network_card_index.cloned().unwrap_or(0);
        let Some(index) = interface.device_index.get() else { continue };
        if !interface.network_card_index.is_unknown() && !indexes.insert((card, *index)) {
            let detail = format!("More than one interface has the \"device_index\" {index}.");
            problems.error("network_interface", CONFLICT, detail);
        }
    }
}

fn devices(c: &Instance, problems: &mut Problems) {
    let by_volume_tags = set(&c.volume_tags);
    if let Some(d) = c.root_block_device.first() {
        let tags = ("root_block_device.0.tags", set(&d.tags));
        problems.conflict(tags, ("volume_tags", by_volume_tags));
        for (part, problem) in asked!(d).problems() {
            let name = part.of_device();
            let path = format!("root_block_device.0.{name}");
            problems.error(&path, format!("Invalid value for \"{name}\""), problem);
        }
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for d in &c.ebs_block_device {
        // Elements of sets have no path of their own.
        let block = "ebs_block_device";
        problems.conflict((block, set(&d.tags)), ("volume_tags", by_volume_tags));
        twice(&mut names, &d.device_name, block, problems);
        for (part, problem) in asked!(d).problems() {
            let summary = format!("Invalid value for \"{}\"", part.of_device());
            let detail = format!("{}: {problem}", d.device_name.text());
            problems.error(block, summary, detail);
        }
    }
    for d in &c.ephemeral_block_device {
        twice(&mut names, &d.device_name, "ephemeral_block_device", problems);
        let without = !d.no_device.is_true() && !d.no_device.is_unknown();
        if without && d.virtual_name.filled().is_none() && !d.virtual_name.is_unknown() {
            problems.error(
                "ephemeral_block_device",
                "Missing required argument",
                format!(
                    "The device {:?} needs a \"virtual_name\", unless \"no_device\" is true.",
                    d.device_name.text()
                ),
            );
        }
    }
}

fn twice<'n>(
    names: &mut BTreeSet<&'n str>,
    name: &'n Attr<String>,
    block: &str,
    problems: &mut Problems,
) {
    if let Some(name) = name.as_str()
        && !names.insert(name)
    {
        problems.error(block, CONFLICT, format!("More than one block has the device {name:?}."));
    }
}

fn reservation(c: &Instance, problems: &mut Problems) {
    let Some(s) = c.capacity_reservation_specification.first() else { return };
    let target = &s.capacity_reservation_target;
    let preference = ("capacity_reservation_preference", set(&s.capacity_reservation_preference));
    let there = ("capacity_reservation_target", !target.is_empty() || target.is_unknown());
    problems.within("capacity_reservation_specification.0", |problems| {
        problems.conflict(preference, there);
        at_least_one(problems, &[preference, there]);
        let Some(t) = target.first() else { return };
        problems.conflict(
            (
                "capacity_reservation_target.0.capacity_reservation_id",
                set(&t.capacity_reservation_id),
            ),
            (
                "capacity_reservation_target.0.capacity_reservation_resource_group_arn",
                set(&t.capacity_reservation_resource_group_arn),
            ),
        );
    });
}

/// Requests for spot instances that are made once end with their instances.
fn market(c: &Instance, problems: &mut Problems) {
    let Some(o) = c.instance_market_options.first() else { return };
    let Some(s) = o.spot_options.first() else { return };
    let path = "instance_market_options.0.spot_options.0";
    if let Some(kind) = o.market_type.as_str().filter(|kind| *kind != "spot") {
        let detail = format!("Only \"spot\" has these options, but \"market_type\" is {kind:?}.");
        problems.error("instance_market_options.0.spot_options", CONFLICT, detail);
    }
    if s.spot_instance_type.is_unknown() || s.spot_instance_type.as_str() == Some("persistent") {
        return;
    }
    let behavior = s.instance_interruption_behavior.as_str();
    if let Some(behavior) = behavior.filter(|b| matches!(*b, "hibernate" | "stop")) {
        let detail = format!(
            "{behavior:?} needs the \"spot_instance_type\" \"persistent\": only such a request \
             can start the instance again."
        );
        let name = format!("{path}.instance_interruption_behavior");
        problems.error(&name, CONFLICT, detail);
    }
    if s.valid_until.filled().is_some() {
        let detail = "It needs the \"spot_instance_type\" \"persistent\".";
        problems.error(&format!("{path}.valid_until"), CONFLICT, detail);
    }
}
