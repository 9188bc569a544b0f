//! Requests that make rules.

use std::time::Duration;

use groma_aws_core::{Aws, Error, create_once, retry, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::conditions::to_conditions;
use super::model::LbListenerRule;
use crate::actions::to_actions;
use crate::service::{elb, rules_of, to_tags};

/// How long another rule may keep taking the priority that is free.
const RIVALS: Duration = Duration::from_secs(300);

/// Creates a rule with the priority that it is to have, or the next after all others; gives its ARN.
pub(super) async fn make(
    cx: &Context<Aws>,
    planned: &LbListenerRule,
) -> Result<String, Diagnostics> {
    let listener = planned.listener_arn.text();
    let during = format!("creating ELBv2 Listener Rule ({listener})");
    let configured = planned.priority.to_i32();
    let what = format!("a free priority of listener {listener}");
    let rival = |e: &Error| configured.is_none() && e.is("PriorityInUse");
    let made = retry(cx, what, RIVALS, rival, || async move {
        let priority = match configured {
            Some(priority) => priority,
            None => next(cx, listener).await?,
        };
        create(cx, planned, priority).await
    });
    let arn = made.await.map_err(|e| e.during(&during))?;
    arn.ok_or_else(|| Diagnostic::error(during, "The answer names no rule.").into())
}

async fn create(
    cx: &Context<Aws>,
    planned: &LbListenerRule,
    priority: i32,
) -> Result<Option<String>, Error> {
    let listener = planned.listener_arn.text();
    let request = elb(cx.client())
        .create_rule()
        .listener_arn(listener)
        .priority(priority)
        .set_actions(Some(to_actions(&planned.action)))
        .set_conditions(Some(to_conditions(&planned.condition)))
        .set_tags(to_tags(&wanted_tags(cx.client(), planned)));
    match create_once(request.send(), &["PriorityInUse"]).await {
        Ok(Some(made)) => Ok(made.rules.and_then(|rules| rules.into_iter().next()?.rule_arn)),
        // It was made by a request whose answer got lost.
        Ok(None) => with_priority(cx, listener, priority).await,
        // No answer came at all. A priority that was another's would have been refused.
        Err(e) if e.is_ambiguous() => {
            let found = with_priority(cx, listener, priority).await.ok().flatten();
            found.map(Some).ok_or(e)
        }
        Err(e) => Err(e),
    }
}

async fn with_priority(
    cx: &Context<Aws>,
    listener: &str,
    priority: i32,
) -> Result<Option<String>, Error> {
    let number = priority.to_string();
    let found = rules_of(cx.client(), listener).await?.into_iter();
    let mut ours = found.filter(|rule| rule.priority() == Some(&number));
    Ok(ours.next().and_then(|rule| rule.rule_arn))
}

/// The priority after all that are taken.
async fn next(cx: &Context<Aws>, listener: &str) -> Result<i32, Error> {
    let rules = rules_of(cx.client(), listener).await?;
    let used = rules.iter().filter_map(|rule| rule.priority()?.parse::<i32>().ok());
    Ok(used.max().unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;

    const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/web/b/l";

    fn rules(of: &[(&str, &str)]) -> String {
        let rules = of.iter().map(|(arn, priority)| {
            format!("<member><RuleArn>{arn}</RuleArn><Priority>{priority}</Priority></member>")
        });
        let rules = rules.collect::<String>();
        format!("<Rules>{rules}</Rules>")
    }

    fn described(of: &[(&str, &str)]) -> Answer {
        let rules = rules(of);
        Answer::xml(format!(
            "<DescribeRulesResponse><DescribeRulesResult>{rules}</DescribeRulesResult>\
             </DescribeRulesResponse>"
        ))
    }

    fn created(arn: &str, priority: &str) -> Answer {
        let rules = rules(&[(arn, priority)]);
        Answer::xml(format!(
            "<CreateRuleResponse><CreateRuleResult>{rules}</CreateRuleResult></CreateRuleResponse>"
        ))
    }

    fn planned(priority: Attr<i64>) -> LbListenerRule {
        LbListenerRule { listener_arn: LISTENER.into(), priority, ..LbListenerRule::default() }
    }

    #[tokio::test]
    async fn a_rule_whose_answer_got_lost_is_not_made_twice() {
        let fake = Fake::new();
        fake.on("DescribeRules", |_| described(&[("old", "7"), ("ours", "8"), ("end", "default")]));
        fake.once("DescribeRules", |_| described(&[("old", "7"), ("end", "default")]));
        fake.once("CreateRule", |_| Answer::lost());
        fake.on("CreateRule", |_| Answer::error(400, "PriorityInUse", "Priority is in use"));
        let made = make(&fake.context(), &planned(Attr::Unknown)).await;
        assert_eq!(made.ok().as_deref(), Some("ours"));
        assert_eq!(fake.calls("CreateRule"), 2);
    }

    #[tokio::test]
    async fn the_next_priority_is_taken_after_a_rival() {
        let fake = Fake::new();
        fake.once("DescribeRules", |_| described(&[("end", "default")]));
        fake.on("DescribeRules", |_| described(&[("rival", "1"), ("end", "default")]));
        fake.once("CreateRule", |_| Answer::error(400, "PriorityInUse", "Priority is in use"));
        fake.on("CreateRule", |request| {
            assert_eq!(request.param("Priority"), Some("2"));
            created("ours", "2")
        });
        let made = make(&fake.context(), &planned(Attr::Unknown)).await;
        assert_eq!(made.ok().as_deref(), Some("ours"));
    }

    #[tokio::test]
    async fn a_priority_that_somebody_else_has_is_a_conflict() {
        let fake = Fake::new();
        fake.on("CreateRule", |_| Answer::error(400, "PriorityInUse", "Priority is in use"));
        let made = make(&fake.context(), &planned(10_i64.into())).await;
        assert!(made.is_err_and(|e| e.to_string().contains("PriorityInUse")));
        assert_eq!(fake.calls("CreateRule"), 1);
    }
}
