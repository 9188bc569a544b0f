//! `aws_cloudwatch_metric_alarm`: an alarm on a metric, or on an expression over metrics.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, TagChange, client, plan_tags, record_tags, sdk_tags, tag_map, tagged,
    wanted_tags,
};
use groma_sdk::model::checks::{count, each, length, one_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::convert::found;

/// An alarm on a metric or an expression over metrics.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct CloudwatchMetricAlarm {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) actions_enabled: Attr<bool>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) alarm_actions: Attr<Set<String>>,
    #[attr(optional, check = length(0, 1024))]
    pub(crate) alarm_description: Attr<String>,
    #[attr(required, replace, check = length(1, 255))]
    pub(crate) alarm_name: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, check = one_of(&["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"]))]
    pub(crate) comparison_operator: Attr<String>,
    #[attr(optional, check = at_least_one)]
    pub(crate) datapoints_to_alarm: Attr<i64>,
    #[attr(optional)]
    pub(crate) dimensions: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, check = one_of(&["evaluate", "ignore"]))]
    pub(crate) evaluate_low_sample_count_percentiles: Attr<String>,
    #[attr(required, check = at_least_one)]
    pub(crate) evaluation_periods: Attr<i64>,
    #[attr(optional)]
    pub(crate) extended_statistic: Attr<String>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) insufficient_data_actions: Attr<Set<String>>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) metric_name: Attr<String>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) namespace: Attr<String>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) ok_actions: Attr<Set<String>>,
    #[attr(optional, check = period)]
    pub(crate) period: Attr<i64>,
    #[attr(optional, check = one_of(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]))]
    pub(crate) statistic: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional)]
    pub(crate) threshold: Attr<f64>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) threshold_metric_id: Attr<String>,
    #[attr(optional, default = "missing", check = one_of(&["breaching", "ignore", "missing", "notBreaching"]))]
    pub(crate) treat_missing_data: Attr<String>,
    #[attr(optional, check = one_of(&["Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"]))]
    pub(crate) unit: Attr<String>,
    #[block(set)]
    pub(crate) metric_query: Blocks<CloudwatchMetricAlarmMetricQuery>,
}

/// The `metric_query` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchMetricAlarmMetricQuery {
    #[attr(optional)]
    pub(crate) account_id: Attr<String>,
    #[attr(optional)]
    pub(crate) expression: Attr<String>,
    #[attr(required)]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) label: Attr<String>,
    #[attr(optional)]
    pub(crate) period: Attr<i64>,
    #[attr(optional)]
    pub(crate) return_data: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) metric: Blocks<CloudwatchMetricAlarmMetric>,
}

/// The `metric_query.metric` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchMetricAlarmMetric {
    #[attr(optional)]
    pub(crate) dimensions: Attr<BTreeMap<String, String>>,
    #[attr(required)]
    pub(crate) metric_name: Attr<String>,
    #[attr(optional)]
    pub(crate) namespace: Attr<String>,
    #[attr(required)]
    pub(crate) period: Attr<i64>,
    #[attr(required)]
    pub(crate) stat: Attr<String>,
    #[attr(optional)]
    pub(crate) unit: Attr<String>,
}

tagged!(CloudwatchMetricAlarm);

const ALARM: &str = "CloudWatch Metric Alarm";

/// The client.
pub(crate) fn cloudwatch(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "cloudwatch", aws_sdk_cloudwatch)
}

/// What an alarm does: an ARN of a topic, a policy, a function, or of an action on an instance.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn action(text: &String) -> Result<(), String> {
    // arn:aws:automate:REGION:ec2:stop is short of an account.
    let parts: Vec<&str> = text.split(':').collect();
    let automates = matches!(
        parts.as_slice(),
        ["arn", _, "automate", _, "ec2", "reboot" | "recover" | "stop" | "terminate"]
    );
    match automates {
        true => Ok(()),
        false => groma_aws_core::checks::arn(text),
    }
}

/// Metrics are counted in 10, 20 or 30 seconds, or in whole minutes.
fn period(seconds: &i64) -> Result<(), String> {
    match matches!(seconds, 10 | 20 | 30) || *seconds > 0 && seconds % 60 == 0 {
        true => Ok(()),
        false => Err(format!("It must be 10, 20, 30, or a multiple of 60, but is {seconds}.")),
    }
}

fn at_least_one(number: &i64) -> Result<(), String> {
    match *number >= 1 {
        true => Ok(()),
        false => Err(format!("It must be at least 1, but is {number}.")),
    }
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
        check(config, problems);
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
        found(self.read(cx, state).await?, ALARM)
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
        let tags = tags.send().await.during(format_args!("listing tags for {ALARM} ({name})"))?;
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
        let deleted = request.unless(&["ResourceNotFound", "ResourceNotFoundException"]);
        deleted.during(format_args!("deleting {ALARM} ({name})"))?;
        Ok(())
    }
}

fn check(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    let queries = ("metric_query", !c.metric_query.is_empty() || c.metric_query.is_unknown());
    let own = [
        ("dimensions", !c.dimensions.is_null()),
        ("extended_statistic", !c.extended_statistic.is_null()),
        ("metric_name", !c.metric_name.is_null()),
        ("namespace", !c.namespace.is_null()),
        ("period", !c.period.is_null()),
        ("statistic", !c.statistic.is_null()),
    ];
    for argument in own {
        problems.conflict(argument, queries);
    }
    problems.conflict(own[1], own[5]);
    let threshold = ("threshold", !c.threshold.is_null());
    problems.conflict(threshold, ("threshold_metric_id", !c.threshold_metric_id.is_null()));
    if !queries.1 {
        for (name, is_set) in [own[2], own[3], own[4]] {
            if !is_set {
                let detail = format!(
                    "An alarm on a metric needs \"{name}\"; set it, or use \"metric_query\"."
                );
                problems.error(name, "Missing required argument", detail);
            }
        }
        if !own[1].1 && !own[5].1 {
            problems.error(
                "statistic",
                "Missing required argument",
                "An alarm on a metric needs one of \"statistic\" and \"extended_statistic\".",
            );
        }
    }
    if let (Some(points), Some(periods)) = (c.datapoints_to_alarm.get(), c.evaluation_periods.get())
        && points > periods
    {
        problems.error(
            "datapoints_to_alarm",
            "Invalid value for \"datapoints_to_alarm\"",
            format!("Of {periods} datapoints (\"evaluation_periods\") {points} can never breach."),
        );
    }
    const WEEK: i64 = 7 * 24 * 60 * 60;
    if let (Some(period), Some(periods)) = (c.period.get(), c.evaluation_periods.get())
        && period.saturating_mul(*periods) > WEEK
    {
        problems.error(
            "evaluation_periods",
            "Invalid value for \"evaluation_periods\"",
            "Alarms look back over seven days at most: \"period\" times \"evaluation_periods\".",
        );
    }
    check_queries(c, problems);
}

fn check_queries(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    let known =
        |q: &CloudwatchMetricAlarmMetricQuery| !q.metric.is_unknown() && !q.expression.is_unknown();
    if c.metric_query.is_empty() || !c.metric_query.iter().all(known) {
        return;
    }
    for query in &c.metric_query {
        if query.metric.is_empty() == query.expression.is_null() {
            problems.error(
                "metric_query",
                "Invalid combination of arguments",
                format!(
                    "The query {:?} needs one of \"expression\" and a \"metric\" block.",
                    query.id.text()
                ),
            );
        }
    }
    let returned = c.metric_query.iter().filter(|q| q.return_data.is_true()).count();
    let unknown = c.metric_query.iter().any(|q| q.return_data.is_unknown());
    if returned != 1 && !unknown {
        problems.error(
            "metric_query",
            "Invalid combination of arguments",
            format!(
                "One query must have \"return_data\" set to true, that which the alarm is on; but \
                 {returned} have."
            ),
        );
    }
}

fn put(
    cx: &Context<Aws>,
    p: &CloudwatchMetricAlarm,
) -> aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder {
    let metrics: Vec<sdk::MetricDataQuery> = p.metric_query.iter().map(query).collect();
    let by_metric = p.threshold_metric_id.to_filled();
    let threshold = by_metric.is_none().then(|| p.threshold.or_default());
    cloudwatch(cx)
        .put_metric_alarm()
        .alarm_name(p.alarm_name.text())
        .set_alarm_description(p.alarm_description.to_filled())
        .actions_enabled(p.actions_enabled.is_true())
        .set_ok_actions(p.ok_actions.to_filled())
        .set_alarm_actions(p.alarm_actions.to_filled())
        .set_insufficient_data_actions(p.insufficient_data_actions.to_filled())
        .set_metric_name(p.metric_name.to_filled())
        .set_namespace(p.namespace.to_filled())
        .set_statistic(p.statistic.filled().map(sdk::Statistic::from))
        .set_extended_statistic(p.extended_statistic.to_filled())
        .set_dimensions(dimensions(&p.dimensions))
        .set_period(p.period.to_filled_i32())
        .set_unit(p.unit.filled().map(sdk::StandardUnit::from))
        .set_evaluation_periods(p.evaluation_periods.to_filled_i32())
        .set_datapoints_to_alarm(p.datapoints_to_alarm.to_filled_i32())
        .set_threshold(threshold)
        .set_threshold_metric_id(by_metric)
        .set_comparison_operator(p.comparison_operator.filled().map(sdk::ComparisonOperator::from))
        .set_treat_missing_data(p.treat_missing_data.to_filled())
        .set_evaluate_low_sample_count_percentile(
            p.evaluate_low_sample_count_percentiles.to_filled(),
        )
        .set_metrics((!metrics.is_empty()).then_some(metrics))
}

fn dimensions(of: &Attr<BTreeMap<String, String>>) -> Option<Vec<sdk::Dimension>> {
    let of = of.get().filter(|d| !d.is_empty())?;
    let dimension = |(n, v): (&String, &String)| sdk::Dimension::builder().name(n).value(v).build();
    Some(of.iter().map(dimension).collect())
}

fn query(q: &CloudwatchMetricAlarmMetricQuery) -> sdk::MetricDataQuery {
    let stat = q.metric.first().map(|m| {
        let metric = sdk::Metric::builder()
            .metric_name(m.metric_name.text())
            .set_namespace(m.namespace.to_filled())
            .set_dimensions(dimensions(&m.dimensions))
            .build();
        sdk::MetricStat::builder()
            .metric(metric)
            .set_period(m.period.to_filled_i32())
            .stat(m.stat.text())
            .set_unit(m.unit.filled().map(sdk::StandardUnit::from))
            .build()
    });
    sdk::MetricDataQuery::builder()
        .id(q.id.text())
        .set_account_id(q.account_id.to_filled())
        .set_expression(q.expression.to_filled())
        .set_label(q.label.to_filled())
        .set_period(q.period.to_filled_i32())
        .return_data(q.return_data.is_true())
        .set_metric_stat(stat)
        .build()
}

fn record(state: &mut CloudwatchMetricAlarm, alarm: &sdk::MetricAlarm) {
    state.arn = alarm.alarm_arn().into();
    state.alarm_name = alarm.alarm_name().into();
    state.actions_enabled = alarm.actions_enabled().into();
    state.alarm_actions = Attr::set_of(alarm.alarm_actions());
    state.ok_actions = Attr::set_of(alarm.ok_actions());
    state.insufficient_data_actions = Attr::set_of(alarm.insufficient_data_actions());
    state.alarm_description = alarm.alarm_description().into();
    state.comparison_operator = alarm.comparison_operator().map(|o| o.as_str()).into();
    state.datapoints_to_alarm = alarm.datapoints_to_alarm().into();
    state.dimensions = Attr::Known(recorded_dimensions(alarm.dimensions()));
    state.evaluate_low_sample_count_percentiles =
        alarm.evaluate_low_sample_count_percentile().into();
    state.evaluation_periods = alarm.evaluation_periods().into();
    state.extended_statistic = alarm.extended_statistic().into();
    state.metric_name = alarm.metric_name().into();
    state.namespace = alarm.namespace().into();
    state.period = alarm.period().into();
    state.statistic = alarm.statistic().map(|s| s.as_str()).into();
    state.threshold = alarm.threshold().into();
    state.threshold_metric_id = alarm.threshold_metric_id().into();
    // An alarm that does not say so waits for what is missing.
    state.treat_missing_data = alarm.treat_missing_data().unwrap_or("missing").into();
    state.unit = alarm.unit().map(|u| u.as_str()).into();
    state.metric_query = alarm.metrics().iter().map(recorded_query).collect();
}

fn recorded_dimensions(dimensions: &[sdk::Dimension]) -> BTreeMap<String, String> {
    tag_map(dimensions.iter().map(|d| (d.name(), d.value())))
}

fn recorded_query(q: &sdk::MetricDataQuery) -> CloudwatchMetricAlarmMetricQuery {
    let metric = q.metric_stat().map(|s| {
        let metric = s.metric();
        CloudwatchMetricAlarmMetric {
            dimensions: metric.map(|m| recorded_dimensions(m.dimensions())).into(),
            metric_name: metric.and_then(|m| m.metric_name()).into(),
            namespace: metric.and_then(|m| m.namespace()).into(),
            period: s.period().into(),
            stat: s.stat().into(),
            unit: s.unit().map(|u| u.as_str()).into(),
        }
    });
    CloudwatchMetricAlarmMetricQuery {
        account_id: q.account_id().into(),
        expression: q.expression().into(),
        id: q.id().into(),
        label: q.label().into(),
        period: q.period().into(),
        return_data: q.return_data().into(),
        metric: metric.into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_periods() {
        assert!(action(&"arn:aws:automate:eu-west-1:ec2:stop".to_owned()).is_ok());
        assert!(action(&"arn:aws:sns:eu-west-1:123456789012:t".to_owned()).is_ok());
        assert!(action(&"arn:aws:automate:eu-west-1:ec2:explode".to_owned()).is_err());
        assert!(period(&60).is_ok() && period(&10).is_ok());
        assert!(period(&45).is_err() && period(&0).is_err());
    }

    #[test]
    fn queries_come_back_as_they_were() {
        let query_of = CloudwatchMetricAlarmMetricQuery {
            id: "m1".into(),
            return_data: Attr::Known(true),
            metric: Blocks::one(CloudwatchMetricAlarmMetric {
                dimensions: Attr::Known(BTreeMap::from([("A".to_owned(), "b".to_owned())])),
                metric_name: "CPU".into(),
                namespace: "AWS/EC2".into(),
                period: Attr::Known(60),
                stat: "Average".into(),
                unit: "Percent".into(),
            }),
            ..CloudwatchMetricAlarmMetricQuery::default()
        };
        assert_eq!(recorded_query(&query(&query_of)), query_of);
    }
}
