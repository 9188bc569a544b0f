//! How a group is read.

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _, prefix_of_name};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Set};

use super::launch::{of_policy, of_template};
use super::model::{
    AutoscalingGroup, AvailabilityZoneDistribution, CapacityReservationSpecification,
    CapacityReservationTarget, InstanceMaintenancePolicy, InstanceReusePolicy, Tag, TrafficSource,
    WarmPool,
};
use crate::service::group;

pub(super) async fn read(
    cx: &Context<Aws>,
    mut model: AutoscalingGroup,
) -> Result<Option<AutoscalingGroup>, Diagnostics> {
    let name = model.id.text().to_owned();
    let found = group(cx.client(), &name).await;
    let Some(found) = found.during(format!("reading Auto Scaling Group ({name})"))? else {
        return Ok(None);
    };
    let ignored = &cx.client().tags().ignored;
    describe(&mut model, &found, &|key| ignored.has(key));
    Ok(Some(model))
}

/// Records a group as it was found. Tags that are `ignored` are none of ours.
pub(crate) fn describe(
    model: &mut AutoscalingGroup,
    found: &types::AutoScalingGroup,
    ignored: &dyn Fn(&str) -> bool,
) {
    let name = found.auto_scaling_group_name();
    model.arn = found.auto_scaling_group_arn().into();
    model.name = name.into();
    model.name_prefix = name.and_then(prefix_of_name).into();
    model.availability_zones = Set(found.availability_zones().to_vec()).into();
    model.capacity_rebalance = found.capacity_rebalance().into();
    model.context = found.context().into();
    model.default_cooldown = found.default_cooldown().into();
    model.default_instance_warmup = found.default_instance_warmup().into();
    model.desired_capacity = found.desired_capacity().into();
    model.desired_capacity_type = found.desired_capacity_type().into();
    model.health_check_grace_period = found.health_check_grace_period().into();
    model.health_check_type = found.health_check_type().into();
    model.launch_configuration = found.launch_configuration_name().into();
    model.launch_template = found.launch_template().map(of_template).into();
    model.mixed_instances_policy = found.mixed_instances_policy().map(of_policy).into();
    model.load_balancers = Set(found.load_balancer_names().to_vec()).into();
    model.max_instance_lifetime = found.max_instance_lifetime().into();
    model.max_size = found.max_size().into();
    model.min_size = found.min_size().into();
    model.placement_group = found.placement_group().into();
    model.predicted_capacity = found.predicted_capacity().into();
    model.protect_from_scale_in = found.new_instances_protected_from_scale_in().into();
    model.service_linked_role_arn = found.service_linked_role_arn().into();
    model.target_group_arns = Set(found.target_group_arns().to_vec()).into();
    model.warm_pool_size = found.warm_pool_size().into();
    let subnets = found.vpc_zone_identifier().unwrap_or_default().split(',');
    let subnets = subnets.filter(|s| !s.is_empty()).map(str::to_owned).collect::<Set<String>>();
    model.vpc_zone_identifier = subnets.into();
    describe_metrics(model, found);
    let suspended = found.suspended_processes().iter();
    let suspended: Vec<String> =
        suspended.filter_map(|p| p.process_name().map(str::to_owned)).collect();
    model.suspended_processes = Attr::set_of_filled(suspended);
    // One that nobody asked for is how all groups are.
    let ends = found.termination_policies();
    let asked = model.termination_policies.get().is_some_and(|all| !all.is_empty());
    model.termination_policies = match ends {
        [] => Attr::Null,
        [one] if one == "Default" && !asked => Attr::Null,
        all => all.to_vec().into(),
    };
    describe_blocks(model, found);
    let tags = found.tags().iter().filter(|tag| !tag.key().is_some_and(ignored));
    model.tag = tags
        .map(|tag| Tag {
            key: tag.key().into(),
            propagate_at_launch: tag.propagate_at_launch().into(),
            value: tag.value().unwrap_or_default().into(),
        })
        .collect();
}

fn describe_metrics(model: &mut AutoscalingGroup, found: &types::AutoScalingGroup) {
    let metrics = found.enabled_metrics().iter();
    let metrics: Vec<String> = metrics.filter_map(|m| m.metric().map(str::to_owned)).collect();
    model.enabled_metrics = Attr::set_of_filled(metrics);
    let granularity = found.enabled_metrics().first().and_then(|m| m.granularity());
    model.metrics_granularity = granularity.unwrap_or("1Minute").into();
}

fn describe_blocks(model: &mut AutoscalingGroup, found: &types::AutoScalingGroup) {
    let spread = found.availability_zone_distribution().map(|spread| {
        let strategy = spread.capacity_distribution_strategy().map(|s| s.as_str());
        AvailabilityZoneDistribution { capacity_distribution_strategy: strategy.into() }
    });
    model.availability_zone_distribution = spread.into();
    let reserved = found.capacity_reservation_specification().map(reservation);
    model.capacity_reservation_specification = reserved.into();
    let policy = found.instance_maintenance_policy().map(|policy| InstanceMaintenancePolicy {
        max_healthy_percentage: policy.max_healthy_percentage().into(),
        min_healthy_percentage: policy.min_healthy_percentage().into(),
    });
    // One of -1 takes the policy away, so that there is none.
    let is_none = |p: &InstanceMaintenancePolicy| p.min_healthy_percentage.cloned() == Some(-1);
    if policy.is_some() || !model.instance_maintenance_policy.iter().any(is_none) {
        model.instance_maintenance_policy = policy.into();
    }
    let sources = found.traffic_sources().iter().map(|source| TrafficSource {
        identifier: source.identifier().into(),
        r#type: source.r#type().into(),
    });
    model.traffic_source = sources.collect();
    model.warm_pool = found.warm_pool_configuration().map(warm_pool).into();
}

fn reservation(
    found: &types::CapacityReservationSpecification,
) -> CapacityReservationSpecification {
    let list = |all: &[String]| match all.is_empty() {
        true => Attr::Null,
        false => Attr::Known(all.to_vec()),
    };
    let target = found.capacity_reservation_target().map(|target| CapacityReservationTarget {
        capacity_reservation_ids: list(target.capacity_reservation_ids()),
        capacity_reservation_resource_group_arns: list(
            target.capacity_reservation_resource_group_arns(),
        ),
    });
    CapacityReservationSpecification {
        capacity_reservation_preference: found
            .capacity_reservation_preference()
            .map(|preference| preference.as_str())
            .into(),
        capacity_reservation_target: target.into(),
    }
}

fn warm_pool(found: &types::WarmPoolConfiguration) -> WarmPool {
    let reuse = found
        .instance_reuse_policy()
        .map(|policy| InstanceReusePolicy { reuse_on_scale_in: policy.reuse_on_scale_in().into() });
    WarmPool {
        max_group_prepared_capacity: found.max_group_prepared_capacity().unwrap_or(-1).into(),
        min_size: found.min_size().unwrap_or_default().into(),
        pool_state: found.pool_state().map(types::WarmPoolState::as_str).into(),
        instance_reuse_policy: Blocks::from(reuse),
    }
}
