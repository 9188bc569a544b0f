//! `aws_autoscaling_policy`: a rule by which a group changes its size.

mod checks;
mod metrics;
mod model;
mod predictive;

use std::collections::HashMap;

use aws_sdk_autoscaling::operation::put_scaling_policy::builders::PutScalingPolicyFluentBuilder;
use aws_sdk_autoscaling::{Client, types};
use groma_aws_core::{Aws, Error, Outcome as _, appears};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Problems, async_trait};

pub(crate) use model::AutoscalingPolicy;
use model::StepAdjustment;

use crate::service::{JUST_CREATED, autoscaling, import_id, is_gone, patiently};

const SIMPLE: &str = "SimpleScaling";
const STEP: &str = "StepScaling";
const TRACKING: &str = "TargetTrackingScaling";
const PREDICTIVE: &str = "PredictiveScaling";

/// How many policies one call takes.
const POLICIES: usize = 50;

/// The resource type.
pub(crate) struct AutoscalingPolicyResource;

#[async_trait]
impl Managed<Aws> for AutoscalingPolicyResource {
    type Model = AutoscalingPolicy;

    fn name(&self) -> &'static str {
        "aws_autoscaling_policy"
    }

    fn validate(&self, config: &AutoscalingPolicy, problems: &mut Problems) {
        checks::check(config, problems);
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingPolicy,
        planned: AutoscalingPolicy,
    ) -> Result<AutoscalingPolicy, Diagnostics> {
        let name = planned.name.text();
        let arn = put(cx, &planned, "creating").await?;
        let mut model = planned.clone();
        model.id = name.into();
        model.arn = arn.into();
        cx.keep_model(&model);
        found(cx, model).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingPolicy,
    ) -> Result<Option<AutoscalingPolicy>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        _prior: AutoscalingPolicy,
        _config: AutoscalingPolicy,
        planned: AutoscalingPolicy,
    ) -> Result<AutoscalingPolicy, Diagnostics> {
        put(cx, &planned, "updating").await?;
        found(cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: AutoscalingPolicy) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let group = prior.autoscaling_group_name.text();
        let client = autoscaling(cx.client());
        let deleted = patiently(cx, group, || {
            let request = client.delete_policy().policy_name(name).auto_scaling_group_name(group);
            async move { request.send().await.typed() }
        });
        match deleted.await {
            Err(e) if is_gone(&e) => Ok(()),
            Err(e) => Err(e.during(format!("deleting Auto Scaling Policy ({name})"))),
            Ok(_) => Ok(()),
        }
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<AutoscalingPolicy>, Diagnostics> {
        let (group, name) = import_id(id, "POLICY_NAME")?;
        Ok(Some(AutoscalingPolicy {
            id: name.into(),
            name: name.into(),
            autoscaling_group_name: group.into(),
            ..AutoscalingPolicy::default()
        }))
    }
}

fn kind(policy: &AutoscalingPolicy) -> &str {
    policy.policy_type.as_str().unwrap_or(SIMPLE)
}

/// Creates or changes a policy; gives its ARN.
async fn put(
    cx: &Context<Aws>,
    planned: &AutoscalingPolicy,
    doing: &str,
) -> Result<Option<String>, Diagnostics> {
    let (name, group) = (planned.name.text(), planned.autoscaling_group_name.text());
    let client = autoscaling(cx.client());
    let put = patiently(cx, group, || {
        let request = request(&client, planned);
        async move { request.send().await.typed() }
    });
    let answer =
        put.await.map_err(|e| e.during(format!("{doing} Auto Scaling Policy ({name})")))?;
    Ok(answer.policy_arn)
}

/// What a policy is told: of its arguments, those that are for its type.
fn request(client: &Client, planned: &AutoscalingPolicy) -> PutScalingPolicyFluentBuilder {
    let kind = kind(planned);
    let (simple, step) = (kind == SIMPLE, kind == STEP);
    let tracking = planned.target_tracking_configuration.first();
    let predictive = planned.predictive_scaling_configuration.first();
    let steps = planned.step_adjustment.iter().map(to_step).collect();
    let warmup = planned.estimated_instance_warmup.to_i32();
    client
        .put_scaling_policy()
        .auto_scaling_group_name(planned.autoscaling_group_name.text())
        .policy_name(planned.name.text())
        .policy_type(kind)
        .set_enabled(planned.enabled.cloned())
        .set_adjustment_type(planned.adjustment_type.to_filled().filter(|_| simple || step))
        .set_min_adjustment_magnitude(
            planned.min_adjustment_magnitude.to_i32().filter(|n| *n != 0 && (simple || step)),
        )
        .set_cooldown(planned.cooldown.to_i32().filter(|_| simple))
        .set_scaling_adjustment(planned.scaling_adjustment.to_i32().or(Some(0)).filter(|_| simple))
        .set_metric_aggregation_type(planned.metric_aggregation_type.to_filled().filter(|_| step))
        .set_step_adjustments(Some(steps).filter(|_| step))
        .set_estimated_instance_warmup(warmup.filter(|n| step && *n != 0 || kind == TRACKING))
        .set_target_tracking_configuration(
            tracking.map(metrics::to_tracking).filter(|_| kind == TRACKING),
        )
        .set_predictive_scaling_configuration(
            predictive.map(predictive::to_predictive).filter(|_| kind == PREDICTIVE),
        )
}

fn to_step(step: &StepAdjustment) -> types::StepAdjustment {
    let bound = |text: &Attr<String>| text.filled().and_then(|t| t.parse::<f64>().ok());
    types::StepAdjustment::builder()
        .set_metric_interval_lower_bound(bound(&step.metric_interval_lower_bound))
        .set_metric_interval_upper_bound(bound(&step.metric_interval_upper_bound))
        .set_scaling_adjustment(step.scaling_adjustment.to_i32())
        .build()
}

fn of_step(found: &types::StepAdjustment) -> StepAdjustment {
    let bound = |bound: Option<f64>| Attr::from(bound.map(|b| b.to_string()));
    StepAdjustment {
        metric_interval_lower_bound: bound(found.metric_interval_lower_bound()),
        metric_interval_upper_bound: bound(found.metric_interval_upper_bound()),
        scaling_adjustment: found.scaling_adjustment().into(),
    }
}

/// The policy after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingPolicy,
) -> Result<AutoscalingPolicy, Diagnostics> {
    let what = format!("Auto Scaling Policy ({})", model.name.text());
    appears(cx, what, JUST_CREATED, || read(cx, model.clone())).await
}

async fn read(
    cx: &Context<Aws>,
    mut model: AutoscalingPolicy,
) -> Result<Option<AutoscalingPolicy>, Diagnostics> {
    let (group, name) = (model.autoscaling_group_name.text(), model.id.text());
    let found = policy(cx.client(), group, name).await;
    let Some(found) = found.during(format!("reading Auto Scaling Policy ({name})"))? else {
        return Ok(None);
    };
    describe(&mut model, &found);
    Ok(Some(model))
}

/// A policy as it is now, read together with those of other groups.
async fn policy(aws: &Aws, group: &str, name: &str) -> Result<Option<types::ScalingPolicy>, Error> {
    let client = autoscaling(aws);
    let loader =
        aws.loader("autoscaling:policies", POLICIES, move |keys: Vec<(String, String)>| {
            let client = client.clone();
            async move {
                // Without a group, policies of these names of all groups are given.
                let mut groups: Vec<&String> = keys.iter().map(|(group, _)| group).collect();
                groups.sort_unstable();
                groups.dedup();
                let one = match groups.as_slice() {
                    [one] => Some((*one).clone()),
                    _ => None,
                };
                let mut names: Vec<String> = keys.iter().map(|(_, name)| name.clone()).collect();
                names.sort_unstable();
                names.dedup();
                let request = client.describe_policies().set_auto_scaling_group_name(one);
                let request = request.set_policy_names(Some(names)).into_paginator();
                let found = request.items().send().collect::<Result<Vec<_>, _>>().await.typed();
                let found = match found {
                    Err(e) if is_gone(&e) => Vec::new(),
                    found => found?,
                };
                let keyed = found.into_iter().map(|policy| {
                    let group = policy.auto_scaling_group_name().unwrap_or_default().to_owned();
                    ((group, policy.policy_name().unwrap_or_default().to_owned()), policy)
                });
                Ok(keyed.collect::<HashMap<_, _>>())
            }
        });
    loader.load((group.to_owned(), name.to_owned())).await
}

fn describe(model: &mut AutoscalingPolicy, found: &types::ScalingPolicy) {
    model.adjustment_type = found.adjustment_type().into();
    model.arn = found.policy_arn().into();
    model.autoscaling_group_name = found.auto_scaling_group_name().into();
    model.cooldown = found.cooldown().into();
    model.enabled = found.enabled().into();
    model.estimated_instance_warmup = found.estimated_instance_warmup().into();
    model.metric_aggregation_type = found.metric_aggregation_type().into();
    model.min_adjustment_magnitude = found.min_adjustment_magnitude().into();
    model.name = found.policy_name().into();
    model.policy_type = found.policy_type().into();
    model.scaling_adjustment = found.scaling_adjustment().into();
    model.step_adjustment = found.step_adjustments().iter().map(of_step).collect();
    let predictive = found.predictive_scaling_configuration();
    model.predictive_scaling_configuration = predictive.map(predictive::of_predictive).into();
    let tracking = found.target_tracking_configuration();
    model.target_tracking_configuration = tracking.map(metrics::of_tracking).into();
}

#[cfg(test)]
mod tests;
