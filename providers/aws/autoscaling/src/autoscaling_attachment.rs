//! `aws_autoscaling_attachment`: ties a group to a target group or a classic load balancer.

use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _, generated_name, plan_token};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::autoscaling_group::attach::Sources;
use crate::checks::target_group;
use crate::service::{group, is_gone};

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
    #[attr(optional, replace, check = target_group)]
    pub(crate) lb_target_group_arn: Attr<String>,
}

impl AutoscalingAttachment {
    /// What is tied to the group.
    fn sources(&self) -> Sources {
        match self.elb.to_filled() {
            Some(elb) => Sources::LoadBalancers(vec![elb]),
            None => {
                Sources::TargetGroups(self.lb_target_group_arn.to_filled().into_iter().collect())
            }
        }
    }

    /// Its name for errors.
    fn what(&self) -> String {
        match self.elb.filled() {
            Some(elb) => format!("load balancer ({elb})"),
            None => format!("target group ({})", self.lb_target_group_arn.text()),
        }
    }
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
        let sources = planned.sources();
        let attached = sources.attach(cx, name).await;
        attached.during(format!("attaching Auto Scaling Group ({name}) {}", planned.what()))?;
        let mut model = planned.clone();
        model.id = generated_name(cx, &format!("{name}-")).into();
        cx.keep_model(&model);
        sources.settled(cx, name, CHANGE).await?;
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
        let sources = prior.sources();
        match sources.detach(cx, name).await {
            Err(e) if is_gone(&e) || e.says("ValidationError", "Trying to remove") => Ok(()),
            Err(e) => {
                Err(e.during(format!("detaching Auto Scaling Group ({name}) {}", prior.what())))
            }
            Ok(()) => sources.settled(cx, name, CHANGE).await,
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn classic() -> AutoscalingAttachment {
        AutoscalingAttachment {
            autoscaling_group_name: "web".into(),
            elb: "old".into(),
            ..AutoscalingAttachment::default()
        }
    }

    fn answered(what: &str, inside: &str) -> Answer {
        Answer::xml(format!(
            "<{what}Response><{what}Result>{inside}</{what}Result></{what}Response>"
        ))
    }

    #[tokio::test]
    async fn a_classic_load_balancer_is_attached_and_detached() {
        let fake = Fake::new();
        fake.on("AttachLoadBalancers", |request| {
            assert_eq!(request.param("LoadBalancerNames.member.1"), Some("old"));
            answered("AttachLoadBalancers", "")
        });
        let state = |state: &str| {
            let balancer = format!("<member><State>{state}</State></member>");
            answered("DescribeLoadBalancers", &format!("<LoadBalancers>{balancer}</LoadBalancers>"))
        };
        fake.once("DescribeLoadBalancers", move |_| state("Adding"));
        fake.on("DescribeLoadBalancers", move |_| state("Added"));
        fake.on("DetachLoadBalancers", |_| {
            Answer::error(
                400,
                "ValidationError",
                "Trying to remove Load Balancers that are not part",
            )
        });
        let (cx, ty) = (fake.context(), AutoscalingAttachmentResource);
        let made = ty.create(&cx, classic(), classic()).await;
        assert!(made.is_ok_and(|made| made.id.text().starts_with("web-")));
        assert_eq!(fake.calls("DescribeLoadBalancers"), 2);
        // It went by itself.
        assert_eq!(ty.delete(&cx, classic()).await, Ok(()));
        assert_eq!(fake.calls("DescribeLoadBalancers"), 2);
    }

    #[test]
    fn an_attachment_is_of_one_thing() {
        let problems_of = |config: &AutoscalingAttachment| {
            let mut problems = Problems::new();
            config.check(&mut problems);
            AutoscalingAttachmentResource.validate(config, &mut problems);
            problems.into_diagnostics().to_string()
        };
        assert_eq!(problems_of(&classic()), "");
        let none = AutoscalingAttachment { elb: Attr::Null, ..classic() };
        assert!(problems_of(&none).contains("one of \"elb\" and"));
        let both = AutoscalingAttachment { lb_target_group_arn: Attr::Unknown, ..classic() };
        assert!(problems_of(&both).contains("one of \"elb\" and"));
        let other = AutoscalingAttachment { lb_target_group_arn: "web".into(), ..none };
        assert!(problems_of(&other).contains("ARN of a target group"));
    }
}
