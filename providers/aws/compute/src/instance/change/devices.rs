//! Changes of an instance's block devices.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, TagChange, TagMap};
use groma_aws_network::ec2::{change_tags, ec2};
use groma_aws_network::rules::set;
use groma_sdk::{Attr, Context, Diagnostics};

use super::until_instance;
use crate::instance::WHAT;
use crate::instance::model::*;

/// The tags that devices have of their own.
pub(in crate::instance) async fn device_tags(
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

/// Changes what differs of the volumes.
pub(super) async fn change(
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
        after.to_filled_i32().filter(|n| Some(*n) != before.to_i32())
    };
    let kind = after.kind.filled().filter(|k| Some(*k) != before.kind.filled());
    let (size, iops) = (changed(before.size, after.size), changed(before.iops, after.iops));
    let throughput = changed(before.throughput, after.throughput);
    if kind.is_some() || size.is_some() || iops.is_some() || throughput.is_some() {
        let volume = before.volume.text();
        let to = kind.or(before.kind.filled());
        let request = ec2
            .modify_volume()
            .volume_id(volume)
            .set_size(size)
            .set_volume_type(kind.map(api::VolumeType::from))
            // What one type has, another must not be given.
            .set_iops(iops.filter(|_| matches!(to, Some("io1" | "io2" | "gp3"))))
            .set_throughput(throughput.filter(|_| to == Some("gp3")));
        crate::volumes::modify(cx, volume, request, limit).await?;
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
        let (name, wanted) = (before.name.as_str(), after.on_termination.is_true());
        until_instance(cx, id, "to have its block devices", limit, |i| {
            let devices = i.block_device_mappings().iter();
            let device = devices.filter(|d| d.device_name() == name).find_map(|d| d.ebs());
            device.is_none_or(|d| d.delete_on_termination() == Some(wanted))
        })
        .await?;
    }
    if before.tags.or_default() != after.tags.or_default() {
        device_tags(cx, before.volume, before.tags_all, after.tags).await?;
    }
    Ok(())
}
