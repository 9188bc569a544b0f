//! The model of `aws_autoscaling_policy`.

use groma_sdk::model::checks::{length, one_of, one_of_numbers, range};
use groma_sdk::{Attr, Blocks, Model};

use crate::checks::whole_number;

/// A rule by which a group changes its size.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingPolicy {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = one_of(&["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]))]
    pub(crate) adjustment_type: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) autoscaling_group_name: Attr<String>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) cooldown: Attr<i64>,
    #[attr(optional, default = true)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) estimated_instance_warmup: Attr<i64>,
    #[attr(optional, computed, check = one_of(&["Average", "Maximum", "Minimum"]))]
    pub(crate) metric_aggregation_type: Attr<String>,
    #[attr(optional, check = range(1, i64::from(i32::MAX)))]
    pub(crate) min_adjustment_magnitude: Attr<i64>,
    #[attr(required, replace, check = length(1, 255))]
    pub(crate) name: Attr<String>,
    #[attr(optional, default = "SimpleScaling", check = one_of(&["PredictiveScaling", "SimpleScaling", "StepScaling", "TargetTrackingScaling"]))]
    pub(crate) policy_type: Attr<String>,
    #[attr(optional)]
    pub(crate) scaling_adjustment: Attr<i64>,
    #[block(list, max = 1)]
    pub(crate) predictive_scaling_configuration: Blocks<PredictiveScalingConfiguration>,
    #[block(set)]
    pub(crate) step_adjustment: Blocks<StepAdjustment>,
    #[block(list, max = 1)]
    pub(crate) target_tracking_configuration: Blocks<TargetTrackingConfiguration>,
}

/// The `target_tracking_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct TargetTrackingConfiguration {
    #[attr(optional, default = false)]
    pub(crate) disable_scale_in: Attr<bool>,
    #[attr(required)]
    pub(crate) target_value: Attr<f64>,
    #[block(list, max = 1)]
    pub(crate) customized_metric_specification: Blocks<CustomizedMetricSpecification>,
    #[block(list, max = 1)]
    pub(crate) predefined_metric_specification: Blocks<PredefinedMetricSpecification>,
}

/// The `target_tracking_configuration.predefined_metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PredefinedMetricSpecification {
    #[attr(required, check = one_of(&["ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget"]))]
    pub(crate) predefined_metric_type: Attr<String>,
    #[attr(optional)]
    pub(crate) resource_label: Attr<String>,
}

/// The `target_tracking_configuration.customized_metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CustomizedMetricSpecification {
    #[attr(optional)]
    pub(crate) metric_name: Attr<String>,
    #[attr(optional)]
    pub(crate) namespace: Attr<String>,
    #[attr(optional, check = one_of_numbers(&[10, 30, 60]))]
    pub(crate) period: Attr<i64>,
    #[attr(optional, check = one_of(&["Average", "Maximum", "Minimum", "SampleCount", "Sum"]))]
    pub(crate) statistic: Attr<String>,
    #[attr(optional)]
    pub(crate) unit: Attr<String>,
    #[block(list)]
    pub(crate) metric_dimension: Blocks<Dimensions>,
    #[block(set)]
    pub(crate) metrics: Blocks<Metrics>,
}

/// The `target_tracking_configuration.customized_metric_specification.metrics` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Metrics {
    #[attr(optional, check = length(1, 2047))]
    pub(crate) expression: Attr<String>,
    #[attr(required, check = length(1, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = length(1, 2047))]
    pub(crate) label: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) return_data: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) metric_stat: Blocks<MetricsMetricStat>,
}

/// The `target_tracking_configuration.customized_metric_specification.metrics.metric_stat` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MetricsMetricStat {
    #[attr(optional, check = one_of_numbers(&[10, 30, 60]))]
    pub(crate) period: Attr<i64>,
    #[attr(required, check = length(1, 100))]
    pub(crate) stat: Attr<String>,
    #[attr(optional)]
    pub(crate) unit: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) metric: Blocks<Metric>,
}

/// The `step_adjustment` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct StepAdjustment {
    #[attr(optional, same = same_number, check = number)]
    pub(crate) metric_interval_lower_bound: Attr<String>,
    #[attr(optional, same = same_number, check = number)]
    pub(crate) metric_interval_upper_bound: Attr<String>,
    #[attr(required)]
    pub(crate) scaling_adjustment: Attr<i64>,
}

/// The `predictive_scaling_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PredictiveScalingConfiguration {
    #[attr(optional, default = "HonorMaxCapacity", check = one_of(&["HonorMaxCapacity", "IncreaseMaxCapacity"]))]
    pub(crate) max_capacity_breach_behavior: Attr<String>,
    #[attr(optional, check = whole_number(100))]
    pub(crate) max_capacity_buffer: Attr<String>,
    #[attr(optional, default = "ForecastOnly", check = one_of(&["ForecastAndScale", "ForecastOnly"]))]
    pub(crate) mode: Attr<String>,
    #[attr(optional, check = whole_number(3600))]
    pub(crate) scheduling_buffer_time: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) metric_specification: Blocks<MetricSpecification>,
}

/// The `predictive_scaling_configuration.metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MetricSpecification {
    #[attr(required)]
    pub(crate) target_value: Attr<f64>,
    #[block(list, max = 1)]
    pub(crate) customized_capacity_metric_specification:
        Blocks<CustomizedCapacityMetricSpecification>,
    #[block(list, max = 1)]
    pub(crate) customized_load_metric_specification: Blocks<CustomizedCapacityMetricSpecification>,
    #[block(list, max = 1)]
    pub(crate) customized_scaling_metric_specification:
        Blocks<CustomizedCapacityMetricSpecification>,
    #[block(list, max = 1)]
    pub(crate) predefined_load_metric_specification: Blocks<PredefinedLoadMetricSpecification>,
    #[block(list, max = 1)]
    pub(crate) predefined_metric_pair_specification: Blocks<PredefinedMetricPairSpecification>,
    #[block(list, max = 1)]
    pub(crate) predefined_scaling_metric_specification:
        Blocks<PredefinedScalingMetricSpecification>,
}

/// The `predictive_scaling_configuration.metric_specification.predefined_scaling_metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PredefinedScalingMetricSpecification {
    #[attr(required, check = one_of(&["ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget"]))]
    pub(crate) predefined_metric_type: Attr<String>,
    #[attr(optional)]
    pub(crate) resource_label: Attr<String>,
}

/// The `predictive_scaling_configuration.metric_specification.predefined_metric_pair_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PredefinedMetricPairSpecification {
    #[attr(required, check = one_of(&["ASGCPUUtilization", "ASGNetworkIn", "ASGNetworkOut", "ALBRequestCount"]))]
    pub(crate) predefined_metric_type: Attr<String>,
    #[attr(optional)]
    pub(crate) resource_label: Attr<String>,
}

/// The `predictive_scaling_configuration.metric_specification.predefined_load_metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PredefinedLoadMetricSpecification {
    #[attr(required, check = one_of(&["ASGTotalCPUUtilization", "ASGTotalNetworkIn", "ASGTotalNetworkOut", "ALBTargetGroupRequestCount"]))]
    pub(crate) predefined_metric_type: Attr<String>,
    #[attr(optional)]
    pub(crate) resource_label: Attr<String>,
}

/// The `predictive_scaling_configuration.metric_specification.customized_capacity_metric_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CustomizedCapacityMetricSpecification {
    #[block(list, min = 1, max = 10)]
    pub(crate) metric_data_queries: Blocks<MetricDataQueries>,
}

/// The `predictive_scaling_configuration.metric_specification.customized_capacity_metric_specification.metric_data_queries` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MetricDataQueries {
    #[attr(optional, check = length(1, 1023))]
    pub(crate) expression: Attr<String>,
    #[attr(required, check = length(1, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = length(1, 2047))]
    pub(crate) label: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) return_data: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) metric_stat: Blocks<MetricStat>,
}

/// The `predictive_scaling_configuration.metric_specification.customized_capacity_metric_specification.metric_data_queries.metric_stat` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MetricStat {
    #[attr(required, check = length(1, 100))]
    pub(crate) stat: Attr<String>,
    #[attr(optional)]
    pub(crate) unit: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) metric: Blocks<Metric>,
}

/// The `predictive_scaling_configuration.metric_specification.customized_capacity_metric_specification.metric_data_queries.metric_stat.metric` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Metric {
    #[attr(required)]
    pub(crate) metric_name: Attr<String>,
    #[attr(required)]
    pub(crate) namespace: Attr<String>,
    #[block(set)]
    pub(crate) dimensions: Blocks<Dimensions>,
}

/// The `predictive_scaling_configuration.metric_specification.customized_capacity_metric_specification.metric_data_queries.metric_stat.metric.dimensions` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Dimensions {
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// Whether two texts are the same number.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
fn same_number(a: &String, b: &String) -> bool {
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a.total_cmp(&b).is_eq())
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn number(text: &String) -> Result<(), String> {
    match text.is_empty() || text.parse::<f64>().is_ok_and(f64::is_finite) {
        true => Ok(()),
        false => Err(format!("It must be a number, but is {text:?}.")),
    }
}
