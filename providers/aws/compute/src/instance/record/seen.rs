//! Instances as EC2 describes them, with the CPU credits of those that have any.

use std::collections::HashMap;

use aws_sdk_ec2::operation::describe_instances::builders::DescribeInstancesFluentBuilder;
use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, Loader, Outcome as _};
use groma_aws_network::ec2::{ec2, filter};

use crate::instance::is_burstable;

/// An instance with its CPU credits.
pub(crate) type Seen = (api::Instance, Option<String>);

/// Instances by their ids, those of burstable types with their credits.
pub(in crate::instance) fn instances(aws: &Aws) -> Loader<String, Seen> {
    let (some, all) = (ec2(aws), ec2(aws));
    aws.sweeping_loader(
        "ec2:instances_with_credits",
        200,
        move |ids: Vec<String>| {
            let ec2 = some.clone();
            async move {
                let ask = ec2.describe_instances().filters(filter("instance-id", ids));
                read_all(&ec2, ask).await
            }
        },
        move || {
            let ec2 = all.clone();
            async move { read_all(&ec2, ec2.describe_instances()).await }
        },
    )
}

/// How many instances a list of all ends at, which is how many credits one call tells.
const LISTED: usize = 1000;

/// What a list of instances has, up to [`LISTED`], by their ids.
pub(crate) async fn read_all(
    ec2: &aws_sdk_ec2::Client,
    ask: DescribeInstancesFluentBuilder,
) -> Result<HashMap<String, Seen>, Error> {
    let mut found: HashMap<String, Seen> = HashMap::new();
    let mut items = ask.into_paginator().items().send();
    while found.len() < LISTED
        && let Some(mut reservation) = items.next().await.transpose().typed()?
    {
        for instance in reservation.instances.take().unwrap_or_default() {
            let id = instance.instance_id().unwrap_or_default().to_owned();
            found.insert(id, (instance, None));
        }
    }
    let burstable = |i: &api::Instance| {
        is_there(i) && i.instance_type().is_some_and(|t| is_burstable(t.as_str()))
    };
    let ids: Vec<String> = found
        .values()
        .filter(|(i, _)| burstable(i))
        .filter_map(|(i, _)| i.instance_id.clone())
        .collect();
    if !ids.is_empty() {
        let ask = ec2.describe_instance_credit_specifications().set_instance_ids(Some(ids));
        let credits = match ask.send().await.typed() {
            Ok(answer) => answer.instance_credit_specifications.unwrap_or_default(),
            // Not all regions know them; and an instance may have gone since.
            Err(e) if e.is("UnsupportedOperation") || e.is_not_found() => Vec::new(),
            Err(e) => return Err(e),
        };
        for credit in credits {
            if let Some(seen) = credit.instance_id().and_then(|id| found.get_mut(id)) {
                seen.1 = credit.cpu_credits;
            }
        }
    }
    Ok(found)
}

/// EC2 describes terminated instances for another hour.
pub(crate) fn is_there(instance: &api::Instance) -> bool {
    instance.state().and_then(|s| s.name()) != Some(&api::InstanceStateName::Terminated)
}
