//! How a group comes to be.
//!
//! Creates of groups have no client token, but groups have names. A group of a name that was generated
//! for this create is ours whoever asks for it; of another name, only if an answer to this very request
//! was lost. Where nothing is known of the last try either, the group is recorded: the next run sees
//! whether it is there.

use std::time::Duration;

use groma_aws_core::{Aws, Error, Outcome as _, create_once, generated_name, retry};
use groma_sdk::{Blocks, Context, Diagnostics};

use super::model::{AutoscalingGroup, InitialLifecycleHook};
use super::{attach, launch, requests};
use crate::hooks::{self, Hook};
use crate::service::{autoscaling, patiently};

/// How long a profile may be unknown in places.
const PROPAGATION: Duration = Duration::from_secs(120);

/// Creates a group. With hooks that are to see its first instances, it is empty at first.
pub(super) async fn create(cx: &Context<Aws>, model: &AutoscalingGroup) -> Result<(), Diagnostics> {
    let name = model.name.text();
    match make(cx, model).await {
        Ok(()) => {}
        Err(e) if e.is("AlreadyExists") && name.ends_with(&generated_name(cx, "")) => {}
        Err(e) => {
            if e.is_ambiguous() {
                cx.keep_model(model);
            }
            return Err(e.during(format!("creating Auto Scaling Group ({name})")));
        }
    }
    cx.keep_model(model);
    if !model.initial_lifecycle_hook.is_empty() {
        put_hooks(cx, name, &model.initial_lifecycle_hook).await?;
        grow(cx, model).await?;
    }
    Ok(())
}

async fn make(cx: &Context<Aws>, planned: &AutoscalingGroup) -> Result<(), Error> {
    let name = planned.name.text();
    let client = autoscaling(cx.client());
    let empty = !planned.initial_lifecycle_hook.is_empty();
    let size = |size: Option<i32>| if empty { size.map(|_| 0) } else { size };
    let subnets = planned.vpc_zone_identifier.to_filled().map(|subnets| subnets.join(","));
    let unready = |e: &Error| {
        e.says("ValidationError", "Invalid IAM Instance Profile")
            || e.message().contains("is pending delete")
    };
    let what = format!("the instance profile of Auto Scaling Group ({name})");
    let made = retry(cx, what, PROPAGATION, unready, || {
        let request = client
            .create_auto_scaling_group()
            .auto_scaling_group_name(name)
            .set_min_size(size(planned.min_size.to_i32()))
            .set_max_size(size(planned.max_size.to_i32()))
            .set_desired_capacity(requests::desired(planned).filter(|_| !empty))
            .set_desired_capacity_type(planned.desired_capacity_type.to_filled())
            .set_availability_zones(planned.availability_zones.to_filled())
            .set_availability_zone_distribution(requests::distribution(planned))
            .set_capacity_rebalance(planned.capacity_rebalance.cloned())
            .set_capacity_reservation_specification(requests::reservations(planned))
            .set_context(planned.context.to_filled())
            .set_default_cooldown(planned.default_cooldown.to_i32())
            .set_default_instance_warmup(planned.default_instance_warmup.to_i32())
            .set_health_check_type(planned.health_check_type.to_filled())
            .set_health_check_grace_period(planned.health_check_grace_period.to_i32())
            .set_instance_maintenance_policy(
                planned.instance_maintenance_policy.first().map(requests::maintenance),
            )
            .set_launch_configuration_name(planned.launch_configuration.to_filled())
            .set_launch_template(planned.launch_template.first().map(launch::to_template))
            .set_load_balancer_names(planned.load_balancers.to_filled())
            .set_max_instance_lifetime(planned.max_instance_lifetime.to_filled_i32())
            .set_mixed_instances_policy(
                planned.mixed_instances_policy.first().map(launch::to_policy),
            )
            .new_instances_protected_from_scale_in(planned.protect_from_scale_in.is_true())
            .set_placement_group(planned.placement_group.to_filled())
            .set_service_linked_role_arn(planned.service_linked_role_arn.to_filled())
            .set_tags(attach::to_tags(name, &planned.tag))
            .set_target_group_arns(planned.target_group_arns.to_filled())
            .set_termination_policies(
                planned.termination_policies.cloned().filter(|p| !p.is_empty()),
            )
            .set_traffic_sources(attach::to_sources(&planned.traffic_source))
            .set_vpc_zone_identifier(subnets.clone());
        create_once(request.send(), &["AlreadyExists"])
    });
    made.await.map(|_| ())
}

async fn put_hooks(
    cx: &Context<Aws>,
    group: &str,
    all: &Blocks<InitialLifecycleHook>,
) -> Result<(), Diagnostics> {
    for hook in all {
        let hook = Hook {
            group,
            name: hook.name.text(),
            transition: &hook.lifecycle_transition,
            default_result: &hook.default_result,
            heartbeat_timeout: &hook.heartbeat_timeout,
            metadata: &hook.notification_metadata,
            target: &hook.notification_target_arn,
            role: &hook.role_arn,
        };
        let put = hooks::put(cx, &hook).await;
        put.map_err(|e| {
            e.during(format!(
                "creating Auto Scaling Group ({group}) Lifecycle Hook ({})",
                hook.name
            ))
        })?;
    }
    Ok(())
}

/// Gives a group that was made empty its size.
async fn grow(cx: &Context<Aws>, planned: &AutoscalingGroup) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let client = autoscaling(cx.client());
    let grown = patiently(cx, name, || {
        let request = client.update_auto_scaling_group().auto_scaling_group_name(name);
        let request = request
            .set_min_size(planned.min_size.to_i32())
            .set_max_size(planned.max_size.to_i32())
            .set_desired_capacity(requests::desired(planned));
        async move { request.send().await.typed() }
    });
    let grown = grown.await;
    grown.map_err(|e| e.during(format!("setting Auto Scaling Group ({name}) initial capacity")))?;
    Ok(())
}
