//! `aws_autoscaling_lifecycle_hook`: a pause in the launch or the end of a group's instances.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, retry, wait};
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, async_trait};

use crate::service::{autoscaling, is_gone};

/// How long a target may be unknown in places.
const PROPAGATION: Duration = Duration::from_secs(300);

/// A pause in the launch or the end of a group's instances.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingLifecycleHook {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required)]
    pub(crate) autoscaling_group_name: Attr<String>,
    #[attr(optional, computed, check = one_of(&["ABANDON", "CONTINUE"]))]
    pub(crate) default_result: Attr<String>,
    #[attr(optional, check = range(30, 7200))]
    pub(crate) heartbeat_timeout: Attr<i64>,
    #[attr(required, check = one_of(&["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]))]
    pub(crate) lifecycle_transition: Attr<String>,
    #[attr(required, replace, check = length(1, 255))]
    pub(crate) name: Attr<String>,
    #[attr(optional)]
    pub(crate) notification_metadata: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) notification_target_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) role_arn: Attr<String>,
}

/// The resource type.
pub(crate) struct AutoscalingLifecycleHookResource;

#[async_trait]
impl Managed<Aws> for AutoscalingLifecycleHookResource {
    type Model = AutoscalingLifecycleHook;

    fn name(&self) -> &'static str {
        "aws_autoscaling_lifecycle_hook"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingLifecycleHook,
        planned: AutoscalingLifecycleHook,
    ) -> Result<AutoscalingLifecycleHook, Diagnostics> {
        put(cx, &planned).await?;
        let mut model = planned.clone();
        model.id = planned.name.clone();
        cx.keep_model(&model);
        found(cx, model).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingLifecycleHook,
    ) -> Result<Option<AutoscalingLifecycleHook>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        _prior: AutoscalingLifecycleHook,
        _config: AutoscalingLifecycleHook,
        planned: AutoscalingLifecycleHook,
    ) -> Result<AutoscalingLifecycleHook, Diagnostics> {
        put(cx, &planned).await?;
        found(cx, planned).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingLifecycleHook,
    ) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let request = autoscaling(cx.client()).delete_lifecycle_hook().lifecycle_hook_name(name);
        let request = request.auto_scaling_group_name(prior.autoscaling_group_name.text());
        match request.send().await.typed() {
            Err(e) if is_gone(&e) || e.says("ValidationError", "No Lifecycle Hook found") => Ok(()),
            Err(e) => Err(e.during(format!("deleting Auto Scaling Lifecycle Hook ({name})"))),
            Ok(_) => Ok(()),
        }
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<AutoscalingLifecycleHook>, Diagnostics> {
        let parts =
            id.split_once('/').filter(|(group, name)| !group.is_empty() && !name.is_empty());
        let (group, name) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!("It must be GROUP_NAME/LIFECYCLE_HOOK_NAME, but is {id:?}."),
            )
        })?;
        Ok(Some(AutoscalingLifecycleHook {
            id: name.into(),
            name: name.into(),
            autoscaling_group_name: group.into(),
            ..AutoscalingLifecycleHook::default()
        }))
    }
}

async fn put(cx: &Context<Aws>, planned: &AutoscalingLifecycleHook) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let client = autoscaling(cx.client());
    let unready =
        |e: &Error| e.says("ValidationError", "Unable to publish test message to notification");
    let what = format!("the target of Auto Scaling Lifecycle Hook ({name})");
    let put = retry(cx, what, PROPAGATION, unready, || {
        let request = client
            .put_lifecycle_hook()
            .auto_scaling_group_name(planned.autoscaling_group_name.text())
            .lifecycle_hook_name(name)
            .set_lifecycle_transition(planned.lifecycle_transition.to_filled())
            .set_default_result(planned.default_result.to_filled())
            .set_heartbeat_timeout(planned.heartbeat_timeout.to_i32().filter(|n| *n != 0))
            .set_notification_metadata(planned.notification_metadata.to_filled())
            .set_notification_target_arn(planned.notification_target_arn.to_filled())
            .set_role_arn(planned.role_arn.to_filled());
        async move { request.send().await.typed() }
    })
    .await;
    put.map_err(|e| e.during(format!("putting Auto Scaling Lifecycle Hook ({name})")))?;
    Ok(())
}

/// The hook after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingLifecycleHook,
) -> Result<AutoscalingLifecycleHook, Diagnostics> {
    let what = format!("Auto Scaling Lifecycle Hook ({}) to be found", model.name.text());
    wait(cx, what, PROPAGATION, || async {
        let found = read(cx, model.clone()).await?;
        Ok(found.map_or_else(|| Progress::pending("not there"), Progress::Ready))
    })
    .await
}

async fn read(
    cx: &Context<Aws>,
    mut model: AutoscalingLifecycleHook,
) -> Result<Option<AutoscalingLifecycleHook>, Diagnostics> {
    let (group, name) = (model.autoscaling_group_name.text(), model.id.text());
    let found = hook(cx.client(), group, name).await;
    let Some(found) = found.during(format!("reading Auto Scaling Lifecycle Hook ({name})"))? else {
        return Ok(None);
    };
    model.name = found.lifecycle_hook_name().into();
    model.default_result = found.default_result().into();
    model.heartbeat_timeout = match model.heartbeat_timeout {
        // What the service takes where nobody says anything is no difference.
        Attr::Null if found.heartbeat_timeout() == Some(3600) => Attr::Null,
        _ => found.heartbeat_timeout().into(),
    };
    model.lifecycle_transition = found.lifecycle_transition().into();
    model.notification_metadata = found.notification_metadata().into();
    model.notification_target_arn = found.notification_target_arn().into();
    model.role_arn = found.role_arn().into();
    Ok(Some(model))
}

/// A hook as it is now, read together with others of its group.
async fn hook(aws: &Aws, group: &str, name: &str) -> Result<Option<types::LifecycleHook>, Error> {
    let client = autoscaling(aws);
    let owner = group.to_owned();
    let loader =
        aws.loader(&format!("autoscaling:hooks:{group}"), 50, move |names: Vec<String>| {
            let (client, group) = (client.clone(), owner.clone());
            async move {
                let request = client.describe_lifecycle_hooks().auto_scaling_group_name(group);
                let found = request.set_lifecycle_hook_names(Some(names)).send().await.typed();
                let found = match found {
                    Err(e) if is_gone(&e) => Vec::new(),
                    found => found?.lifecycle_hooks.unwrap_or_default(),
                };
                let named = found
                    .into_iter()
                    .map(|h| (h.lifecycle_hook_name().unwrap_or_default().to_owned(), h));
                Ok(named.collect::<HashMap<_, _>>())
            }
        });
    loader.load(name.to_owned()).await
}
