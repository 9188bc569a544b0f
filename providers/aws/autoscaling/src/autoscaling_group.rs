//! `aws_autoscaling_group`: a group of instances that grows and shrinks.

pub(crate) mod attach;
mod capacity;
mod launch;
pub(crate) mod launch_model;
pub(crate) mod model;
mod pool;
pub(crate) mod read;
mod refresh;

use std::time::{Duration, SystemTime};

use aws_sdk_autoscaling::types;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, generated_name, name_or_generated, plan_token, retry,
    timeout_of, wait,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model as _, Planned, Problems, async_trait,
};

use capacity::Goal;
#[cfg(test)]
use launch_model::LaunchTemplate;
pub(crate) use model::AutoscalingGroup;
use model::{InitialLifecycleHook, InstanceMaintenancePolicy, Timeouts};

use crate::service::{autoscaling, group, is_gone};

/// How long waits take at most by default.
const USUAL: Duration = Duration::from_secs(600);

/// How long a profile or a topic may be unknown in places.
const PROPAGATION: Duration = Duration::from_secs(120);

/// The resource type.
pub(crate) struct AutoscalingGroupResource;

#[async_trait]
impl Managed<Aws> for AutoscalingGroupResource {
    type Model = AutoscalingGroup;

    fn name(&self) -> &'static str {
        "aws_autoscaling_group"
    }

    fn validate(&self, config: &AutoscalingGroup, problems: &mut Problems) {
        check_sizes(config, problems);
        check_launch(config, problems);
        check_conflicts(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<AutoscalingGroup>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        plan_template(change);
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingGroup,
        planned: AutoscalingGroup,
    ) -> Result<AutoscalingGroup, Diagnostics> {
        let since = SystemTime::now();
        let (name, prefix) = (planned.name.filled(), planned.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        let mut model = planned.clone();
        model.id = name.clone().into();
        model.name = name.clone().into();
        make(cx, &model).await?;
        cx.keep_model(&model);
        if !planned.initial_lifecycle_hook.is_empty() {
            put_hooks(cx, &name, &planned.initial_lifecycle_hook).await?;
            grow(cx, &model).await?;
        }
        capacity::reach(cx, &model, Goal::of_new(&model), since).await?;
        attach::change_processes(cx, &name, &AutoscalingGroup::default(), &planned).await?;
        attach::change_metrics(cx, &name, &AutoscalingGroup::default(), &planned).await?;
        if let Some(pool) = planned.warm_pool.first() {
            pool::put(cx, &name, pool).await?;
        }
        found(cx, model).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingGroup,
    ) -> Result<Option<AutoscalingGroup>, Diagnostics> {
        read::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingGroup,
        _config: AutoscalingGroup,
        planned: AutoscalingGroup,
    ) -> Result<AutoscalingGroup, Diagnostics> {
        let since = SystemTime::now();
        let name = prior.id.text().to_owned();
        let timeout = timeout_of(&timeouts(&planned, |t| &t.update), USUAL);
        let changed = planned.changed_since(&prior);
        if changed.iter().any(|name| UPDATED.contains(name)) {
            update(cx, &name, &planned, &changed).await?;
        }
        attach::change_tags(cx, &name, &prior, &planned).await?;
        attach::change_sources(cx, &name, &prior, &planned, timeout).await?;
        if refresh::is_due(&planned, &changed) {
            refresh::run(cx, &name, &planned).await?;
        }
        if changed.contains(&"warm_pool") {
            match planned.warm_pool.first() {
                Some(pool) => pool::put(cx, &name, pool).await?,
                None => pool::delete(cx, &name, is_forced(&planned), timeout).await?,
            }
        }
        let sized = ["desired_capacity", "desired_capacity_type", "min_size"];
        if sized.iter().any(|name| changed.contains(name)) {
            capacity::reach(cx, &planned, Goal::of_changed(&planned), since).await?;
        }
        attach::change_metrics(cx, &name, &prior, &planned).await?;
        attach::change_processes(cx, &name, &prior, &planned).await?;
        found(cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: AutoscalingGroup) -> Result<(), Diagnostics> {
        let name = prior.id.text().to_owned();
        let timeout = timeout_of(&timeouts(&prior, |t| &t.delete), USUAL);
        let now = group(cx.client(), &name).await;
        let Some(now) = now.during(format!("reading Auto Scaling Group ({name})"))? else {
            return Ok(());
        };
        let force = prior.force_delete.is_true();
        if now.warm_pool_configuration().is_some() {
            pool::delete(cx, &name, is_forced(&prior), timeout).await?;
        }
        if !force {
            drain(cx, &name, &now, timeout).await?;
        }
        delete(cx, &name, force, timeout).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<AutoscalingGroup>, Diagnostics> {
        Ok(Some(AutoscalingGroup {
            id: id.into(),
            // What is only told to the provider is as it would be by itself.
            force_delete: false.into(),
            force_delete_warm_pool: false.into(),
            ignore_failed_scaling_activities: false.into(),
            wait_for_capacity_timeout: "10m".into(),
            ..AutoscalingGroup::default()
        }))
    }
}

fn timeouts(group: &AutoscalingGroup, which: impl Fn(&Timeouts) -> &Attr<String>) -> Attr<String> {
    group.timeouts.first().map_or(Attr::Null, |t| which(t).clone())
}

/// Whether a warm pool is deleted with its instances.
fn is_forced(group: &AutoscalingGroup) -> bool {
    group.force_delete.is_true() || group.force_delete_warm_pool.is_true()
}

/// min <= desired <= max.
fn check_sizes(config: &AutoscalingGroup, problems: &mut Problems) {
    let (least, most) = (config.min_size.get(), config.max_size.get());
    for (name, size) in [
        ("min_size", least),
        ("max_size", most),
        ("desired_capacity", config.desired_capacity.get()),
    ] {
        if size.is_some_and(|size| *size < 0) {
            problems.error(
                name,
                format!("Invalid value for \"{name}\""),
                "A group cannot have less than 0 instances.",
            );
        }
    }
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        problems.error(
            "min_size",
            "Invalid size of an autoscaling group",
            format!("\"min_size\" is {least}, which is more than \"max_size\", {most}."),
        );
    }
    let Some(desired) = config.desired_capacity.get() else { return };
    if least.is_some_and(|least| desired < least) {
        problems.error(
            "desired_capacity",
            "Invalid size of an autoscaling group",
            format!(
                "\"desired_capacity\" is {desired}, which is less than \"min_size\", {}.",
                config.min_size.or_default()
            ),
        );
    }
    if most.is_some_and(|most| desired > most) {
        problems.error(
            "desired_capacity",
            "Invalid size of an autoscaling group",
            format!(
                "\"desired_capacity\" is {desired}, which is more than \"max_size\", {}.",
                config.max_size.or_default()
            ),
        );
    }
}

/// A group launches from one thing, and a template has an id or a name.
fn check_launch(config: &AutoscalingGroup, problems: &mut Problems) {
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
            "Invalid combination of arguments",
            format!(
                "A group launches from one of \"launch_configuration\", \"launch_template\" and \
                 \"mixed_instances_policy\", but {n} are set."
            ),
        ),
    }
    if let Some(template) = config.launch_template.first() {
        problems.conflict(
            ("launch_template.0.id", template.id.filled().is_some()),
            ("launch_template.0.name", template.name.filled().is_some()),
        );
        if template.id.is_null() && template.name.is_null() {
            problems.error(
                "launch_template.0",
                "Missing required argument",
                "A launch template is named by \"id\" or by \"name\".",
            );
        }
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
    let spread = config.availability_zones.is_null() && config.vpc_zone_identifier.is_null();
    // A template may have network interfaces with subnets of their own.
    if spread && config.launch_template.is_empty() && config.mixed_instances_policy.is_empty() {
        problems.warning(
            "vpc_zone_identifier",
            "Group without zones",
            "Set \"vpc_zone_identifier\" or \"availability_zones\": AWS refuses a group whose \
             instances have no place.",
        );
    }
    if let Some(policy) = config.instance_maintenance_policy.first()
        && let Some(most) = policy.max_healthy_percentage.get()
        && !(*most == -1 || (100..=200).contains(most))
    {
        problems.error(
            "instance_maintenance_policy.0.max_healthy_percentage",
            "Invalid value for \"max_healthy_percentage\"",
            format!("It must be from 100 to 200, or -1, but is {most}."),
        );
    }
}

/// A template with another id has another name, and the other way round.
fn plan_template(change: &mut Planned<AutoscalingGroup>) {
    let Some(prior) = change.prior.as_ref().and_then(|p| p.launch_template.first()) else { return };
    let Some(config) = change.config.launch_template.first() else { return };
    let Some(planned) = change.planned.launch_template.first_mut() else { return };
    if planned.id != prior.id && config.name.is_null() {
        planned.name = Attr::Unknown;
    } else if planned.name != prior.name && config.id.is_null() {
        planned.id = Attr::Unknown;
    }
}

/// Creates it. With hooks that are to see its first instances, it is empty at first.
async fn make(cx: &Context<Aws>, planned: &AutoscalingGroup) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let client = autoscaling(cx.client());
    let empty = !planned.initial_lifecycle_hook.is_empty();
    let size = |size: Option<i32>| if empty { size.map(|_| 0) } else { size };
    let subnets = planned.vpc_zone_identifier.to_filled().map(|subnets| subnets.join(","));
    let unready = |e: &Error| e.says("ValidationError", "Invalid IAM Instance Profile");
    let what = format!("the instance profile of Auto Scaling Group ({name})");
    let made = retry(cx, what, PROPAGATION, unready, || {
        let request = client
            .create_auto_scaling_group()
            .auto_scaling_group_name(name)
            .set_min_size(size(planned.min_size.to_i32()))
            .set_max_size(size(planned.max_size.to_i32()))
            .set_desired_capacity(desired(planned).filter(|_| !empty))
            .set_desired_capacity_type(planned.desired_capacity_type.to_filled())
            .set_availability_zones(planned.availability_zones.to_filled())
            .set_availability_zone_distribution(distribution(planned))
            .set_capacity_rebalance(planned.capacity_rebalance.cloned())
            .set_capacity_reservation_specification(reservations(planned))
            .set_context(planned.context.to_filled())
            .set_default_cooldown(planned.default_cooldown.to_i32())
            .set_default_instance_warmup(planned.default_instance_warmup.to_i32())
            .set_health_check_type(planned.health_check_type.to_filled())
            .set_health_check_grace_period(planned.health_check_grace_period.to_i32())
            .set_instance_maintenance_policy(maintenance(planned))
            .set_launch_configuration_name(planned.launch_configuration.to_filled())
            .set_launch_template(planned.launch_template.first().map(launch::to_template))
            .set_load_balancer_names(planned.load_balancers.to_filled())
            .set_max_instance_lifetime(planned.max_instance_lifetime.to_i32().filter(|n| *n != 0))
            .set_mixed_instances_policy(
                planned.mixed_instances_policy.first().map(launch::to_policy),
            )
            .new_instances_protected_from_scale_in(planned.protect_from_scale_in.is_true())
            .set_placement_group(planned.placement_group.to_filled())
            .set_service_linked_role_arn(planned.service_linked_role_arn.to_filled())
            .set_tags(attach::to_tags(name, &planned.tag))
            .set_target_group_arns(planned.target_group_arns.to_filled())
            .set_termination_policies(
                planned.termination_policies.cloned().filter(|p| !p.is_empty()),
            )
            .set_traffic_sources(attach::to_sources(&planned.traffic_source))
            .set_vpc_zone_identifier(subnets.clone());
        async move { request.send().await.typed() }
    })
    .await;
    match made {
        Ok(_) => Ok(()),
        // A generated name is taken by nothing but an attempt before.
        Err(e) if e.is("AlreadyExists") && is_ours(cx, name) => Ok(()),
        Err(e) => Err(e.during(format!("creating Auto Scaling Group ({name})"))),
    }
}

/// Whether a name is one that this create generated.
fn is_ours(cx: &Context<Aws>, name: &str) -> bool {
    name.ends_with(&generated_name(cx, ""))
}

/// The size to ask for; 0 stands for none in stored states, and no smaller group can be asked for.
fn desired(planned: &AutoscalingGroup) -> Option<i32> {
    planned.desired_capacity.to_i32().filter(|n| *n > 0)
}

fn distribution(planned: &AutoscalingGroup) -> Option<types::AvailabilityZoneDistribution> {
    let strategy = planned.availability_zone_distribution.first()?;
    let strategy = strategy.capacity_distribution_strategy.filled()?;
    let built = types::AvailabilityZoneDistribution::builder();
    Some(built.capacity_distribution_strategy(strategy.into()).build())
}

fn reservations(planned: &AutoscalingGroup) -> Option<types::CapacityReservationSpecification> {
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

fn maintenance(planned: &AutoscalingGroup) -> Option<types::InstanceMaintenancePolicy> {
    planned.instance_maintenance_policy.first().map(to_maintenance)
}

fn to_maintenance(policy: &InstanceMaintenancePolicy) -> types::InstanceMaintenancePolicy {
    types::InstanceMaintenancePolicy::builder()
        .set_max_healthy_percentage(policy.max_healthy_percentage.to_i32())
        .set_min_healthy_percentage(policy.min_healthy_percentage.to_i32())
        .build()
}

async fn put_hooks(
    cx: &Context<Aws>,
    name: &str,
    hooks: &Blocks<InitialLifecycleHook>,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    for hook in hooks {
        let unready =
            |e: &Error| e.says("ValidationError", "Unable to publish test message to notification");
        let what = format!("the target of a hook of Auto Scaling Group ({name})");
        let put = retry(cx, what, USUAL, unready, || {
            let request = client
                .put_lifecycle_hook()
                .auto_scaling_group_name(name)
                .set_lifecycle_hook_name(hook.name.to_filled())
                .set_lifecycle_transition(hook.lifecycle_transition.to_filled())
                .set_default_result(hook.default_result.to_filled())
                .set_heartbeat_timeout(hook.heartbeat_timeout.to_i32())
                .set_notification_metadata(hook.notification_metadata.to_filled())
                .set_notification_target_arn(hook.notification_target_arn.to_filled())
                .set_role_arn(hook.role_arn.to_filled());
            async move { request.send().await.typed() }
        })
        .await;
        put.map_err(|e| e.during(format!("creating Auto Scaling Group ({name}) Lifecycle Hook")))?;
    }
    Ok(())
}

/// Gives a group that was made empty its size.
async fn grow(cx: &Context<Aws>, planned: &AutoscalingGroup) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let request =
        autoscaling(cx.client()).update_auto_scaling_group().auto_scaling_group_name(name);
    request
        .set_min_size(planned.min_size.to_i32())
        .set_max_size(planned.max_size.to_i32())
        .set_desired_capacity(desired(planned))
        .send()
        .await
        .during(format!("setting Auto Scaling Group ({name}) initial capacity"))?;
    Ok(())
}

/// What the group itself is told when it changes.
const UPDATED: &[&str] = &[
    "availability_zone_distribution",
    "availability_zones",
    "capacity_rebalance",
    "capacity_reservation_specification",
    "context",
    "default_cooldown",
    "default_instance_warmup",
    "desired_capacity",
    "desired_capacity_type",
    "health_check_grace_period",
    "health_check_type",
    "instance_maintenance_policy",
    "launch_configuration",
    "launch_template",
    "max_instance_lifetime",
    "max_size",
    "min_size",
    "mixed_instances_policy",
    "placement_group",
    "protect_from_scale_in",
    "service_linked_role_arn",
    "termination_policies",
    "vpc_zone_identifier",
];

async fn update(
    cx: &Context<Aws>,
    name: &str,
    planned: &AutoscalingGroup,
    changed: &[&str],
) -> Result<(), Diagnostics> {
    let has = |name: &str| changed.contains(&name);
    // Texts that are taken away are sent empty, numbers as 0.
    let text = |name: &str, text: &Attr<String>| has(name).then(|| text.text().to_owned());
    let number = |name: &str, n: &Attr<i64>| n.to_i32().or(Some(0)).filter(|_| has(name));
    let zones = planned.availability_zones.to_filled().filter(|_| has("availability_zones"));
    let subnets =
        has("vpc_zone_identifier").then(|| planned.vpc_zone_identifier.elements().join(","));
    let checked = has("health_check_grace_period") || has("health_check_type");
    let policy = planned.instance_maintenance_policy.first().map_or_else(
        // That is how the policy is taken away.
        || {
            let none = types::InstanceMaintenancePolicy::builder();
            none.max_healthy_percentage(-1).min_healthy_percentage(-1).build()
        },
        to_maintenance,
    );
    let ends = planned.termination_policies.cloned().filter(|all| !all.is_empty());
    let ends = ends.unwrap_or_else(|| vec!["Default".to_owned()]);
    let template = planned.launch_template.first().filter(|_| has("launch_template"));
    let mixed = planned.mixed_instances_policy.first().filter(|_| has("mixed_instances_policy"));
    autoscaling(cx.client())
        .update_auto_scaling_group()
        .auto_scaling_group_name(name)
        .new_instances_protected_from_scale_in(planned.protect_from_scale_in.is_true())
        .set_availability_zone_distribution(
            distribution(planned).filter(|_| has("availability_zone_distribution")),
        )
        .set_availability_zones(zones)
        .set_capacity_rebalance(
            has("capacity_rebalance").then(|| planned.capacity_rebalance.is_true()),
        )
        .set_capacity_reservation_specification(
            reservations(planned).filter(|_| has("capacity_reservation_specification")),
        )
        .set_context(text("context", &planned.context))
        .set_default_cooldown(number("default_cooldown", &planned.default_cooldown))
        .set_default_instance_warmup(
            // It is taken away by -1.
            has("default_instance_warmup")
                .then(|| planned.default_instance_warmup.to_i32().unwrap_or(-1)),
        )
        .set_desired_capacity(planned.desired_capacity.to_i32().filter(|_| has("desired_capacity")))
        .set_desired_capacity_type(
            planned.desired_capacity_type.to_filled().filter(|_| has("desired_capacity_type")),
        )
        .set_health_check_grace_period(
            planned.health_check_grace_period.to_i32().filter(|_| checked),
        )
        .set_health_check_type(
            planned.health_check_type.to_filled().filter(|_| has("health_check_type")),
        )
        .set_instance_maintenance_policy(has("instance_maintenance_policy").then_some(policy))
        .set_launch_configuration_name(
            planned.launch_configuration.to_filled().filter(|_| has("launch_configuration")),
        )
        .set_launch_template(template.map(launch::to_template))
        .set_max_instance_lifetime(number("max_instance_lifetime", &planned.max_instance_lifetime))
        .set_max_size(number("max_size", &planned.max_size))
        .set_min_size(number("min_size", &planned.min_size))
        .set_mixed_instances_policy(mixed.map(launch::to_policy))
        .set_placement_group(text("placement_group", &planned.placement_group))
        .set_service_linked_role_arn(
            planned.service_linked_role_arn.to_filled().filter(|_| has("service_linked_role_arn")),
        )
        .set_termination_policies(has("termination_policies").then_some(ends))
        .set_vpc_zone_identifier(subnets)
        .send()
        .await
        .during(format!("updating Auto Scaling Group ({name})"))?;
    Ok(())
}

/// The group after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingGroup,
) -> Result<AutoscalingGroup, Diagnostics> {
    let what = format!("Auto Scaling Group ({}) to be found", model.name.text());
    wait(cx, what, USUAL, || async {
        let found = read::read(cx, model.clone()).await?;
        Ok(found.map_or_else(|| Progress::pending("not there"), Progress::Ready))
    })
    .await
}

/// Takes all instances away, those that are protected too, and waits until they are gone.
async fn drain(
    cx: &Context<Aws>,
    name: &str,
    now: &types::AutoScalingGroup,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let request = client.update_auto_scaling_group().auto_scaling_group_name(name);
    let emptied = request.min_size(0).max_size(0).desired_capacity(0).send().await.typed();
    match emptied {
        Err(e) if is_gone(&e) => return Ok(()),
        emptied => {
            emptied.during(format!("setting Auto Scaling Group ({name}) capacity to 0"))?;
        }
    }
    let protected = now.instances().iter().filter(|i| i.protected_from_scale_in() == Some(true));
    let protected: Vec<String> =
        protected.filter_map(|i| i.instance_id().map(str::to_owned)).collect();
    for some in protected.chunks(50) {
        let request = client.set_instance_protection().auto_scaling_group_name(name);
        let request = request.set_instance_ids(Some(some.to_vec())).protected_from_scale_in(false);
        match request.send().await.typed() {
            // They went by themselves.
            Err(e) if e.says("ValidationError", "not part of Auto Scaling group") => {}
            answer => {
                answer.during(format!(
                    "disabling Auto Scaling Group ({name}) scale-in protections"
                ))?;
            }
        }
    }
    capacity::drained(cx, name, timeout).await
}

async fn delete(
    cx: &Context<Aws>,
    name: &str,
    force: bool,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let busy = |e: &Error| e.is_any(&["ResourceInUse", "ScalingActivityInProgress"]);
    let what = format!("activities of Auto Scaling Group ({name}) to end");
    let deleted = retry(cx, what, timeout, busy, || {
        let request = client.delete_auto_scaling_group().auto_scaling_group_name(name);
        async move { request.force_delete(force).send().await.typed() }
    })
    .await;
    match deleted {
        Err(e) if is_gone(&e) => return Ok(()),
        Err(e) => return Err(e.during(format!("deleting Auto Scaling Group ({name})"))),
        Ok(_) => {}
    }
    wait(cx, format!("Auto Scaling Group ({name}) to be deleted"), timeout, || async {
        let found = group(cx.client(), name).await;
        let found = found.during(format!("reading Auto Scaling Group ({name})"))?;
        Ok(match found {
            None => Progress::Ready(()),
            Some(group) => Progress::pending(group.status().unwrap_or("still there")),
        })
    })
    .await
}

#[cfg(test)]
mod tests;
