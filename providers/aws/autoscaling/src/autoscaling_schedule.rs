//! `aws_autoscaling_schedule`: a change of a group's size at a time.

use std::collections::HashMap;

use aws_sdk_autoscaling::primitives::{DateTime, DateTimeFormat};
use aws_sdk_autoscaling::types;
use groma_aws_core::checks::timestamp;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, wait};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, Problems, async_trait};

use crate::service::{autoscaling, is_gone};

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
    #[attr(optional, computed, check = timestamp)]
    pub(crate) end_time: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) max_size: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) min_size: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) recurrence: Attr<String>,
    #[attr(required, replace)]
    pub(crate) scheduled_action_name: Attr<String>,
    #[attr(optional, computed, check = timestamp)]
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
        let (least, most) = (size(&config.min_size), size(&config.max_size));
        let desired = size(&config.desired_capacity);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            problems.error(
                "min_size",
                "Invalid size of an autoscaling group",
                format!("\"min_size\" is {least}, which is more than \"max_size\", {most}."),
            );
        }
        let Some(desired) = desired else { return };
        if least.is_some_and(|least| desired < least) || most.is_some_and(|most| desired > most) {
            problems.error(
                "desired_capacity",
                "Invalid size of an autoscaling group",
                format!(
                    "\"desired_capacity\" is {desired}, which is not between \"min_size\" and \
                     \"max_size\"."
                ),
            );
        }
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
        let request = autoscaling(cx.client()).delete_scheduled_action();
        let request = request.auto_scaling_group_name(prior.autoscaling_group_name.text());
        match request.scheduled_action_name(name).send().await.typed() {
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
        let parts =
            id.split_once('/').filter(|(group, name)| !group.is_empty() && !name.is_empty());
        let (group, name) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!("It must be GROUP_NAME/SCHEDULED_ACTION_NAME, but is {id:?}."),
            )
        })?;
        Ok(Some(AutoscalingSchedule {
            id: name.into(),
            scheduled_action_name: name.into(),
            autoscaling_group_name: group.into(),
            ..AutoscalingSchedule::default()
        }))
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
    let time = |text: &Attr<String>| match text.filled() {
        Some(text) => DateTime::from_str(text, DateTimeFormat::DateTime)
            .map(Some)
            .map_err(|e| Diagnostic::error(during.clone(), format!("{text:?} is no time: {e}."))),
        None => Ok(None),
    };
    autoscaling(cx.client())
        .put_scheduled_update_group_action()
        .auto_scaling_group_name(planned.autoscaling_group_name.text())
        .scheduled_action_name(name)
        .set_min_size(least)
        .set_max_size(most)
        .set_desired_capacity(desired)
        .set_recurrence(planned.recurrence.to_filled())
        .set_time_zone(planned.time_zone.to_filled())
        .set_start_time(time(&planned.start_time)?)
        .set_end_time(time(&planned.end_time)?)
        .send()
        .await
        .during(&during)?;
    Ok(())
}

/// The action after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingSchedule,
) -> Result<AutoscalingSchedule, Diagnostics> {
    let what = format!("Auto Scaling Scheduled Action ({}) to be found", model.id.text());
    wait(cx, what, std::time::Duration::from_secs(120), || async {
        let found = read(cx, model.clone()).await?;
        Ok(found.map_or_else(|| Progress::pending("not there"), Progress::Ready))
    })
    .await
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
    let time = |time: Option<&DateTime>| {
        Attr::from(time.map(|t| DateTime::from_secs(t.secs()).to_string()))
    };
    model.arn = found.scheduled_action_arn().into();
    model.desired_capacity = size(found.desired_capacity());
    model.end_time = time(found.end_time());
    model.max_size = size(found.max_size());
    model.min_size = size(found.min_size());
    model.recurrence = found.recurrence().into();
    model.scheduled_action_name = found.scheduled_action_name().into();
    model.start_time = time(found.start_time());
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
