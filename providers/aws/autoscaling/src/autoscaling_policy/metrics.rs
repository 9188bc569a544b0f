//! The metrics that a policy tracks.

use aws_sdk_autoscaling::types;
use groma_sdk::Blocks;

use super::model::{
    CustomizedMetricSpecification, Dimensions, Metric, Metrics, MetricsMetricStat,
    PredefinedMetricSpecification, TargetTrackingConfiguration,
};

pub(super) fn to_tracking(
    tracking: &TargetTrackingConfiguration,
) -> types::TargetTrackingConfiguration {
    let given = tracking.predefined_metric_specification.first().map(|metric| {
        types::PredefinedMetricSpecification::builder()
            .set_predefined_metric_type(metric.predefined_metric_type.filled().map(Into::into))
            .set_resource_label(metric.resource_label.to_filled())
            .build()
    });
    let own = tracking.customized_metric_specification.first().map(to_customized);
    types::TargetTrackingConfiguration::builder()
        .set_target_value(tracking.target_value.cloned())
        .set_disable_scale_in(tracking.disable_scale_in.cloned())
        .set_predefined_metric_specification(given)
        .set_customized_metric_specification(own)
        .build()
}

pub(super) fn of_tracking(
    found: &types::TargetTrackingConfiguration,
) -> TargetTrackingConfiguration {
    let given =
        found.predefined_metric_specification().map(|metric| PredefinedMetricSpecification {
            predefined_metric_type: metric.predefined_metric_type().map(|t| t.as_str()).into(),
            resource_label: metric.resource_label().into(),
        });
    TargetTrackingConfiguration {
        disable_scale_in: found.disable_scale_in().into(),
        target_value: found.target_value().into(),
        customized_metric_specification: found
            .customized_metric_specification()
            .map(of_customized)
            .into(),
        predefined_metric_specification: given.into(),
    }
}

fn to_customized(metric: &CustomizedMetricSpecification) -> types::CustomizedMetricSpecification {
    let built = types::CustomizedMetricSpecification::builder();
    if !metric.metrics.is_empty() {
        return built.set_metrics(Some(metric.metrics.iter().map(to_query).collect())).build();
    }
    built
        .set_metric_name(metric.metric_name.to_filled())
        .set_namespace(metric.namespace.to_filled())
        .set_statistic(metric.statistic.filled().map(Into::into))
        .set_unit(metric.unit.to_filled())
        .set_period(metric.period.to_filled_i32())
        .set_dimensions(to_dimensions(&metric.metric_dimension))
        .build()
}

fn of_customized(found: &types::CustomizedMetricSpecification) -> CustomizedMetricSpecification {
    CustomizedMetricSpecification {
        metric_name: found.metric_name().into(),
        namespace: found.namespace().into(),
        period: found.period().into(),
        statistic: found.statistic().map(|s| s.as_str()).into(),
        unit: found.unit().into(),
        metric_dimension: of_dimensions(found.dimensions()),
        metrics: found.metrics().iter().map(of_query).collect(),
    }
}

fn to_query(query: &Metrics) -> types::TargetTrackingMetricDataQuery {
    let stat = query.metric_stat.first().map(|stat| {
        types::TargetTrackingMetricStat::builder()
            .set_metric(stat.metric.first().map(to_metric))
            .set_period(stat.period.to_filled_i32())
            .set_stat(stat.stat.to_filled())
            .set_unit(stat.unit.to_filled())
            .build()
    });
    types::TargetTrackingMetricDataQuery::builder()
        .set_id(query.id.to_filled())
        .set_expression(query.expression.to_filled())
        .set_label(query.label.to_filled())
        .set_return_data(query.return_data.cloned())
        .set_metric_stat(stat)
        .build()
}

fn of_query(found: &types::TargetTrackingMetricDataQuery) -> Metrics {
    let stat = found.metric_stat().map(|stat| MetricsMetricStat {
        period: stat.period().into(),
        stat: stat.stat().into(),
        unit: stat.unit().into(),
        metric: stat.metric().map(of_metric).into(),
    });
    Metrics {
        expression: found.expression().into(),
        id: found.id().into(),
        label: found.label().into(),
        return_data: found.return_data().unwrap_or(true).into(),
        metric_stat: stat.into(),
    }
}

pub(super) fn to_metric(metric: &Metric) -> types::Metric {
    types::Metric::builder()
        .set_metric_name(metric.metric_name.to_filled())
        .set_namespace(metric.namespace.to_filled())
        .set_dimensions(to_dimensions(&metric.dimensions))
        .build()
}

pub(super) fn of_metric(found: &types::Metric) -> Metric {
    Metric {
        metric_name: found.metric_name().into(),
        namespace: found.namespace().into(),
        dimensions: of_dimensions(found.dimensions()),
    }
}

fn to_dimensions(dimensions: &[Dimensions]) -> Option<Vec<types::MetricDimension>> {
    let all = dimensions.iter().map(|dimension| {
        types::MetricDimension::builder()
            .set_name(dimension.name.cloned())
            .set_value(dimension.value.cloned())
            .build()
    });
    (!dimensions.is_empty()).then(|| all.collect())
}

fn of_dimensions(found: &[types::MetricDimension]) -> Blocks<Dimensions> {
    let all = found.iter().map(|dimension| Dimensions {
        name: dimension.name().into(),
        value: dimension.value().into(),
    });
    all.collect()
}
