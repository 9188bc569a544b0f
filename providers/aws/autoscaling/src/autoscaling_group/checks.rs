//! What AWS would refuse of a group, and what arguments exclude each other.

use std::collections::BTreeSet;

use groma_aws_core::{Arn, check_tags, tag_map};
use groma_sdk::{Model as _, Problems};

use super::model::{AutoscalingGroup, InstanceRefresh};
use crate::checks::{hook_target, sizes};

pub(super) fn check(config: &AutoscalingGroup, problems: &mut Problems) {
    sizes(
        config.min_size.cloned(),
        config.max_size.cloned(),
        config.desired_capacity.cloned(),
        problems,
    );
    check_conflicts(config, problems);
    check_sources(config, problems);
    check_maintenance(config, problems);
    check_tag(config, problems);
    if let Some(refresh) = config.instance_refresh.first() {
        problems.within("instance_refresh.0", |problems| check_refresh(config, refresh, problems));
    }
    for hook in &config.initial_lifecycle_hook {
        // A set has no indices that anybody knows.
        problems.within("initial_lifecycle_hook", |problems| {
            hook_target(&hook.notification_target_arn, &hook.role_arn, problems);
        });
    }
}

fn check_conflicts(config: &AutoscalingGroup, problems: &mut Problems) {
    let sources = !config.traffic_source.is_empty() || config.traffic_source.is_unknown();
    for (first, second) in [
        (
            ("availability_zones", !config.availability_zones.is_null()),
            ("vpc_zone_identifier", !config.vpc_zone_identifier.is_null()),
        ),
        (("name", !config.name.is_null()), ("name_prefix", !config.name_prefix.is_null())),
        (("load_balancers", !config.load_balancers.is_null()), ("traffic_source", sources)),
        (("target_group_arns", !config.target_group_arns.is_null()), ("traffic_source", sources)),
    ] {
        problems.conflict(first, second);
    }
}

/// A source that is no ARN says what it is.
fn check_sources(config: &AutoscalingGroup, problems: &mut Problems) {
    let vague = config.traffic_source.iter().find(|source| {
        source.r#type.is_null() && source.identifier.filled().is_some_and(|id| !Arn::is_arn(id))
    });
    if let Some(source) = vague {
        problems.error(
            "traffic_source",
            "Missing required argument",
            format!(
                "{:?} is no ARN, so \"type\" must say what it is: \"elb\" for a classic load balancer.",
                source.identifier.text()
            ),
        );
    }
}

/// How many instances may be healthy while some are replaced.
fn check_percentages(least: Option<i64>, most: Option<i64>, problems: &mut Problems) {
    let (Some(least), Some(most)) = (least, most) else { return };
    if most - least > 100 {
        problems.error(
            "max_healthy_percentage",
            "Invalid combination of arguments",
            format!(
                "\"max_healthy_percentage\" may be more than \"min_healthy_percentage\" by 100 at \
                 most, but they are {most} and {least}."
            ),
        );
    }
}

fn check_maintenance(config: &AutoscalingGroup, problems: &mut Problems) {
    let Some(policy) = config.instance_maintenance_policy.first() else { return };
    let (least, most) =
        (policy.min_healthy_percentage.cloned(), policy.max_healthy_percentage.cloned());
    problems.within("instance_maintenance_policy.0", |problems| {
        let (Some(low), Some(high)) = (least, most) else { return };
        match (low == -1, high == -1) {
            (false, false) => check_percentages(least, most, problems),
            (true, true) => {}
            _ => problems.error(
                if low == -1 { "min_healthy_percentage" } else { "max_healthy_percentage" },
                "Invalid combination of arguments",
                "-1 takes the policy away, and stands for both percentages or for neither.",
            ),
        }
    });
}

/// Tags have a key each, and keys that AWS takes.
fn check_tag(config: &AutoscalingGroup, problems: &mut Problems) {
    let mut keys = BTreeSet::new();
    for key in config.tag.iter().filter_map(|tag| tag.key.get()) {
        if !keys.insert(key) {
            problems.error(
                "tag",
                "Duplicate tag",
                format!("There are several blocks \"tag\" with the key {key:?}: keep one of them."),
            );
        }
    }
    let known = config.tag.iter().filter_map(|tag| {
        // A value that is not known yet may be a good one.
        tag.key.get().map(|key| (Some(key.as_str()), Some(tag.value.text())))
    });
    problems.check("tag", check_tags(&tag_map(known)));
}

fn check_refresh(config: &AutoscalingGroup, refresh: &InstanceRefresh, problems: &mut Problems) {
    check_triggers(refresh, problems);
    let Some(preferences) = refresh.preferences.first() else { return };
    problems.within("preferences.0", |problems| {
        check_percentages(
            // What they are where nobody says anything.
            if preferences.min_healthy_percentage.is_null() {
                Some(90)
            } else {
                preferences.min_healthy_percentage.cloned()
            },
            preferences.max_healthy_percentage.cloned(),
            problems,
        );
        let points = preferences.checkpoint_percentages.cloned().unwrap_or_default();
        let in_order = points.is_sorted_by(|a, b| a < b);
        if !in_order || points.iter().any(|point| !(1..=100).contains(point)) {
            problems.error(
                "checkpoint_percentages",
                "Invalid value for \"checkpoint_percentages\"",
                format!("They must be from 1 to 100, each more than the one before, but are {points:?}."),
            );
        }
        if preferences.auto_rollback.is_true() && config.launch_configuration.filled().is_some() {
            problems.error(
                "auto_rollback",
                "Invalid combination of arguments",
                "A group that launches by a launch configuration cannot go back: use a launch template.",
            );
        }
    });
}

/// What triggers a refresh are arguments of the group.
fn check_triggers(refresh: &InstanceRefresh, problems: &mut Problems) {
    let block = AutoscalingGroup::block();
    for trigger in refresh.triggers.get().into_iter().flat_map(|set| set.iter()) {
        let name = trigger.as_str();
        if matches!(name, "launch_configuration" | "launch_template" | "mixed_instances_policy") {
            problems.warning(
                "triggers",
                format!("'{name}' always triggers an instance refresh and can be removed"),
                "",
            );
            continue;
        }
        let wrong = match block.attributes.get(name) {
            Some(attribute) if attribute.optional || attribute.required => continue,
            Some(_) => "is read-only, so that it never changes by itself",
            None if block.blocks.contains_key(name) => continue,
            None => "is no argument of aws_autoscaling_group",
        };
        problems.error(
            "triggers",
            "Invalid trigger of an instance refresh",
            format!("{name:?} {wrong}."),
        );
    }
}
