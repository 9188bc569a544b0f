//! How a group ends.
//!
//! Its instances go first, so that the subnets and the security groups that they are in can go after
//! it: their network interfaces are deleted with them. A group that is deleted by force takes them
//! with it, and is there until they are gone.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, retry, wait, wait_at};
use groma_sdk::{Context, Diagnostics};

use super::capacity;
use crate::service::{autoscaling, group, is_gone, patiently};

/// How many instances one call lets go of.
const PROTECTED: usize = 50;

/// Takes all instances away, those that are protected too, and waits until they are gone.
pub(super) async fn drain(
    cx: &Context<Aws>,
    name: &str,
    now: &types::AutoScalingGroup,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    unprotect(cx, name, now.instances()).await?;
    let client = autoscaling(cx.client());
    let emptied = patiently(cx, name, || {
        let request = client.update_auto_scaling_group().auto_scaling_group_name(name);
        let request = request.min_size(0).max_size(0).desired_capacity(0);
        async move { request.send().await.typed() }
    });
    match emptied.await {
        Err(e) if is_gone(&e) => return Ok(()),
        emptied => {
            emptied.during(format!("setting Auto Scaling Group ({name}) capacity to 0"))?;
        }
    }
    let what = format!("Auto Scaling Group ({name}) to be drained");
    wait_at(cx, capacity::pace(), what, timeout, || async {
        let found = group(cx.client(), name).await;
        let found = found.during(format!("reading Auto Scaling Group ({name})"))?;
        let instances = found.as_ref().map(|found| found.instances()).unwrap_or_default();
        if instances.is_empty() {
            return Ok(Progress::Ready(()));
        }
        unprotect(cx, name, instances).await?;
        Ok(Progress::Pending(format!("{} instance(s)", instances.len())))
    })
    .await
}

/// Lets go of the instances that are protected from being taken away.
async fn unprotect(
    cx: &Context<Aws>,
    name: &str,
    instances: &[types::Instance],
) -> Result<(), Diagnostics> {
    let protected = instances.iter().filter(|i| i.protected_from_scale_in() == Some(true));
    let protected: Vec<String> =
        protected.filter_map(|i| i.instance_id().map(str::to_owned)).collect();
    for some in protected.chunks(PROTECTED) {
        let request = autoscaling(cx.client()).set_instance_protection();
        let request = request.auto_scaling_group_name(name).protected_from_scale_in(false);
        match request.set_instance_ids(Some(some.to_vec())).send().await.typed() {
            // One of them went by itself, and the next look shows which are left.
            Err(e) if e.says("ValidationError", "not part of Auto Scaling group") => {}
            answer => {
                let during = format!("disabling Auto Scaling Group ({name}) scale-in protections");
                answer.during(during)?;
            }
        }
    }
    Ok(())
}

/// Deletes a group, and waits until it is gone: with `force`, its instances go with it.
pub(super) async fn delete(
    cx: &Context<Aws>,
    name: &str,
    force: bool,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    let busy =
        |e: &Error| e.is_any(&["ResourceInUse", "ScalingActivityInProgress", "ResourceContention"]);
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
