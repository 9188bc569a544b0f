//! The model of `aws_autoscaling_group`.

use groma_aws_core::checks::{arn, duration};
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set};

pub(crate) use super::launch_model::{LaunchTemplate, MixedInstancesPolicy};

/// A group of instances that grows and shrinks.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct AutoscalingGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) availability_zones: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) capacity_rebalance: Attr<bool>,
    #[attr(optional)]
    pub(crate) context: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) default_cooldown: Attr<i64>,
    #[attr(optional)]
    pub(crate) default_instance_warmup: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) desired_capacity: Attr<i64>,
    #[attr(optional, check = one_of(&["memory-mib", "units", "vcpu"]))]
    pub(crate) desired_capacity_type: Attr<String>,
    #[attr(optional)]
    pub(crate) enabled_metrics: Attr<Set<String>>,
    #[attr(optional, default = false)]
    pub(crate) force_delete: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) force_delete_warm_pool: Attr<bool>,
    #[attr(optional, default = 300)]
    pub(crate) health_check_grace_period: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) health_check_type: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) ignore_failed_scaling_activities: Attr<bool>,
    #[attr(optional)]
    pub(crate) launch_configuration: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) load_balancers: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) max_instance_lifetime: Attr<i64>,
    #[attr(required)]
    pub(crate) max_size: Attr<i64>,
    #[attr(optional, default = "1Minute")]
    pub(crate) metrics_granularity: Attr<String>,
    #[attr(optional)]
    pub(crate) min_elb_capacity: Attr<i64>,
    #[attr(required)]
    pub(crate) min_size: Attr<i64>,
    #[attr(optional, computed, replace, check = length(0, 255))]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229))]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) placement_group: Attr<String>,
    #[attr(computed)]
    pub(crate) predicted_capacity: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) protect_from_scale_in: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) service_linked_role_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) suspended_processes: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) target_group_arns: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) termination_policies: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_zone_identifier: Attr<Set<String>>,
    #[attr(optional, default = "10m", check = duration)]
    pub(crate) wait_for_capacity_timeout: Attr<String>,
    #[attr(optional)]
    pub(crate) wait_for_elb_capacity: Attr<i64>,
    #[attr(computed)]
    pub(crate) warm_pool_size: Attr<i64>,
    #[block(list, max = 1, computed)]
    pub(crate) availability_zone_distribution: Blocks<AvailabilityZoneDistribution>,
    #[block(list, max = 1, computed)]
    pub(crate) capacity_reservation_specification: Blocks<CapacityReservationSpecification>,
    #[block(set, replace)]
    pub(crate) initial_lifecycle_hook: Blocks<InitialLifecycleHook>,
    #[block(list, max = 1)]
    pub(crate) instance_maintenance_policy: Blocks<InstanceMaintenancePolicy>,
    #[block(list, max = 1)]
    pub(crate) instance_refresh: Blocks<InstanceRefresh>,
    #[block(list, max = 1)]
    pub(crate) launch_template: Blocks<LaunchTemplate>,
    #[block(list, max = 1, computed)]
    pub(crate) mixed_instances_policy: Blocks<MixedInstancesPolicy>,
    #[block(set)]
    pub(crate) tag: Blocks<Tag>,
    #[block(single)]
    pub(crate) timeouts: Blocks<Timeouts>,
    #[block(set, computed)]
    pub(crate) traffic_source: Blocks<TrafficSource>,
    #[block(list, max = 1)]
    pub(crate) warm_pool: Blocks<WarmPool>,
}

/// The `warm_pool` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct WarmPool {
    #[attr(optional, default = -1, check = range(-1, i64::from(i32::MAX)))]
    pub(crate) max_group_prepared_capacity: Attr<i64>,
    #[attr(optional, default = 0, check = range(0, i64::from(i32::MAX)))]
    pub(crate) min_size: Attr<i64>,
    #[attr(optional, default = "Stopped", check = one_of(&["Stopped", "Running", "Hibernated"]))]
    pub(crate) pool_state: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) instance_reuse_policy: Blocks<InstanceReusePolicy>,
}

/// The `warm_pool.instance_reuse_policy` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceReusePolicy {
    #[attr(optional, default = false)]
    pub(crate) reuse_on_scale_in: Attr<bool>,
}

/// The `traffic_source` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct TrafficSource {
    #[attr(required, check = length(1, 2048))]
    pub(crate) identifier: Attr<String>,
    #[attr(optional, check = length(1, 2048))]
    pub(crate) r#type: Attr<String>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Timeouts {
    #[attr(optional, check = duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = duration)]
    pub(crate) update: Attr<String>,
}

/// The `tag` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Tag {
    #[attr(required)]
    pub(crate) key: Attr<String>,
    #[attr(required)]
    pub(crate) propagate_at_launch: Attr<bool>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// The `instance_refresh` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceRefresh {
    #[attr(required, check = one_of(&["Rolling"]))]
    pub(crate) strategy: Attr<String>,
    #[attr(optional)]
    pub(crate) triggers: Attr<Set<String>>,
    #[block(list, max = 1)]
    pub(crate) preferences: Blocks<Preferences>,
}

/// The `instance_refresh.preferences` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Preferences {
    #[attr(optional)]
    pub(crate) auto_rollback: Attr<bool>,
    #[attr(optional, check = whole_number)]
    pub(crate) checkpoint_delay: Attr<String>,
    #[attr(optional)]
    pub(crate) checkpoint_percentages: Attr<Vec<i64>>,
    #[attr(optional, check = whole_number)]
    pub(crate) instance_warmup: Attr<String>,
    #[attr(optional, default = 100, check = range(100, 200))]
    pub(crate) max_healthy_percentage: Attr<i64>,
    #[attr(optional, default = 90, check = range(0, 100))]
    pub(crate) min_healthy_percentage: Attr<i64>,
    #[attr(optional, default = "Ignore", check = one_of(&["Refresh", "Ignore", "Wait"]))]
    pub(crate) scale_in_protected_instances: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) skip_matching: Attr<bool>,
    #[attr(optional, default = "Ignore", check = one_of(&["Terminate", "Ignore", "Wait"]))]
    pub(crate) standby_instances: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) alarm_specification: Blocks<AlarmSpecification>,
}

/// The `instance_refresh.preferences.alarm_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AlarmSpecification {
    #[attr(optional)]
    pub(crate) alarms: Attr<Vec<String>>,
}

/// The `instance_maintenance_policy` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceMaintenancePolicy {
    #[attr(required)]
    pub(crate) max_healthy_percentage: Attr<i64>,
    #[attr(required, check = range(-1, 100))]
    pub(crate) min_healthy_percentage: Attr<i64>,
}

/// The `initial_lifecycle_hook` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InitialLifecycleHook {
    #[attr(optional, computed, replace, check = one_of(&["ABANDON", "CONTINUE"]))]
    pub(crate) default_result: Attr<String>,
    #[attr(optional, replace, check = range(30, 7200))]
    pub(crate) heartbeat_timeout: Attr<i64>,
    #[attr(required, replace, check = one_of(&["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]))]
    pub(crate) lifecycle_transition: Attr<String>,
    #[attr(required, replace, check = length(1, 255))]
    pub(crate) name: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) notification_metadata: Attr<String>,
    #[attr(optional, replace, check = arn)]
    pub(crate) notification_target_arn: Attr<String>,
    #[attr(optional, replace, check = arn)]
    pub(crate) role_arn: Attr<String>,
}

/// The `capacity_reservation_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CapacityReservationSpecification {
    #[attr(optional, computed, check = one_of(&["capacity-reservations-only", "capacity-reservations-first", "none", "default"]))]
    pub(crate) capacity_reservation_preference: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) capacity_reservation_target: Blocks<CapacityReservationTarget>,
}

/// The `capacity_reservation_specification.capacity_reservation_target` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CapacityReservationTarget {
    #[attr(optional)]
    pub(crate) capacity_reservation_ids: Attr<Vec<String>>,
    #[attr(optional)]
    pub(crate) capacity_reservation_resource_group_arns: Attr<Vec<String>>,
}

/// The `availability_zone_distribution` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AvailabilityZoneDistribution {
    #[attr(optional, default = "balanced-best-effort", check = one_of(&["balanced-only", "balanced-best-effort"]))]
    pub(crate) capacity_distribution_strategy: Attr<String>,
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn whole_number(text: &String) -> Result<(), String> {
    match text.is_empty() || text.parse::<i32>().is_ok() {
        true => Ok(()),
        false => Err(format!("It must be a whole number, but is {text:?}.")),
    }
}
