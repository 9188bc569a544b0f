//! `aws_lb_listener_rule`: a rule of a listener, conditions and actions.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Outcome as _, TagChange, plan_tags, record_tags, retry, wanted_tags};
use groma_sdk::model::checks::{count, each};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::actions::of_rule::{self, Action};
use crate::service::{change_tags, elb, int, members, rule, seen, tags, to_tags};

/// How long another rule may keep taking the priority that is free.
const RIVALS: Duration = Duration::from_secs(300);

/// The number of the rule that every listener has.
const DEFAULT: i64 = 99999;

/// A rule of a listener: conditions and actions.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbListenerRule {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) listener_arn: Attr<String>,
    #[attr(optional, computed, check = priority)]
    pub(crate) priority: Attr<i64>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(list, min = 1)]
    pub(crate) action: Blocks<Action>,
    #[block(set, min = 1)]
    pub(crate) condition: Blocks<Condition>,
}

groma_aws_core::tagged!(LbListenerRule);

/// The `condition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Condition {
    #[block(list, max = 1)]
    pub(crate) host_header: Blocks<Values>,
    #[block(list, max = 1)]
    pub(crate) http_header: Blocks<HttpHeader>,
    #[block(list, max = 1)]
    pub(crate) http_request_method: Blocks<Methods>,
    #[block(list, max = 1)]
    pub(crate) path_pattern: Blocks<Values>,
    #[block(set)]
    pub(crate) query_string: Blocks<QueryString>,
    #[block(list, max = 1)]
    pub(crate) source_ip: Blocks<Values>,
}

/// The `condition.query_string` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct QueryString {
    #[attr(optional)]
    pub(crate) key: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// The `condition.http_request_method` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Methods {
    #[attr(required, check = each(method))]
    pub(crate) values: Attr<Set<String>>,
}

/// The `condition.http_header` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct HttpHeader {
    #[attr(required, check = header)]
    pub(crate) http_header_name: Attr<String>,
    #[attr(required, check = count(1, usize::MAX))]
    pub(crate) values: Attr<Set<String>>,
}

/// The blocks of a condition that have only values.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Values {
    #[attr(required, check = count(1, usize::MAX))]
    pub(crate) values: Attr<Set<String>>,
}

fn priority(number: &i64) -> Result<(), String> {
    match *number {
        1..=50000 | DEFAULT => Ok(()),
        other => Err(format!(
            "It must be from 1 to 50000, or {DEFAULT} for the default rule, but is {other}."
        )),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn method(name: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    match (1..=40).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => {
            Err(format!("It must have 1 to 40 letters, hyphens and underscores, but is {name:?}."))
        }
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn header(name: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_!#$%&'*+,.^`|~-".contains(c);
    match (1..=40).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!("It must be the name of a header, but is {name:?}.")),
    }
}

/// The resource type.
pub(crate) struct LbListenerRuleResource;

#[async_trait]
impl Managed<Aws> for LbListenerRuleResource {
    type Model = LbListenerRule;

    fn name(&self) -> &'static str {
        "aws_lb_listener_rule"
    }

    fn validate(&self, config: &LbListenerRule, problems: &mut Problems) {
        of_rule::check("action", &config.action, problems);
        for condition in &config.condition {
            let set = condition.kinds();
            if set != 1 && !condition.is_partly_unknown() {
                problems.error(
                    "condition",
                    "Invalid condition",
                    format!(
                        "A condition has exactly one of host_header, http_header, \
                         http_request_method, path_pattern, query_string and source_ip, but one \
                         has {set}."
                    ),
                );
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbListenerRule>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if let Some(prior) = &change.prior {
            of_rule::plan(&prior.action, &mut change.planned.action);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbListenerRule,
        planned: LbListenerRule,
    ) -> Result<LbListenerRule, Diagnostics> {
        let made = make(cx, &planned).await?;
        let arn = made.rule_arn.unwrap_or_default();
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
            && let Some(priority) = int(&planned.priority)
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
                .set_actions(acts.then(|| of_rule::to_actions(&planned.action)))
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

impl Condition {
    fn kinds(&self) -> usize {
        let set = [
            self.host_header.is_empty(),
            self.http_header.is_empty(),
            self.http_request_method.is_empty(),
            self.path_pattern.is_empty(),
            self.query_string.is_empty(),
            self.source_ip.is_empty(),
        ];
        set.iter().filter(|empty| !**empty).count()
    }

    fn is_partly_unknown(&self) -> bool {
        self.host_header.is_unknown()
            || self.http_header.is_unknown()
            || self.http_request_method.is_unknown()
            || self.path_pattern.is_unknown()
            || self.query_string.is_unknown()
            || self.source_ip.is_unknown()
    }
}

/// Creates it: with the priority that it is to have, or the next after all others.
async fn make(cx: &Context<Aws>, planned: &LbListenerRule) -> Result<types::Rule, Diagnostics> {
    let listener = planned.listener_arn.text();
    let during = "creating ELBv2 Listener Rule";
    let elb = elb(cx.client());
    let configured = int(&planned.priority);
    let what = format!("a free priority of listener {listener}");
    let rival = |e: &groma_aws_core::Error| configured.is_none() && e.is("PriorityInUse");
    let made = retry(cx, what, RIVALS, rival, || {
        let request = elb
            .create_rule()
            .listener_arn(listener)
            .set_actions(Some(of_rule::to_actions(&planned.action)))
            .set_conditions(Some(to_conditions(&planned.condition)))
            .set_tags(to_tags(&wanted_tags(cx.client(), planned)));
        let elb = elb.clone();
        async move {
            let priority = match configured {
                Some(priority) => priority,
                None => {
                    let rules = elb.describe_rules().listener_arn(listener).into_paginator();
                    let rules =
                        rules.items().send().collect::<Result<Vec<_>, _>>().await.typed()?;
                    let used = rules.iter().filter_map(|r| r.priority()?.parse::<i32>().ok());
                    used.max().unwrap_or(0) + 1
                }
            };
            request.priority(priority).send().await.typed()
        }
    })
    .await;
    let made = made.map_err(|e| e.during(during))?.rules.unwrap_or_default().into_iter().next();
    made.ok_or_else(|| Diagnostic::error(during, "The answer names no rule.").into())
}

fn to_conditions(conditions: &[Condition]) -> Vec<types::RuleCondition> {
    conditions.iter().map(to_condition).collect()
}

fn to_condition(condition: &Condition) -> types::RuleCondition {
    let built = types::RuleCondition::builder();
    if let Some(host) = condition.host_header.first() {
        let config = types::HostHeaderConditionConfig::builder();
        let config = config.set_values(members(&host.values)).build();
        return built.field("host-header").host_header_config(config).build();
    }
    if let Some(header) = condition.http_header.first() {
        let config = types::HttpHeaderConditionConfig::builder()
            .set_http_header_name(header.http_header_name.to_filled())
            .set_values(members(&header.values))
            .build();
        return built.field("http-header").http_header_config(config).build();
    }
    if let Some(methods) = condition.http_request_method.first() {
        let config = types::HttpRequestMethodConditionConfig::builder();
        let config = config.set_values(members(&methods.values)).build();
        return built.field("http-request-method").http_request_method_config(config).build();
    }
    if let Some(path) = condition.path_pattern.first() {
        let config = types::PathPatternConditionConfig::builder();
        let config = config.set_values(members(&path.values)).build();
        return built.field("path-pattern").path_pattern_config(config).build();
    }
    if let Some(source) = condition.source_ip.first() {
        let config = types::SourceIpConditionConfig::builder();
        let config = config.set_values(members(&source.values)).build();
        return built.field("source-ip").source_ip_config(config).build();
    }
    let pairs = condition.query_string.iter().map(|pair| {
        types::QueryStringKeyValuePair::builder()
            .set_key(pair.key.to_filled())
            .set_value(pair.value.cloned())
            .build()
    });
    let config = types::QueryStringConditionConfig::builder();
    let config = config.set_values(Some(pairs.collect())).build();
    built.field("query-string").query_string_config(config).build()
}

fn of_condition(found: &types::RuleCondition) -> Condition {
    let set = |values: &[String]| Attr::Known(Set(values.to_vec()));
    let mut condition = Condition::default();
    // Some answers have the values of the older form of conditions only.
    let plain = |values: Option<&[String]>| {
        let values = values.filter(|values| !values.is_empty()).unwrap_or_else(|| found.values());
        Blocks::one(Values { values: set(values) })
    };
    match found.field().unwrap_or_default() {
        "host-header" => {
            condition.host_header = plain(found.host_header_config().map(|c| c.values()));
        }
        "path-pattern" => {
            condition.path_pattern = plain(found.path_pattern_config().map(|c| c.values()));
        }
        "source-ip" => condition.source_ip = plain(found.source_ip_config().map(|c| c.values())),
        "http-header" => {
            let header = found.http_header_config().map(|config| HttpHeader {
                http_header_name: config.http_header_name().into(),
                values: set(config.values()),
            });
            condition.http_header = header.into();
        }
        "http-request-method" => {
            let methods = found.http_request_method_config();
            condition.http_request_method =
                methods.map(|config| Methods { values: set(config.values()) }).into();
        }
        "query-string" => {
            let pairs = found.query_string_config().map(|config| config.values());
            let pairs = pairs
                .unwrap_or_default()
                .iter()
                .map(|pair| QueryString { key: pair.key().into(), value: pair.value().into() });
            condition.query_string = pairs.collect();
        }
        _ => {}
    }
    condition
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
    model.action = of_rule::of_actions(found.actions(), &model.action);
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

    #[test]
    fn conditions_are_read_as_they_are_sent() {
        let values = Values { values: Set(vec!["/a/*".to_owned()]).into() };
        let query = QueryString { key: "k".into(), value: "v".into() };
        for condition in [
            Condition { path_pattern: Blocks::one(values.clone()), ..Condition::default() },
            Condition { source_ip: Blocks::one(values.clone()), ..Condition::default() },
            Condition { host_header: Blocks::one(values), ..Condition::default() },
            Condition { query_string: Blocks::one(query), ..Condition::default() },
        ] {
            assert_eq!(of_condition(&to_condition(&condition)), condition);
            assert_eq!(condition.kinds(), 1);
        }
    }

    #[test]
    fn names_and_numbers_are_checked() {
        assert!(priority(&1).is_ok() && priority(&DEFAULT).is_ok() && priority(&0).is_err());
        assert!(method(&"GET".to_owned()).is_ok() && method(&"G T".to_owned()).is_err());
        assert!(header(&"X-Y".to_owned()).is_ok() && header(&"X Y".to_owned()).is_err());
    }
}
