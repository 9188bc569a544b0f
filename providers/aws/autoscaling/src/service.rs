//! The service for autoscaling: its client, gathered reads, and conversions that several types need.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_autoscaling::{Client, types};
use groma_aws_core::{Aws, Error, Outcome as _, client, retry};
use groma_sdk::{Context, Diagnostic, Diagnostics};

/// How many groups one call takes.
const GROUPS: usize = 50;

/// How long other changes of a group may be in the way of one.
const CONTENTION: Duration = Duration::from_secs(120);

/// How long something that was just created may not be seen.
pub(crate) const JUST_CREATED: Duration = Duration::from_secs(120);

/// The client.
pub(crate) fn autoscaling(aws: &Aws) -> Arc<Client> {
    client!(aws, "autoscaling", aws_sdk_autoscaling)
}

/// A group as it is now.
pub(crate) async fn group(aws: &Aws, name: &str) -> Result<Option<types::AutoScalingGroup>, Error> {
    let (one, all) = (autoscaling(aws), autoscaling(aws));
    let loader = aws.sweeping_loader(
        "autoscaling:groups",
        GROUPS,
        move |names: Vec<String>| {
            let client = one.clone();
            async move {
                let request = client.describe_auto_scaling_groups();
                let request = request.set_auto_scaling_group_names(Some(names)).into_paginator();
                let found = request.items().send().collect::<Result<Vec<_>, _>>().await.typed()?;
                Ok(by_name(found))
            }
        },
        move || {
            let client = all.clone();
            async move {
                let found = client.describe_auto_scaling_groups().into_paginator().items().send();
                Ok(by_name(found.collect::<Result<Vec<_>, _>>().await.typed()?))
            }
        },
    );
    loader.load(name.to_owned()).await
}

fn by_name(found: Vec<types::AutoScalingGroup>) -> HashMap<String, types::AutoScalingGroup> {
    let named = found.into_iter();
    named.map(|g| (g.auto_scaling_group_name().unwrap_or_default().to_owned(), g)).collect()
}

/// Sends a change of a group, and again as long as the service says that another change of it goes on.
pub(crate) async fn patiently<T, F, Fut>(
    cx: &Context<Aws>,
    group: &str,
    call: F,
) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let what = format!("other changes of Auto Scaling Group ({group}) to end");
    retry(cx, what, CONTENTION, |e| e.is("ResourceContention"), call).await
}

/// Whether an error says that there is no such group, or none any more.
pub(crate) fn is_gone(error: &Error) -> bool {
    error.is("ValidationError")
        && ["not found", "does not exist", "doesn't exist"]
            .iter()
            .any(|words| error.message().contains(words))
}

/// The two parts of an import id, of which `second` is what the last one is called.
pub(crate) fn import_id<'a>(id: &'a str, second: &str) -> Result<(&'a str, &'a str), Diagnostics> {
    let parts = id.split_once('/').filter(|(group, name)| !group.is_empty() && !name.is_empty());
    parts.ok_or_else(|| {
        let detail = format!("It must be GROUP_NAME/{second}, but is {id:?}.");
        Diagnostic::error("Invalid import id", detail).into()
    })
}
