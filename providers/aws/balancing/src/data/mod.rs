//! Data sources of this room.

pub(crate) mod acm_certificate;
pub(crate) mod elb_service_account;
pub(crate) mod lb;
pub(crate) mod lb_target_group;

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, TagMap};
use groma_sdk::{Context, Diagnostic, Diagnostics};

/// The only one of those that were found, whose tags include the wanted ones.
pub(crate) async fn only<T>(
    cx: &Context<Aws>,
    what: &str,
    found: Vec<T>,
    wanted: &TagMap,
    arn: impl Fn(&T) -> Option<&str>,
) -> Result<T, Diagnostics> {
    let mut left = found;
    if !wanted.is_empty() {
        let mut tagged = Vec::new();
        for one in left {
            let tags = crate::service::tags(cx.client(), arn(&one).unwrap_or_default()).await;
            let tags = tags.during(format!("listing tags for {what}"))?;
            if wanted.iter().all(|(key, value)| tags.get(key) == Some(value)) {
                tagged.push(one);
            }
        }
        left = tagged;
    }
    match (left.len(), left.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) => Err(Diagnostic::error(
            format!("reading {what}: no matching {what} found"),
            "Nothing is as the data source asks for. Change what it asks for.",
        )
        .into()),
        (n, _) => Err(Diagnostic::error(
            format!("reading {what}: multiple {what}s matched"),
            format!("{n} are as the data source asks for. Ask for one by its ARN or its name."),
        )
        .into()),
    }
}

/// Reads within the time that the configuration gives.
pub(crate) async fn within<T>(
    limit: Duration,
    what: &str,
    read: impl Future<Output = Result<T, Diagnostics>>,
) -> Result<T, Diagnostics> {
    match tokio::time::timeout(limit, read).await {
        Ok(answer) => answer,
        Err(_) => Err(Diagnostic::error(
            format!("reading {what}: timeout"),
            format!(
                "It took longer than {} s. Allow more time by \"timeouts\", or look whether the \
                 service is in trouble.",
                limit.as_secs()
            ),
        )
        .into()),
    }
}
