//! `aws_autoscaling_attachment`: ties a group to a target group or a classic load balancer.

use std::time::Duration;

use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Outcome as _, generated_name, plan_token};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::autoscaling_group::attach::{Kind, settled};
use crate::service::{autoscaling, group, is_gone};

/// How long it may take to add or to remove it.
const CHANGE: Duration = Duration::from_secs(600);

/// Ties a group to a target group or a classic load balancer.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AutoscalingAttachment {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) autoscaling_group_name: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) elb: Attr<String>,
    #[attr(optional, replace, check = arn)]
    pub(crate) lb_target_group_arn: Attr<String>,
}

/// The resource type.
pub(crate) struct AutoscalingAttachmentResource;

#[async_trait]
impl Managed<Aws> for AutoscalingAttachmentResource {
    type Model = AutoscalingAttachment;

    fn name(&self) -> &'static str {
        "aws_autoscaling_attachment"
    }

    fn validate(&self, config: &AutoscalingAttachment, problems: &mut Problems) {
        let set = [!config.elb.is_null(), !config.lb_target_group_arn.is_null()];
        if set[0] == set[1] {
            problems.error(
                "lb_target_group_arn",
                "Invalid combination of arguments",
                "An attachment is of one of \"elb\" and \"lb_target_group_arn\".",
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<AutoscalingAttachment>,
    ) -> Result<(), Diagnostics> {
        plan_token(cx, change.is_create());
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AutoscalingAttachment,
        planned: AutoscalingAttachment,
    ) -> Result<AutoscalingAttachment, Diagnostics> {
        let name = planned.autoscaling_group_name.text();
        let client = autoscaling(cx.client());
        let during = |what: &str| format!("attaching Auto Scaling Group ({name}) {what}");
        let kind = match (planned.elb.filled(), planned.lb_target_group_arn.filled()) {
            (Some(elb), _) => {
                let request = client.attach_load_balancers().auto_scaling_group_name(name);
                let attached = request.load_balancer_names(elb).send().await;
                attached.during(during(&format!("load balancer ({elb})")))?;
                Kind::LoadBalancers
            }
            (None, arn) => {
                let arn = arn.unwrap_or_default();
                let request = client.attach_load_balancer_target_groups();
                let request = request.auto_scaling_group_name(name).target_group_arns(arn);
                request.send().await.during(during(&format!("target group ({arn})")))?;
                Kind::TargetGroups
            }
        };
        let mut model = planned.clone();
        model.id = generated_name(cx, &format!("{name}-")).into();
        cx.keep_model(&model);
        settled(cx, name, kind, CHANGE).await?;
        Ok(model)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AutoscalingAttachment,
    ) -> Result<Option<AutoscalingAttachment>, Diagnostics> {
        let name = state.autoscaling_group_name.text();
        let found = group(cx.client(), name).await;
        let found = found.during(format!("reading Auto Scaling Group ({name})"))?;
        let there = found.is_some_and(|group| {
            match (state.elb.filled(), state.lb_target_group_arn.filled()) {
                (Some(elb), _) => group.load_balancer_names().iter().any(|one| one == elb),
                (None, Some(arn)) => group.target_group_arns().iter().any(|one| one == arn),
                (None, None) => false,
            }
        });
        Ok(there.then_some(state))
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: AutoscalingAttachment,
        _config: AutoscalingAttachment,
        planned: AutoscalingAttachment,
    ) -> Result<AutoscalingAttachment, Diagnostics> {
        // Every change makes another one.
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: AutoscalingAttachment,
    ) -> Result<(), Diagnostics> {
        let name = prior.autoscaling_group_name.text();
        let client = autoscaling(cx.client());
        let (kind, error) = match (prior.elb.filled(), prior.lb_target_group_arn.filled()) {
            (Some(elb), _) => {
                let request = client.detach_load_balancers().auto_scaling_group_name(name);
                let detached = request.load_balancer_names(elb).send().await.typed();
                (Kind::LoadBalancers, detached.err())
            }
            (None, arn) => {
                let request = client.detach_load_balancer_target_groups();
                let request = request.auto_scaling_group_name(name);
                let detached = request.target_group_arns(arn.unwrap_or_default()).send().await;
                (Kind::TargetGroups, detached.typed().err())
            }
        };
        match error {
            Some(e) if is_gone(&e) || e.says("ValidationError", "Trying to remove") => Ok(()),
            Some(e) => Err(e.during(format!("detaching Auto Scaling Group ({name}) traffic"))),
            None => settled(cx, name, kind, CHANGE).await,
        }
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        _id: &str,
    ) -> Result<Option<AutoscalingAttachment>, Diagnostics> {
        Err(Diagnostic::error(
            "resource aws_autoscaling_attachment doesn't support import",
            "Its id says nothing of what is attached. Attaching what is attached changes nothing: \
             create it instead.",
        )
        .into())
    }
}
