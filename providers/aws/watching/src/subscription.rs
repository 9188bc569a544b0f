//! `aws_sns_topic_subscription`: who receives the messages of a topic.

mod check;

use std::collections::HashMap;
use std::time::Duration;

use groma_aws_core::checks::{arn, json};
use groma_aws_core::{Aws, Error, Outcome, Progress, appears, same_json, wait};
use groma_sdk::model::checks::one_of;
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::fresh::found;
use crate::topic::{GONE, sns};

/// Who receives the messages of a topic.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SnsTopicSubscription {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = 1)]
    pub(crate) confirmation_timeout_in_minutes: Attr<i64>,
    #[attr(computed)]
    pub(crate) confirmation_was_authenticated: Attr<bool>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) delivery_policy: Attr<String>,
    #[attr(required, replace)]
    pub(crate) endpoint: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) endpoint_auto_confirms: Attr<bool>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) filter_policy: Attr<String>,
    #[attr(optional, computed, check = one_of(&["MessageAttributes", "MessageBody"]))]
    pub(crate) filter_policy_scope: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(computed)]
    pub(crate) pending_confirmation: Attr<bool>,
    #[attr(required, replace, check = one_of(&["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) raw_message_delivery: Attr<bool>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) redrive_policy: Attr<String>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) replay_policy: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) subscription_role_arn: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) topic_arn: Attr<String>,
}

const SUBSCRIPTION: &str = "SNS Topic Subscription";

/// How long a subscription that confirms itself may take, and one that is deleted.
const SHORT: Duration = Duration::from_secs(120);

/// The resource type.
pub(crate) struct SubscriptionResource;

#[async_trait]
impl Managed<Aws> for SubscriptionResource {
    type Model = SnsTopicSubscription;

    fn name(&self) -> &'static str {
        "aws_sns_topic_subscription"
    }

    fn validate(&self, config: &SnsTopicSubscription, problems: &mut Problems) {
        check::subscription(config, problems);
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<SnsTopicSubscription>,
    ) -> Result<(), Diagnostics> {
        let Some(prior) = &change.prior else { return Ok(()) };
        if !change.config.filter_policy_scope.is_null() {
            return Ok(());
        }
        let has_policy = |s: &SnsTopicSubscription| {
            s.filter_policy.filled().is_some() || s.filter_policy.is_unknown()
        };
        let scoped = prior.filter_policy_scope.filled().is_some();
        if scoped && has_policy(&change.planned) {
            // Where no scope is configured, it is the usual one again.
            change.planned.filter_policy_scope = "MessageAttributes".into();
        } else if scoped && has_policy(prior) {
            change.planned.filter_policy_scope = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: SnsTopicSubscription,
        planned: SnsTopicSubscription,
    ) -> Result<SnsTopicSubscription, Diagnostics> {
        let attributes: HashMap<String, String> = wanted(&planned)
            .into_iter()
            .filter(|(_, value)| !value.is_empty() && value != "false")
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let protocol = planned.protocol.text();
        // Repeated, it gives the subscription that is there.
        let request = sns(cx)
            .subscribe()
            .topic_arn(planned.topic_arn.text())
            .protocol(protocol)
            .endpoint(planned.endpoint.text())
            .set_attributes((!attributes.is_empty()).then_some(attributes))
            .return_subscription_arn(true);
        let answer = request.send().await.during(format_args!("creating {SUBSCRIPTION}"))?;
        let mut state = planned.clone();
        state.id = answer.subscription_arn().into();
        state.arn = answer.subscription_arn().into();
        cx.keep_model(&state);
        let is_http = protocol.starts_with("http");
        let by_hand =
            protocol.starts_with("email") || is_http && !planned.endpoint_auto_confirms.is_true();
        if !by_hand {
            let minutes = planned.confirmation_timeout_in_minutes.cloned().unwrap_or(1);
            let limit = match is_http {
                true => Duration::from_secs(u64::try_from(minutes).unwrap_or(1).saturating_mul(60)),
                false => SHORT,
            };
            confirmed(cx, state.id.text(), limit).await?;
        }
        let what = format!("{SUBSCRIPTION} ({})", state.id.text());
        appears(cx, what, SHORT, || async { self.read(cx, state.clone()).await }).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: SnsTopicSubscription,
    ) -> Result<Option<SnsTopicSubscription>, Diagnostics> {
        let id = state.id.text().to_owned();
        let is = attributes(cx, &id).await.during(format_args!("reading {SUBSCRIPTION} ({id})"))?;
        let Some(is) = is else { return Ok(None) };
        let text = |name: &str| Attr::from(is.get(name));
        let flag = |name: &str| Attr::from(is.get(name).map(|v| v == "true"));
        let document = |known: &Attr<String>, name: &str| match is.get(name) {
            Some(is) if known.get().is_some_and(|known| same_json(known, is)) => known.clone(),
            is => is.into(),
        };
        state.arn = text("SubscriptionArn").or(id.as_str());
        state.confirmation_was_authenticated = flag("ConfirmationWasAuthenticated");
        state.delivery_policy = document(&state.delivery_policy, "DeliveryPolicy");
        // Passwords in URLs come back as asterisks.
        if !state.endpoint.is_known() || !text("Endpoint").text().contains("****") {
            state.endpoint = text("Endpoint");
        }
        state.filter_policy = document(&state.filter_policy, "FilterPolicy");
        state.filter_policy_scope = text("FilterPolicyScope");
        state.owner_id = text("Owner");
        state.pending_confirmation = flag("PendingConfirmation");
        state.protocol = text("Protocol");
        state.raw_message_delivery = flag("RawMessageDelivery");
        state.redrive_policy = document(&state.redrive_policy, "RedrivePolicy");
        state.replay_policy = document(&state.replay_policy, "ReplayPolicy");
        state.subscription_role_arn = text("SubscriptionRoleArn");
        state.topic_arn = text("TopicArn");
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: SnsTopicSubscription,
        _config: SnsTopicSubscription,
        planned: SnsTopicSubscription,
    ) -> Result<SnsTopicSubscription, Diagnostics> {
        let before = wanted(&prior);
        let mut to_set: Vec<_> =
            wanted(&planned).into_iter().filter(|new| !before.contains(new)).collect();
        // Nested policies are taken only while the scope is the body: it is set before them, and
        // taken back after them.
        let scope = to_set.iter().position(|(name, _)| *name == "FilterPolicyScope");
        if let Some(scope) = scope.map(|i| to_set.remove(i)) {
            match scope.1.as_str() {
                "" => {}
                "MessageBody" => to_set.insert(0, scope),
                _ => to_set.push(scope),
            }
        }
        for (name, value) in to_set {
            set(cx, prior.id.text(), name, value).await?;
        }
        found(self.read(cx, planned).await?, SUBSCRIPTION)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: SnsTopicSubscription,
    ) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let what = format!("deleting {SUBSCRIPTION} ({id})");
        match sns(cx).unsubscribe().subscription_arn(id).send().await.unless(GONE) {
            Ok(_) => {}
            // One that was never confirmed goes by itself.
            Err(e) if e.says("InvalidParameter", "pending confirmation") => return Ok(()),
            Err(e) => return Err(e.during(what)),
        }
        let gone = format!("{SUBSCRIPTION} ({id}) to be deleted");
        wait(cx, gone, SHORT, || async {
            Ok(match attributes(cx, id).await.during(&what)? {
                None => Progress::Ready(()),
                Some(_) => Progress::pending("still there"),
            })
        })
        .await
    }
}

/// The attributes that can be set, as texts; empty for what is not.
fn wanted(s: &SnsTopicSubscription) -> Vec<(&'static str, String)> {
    let raw = if s.raw_message_delivery.is_true() { "true" } else { "false" };
    vec![
        ("DeliveryPolicy", s.delivery_policy.text().to_owned()),
        ("FilterPolicy", s.filter_policy.text().to_owned()),
        ("FilterPolicyScope", s.filter_policy_scope.text().to_owned()),
        ("RawMessageDelivery", raw.to_owned()),
        ("RedrivePolicy", s.redrive_policy.text().to_owned()),
        ("ReplayPolicy", s.replay_policy.text().to_owned()),
        ("SubscriptionRoleArn", s.subscription_role_arn.text().to_owned()),
    ]
}

async fn set(
    cx: &Context<Aws>,
    id: &str,
    name: &'static str,
    value: String,
) -> Result<(), Diagnostics> {
    // Documents are taken away each in its own way.
    let value = match (name, value.is_empty()) {
        ("FilterPolicy", true) => Some("{}".to_owned()),
        ("RedrivePolicy" | "ReplayPolicy", true) => None,
        _ => Some(value),
    };
    let request = sns(cx).set_subscription_attributes().subscription_arn(id).attribute_name(name);
    let answer = request.set_attribute_value(value).send().await;
    answer.during(format_args!("setting {SUBSCRIPTION} ({id}) attribute ({name})"))?;
    Ok(())
}

async fn attributes(cx: &Context<Aws>, id: &str) -> Result<Option<HashMap<String, String>>, Error> {
    let answer = sns(cx).get_subscription_attributes().subscription_arn(id).send().await;
    let attributes = answer.unless(GONE)?.and_then(|a| a.attributes);
    Ok(attributes.filter(|a| !a.is_empty()))
}

async fn confirmed(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    let what = format!("{SUBSCRIPTION} ({id}) confirmation");
    wait(cx, &what, limit, || async {
        let is = attributes(cx, id).await.during(format_args!("waiting for {what}"))?;
        let is = is.unwrap_or_default();
        Ok(match is.get("PendingConfirmation").map(String::as_str) {
            Some("true") => Progress::pending("pending confirmation"),
            None if is.is_empty() => Progress::pending("not there"),
            _ => Progress::Ready(()),
        })
    })
    .await
}
