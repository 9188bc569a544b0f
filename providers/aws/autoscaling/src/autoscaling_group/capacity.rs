//! Waiting until a group has the instances that it is to have.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_autoscaling::primitives::DateTime;
use aws_sdk_autoscaling::types;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use groma_aws_core::{Aws, Outcome as _, Pace, Progress, client, parse_duration, wait_at};
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

/// The activities of a group that are none of what is waited for.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<String>);

impl Known {
    /// Those that there are before a change, if anybody will wait for what comes of it.
    pub(super) async fn now(
        cx: &Context<Aws>,
        planned: &AutoscalingGroup,
    ) -> Result<Known, Diagnostics> {
        if timeout(planned).is_none() || planned.ignore_failed_scaling_activities.is_true() {
            return Ok(Known::default());
        }
        let all = activities(cx, planned.id.text()).await?;
        Ok(Known(all.into_iter().filter_map(|activity| activity.activity_id).collect()))
    }
}

/// How long to wait; `None` for not at all.
fn timeout(planned: &AutoscalingGroup) -> Option<Duration> {
    let timeout = planned.wait_for_capacity_timeout.as_str().and_then(parse_duration);
    timeout.filter(|timeout| !timeout.is_zero())
}

/// Waits until a group has its instances, unless its configuration says not to wait.
pub(super) async fn reach(
    cx: &Context<Aws>,
    planned: &AutoscalingGroup,
    goal: Goal,
    known: &Known,
) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let Some(timeout) = timeout(planned) else { return Ok(()) };
    let what = format!("Auto Scaling Group ({name}) capacity satisfied");
    wait_at(cx, pace(), what, timeout, || async {
        let found = group(cx.client(), name).await;
        let Some(found) = found.during(format!("reading Auto Scaling Group ({name})"))? else {
            return Ok(Progress::pending("not there"));
        };
        if !planned.ignore_failed_scaling_activities.is_true() {
            let failed = failures(&activities(cx, name).await?, &found, known);
            if !failed.is_empty() {
                return Err(scaling_failed(name, &failed));
            }
        }
        let balanced = match goal.asks_load_balancers() {
            true if classic_balancers_serve(cx, &found).await? => {
                let unhealthy = unhealthy_targets(cx, &found).await?;
                healthy(&found, |id| !unhealthy.contains(id))
            }
            _ => 0,
        };
        let missing = goal.missing(healthy(&found, |_| true), balanced);
        Ok(missing.map_or(Progress::Ready(()), Progress::Pending))
    })
    .await
}

/// How often to look at a group whose instances come or go.
pub(super) fn pace() -> Pace {
    Pace { longest: Duration::from_secs(5), ..Pace::default() }
}

/// How much of the capacity is there, healthy, and of instances that `counts` takes. Instances may
/// count for more than one.
fn healthy(found: &types::AutoScalingGroup, counts: impl Fn(&str) -> bool) -> i64 {
    let serving = found.instances().iter().filter(|instance| {
        instance.lifecycle_state() == Some(&types::LifecycleState::InService)
            && instance.health_status().is_some_and(|h| h.eq_ignore_ascii_case("Healthy"))
            && counts(instance.instance_id().unwrap_or_default())
    });
    serving.map(|i| i.weighted_capacity().and_then(|w| w.parse::<i64>().ok()).unwrap_or(1)).sum()
}

/// The instances that are registered to one of a group's target groups and are not healthy there.
async fn unhealthy_targets(
    cx: &Context<Aws>,
    found: &types::AutoScalingGroup,
) -> Result<HashSet<String>, Diagnostics> {
    let client = balancing(cx.client());
    let mut unhealthy = HashSet::new();
    for arn in found.target_group_arns() {
        let answer = client.describe_target_health().target_group_arn(arn).send().await;
        let answer = answer.during(format!("reading target group ({arn}) instance health"))?;
        for target in answer.target_health_descriptions() {
            let state = target.target_health().and_then(|health| health.state());
            if let Some(id) = target.target().and_then(|target| target.id())
                && state != Some(&TargetHealthStateEnum::Healthy)
            {
                unhealthy.insert(id.to_owned());
            }
        }
    }
    Ok(unhealthy)
}

/// The client of load balancing.
fn balancing(aws: &Aws) -> Arc<aws_sdk_elasticloadbalancingv2::Client> {
    client!(aws, "elbv2", aws_sdk_elasticloadbalancingv2)
}

/// Whether all classic load balancers of a group have instances that pass their health checks. Which
/// these are, only the service of classic load balancers knows.
async fn classic_balancers_serve(
    cx: &Context<Aws>,
    found: &types::AutoScalingGroup,
) -> Result<bool, Diagnostics> {
    if found.load_balancer_names().is_empty() {
        return Ok(true);
    }
    let name = found.auto_scaling_group_name().unwrap_or_default();
    let request = autoscaling(cx.client()).describe_load_balancers().auto_scaling_group_name(name);
    let answer = request.send().await;
    let answer = answer.during(format!("reading Auto Scaling Group ({name}) load balancers"))?;
    Ok(answer.load_balancers().iter().all(|balancer| balancer.state() == Some("InService")))
}

/// The last hundred activities of a group.
async fn activities(cx: &Context<Aws>, name: &str) -> Result<Vec<types::Activity>, Diagnostics> {
    let request = autoscaling(cx.client()).describe_scaling_activities();
    let answer = request.auto_scaling_group_name(name).send().await;
    let during = format!("reading Auto Scaling Group ({name}) scaling activities");
    Ok(answer.during(during)?.activities.unwrap_or_default())
}

/// What the group failed at since it was created or changed.
fn failures(
    activities: &[types::Activity],
    found: &types::AutoScalingGroup,
    known: &Known,
) -> Vec<String> {
    // A group of the same name that was there before may have left some.
    let created = found.created_time().map(DateTime::secs);
    let failed = activities.iter().filter(|activity| {
        activity.status_code() == Some(&types::ScalingActivityStatusCode::Failed)
            && activity.progress() == Some(100)
            && activity.activity_id().is_some_and(|id| !known.0.contains(id))
            && activity.start_time().map(DateTime::secs) >= created
            // A profile that was just created: the group tries again.
            && !message(activity).contains("Invalid IAM Instance Profile")
    });
    let told = failed.map(|activity| {
        let id = activity.activity_id().unwrap_or_default();
        format!("scaling activity ({id}): Failed: {}", message(activity))
    });
    told.collect()
}

fn message(activity: &types::Activity) -> &str {
    activity.status_message().or(activity.description()).unwrap_or_default()
}

fn scaling_failed(name: &str, failures: &[String]) -> Diagnostics {
    Diagnostic::error(
        format!("waiting for Auto Scaling Group ({name}) capacity satisfied: scaling failed"),
        format!(
            "{}\n\nThe group is recorded. Mend what the messages name, and run the command again; \
             or set ignore_failed_scaling_activities to wait for what the group does next.",
            failures.join("\n")
        ),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Set;

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
    fn only_new_failures_that_stay_count() {
        use types::ScalingActivityStatusCode::{Failed, Successful};
        let at = |id: &str, seconds: i64, code: types::ScalingActivityStatusCode, why: &str| {
            types::Activity::builder()
                .activity_id(id)
                .status_message(why)
                .start_time(DateTime::from_secs(seconds))
                .progress(100)
                .status_code(code)
                .build()
        };
        let all = [
            at("of one before", 1, Failed, "no such type"),
            at("known", 5, Failed, "no such type"),
            at("new", 6, Failed, "no such type"),
            at("passes", 6, Failed, "Invalid IAM Instance Profile name"),
            at("good", 6, Successful, ""),
        ];
        let found = types::AutoScalingGroup::builder().created_time(DateTime::from_secs(5)).build();
        let known = Known(HashSet::from(["known".to_owned()]));
        assert_eq!(
            failures(&all, &found, &known),
            ["scaling activity (new): Failed: no such type"]
        );
    }

    #[test]
    fn weights_count() {
        let instance = |id: &str, weight: Option<&str>, health: &str| {
            types::Instance::builder()
                .instance_id(id)
                .lifecycle_state(types::LifecycleState::InService)
                .health_status(health)
                .set_weighted_capacity(weight.map(str::to_owned))
                .build()
        };
        let found = types::AutoScalingGroup::builder()
            .instances(instance("a", None, "Healthy"))
            .instances(instance("b", Some("3"), "HEALTHY"))
            .instances(instance("c", None, "Unhealthy"))
            .build();
        assert_eq!(healthy(&found, |_| true), 4);
        assert_eq!(healthy(&found, |id| id == "b"), 3);
    }

    fn waiting(ignore: bool) -> AutoscalingGroup {
        AutoscalingGroup {
            id: "web".into(),
            name: "web".into(),
            min_size: 2_i64.into(),
            min_elb_capacity: 2_i64.into(),
            wait_for_capacity_timeout: "1m".into(),
            ignore_failed_scaling_activities: ignore.into(),
            target_group_arns: Set(vec!["arn:tg".to_owned()]).into(),
            ..AutoscalingGroup::default()
        }
    }

    /// A group with two instances of a target group, and a failure.
    fn serve(fake: &Fake) {
        fake.on("DescribeAutoScalingGroups", |_| {
            let instance = |id: &str| {
                format!(
                    "<member><InstanceId>{id}</InstanceId><HealthStatus>Healthy</HealthStatus>\
                     <LifecycleState>InService</LifecycleState></member>"
                )
            };
            Answer::xml(format!(
                "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>\
                 <AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>\
                 <TargetGroupARNs><member>arn:tg</member></TargetGroupARNs><Instances>{}{}\
                 </Instances></member></AutoScalingGroups></DescribeAutoScalingGroupsResult>\
                 </DescribeAutoScalingGroupsResponse>",
                instance("i-1"),
                instance("i-2")
            ))
        });
        fake.on("DescribeScalingActivities", |_| {
            Answer::xml(
                "<DescribeScalingActivitiesResponse><DescribeScalingActivitiesResult><Activities>\
                 <member><ActivityId>a-1</ActivityId><StatusCode>Failed</StatusCode>\
                 <StatusMessage>You have requested more vCPU capacity than your limit</StatusMessage>\
                 <Progress>100</Progress><StartTime>2026-01-02T03:04:05Z</StartTime></member>\
                 </Activities></DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>",
            )
        });
    }

    fn health(state: &str) -> Answer {
        let target = |id: &str, state: &str| {
            format!(
                "<member><Target><Id>{id}</Id></Target><TargetHealth><State>{state}</State>\
                 </TargetHealth></member>"
            )
        };
        Answer::xml(format!(
            "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>\
             {}{}</TargetHealthDescriptions></DescribeTargetHealthResult>\
             </DescribeTargetHealthResponse>",
            target("i-1", "healthy"),
            target("i-2", state)
        ))
    }

    #[tokio::test]
    async fn targets_must_be_healthy() {
        let fake = Fake::new();
        serve(&fake);
        fake.once("DescribeTargetHealth", |_| health("initial"));
        fake.on("DescribeTargetHealth", |_| health("healthy"));
        let planned = waiting(true);
        let cx = fake.context();
        let reached = reach(&cx, &planned, Goal::of_new(&planned), &Known::default()).await;
        assert_eq!(reached, Ok(()));
        assert_eq!(fake.calls("DescribeTargetHealth"), 2);
        assert_eq!(fake.calls("DescribeScalingActivities"), 0);
    }

    #[tokio::test]
    async fn what_the_service_says_of_a_failure_is_told() {
        let fake = Fake::new();
        serve(&fake);
        let (planned, cx) = (waiting(false), fake.context());
        let reached = reach(&cx, &planned, Goal::of_new(&planned), &Known::default()).await;
        let text = reached.map_err(|d| d.to_string()).err().unwrap_or_default();
        assert!(text.contains("more vCPU capacity than your limit"), "{text}");
        // What had failed before a change is none of its.
        fake.on("DescribeTargetHealth", |_| health("healthy"));
        let known = Known::now(&cx, &planned).await;
        assert!(known.is_ok_and(|known| known.0.contains("a-1")));
    }
}
