//! The service for autoscaling: its client, gathered reads, and conversions that several types need.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_autoscaling::{Client, types};
use groma_aws_core::{Aws, Error, Outcome as _, client};

/// How many groups one call takes.
const GROUPS: usize = 50;

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

/// Whether an error says that there is no such group, or none any more.
pub(crate) fn is_gone(error: &Error) -> bool {
    error.is("ValidationError")
        && ["not found", "does not exist", "doesn't exist"]
            .iter()
            .any(|words| error.message().contains(words))
}
