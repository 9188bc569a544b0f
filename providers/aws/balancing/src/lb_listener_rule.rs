//! `aws_lb_listener_rule`: a rule of a listener, conditions and actions.

mod check;
mod conditions;
mod model;
mod request;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _, TagChange, plan_tags, record_tags};
use groma_sdk::{Context, Diagnostics, Managed, Planned, Problems, async_trait};

use conditions::{of_condition, to_conditions};
use model::{DEFAULT, LbListenerRule};

use crate::actions;
use crate::service::{change_tags, elb, rule, seen, tags};

/// The resource type.
pub(crate) struct LbListenerRuleResource;

#[async_trait]
impl Managed<Aws> for LbListenerRuleResource {
    type Model = LbListenerRule;

    fn name(&self) -> &'static str {
        "aws_lb_listener_rule"
    }

    fn validate(&self, config: &LbListenerRule, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbListenerRule>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if let Some(prior) = &change.prior {
            actions::plan(&prior.action, &mut change.planned.action);
        }
        check::priority_is_free(cx, change).await;
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbListenerRule,
        planned: LbListenerRule,
    ) -> Result<LbListenerRule, Diagnostics> {
        let arn = request::make(cx, &planned).await?;
        let mut model = planned.clone();
        model.id = arn.clone().into();
        model.arn = arn.clone().into();
        cx.keep_model(&model);
        seen(cx, &format!("ELBv2 Listener Rule ({arn})"), || read(cx, model.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbListenerRule,
    ) -> Result<Option<LbListenerRule>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LbListenerRule,
        _config: LbListenerRule,
        planned: LbListenerRule,
    ) -> Result<LbListenerRule, Diagnostics> {
        let arn = prior.id.text().to_owned();
        let elb = elb(cx.client());
        if prior.priority != planned.priority
            && let Some(priority) = planned.priority.to_i32()
        {
            let pair = types::RulePriorityPair::builder().rule_arn(&arn).priority(priority).build();
            let request = elb.set_rule_priorities().rule_priorities(pair);
            request
                .send()
                .await
                .during(format!("updating ELBv2 Listener Rule ({arn}): setting priority"))?;
        }
        let acts = prior.action != planned.action;
        let asks = prior.condition != planned.condition;
        if acts || asks {
            let request = elb
                .modify_rule()
                .rule_arn(&arn)
                .set_actions(acts.then(|| actions::to_actions(&planned.action)))
                .set_conditions(asks.then(|| to_conditions(&planned.condition)));
            request.send().await.during(format!("modifying ELBv2 Listener Rule ({arn})"))?;
        }
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Listener Rule", &arn, &tags).await?;
        seen(cx, &format!("ELBv2 Listener Rule ({arn})"), || read(cx, planned.clone())).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LbListenerRule) -> Result<(), Diagnostics> {
        let arn = prior.id.text();
        let deleted = elb(cx.client()).delete_rule().rule_arn(arn).send().await;
        let deleted = deleted.unless(&["RuleNotFound", "ListenerNotFound"]);
        deleted.map_err(|e| e.during(format!("deleting ELBv2 Listener Rule ({arn})")))?;
        Ok(())
    }
}

async fn read(
    cx: &Context<Aws>,
    mut model: LbListenerRule,
) -> Result<Option<LbListenerRule>, Diagnostics> {
    let aws = cx.client();
    let arn = model.id.text().to_owned();
    let during = format!("reading ELBv2 Listener Rule ({arn})");
    let (found, tags) = tokio::join!(rule(aws, &arn), tags(aws, &arn));
    let Some(found) = found.during(&during)? else { return Ok(None) };
    model.arn = found.rule_arn().into();
    model.listener_arn = listener_of(&arn).into();
    model.priority = match found.priority() {
        Some("default") => DEFAULT.into(),
        priority => priority.and_then(|p| p.parse::<i64>().ok()).into(),
    };
    model.action = actions::of_actions(found.actions(), &model.action);
    model.condition = found.conditions().iter().map(of_condition).collect();
    record_tags(aws, &mut model, tags.during(&during)?);
    Ok(Some(model))
}

/// The listener that a rule is of, which its ARN tells:
/// `…:listener-rule/app/NAME/BALANCER/LISTENER/RULE`.
fn listener_of(rule: &str) -> String {
    let listener = rule.rsplit_once('/').map_or(rule, |(listener, _)| listener);
    listener.replacen(":listener-rule/", ":listener/", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_knows_its_listener() {
        let rule = "arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/web/b/l/r";
        let listener = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/web/b/l";
        assert_eq!(listener_of(rule), listener);
    }
}
