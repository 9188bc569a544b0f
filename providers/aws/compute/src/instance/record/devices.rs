//! What is read of an instance's block devices.

use std::collections::HashMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, TagMap};
use groma_aws_network::ec2::tags_of;
use groma_aws_network::loaders;
use groma_sdk::{Attr, Context, Diagnostics};

use crate::instance::WHAT;
use crate::instance::model::*;

/// Records the block devices and what EC2 tells of their volumes.
pub(super) async fn record(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
) -> Result<(), Diagnostics> {
    let aws = cx.client();
    let volumes = volumes(cx, i).await?;
    let by_volume_tags = now.volume_tags.get().is_some_and(|t| !t.is_empty());
    let known_root = now.root_block_device.first().map(|d| d.tags.clone()).unwrap_or_default();
    let known = now.ebs_block_device.to_vec();
    let (mut root, mut others, mut tags) = (None, Vec::new(), TagMap::new());
    for device in i.block_device_mappings() {
        let Some(ebs) = device.ebs() else { continue };
        let Some(volume) = ebs.volume_id().and_then(|id| volumes.get(id)) else { continue };
        let ours = aws.tags().ours(tags_of(volume.tags()));
        tags.extend(ours.clone());
        let is_root =
            device.device_name().is_some() && device.device_name() == i.root_device_name();
        let before = known.iter().find(|k| k.device_name.as_str() == device.device_name());
        let own = |known: Attr<TagMap>| match by_volume_tags {
            true => (Attr::Null, Attr::Known(TagMap::new())),
            false => {
                (Attr::Known(aws.tags().own(&ours, &known.or_default())), Attr::Known(ours.clone()))
            }
        };
        if is_root {
            root = Some(root_of(recorded(device, ebs, volume, own(known_root.clone()))));
        }
        // The root device may be configured as one among others.
        if !is_root || before.is_some() {
            let known = before.map(|b| b.tags.clone()).unwrap_or_default();
            others.push(recorded(device, ebs, volume, own(known)));
        }
    }
    now.root_block_device = root.into();
    now.ebs_block_device = others.into();
    if by_volume_tags {
        now.volume_tags = Attr::Known(aws.tags().own(&tags, &now.volume_tags.or_default()));
    }
    Ok(())
}

fn recorded(
    device: &api::InstanceBlockDeviceMapping,
    ebs: &api::EbsInstanceBlockDevice,
    volume: &api::Volume,
    (tags, tags_all): (Attr<TagMap>, Attr<TagMap>),
) -> InstanceEbsBlockDevice {
    InstanceEbsBlockDevice {
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
        volume_type: volume.volume_type().map(|t| t.as_str()).into(),
    }
}

fn root_of(d: InstanceEbsBlockDevice) -> InstanceRootBlockDevice {
    InstanceRootBlockDevice {
        delete_on_termination: d.delete_on_termination,
        device_name: d.device_name,
        encrypted: d.encrypted,
        iops: d.iops,
        kms_key_id: d.kms_key_id,
        tags: d.tags,
        tags_all: d.tags_all,
        throughput: d.throughput,
        volume_id: d.volume_id,
        volume_size: d.volume_size,
        volume_type: d.volume_type,
    }
}

async fn volumes(
    cx: &Context<Aws>,
    i: &api::Instance,
) -> Result<HashMap<String, api::Volume>, Diagnostics> {
    let about = format!("reading {WHAT} ({}) volumes", i.instance_id().unwrap_or_default());
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
        if let Some(volume) = read.during(&about)? {
            found.insert(id, volume);
        }
    }
    Ok(found)
}
