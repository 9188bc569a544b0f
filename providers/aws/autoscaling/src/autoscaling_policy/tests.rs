//! Checks and conversions of policies.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::Blocks;

use super::model::{
    CustomizedCapacityMetricSpecification, CustomizedMetricSpecification, Dimensions,
    MetricDataQueries, MetricSpecification, PredefinedLoadMetricSpecification,
    PredefinedMetricSpecification, PredictiveScalingConfiguration,
};
use super::*;

fn tracking(metric: &str) -> TargetTrackingConfiguration {
    TargetTrackingConfiguration {
        disable_scale_in: false.into(),
        target_value: 60.0.into(),
        predefined_metric_specification: Blocks::one(PredefinedMetricSpecification {
            predefined_metric_type: metric.into(),
            ..PredefinedMetricSpecification::default()
        }),
        ..TargetTrackingConfiguration::default()
    }
}

fn problems_of(config: &AutoscalingPolicy) -> String {
    let mut problems = Problems::new();
    AutoscalingPolicyResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn policies_have_what_belongs_to_their_type() {
    let simple = AutoscalingPolicy {
        adjustment_type: "ChangeInCapacity".into(),
        ..AutoscalingPolicy::default()
    };
    assert_eq!(problems_of(&simple), "");
    let step = AutoscalingPolicy { policy_type: STEP.into(), ..simple.clone() };
    assert!(problems_of(&step).contains("needs \"step_adjustment\""));
    let cpu = AutoscalingPolicy {
        policy_type: TRACKING.into(),
        target_tracking_configuration: Blocks::one(tracking("ASGAverageCPUUtilization")),
        ..AutoscalingPolicy::default()
    };
    assert_eq!(problems_of(&cpu), "");
    let requests = AutoscalingPolicy {
        target_tracking_configuration: Blocks::one(tracking("ALBRequestCountPerTarget")),
        ..cpu
    };
    assert!(problems_of(&requests).contains("resource_label"));
}

#[test]
fn metrics_are_read_as_they_are_sent() {
    let given = tracking("ASGAverageCPUUtilization");
    assert_eq!(metrics::of_tracking(&metrics::to_tracking(&given)), given);
    let own = TargetTrackingConfiguration {
        predefined_metric_specification: Blocks::none(),
        customized_metric_specification: Blocks::one(CustomizedMetricSpecification {
            metric_name: "Depth".into(),
            namespace: "Queues".into(),
            statistic: "Average".into(),
            metric_dimension: Blocks::one(Dimensions { name: "Queue".into(), value: "q".into() }),
            ..CustomizedMetricSpecification::default()
        }),
        ..given
    };
    assert_eq!(metrics::of_tracking(&metrics::to_tracking(&own)), own);
}

#[test]
fn forecasts_are_read_as_they_are_sent() {
    let query = MetricDataQueries {
        id: "m".into(),
        expression: "SEARCH('x', 'Sum', 300)".into(),
        return_data: true.into(),
        ..MetricDataQueries::default()
    };
    let specification = MetricSpecification {
        target_value: 10.0.into(),
        customized_capacity_metric_specification: Blocks::one(
            CustomizedCapacityMetricSpecification { metric_data_queries: Blocks::one(query) },
        ),
        predefined_load_metric_specification: Blocks::one(PredefinedLoadMetricSpecification {
            predefined_metric_type: "ASGTotalCPUUtilization".into(),
            ..PredefinedLoadMetricSpecification::default()
        }),
        ..MetricSpecification::default()
    };
    let wanted = PredictiveScalingConfiguration {
        max_capacity_breach_behavior: "IncreaseMaxCapacity".into(),
        max_capacity_buffer: "10".into(),
        mode: "ForecastOnly".into(),
        metric_specification: Blocks::one(specification),
        ..PredictiveScalingConfiguration::default()
    };
    assert_eq!(predictive::of_predictive(&predictive::to_predictive(&wanted)), wanted);
}

#[test]
fn bounds_are_numbers() {
    let step = StepAdjustment {
        metric_interval_lower_bound: "0".into(),
        metric_interval_upper_bound: "12.5".into(),
        scaling_adjustment: 1_i64.into(),
    };
    assert_eq!(of_step(&to_step(&step)), step);
}

#[tokio::test]
async fn policies_of_several_groups_are_read_by_one_call() {
    let fake = Fake::new();
    fake.on("DescribePolicies", |request| {
        assert_eq!(request.param("AutoScalingGroupName"), None);
        let one = |group: &str| {
            format!(
                "<member><PolicyName>cpu</PolicyName><AutoScalingGroupName>{group}\
                 </AutoScalingGroupName><PolicyType>SimpleScaling</PolicyType></member>"
            )
        };
        Answer::xml(format!(
            "<DescribePoliciesResponse><DescribePoliciesResult><ScalingPolicies>{}{}\
             </ScalingPolicies></DescribePoliciesResult></DescribePoliciesResponse>",
            one("a"),
            one("b")
        ))
    });
    let aws = fake.aws();
    let (a, b, c) =
        tokio::join!(policy(&aws, "a", "cpu"), policy(&aws, "b", "cpu"), policy(&aws, "c", "cpu"));
    assert!(a.is_ok_and(|p| p.is_some()) && b.is_ok_and(|p| p.is_some()));
    assert!(c.is_ok_and(|p| p.is_none()));
    assert_eq!(fake.calls("DescribePolicies"), 1);
}
