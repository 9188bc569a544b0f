//! Autoscaling groups, their policies and schedules.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod autoscaling_attachment;
mod autoscaling_group;
mod autoscaling_lifecycle_hook;
mod autoscaling_notification;
mod autoscaling_policy;
mod autoscaling_schedule;
mod autoscaling_traffic_source_attachment;
mod checks;
mod data;
mod hooks;
mod instances;
mod service;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

pub use instances::{Instances, Named, Template};

/// Adds what is in this room, which asks `instances` about what is in another.
pub fn catalog(catalog: Catalog<Aws>, instances: &'static dyn Instances) -> Catalog<Aws> {
    catalog
        .managed(autoscaling_group::AutoscalingGroupResource { instances })
        .managed(autoscaling_policy::AutoscalingPolicyResource)
        .managed(autoscaling_schedule::AutoscalingScheduleResource)
        .managed(autoscaling_attachment::AutoscalingAttachmentResource)
        .managed(autoscaling_traffic_source_attachment::AutoscalingTrafficSourceAttachmentResource)
        .managed(autoscaling_lifecycle_hook::AutoscalingLifecycleHookResource)
        .managed(autoscaling_notification::AutoscalingNotificationResource)
        .lookup(data::autoscaling_group::AutoscalingGroupLookup)
}
