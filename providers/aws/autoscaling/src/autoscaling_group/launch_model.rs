//! The model of what an autoscaling group launches: the blocks `launch_template` and
//! `mixed_instances_policy`.

use groma_sdk::model::checks::{count, each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set};

use crate::checks::{template_id, template_name, template_version};

/// Whether instances of some kind are taken.
const INCLUSION: &[&str] = &["excluded", "included", "required"];

/// How spot capacity is chosen.
const SPOT: &[&str] = &[
    "capacity-optimized",
    "capacity-optimized-prioritized",
    "lowest-price",
    "price-capacity-optimized",
];

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
    #[attr(optional, check = weight)]
    pub(crate) weighted_capacity: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) instance_requirements: Blocks<InstanceRequirements>,
    #[block(list, max = 1)]
    pub(crate) launch_template_specification: Blocks<LaunchTemplateSpecification>,
}

/// The `mixed_instances_policy.launch_template.override.instance_requirements` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstanceRequirements {
    #[attr(optional, check = each(one_of(&["amazon-web-services", "amd", "habana", "nvidia", "xilinx"])))]
    pub(crate) accelerator_manufacturers: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) accelerator_names: Attr<Set<String>>,
    #[attr(optional, check = each(one_of(&["fpga", "gpu", "inference", "media"])))]
    pub(crate) accelerator_types: Attr<Set<String>>,
    #[attr(optional, check = count(0, 400))]
    pub(crate) allowed_instance_types: Attr<Set<String>>,
    #[attr(optional, check = one_of(INCLUSION))]
    pub(crate) bare_metal: Attr<String>,
    #[attr(optional, check = one_of(INCLUSION))]
    pub(crate) burstable_performance: Attr<String>,
    #[attr(optional, check = each(one_of(&["amazon-web-services", "amd", "apple", "intel"])))]
    pub(crate) cpu_manufacturers: Attr<Set<String>>,
    #[attr(optional, check = count(0, 400))]
    pub(crate) excluded_instance_types: Attr<Set<String>>,
    #[attr(optional, check = each(one_of(&["current", "previous"])))]
    pub(crate) instance_generations: Attr<Set<String>>,
    #[attr(optional, check = one_of(INCLUSION))]
    pub(crate) local_storage: Attr<String>,
    #[attr(optional, check = each(one_of(&["hdd", "ssd"])))]
    pub(crate) local_storage_types: Attr<Set<String>>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) max_spot_price_as_percentage_of_optimal_on_demand_price: Attr<i64>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) on_demand_max_price_percentage_over_lowest_price: Attr<i64>,
    #[attr(optional)]
    pub(crate) require_hibernate_support: Attr<bool>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
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
    #[attr(optional, check = range(0.0, f64::MAX))]
    pub(crate) max: Attr<f64>,
    #[attr(optional, check = range(0.0, f64::MAX))]
    pub(crate) min: Attr<f64>,
}

/// The `mixed_instances_policy.launch_template.override.instance_requirements.accelerator_count` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AcceleratorCount {
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) max: Attr<i64>,
    #[attr(optional, check = range(0, i64::from(i32::MAX)))]
    pub(crate) min: Attr<i64>,
}

/// The `mixed_instances_policy.launch_template.launch_template_specification` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplateSpecification {
    #[attr(optional, computed, check = template_id)]
    pub(crate) launch_template_id: Attr<String>,
    #[attr(optional, computed, check = template_name)]
    pub(crate) launch_template_name: Attr<String>,
    #[attr(optional, computed, check = template_version)]
    pub(crate) version: Attr<String>,
}

/// The `mixed_instances_policy.instances_distribution` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstancesDistribution {
    #[attr(optional, computed, check = one_of(&["lowest-price", "prioritized"]))]
    pub(crate) on_demand_allocation_strategy: Attr<String>,
    #[attr(optional, computed, check = range(0, i64::from(i32::MAX)))]
    pub(crate) on_demand_base_capacity: Attr<i64>,
    #[attr(optional, computed, check = range(0, 100))]
    pub(crate) on_demand_percentage_above_base_capacity: Attr<i64>,
    #[attr(optional, computed, check = one_of(SPOT))]
    pub(crate) spot_allocation_strategy: Attr<String>,
    #[attr(optional, computed, check = range(0, 20))]
    pub(crate) spot_instance_pools: Attr<i64>,
    #[attr(optional)]
    pub(crate) spot_max_price: Attr<String>,
}

/// The `launch_template` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LaunchTemplate {
    #[attr(optional, computed, check = template_id)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, check = template_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, check = length(1, 255), check = template_version)]
    pub(crate) version: Attr<String>,
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn weight(text: &String) -> Result<(), String> {
    let is_whole = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    match text.is_empty() || is_whole && text.len() <= 3 {
        true => Ok(()),
        false => Err(format!("It must be a whole number from 1 to 999, but is {text:?}.")),
    }
}
