//! `aws_autoscaling_group`, the data source: a group by its name.

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, Set, async_trait};

use crate::autoscaling_group::launch_model::{LaunchTemplate, MixedInstancesPolicy};
use crate::autoscaling_group::model::{
    AutoscalingGroup, InstanceMaintenancePolicy, Tag, TrafficSource, WarmPool,
};
use crate::autoscaling_group::read::describe;
use crate::service::group;

/// The arguments and attributes of `aws_autoscaling_group`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingGroupData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) availability_zones: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) default_cooldown: Attr<i64>,
    #[attr(computed)]
    pub(crate) desired_capacity: Attr<i64>,
    #[attr(computed)]
    pub(crate) desired_capacity_type: Attr<String>,
    #[attr(computed)]
    pub(crate) enabled_metrics: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) health_check_grace_period: Attr<i64>,
    #[attr(computed)]
    pub(crate) health_check_type: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_maintenance_policy: Attr<Vec<InstanceMaintenancePolicy>>,
    #[attr(computed)]
    pub(crate) launch_configuration: Attr<String>,
    #[attr(computed)]
    pub(crate) launch_template: Attr<Vec<LaunchTemplate>>,
    #[attr(computed)]
    pub(crate) load_balancers: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) max_instance_lifetime: Attr<i64>,
    #[attr(computed)]
    pub(crate) max_size: Attr<i64>,
    #[attr(computed)]
    pub(crate) min_size: Attr<i64>,
    #[attr(computed)]
    pub(crate) mixed_instances_policy: Attr<Vec<MixedInstancesPolicy>>,
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) new_instances_protected_from_scale_in: Attr<bool>,
    #[attr(computed)]
    pub(crate) placement_group: Attr<String>,
    #[attr(computed)]
    pub(crate) predicted_capacity: Attr<i64>,
    #[attr(computed)]
    pub(crate) service_linked_role_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(computed)]
    pub(crate) suspended_processes: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) tag: Attr<Set<Tag>>,
    #[attr(computed)]
    pub(crate) target_group_arns: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) termination_policies: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) traffic_source: Attr<Set<TrafficSource>>,
    #[attr(computed)]
    pub(crate) vpc_zone_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) warm_pool: Attr<Vec<WarmPool>>,
    #[attr(computed)]
    pub(crate) warm_pool_size: Attr<i64>,
}

/// The data source.
pub(crate) struct AutoscalingGroupLookup;

#[async_trait]
impl Lookup<Aws> for AutoscalingGroupLookup {
    type Model = AutoscalingGroupData;

    fn name(&self) -> &'static str {
        "aws_autoscaling_group"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: AutoscalingGroupData,
    ) -> Result<AutoscalingGroupData, Diagnostics> {
        let name = config.name.text();
        let during = format!("reading Auto Scaling Group ({name})");
        let found = group(cx.client(), name).await.during(&during)?;
        let found = found.ok_or_else(|| {
            Diagnostic::error(during, "There is no autoscaling group of that name.")
        })?;
        let ignored = &cx.client().tags().ignored;
        let mut model = AutoscalingGroup::default();
        describe(&mut model, &found, &|key| ignored.has(key));
        Ok(taken(model, &found))
    }
}

/// What the data source tells of a group.
fn taken(group: AutoscalingGroup, found: &types::AutoScalingGroup) -> AutoscalingGroupData {
    AutoscalingGroupData {
        id: group.name.clone(),
        name: group.name.clone(),
        status: found.status().into(),
        termination_policies: Set(found.termination_policies().to_vec()).into(),
        vpc_zone_identifier: found.vpc_zone_identifier().into(),
        arn: group.arn,
        availability_zones: group.availability_zones,
        default_cooldown: group.default_cooldown,
        desired_capacity: group.desired_capacity,
        desired_capacity_type: group.desired_capacity_type,
        enabled_metrics: group.enabled_metrics,
        health_check_grace_period: group.health_check_grace_period,
        health_check_type: group.health_check_type,
        instance_maintenance_policy: group.instance_maintenance_policy.into_vec().into(),
        launch_configuration: group.launch_configuration,
        launch_template: group.launch_template.into_vec().into(),
        load_balancers: group.load_balancers,
        max_instance_lifetime: group.max_instance_lifetime,
        max_size: group.max_size,
        min_size: group.min_size,
        mixed_instances_policy: group.mixed_instances_policy.into_vec().into(),
        new_instances_protected_from_scale_in: group.protect_from_scale_in,
        placement_group: group.placement_group,
        predicted_capacity: group.predicted_capacity,
        service_linked_role_arn: group.service_linked_role_arn,
        suspended_processes: group.suspended_processes,
        tag: Set(group.tag.into_vec()).into(),
        target_group_arns: group.target_group_arns,
        traffic_source: Set(group.traffic_source.into_vec()).into(),
        warm_pool: group.warm_pool.into_vec().into(),
        warm_pool_size: group.warm_pool_size,
    }
}
