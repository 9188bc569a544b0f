//! How a change of a group is planned.

use groma_aws_core::{Aws, plan_token};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Planned, Problems};

use super::model::AutoscalingGroup;
use super::{launch_model, refresh};
use crate::instances::{self, Instances, Template};

pub(super) async fn plan(
    cx: &Context<Aws>,
    known: &'static dyn Instances,
    change: &mut Planned<AutoscalingGroup>,
) -> Result<(), Diagnostics> {
    plan_token(cx, change.is_create());
    plan_template(change);
    plan_policy(change);
    let mut problems = Problems::new();
    check_place(cx, change, &mut problems);
    check_image(cx, known, change, &mut problems).await;
    if !change.planned.instance_refresh.is_empty() {
        // What is wrong with it should not be told after the group has changed.
        refresh::patience()?;
    }
    problems.into_result()
}

/// A new group has zones or subnets, and zones are of the region.
fn check_place(cx: &Context<Aws>, change: &Planned<AutoscalingGroup>, problems: &mut Problems) {
    let config = &change.config;
    let none = |set: &Attr<groma_sdk::Set<String>>| {
        set.is_null() || set.get().is_some_and(|set| set.is_empty())
    };
    if change.is_create() && none(&config.availability_zones) && none(&config.vpc_zone_identifier) {
        problems.error(
            "vpc_zone_identifier",
            "Group without zones",
            "Set \"vpc_zone_identifier\" to the subnets that the group's instances are to be in, or \
             \"availability_zones\" for the default subnets of these zones.",
        );
    }
    let region = cx.client().region();
    let zones = config.availability_zones.to_filled().unwrap_or_default();
    if let Some(zone) = zones.iter().find(|zone| !zone.starts_with(region)) {
        problems.error(
            "availability_zones",
            "Zone of another region",
            format!("{zone:?} is no zone of {region}, where the group is to be."),
        );
    }
}

/// A group launches from a template with an image.
///
/// A version with a number never changes, so that it is an error if it has none. What the newest
/// version is, or the default one, this very run may change.
async fn check_image(
    cx: &Context<Aws>,
    known: &'static dyn Instances,
    change: &Planned<AutoscalingGroup>,
    problems: &mut Problems,
) {
    let (planned, prior) = (&change.planned, change.prior.as_ref());
    let same = prior.is_some_and(|prior| {
        prior.launch_template == planned.launch_template
            && prior.mixed_instances_policy == planned.mixed_instances_policy
    });
    if same {
        return;
    }
    let Some((path, template)) = template(&change.config) else { return };
    // Whoever may not look learns from the create what is wrong.
    let Ok(Some(false)) = known.has_image(cx.client(), &template).await else { return };
    let summary = "Launch template without an image";
    let version = &template.version;
    match &template.named {
        instances::Named::Id(id) if !version.starts_with('$') => problems.error(
            path,
            summary,
            format!(
                "The version {version} of the launch template {id} has no \"image_id\": a group \
                 cannot launch instances from it."
            ),
        ),
        instances::Named::Id(name) | instances::Named::Name(name) => problems.warning(
            path,
            summary,
            format!(
                "The version {version} of the launch template {name} has no \"image_id\" now. AWS \
                 refuses the group unless this run changes that."
            ),
        ),
    }
}

/// The template that a group launches from, if it is known, and where it is configured.
fn template(config: &AutoscalingGroup) -> Option<(&'static str, Template)> {
    let (path, id, name, version) = match config.launch_template.first() {
        Some(one) => ("launch_template.0", &one.id, &one.name, &one.version),
        None => {
            let policy = config.mixed_instances_policy.first()?.launch_template.first()?;
            let others = policy.r#override.iter();
            let mut others = others.map(|other| &other.launch_template_specification);
            // Each override may have a template of its own.
            if policy.r#override.is_unknown() || others.any(|o| !o.is_empty() || o.is_unknown()) {
                return None;
            }
            let one = policy.launch_template_specification.first()?;
            let path = "mixed_instances_policy.0.launch_template.0.launch_template_specification.0";
            (path, &one.launch_template_id, &one.launch_template_name, &one.version)
        }
    };
    let named = match (id.to_filled(), name.to_filled()) {
        (Some(id), _) => instances::Named::Id(id),
        (None, name) => instances::Named::Name(name?),
    };
    if version.is_unknown() {
        return None;
    }
    let version = version.to_filled().unwrap_or_else(|| "$Default".to_owned());
    Some((path, Template { named, version }))
}

/// What a template is named by.
struct Named<'a> {
    id: &'a Attr<String>,
    name: &'a Attr<String>,
    version: &'a Attr<String>,
}

/// A template with another id has another name, and the other way round; and its versions are others.
fn plan_names(
    prior: &Named<'_>,
    config: &Named<'_>,
    planned: (&mut Attr<String>, &mut Attr<String>, &mut Attr<String>),
) {
    let (id, name, version) = planned;
    if id != prior.id && config.name.is_null() {
        *name = Attr::Unknown;
    } else if name != prior.name && config.id.is_null() {
        *id = Attr::Unknown;
    } else {
        return;
    }
    if config.version.is_null() && version == prior.version {
        *version = Attr::Unknown;
    }
}

fn plan_template(change: &mut Planned<AutoscalingGroup>) {
    let Some(prior) = change.prior.as_ref().and_then(|p| p.launch_template.first()) else { return };
    let Some(config) = change.config.launch_template.first() else { return };
    let Some(planned) = change.planned.launch_template.first_mut() else { return };
    let prior = Named { id: &prior.id, name: &prior.name, version: &prior.version };
    let config = Named { id: &config.id, name: &config.name, version: &config.version };
    plan_names(&prior, &config, (&mut planned.id, &mut planned.name, &mut planned.version));
}

type Specifications = Blocks<launch_model::LaunchTemplateSpecification>;

fn plan_specification(
    prior: &Specifications,
    config: &Specifications,
    planned: &mut Specifications,
) {
    let (Some(prior), Some(config), Some(planned)) =
        (prior.first(), config.first(), planned.first_mut())
    else {
        return;
    };
    fn named(one: &launch_model::LaunchTemplateSpecification) -> Named<'_> {
        Named {
            id: &one.launch_template_id,
            name: &one.launch_template_name,
            version: &one.version,
        }
    }
    let (id, name) = (&mut planned.launch_template_id, &mut planned.launch_template_name);
    plan_names(&named(prior), &named(config), (id, name, &mut planned.version));
}

/// As [`plan_template`], of the templates of a mixed instances policy.
fn plan_policy(change: &mut Planned<AutoscalingGroup>) {
    let prior = change.prior.as_ref().and_then(|p| p.mixed_instances_policy.first());
    let prior = prior.and_then(|policy| policy.launch_template.first());
    let config = change.config.mixed_instances_policy.first();
    let config = config.and_then(|policy| policy.launch_template.first());
    let planned = change.planned.mixed_instances_policy.first_mut();
    let planned = planned.and_then(|policy| policy.launch_template.first_mut());
    let (Some(prior), Some(config), Some(planned)) = (prior, config, planned) else { return };
    plan_specification(
        &prior.launch_template_specification,
        &config.launch_template_specification,
        &mut planned.launch_template_specification,
    );
    let others = prior.r#override.iter().zip(config.r#override.iter());
    for ((prior, config), planned) in others.zip(planned.r#override.iter_mut()) {
        plan_specification(
            &prior.launch_template_specification,
            &config.launch_template_specification,
            &mut planned.launch_template_specification,
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;
    use groma_sdk::{Model as _, Plan, PlanRequest, Set, Value};

    use super::super::model::LaunchTemplate;
    use super::*;
    use crate::instances::testing::Known;
    use launch_model::{
        LaunchTemplateSpecification, MixedInstancesPolicy, MixedInstancesPolicyLaunchTemplate,
        Override,
    };

    fn of(template: LaunchTemplate) -> AutoscalingGroup {
        AutoscalingGroup {
            min_size: 1_i64.into(),
            max_size: 1_i64.into(),
            vpc_zone_identifier: Set(vec!["subnet-1".to_owned()]).into(),
            launch_template: Blocks::one(template),
            ..AutoscalingGroup::default()
        }
    }

    fn by_id(id: &str, version: &str) -> LaunchTemplate {
        LaunchTemplate { id: id.into(), version: version.into(), ..LaunchTemplate::default() }
    }

    fn by_name(name: &str) -> LaunchTemplate {
        LaunchTemplate { name: name.into(), ..LaunchTemplate::default() }
    }

    /// What becomes of a configuration: its errors, its plan, and what was asked for.
    async fn planned(
        prior: Option<&AutoscalingGroup>,
        config: &AutoscalingGroup,
    ) -> (String, AutoscalingGroup, Vec<String>) {
        let block = AutoscalingGroup::block();
        let request = PlanRequest {
            prior: prior.map_or(Value::null(block.implied_type().clone()), AutoscalingGroup::write),
            config: config.write(),
            // What engines propose for computed attributes that are not configured.
            proposed: prior.map_or(config.write(), |prior| proposed(prior, config).write()),
        };
        let rules = AutoscalingGroup::rules().steady();
        let plan = Plan::by_rules(&block, &rules, &request);
        let mut change = Planned::of(&request, &plan);
        let known = Known::leak();
        let told = super::plan(&Fake::new().context(), known, &mut change).await;
        (told.map_err(|d| d.to_string()).err().unwrap_or_default(), change.planned, known.asked())
    }

    fn proposed(prior: &AutoscalingGroup, config: &AutoscalingGroup) -> AutoscalingGroup {
        let mut proposed = config.clone();
        if let (Some(new), Some(old)) =
            (proposed.launch_template.first_mut(), prior.launch_template.first())
        {
            new.id = new.id.clone().or(old.id.clone());
            new.name = new.name.clone().or(old.name.clone());
            new.version = new.version.clone().or(old.version.clone());
        }
        proposed
    }

    #[tokio::test]
    async fn a_template_has_an_image() {
        let (told, _, asked) = planned(None, &of(by_id("lt-good", "3"))).await;
        assert_eq!((told.as_str(), asked), ("", vec!["lt-good 3".to_owned()]));
        let (told, ..) = planned(None, &of(by_id("lt-imageless", "3"))).await;
        assert!(told.contains("has no \"image_id\""), "{told}");
        // This run may change which version that is; or what is of the name.
        for template in [by_id("lt-imageless", "$Latest"), by_name("imageless")] {
            let (told, ..) = planned(None, &of(template)).await;
            assert!(told.is_empty() || told.contains("refuses the group unless"), "{told}");
        }
        for template in [by_id("lt-none", "7"), by_id("lt-secret", "1")] {
            assert_eq!(planned(None, &of(template)).await.0, "");
        }
        let unknown = LaunchTemplate { version: Attr::Unknown, ..by_id("lt-imageless", "") };
        let (told, _, asked) = planned(None, &of(unknown)).await;
        assert_eq!((told.as_str(), asked.len()), ("", 0));
        // What has not changed is not asked for.
        let group = of(LaunchTemplate { name: "web".into(), ..by_id("lt-imageless", "3") });
        let (told, _, asked) = planned(Some(&group), &group).await;
        assert_eq!((told.as_str(), asked.len()), ("", 0));
    }

    #[tokio::test]
    async fn templates_of_overrides_may_have_the_image() {
        let template = LaunchTemplateSpecification {
            launch_template_id: "lt-imageless".into(),
            version: "1".into(),
            ..LaunchTemplateSpecification::default()
        };
        let with = |overrides: Vec<Override>| AutoscalingGroup {
            launch_template: Blocks::none(),
            mixed_instances_policy: Blocks::one(MixedInstancesPolicy {
                launch_template: Blocks::one(MixedInstancesPolicyLaunchTemplate {
                    launch_template_specification: Blocks::one(template.clone()),
                    r#override: overrides.into(),
                }),
                ..MixedInstancesPolicy::default()
            }),
            ..of(LaunchTemplate::default())
        };
        let (told, ..) = planned(None, &with(Vec::new())).await;
        assert!(told.contains("has no \"image_id\""), "{told}");
        let own = LaunchTemplateSpecification {
            launch_template_id: "lt-good".into(),
            ..LaunchTemplateSpecification::default()
        };
        let own =
            Override { launch_template_specification: Blocks::one(own), ..Override::default() };
        assert_eq!(planned(None, &with(vec![own])).await.0, "");
    }

    #[tokio::test]
    async fn a_group_has_a_place_in_its_region() {
        let nowhere =
            AutoscalingGroup { vpc_zone_identifier: Attr::Null, ..of(by_id("lt-1", "1")) };
        assert!(planned(None, &nowhere).await.0.contains("Group without zones"));
        let empty =
            AutoscalingGroup { availability_zones: Set(Vec::new()).into(), ..nowhere.clone() };
        assert!(planned(None, &empty).await.0.contains("Group without zones"));
        let unknown = AutoscalingGroup { availability_zones: Attr::Unknown, ..nowhere.clone() };
        assert_eq!(planned(None, &unknown).await.0, "");
        // One that is there has a place.
        assert_eq!(planned(Some(&of(by_id("lt-1", "1"))), &nowhere).await.0, "");
        let far = AutoscalingGroup {
            availability_zones: Set(vec!["xx-far-9a".to_owned()]).into(),
            ..nowhere
        };
        assert!(planned(None, &far).await.0.contains("no zone of"));
    }

    #[tokio::test]
    async fn another_template_has_another_name() {
        let prior = of(LaunchTemplate { name: "web".into(), ..by_id("lt-1", "3") });
        let template = |group: AutoscalingGroup| group.launch_template.into_vec().pop();
        let other = LaunchTemplate { id: "lt-2".into(), ..LaunchTemplate::default() };
        let (_, group, _) = planned(Some(&prior), &of(other)).await;
        let expected =
            LaunchTemplate { id: "lt-2".into(), name: Attr::Unknown, version: Attr::Unknown };
        assert_eq!(template(group), Some(expected));
        let (_, group, _) = planned(Some(&prior), &of(by_name("api"))).await;
        let expected =
            LaunchTemplate { id: Attr::Unknown, version: Attr::Unknown, ..by_name("api") };
        assert_eq!(template(group), Some(expected));
        let (_, group, _) = planned(Some(&prior), &of(by_name("web"))).await;
        assert_eq!(template(group), template(prior));
    }
}
