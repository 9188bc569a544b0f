//! Waiting until a group has the instances that it is to have, or none.

use std::time::{Duration, SystemTime};

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _, Pace, Progress, parse_duration, wait_at};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::model::AutoscalingGroup;
use crate::service::{autoscaling, group};

/// How many instances are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// At least so many in the group, and behind load balancers: of a new group.
    AtLeast(i64, i64),
    /// Exactly so many, and behind load balancers if that is asked for: of a group that changed.
    Exactly(i64, Option<i64>),
}

impl Goal {
    /// What a new group must come to.
    pub(super) fn of_new(planned: &AutoscalingGroup) -> Goal {
        let desired = planned.desired_capacity.or_default();
        let least = if desired > 0 { desired } else { planned.min_size.or_default() };
        let asked = planned.wait_for_elb_capacity.or_default();
        let balanced = if asked > 0 { asked } else { planned.min_elb_capacity.or_default() };
        Goal::AtLeast(least, balanced)
    }

    /// What a changed group must come to.
    pub(super) fn of_changed(planned: &AutoscalingGroup) -> Goal {
        let size = planned.min_size.or_default().max(planned.desired_capacity.or_default());
        let balanced = planned.wait_for_elb_capacity.cloned().filter(|n| *n > 0);
        Goal::Exactly(size, balanced)
    }

    fn asks_load_balancers(self) -> bool {
        matches!(self, Goal::AtLeast(_, 1..) | Goal::Exactly(_, Some(_)))
    }

    /// What is missing with so many instances in the group, and so many that are balanced.
    fn missing(self, healthy: i64, balanced: i64) -> Option<String> {
        let group = |how: &str, n: i64| {
            format!("want {how} {n} healthy instance(s) in Auto Scaling Group, have {healthy}")
        };
        let balancer = |how: &str, n: i64| {
            format!(
                "want {how} {n} healthy instance(s) registered to Load Balancer, have {balanced}"
            )
        };
        match self {
            Goal::AtLeast(n, _) if healthy < n => Some(group("at least", n)),
            Goal::AtLeast(_, n) if balanced < n => Some(balancer("at least", n)),
            Goal::Exactly(n, _) if healthy != n => Some(group("exactly", n)),
            Goal::Exactly(_, Some(n)) if balanced != n => Some(balancer("exactly", n)),
            _ => None,
        }
    }
}

/// Waits until a group has its instances, unless its configuration says not to wait.
pub(super) async fn reach(
    cx: &Context<Aws>,
    planned: &AutoscalingGroup,
    goal: Goal,
    since: SystemTime,
) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let timeout = planned.wait_for_capacity_timeout.as_str().and_then(parse_duration);
    let Some(timeout) = timeout.filter(|timeout| !timeout.is_zero()) else { return Ok(()) };
    let what = format!("Auto Scaling Group ({name}) capacity satisfied");
    wait_at(cx, pace(), what, timeout, || async {
        let found = group(cx.client(), name).await;
        let Some(found) = found.during(format!("reading Auto Scaling Group ({name})"))? else {
            return Ok(Progress::pending("not there"));
        };
        if !planned.ignore_failed_scaling_activities.is_true() {
            fail_with_activities(cx, name, since).await?;
        }
        let healthy = healthy(&found);
        let balanced = match goal.asks_load_balancers() {
            true if balancers_serve(cx, name).await? => healthy,
            _ => 0,
        };
        Ok(goal.missing(healthy, balanced).map_or(Progress::Ready(()), Progress::Pending))
    })
    .await
}

fn pace() -> Pace {
    Pace { longest: Duration::from_secs(5), ..Pace::default() }
}

/// How much of the capacity is there and healthy. Instances may count for more than one.
fn healthy(found: &types::AutoScalingGroup) -> i64 {
    let serving = found.instances().iter().filter(|instance| {
        instance.lifecycle_state() == Some(&types::LifecycleState::InService)
            && instance.health_status().is_some_and(|h| h.eq_ignore_ascii_case("Healthy"))
    });
    serving.map(|i| i.weighted_capacity().and_then(|w| w.parse::<i64>().ok()).unwrap_or(1)).sum()
}

/// Whether all load balancers and target groups of a group say that they have instances that pass
/// their health checks. The service does not say how many.
async fn balancers_serve(cx: &Context<Aws>, name: &str) -> Result<bool, Diagnostics> {
    let client = autoscaling(cx.client());
    let during = format!("reading Auto Scaling Group ({name}) traffic sources");
    let groups = client.describe_load_balancer_target_groups().auto_scaling_group_name(name);
    let groups = groups.send().await.during(&during)?;
    let classic = client.describe_load_balancers().auto_scaling_group_name(name);
    let classic = classic.send().await.during(&during)?;
    let groups = groups.load_balancer_target_groups().iter().map(|g| g.state());
    let classic = classic.load_balancers().iter().map(|b| b.state());
    Ok(groups.chain(classic).all(|state| state == Some("InService")))
}

/// An error if the group failed to launch or end instances since then.
async fn fail_with_activities(
    cx: &Context<Aws>,
    name: &str,
    since: SystemTime,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let answer = client.describe_scaling_activities().auto_scaling_group_name(name).send().await;
    let answer =
        answer.during(format!("reading Auto Scaling Group ({name}) scaling activities"))?;
    let failures = failures(answer.activities(), seconds(since));
    if failures.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!("waiting for Auto Scaling Group ({name}) capacity satisfied: scaling failed"),
        format!(
            "{}\n\nThe group is recorded. Mend what the messages name, and run the command again; \
             or set ignore_failed_scaling_activities to wait for what the group does next.",
            failures.join("\n")
        ),
    )
    .into())
}

/// The time in seconds, as answers have it.
fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn failures(activities: &[types::Activity], since: i64) -> Vec<String> {
    let failed = activities.iter().filter(|activity| {
        activity.status_code() == Some(&types::ScalingActivityStatusCode::Failed)
            && activity.start_time().is_some_and(|start| start.secs() >= since)
    });
    let told = failed.map(|activity| {
        let id = activity.activity_id().unwrap_or_default();
        let message = activity.status_message().or(activity.description()).unwrap_or_default();
        format!("scaling activity ({id}): Failed: {message}")
    });
    told.collect()
}

/// Waits until a group has no instances.
pub(super) async fn drained(
    cx: &Context<Aws>,
    name: &str,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let what = format!("Auto Scaling Group ({name}) to be drained");
    wait_at(cx, pace(), what, timeout, || async {
        let found = group(cx.client(), name).await;
        let found = found.during(format!("reading Auto Scaling Group ({name})"))?;
        let left = found.map_or(0, |found| found.instances().len());
        Ok(match left {
            0 => Progress::Ready(()),
            n => Progress::Pending(format!("{n} instance(s)")),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_group_may_have_more_than_asked_for() {
        let planned = AutoscalingGroup {
            min_size: 1_i64.into(),
            desired_capacity: 3_i64.into(),
            wait_for_elb_capacity: 2_i64.into(),
            ..AutoscalingGroup::default()
        };
        let goal = Goal::of_new(&planned);
        assert_eq!(goal, Goal::AtLeast(3, 2));
        assert!(goal.missing(2, 2).is_some_and(|m| m.contains("at least 3")));
        assert!(goal.missing(3, 1).is_some_and(|m| m.contains("Load Balancer")));
        assert!(goal.missing(4, 4).is_none());
        let goal = Goal::of_changed(&planned);
        assert!(goal.missing(4, 2).is_some_and(|m| m.contains("exactly 3")));
        assert!(goal.missing(3, 2).is_none() && goal.missing(3, 3).is_some());
        assert!(!Goal::of_changed(&AutoscalingGroup::default()).asks_load_balancers());
    }

    #[test]
    fn only_later_failures_count() {
        let at = |seconds: i64, code: types::ScalingActivityStatusCode| {
            types::Activity::builder()
                .activity_id("a")
                .status_message("no such type")
                .start_time(aws_sdk_autoscaling::primitives::DateTime::from_secs(seconds))
                .status_code(code)
                .build()
        };
        use types::ScalingActivityStatusCode::{Failed, Successful};
        let all = [at(1, Failed.clone()), at(5, Failed), at(6, Successful)];
        assert_eq!(failures(&all, 5), ["scaling activity (a): Failed: no such type"]);
    }

    #[test]
    fn weights_count() {
        let instance = |weight: Option<&str>, health: &str| {
            types::Instance::builder()
                .lifecycle_state(types::LifecycleState::InService)
                .health_status(health)
                .set_weighted_capacity(weight.map(str::to_owned))
                .build()
        };
        let found = types::AutoScalingGroup::builder()
            .instances(instance(None, "Healthy"))
            .instances(instance(Some("3"), "HEALTHY"))
            .instances(instance(None, "Unhealthy"))
            .build();
        assert_eq!(healthy(&found), 4);
    }
}
