//! The forecasts that a policy acts on.

use aws_sdk_autoscaling::types;
use groma_sdk::{Attr, Blocks};

use super::metrics::{of_metric, to_metric};
use super::model::{
    CustomizedCapacityMetricSpecification, MetricDataQueries, MetricSpecification, MetricStat,
    PredefinedLoadMetricSpecification, PredefinedMetricPairSpecification,
    PredefinedScalingMetricSpecification, PredictiveScalingConfiguration,
};

pub(super) fn to_predictive(
    predictive: &PredictiveScalingConfiguration,
) -> types::PredictiveScalingConfiguration {
    let number = |text: &Attr<String>| text.filled().and_then(|t| t.parse::<i32>().ok());
    let specifications = predictive.metric_specification.iter().map(to_specification).collect();
    let breach = predictive.max_capacity_breach_behavior.filled();
    types::PredictiveScalingConfiguration::builder()
        .set_max_capacity_breach_behavior(breach.map(Into::into))
        .set_max_capacity_buffer(number(&predictive.max_capacity_buffer))
        .set_mode(predictive.mode.filled().map(Into::into))
        .set_scheduling_buffer_time(number(&predictive.scheduling_buffer_time))
        .set_metric_specifications(Some(specifications))
        .build()
}

pub(super) fn of_predictive(
    found: &types::PredictiveScalingConfiguration,
) -> PredictiveScalingConfiguration {
    let text = |number: Option<i32>| Attr::from(number.map(|n| n.to_string()));
    let breach = found.max_capacity_breach_behavior().map(|b| b.as_str());
    PredictiveScalingConfiguration {
        max_capacity_breach_behavior: breach.into(),
        max_capacity_buffer: text(found.max_capacity_buffer()),
        mode: found.mode().map(|m| m.as_str()).into(),
        scheduling_buffer_time: text(found.scheduling_buffer_time()),
        metric_specification: found.metric_specifications().iter().map(of_specification).collect(),
    }
}

/// Metrics of our own for one use, made by a type of its own for each use.
macro_rules! to_customized {
    ($kind:ident, $blocks:expr) => {
        $blocks.first().map(|customized| {
            let queries = customized.metric_data_queries.iter().map(to_query).collect();
            types::$kind::builder().set_metric_data_queries(Some(queries)).build()
        })
    };
}

macro_rules! to_predefined {
    ($kind:ident, $blocks:expr) => {
        $blocks.first().map(|metric| {
            types::$kind::builder()
                .set_predefined_metric_type(metric.predefined_metric_type.filled().map(Into::into))
                .set_resource_label(metric.resource_label.to_filled())
                .build()
        })
    };
}

fn to_specification(wanted: &MetricSpecification) -> types::PredictiveScalingMetricSpecification {
    types::PredictiveScalingMetricSpecification::builder()
        .set_target_value(wanted.target_value.cloned())
        .set_customized_capacity_metric_specification(to_customized!(
            PredictiveScalingCustomizedCapacityMetric,
            wanted.customized_capacity_metric_specification
        ))
        .set_customized_load_metric_specification(to_customized!(
            PredictiveScalingCustomizedLoadMetric,
            wanted.customized_load_metric_specification
        ))
        .set_customized_scaling_metric_specification(to_customized!(
            PredictiveScalingCustomizedScalingMetric,
            wanted.customized_scaling_metric_specification
        ))
        .set_predefined_load_metric_specification(to_predefined!(
            PredictiveScalingPredefinedLoadMetric,
            wanted.predefined_load_metric_specification
        ))
        .set_predefined_metric_pair_specification(to_predefined!(
            PredictiveScalingPredefinedMetricPair,
            wanted.predefined_metric_pair_specification
        ))
        .set_predefined_scaling_metric_specification(to_predefined!(
            PredictiveScalingPredefinedScalingMetric,
            wanted.predefined_scaling_metric_specification
        ))
        .build()
}

macro_rules! of_customized {
    ($found:expr) => {
        Blocks::from($found.map(|customized| CustomizedCapacityMetricSpecification {
            metric_data_queries: customized.metric_data_queries().iter().map(of_query).collect(),
        }))
    };
}

macro_rules! of_predefined {
    ($kind:ident, $found:expr) => {
        Blocks::from($found.map(|metric| $kind {
            predefined_metric_type: metric.predefined_metric_type().map(|t| t.as_str()).into(),
            resource_label: metric.resource_label().into(),
        }))
    };
}

fn of_specification(found: &types::PredictiveScalingMetricSpecification) -> MetricSpecification {
    MetricSpecification {
        target_value: found.target_value().into(),
        customized_capacity_metric_specification: of_customized!(
            found.customized_capacity_metric_specification()
        ),
        customized_load_metric_specification: of_customized!(
            found.customized_load_metric_specification()
        ),
        customized_scaling_metric_specification: of_customized!(
            found.customized_scaling_metric_specification()
        ),
        predefined_load_metric_specification: of_predefined!(
            PredefinedLoadMetricSpecification,
            found.predefined_load_metric_specification()
        ),
        predefined_metric_pair_specification: of_predefined!(
            PredefinedMetricPairSpecification,
            found.predefined_metric_pair_specification()
        ),
        predefined_scaling_metric_specification: of_predefined!(
            PredefinedScalingMetricSpecification,
            found.predefined_scaling_metric_specification()
        ),
    }
}

fn to_query(query: &MetricDataQueries) -> types::MetricDataQuery {
    let stat = query.metric_stat.first().map(|stat| {
        types::MetricStat::builder()
            .set_metric(stat.metric.first().map(to_metric))
            .set_stat(stat.stat.to_filled())
            .set_unit(stat.unit.to_filled())
            .build()
    });
    types::MetricDataQuery::builder()
        .set_id(query.id.to_filled())
        .set_expression(query.expression.to_filled())
        .set_label(query.label.to_filled())
        .set_return_data(query.return_data.cloned())
        .set_metric_stat(stat)
        .build()
}

fn of_query(found: &types::MetricDataQuery) -> MetricDataQueries {
    let stat = found.metric_stat().map(|stat| MetricStat {
        stat: stat.stat().into(),
        unit: stat.unit().into(),
        metric: stat.metric().map(of_metric).into(),
    });
    MetricDataQueries {
        expression: found.expression().into(),
        id: found.id().into(),
        label: found.label().into(),
        return_data: found.return_data().unwrap_or(true).into(),
        metric_stat: stat.into(),
    }
}
