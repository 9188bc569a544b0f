//! The model of what an autoscaling group launches: the blocks `launch_template` and
//! `mixed_instances_policy`.

use groma_sdk::model::checks::length;
use groma_sdk::{Attr, Blocks, Model, Set};

/// The `mixed_instances_policy` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MixedInstancesPolicy {
    #[block(list, max = 1, computed)]
    pub(crate) instances_distribution: Blocks<InstancesDistribution>,
    #[block(list, min = 1, max = 1)]
    pub(crate) launch_template: Blocks<MixedInstancesPolicyLaunchTemplate>,
}

/// The `mixed_instances_policy.launch_template` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MixedInstancesPolicyLaunchTemplate {
    #[block(list, min = 1, max = 1)]
    pub(crate) launch_template_specification: Blocks<LaunchTemplateSpecification>,
    #[block(list, computed)]
    pub(crate) r#override: Blocks<Override>,
}

/// The `mixed_instances_policy.launch_template.override` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Override {
    #[attr(optional)]
    pub(crate) instance_type: Attr<String>,
    #[attr(optional)]
    pub(crate) weighted_capacity: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) instance_requirements: Blocks<InstanceRequirements>,
    #[block(list, max = 1)]
    pub(crate) launch_template_specification: Blocks<LaunchTemplateSpecification>,
}

/// The `mixed_instances_policy.launch_template.override.instance_requirements` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceRequirements {
    #[attr(optional)]
    pub(crate) accelerator_manufacturers: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) accelerator_names: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) accelerator_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) allowed_instance_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) bare_metal: Attr<String>,
    #[attr(optional)]
    pub(crate) burstable_performance: Attr<String>,
    #[attr(optional)]
    pub(crate) cpu_manufacturers: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) excluded_instance_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) instance_generations: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) local_storage: Attr<String>,
    #[attr(optional)]
    pub(crate) local_storage_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) max_spot_price_as_percentage_of_optimal_on_demand_price: Attr<i64>,
    #[attr(optional)]
    pub(crate) on_demand_max_price_percentage_over_lowest_price: Attr<i64>,
    #[attr(optional)]
    pub(crate) require_hibernate_support: Attr<bool>,
    #[attr(optional)]
    pub(crate) spot_max_price_percentage_over_lowest_price: Attr<i64>,
    #[block(list, max = 1)]
    pub(crate) accelerator_count: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) accelerator_total_memory_mib: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) baseline_ebs_bandwidth_mbps: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) memory_gib_per_vcpu: Blocks<MemoryGibPerVcpu>,
    #[block(list, max = 1)]
    pub(crate) memory_mib: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) network_bandwidth_gbps: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) network_interface_count: Blocks<AcceleratorCount>,
    #[block(list, max = 1)]
    pub(crate) total_local_storage_gb: Blocks<MemoryGibPerVcpu>,
    #[block(list, max = 1)]
    pub(crate) vcpu_count: Blocks<AcceleratorCount>,
}

/// The `mixed_instances_policy.launch_template.override.instance_requirements.memory_gib_per_vcpu` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MemoryGibPerVcpu {
    #[attr(optional)]
    pub(crate) max: Attr<f64>,
    #[attr(optional)]
    pub(crate) min: Attr<f64>,
}

/// The `mixed_instances_policy.launch_template.override.instance_requirements.accelerator_count` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AcceleratorCount {
    #[attr(optional)]
    pub(crate) max: Attr<i64>,
    #[attr(optional)]
    pub(crate) min: Attr<i64>,
}

/// The `mixed_instances_policy.launch_template.launch_template_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateSpecification {
    #[attr(optional, computed)]
    pub(crate) launch_template_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) launch_template_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) version: Attr<String>,
}

/// The `mixed_instances_policy.instances_distribution` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstancesDistribution {
    #[attr(optional, computed)]
    pub(crate) on_demand_allocation_strategy: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) on_demand_base_capacity: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) on_demand_percentage_above_base_capacity: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) spot_allocation_strategy: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) spot_instance_pools: Attr<i64>,
    #[attr(optional)]
    pub(crate) spot_max_price: Attr<String>,
}

/// The `launch_template` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplate {
    #[attr(optional, computed, check = length(0, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, check = length(1, 255))]
    pub(crate) version: Attr<String>,
}
