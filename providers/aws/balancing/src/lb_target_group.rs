//! `aws_lb_target_group`: a group of targets that load balancers send requests to.

mod attributes;
mod check;
mod health;
mod model;
mod plan;
mod record;
mod request;

use std::time::Duration;

use groma_aws_core::{Aws, Error, Outcome as _, TagChange, plan_tags, retry, wanted_tags};
use groma_sdk::{Context, Diagnostics, Managed, Planned, Problems, async_trait};

pub(crate) use attributes::record_attributes;
pub(crate) use model::{LbTargetGroup, LbTargetGroupHealthCheck, LbTargetGroupStickiness};
pub(crate) use record::describe;

use crate::service::{change_tags, changed, elb, seen, target_group};

/// How long it may take until nothing forwards to a group any more.
const RELEASE: Duration = Duration::from_secs(120);

/// The resource type.
pub(crate) struct LbTargetGroupResource;

#[async_trait]
impl Managed<Aws> for LbTargetGroupResource {
    type Model = LbTargetGroup;

    fn name(&self) -> &'static str {
        "aws_lb_target_group"
    }

    fn validate(&self, config: &LbTargetGroup, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbTargetGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan::plan_stickiness(change);
        plan::plan_health(change);
        plan::plan_lambda(change);
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbTargetGroup,
        planned: LbTargetGroup,
    ) -> Result<LbTargetGroup, Diagnostics> {
        let (made, tagged) = request::make(cx, &planned).await?;
        let arn = made.target_group_arn.unwrap_or_default();
        let mut group = planned.clone();
        group.id = arn.clone().into();
        group.arn = arn.clone().into();
        group.name = made.target_group_name.into();
        cx.keep_model(&group);
        let what = format!("ELBv2 Target Group ({arn})");
        seen(cx, &what, || async {
            let found = target_group(cx.client(), &arn).await;
            found.map_err(|e| e.during(format!("reading {what}")))
        })
        .await?;
        request::set_attributes(cx, &arn, attributes::at_first(attributes::wanted(&planned)))
            .await?;
        if !tagged {
            let put = wanted_tags(cx.client(), &planned);
            let change = TagChange { put, remove: Vec::new() };
            change_tags(cx.client(), "ELBv2 Target Group", &arn, &change).await?;
        }
        seen(cx, &what, || record::read(cx, group.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbTargetGroup,
    ) -> Result<Option<LbTargetGroup>, Diagnostics> {
        record::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LbTargetGroup,
        _config: LbTargetGroup,
        planned: LbTargetGroup,
    ) -> Result<LbTargetGroup, Diagnostics> {
        let arn = prior.id.text().to_owned();
        if prior.health_check != planned.health_check
            && let Some(check) = planned.health_check.first()
        {
            request::modify_health_check(cx, &arn, &planned, check).await?;
        }
        request::set_attributes(
            cx,
            &arn,
            changed(&attributes::wanted(&prior), &attributes::wanted(&planned)),
        )
        .await?;
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Target Group", &arn, &tags).await?;
        seen(cx, &format!("ELBv2 Target Group ({arn})"), || record::read(cx, planned.clone())).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LbTargetGroup) -> Result<(), Diagnostics> {
        let arn = prior.id.text().to_owned();
        let elb = elb(cx.client());
        let what = format!("ELBv2 Target Group ({arn}) to be free");
        let in_use =
            |e: &Error| e.says("ResourceInUse", "is currently in use by a listener or a rule");
        let deleted = retry(cx, what, RELEASE, in_use, || {
            let request = elb.delete_target_group().target_group_arn(&arn);
            async move { request.send().await.typed() }
        })
        .await;
        let deleted = deleted.unless(&["TargetGroupNotFound"]);
        deleted.map_err(|e| e.during(format!("deleting ELBv2 Target Group ({arn})")))?;
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<LbTargetGroup>, Diagnostics> {
        // Functions have no such delay, but a configuration that says nothing of it has this one.
        let usual =
            LbTargetGroup { deregistration_delay: "300".into(), ..LbTargetGroup::default() };
        Ok(Some(LbTargetGroup { id: id.into(), ..usual }))
    }
}

fn is_lambda(group: &LbTargetGroup) -> bool {
    group.target_type.as_str() == Some("lambda")
}

fn speaks_http(group: &LbTargetGroup) -> bool {
    matches!(group.protocol.text(), "HTTP" | "HTTPS")
}

/// Whether its targets are instances or addresses, which alone have most of the attributes.
fn has_hosts(group: &LbTargetGroup) -> bool {
    matches!(group.target_type.as_str(), None | Some("instance" | "ip"))
}

#[cfg(test)]
mod tests;
