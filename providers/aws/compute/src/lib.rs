//! Instances, launch templates and volumes.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod data;
mod ebs_volume;
mod instance;
mod key_pair;
mod launch_template;
mod placement_group;
mod volume_attachment;
mod volumes;

use serde_json as _;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds what is in this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .lookup(data::ami::Ami)
        .lookup(data::instance::InstanceLookup)
        .lookup(data::instances::Instances)
        .managed(ebs_volume::EbsVolumeResource)
        .managed(instance::InstanceResource)
        .managed(key_pair::KeyPairResource)
        .managed(placement_group::PlacementGroupResource)
        .managed(volume_attachment::VolumeAttachmentResource)
        .managed(launch_template::LaunchTemplateResource)
}
