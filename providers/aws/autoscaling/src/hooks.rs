//! Lifecycle hooks, as resources and as what a group begins with.

use std::time::Duration;

use groma_aws_core::{Aws, Error, Outcome as _, retry};
use groma_sdk::{Attr, Context};

use crate::service::autoscaling;

/// How long a target may be unknown in places, or its role.
const PROPAGATION: Duration = Duration::from_secs(300);

/// A hook to put.
#[derive(Debug)]
pub(crate) struct Hook<'a> {
    pub(crate) group: &'a str,
    pub(crate) name: &'a str,
    pub(crate) transition: &'a Attr<String>,
    pub(crate) default_result: &'a Attr<String>,
    pub(crate) heartbeat_timeout: &'a Attr<i64>,
    pub(crate) metadata: &'a Attr<String>,
    pub(crate) target: &'a Attr<String>,
    pub(crate) role: &'a Attr<String>,
}

/// Creates or changes a hook.
pub(crate) async fn put(cx: &Context<Aws>, hook: &Hook<'_>) -> Result<(), Error> {
    let client = autoscaling(cx.client());
    let unready = |e: &Error| {
        e.is("ResourceContention")
            || e.says("ValidationError", "Unable to publish test message to notification")
    };
    let what = format!("the target of Auto Scaling Lifecycle Hook ({})", hook.name);
    let put = retry(cx, what, PROPAGATION, unready, || {
        let request = client
            .put_lifecycle_hook()
            .auto_scaling_group_name(hook.group)
            .lifecycle_hook_name(hook.name)
            .set_lifecycle_transition(hook.transition.to_filled())
            .set_default_result(hook.default_result.to_filled())
            .set_heartbeat_timeout(hook.heartbeat_timeout.to_filled_i32())
            .set_notification_metadata(hook.metadata.to_filled())
            .set_notification_target_arn(hook.target.to_filled())
            .set_role_arn(hook.role.to_filled());
        async move { request.send().await.typed() }
    });
    put.await.map(|_| ())
}
