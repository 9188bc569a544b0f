//! `aws_cloudwatch_metric_alarm`: an alarm on a metric, or on an expression over metrics.

mod check;
mod convert;
mod model;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, TagChange, appears, client, plan_tags, record_tags, sdk_tags, tag_map,
    tagged, wanted_tags,
};
use groma_sdk::{Context, Diagnostics, Managed, Model as _, Planned, Problems, async_trait};

use crate::fresh::{SOON, found};
use convert::{put, record};
use model::CloudwatchMetricAlarm;

tagged!(CloudwatchMetricAlarm);

const ALARM: &str = "CloudWatch Metric Alarm";
const GONE: &[&str] = &["ResourceNotFound", "ResourceNotFoundException"];

/// The client.
pub(crate) fn cloudwatch(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "cloudwatch", aws_sdk_cloudwatch)
}

/// The resource type.
pub(crate) struct AlarmResource;

#[async_trait]
impl Managed<Aws> for AlarmResource {
    type Model = CloudwatchMetricAlarm;

    fn name(&self) -> &'static str {
        "aws_cloudwatch_metric_alarm"
    }

    fn validate(&self, config: &CloudwatchMetricAlarm, problems: &mut Problems) {
        check::alarm(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<CloudwatchMetricAlarm>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: CloudwatchMetricAlarm,
        planned: CloudwatchMetricAlarm,
    ) -> Result<CloudwatchMetricAlarm, Diagnostics> {
        let name = planned.alarm_name.text().to_owned();
        let tags = wanted_tags(cx.client(), &planned);
        let request = put(cx, &planned);
        let request = request.set_tags((!tags.is_empty()).then(|| sdk_tags!(sdk::Tag, tags)));
        request.send().await.during(format_args!("creating {ALARM} ({name})"))?;
        let mut state = planned;
        state.id = name.into();
        cx.keep_model(&state);
        let what = format!("{ALARM} ({})", state.id.text());
        appears(cx, what, SOON, || async { self.read(cx, state.clone()).await }).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: CloudwatchMetricAlarm,
    ) -> Result<Option<CloudwatchMetricAlarm>, Diagnostics> {
        let name = state.id.text().to_owned();
        let what = format!("reading {ALARM} ({name})");
        let Some(alarm) = find(cx, &name).await.during(&what)? else { return Ok(None) };
        record(&mut state, &alarm);
        let tags = cloudwatch(cx).list_tags_for_resource().resource_arn(state.arn.text());
        let tags = tags.send().await.unless(GONE);
        let tags = tags.during(format_args!("listing tags for {ALARM} ({name})"))?;
        let Some(tags) = tags else { return Ok(None) };
        let tags = tag_map(tags.tags().iter().map(|t| (t.key(), t.value())));
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: CloudwatchMetricAlarm,
        _config: CloudwatchMetricAlarm,
        planned: CloudwatchMetricAlarm,
    ) -> Result<CloudwatchMetricAlarm, Diagnostics> {
        let what = format!("updating {ALARM} ({})", prior.id.text());
        let tags = &["tags", "tags_all"];
        if planned.changed_since(&prior).iter().any(|name| !tags.contains(name)) {
            put(cx, &planned).send().await.during(&what)?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        if !change.remove.is_empty() {
            let request = cloudwatch(cx).untag_resource().resource_arn(prior.arn.text());
            request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
        }
        if !change.put.is_empty() {
            let request = cloudwatch(cx).tag_resource().resource_arn(prior.arn.text());
            let tags = sdk_tags!(sdk::Tag, change.put);
            request.set_tags(Some(tags)).send().await.during(&what)?;
        }
        found(self.read(cx, planned).await?, ALARM)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: CloudwatchMetricAlarm,
    ) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let request = cloudwatch(cx).delete_alarms().alarm_names(name).send().await;
        let deleted = request.unless(GONE);
        deleted.during(format_args!("deleting {ALARM} ({name})"))?;
        Ok(())
    }
}

/// An alarm by its name.
async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<sdk::MetricAlarm>, Error> {
    const MOST: usize = 100;
    let client = cloudwatch(cx);
    let fetch = move |names: Vec<String>| {
        let request = client.describe_alarms().alarm_types(sdk::AlarmType::MetricAlarm);
        let request = request.set_alarm_names(Some(names)).max_records(100);
        async move {
            let mut pages = request.into_paginator().send();
            let mut alarms = HashMap::new();
            while let Some(page) = pages.next().await {
                for alarm in page.typed()?.metric_alarms.unwrap_or_default() {
                    alarms.insert(alarm.alarm_name().unwrap_or_default().to_owned(), alarm);
                }
            }
            Ok(alarms)
        }
    };
    cx.client().loader("cloudwatch:alarms", MOST, fetch).load(name.to_owned()).await
}
