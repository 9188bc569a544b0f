//! What AWS would refuse of a policy, and which arguments are for which type of policy.

use groma_sdk::{Attr, Blocks, Problems};

use super::model::{
    AutoscalingPolicy, CustomizedCapacityMetricSpecification, CustomizedMetricSpecification,
    MetricSpecification, PredictiveScalingConfiguration, StepAdjustment,
    TargetTrackingConfiguration,
};
use super::{PREDICTIVE, SIMPLE, STEP, TRACKING, kind};

const COMBINATION: &str = "Invalid combination of arguments";
const MISSING: &str = "Missing required argument";

pub(super) fn check(config: &AutoscalingPolicy, problems: &mut Problems) {
    if config.policy_type.is_unknown() {
        return;
    }
    let kind = kind(config);
    check_blocks(config, kind, problems);
    check_arguments(config, kind, problems);
    check_adjustment(config, kind, problems);
    if kind == STEP {
        check_steps(&config.step_adjustment, problems);
    }
    if let Some(tracking) = config.target_tracking_configuration.first() {
        problems.within("target_tracking_configuration.0", |problems| {
            check_tracking(tracking, problems);
        });
    }
    if let Some(predictive) = config.predictive_scaling_configuration.first() {
        problems.within("predictive_scaling_configuration.0", |problems| {
            check_predictive(predictive, problems);
        });
    }
}

fn is_set<M>(blocks: &Blocks<M>) -> bool {
    !blocks.is_empty() || blocks.is_unknown()
}

/// Each type has a block, which no other has.
fn check_blocks(config: &AutoscalingPolicy, kind: &str, problems: &mut Problems) {
    for (name, wanted, set) in [
        ("step_adjustment", STEP, is_set(&config.step_adjustment)),
        ("target_tracking_configuration", TRACKING, is_set(&config.target_tracking_configuration)),
        (
            "predictive_scaling_configuration",
            PREDICTIVE,
            is_set(&config.predictive_scaling_configuration),
        ),
    ] {
        if kind == wanted && !set {
            let detail = format!("A policy of type {wanted:?} needs \"{name}\".");
            problems.error(name, MISSING, detail);
        } else if kind != wanted && set {
            let detail =
                format!("\"{name}\" is for policies of type {wanted:?}; this is {kind:?}.");
            problems.error(name, COMBINATION, detail);
        }
    }
}

/// Numbers that only some types have. Those of others may be 0, which says nothing.
fn check_arguments(config: &AutoscalingPolicy, kind: &str, problems: &mut Problems) {
    for (name, number, wanted) in [
        ("cooldown", &config.cooldown, &[SIMPLE][..]),
        ("estimated_instance_warmup", &config.estimated_instance_warmup, &[STEP, TRACKING]),
        ("min_adjustment_magnitude", &config.min_adjustment_magnitude, &[SIMPLE, STEP]),
        ("scaling_adjustment", &config.scaling_adjustment, &[SIMPLE]),
    ] {
        if number.cloned().is_some_and(|n| n != 0) && !wanted.contains(&kind) {
            let wanted = wanted.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(" and ");
            problems.error(
                name,
                COMBINATION,
                format!("\"{name}\" is for policies of type {wanted}; this is {kind:?}."),
            );
        }
    }
    if kind == SIMPLE && config.scaling_adjustment.is_null() {
        let detail = format!("A policy of type {SIMPLE:?} needs \"scaling_adjustment\".");
        problems.error("scaling_adjustment", MISSING, detail);
    }
    if matches!(kind, SIMPLE | STEP) && config.adjustment_type.is_null() {
        let detail = format!("A policy of type {kind:?} needs \"adjustment_type\".");
        problems.error("adjustment_type", MISSING, detail);
    }
}

/// What adjustments mean depends on their type.
fn check_adjustment(config: &AutoscalingPolicy, kind: &str, problems: &mut Problems) {
    let Some(adjusted) = config.adjustment_type.filled() else { return };
    let least = config.min_adjustment_magnitude.cloned().is_some_and(|n| n != 0);
    if least && adjusted != "PercentChangeInCapacity" {
        problems.error(
            "min_adjustment_magnitude",
            COMBINATION,
            format!(
                "\"min_adjustment_magnitude\" is for the \"adjustment_type\" \
                 \"PercentChangeInCapacity\"; this is {adjusted:?}."
            ),
        );
    }
    if adjusted != "ExactCapacity" {
        return;
    }
    let negative = |number: &Attr<i64>| number.cloned().is_some_and(|n| n < 0);
    let path = match kind {
        SIMPLE if negative(&config.scaling_adjustment) => "scaling_adjustment",
        STEP if config.step_adjustment.iter().any(|s| negative(&s.scaling_adjustment)) => {
            "step_adjustment"
        }
        _ => return,
    };
    problems.error(
        path,
        "Invalid value for \"scaling_adjustment\"",
        "With the \"adjustment_type\" \"ExactCapacity\" it is the size that the group is to have, which \
         is not less than 0.",
    );
}

/// The metrics of a step: from the lower to the upper bound. `None` is no bound.
type Bounds = (Option<f64>, Option<f64>);

/// Steps cover a range of metrics without gaps and overlaps.
fn check_steps(steps: &Blocks<StepAdjustment>, problems: &mut Problems) {
    let unknown = |step: &StepAdjustment| {
        step.metric_interval_lower_bound.is_unknown()
            || step.metric_interval_upper_bound.is_unknown()
    };
    if steps.iter().any(unknown) {
        return;
    }
    let bound = |text: &Attr<String>| text.filled().and_then(|t| t.parse::<f64>().ok());
    let bounds = steps.iter().map(|step| {
        (bound(&step.metric_interval_lower_bound), bound(&step.metric_interval_upper_bound))
    });
    if let Err(detail) = covered(bounds.collect()) {
        problems.error("step_adjustment", "Steps that do not fit together", detail);
    }
}

fn covered(mut steps: Vec<Bounds>) -> Result<(), String> {
    let from =
        |bound: Option<f64>| bound.map_or_else(|| "minus infinity".to_owned(), |b| b.to_string());
    let to = |bound: Option<f64>| bound.map_or_else(|| "infinity".to_owned(), |b| b.to_string());
    for (low, high) in &steps {
        match (low, high) {
            (None, None) => {
                return Err("A step has a \"metric_interval_lower_bound\" or a \
                            \"metric_interval_upper_bound\", or both."
                    .to_owned());
            }
            (Some(low), Some(high)) if low >= high => {
                return Err(format!(
                    "A step ends after it begins, but there is one from {low} to {high}."
                ));
            }
            _ => {}
        }
    }
    let start = |step: &Bounds| step.0.unwrap_or(f64::NEG_INFINITY);
    steps.sort_by(|a, b| start(a).total_cmp(&start(b)));
    for pair in steps.windows(2) {
        let [(_, end), (begin, _)] = pair else { continue };
        if end != begin || end.is_none() {
            let what = match end.unwrap_or(f64::INFINITY) > begin.unwrap_or(f64::NEG_INFINITY) {
                true => "overlap",
                false => "leave a gap",
            };
            return Err(format!(
                "Steps {what}: one ends at {}, and the next begins at {}. Each begins where the one \
                 before ends.",
                to(*end),
                from(*begin)
            ));
        }
    }
    if let Some(low) = steps.first().and_then(|step| step.0).filter(|low| *low < 0.0) {
        return Err(format!(
            "The first step begins at {low}: as it is less than 0, the first step must have no \
             \"metric_interval_lower_bound\"."
        ));
    }
    if let Some(high) = steps.last().and_then(|step| step.1).filter(|high| *high > 0.0) {
        return Err(format!(
            "The last step ends at {high}: as it is more than 0, the last step must have no \
             \"metric_interval_upper_bound\"."
        ));
    }
    Ok(())
}

fn check_tracking(tracking: &TargetTrackingConfiguration, problems: &mut Problems) {
    let (own, given) =
        (&tracking.customized_metric_specification, &tracking.predefined_metric_specification);
    if !own.is_unknown() && !given.is_unknown() && own.is_empty() == given.is_empty() {
        problems.error(
            "",
            COMBINATION,
            "It tracks either a \"predefined_metric_specification\" or a \
             \"customized_metric_specification\".",
        );
    }
    if tracking.target_value.cloned().is_some_and(|target| target <= 0.0) {
        problems.error(
            "target_value",
            "Invalid value for \"target_value\"",
            "A metric is kept at a value that is more than 0.",
        );
    }
    if let Some(metric) = given.first() {
        problems.within("predefined_metric_specification.0", |problems| {
            let is_of_target_group =
                metric.predefined_metric_type.as_str().map(|ty| ty == "ALBRequestCountPerTarget");
            check_label(is_of_target_group, &metric.resource_label, problems);
        });
    }
    if let Some(metric) = own.first() {
        problems.within("customized_metric_specification.0", |problems| {
            check_customized(metric, problems);
        });
    }
}

/// Metrics of target groups, and only these, name the group. It is not always known which it is.
fn check_label(is_of_target_group: Option<bool>, label: &Attr<String>, problems: &mut Problems) {
    const HOW: &str = "\"${aws_lb.x.arn_suffix}/${aws_lb_target_group.x.arn_suffix}\" for a load \
                       balancer \"x\" and its target group";
    match (is_of_target_group, label.filled()) {
        (Some(true), None) if !label.is_unknown() => problems.error(
            "resource_label",
            MISSING,
            format!("The metric is of a target group, which \"resource_label\" names: {HOW}."),
        ),
        (Some(true), Some(label)) => {
            let parts: Vec<&str> = label.split('/').collect();
            if !matches!(parts[..], ["app", _, _, "targetgroup", _, _]) {
                problems.error(
                    "resource_label",
                    "Invalid value for \"resource_label\"",
                    format!("It must be {HOW}, but is {label:?}."),
                );
            }
        }
        (Some(false), Some(_)) => problems.error(
            "resource_label",
            COMBINATION,
            "\"resource_label\" is for metrics of target groups alone.",
        ),
        _ => {}
    }
}

fn check_customized(metric: &CustomizedMetricSpecification, problems: &mut Problems) {
    let computed = is_set(&metric.metrics);
    for (name, text) in [
        ("metric_name", &metric.metric_name),
        ("namespace", &metric.namespace),
        ("statistic", &metric.statistic),
    ] {
        problems.conflict((name, !text.is_null()), ("metrics", computed));
        if text.is_null() && !computed {
            let detail = format!("A metric has \"{name}\", or is computed from \"metrics\".");
            problems.error(name, MISSING, detail);
        }
    }
    problems.conflict(("unit", !metric.unit.is_null()), ("metrics", computed));
    let dimensions = ("metric_dimension", is_set(&metric.metric_dimension));
    problems.conflict(dimensions, ("metrics", computed));
    let queries = metric.metrics.iter().map(|query| Query {
        id: &query.id,
        expression: !query.expression.is_null(),
        stat: is_set(&query.metric_stat),
        returned: query.return_data.clone().or(true),
    });
    check_queries("metrics", &queries.collect::<Vec<_>>(), problems);
}

/// What a query of metric math is made of.
struct Query<'a> {
    id: &'a Attr<String>,
    expression: bool,
    stat: bool,
    returned: Attr<bool>,
}

/// Queries have ids, are either a metric or computed, and one of them is the result.
fn check_queries(path: &str, queries: &[Query<'_>], problems: &mut Problems) {
    let mut ids: Vec<&str> = queries.iter().filter_map(|query| query.id.filled()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        let detail = format!("There are several queries with the id {:?}.", twice[0]);
        problems.error(path, "Duplicate id of a query", detail);
    }
    let is_id = |id: &str| {
        id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(id) = ids.iter().find(|id| !is_id(id)) {
        problems.error(
            path,
            "Invalid id of a query",
            format!(
                "It begins with a lower case letter, with letters, digits and underscores after it, \
                 but is {id:?}."
            ),
        );
    }
    if let Some(query) = queries.iter().find(|query| query.expression == query.stat) {
        problems.error(
            path,
            COMBINATION,
            format!(
                "A query is either an \"expression\" or a \"metric_stat\", but {:?} is {}.",
                query.id.text(),
                if query.stat { "both" } else { "neither" }
            ),
        );
    }
    let results = queries.iter().filter(|query| query.returned.is_true()).count();
    if !queries.is_empty() && results != 1 && queries.iter().all(|query| query.returned.is_known())
    {
        problems.error(
            path,
            COMBINATION,
            format!(
                "One query is the result; the others say \"return_data = false\". {results} do not."
            ),
        );
    }
}

fn check_predictive(predictive: &PredictiveScalingConfiguration, problems: &mut Problems) {
    let may_exceed = predictive.max_capacity_breach_behavior.clone().or("HonorMaxCapacity");
    if let Some(behavior) = may_exceed.as_str() {
        let exceeds = behavior == "IncreaseMaxCapacity";
        let buffer = &predictive.max_capacity_buffer;
        if exceeds && buffer.is_null() {
            problems.error(
                "max_capacity_buffer",
                MISSING,
                "\"IncreaseMaxCapacity\" needs \"max_capacity_buffer\": by how many percent the group may \
                 exceed its forecast.",
            );
        } else if !exceeds && buffer.filled().is_some() {
            problems.error(
                "max_capacity_buffer",
                COMBINATION,
                "\"max_capacity_buffer\" is for the \"max_capacity_breach_behavior\" \
                 \"IncreaseMaxCapacity\" alone.",
            );
        }
    }
    if let Some(metric) = predictive.metric_specification.first() {
        problems.within("metric_specification.0", |problems| check_forecast(metric, problems));
    }
}

/// A forecast is of a pair of metrics, or of one for the load and one for the capacity of instances.
fn check_forecast(metric: &MetricSpecification, problems: &mut Problems) {
    let pair = is_set(&metric.predefined_metric_pair_specification);
    let load = (
        is_set(&metric.predefined_load_metric_specification),
        is_set(&metric.customized_load_metric_specification),
    );
    let scaling = (
        is_set(&metric.predefined_scaling_metric_specification),
        is_set(&metric.customized_scaling_metric_specification),
    );
    let capacity = is_set(&metric.customized_capacity_metric_specification);
    let given = ("predefined_load_metric_specification", load.0);
    problems.conflict(("customized_load_metric_specification", load.1), given);
    problems.conflict(("customized_capacity_metric_specification", capacity), given);
    problems.conflict(
        ("customized_scaling_metric_specification", scaling.1),
        ("predefined_scaling_metric_specification", scaling.0),
    );
    let (has_load, has_scaling) = (load.0 || load.1, scaling.0 || scaling.1);
    if pair && (has_load || has_scaling || capacity) || !pair && !(has_load && has_scaling) {
        problems.error(
            "",
            COMBINATION,
            "It has either a \"predefined_metric_pair_specification\", or one specification of a load \
             metric and one of a scaling metric.",
        );
    }
    let labels = [
        (
            "predefined_metric_pair_specification",
            metric
                .predefined_metric_pair_specification
                .first()
                .map(|m| (&m.predefined_metric_type, &m.resource_label)),
        ),
        (
            "predefined_load_metric_specification",
            metric
                .predefined_load_metric_specification
                .first()
                .map(|m| (&m.predefined_metric_type, &m.resource_label)),
        ),
        (
            "predefined_scaling_metric_specification",
            metric
                .predefined_scaling_metric_specification
                .first()
                .map(|m| (&m.predefined_metric_type, &m.resource_label)),
        ),
    ];
    for (name, given) in labels {
        let Some((ty, label)) = given else { continue };
        problems.within(&format!("{name}.0"), |problems| {
            check_label(ty.as_str().map(|ty| ty.starts_with("ALB")), label, problems);
        });
    }
    for (name, own) in [
        (
            "customized_capacity_metric_specification",
            &metric.customized_capacity_metric_specification,
        ),
        ("customized_load_metric_specification", &metric.customized_load_metric_specification),
        (
            "customized_scaling_metric_specification",
            &metric.customized_scaling_metric_specification,
        ),
    ] {
        let Some(own) = own.first() else { continue };
        problems.within(&format!("{name}.0"), |problems| check_data_queries(own, problems));
    }
}

fn check_data_queries(own: &CustomizedCapacityMetricSpecification, problems: &mut Problems) {
    let queries = own.metric_data_queries.iter().map(|query| Query {
        id: &query.id,
        expression: !query.expression.is_null(),
        stat: is_set(&query.metric_stat),
        returned: query.return_data.clone().or(true),
    });
    check_queries("metric_data_queries", &queries.collect::<Vec<_>>(), problems);
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn steps_cover_a_range() {
        let (none, zero, ten, less) = (None, Some(0.0), Some(10.0), Some(-10.0));
        for good in [
            vec![(zero, none)],
            vec![(zero, ten), (ten, none)],
            vec![(ten, none), (zero, ten)],
            vec![(none, zero)],
            vec![(none, less), (less, zero), (zero, ten), (ten, none)],
            vec![],
        ] {
            assert_eq!(covered(good.clone()), Ok(()), "{good:?}");
        }
        let wrong = |steps: Vec<(Option<f64>, Option<f64>)>, words: &str| {
            let told = covered(steps.clone());
            assert!(told.as_ref().is_err_and(|told| told.contains(words)), "{steps:?}: {told:?}");
        };
        wrong(vec![(none, none)], "or both");
        wrong(vec![(ten, zero)], "ends after it begins");
        wrong(vec![(zero, Some(5.0)), (ten, none)], "leave a gap: one ends at 5");
        wrong(vec![(zero, ten), (Some(5.0), none)], "overlap");
        wrong(vec![(zero, none), (ten, none)], "overlap");
        wrong(vec![(none, zero), (none, less)], "overlap");
        wrong(vec![(less, zero)], "no \"metric_interval_lower_bound\"");
        wrong(vec![(zero, ten)], "no \"metric_interval_upper_bound\"");
    }
}
