//! Instance refreshes: a group replaces its instances after what it launches has changed.
//!
//! An update starts one and does not wait for its end, as `hashicorp/aws` does. With
//! `GROMA_AWS_INSTANCE_REFRESH_TIMEOUT` in the environment, such as `45m`, it waits that long, and the
//! apply fails if the refresh does.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _, Pace, Progress, parse_duration, wait, wait_at};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics};

use super::launch::{to_policy, to_template};
use super::model::{AutoscalingGroup, InstanceRefresh, Preferences};
use crate::service::autoscaling;

/// The variable that asks for the end of a refresh.
const VARIABLE: &str = "GROMA_AWS_INSTANCE_REFRESH_TIMEOUT";

/// How long a refresh may take to be given up.
const CANCEL: Duration = Duration::from_secs(900);

/// How long it may take to start one, in which others are given up.
const START: Duration = CANCEL;

/// Whether the change of these attributes replaces instances.
pub(super) fn is_due(planned: &AutoscalingGroup, changed: &[&str]) -> bool {
    let Some(refresh) = planned.instance_refresh.first() else { return false };
    let launches = ["launch_configuration", "launch_template", "mixed_instances_policy"];
    if launches.iter().any(|name| changed.contains(name)) {
        return true;
    }
    let triggers = refresh.triggers.get().map(|set| set.0.as_slice()).unwrap_or_default();
    triggers.iter().any(|trigger| changed.contains(&trigger.as_str()))
}

/// How long to wait for the end of a refresh; `None` for not at all.
pub(super) fn patience() -> Result<Option<Duration>, Diagnostics> {
    let asked = std::env::var(VARIABLE).unwrap_or_default();
    patience_of(asked.trim())
}

fn patience_of(asked: &str) -> Result<Option<Duration>, Diagnostics> {
    match parse_duration(asked) {
        None if asked.is_empty() => Ok(None),
        None => Err(Diagnostic::error(
            format!("Invalid value of {VARIABLE}"),
            format!(
                "It must be a duration such as \"45m\", for how long to wait for the end of an \
                 instance refresh, but is {asked:?}."
            ),
        )
        .into()),
        Some(timeout) => Ok(Some(timeout).filter(|timeout| !timeout.is_zero())),
    }
}

/// Starts a refresh, in place of one that goes on, and waits for its end if that is asked for.
pub(super) async fn run(
    cx: &Context<Aws>,
    name: &str,
    planned: &AutoscalingGroup,
) -> Result<(), Diagnostics> {
    let Some(refresh) = planned.instance_refresh.first() else { return Ok(()) };
    let patience = patience()?;
    match (start(cx, name, planned, refresh).await?, patience) {
        (Some(id), Some(timeout)) => finish(cx, name, &id, timeout).await,
        _ => Ok(()),
    }
}

/// Starts a refresh, and gives up others until it can.
async fn start(
    cx: &Context<Aws>,
    name: &str,
    planned: &AutoscalingGroup,
    refresh: &InstanceRefresh,
) -> Result<Option<String>, Diagnostics> {
    let client = autoscaling(cx.client());
    let preferences = refresh.preferences.first().map(to_preferences);
    let what = format!("Auto Scaling Group ({name}) instance refresh to be started");
    wait(cx, what, START, || async {
        let request = client
            .start_instance_refresh()
            .auto_scaling_group_name(name)
            .set_strategy(strategy(refresh))
            .set_preferences(preferences.clone())
            .set_desired_configuration(configuration(planned, refresh));
        match request.send().await.typed() {
            Ok(started) => Ok(Progress::Ready(started.instance_refresh_id)),
            Err(e) if e.is("InstanceRefreshInProgress") => {
                cancel(cx, name).await?;
                Ok(Progress::pending("another one goes on"))
            }
            Err(e) if e.is("ResourceContention") => Ok(Progress::pending("another change goes on")),
            Err(e) => {
                Err(e.during(format!("starting Auto Scaling Group ({name}) instance refresh")))
            }
        }
    })
    .await
}

fn strategy(refresh: &InstanceRefresh) -> Option<types::RefreshStrategy> {
    refresh.strategy.filled().map(Into::into)
}

/// What instances are to be, which the service must know to go back.
fn configuration(
    planned: &AutoscalingGroup,
    refresh: &InstanceRefresh,
) -> Option<types::DesiredConfiguration> {
    let back = refresh.preferences.first().is_some_and(|p| p.auto_rollback.is_true());
    back.then(|| {
        types::DesiredConfiguration::builder()
            .set_launch_template(planned.launch_template.first().map(to_template))
            .set_mixed_instances_policy(planned.mixed_instances_policy.first().map(to_policy))
            .build()
    })
}

fn to_preferences(preferences: &Preferences) -> types::RefreshPreferences {
    let number = |text: &Attr<String>| text.filled().and_then(|t| t.parse::<i32>().ok());
    let points = preferences.checkpoint_percentages.cloned().filter(|p| !p.is_empty());
    let points = points.map(|p| p.into_iter().filter_map(|p| i32::try_from(p).ok()).collect());
    let alarms = preferences.alarm_specification.first().map(|alarms| {
        types::AlarmSpecification::builder().set_alarms(alarms.alarms.cloned()).build()
    });
    let protected = preferences.scale_in_protected_instances.filled();
    types::RefreshPreferences::builder()
        .set_auto_rollback(preferences.auto_rollback.cloned())
        .set_alarm_specification(alarms)
        .set_checkpoint_delay(number(&preferences.checkpoint_delay))
        .set_checkpoint_percentages(points)
        .set_instance_warmup(number(&preferences.instance_warmup))
        .set_max_healthy_percentage(preferences.max_healthy_percentage.to_i32())
        .set_min_healthy_percentage(preferences.min_healthy_percentage.to_i32())
        .set_scale_in_protected_instances(protected.map(Into::into))
        .set_skip_matching(preferences.skip_matching.cloned())
        .set_standby_instances(preferences.standby_instances.filled().map(Into::into))
        .build()
}

/// Gives up the refresh that goes on.
async fn cancel(cx: &Context<Aws>, name: &str) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let during = format!("cancelling Auto Scaling Group ({name}) instance refresh");
    let cancelled = client.cancel_instance_refresh().auto_scaling_group_name(name).send().await;
    let cancelled = cancelled.unless(&["ActiveInstanceRefreshNotFound"]);
    let cancelled = cancelled.map_err(|e| e.during(&during))?;
    let Some(id) = cancelled.and_then(|c| c.instance_refresh_id) else { return Ok(()) };
    let what = format!("Auto Scaling Group ({name}) instance refresh ({id}) to be cancelled");
    wait_at(cx, Pace::slow(), what, CANCEL, || async {
        let Some(refresh) = described(cx, name, &id).await? else { return Ok(Progress::Ready(())) };
        Ok(match has_ended(&refresh) {
            true => Progress::Ready(()),
            false => Progress::Pending(state_of(&refresh)),
        })
    })
    .await
}

fn has_ended(refresh: &types::InstanceRefresh) -> bool {
    use types::InstanceRefreshStatus::{
        Cancelled, Failed, RollbackFailed, RollbackSuccessful, Successful,
    };
    matches!(
        refresh.status(),
        Some(Cancelled | Failed | RollbackFailed | RollbackSuccessful | Successful)
    )
}

fn state_of(refresh: &types::InstanceRefresh) -> String {
    let status = refresh.status().map_or("unknown", types::InstanceRefreshStatus::as_str);
    let done = refresh.percentage_complete().unwrap_or_default();
    match refresh.status_reason().filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{status}, {done}% ({reason})"),
        None => format!("{status}, {done}%"),
    }
}

async fn described(
    cx: &Context<Aws>,
    name: &str,
    id: &str,
) -> Result<Option<types::InstanceRefresh>, Diagnostics> {
    let request = autoscaling(cx.client()).describe_instance_refreshes();
    let request = request.auto_scaling_group_name(name).instance_refresh_ids(id);
    let found = request.send().await;
    let found =
        found.during(format!("reading Auto Scaling Group ({name}) instance refresh ({id})"));
    Ok(found?.instance_refreshes.unwrap_or_default().into_iter().next())
}

/// Waits for the end of a refresh, which must be a good one.
async fn finish(
    cx: &Context<Aws>,
    name: &str,
    id: &str,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let what = format!("Auto Scaling Group ({name}) instance refresh ({id}) to finish");
    wait_at(cx, Pace::slow(), &what, timeout, || async {
        let Some(refresh) = described(cx, name, id).await? else {
            return Ok(Progress::pending("not there"));
        };
        if refresh.status() == Some(&types::InstanceRefreshStatus::Successful) {
            return Ok(Progress::Ready(()));
        }
        if has_ended(&refresh) {
            return Err(Diagnostic::error(
                format!("waiting for {what}: it failed"),
                format!(
                    "It ended as {}. The group itself has changed, so that the next apply has \
                     nothing to refresh. Look at the group's activity history, mend what it names, and \
                     start another one: by a change of what it launches or of one of the triggers, or \
                     by \"aws autoscaling start-instance-refresh --auto-scaling-group-name {name}\".",
                    state_of(&refresh)
                ),
            )
            .into());
        }
        Ok(Progress::Pending(state_of(&refresh)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::{Blocks, Set};

    use super::super::model::LaunchTemplate;
    use super::*;

    fn refreshed(triggers: &[&str]) -> AutoscalingGroup {
        let triggers = triggers.iter().map(|t| (*t).to_owned()).collect::<Set<String>>();
        let refresh = InstanceRefresh {
            strategy: "Rolling".into(),
            triggers: triggers.into(),
            ..InstanceRefresh::default()
        };
        AutoscalingGroup { instance_refresh: Blocks::one(refresh), ..AutoscalingGroup::default() }
    }

    #[test]
    fn what_is_launched_and_triggers_replace_instances() {
        assert!(is_due(&refreshed(&[]), &["launch_template"]));
        assert!(is_due(&refreshed(&["tag"]), &["tag"]));
        assert!(!is_due(&refreshed(&["tag"]), &["max_size"]));
        assert!(!is_due(&AutoscalingGroup::default(), &["launch_template"]));
    }

    fn ended(status: &str) -> Answer {
        Answer::xml(format!(
            "<DescribeInstanceRefreshesResponse><DescribeInstanceRefreshesResult><InstanceRefreshes>\
             <member><InstanceRefreshId>r-1</InstanceRefreshId><Status>{status}</Status>\
             <StatusReason>because</StatusReason><PercentageComplete>50</PercentageComplete></member>\
             </InstanceRefreshes></DescribeInstanceRefreshesResult></DescribeInstanceRefreshesResponse>"
        ))
    }

    #[tokio::test]
    async fn a_refresh_that_fails_is_an_error() {
        let fake = Fake::new();
        fake.once("DescribeInstanceRefreshes", |_| ended("InProgress"));
        fake.on("DescribeInstanceRefreshes", |_| ended("RollbackSuccessful"));
        let cx = fake.context();
        let failed = finish(&cx, "web", "r-1", Duration::from_secs(60)).await;
        let text = failed.map_err(|d| d.to_string()).err().unwrap_or_default();
        assert!(text.contains("RollbackSuccessful, 50% (because)"), "{text}");
        fake.on("DescribeInstanceRefreshes", |_| ended("Successful"));
        assert!(finish(&cx, "web", "r-1", Duration::from_secs(60)).await.is_ok());
    }

    #[tokio::test]
    async fn a_refresh_that_goes_on_makes_way() {
        let fake = Fake::new();
        fake.once("StartInstanceRefresh", |_| {
            Answer::error(400, "InstanceRefreshInProgress", "one goes on")
        });
        let id = |what: &str| {
            Answer::xml(format!(
                "<{what}Response><{what}Result><InstanceRefreshId>r-1</InstanceRefreshId>\
                 </{what}Result></{what}Response>"
            ))
        };
        fake.on("StartInstanceRefresh", move |_| id("StartInstanceRefresh"));
        fake.on("CancelInstanceRefresh", move |_| id("CancelInstanceRefresh"));
        fake.once("DescribeInstanceRefreshes", |_| ended("Cancelling"));
        fake.on("DescribeInstanceRefreshes", |_| ended("Cancelled"));
        assert!(run(&fake.context(), "web", &refreshed(&[])).await.is_ok());
        assert_eq!(
            (fake.calls("StartInstanceRefresh"), fake.calls("CancelInstanceRefresh")),
            (2, 1)
        );
    }

    #[tokio::test]
    async fn a_refresh_is_told_what_it_may_go_back_to() {
        let fake = Fake::new();
        fake.on("StartInstanceRefresh", |request| {
            let template = "DesiredConfiguration.LaunchTemplate.LaunchTemplateId";
            assert_eq!(request.param(template), Some("lt-1"));
            assert_eq!(request.param("Preferences.AutoRollback"), Some("true"));
            assert_eq!(request.param("Preferences.InstanceWarmup"), Some("60"));
            assert_eq!(request.param("Preferences.CheckpointPercentages.member.2"), Some("100"));
            Answer::xml(
                "<StartInstanceRefreshResponse><StartInstanceRefreshResult/>\
                         </StartInstanceRefreshResponse>",
            )
        });
        let preferences = Preferences {
            auto_rollback: true.into(),
            instance_warmup: "60".into(),
            checkpoint_percentages: vec![50_i64, 100].into(),
            ..Preferences::default()
        };
        let mut planned = refreshed(&[]);
        planned.launch_template =
            Blocks::one(LaunchTemplate { id: "lt-1".into(), ..LaunchTemplate::default() });
        if let Some(refresh) = planned.instance_refresh.first_mut() {
            refresh.preferences = Blocks::one(preferences);
        }
        assert_eq!(run(&fake.context(), "web", &planned).await, Ok(()));
    }

    #[test]
    fn the_end_is_waited_for_if_that_is_asked_for() {
        assert_eq!(patience_of(""), Ok(None));
        assert_eq!(patience_of("0"), Ok(None));
        assert_eq!(patience_of("45m"), Ok(Some(Duration::from_secs(2700))));
        assert!(patience_of("long").is_err());
    }
}
