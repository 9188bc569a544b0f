//! `aws_lb_listener`: a port on which a load balancer listens, and what it does by default.

mod attributes;
mod check;
mod model;
mod record;
mod request;

use groma_aws_core::{Aws, Outcome as _, TagChange, plan_tags, wanted_tags};
use groma_sdk::{Context, Diagnostics, Managed, Planned, Problems, async_trait};

pub(crate) use model::LbListener;

use crate::actions;
use crate::service::{change_tags, changed, elb, seen};

/// The resource type.
pub(crate) struct LbListenerResource;

#[async_trait]
impl Managed<Aws> for LbListenerResource {
    type Model = LbListener;

    fn name(&self) -> &'static str {
        "aws_lb_listener"
    }

    fn validate(&self, config: &LbListener, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbListener>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        attributes::leave_what_is_of_others(change.prior.as_ref(), &mut change.planned);
        if let Some(prior) = &change.prior {
            actions::plan(&prior.default_action, &mut change.planned.default_action);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: LbListener,
        planned: LbListener,
    ) -> Result<LbListener, Diagnostics> {
        let (arn, tagged) = request::make(cx, &planned).await?;
        let mut listener = planned.clone();
        listener.id = arn.clone().into();
        listener.arn = arn.clone().into();
        cx.keep_model(&listener);
        if !tagged {
            let put = wanted_tags(cx.client(), &planned);
            let change = TagChange { put, remove: Vec::new() };
            change_tags(cx.client(), "ELBv2 Listener", &arn, &change).await?;
        }
        let wanted = attributes::wanted(&attributes::of_config(&planned, &config));
        request::set_attributes(cx, &arn, wanted).await?;
        seen(cx, &format!("ELBv2 Listener ({arn})"), || record::read(cx, listener.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbListener,
    ) -> Result<Option<LbListener>, Diagnostics> {
        record::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LbListener,
        _config: LbListener,
        planned: LbListener,
    ) -> Result<LbListener, Diagnostics> {
        let arn = prior.id.text().to_owned();
        if request::is_modified(&prior, &planned) {
            request::modify(cx, &arn, &prior, &planned).await?;
        }
        let values = changed(&attributes::wanted(&prior), &attributes::wanted(&planned));
        request::set_attributes(cx, &arn, values).await?;
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Listener", &arn, &tags).await?;
        seen(cx, &format!("ELBv2 Listener ({arn})"), || record::read(cx, planned.clone())).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LbListener) -> Result<(), Diagnostics> {
        let arn = prior.id.text();
        let deleted = elb(cx.client()).delete_listener().listener_arn(arn).send().await;
        let deleted = deleted.unless(&["ListenerNotFound", "LoadBalancerNotFound"]);
        deleted.map_err(|e| e.during(format!("deleting ELBv2 Listener ({arn})")))?;
        Ok(())
    }
}
