//! Checks and conversions of policies.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::{Blocks, Model as _};

use super::model::{
    CustomizedCapacityMetricSpecification, CustomizedMetricSpecification, Dimensions,
    MetricDataQueries, MetricSpecification, Metrics, MetricsMetricStat,
    PredefinedLoadMetricSpecification, PredefinedMetricPairSpecification,
    PredefinedMetricSpecification, PredictiveScalingConfiguration, TargetTrackingConfiguration,
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
    config.check(&mut problems);
    AutoscalingPolicyResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

fn simple() -> AutoscalingPolicy {
    AutoscalingPolicy {
        name: "grow".into(),
        adjustment_type: "ChangeInCapacity".into(),
        scaling_adjustment: 1_i64.into(),
        ..AutoscalingPolicy::default()
    }
}

fn tracks(metric: &str) -> AutoscalingPolicy {
    AutoscalingPolicy {
        policy_type: TRACKING.into(),
        target_tracking_configuration: Blocks::one(tracking(metric)),
        ..AutoscalingPolicy::default()
    }
}

fn refuses(of: &AutoscalingPolicy, change: impl FnOnce(&mut AutoscalingPolicy), words: &str) {
    let mut config = of.clone();
    change(&mut config);
    let text = problems_of(&config);
    assert!(text.contains(words), "{words:?} is not in {text:?}");
}

fn takes(of: &AutoscalingPolicy, change: impl FnOnce(&mut AutoscalingPolicy)) {
    let mut config = of.clone();
    change(&mut config);
    assert_eq!(problems_of(&config), "");
}

#[test]
fn policies_have_what_belongs_to_their_type() {
    takes(&simple(), |_| {});
    takes(&simple(), |p| p.policy_type = Attr::Unknown);
    takes(&simple(), |p| p.scaling_adjustment = Attr::Unknown);
    refuses(&simple(), |p| p.scaling_adjustment = Attr::Null, "needs \"scaling_adjustment\"");
    refuses(&simple(), |p| p.adjustment_type = Attr::Null, "needs \"adjustment_type\"");
    refuses(&simple(), |p| p.adjustment_type = "Add".into(), "ExactCapacity");
    refuses(&simple(), |p| p.policy_type = STEP.into(), "needs \"step_adjustment\"");
    refuses(
        &simple(),
        |p| p.estimated_instance_warmup = 60_i64.into(),
        "this is \"SimpleScaling\"",
    );
    refuses(
        &simple(),
        |p| {
            p.adjustment_type = "ExactCapacity".into();
            p.scaling_adjustment = (-1_i64).into();
        },
        "not less than 0",
    );
    refuses(&simple(), |p| p.min_adjustment_magnitude = 2_i64.into(), "PercentChangeInCapacity");
    takes(&simple(), |p| {
        p.adjustment_type = "PercentChangeInCapacity".into();
        p.min_adjustment_magnitude = 2_i64.into();
    });
    let cpu = tracks("ASGAverageCPUUtilization");
    takes(&cpu, |p| p.estimated_instance_warmup = 60_i64.into());
    takes(&cpu, |p| p.cooldown = 0_i64.into());
    refuses(&cpu, |p| p.cooldown = 60_i64.into(), "\"cooldown\" is for");
    refuses(&cpu, |p| p.scaling_adjustment = 1_i64.into(), "\"scaling_adjustment\" is for");
}

#[test]
fn targets_are_of_one_metric() {
    let change = |change: fn(&mut TargetTrackingConfiguration)| {
        move |p: &mut AutoscalingPolicy| {
            if let Some(tracking) = p.target_tracking_configuration.first_mut() {
                change(tracking);
            }
        }
    };
    let cpu = tracks("ASGAverageCPUUtilization");
    refuses(&tracks("CPU"), |_| {}, "ASGAverageNetworkIn");
    refuses(&cpu, change(|t| t.target_value = 0.0.into()), "more than 0");
    refuses(&cpu, change(|t| t.predefined_metric_specification = Blocks::none()), "either");
    takes(&cpu, change(|t| t.predefined_metric_specification = Blocks::unknown()));
    let requests = tracks("ALBRequestCountPerTarget");
    refuses(&requests, |_| {}, "resource_label");
    let labelled = |policy: &AutoscalingPolicy, label: &str| {
        let mut policy = policy.clone();
        if let Some(metric) = policy
            .target_tracking_configuration
            .first_mut()
            .and_then(|tracking| tracking.predefined_metric_specification.first_mut())
        {
            metric.resource_label = label.into();
        }
        policy
    };
    takes(&labelled(&requests, "app/web/0123/targetgroup/web/4567"), |_| {});
    refuses(&labelled(&requests, "targetgroup/web/4567"), |_| {}, "must be");
    refuses(&labelled(&cpu, "app/web/0123/targetgroup/web/4567"), |_| {}, "alone");
}

/// A policy for a metric of one's own, computed by queries.
fn computed(metrics: Vec<Metrics>) -> AutoscalingPolicy {
    let own = CustomizedMetricSpecification {
        metrics: metrics.into(),
        ..CustomizedMetricSpecification::default()
    };
    let tracking = TargetTrackingConfiguration {
        target_value: 10.0.into(),
        customized_metric_specification: Blocks::one(own),
        ..TargetTrackingConfiguration::default()
    };
    AutoscalingPolicy {
        target_tracking_configuration: Blocks::one(tracking),
        ..tracks("ASGAverageCPUUtilization")
    }
}

#[test]
fn metric_math_has_one_result() {
    let stat = |id: &str| Metrics {
        id: id.into(),
        return_data: false.into(),
        metric_stat: Blocks::one(MetricsMetricStat {
            stat: "Sum".into(),
            ..MetricsMetricStat::default()
        }),
        ..Metrics::default()
    };
    let result = || Metrics { id: "r".into(), expression: "a / b".into(), ..Metrics::default() };
    takes(&computed(vec![stat("a"), stat("b"), result()]), |_| {});
    refuses(&computed(vec![stat("a"), stat("b")]), |_| {}, "One query is the result");
    refuses(&computed(vec![stat("a"), stat("a"), result()]), |_| {}, "the id \"a\"");
    refuses(&computed(vec![stat("A"), result()]), |_| {}, "lower case letter");
    let both = Metrics { expression: "1".into(), ..stat("b") };
    refuses(&computed(vec![both, result()]), |_| {}, "is both");
    refuses(&computed(Vec::new()), |_| {}, "A metric has \"metric_name\"");
}

#[test]
fn forecasts_are_of_a_pair_or_of_two() {
    let predicts = |forecast: MetricSpecification| AutoscalingPolicy {
        policy_type: PREDICTIVE.into(),
        predictive_scaling_configuration: Blocks::one(PredictiveScalingConfiguration {
            metric_specification: Blocks::one(forecast),
            ..PredictiveScalingConfiguration::default()
        }),
        ..AutoscalingPolicy::default()
    };
    let pair = |ty: &str| MetricSpecification {
        target_value: 50.0.into(),
        predefined_metric_pair_specification: Blocks::one(PredefinedMetricPairSpecification {
            predefined_metric_type: ty.into(),
            ..PredefinedMetricPairSpecification::default()
        }),
        ..MetricSpecification::default()
    };
    let load = || {
        Blocks::one(PredefinedLoadMetricSpecification {
            predefined_metric_type: "ASGTotalCPUUtilization".into(),
            ..PredefinedLoadMetricSpecification::default()
        })
    };
    let good = predicts(pair("ASGCPUUtilization"));
    takes(&good, |_| {});
    refuses(&predicts(pair("ALBRequestCount")), |_| {}, "resource_label");
    let more = MetricSpecification {
        predefined_load_metric_specification: load(),
        ..pair("ASGCPUUtilization")
    };
    refuses(&predicts(more), |_| {}, "It has either");
    let half = MetricSpecification {
        predefined_load_metric_specification: load(),
        ..MetricSpecification::default()
    };
    refuses(&predicts(half), |_| {}, "It has either");
    let change = |change: fn(&mut PredictiveScalingConfiguration)| {
        move |p: &mut AutoscalingPolicy| {
            if let Some(predictive) = p.predictive_scaling_configuration.first_mut() {
                change(predictive);
            }
        }
    };
    refuses(
        &good,
        change(|p| p.max_capacity_breach_behavior = "IncreaseMaxCapacity".into()),
        "needs \"max_capacity_buffer\"",
    );
    refuses(&good, change(|p| p.max_capacity_buffer = "10".into()), "alone");
    refuses(&good, change(|p| p.scheduling_buffer_time = "1.5".into()), "a whole number");
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
