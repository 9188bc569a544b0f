//! The model of `aws_autoscaling_group`.

use groma_aws_core::checks::arn;
use groma_sdk::model::checks::{count, duration, each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use crate::checks::{group_name, hook_name, source_type, target_group, whole_number};

use super::USUAL;
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
    #[attr(optional, computed, check = range(0, i64::from(i32::MAX)))]
    pub(crate) default_cooldown: Attr<i64>,
    #[attr(optional, check = range(-1, i64::from(i32::MAX)))]
    pub(crate) default_instance_warmup: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) desired_capacity: Attr<i64>,
    #[attr(optional, check = one_of(&["memory-mib", "units", "vcpu"]))]
    pub(crate) desired_capacity_type: Attr<String>,
    #[attr(optional, check = each(metric))]
    pub(crate) enabled_metrics: Attr<Set<String>>,
    #[attr(optional, default = false)]
    pub(crate) force_delete: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) force_delete_warm_pool: Attr<bool>,
    #[attr(optional, default = 300, check = range(0, i64::from(i32::MAX)))]
    pub(crate) health_check_grace_period: Attr<i64>,
    #[attr(optional, computed, check = health_check)]
    pub(crate) health_check_type: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) ignore_failed_scaling_activities: Attr<bool>,
    #[attr(optional)]
    pub(crate) launch_configuration: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) load_balancers: Attr<Set<String>>,
    #[attr(optional, check = lifetime)]
    pub(crate) max_instance_lifetime: Attr<i64>,
    #[attr(required)]
    pub(crate) max_size: Attr<i64>,
    #[attr(optional, default = "1Minute", check = one_of(&["1Minute"]))]
    pub(crate) metrics_granularity: Attr<String>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) min_elb_capacity: Attr<i64>,
    #[attr(required)]
    pub(crate) min_size: Attr<i64>,
    #[attr(optional, computed, replace, check = length(0, 255), check = group_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229), check = group_name)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) placement_group: Attr<String>,
    #[attr(computed)]
    pub(crate) predicted_capacity: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) protect_from_scale_in: Attr<bool>,
    #[attr(optional, computed, check = arn)]
    pub(crate) service_linked_role_arn: Attr<String>,
    #[attr(optional, check = each(one_of(PROCESSES)))]
    pub(crate) suspended_processes: Attr<Set<String>>,
    #[attr(optional, computed, check = each(target_group))]
    pub(crate) target_group_arns: Attr<Set<String>>,
    #[attr(optional, check = each(termination_policy))]
    pub(crate) termination_policies: Attr<Vec<String>>,
    #[attr(optional, computed, check = each(subnet))]
    pub(crate) vpc_zone_identifier: Attr<Set<String>>,
    #[attr(optional, default = "10m", check = duration)]
    pub(crate) wait_for_capacity_timeout: Attr<String>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
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
    #[attr(optional, check = source_type)]
    pub(crate) r#type: Attr<String>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct Timeouts {
        delete: USUAL,
        update: USUAL,
    }
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
    #[attr(optional, check = whole_number(172_800))]
    pub(crate) checkpoint_delay: Attr<String>,
    #[attr(optional)]
    pub(crate) checkpoint_percentages: Attr<Vec<i64>>,
    #[attr(optional, check = whole_number(i32::MAX))]
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
    #[attr(optional, check = count(1, 10))]
    pub(crate) alarms: Attr<Vec<String>>,
}

/// The `instance_maintenance_policy` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceMaintenancePolicy {
    #[attr(required, check = most_healthy)]
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
    #[attr(required, replace, check = length(1, 255), check = hook_name)]
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

/// What a group does by itself, and can be kept from.
const PROCESSES: &[&str] = &[
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn metric(text: &String) -> Result<(), String> {
    match text.starts_with("Group") || text.starts_with("WarmPool") {
        true => Ok(()),
        false => Err(format!(
            "The metrics of groups are called \"Group…\" and \"WarmPool…\", such as \
             \"GroupDesiredCapacity\", but this is {text:?}."
        )),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn health_check(text: &String) -> Result<(), String> {
    const KINDS: &[&str] = &["EC2", "EBS", "ELB", "VPC_LATTICE"];
    match text.is_empty() || text.split(',').all(|kind| KINDS.contains(&kind.trim())) {
        true => Ok(()),
        false => Err(format!(
            "It must be \"EC2\", \"EBS\", \"ELB\" or \"VPC_LATTICE\", or some of them with commas \
             between, but is {text:?}."
        )),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "attributes are checked by functions of this form"
)]
fn lifetime(seconds: &i64) -> Result<(), String> {
    match *seconds {
        0 | 86_400..=31_536_000 => Ok(()),
        other => Err(format!(
            "It must be from 86400 to 31536000, a day to a year, or 0 for no end, but is {other}."
        )),
    }
}

fn termination_policy(text: &String) -> Result<(), String> {
    const KINDS: &[&str] = &[
        "AllocationStrategy",
        "ClosestToNextInstanceHour",
        "Default",
        "NewestInstance",
        "OldestInstance",
        "OldestLaunchConfiguration",
        "OldestLaunchTemplate",
    ];
    match text.starts_with("arn:") {
        // A function that picks instances.
        true => arn(text),
        false => one_of(KINDS)(text),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn subnet(text: &String) -> Result<(), String> {
    match text.starts_with("subnet-") {
        true => Ok(()),
        false => Err(format!("It must be the id of a subnet, but is {text:?}.")),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "attributes are checked by functions of this form"
)]
fn most_healthy(percentage: &i64) -> Result<(), String> {
    match *percentage {
        -1 | 100..=200 => Ok(()),
        other => Err(format!("It must be from 100 to 200, or -1, but is {other}.")),
    }
}
