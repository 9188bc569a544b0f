//! Alarms as CloudWatch has them, and back.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types as sdk;
use groma_aws_core::{Aws, tag_map};
use groma_sdk::{Attr, Context};

use super::cloudwatch;
use super::model::{
    CloudwatchMetricAlarm, CloudwatchMetricAlarmMetric, CloudwatchMetricAlarmMetricQuery,
};

/// The request that makes an alarm, or makes another of it.
pub(super) fn put(cx: &Context<Aws>, p: &CloudwatchMetricAlarm) -> PutMetricAlarmFluentBuilder {
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

/// The alarm as it is recorded.
pub(super) fn record(state: &mut CloudwatchMetricAlarm, alarm: &sdk::MetricAlarm) {
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

#[cfg(test)]
mod tests {
    use groma_sdk::Blocks;

    use super::*;

    #[test]
    fn queries_come_back_as_they_were() {
        let query_of = CloudwatchMetricAlarmMetricQuery {
            id: "m1".into(),
            account_id: "123456789012".into(),
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
