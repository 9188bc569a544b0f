//! The warm pool of a group: instances that wait to be needed.

use std::time::Duration;

use aws_sdk_autoscaling::types;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, retry, wait};
use groma_sdk::{Context, Diagnostics};

use super::model::WarmPool;
use crate::service::{autoscaling, patiently};

/// Makes a pool, or changes it.
pub(super) async fn put(cx: &Context<Aws>, name: &str, pool: &WarmPool) -> Result<(), Diagnostics> {
    let reuse = pool.instance_reuse_policy.first().map(|policy| {
        let built = types::InstanceReusePolicy::builder();
        built.set_reuse_on_scale_in(policy.reuse_on_scale_in.cloned()).build()
    });
    let client = autoscaling(cx.client());
    let put = patiently(cx, name, || {
        let request = client
            .put_warm_pool()
            .auto_scaling_group_name(name)
            .set_max_group_prepared_capacity(pool.max_group_prepared_capacity.to_i32())
            .set_min_size(pool.min_size.to_i32())
            .set_pool_state(pool.pool_state.filled().map(Into::into))
            .set_instance_reuse_policy(reuse.clone());
        async move { request.send().await.typed() }
    });
    put.await.map_err(|e| e.during(format!("creating Auto Scaling Warm Pool ({name})")))?;
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
    let busy =
        |e: &Error| e.is_any(&["ResourceInUse", "ScalingActivityInProgress", "ResourceContention"]);
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn answered(what: &str, inside: &str) -> Answer {
        Answer::xml(format!(
            "<{what}Response><{what}Result>{inside}</{what}Result></{what}Response>"
        ))
    }

    const POOL: &str =
        "<WarmPoolConfiguration><Status>PendingDelete</Status></WarmPoolConfiguration>";

    #[tokio::test]
    async fn a_pool_is_drained_before_it_goes() {
        let fake = Fake::new();
        fake.on("PutWarmPool", |request| {
            let sizes = (request.param("MaxGroupPreparedCapacity"), request.param("MinSize"));
            assert_eq!(sizes, (Some("0"), Some("0")));
            answered("PutWarmPool", "")
        });
        fake.once("DescribeWarmPool", |_| {
            let instance = "<Instances><member><InstanceId>i-1</InstanceId></member></Instances>";
            answered("DescribeWarmPool", &format!("{POOL}{instance}"))
        });
        fake.once("DescribeWarmPool", |_| answered("DescribeWarmPool", POOL));
        fake.once("DescribeWarmPool", |_| answered("DescribeWarmPool", POOL));
        fake.on("DescribeWarmPool", |_| answered("DescribeWarmPool", ""));
        fake.once("DeleteWarmPool", |_| Answer::error(400, "ScalingActivityInProgress", "busy"));
        fake.on("DeleteWarmPool", |request| {
            assert_eq!(request.param("ForceDelete"), Some("false"));
            answered("DeleteWarmPool", "")
        });
        let cx = fake.context();
        assert_eq!(delete(&cx, "web", false, Duration::from_secs(60)).await, Ok(()));
        assert_eq!((fake.calls("DescribeWarmPool"), fake.calls("DeleteWarmPool")), (4, 2));
    }

    #[tokio::test]
    async fn by_force_it_goes_with_its_instances() {
        let fake = Fake::new();
        fake.on("DeleteWarmPool", |request| {
            assert_eq!(request.param("ForceDelete"), Some("true"));
            answered("DeleteWarmPool", "")
        });
        fake.on("DescribeWarmPool", |_| answered("DescribeWarmPool", ""));
        let cx = fake.context();
        assert_eq!(delete(&cx, "web", true, Duration::from_secs(60)).await, Ok(()));
        // One that is gone already is none to delete.
        fake.on("DeleteWarmPool", |_| Answer::error(400, "ValidationError", "No warm pool found"));
        assert_eq!(delete(&cx, "web", true, Duration::from_secs(60)).await, Ok(()));
        assert_eq!((fake.calls("PutWarmPool"), fake.calls("DescribeWarmPool")), (0, 1));
    }
}
