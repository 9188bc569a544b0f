//! What a group launches: templates, mixed instances and what they require.

use aws_sdk_autoscaling::types;
use groma_sdk::{Attr, Blocks, Set};

use super::launch_model::{
    AcceleratorCount, InstanceRequirements, InstancesDistribution, LaunchTemplate,
    LaunchTemplateSpecification, MemoryGibPerVcpu, MixedInstancesPolicy,
    MixedInstancesPolicyLaunchTemplate, Override,
};

/// A template as the service wants it, which takes either an id or a name.
pub(super) fn to_template(template: &LaunchTemplate) -> types::LaunchTemplateSpecification {
    specification(&template.id, &template.name, template.version.to_filled())
}

fn specification(
    id: &Attr<String>,
    name: &Attr<String>,
    version: Option<String>,
) -> types::LaunchTemplateSpecification {
    let built = types::LaunchTemplateSpecification::builder().set_version(version);
    match id.to_filled() {
        Some(id) => built.launch_template_id(id).build(),
        None => built.set_launch_template_name(name.to_filled()).build(),
    }
}

pub(super) fn of_template(found: &types::LaunchTemplateSpecification) -> LaunchTemplate {
    LaunchTemplate {
        id: found.launch_template_id().into(),
        name: found.launch_template_name().into(),
        version: found.version().into(),
    }
}

fn to_specification(
    template: &LaunchTemplateSpecification,
    fallback: Option<&str>,
) -> types::LaunchTemplateSpecification {
    let version = template.version.to_filled().or_else(|| fallback.map(str::to_owned));
    specification(&template.launch_template_id, &template.launch_template_name, version)
}

fn of_specification(found: &types::LaunchTemplateSpecification) -> LaunchTemplateSpecification {
    LaunchTemplateSpecification {
        launch_template_id: found.launch_template_id().into(),
        launch_template_name: found.launch_template_name().into(),
        version: found.version().into(),
    }
}

pub(super) fn to_policy(policy: &MixedInstancesPolicy) -> types::MixedInstancesPolicy {
    let distribution = policy.instances_distribution.first().map(to_distribution);
    let template = policy.launch_template.first().map(|template| {
        let specification = template.launch_template_specification.first();
        let overrides = template.r#override.iter().map(to_override).collect();
        types::LaunchTemplate::builder()
            .set_launch_template_specification(
                specification.map(|s| to_specification(s, Some("$Default"))),
            )
            .set_overrides(Some(overrides))
            .build()
    });
    types::MixedInstancesPolicy::builder()
        .set_instances_distribution(distribution)
        .set_launch_template(template)
        .build()
}

pub(super) fn of_policy(found: &types::MixedInstancesPolicy) -> MixedInstancesPolicy {
    let template = found.launch_template().map(|template| {
        let specification = template.launch_template_specification().map(of_specification);
        MixedInstancesPolicyLaunchTemplate {
            launch_template_specification: specification.into(),
            r#override: template.overrides().iter().map(of_override).collect(),
        }
    });
    MixedInstancesPolicy {
        instances_distribution: found.instances_distribution().map(of_distribution).into(),
        launch_template: template.into(),
    }
}

fn to_distribution(distribution: &InstancesDistribution) -> types::InstancesDistribution {
    types::InstancesDistribution::builder()
        .set_on_demand_allocation_strategy(distribution.on_demand_allocation_strategy.to_filled())
        .set_on_demand_base_capacity(distribution.on_demand_base_capacity.to_i32())
        .set_on_demand_percentage_above_base_capacity(
            distribution.on_demand_percentage_above_base_capacity.to_i32(),
        )
        .set_spot_allocation_strategy(distribution.spot_allocation_strategy.to_filled())
        .set_spot_instance_pools(distribution.spot_instance_pools.to_filled_i32())
        // An empty price takes back one that was given.
        .set_spot_max_price(distribution.spot_max_price.cloned())
        .build()
}

fn of_distribution(found: &types::InstancesDistribution) -> InstancesDistribution {
    let above = found.on_demand_percentage_above_base_capacity();
    InstancesDistribution {
        on_demand_allocation_strategy: found.on_demand_allocation_strategy().into(),
        on_demand_base_capacity: found.on_demand_base_capacity().into(),
        on_demand_percentage_above_base_capacity: above.into(),
        spot_allocation_strategy: found.spot_allocation_strategy().into(),
        spot_instance_pools: found.spot_instance_pools().into(),
        spot_max_price: found.spot_max_price().into(),
    }
}

fn to_override(one: &Override) -> types::LaunchTemplateOverrides {
    let template = one.launch_template_specification.first();
    types::LaunchTemplateOverrides::builder()
        .set_instance_type(one.instance_type.to_filled())
        .set_weighted_capacity(one.weighted_capacity.to_filled())
        .set_instance_requirements(one.instance_requirements.first().map(to_requirements))
        .set_launch_template_specification(template.map(|t| to_specification(t, None)))
        .build()
}

fn of_override(found: &types::LaunchTemplateOverrides) -> Override {
    Override {
        instance_type: found.instance_type().into(),
        weighted_capacity: found.weighted_capacity().into(),
        instance_requirements: found.instance_requirements().map(of_requirements).into(),
        launch_template_specification: found
            .launch_template_specification()
            .map(of_specification)
            .into(),
    }
}

fn kinds<T: for<'a> From<&'a str>>(texts: &Attr<Set<String>>) -> Option<Vec<T>> {
    texts.to_filled().map(|texts| texts.iter().map(|text| T::from(text.as_str())).collect())
}

/// A range of the service, made by a type of its own for each thing that it is of.
macro_rules! to_range {
    ($kind:ident, $blocks:expr) => {
        $blocks.first().map(|range| {
            types::$kind::builder().set_min(range.min.to_i32()).set_max(range.max.to_i32()).build()
        })
    };
    ($kind:ident, $blocks:expr, fractional) => {
        $blocks.first().map(|range| {
            let (least, most) = (range.min.cloned(), range.max.cloned());
            types::$kind::builder().set_min(least).set_max(most).build()
        })
    };
}

fn to_requirements(wanted: &InstanceRequirements) -> types::InstanceRequirements {
    types::InstanceRequirements::builder()
        .set_accelerator_count(to_range!(AcceleratorCountRequest, wanted.accelerator_count))
        .set_accelerator_manufacturers(kinds(&wanted.accelerator_manufacturers))
        .set_accelerator_names(kinds(&wanted.accelerator_names))
        .set_accelerator_total_memory_mib(to_range!(
            AcceleratorTotalMemoryMiBRequest,
            wanted.accelerator_total_memory_mib
        ))
        .set_accelerator_types(kinds(&wanted.accelerator_types))
        .set_allowed_instance_types(wanted.allowed_instance_types.to_filled())
        .set_bare_metal(wanted.bare_metal.filled().map(Into::into))
        .set_baseline_ebs_bandwidth_mbps(to_range!(
            BaselineEbsBandwidthMbpsRequest,
            wanted.baseline_ebs_bandwidth_mbps
        ))
        .set_burstable_performance(wanted.burstable_performance.filled().map(Into::into))
        .set_cpu_manufacturers(kinds(&wanted.cpu_manufacturers))
        .set_excluded_instance_types(wanted.excluded_instance_types.to_filled())
        .set_instance_generations(kinds(&wanted.instance_generations))
        .set_local_storage(wanted.local_storage.filled().map(Into::into))
        .set_local_storage_types(kinds(&wanted.local_storage_types))
        .set_max_spot_price_as_percentage_of_optimal_on_demand_price(
            wanted.max_spot_price_as_percentage_of_optimal_on_demand_price.to_filled_i32(),
        )
        .set_memory_gib_per_v_cpu(to_range!(
            MemoryGiBPerVCpuRequest,
            wanted.memory_gib_per_vcpu,
            fractional
        ))
        .set_memory_mib(to_range!(MemoryMiBRequest, wanted.memory_mib))
        .set_network_bandwidth_gbps(wanted.network_bandwidth_gbps.first().map(|range| {
            #[expect(clippy::cast_precision_loss, reason = "bandwidths are small")]
            let float = |n: &Attr<i64>| n.cloned().map(|n| n as f64);
            types::NetworkBandwidthGbpsRequest::builder()
                .set_min(float(&range.min))
                .set_max(float(&range.max))
                .build()
        }))
        .set_network_interface_count(to_range!(
            NetworkInterfaceCountRequest,
            wanted.network_interface_count
        ))
        .set_on_demand_max_price_percentage_over_lowest_price(
            wanted.on_demand_max_price_percentage_over_lowest_price.to_filled_i32(),
        )
        .set_require_hibernate_support(
            wanted.require_hibernate_support.cloned().filter(|wanted| *wanted),
        )
        .set_spot_max_price_percentage_over_lowest_price(
            wanted.spot_max_price_percentage_over_lowest_price.to_filled_i32(),
        )
        .set_total_local_storage_gb(to_range!(
            TotalLocalStorageGbRequest,
            wanted.total_local_storage_gb,
            fractional
        ))
        .set_v_cpu_count(to_range!(VCpuCountRequest, wanted.vcpu_count))
        .build()
}

macro_rules! of_range {
    ($found:expr) => {
        Blocks::from(
            $found
                .map(|range| AcceleratorCount { max: range.max().into(), min: range.min().into() }),
        )
    };
    ($found:expr, fractional) => {
        Blocks::from(
            $found
                .map(|range| MemoryGibPerVcpu { max: range.max().into(), min: range.min().into() }),
        )
    };
}

macro_rules! names {
    ($found:expr) => {
        Attr::set_of_filled($found.iter().map(|kind| kind.as_str()))
    };
}

fn of_requirements(found: &types::InstanceRequirements) -> InstanceRequirements {
    let bandwidth = found.network_bandwidth_gbps().map(|range| {
        #[expect(clippy::cast_possible_truncation, reason = "they were whole numbers when sent")]
        let whole = |n: Option<f64>| Attr::from(n.map(|n| n.round() as i64));
        AcceleratorCount { max: whole(range.max()), min: whole(range.min()) }
    });
    InstanceRequirements {
        accelerator_count: of_range!(found.accelerator_count()),
        accelerator_manufacturers: names!(found.accelerator_manufacturers()),
        accelerator_names: names!(found.accelerator_names()),
        accelerator_total_memory_mib: of_range!(found.accelerator_total_memory_mib()),
        accelerator_types: names!(found.accelerator_types()),
        allowed_instance_types: Attr::set_of_filled(found.allowed_instance_types()),
        bare_metal: found.bare_metal().map(|b| b.as_str()).into(),
        baseline_ebs_bandwidth_mbps: of_range!(found.baseline_ebs_bandwidth_mbps()),
        burstable_performance: found.burstable_performance().map(|b| b.as_str()).into(),
        cpu_manufacturers: names!(found.cpu_manufacturers()),
        excluded_instance_types: Attr::set_of_filled(found.excluded_instance_types()),
        instance_generations: names!(found.instance_generations()),
        local_storage: found.local_storage().map(|l| l.as_str()).into(),
        local_storage_types: names!(found.local_storage_types()),
        max_spot_price_as_percentage_of_optimal_on_demand_price: found
            .max_spot_price_as_percentage_of_optimal_on_demand_price()
            .into(),
        memory_gib_per_vcpu: of_range!(found.memory_gib_per_v_cpu(), fractional),
        memory_mib: of_range!(found.memory_mib()),
        network_bandwidth_gbps: bandwidth.into(),
        network_interface_count: of_range!(found.network_interface_count()),
        on_demand_max_price_percentage_over_lowest_price: found
            .on_demand_max_price_percentage_over_lowest_price()
            .into(),
        require_hibernate_support: found.require_hibernate_support().into(),
        spot_max_price_percentage_over_lowest_price: found
            .spot_max_price_percentage_over_lowest_price()
            .into(),
        total_local_storage_gb: of_range!(found.total_local_storage_gb(), fractional),
        vcpu_count: of_range!(found.v_cpu_count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_is_sent() {
        let requirements = InstanceRequirements {
            memory_mib: Blocks::one(AcceleratorCount { min: 1024_i64.into(), max: Attr::Null }),
            vcpu_count: Blocks::one(AcceleratorCount { min: 2_i64.into(), max: 4_i64.into() }),
            network_bandwidth_gbps: Blocks::one(AcceleratorCount {
                min: 5_i64.into(),
                max: Attr::Null,
            }),
            cpu_manufacturers: Set(vec!["intel".to_owned()]).into(),
            ..InstanceRequirements::default()
        };
        let policy = MixedInstancesPolicy {
            instances_distribution: Blocks::one(InstancesDistribution {
                on_demand_base_capacity: 0_i64.into(),
                spot_allocation_strategy: "capacity-optimized".into(),
                ..InstancesDistribution::default()
            }),
            launch_template: Blocks::one(MixedInstancesPolicyLaunchTemplate {
                launch_template_specification: Blocks::one(LaunchTemplateSpecification {
                    launch_template_id: "lt-1".into(),
                    version: "3".into(),
                    ..LaunchTemplateSpecification::default()
                }),
                r#override: Blocks::one(Override {
                    weighted_capacity: "2".into(),
                    instance_requirements: Blocks::one(requirements),
                    ..Override::default()
                }),
            }),
        };
        assert_eq!(of_policy(&to_policy(&policy)), policy);
    }

    #[test]
    fn a_template_is_named_once() {
        let both = LaunchTemplate { id: "lt-1".into(), name: "web".into(), version: "1".into() };
        let sent = to_template(&both);
        assert_eq!((sent.launch_template_id(), sent.launch_template_name()), (Some("lt-1"), None));
    }
}
