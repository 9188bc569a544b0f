//! What AWS would refuse of what a group launches.

use groma_sdk::{Attr, Problems};

use super::launch_model::{
    InstanceRequirements, InstancesDistribution, LaunchTemplateSpecification, MixedInstancesPolicy,
    Override,
};
use super::model::AutoscalingGroup;

const COMBINATION: &str = "Invalid combination of arguments";
const MISSING: &str = "Missing required argument";

/// A group launches from one thing.
pub(super) fn check(config: &AutoscalingGroup, problems: &mut Problems) {
    let mixed = &config.mixed_instances_policy;
    let set = [
        !config.launch_configuration.is_null(),
        !config.launch_template.is_empty() || config.launch_template.is_unknown(),
        !mixed.is_empty() || mixed.is_unknown(),
    ];
    match set.iter().filter(|set| **set).count() {
        1 => {}
        n => problems.error(
            "launch_template",
            COMBINATION,
            format!(
                "A group launches from one of \"launch_configuration\", \"launch_template\" and \
                 \"mixed_instances_policy\", but {n} are set."
            ),
        ),
    }
    if let Some(template) = config.launch_template.first() {
        problems.within("launch_template.0", |problems| {
            named_once(("id", &template.id), ("name", &template.name), problems);
        });
    }
    if let Some(policy) = mixed.first() {
        problems.within("mixed_instances_policy.0", |problems| check_policy(policy, problems));
    }
}

/// A template has an id or a name.
fn named_once(id: (&str, &Attr<String>), name: (&str, &Attr<String>), problems: &mut Problems) {
    problems.conflict((id.0, id.1.filled().is_some()), (name.0, name.1.filled().is_some()));
    let none = |text: &Attr<String>| text.is_null() || text.as_str() == Some("");
    if none(id.1) && none(name.1) {
        let detail = format!("A launch template is named by {:?} or by {:?}.", id.0, name.0);
        problems.error("", MISSING, detail);
    }
}

fn check_specification(template: &LaunchTemplateSpecification, problems: &mut Problems) {
    problems.within("launch_template_specification.0", |problems| {
        named_once(
            ("launch_template_id", &template.launch_template_id),
            ("launch_template_name", &template.launch_template_name),
            problems,
        );
    });
}

fn check_policy(policy: &MixedInstancesPolicy, problems: &mut Problems) {
    if let Some(distribution) = policy.instances_distribution.first() {
        problems.within("instances_distribution.0", |problems| {
            check_distribution(distribution, problems);
        });
    }
    let Some(template) = policy.launch_template.first() else { return };
    problems.within("launch_template.0", |problems| {
        if let Some(template) = template.launch_template_specification.first() {
            check_specification(template, problems);
        }
        for (i, one) in template.r#override.iter().enumerate() {
            problems.within(&format!("override.{i}"), |problems| check_override(one, problems));
        }
        check_weights(&template.r#override, problems);
    });
}

fn check_distribution(distribution: &InstancesDistribution, problems: &mut Problems) {
    let pools = distribution.spot_instance_pools.cloned().filter(|pools| *pools > 0);
    let strategy = distribution.spot_allocation_strategy.as_str();
    if pools.is_some() && strategy.is_some_and(|strategy| strategy != "lowest-price") {
        problems.error(
            "spot_instance_pools",
            COMBINATION,
            "\"spot_instance_pools\" is for the \"spot_allocation_strategy\" \"lowest-price\" alone.",
        );
    }
    let price = distribution.spot_max_price.filled();
    if let Some(price) = price.filter(|price| !price.parse().is_ok_and(|n: f64| n > 0.0)) {
        problems.error(
            "spot_max_price",
            "Invalid value for \"spot_max_price\"",
            format!("It must be a price per hour, such as \"0.05\", but is {price:?}."),
        );
    }
}

fn check_override(one: &Override, problems: &mut Problems) {
    let required = !one.instance_requirements.is_empty() || one.instance_requirements.is_unknown();
    problems.conflict(
        ("instance_type", one.instance_type.filled().is_some()),
        ("instance_requirements", required),
    );
    if let Some(template) = one.launch_template_specification.first() {
        check_specification(template, problems);
    }
    if let Some(requirements) = one.instance_requirements.first() {
        problems.within("instance_requirements.0", |problems| {
            check_requirements(requirements, problems);
        });
    }
}

/// Either all types have a weight or none has.
fn check_weights(overrides: &[Override], problems: &mut Problems) {
    let types =
        || overrides.iter().enumerate().filter(|(_, one)| one.instance_type.filled().is_some());
    let weighted = types().any(|(_, one)| one.weighted_capacity.filled().is_some());
    if let Some((i, _)) = types().find(|(_, one)| one.weighted_capacity.is_null())
        && weighted
    {
        problems.error(
            &format!("override.{i}.weighted_capacity"),
            MISSING,
            "Other instance types have a weight, so that this one needs one, too: what it counts for.",
        );
    }
}

fn check_requirements(wanted: &InstanceRequirements, problems: &mut Problems) {
    for (name, range) in [("memory_mib", &wanted.memory_mib), ("vcpu_count", &wanted.vcpu_count)] {
        if range.is_unknown() {
            continue;
        }
        if range.first().is_none_or(|range| range.min.is_null()) {
            let detail =
                format!("Requirements say what is needed at least: \"{name}\" with \"min\".");
            problems.error(name, MISSING, detail);
        }
    }
    problems.conflict(
        ("allowed_instance_types", !wanted.allowed_instance_types.is_null()),
        ("excluded_instance_types", !wanted.excluded_instance_types.is_null()),
    );
    let price = "max_spot_price_as_percentage_of_optimal_on_demand_price";
    let given = |percentage: &Attr<i64>| percentage.cloned().is_some_and(|n| n != 0);
    problems.conflict(
        (price, given(&wanted.max_spot_price_as_percentage_of_optimal_on_demand_price)),
        (
            "spot_max_price_percentage_over_lowest_price",
            given(&wanted.spot_max_price_percentage_over_lowest_price),
        ),
    );
    let whole = [
        ("accelerator_count", &wanted.accelerator_count),
        ("accelerator_total_memory_mib", &wanted.accelerator_total_memory_mib),
        ("baseline_ebs_bandwidth_mbps", &wanted.baseline_ebs_bandwidth_mbps),
        ("memory_mib", &wanted.memory_mib),
        ("network_bandwidth_gbps", &wanted.network_bandwidth_gbps),
        ("network_interface_count", &wanted.network_interface_count),
        ("vcpu_count", &wanted.vcpu_count),
    ];
    for (name, ranges) in whole {
        let Some(range) = ranges.first() else { continue };
        check_range(name, range.min.cloned(), range.max.cloned(), problems);
    }
    let fractional = [
        ("memory_gib_per_vcpu", &wanted.memory_gib_per_vcpu),
        ("total_local_storage_gb", &wanted.total_local_storage_gb),
    ];
    for (name, ranges) in fractional {
        let Some(range) = ranges.first() else { continue };
        check_range(name, range.min.cloned(), range.max.cloned(), problems);
    }
}

fn check_range<N: PartialOrd + std::fmt::Display>(
    name: &str,
    least: Option<N>,
    most: Option<N>,
    problems: &mut Problems,
) {
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        problems.error(
            &format!("{name}.0.min"),
            COMBINATION,
            format!("\"min\" is {least}, which is more than \"max\", {most}."),
        );
    }
}
