//! What requests to create and to change a group have in common.

use aws_sdk_autoscaling::types;

use super::model::{AutoscalingGroup, InstanceMaintenancePolicy};

/// The size to ask for; 0 stands for none in stored states, and no smaller group can be asked for.
pub(super) fn desired(planned: &AutoscalingGroup) -> Option<i32> {
    planned.desired_capacity.to_i32().filter(|n| *n > 0)
}

pub(super) fn distribution(
    planned: &AutoscalingGroup,
) -> Option<types::AvailabilityZoneDistribution> {
    let strategy = planned.availability_zone_distribution.first()?;
    let strategy = strategy.capacity_distribution_strategy.filled()?;
    let built = types::AvailabilityZoneDistribution::builder();
    Some(built.capacity_distribution_strategy(strategy.into()).build())
}

pub(super) fn reservations(
    planned: &AutoscalingGroup,
) -> Option<types::CapacityReservationSpecification> {
    let wanted = planned.capacity_reservation_specification.first()?;
    let preference = wanted.capacity_reservation_preference.filled();
    let target = wanted.capacity_reservation_target.first().map(|target| {
        types::CapacityReservationTarget::builder()
            .set_capacity_reservation_ids(
                target.capacity_reservation_ids.cloned().filter(|all| !all.is_empty()),
            )
            .set_capacity_reservation_resource_group_arns(
                target.capacity_reservation_resource_group_arns.cloned().filter(|a| !a.is_empty()),
            )
            .build()
    });
    let built = types::CapacityReservationSpecification::builder()
        .set_capacity_reservation_preference(preference.map(Into::into))
        .set_capacity_reservation_target(target);
    Some(built.build())
}

pub(super) fn maintenance(policy: &InstanceMaintenancePolicy) -> types::InstanceMaintenancePolicy {
    types::InstanceMaintenancePolicy::builder()
        .set_max_healthy_percentage(policy.max_healthy_percentage.to_i32())
        .set_min_healthy_percentage(policy.min_healthy_percentage.to_i32())
        .build()
}
