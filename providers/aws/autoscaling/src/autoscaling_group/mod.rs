//! `aws_autoscaling_group`: a group of instances that grows and shrinks.

pub(crate) mod attach;
mod capacity;
mod checks;
mod create;
mod delete;
mod launch;
mod launch_checks;
pub(crate) mod launch_model;
pub(crate) mod model;
mod plan;
mod pool;
pub(crate) mod read;
mod refresh;
mod requests;
#[cfg(test)]
mod tests;
mod update;

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, appears, name_or_generated};
use groma_sdk::{Context, Diagnostics, Managed, Model as _, Planned, Problems, async_trait};

use capacity::{Goal, Known};
pub(crate) use model::AutoscalingGroup;
use model::Timeouts;

use crate::instances::Instances;
use crate::service::group;

/// How long waits take at most by default.
const USUAL: Duration = Duration::from_secs(600);

/// The resource type.
pub(crate) struct AutoscalingGroupResource {
    /// What knows launch templates.
    pub(crate) instances: &'static dyn Instances,
}

#[async_trait]
impl Managed<Aws> for AutoscalingGroupResource {
    type Model = AutoscalingGroup;

    fn name(&self) -> &'static str {
        "aws_autoscaling_group"
    }

    fn validate(&self, config: &AutoscalingGroup, problems: &mut Problems) {
        checks::check(config, problems);
        launch_checks::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<AutoscalingGroup>,
    ) -> Result<(), Diagnostics> {
        plan::plan(cx, self.instances, change).await
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingGroup,
        planned: AutoscalingGroup,
    ) -> Result<AutoscalingGroup, Diagnostics> {
        let (name, prefix) = (planned.name.filled(), planned.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        let mut model = planned.clone();
        model.id = name.clone().into();
        model.name = name.clone().into();
        create::create(cx, &model).await?;
        capacity::reach(cx, &model, Goal::of_new(&model), &Known::default()).await?;
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
        let name = prior.id.text().to_owned();
        let timeout = Timeouts::update(&planned.timeouts);
        let changed = planned.changed_since(&prior);
        let sized = ["desired_capacity", "desired_capacity_type", "min_size"];
        let resized = sized.iter().any(|name| changed.contains(name));
        let known = match resized {
            true => Known::now(cx, &planned).await?,
            false => Known::default(),
        };
        update::update(cx, &name, &planned, &changed).await?;
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
        if resized {
            capacity::reach(cx, &planned, Goal::of_changed(&planned), &known).await?;
        }
        attach::change_metrics(cx, &name, &prior, &planned).await?;
        attach::change_processes(cx, &name, &prior, &planned).await?;
        found(cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: AutoscalingGroup) -> Result<(), Diagnostics> {
        let name = prior.id.text().to_owned();
        let timeout = Timeouts::delete(&prior.timeouts);
        let now = group(cx.client(), &name).await;
        let Some(now) = now.during(format!("reading Auto Scaling Group ({name})"))? else {
            return Ok(());
        };
        let force = prior.force_delete.is_true();
        if now.warm_pool_configuration().is_some() {
            pool::delete(cx, &name, is_forced(&prior), timeout).await?;
        }
        if !force {
            delete::drain(cx, &name, &now, timeout).await?;
        }
        delete::delete(cx, &name, force, timeout).await
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

/// Whether a warm pool is deleted with its instances.
fn is_forced(group: &AutoscalingGroup) -> bool {
    group.force_delete.is_true() || group.force_delete_warm_pool.is_true()
}

/// The group after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingGroup,
) -> Result<AutoscalingGroup, Diagnostics> {
    let what = format!("Auto Scaling Group ({})", model.name.text());
    appears(cx, what, USUAL, || read::read(cx, model.clone())).await
}
