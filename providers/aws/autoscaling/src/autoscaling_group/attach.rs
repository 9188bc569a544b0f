//! What is added to a group and taken from it by calls of its own: tags, sources of traffic, metrics
//! and suspended processes.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _, Progress, wait};
use groma_sdk::{Context, Diagnostics};

use super::model::{AutoscalingGroup, Tag, TrafficSource};
use crate::service::autoscaling;

/// How many sources one call takes.
const SOURCES: usize = 10;

fn to_tag(name: &str, tag: &Tag) -> types::Tag {
    types::Tag::builder()
        .resource_id(name)
        .resource_type("auto-scaling-group")
        .set_key(tag.key.cloned())
        .set_value(tag.value.cloned())
        .set_propagate_at_launch(tag.propagate_at_launch.cloned())
        .build()
}

/// Tags as the service wants them.
pub(super) fn to_tags(name: &str, tags: &[Tag]) -> Option<Vec<types::Tag>> {
    (!tags.is_empty()).then(|| tags.iter().map(|tag| to_tag(name, tag)).collect())
}

/// Puts the tags that are new or other, and takes away those that are not wanted any more.
pub(super) async fn change_tags(
    cx: &Context<Aws>,
    name: &str,
    prior: &AutoscalingGroup,
    planned: &AutoscalingGroup,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let during = format!("updating tags for Auto Scaling Group ({name})");
    let wanted = |tag: &&Tag| !planned.tag.iter().any(|new| new.key == tag.key);
    let gone: Vec<types::Tag> =
        prior.tag.iter().filter(wanted).map(|tag| to_tag(name, tag)).collect();
    if !gone.is_empty() {
        client.delete_tags().set_tags(Some(gone)).send().await.during(&during)?;
    }
    let new: Vec<types::Tag> = planned
        .tag
        .iter()
        .filter(|tag| !prior.tag.contains(tag))
        .map(|tag| to_tag(name, tag))
        .collect();
    if !new.is_empty() {
        client.create_or_update_tags().set_tags(Some(new)).send().await.during(&during)?;
    }
    Ok(())
}

fn to_source(source: &TrafficSource) -> types::TrafficSourceIdentifier {
    types::TrafficSourceIdentifier::builder()
        .set_identifier(source.identifier.cloned())
        .set_type(source.r#type.to_filled())
        .build()
}

/// Sources of traffic as the service wants them.
pub(super) fn to_sources(sources: &[TrafficSource]) -> Option<Vec<types::TrafficSourceIdentifier>> {
    (!sources.is_empty()).then(|| sources.iter().map(to_source).collect())
}

/// Detaches and attaches sources of traffic, target groups and load balancers, ten at a time.
pub(super) async fn change_sources(
    cx: &Context<Aws>,
    name: &str,
    prior: &AutoscalingGroup,
    planned: &AutoscalingGroup,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    if !planned.traffic_source.is_unknown() {
        let (old, new) = (&prior.traffic_source, &planned.traffic_source);
        let gone: Vec<_> = old.iter().filter(|s| !new.contains(s)).map(to_source).collect();
        for some in gone.chunks(SOURCES) {
            let request = client.detach_traffic_sources().auto_scaling_group_name(name);
            let during = format!("detaching Auto Scaling Group ({name}) traffic sources");
            request.set_traffic_sources(Some(some.to_vec())).send().await.during(during)?;
            settled(cx, name, Kind::Sources, timeout).await?;
        }
        let more: Vec<_> = new.iter().filter(|s| !old.contains(s)).map(to_source).collect();
        for some in more.chunks(SOURCES) {
            let request = client.attach_traffic_sources().auto_scaling_group_name(name);
            let during = format!("attaching Auto Scaling Group ({name}) traffic sources");
            request.set_traffic_sources(Some(some.to_vec())).send().await.during(during)?;
            settled(cx, name, Kind::Sources, timeout).await?;
        }
    }
    let (more, gone) = planned.load_balancers.changes_since(&prior.load_balancers);
    for some in gone.chunks(SOURCES) {
        let request = client.detach_load_balancers().auto_scaling_group_name(name);
        let during = format!("detaching Auto Scaling Group ({name}) load balancers");
        request.set_load_balancer_names(Some(some.to_vec())).send().await.during(during)?;
        settled(cx, name, Kind::LoadBalancers, timeout).await?;
    }
    for some in more.chunks(SOURCES) {
        let request = client.attach_load_balancers().auto_scaling_group_name(name);
        let during = format!("attaching Auto Scaling Group ({name}) load balancers");
        request.set_load_balancer_names(Some(some.to_vec())).send().await.during(during)?;
        settled(cx, name, Kind::LoadBalancers, timeout).await?;
    }
    let (more, gone) = planned.target_group_arns.changes_since(&prior.target_group_arns);
    for some in gone.chunks(SOURCES) {
        let request = client.detach_load_balancer_target_groups().auto_scaling_group_name(name);
        let during = format!("detaching Auto Scaling Group ({name}) target groups");
        request.set_target_group_arns(Some(some.to_vec())).send().await.during(during)?;
        settled(cx, name, Kind::TargetGroups, timeout).await?;
    }
    for some in more.chunks(SOURCES) {
        let request = client.attach_load_balancer_target_groups().auto_scaling_group_name(name);
        let during = format!("attaching Auto Scaling Group ({name}) target groups");
        request.set_target_group_arns(Some(some.to_vec())).send().await.during(during)?;
        settled(cx, name, Kind::TargetGroups, timeout).await?;
    }
    Ok(())
}

/// What brings traffic to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sources of whatever type.
    Sources,
    /// Classic load balancers.
    LoadBalancers,
    /// Target groups.
    TargetGroups,
}

/// Waits until nothing of a kind is being added or removed any more.
pub(crate) async fn settled(
    cx: &Context<Aws>,
    name: &str,
    kind: Kind,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let during = format!("reading Auto Scaling Group ({name}) traffic sources");
    let what = format!("traffic sources of Auto Scaling Group ({name}) to be changed");
    wait(cx, what, timeout, || async {
        let states: Vec<Option<String>> = match kind {
            Kind::Sources => {
                let request = client.describe_traffic_sources().auto_scaling_group_name(name);
                let found = request.send().await.during(&during)?.traffic_sources;
                found.unwrap_or_default().into_iter().map(|s| s.state).collect()
            }
            Kind::LoadBalancers => {
                let request = client.describe_load_balancers().auto_scaling_group_name(name);
                let found = request.send().await.during(&during)?.load_balancers;
                found.unwrap_or_default().into_iter().map(|s| s.state).collect()
            }
            Kind::TargetGroups => {
                let request = client.describe_load_balancer_target_groups();
                let request = request.auto_scaling_group_name(name);
                let found = request.send().await.during(&during)?.load_balancer_target_groups;
                found.unwrap_or_default().into_iter().map(|s| s.state).collect()
            }
        };
        let moving = states
            .into_iter()
            .flatten()
            .find(|state| matches!(state.as_str(), "Adding" | "Removing"));
        Ok(moving.map_or(Progress::Ready(()), Progress::Pending))
    })
    .await
}

/// Begins and ends the collection of metrics.
pub(super) async fn change_metrics(
    cx: &Context<Aws>,
    name: &str,
    prior: &AutoscalingGroup,
    planned: &AutoscalingGroup,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let (more, gone) = planned.enabled_metrics.changes_since(&prior.enabled_metrics);
    if !gone.is_empty() {
        let request = client.disable_metrics_collection().auto_scaling_group_name(name);
        let during = format!("disabling Auto Scaling Group ({name}) metrics collection");
        request.set_metrics(Some(gone)).send().await.during(during)?;
    }
    if !more.is_empty() {
        let request = client.enable_metrics_collection().auto_scaling_group_name(name);
        let during = format!("enabling Auto Scaling Group ({name}) metrics collection");
        let granularity = planned.metrics_granularity.as_str().unwrap_or("1Minute");
        request.granularity(granularity).set_metrics(Some(more)).send().await.during(during)?;
    }
    Ok(())
}

/// Resumes and suspends processes.
pub(super) async fn change_processes(
    cx: &Context<Aws>,
    name: &str,
    prior: &AutoscalingGroup,
    planned: &AutoscalingGroup,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let (more, gone) = planned.suspended_processes.changes_since(&prior.suspended_processes);
    if !gone.is_empty() {
        let request = client.resume_processes().auto_scaling_group_name(name);
        let during = format!("resuming Auto Scaling Group ({name}) scaling processes");
        request.set_scaling_processes(Some(gone)).send().await.during(during)?;
    }
    if !more.is_empty() {
        let request = client.suspend_processes().auto_scaling_group_name(name);
        let during = format!("suspending Auto Scaling Group ({name}) scaling processes");
        request.set_scaling_processes(Some(more)).send().await.during(during)?;
    }
    Ok(())
}
