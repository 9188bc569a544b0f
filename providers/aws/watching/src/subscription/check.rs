//! What SNS would refuse of a subscription, told before anything is done.

use groma_sdk::Problems;
use serde_json::Value as Json;

use super::SnsTopicSubscription;

/// Checks a configuration.
pub(super) fn subscription(config: &SnsTopicSubscription, problems: &mut Problems) {
    if config.filter_policy.is_null() && !config.filter_policy_scope.is_null() {
        problems.error(
            "filter_policy_scope",
            "Missing required argument",
            "filter_policy is required when filter_policy_scope is set: a scope without a policy \
                 says nothing.",
        );
    }
    let is_firehose = config.protocol.as_str() == Some("firehose");
    if is_firehose && config.subscription_role_arn.is_null() {
        problems.error(
            "subscription_role_arn",
            "Missing required argument",
            "A subscription of Firehose needs the role under which SNS writes to the stream.",
        );
    }
    endpoint(config, problems);
    for_protocols(config, problems);
    documents(config, problems);
}

/// Whether the endpoint is of the kind that the protocol speaks to.
fn endpoint(config: &SnsTopicSubscription, problems: &mut Problems) {
    let (Some(protocol), Some(endpoint)) = (config.protocol.filled(), config.endpoint.filled())
    else {
        return;
    };
    let wanted = match protocol {
        "email" | "email-json" if !endpoint.contains('@') => "an e-mail address",
        "sms" if !is_number(endpoint) => "a phone number with its country code, such as +15550100",
        "http" if !endpoint.starts_with("http://") => "an address that begins with http://",
        "https" if !endpoint.starts_with("https://") => "an address that begins with https://",
        "sqs" | "lambda" | "firehose" | "application" if !endpoint.starts_with("arn:") => "an ARN",
        _ => return,
    };
    problems.error(
        "endpoint",
        "Invalid value for \"endpoint\"",
        format!("The endpoint of a subscription by {protocol} is {wanted}, not {endpoint:?}."),
    );
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.');
    digits.chars().all(plain) && digits.chars().any(|c| c.is_ascii_digit())
}

/// What only some protocols and topics have.
fn for_protocols(config: &SnsTopicSubscription, problems: &mut Problems) {
    let Some(protocol) = config.protocol.filled() else { return };
    let raw = ["sqs", "http", "https", "firehose"].contains(&protocol);
    if config.raw_message_delivery.is_true() && !raw {
        problems.error(
            "raw_message_delivery",
            "Invalid combination of arguments",
            format!(
                "Messages are delivered raw to queues, web servers and streams, not by {protocol}."
            ),
        );
    }
    if config.delivery_policy.filled().is_some() && !protocol.starts_with("http") {
        problems.error(
            "delivery_policy",
            "Invalid combination of arguments",
            format!("Deliveries are repeated by a policy to web servers alone, not by {protocol}."),
        );
    }
    let Some(topic) = config.topic_arn.filled() else { return };
    let is_fifo = topic.ends_with(".fifo");
    if is_fifo && protocol != "sqs" {
        problems.error(
            "protocol",
            "Invalid combination of arguments",
            format!("A FIFO topic delivers to queues (\"sqs\") alone, not by {protocol}."),
        );
    }
    let queue = config.endpoint.filled().filter(|_| protocol == "sqs");
    if !is_fifo && queue.is_some_and(|queue| queue.ends_with(".fifo")) {
        problems.error(
            "endpoint",
            "Invalid combination of arguments",
            "Only FIFO topics deliver to FIFO queues.",
        );
    }
    if !is_fifo && config.replay_policy.filled().is_some() {
        problems.error(
            "replay_policy",
            "Invalid combination of arguments",
            "Only FIFO topics have an archive that could be replayed.",
        );
    }
}

/// Where messages go that cannot be delivered.
fn documents(config: &SnsTopicSubscription, problems: &mut Problems) {
    let Some(policy) = config.redrive_policy.filled() else { return };
    let document = serde_json::from_str::<Json>(policy).unwrap_or_default();
    if !document.is_null() && !document.get("deadLetterTargetArn").is_some_and(Json::is_string) {
        problems.error(
            "redrive_policy",
            "Invalid value for \"redrive_policy\"",
            "The policy must name the queue that takes what cannot be delivered: \
             {\"deadLetterTargetArn\": \"arn:…\"}.",
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_sdk::Attr;

    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:t";
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:q";

    fn to(protocol: &str, endpoint: &str) -> SnsTopicSubscription {
        SnsTopicSubscription {
            protocol: protocol.into(),
            endpoint: endpoint.into(),
            topic_arn: TOPIC.into(),
            ..Default::default()
        }
    }

    fn told(config: &SnsTopicSubscription) -> String {
        let mut problems = Problems::new();
        subscription(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn endpoints_are_of_their_protocol() {
        for (protocol, endpoint) in [
            ("email", "ops@example.com"),
            ("sms", "+1 555-0100"),
            ("https", "https://example.com/in"),
            ("sqs", QUEUE),
            ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ] {
            assert_eq!(told(&to(protocol, endpoint)), "", "{protocol}");
            assert!(told(&to(protocol, "nowhere")).contains("endpoint"), "{protocol}");
        }
        let unknown = SnsTopicSubscription { endpoint: Attr::Unknown, ..to("email", "") };
        assert_eq!(told(&unknown), "");
    }

    #[test]
    fn protocols_and_topics_fit() {
        let fifo = format!("{TOPIC}.fifo");
        let with = |topic: &str, config: SnsTopicSubscription| SnsTopicSubscription {
            topic_arn: topic.into(),
            ..config
        };
        assert_eq!(told(&with(&fifo, to("sqs", QUEUE))), "");
        assert!(told(&with(&fifo, to("email", "a@b"))).contains("alone, not by email"));
        assert!(told(&to("sqs", &format!("{QUEUE}.fifo"))).contains("Only FIFO topics deliver"));
        let raw = SnsTopicSubscription { raw_message_delivery: true.into(), ..to("email", "a@b") };
        assert!(told(&raw).contains("delivered raw"));
        let replay = SnsTopicSubscription { replay_policy: "{}".into(), ..to("sqs", QUEUE) };
        assert!(told(&replay).contains("archive"));
        let again = SnsTopicSubscription { delivery_policy: "{}".into(), ..to("sqs", QUEUE) };
        assert!(told(&again).contains("web servers alone"));
        let scope =
            SnsTopicSubscription { filter_policy_scope: "MessageBody".into(), ..to("sqs", QUEUE) };
        assert!(told(&scope).contains("a scope without a policy"));
    }

    #[test]
    fn letters_have_an_address() {
        let redrive = |policy: &str| SnsTopicSubscription {
            redrive_policy: policy.into(),
            ..to("sqs", QUEUE)
        };
        assert_eq!(told(&redrive(&format!("{{\"deadLetterTargetArn\":\"{QUEUE}\"}}"))), "");
        assert!(told(&redrive("{}")).contains("deadLetterTargetArn"));
    }
}
