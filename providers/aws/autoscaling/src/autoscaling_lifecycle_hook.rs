//! `aws_autoscaling_lifecycle_hook`: a pause in the launch or the end of a group's instances.

use std::collections::HashMap;

use aws_sdk_autoscaling::types;
use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Error, Outcome as _, appears};
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Problems, async_trait};

use crate::checks::{hook_name, hook_target};
use crate::hooks::{self, Hook};
use crate::service::{JUST_CREATED, autoscaling, import_id, is_gone, patiently};

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
    #[attr(required, replace, check = length(1, 255), check = hook_name)]
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

    fn validate(&self, config: &AutoscalingLifecycleHook, problems: &mut Problems) {
        hook_target(&config.notification_target_arn, &config.role_arn, problems);
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
        prior: AutoscalingLifecycleHook,
        _config: AutoscalingLifecycleHook,
        planned: AutoscalingLifecycleHook,
    ) -> Result<AutoscalingLifecycleHook, Diagnostics> {
        put(cx, &planned).await?;
        if prior.autoscaling_group_name != planned.autoscaling_group_name {
            // It has moved to another group.
            cx.keep_model(&planned);
            remove(cx, prior.autoscaling_group_name.text(), prior.id.text()).await?;
        }
        found(cx, planned).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingLifecycleHook,
    ) -> Result<(), Diagnostics> {
        remove(cx, prior.autoscaling_group_name.text(), prior.id.text()).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<AutoscalingLifecycleHook>, Diagnostics> {
        let (group, name) = import_id(id, "LIFECYCLE_HOOK_NAME")?;
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
    let hook = Hook {
        group: planned.autoscaling_group_name.text(),
        name,
        transition: &planned.lifecycle_transition,
        default_result: &planned.default_result,
        heartbeat_timeout: &planned.heartbeat_timeout,
        metadata: &planned.notification_metadata,
        target: &planned.notification_target_arn,
        role: &planned.role_arn,
    };
    let put = hooks::put(cx, &hook).await;
    put.during(format!("putting Auto Scaling Lifecycle Hook ({name})"))
}

/// Deletes the hook of a name that a group has.
async fn remove(cx: &Context<Aws>, group: &str, name: &str) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let deleted = patiently(cx, group, || {
        let request = client.delete_lifecycle_hook().lifecycle_hook_name(name);
        let request = request.auto_scaling_group_name(group);
        async move { request.send().await.typed() }
    });
    match deleted.await {
        Err(e) if is_gone(&e) || e.says("ValidationError", "No Lifecycle Hook found") => Ok(()),
        Err(e) => Err(e.during(format!("deleting Auto Scaling Lifecycle Hook ({name})"))),
        Ok(_) => Ok(()),
    }
}

/// The hook after a change, which must be there.
async fn found(
    cx: &Context<Aws>,
    model: AutoscalingLifecycleHook,
) -> Result<AutoscalingLifecycleHook, Diagnostics> {
    let what = format!("Auto Scaling Lifecycle Hook ({})", model.name.text());
    appears(cx, what, JUST_CREATED, || read(cx, model.clone())).await
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:news";
    const ROLE: &str = "arn:aws:iam::123456789012:role/tell";

    fn told() -> AutoscalingLifecycleHook {
        AutoscalingLifecycleHook {
            id: "leave".into(),
            name: "leave".into(),
            autoscaling_group_name: "web".into(),
            default_result: "ABANDON".into(),
            lifecycle_transition: "autoscaling:EC2_INSTANCE_TERMINATING".into(),
            notification_metadata: "{}".into(),
            notification_target_arn: TOPIC.into(),
            role_arn: ROLE.into(),
            ..AutoscalingLifecycleHook::default()
        }
    }

    /// A hook that has just been put, as it is told.
    fn serve(fake: &Fake) {
        fake.on("PutLifecycleHook", |request| {
            assert_eq!(request.param("NotificationTargetARN"), Some(TOPIC));
            assert_eq!(
                (request.param("RoleARN"), request.param("HeartbeatTimeout")),
                (Some(ROLE), None)
            );
            Answer::xml("<PutLifecycleHookResponse/>")
        });
        fake.on("DescribeLifecycleHooks", |_| {
            Answer::xml(format!(
                "<DescribeLifecycleHooksResponse><DescribeLifecycleHooksResult><LifecycleHooks><member>\
                 <LifecycleHookName>leave</LifecycleHookName><DefaultResult>ABANDON</DefaultResult>\
                 <LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING</LifecycleTransition>\
                 <HeartbeatTimeout>3600</HeartbeatTimeout><NotificationMetadata>{{}}</NotificationMetadata>\
                 <NotificationTargetARN>{TOPIC}</NotificationTargetARN><RoleARN>{ROLE}</RoleARN></member>\
                 </LifecycleHooks></DescribeLifecycleHooksResult></DescribeLifecycleHooksResponse>"
            ))
        });
    }

    #[tokio::test]
    async fn a_target_may_take_a_while_to_be_known() {
        let fake = Fake::new();
        fake.once("PutLifecycleHook", |_| {
            let why = "Unable to publish test message to notification target arn:aws:sns:x.";
            Answer::error(400, "ValidationError", why)
        });
        serve(&fake);
        let made = AutoscalingLifecycleHookResource.create(&fake.context(), told(), told()).await;
        assert_eq!(made, Ok(told()));
        assert_eq!(fake.calls("PutLifecycleHook"), 2);
    }

    #[tokio::test]
    async fn a_hook_that_moves_is_in_one_group() {
        let fake = Fake::new();
        serve(&fake);
        fake.on("DeleteLifecycleHook", |request| {
            assert_eq!(request.param("AutoScalingGroupName"), Some("old"));
            Answer::xml("<DeleteLifecycleHookResponse/>")
        });
        let prior = AutoscalingLifecycleHook { autoscaling_group_name: "old".into(), ..told() };
        let cx = fake.context();
        let moved = AutoscalingLifecycleHookResource.update(&cx, prior, told(), told()).await;
        assert_eq!(moved, Ok(told()));
        assert_eq!(fake.calls("DeleteLifecycleHook"), 1);
    }
}
