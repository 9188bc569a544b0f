//! `aws_autoscaling_schedule`: a change of a group's size at a time.

mod recurrence;

use std::collections::HashMap;
use std::time::SystemTime;

use aws_sdk_autoscaling::primitives::{DateTime, DateTimeFormat};
use aws_sdk_autoscaling::types;
use groma_aws_core::checks::timestamp;
use groma_aws_core::{Aws, Error, Outcome as _, appears, moment as recorded};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use recurrence::recurrence;

use crate::checks::sizes;
use crate::service::{JUST_CREATED, autoscaling, import_id, is_gone, patiently};

/// A change of a group's size at a time.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingSchedule {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) autoscaling_group_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) desired_capacity: Attr<i64>,
    #[attr(optional, computed, check = utc)]
    pub(crate) end_time: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) max_size: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) min_size: Attr<i64>,
    #[attr(optional, computed, check = recurrence)]
    pub(crate) recurrence: Attr<String>,
    #[attr(required, replace)]
    pub(crate) scheduled_action_name: Attr<String>,
    #[attr(optional, computed, check = utc)]
    pub(crate) start_time: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) time_zone: Attr<String>,
}

/// What stands for a size that the action leaves alone.
const LEFT_ALONE: i64 = -1;

/// The resource type.
pub(crate) struct AutoscalingScheduleResource;

#[async_trait]
impl Managed<Aws> for AutoscalingScheduleResource {
    type Model = AutoscalingSchedule;

    fn name(&self) -> &'static str {
        "aws_autoscaling_schedule"
    }

    fn validate(&self, config: &AutoscalingSchedule, problems: &mut Problems) {
        let size = |size: &Attr<i64>| size.cloned().filter(|n| *n != LEFT_ALONE);
        let all = [&config.min_size, &config.max_size, &config.desired_capacity];
        sizes(size(all[0]), size(all[1]), size(all[2]), problems);
        if all.iter().all(|size| size.cloned() == Some(LEFT_ALONE)) {
            problems.error(
                "desired_capacity",
                "Scheduled action that changes nothing",
                "-1 leaves a size alone: at least one of \"min_size\", \"max_size\" and \
                 \"desired_capacity\" must be another number.",
            );
        }
        if let (Some(start), Some(end)) = (moment(&config.start_time), moment(&config.end_time))
            && end <= start
        {
            problems.error(
                "end_time",
                "Invalid combination of arguments",
                format!(
                    "The action would end at {}, which is not after its \"start_time\", {}.",
                    config.end_time.text(),
                    config.start_time.text()
                ),
            );
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<AutoscalingSchedule>,
    ) -> Result<(), Diagnostics> {
        let mut problems = Problems::new();
        let now = DateTime::from(SystemTime::now());
        check_times(change.prior.as_ref(), &change.config, now, &mut problems);
        problems.into_result()
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingSchedule,
        planned: AutoscalingSchedule,
    ) -> Result<AutoscalingSchedule, Diagnostics> {
        put(cx, &planned, "creating").await?;
        let mut model = planned.clone();
        model.id = planned.scheduled_action_name.clone();
        cx.keep_model(&model);
        found(cx, model).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingSchedule,
    ) -> Result<Option<AutoscalingSchedule>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        _prior: AutoscalingSchedule,
        _config: AutoscalingSchedule,
        planned: AutoscalingSchedule,
    ) -> Result<AutoscalingSchedule, Diagnostics> {
        put(cx, &planned, "updating").await?;
        found(cx, planned).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingSchedule,
    ) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let group = prior.autoscaling_group_name.text();
        let client = autoscaling(cx.client());
        let deleted = patiently(cx, group, || {
            let request = client.delete_scheduled_action().auto_scaling_group_name(group);
            let request = request.scheduled_action_name(name);
            async move { request.send().await.typed() }
        });
        match deleted.await {
            Err(e) if is_gone(&e) => Ok(()),
            Err(e) => Err(e.during(format!("deleting Auto Scaling Scheduled Action ({name})"))),
            Ok(_) => Ok(()),
        }
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<AutoscalingSchedule>, Diagnostics> {
        let (group, name) = import_id(id, "SCHEDULED_ACTION_NAME")?;
        Ok(Some(AutoscalingSchedule {
            id: name.into(),
            scheduled_action_name: name.into(),
            autoscaling_group_name: group.into(),
            ..AutoscalingSchedule::default()
        }))
    }
}

/// An action has a time, which is to come.
fn check_times(
    prior: Option<&AutoscalingSchedule>,
    config: &AutoscalingSchedule,
    now: DateTime,
    problems: &mut Problems,
) {
    if prior.is_none() && config.recurrence.is_null() && config.start_time.is_null() {
        problems.error(
            "start_time",
            "Missing required argument",
            "An action is carried out once, at \"start_time\", or again and again, as \"recurrence\" \
             says.",
        );
    }
    for (name, time, before) in [
        ("start_time", &config.start_time, prior.map(|p| &p.start_time)),
        ("end_time", &config.end_time, prior.map(|p| &p.end_time)),
    ] {
        // One that has passed since it was put is no mistake.
        if before != Some(time) && moment(time).is_some_and(|moment| moment < now) {
            problems.error(
                name,
                "Time in the past",
                format!("AWS takes no action for {}: that is over.", time.text()),
            );
        }
    }
}

async fn put(
    cx: &Context<Aws>,
    planned: &AutoscalingSchedule,
    doing: &str,
) -> Result<(), Diagnostics> {
    let name = planned.scheduled_action_name.text();
    let during = format!("{doing} Auto Scaling Scheduled Action ({name})");
    // Sizes that nobody gave are 0, as those of hashicorp/aws are.
    let size = |size: &Attr<i64>| {
        Some(size.or_default()).filter(|n| *n != LEFT_ALONE).and_then(|n| i32::try_from(n).ok())
    };
    let all = [&planned.min_size, &planned.max_size, &planned.desired_capacity].map(size);
    let [least, most, desired] = all;
    let group = planned.autoscaling_group_name.text();
    let client = autoscaling(cx.client());
    let put = patiently(cx, group, || {
        let request = client
            .put_scheduled_update_group_action()
            .auto_scaling_group_name(group)
            .scheduled_action_name(name)
            .set_min_size(least)
            .set_max_size(most)
            .set_desired_capacity(desired)
            .set_recurrence(planned.recurrence.to_filled())
            .set_time_zone(planned.time_zone.to_filled())
            .set_start_time(moment(&planned.start_time))
            .set_end_time(moment(&planned.end_time));
        async move { request.send().await.typed() }
    });
    put.await.map_err(|e| e.during(&during))?;
    Ok(())
}

/// The moment that a text stands for. Whether it stands for one was checked.
fn moment(text: &Attr<String>) -> Option<DateTime> {
    DateTime::from_str(text.filled()?, DateTimeFormat::DateTime).ok()
}

/// A moment as the service gives it: of UTC, in whole seconds.
fn utc(text: &String) -> Result<(), String> {
    timestamp(text)?;
    match text.is_empty() || text.len() == 20 && text.ends_with('Z') {
        true => Ok(()),
        false => Err(format!(
            "It must be a time of UTC in whole seconds, such as \"2026-01-02T03:04:05Z\", but is \
             {text:?}."
        )),
    }
}

/// The action after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingSchedule,
) -> Result<AutoscalingSchedule, Diagnostics> {
    let what = format!("Auto Scaling Scheduled Action ({})", model.id.text());
    appears(cx, what, JUST_CREATED, || read(cx, model.clone())).await
}

async fn read(
    cx: &Context<Aws>,
    mut model: AutoscalingSchedule,
) -> Result<Option<AutoscalingSchedule>, Diagnostics> {
    let (group, name) = (model.autoscaling_group_name.text(), model.id.text());
    let found = action(cx.client(), group, name).await;
    let Some(found) = found.during(format!("reading Auto Scaling Scheduled Action ({name})"))?
    else {
        return Ok(None);
    };
    let size = |n: Option<i32>| Attr::Known(n.map_or(LEFT_ALONE, i64::from));
    model.arn = found.scheduled_action_arn().into();
    model.desired_capacity = size(found.desired_capacity());
    model.end_time = recorded(found.end_time());
    model.max_size = size(found.max_size());
    model.min_size = size(found.min_size());
    model.recurrence = found.recurrence().into();
    model.scheduled_action_name = found.scheduled_action_name().into();
    model.start_time = recorded(found.start_time());
    model.time_zone = found.time_zone().into();
    Ok(Some(model))
}

/// An action as it is now, read together with others of its group.
async fn action(
    aws: &Aws,
    group: &str,
    name: &str,
) -> Result<Option<types::ScheduledUpdateGroupAction>, Error> {
    let client = autoscaling(aws);
    let owner = group.to_owned();
    let loader =
        aws.loader(&format!("autoscaling:schedules:{group}"), 50, move |names: Vec<String>| {
            let (client, group) = (client.clone(), owner.clone());
            async move {
                let request = client.describe_scheduled_actions().auto_scaling_group_name(group);
                let request = request.set_scheduled_action_names(Some(names)).into_paginator();
                let found = request.items().send().collect::<Result<Vec<_>, _>>().await.typed();
                let found = match found {
                    Err(e) if is_gone(&e) => Vec::new(),
                    found => found?,
                };
                let named = found
                    .into_iter()
                    .map(|a| (a.scheduled_action_name().unwrap_or_default().to_owned(), a));
                Ok(named.collect::<HashMap<_, _>>())
            }
        });
    loader.load(name.to_owned()).await
}

#[cfg(test)]
mod tests;
