//! Alarms, logs, topics and parameters.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod alarm;
mod dashboard;
mod fresh;
mod log_group;
mod parameter_data;
mod subscription;
mod topic;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds what is in this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(alarm::AlarmResource)
        .managed(dashboard::DashboardResource)
        .managed(log_group::LogGroupResource)
        .managed(subscription::SubscriptionResource)
        .managed(topic::TopicResource)
        .lookup(parameter_data::ParameterData)
}
