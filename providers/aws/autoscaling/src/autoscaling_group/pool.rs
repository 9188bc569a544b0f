//! The warm pool of a group: instances that wait to be needed.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, retry, wait};
use groma_sdk::{Context, Diagnostics};

use super::model::WarmPool;
use crate::service::autoscaling;

/// Makes a pool, or changes it.
pub(super) async fn put(cx: &Context<Aws>, name: &str, pool: &WarmPool) -> Result<(), Diagnostics> {
    let reuse = pool.instance_reuse_policy.first().map(|policy| {
        let built = types::InstanceReusePolicy::builder();
        built.set_reuse_on_scale_in(policy.reuse_on_scale_in.cloned()).build()
    });
    autoscaling(cx.client())
        .put_warm_pool()
        .auto_scaling_group_name(name)
        .set_max_group_prepared_capacity(pool.max_group_prepared_capacity.to_i32())
        .set_min_size(pool.min_size.to_i32())
        .set_pool_state(pool.pool_state.filled().map(Into::into))
        .set_instance_reuse_policy(reuse)
        .send()
        .await
        .during(format!("creating Auto Scaling Warm Pool ({name})"))?;
    Ok(())
}

/// Deletes a pool; first its instances, unless the pool is to go with them.
pub(super) async fn delete(
    cx: &Context<Aws>,
    name: &str,
    force: bool,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let client = autoscaling(cx.client());
    if !force {
        let request = client.put_warm_pool().auto_scaling_group_name(name);
        request
            .max_group_prepared_capacity(0)
            .min_size(0)
            .send()
            .await
            .during(format!("draining Auto Scaling Warm Pool ({name})"))?;
        let what = format!("Auto Scaling Warm Pool ({name}) to be drained");
        wait(cx, what, timeout, || async {
            let left = described(cx, name).await?.map_or(0, |pool| pool.instances().len());
            Ok(match left {
                0 => Progress::Ready(()),
                n => Progress::Pending(format!("{n} instance(s)")),
            })
        })
        .await?;
    }
    let busy = |e: &Error| e.is_any(&["ResourceInUse", "ScalingActivityInProgress"]);
    let what = format!("activities of Auto Scaling Warm Pool ({name}) to end");
    let deleted = retry(cx, what, timeout, busy, || {
        let request = client.delete_warm_pool().auto_scaling_group_name(name).force_delete(force);
        async move { request.send().await.typed() }
    })
    .await;
    match deleted {
        Err(e) if e.says("ValidationError", "No warm pool found") => return Ok(()),
        Err(e) => return Err(e.during(format!("deleting Auto Scaling Warm Pool ({name})"))),
        Ok(_) => {}
    }
    wait(cx, format!("Auto Scaling Warm Pool ({name}) to be deleted"), timeout, || async {
        let left = described(cx, name).await?.and_then(|pool| pool.warm_pool_configuration);
        let status = |pool: types::WarmPoolConfiguration| pool.status.map(|s| s.to_string());
        Ok(match left {
            None => Progress::Ready(()),
            Some(pool) => Progress::Pending(status(pool).unwrap_or_default()),
        })
    })
    .await
}

type Described = aws_sdk_autoscaling::operation::describe_warm_pool::DescribeWarmPoolOutput;

async fn described(cx: &Context<Aws>, name: &str) -> Result<Option<Described>, Diagnostics> {
    let answer = autoscaling(cx.client()).describe_warm_pool().auto_scaling_group_name(name);
    match answer.send().await.typed() {
        Ok(answer) => Ok(Some(answer)),
        Err(e) if crate::service::is_gone(&e) => Ok(None),
        Err(e) => Err(e.during(format!("reading Auto Scaling Warm Pool ({name})"))),
    }
}
