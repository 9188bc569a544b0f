//! `aws_sns_topic`: a topic that messages are published to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use groma_aws_core::checks::{arn, json};
use groma_aws_core::{
    Arn, Aws, Error, Outcome, TagChange, appears, client, generated_name, plan_tags,
    policy_to_record, prefix_of_name, record_tags, retry, same_json, same_policy, sdk_tags,
    tag_map, tagged, wanted_tags,
};
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{
    Attr, AttributeStep, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems,
    async_trait,
};

use crate::fresh::{SOON, found};

/// A topic that messages are published to.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SnsTopic {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) application_failure_feedback_role_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) application_success_feedback_role_arn: Attr<String>,
    #[attr(optional, check = range(0, 100))]
    pub(crate) application_success_feedback_sample_rate: Attr<i64>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) archive_policy: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) beginning_archive_time: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) content_based_deduplication: Attr<bool>,
    #[attr(optional, same = same_json, check = json)]
    pub(crate) delivery_policy: Attr<String>,
    #[attr(optional)]
    pub(crate) display_name: Attr<String>,
    #[attr(optional, computed, check = one_of(&["Topic", "MessageGroup"]))]
    pub(crate) fifo_throughput_scope: Attr<String>,
    #[attr(optional, replace, default = false)]
    pub(crate) fifo_topic: Attr<bool>,
    #[attr(optional, check = arn)]
    pub(crate) firehose_failure_feedback_role_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) firehose_success_feedback_role_arn: Attr<String>,
    #[attr(optional, check = range(0, 100))]
    pub(crate) firehose_success_feedback_sample_rate: Attr<i64>,
    #[attr(optional, check = arn)]
    pub(crate) http_failure_feedback_role_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) http_success_feedback_role_arn: Attr<String>,
    #[attr(optional, check = range(0, 100))]
    pub(crate) http_success_feedback_sample_rate: Attr<i64>,
    #[attr(optional)]
    pub(crate) kms_master_key_id: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) lambda_failure_feedback_role_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) lambda_success_feedback_role_arn: Attr<String>,
    #[attr(optional, check = range(0, 100))]
    pub(crate) lambda_success_feedback_sample_rate: Attr<i64>,
    #[attr(optional, computed, replace)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) owner: Attr<String>,
    #[attr(optional, computed, same = same_policy, check = json)]
    pub(crate) policy: Attr<String>,
    #[attr(optional, computed, check = range(1, 2))]
    pub(crate) signature_version: Attr<i64>,
    #[attr(optional, check = arn)]
    pub(crate) sqs_failure_feedback_role_arn: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) sqs_success_feedback_role_arn: Attr<String>,
    #[attr(optional, check = range(0, 100))]
    pub(crate) sqs_success_feedback_sample_rate: Attr<i64>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, check = one_of(&["Active", "PassThrough"]))]
    pub(crate) tracing_config: Attr<String>,
}

tagged!(SnsTopic);

const TOPIC: &str = "SNS Topic";

/// The client.
pub(crate) fn sns(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "sns", aws_sdk_sns)
}

/// How the service says that something is not there.
pub(crate) const GONE: &[&str] = &["NotFound", "NotFoundException"];

/// The attributes that can be set, by how SNS names them.
macro_rules! attributes {
    ($use:ident) => {
        $use! {
            texts {
                application_failure_feedback_role_arn: "ApplicationFailureFeedbackRoleArn",
                application_success_feedback_role_arn: "ApplicationSuccessFeedbackRoleArn",
                archive_policy: "ArchivePolicy",
                delivery_policy: "DeliveryPolicy",
                display_name: "DisplayName",
                fifo_throughput_scope: "FifoThroughputScope",
                firehose_failure_feedback_role_arn: "FirehoseFailureFeedbackRoleArn",
                firehose_success_feedback_role_arn: "FirehoseSuccessFeedbackRoleArn",
                http_failure_feedback_role_arn: "HTTPFailureFeedbackRoleArn",
                http_success_feedback_role_arn: "HTTPSuccessFeedbackRoleArn",
                kms_master_key_id: "KmsMasterKeyId",
                lambda_failure_feedback_role_arn: "LambdaFailureFeedbackRoleArn",
                lambda_success_feedback_role_arn: "LambdaSuccessFeedbackRoleArn",
                policy: "Policy",
                sqs_failure_feedback_role_arn: "SQSFailureFeedbackRoleArn",
                sqs_success_feedback_role_arn: "SQSSuccessFeedbackRoleArn",
                tracing_config: "TracingConfig",
            }
            numbers {
                application_success_feedback_sample_rate: "ApplicationSuccessFeedbackSampleRate",
                firehose_success_feedback_sample_rate: "FirehoseSuccessFeedbackSampleRate",
                http_success_feedback_sample_rate: "HTTPSuccessFeedbackSampleRate",
                lambda_success_feedback_sample_rate: "LambdaSuccessFeedbackSampleRate",
                signature_version: "SignatureVersion",
                sqs_success_feedback_sample_rate: "SQSSuccessFeedbackSampleRate",
            }
        }
    };
}

macro_rules! wanted {
    (texts { $($text:ident: $text_name:literal,)* } numbers { $($number:ident: $number_name:literal,)* }) => {
        /// The attributes of a topic as texts; empty for what is not set.
        fn wanted(topic: &SnsTopic) -> Vec<(&'static str, String)> {
            let mut wanted = vec![$(($text_name, topic.$text.text().to_owned()),)*];
            $(
                let number = topic.$number.get().filter(|n| **n != 0);
                wanted.push(($number_name, number.map(i64::to_string).unwrap_or_default()));
            )*
            let once = if topic.content_based_deduplication.is_true() { "true" } else { "" };
            wanted.push(("ContentBasedDeduplication", once.to_owned()));
            wanted
        }

        /// Records the attributes of a topic.
        fn record_plain(state: &mut SnsTopic, is: &HashMap<String, String>) {
            $(state.$text = recorded(&state.$text, $text_name, is);)*
            $(state.$number = is.get($number_name).and_then(|n| n.parse::<i64>().ok()).into();)*
        }
    };
}

attributes!(wanted);

/// A text as it is to be recorded: as it was, where both mean the same.
fn recorded(known: &Attr<String>, name: &str, is: &HashMap<String, String>) -> Attr<String> {
    let Some(is) = is.get(name) else { return Attr::Null };
    let is_json = matches!(name, "ArchivePolicy" | "DeliveryPolicy");
    match name {
        "Policy" => policy_to_record(known.as_str(), is).into(),
        _ if is_json && known.get().is_some_and(|known| same_json(known, is)) => known.clone(),
        _ => is.as_str().into(),
    }
}

/// The resource type.
pub(crate) struct TopicResource;

#[async_trait]
impl Managed<Aws> for TopicResource {
    type Model = SnsTopic;

    fn name(&self) -> &'static str {
        "aws_sns_topic"
    }

    fn validate(&self, config: &SnsTopic, problems: &mut Problems) {
        let (name, prefix) = (!config.name.is_null(), !config.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
        check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<SnsTopic>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: SnsTopic,
        planned: SnsTopic,
    ) -> Result<SnsTopic, Diagnostics> {
        let name = name_of(cx, &planned);
        let tags = wanted_tags(cx.client(), &planned);
        let mut request = sns(cx).create_topic().name(&name);
        request = request.set_tags((!tags.is_empty()).then(|| sdk_tags!(Tag, tags, fallible)));
        if planned.fifo_topic.is_true() {
            request = request.attributes("FifoTopic", "true");
        }
        // A topic of the name that is the same is taken for this one: the service asks for no token.
        let answer = request.send().await.during(format_args!("creating {TOPIC} ({name})"))?;
        let mut state = planned.clone();
        state.id = answer.topic_arn().into();
        state.arn = answer.topic_arn().into();
        cx.keep_model(&state);
        let to_set = wanted(&planned).into_iter().filter(|(_, value)| !value.is_empty());
        set(cx, state.id.text(), to_set).await?;
        let what = format!("{TOPIC} ({name})");
        appears(cx, what, SOON, || async { self.read(cx, state.clone()).await }).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: SnsTopic,
    ) -> Result<Option<SnsTopic>, Diagnostics> {
        let id = state.id.text().to_owned();
        let answer = sns(cx).get_topic_attributes().topic_arn(&id).send().await.unless(GONE);
        let answer = answer.during(format_args!("reading {TOPIC} ({id})"))?;
        let Some(is) = answer.and_then(|a| a.attributes) else { return Ok(None) };
        record_plain(&mut state, &is);
        let text = |name: &str| Attr::from(is.get(name));
        let flag = |name: &str| Attr::from(is.get(name).map(|v| v == "true"));
        state.arn = text("TopicArn").or(id.as_str());
        state.beginning_archive_time = text("BeginningArchiveTime");
        state.content_based_deduplication = flag("ContentBasedDeduplication");
        state.fifo_topic = flag("FifoTopic");
        state.owner = text("Owner");
        let name = state.arn.text().parse::<Arn>().map(|arn| arn.resource).unwrap_or_default();
        let plain = name.strip_suffix(".fifo").filter(|_| state.fifo_topic.is_true());
        state.name_prefix = prefix_of_name(plain.unwrap_or(&name)).into();
        state.name = name.into();
        let tags = sns(cx).list_tags_for_resource().resource_arn(&id).send().await.unless(GONE);
        let tags = tags.during(format_args!("listing tags for {TOPIC} ({id})"))?;
        let Some(tags) = tags else { return Ok(None) };
        let tags = tag_map(tags.tags().iter().map(|t| (t.key(), t.value())));
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: SnsTopic,
        _config: SnsTopic,
        planned: SnsTopic,
    ) -> Result<SnsTopic, Diagnostics> {
        let id = prior.id.text();
        let before = wanted(&prior);
        // What is left to the service is not told to it.
        let unknown = unknown_ones(&planned);
        let to_set = wanted(&planned)
            .into_iter()
            .filter(|new| !before.contains(new) && !unknown.contains(&new.0));
        set(cx, id, to_set).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        let what = format!("updating tags for {TOPIC} ({id})");
        if !change.remove.is_empty() {
            let request = sns(cx).untag_resource().resource_arn(id);
            request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
        }
        if !change.put.is_empty() {
            let tags = sdk_tags!(Tag, change.put, fallible);
            let request = sns(cx).tag_resource().resource_arn(id).set_tags(Some(tags));
            request.send().await.during(&what)?;
        }
        found(self.read(cx, planned).await?, TOPIC)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: SnsTopic) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        // A topic with an archive is not deleted.
        if prior.archive_policy.filled().is_some_and(|p| p != "{}") {
            let request = sns(cx).set_topic_attributes().topic_arn(id);
            let request = request.attribute_name("ArchivePolicy").attribute_value("{}");
            let ended = request.send().await.unless(GONE);
            ended.during(format_args!("deleting {TOPIC} ({id}) archive"))?;
        }
        let deleted = sns(cx).delete_topic().topic_arn(id).send().await.unless(GONE);
        deleted.during(format_args!("deleting {TOPIC} ({id})"))?;
        Ok(())
    }
}

fn unknown_ones(topic: &SnsTopic) -> Vec<&'static str> {
    let all = [
        ("FifoThroughputScope", topic.fifo_throughput_scope.is_unknown()),
        ("Policy", topic.policy.is_unknown()),
        ("SignatureVersion", topic.signature_version.is_unknown()),
        ("TracingConfig", topic.tracing_config.is_unknown()),
    ];
    all.into_iter().filter(|(_, unknown)| *unknown).map(|(name, _)| name).collect()
}

fn name_of(cx: &Context<Aws>, topic: &SnsTopic) -> String {
    if let Some(name) = topic.name.filled() {
        return name.to_owned();
    }
    let name = generated_name(cx, topic.name_prefix.filled().unwrap_or("terraform-"));
    match topic.fifo_topic.is_true() {
        true => format!("{name}.fifo"),
        false => name,
    }
}

fn check(c: &SnsTopic, problems: &mut Problems) {
    let is_fifo = c.fifo_topic.is_true();
    for (attribute, name, most) in [("name", &c.name, 256), ("name_prefix", &c.name_prefix, 225)] {
        let Some(name) = name.filled() else { continue };
        let plain = name.strip_suffix(".fifo").filter(|_| is_fifo && attribute == "name");
        if c.fifo_topic.is_unknown() {
            continue;
        }
        if is_fifo && attribute == "name" && plain.is_none() {
            problems.error(
                attribute,
                "Invalid value for \"name\"",
                format!("The name of a FIFO topic ends with \".fifo\", but is {name:?}."),
            );
            continue;
        }
        let plain = plain.unwrap_or(name).to_owned();
        let what = "letters, digits, hyphens and underscores";
        let fits = groma_aws_core::checks::name(1, most, what, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
        });
        problems.check(attribute, fits(&plain));
    }
    if !is_fifo && !c.fifo_topic.is_unknown() {
        for (name, is_set) in [
            ("content_based_deduplication", c.content_based_deduplication.is_true()),
            ("archive_policy", c.archive_policy.filled().is_some()),
            ("fifo_throughput_scope", c.fifo_throughput_scope.filled().is_some()),
        ] {
            if is_set {
                let detail =
                    format!("Only FIFO topics have \"{name}\". Set \"fifo_topic\" to true.");
                problems.error(name, "Invalid combination of arguments", detail);
            }
        }
    }
}

/// Sets attributes, one by one: the service takes no more.
async fn set(
    cx: &Context<Aws>,
    id: &str,
    attributes: impl Iterator<Item = (&'static str, String)>,
) -> Result<(), Diagnostics> {
    // A role that was just made is not known to policies yet.
    let propagating =
        |e: &Error| e.is("InvalidParameter") && e.message().contains("PrincipalNotFound");
    let client = sns(cx);
    for (name, value) in attributes {
        let what = format!("setting {TOPIC} ({id}) attribute ({name})");
        let done = retry(cx, &what, Duration::from_secs(120), propagating, || async {
            let request = client.set_topic_attributes().topic_arn(id).attribute_name(name);
            request.attribute_value(&value).send().await.typed()
        });
        done.await.map_err(|e| at(name, e.during(&what)))?;
    }
    Ok(())
}

/// Names the attribute that a refusal is about, where that is plain.
fn at(name: &str, problems: Diagnostics) -> Diagnostics {
    let attribute = match name {
        "Policy" => "policy",
        "DeliveryPolicy" => "delivery_policy",
        "ArchivePolicy" => "archive_policy",
        "KmsMasterKeyId" => "kms_master_key_id",
        _ => return problems,
    };
    let located = problems.into_iter().map(|mut problem: Diagnostic| {
        problem.attribute = Some(vec![AttributeStep::Attribute(attribute.to_owned())]);
        problem
    });
    located.collect()
}

#[cfg(test)]
mod tests;
