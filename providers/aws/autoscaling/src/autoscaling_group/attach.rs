//! What is added to a group and taken from it by calls of its own: tags, sources of traffic, metrics
//! and suspended processes.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, wait};
use groma_sdk::{Attr, Context, Diagnostics};

use super::model::{AutoscalingGroup, Tag, TrafficSource};
use crate::service::{autoscaling, patiently};

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
    let unwanted = |tag: &&Tag| !planned.tag.iter().any(|new| new.key == tag.key);
    let gone: Vec<types::Tag> =
        prior.tag.iter().filter(unwanted).map(|tag| to_tag(name, tag)).collect();
    if !gone.is_empty() {
        let deleted = patiently(cx, name, || {
            let request = client.delete_tags().set_tags(Some(gone.clone()));
            async move { request.send().await.typed() }
        });
        deleted.await.map_err(|e| e.during(&during))?;
    }
    let new: Vec<types::Tag> = planned
        .tag
        .iter()
        .filter(|tag| !prior.tag.contains(tag))
        .map(|tag| to_tag(name, tag))
        .collect();
    if !new.is_empty() {
        let put = patiently(cx, name, || {
            let request = client.create_or_update_tags().set_tags(Some(new.clone()));
            async move { request.send().await.typed() }
        });
        put.await.map_err(|e| e.during(&during))?;
    }
    Ok(())
}

/// A source of traffic as the service wants it.
pub(crate) fn to_source(
    identifier: &Attr<String>,
    kind: &Attr<String>,
) -> types::TrafficSourceIdentifier {
    types::TrafficSourceIdentifier::builder()
        .set_identifier(identifier.cloned())
        .set_type(kind.to_filled())
        .build()
}

/// Sources of traffic as the service wants them; `None` for none.
pub(super) fn to_sources(sources: &[TrafficSource]) -> Option<Vec<types::TrafficSourceIdentifier>> {
    (!sources.is_empty()).then(|| identifiers(sources.iter()))
}

fn identifiers<'a>(
    sources: impl Iterator<Item = &'a TrafficSource>,
) -> Vec<types::TrafficSourceIdentifier> {
    sources.map(|source| to_source(&source.identifier, &source.r#type)).collect()
}

/// What brings traffic to a group.
#[derive(Clone, Debug)]
pub(crate) enum Sources {
    /// Sources of whatever type.
    Any(Vec<types::TrafficSourceIdentifier>),
    /// Classic load balancers, by their names.
    LoadBalancers(Vec<String>),
    /// Target groups, by their ARNs.
    TargetGroups(Vec<String>),
}

impl Sources {
    /// What they are called.
    fn kind(&self) -> &'static str {
        match self {
            Sources::Any(_) => "traffic sources",
            Sources::LoadBalancers(_) => "load balancers",
            Sources::TargetGroups(_) => "target groups",
        }
    }

    /// So many at a time as one call takes.
    fn parts(&self) -> Vec<Sources> {
        match self {
            Sources::Any(all) => all.chunks(SOURCES).map(|c| Sources::Any(c.to_vec())).collect(),
            Sources::LoadBalancers(all) => {
                all.chunks(SOURCES).map(|c| Sources::LoadBalancers(c.to_vec())).collect()
            }
            Sources::TargetGroups(all) => {
                all.chunks(SOURCES).map(|c| Sources::TargetGroups(c.to_vec())).collect()
            }
        }
    }

    /// Ties them to a group, once. What is tied already stays so.
    pub(crate) async fn attach(&self, cx: &Context<Aws>, name: &str) -> Result<(), Error> {
        let client = autoscaling(cx.client());
        patiently(cx, name, || async {
            match self.clone() {
                Sources::Any(all) => {
                    let request = client.attach_traffic_sources().auto_scaling_group_name(name);
                    request.set_traffic_sources(Some(all)).send().await.typed().map(|_| ())
                }
                Sources::LoadBalancers(all) => {
                    let request = client.attach_load_balancers().auto_scaling_group_name(name);
                    request.set_load_balancer_names(Some(all)).send().await.typed().map(|_| ())
                }
                Sources::TargetGroups(all) => {
                    let request = client.attach_load_balancer_target_groups();
                    let request = request.auto_scaling_group_name(name);
                    request.set_target_group_arns(Some(all)).send().await.typed().map(|_| ())
                }
            }
        })
        .await
    }

    /// Takes them from a group.
    pub(crate) async fn detach(&self, cx: &Context<Aws>, name: &str) -> Result<(), Error> {
        let client = autoscaling(cx.client());
        patiently(cx, name, || async {
            match self.clone() {
                Sources::Any(all) => {
                    let request = client.detach_traffic_sources().auto_scaling_group_name(name);
                    request.set_traffic_sources(Some(all)).send().await.typed().map(|_| ())
                }
                Sources::LoadBalancers(all) => {
                    let request = client.detach_load_balancers().auto_scaling_group_name(name);
                    request.set_load_balancer_names(Some(all)).send().await.typed().map(|_| ())
                }
                Sources::TargetGroups(all) => {
                    let request = client.detach_load_balancer_target_groups();
                    let request = request.auto_scaling_group_name(name);
                    request.set_target_group_arns(Some(all)).send().await.typed().map(|_| ())
                }
            }
        })
        .await
    }

    /// Waits until nothing of the kind is being added or removed any more.
    pub(crate) async fn settled(
        &self,
        cx: &Context<Aws>,
        name: &str,
        timeout: Duration,
    ) -> Result<(), Diagnostics> {
        let what = format!("{} of Auto Scaling Group ({name}) to be changed", self.kind());
        wait(cx, what, timeout, || async {
            let during = format!("reading Auto Scaling Group ({name}) {}", self.kind());
            let states = self.states(cx, name).await.during(during)?;
            let moving = states
                .into_iter()
                .flatten()
                .find(|state| matches!(state.as_str(), "Adding" | "Removing"));
            Ok(moving.map_or(Progress::Ready(()), Progress::Pending))
        })
        .await
    }

    /// The states of all of the kind that a group has.
    async fn states(&self, cx: &Context<Aws>, name: &str) -> Result<Vec<Option<String>>, Error> {
        let client = autoscaling(cx.client());
        // A page has a hundred of them, which is as many as a group can have.
        let states = match self {
            Sources::Any(_) => {
                let request = client.describe_traffic_sources().auto_scaling_group_name(name);
                let found = request.send().await.typed()?.traffic_sources.unwrap_or_default();
                found.into_iter().map(|s| s.state).collect()
            }
            Sources::LoadBalancers(_) => {
                let request = client.describe_load_balancers().auto_scaling_group_name(name);
                let found = request.send().await.typed()?.load_balancers.unwrap_or_default();
                found.into_iter().map(|s| s.state).collect()
            }
            Sources::TargetGroups(_) => {
                let request = client.describe_load_balancer_target_groups();
                let request = request.auto_scaling_group_name(name);
                let found = request.send().await.typed()?.load_balancer_target_groups;
                found.unwrap_or_default().into_iter().map(|s| s.state).collect()
            }
        };
        Ok(states)
    }
}

/// Detaches and attaches sources of traffic, target groups and load balancers, ten at a time.
pub(super) async fn change_sources(
    cx: &Context<Aws>,
    name: &str,
    prior: &AutoscalingGroup,
    planned: &AutoscalingGroup,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    if !planned.traffic_source.is_unknown() {
        let (old, new) = (&prior.traffic_source, &planned.traffic_source);
        let gone = Sources::Any(identifiers(old.iter().filter(|s| !new.contains(s))));
        let more = Sources::Any(identifiers(new.iter().filter(|s| !old.contains(s))));
        change(cx, name, &gone, &more, timeout).await?;
    }
    let (more, gone) = planned.load_balancers.changes_since(&prior.load_balancers);
    let (gone, more) = (Sources::LoadBalancers(gone), Sources::LoadBalancers(more));
    change(cx, name, &gone, &more, timeout).await?;
    let (more, gone) = planned.target_group_arns.changes_since(&prior.target_group_arns);
    let (gone, more) = (Sources::TargetGroups(gone), Sources::TargetGroups(more));
    change(cx, name, &gone, &more, timeout).await
}

async fn change(
    cx: &Context<Aws>,
    name: &str,
    gone: &Sources,
    more: &Sources,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    for some in gone.parts() {
        let during = format!("detaching Auto Scaling Group ({name}) {}", some.kind());
        some.detach(cx, name).await.during(during)?;
        some.settled(cx, name, timeout).await?;
    }
    for some in more.parts() {
        let during = format!("attaching Auto Scaling Group ({name}) {}", some.kind());
        some.attach(cx, name).await.during(during)?;
        some.settled(cx, name, timeout).await?;
    }
    Ok(())
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
