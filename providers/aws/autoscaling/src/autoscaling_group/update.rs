//! How a group itself is changed.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::operation::update_auto_scaling_group::builders::UpdateAutoScalingGroupFluentBuilder;
use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Context, Diagnostics};

use super::model::AutoscalingGroup;
use super::{launch, requests};
use crate::service::{autoscaling, patiently};

/// What the group itself is told when it changes.
const UPDATED: &[&str] = &[
    "availability_zone_distribution",
    "availability_zones",
    "capacity_rebalance",
    "capacity_reservation_specification",
    "context",
    "default_cooldown",
    "default_instance_warmup",
    "desired_capacity",
    "desired_capacity_type",
    "health_check_grace_period",
    "health_check_type",
    "instance_maintenance_policy",
    "launch_configuration",
    "launch_template",
    "max_instance_lifetime",
    "max_size",
    "min_size",
    "mixed_instances_policy",
    "placement_group",
    "protect_from_scale_in",
    "service_linked_role_arn",
    "termination_policies",
    "vpc_zone_identifier",
];

/// Tells the group itself what changes, if anything does.
pub(super) async fn update(
    cx: &Context<Aws>,
    name: &str,
    planned: &AutoscalingGroup,
    changed: &[&str],
) -> Result<(), Diagnostics> {
    if !changed.iter().any(|name| UPDATED.contains(name)) {
        return Ok(());
    }
    let client = autoscaling(cx.client());
    let updated = patiently(cx, name, || {
        let request = request(&client, name, planned, changed);
        async move { request.send().await.typed() }
    });
    let updated = updated.await;
    updated.map_err(|e| e.during(format!("updating Auto Scaling Group ({name})")))?;
    Ok(())
}

fn request(
    client: &Client,
    name: &str,
    planned: &AutoscalingGroup,
    changed: &[&str],
) -> UpdateAutoScalingGroupFluentBuilder {
    let has = |name: &str| changed.contains(&name);
    // Texts that are taken away are sent empty, numbers as 0.
    let text = |name: &str, text: &Attr<String>| has(name).then(|| text.text().to_owned());
    let number = |name: &str, n: &Attr<i64>| n.to_i32().or(Some(0)).filter(|_| has(name));
    let zones = planned.availability_zones.to_filled().filter(|_| has("availability_zones"));
    let subnets =
        has("vpc_zone_identifier").then(|| planned.vpc_zone_identifier.elements().join(","));
    let checked = has("health_check_grace_period") || has("health_check_type");
    let policy = planned.instance_maintenance_policy.first().map_or_else(
        // That is how the policy is taken away.
        || {
            let none = types::InstanceMaintenancePolicy::builder();
            none.max_healthy_percentage(-1).min_healthy_percentage(-1).build()
        },
        requests::maintenance,
    );
    let ends = planned.termination_policies.cloned().filter(|all| !all.is_empty());
    let ends = ends.unwrap_or_else(|| vec!["Default".to_owned()]);
    let template = planned.launch_template.first().filter(|_| has("launch_template"));
    let mixed = planned.mixed_instances_policy.first().filter(|_| has("mixed_instances_policy"));
    client
        .update_auto_scaling_group()
        .auto_scaling_group_name(name)
        .new_instances_protected_from_scale_in(planned.protect_from_scale_in.is_true())
        .set_availability_zone_distribution(
            requests::distribution(planned).filter(|_| has("availability_zone_distribution")),
        )
        .set_availability_zones(zones)
        .set_capacity_rebalance(
            has("capacity_rebalance").then(|| planned.capacity_rebalance.is_true()),
        )
        .set_capacity_reservation_specification(
            requests::reservations(planned).filter(|_| has("capacity_reservation_specification")),
        )
        .set_context(text("context", &planned.context))
        .set_default_cooldown(number("default_cooldown", &planned.default_cooldown))
        .set_default_instance_warmup(
            // It is taken away by -1.
            has("default_instance_warmup")
                .then(|| planned.default_instance_warmup.to_i32().unwrap_or(-1)),
        )
        .set_desired_capacity(planned.desired_capacity.to_i32().filter(|_| has("desired_capacity")))
        .set_desired_capacity_type(
            planned.desired_capacity_type.to_filled().filter(|_| has("desired_capacity_type")),
        )
        .set_health_check_grace_period(
            planned.health_check_grace_period.to_i32().filter(|_| checked),
        )
        .set_health_check_type(
            planned.health_check_type.to_filled().filter(|_| has("health_check_type")),
        )
        .set_instance_maintenance_policy(has("instance_maintenance_policy").then_some(policy))
        .set_launch_configuration_name(
            planned.launch_configuration.to_filled().filter(|_| has("launch_configuration")),
        )
        .set_launch_template(template.map(launch::to_template))
        .set_max_instance_lifetime(number("max_instance_lifetime", &planned.max_instance_lifetime))
        .set_max_size(number("max_size", &planned.max_size))
        .set_min_size(number("min_size", &planned.min_size))
        .set_mixed_instances_policy(mixed.map(launch::to_policy))
        .set_placement_group(text("placement_group", &planned.placement_group))
        .set_service_linked_role_arn(
            planned.service_linked_role_arn.to_filled().filter(|_| has("service_linked_role_arn")),
        )
        .set_termination_policies(has("termination_policies").then_some(ends))
        .set_vpc_zone_identifier(subnets)
}
