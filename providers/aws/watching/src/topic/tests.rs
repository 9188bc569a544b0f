//! Topics with all that they can have, which the emulator does not show.

use std::sync::{Arc, Mutex};

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::Managed as _;

use super::*;

const ARN: &str = "arn:aws:sns:us-east-1:123456789012:t.fifo";

/// A service that keeps the attributes that it is told.
fn service() -> Fake {
    let fake = Fake::new();
    let kept: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    fake.on("CreateTopic", |_| {
        Answer::xml(format!(
            "<CreateTopicResponse><CreateTopicResult><TopicArn>{ARN}</TopicArn></CreateTopicResult>\
             </CreateTopicResponse>"
        ))
    });
    let told = kept.clone();
    fake.on("SetTopicAttributes", move |r| {
        let text = |name: &str| r.param(name).unwrap_or_default().to_owned();
        told.lock().unwrap().insert(text("AttributeName"), text("AttributeValue"));
        Answer::xml("<SetTopicAttributesResponse/>")
    });
    fake.on("GetTopicAttributes", move |_| {
        let mut all = kept.lock().unwrap().clone();
        all.retain(|_, value| !value.is_empty());
        all.insert("TopicArn".to_owned(), ARN.to_owned());
        all.insert("FifoTopic".to_owned(), "true".to_owned());
        let entries: String = all
            .iter()
            .map(|(k, v)| {
                let v = v.replace('&', "&amp;").replace('"', "&quot;");
                format!("<entry><key>{k}</key><value>{v}</value></entry>")
            })
            .collect();
        Answer::xml(format!(
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>{entries}</Attributes>\
             </GetTopicAttributesResult></GetTopicAttributesResponse>"
        ))
    });
    fake.on("ListTagsForResource", |_| {
        Answer::xml(
            "<ListTagsForResourceResponse><ListTagsForResourceResult><Tags/>\
             </ListTagsForResourceResult></ListTagsForResourceResponse>",
        )
    });
    fake.on("DeleteTopic", |_| Answer::xml("<DeleteTopicResponse/>"));
    fake
}

fn role(name: &str) -> Attr<String> {
    format!("arn:aws:iam::123456789012:role/{name}").into()
}

fn full() -> SnsTopic {
    SnsTopic {
        application_failure_feedback_role_arn: role("a-failure"),
        application_success_feedback_role_arn: role("a-success"),
        application_success_feedback_sample_rate: 1.into(),
        archive_policy: r#"{"MessageRetentionPeriod":"30"}"#.into(),
        content_based_deduplication: true.into(),
        delivery_policy: r#"{"http":{"disableSubscriptionOverrides":false}}"#.into(),
        display_name: "T & more".into(),
        fifo_throughput_scope: "MessageGroup".into(),
        fifo_topic: true.into(),
        firehose_failure_feedback_role_arn: role("f-failure"),
        firehose_success_feedback_role_arn: role("f-success"),
        firehose_success_feedback_sample_rate: 2.into(),
        http_failure_feedback_role_arn: role("h-failure"),
        http_success_feedback_role_arn: role("h-success"),
        http_success_feedback_sample_rate: 3.into(),
        kms_master_key_id: "alias/k".into(),
        lambda_failure_feedback_role_arn: role("l-failure"),
        lambda_success_feedback_role_arn: role("l-success"),
        lambda_success_feedback_sample_rate: 4.into(),
        name: "t.fifo".into(),
        policy: r#"{"Statement":[]}"#.into(),
        signature_version: 2.into(),
        sqs_failure_feedback_role_arn: role("s-failure"),
        sqs_success_feedback_role_arn: role("s-success"),
        sqs_success_feedback_sample_rate: 5.into(),
        tracing_config: "Active".into(),
        ..SnsTopic::default()
    }
}

#[tokio::test]
async fn what_was_told_is_recorded() {
    let fake = service();
    let cx = fake.context();
    let made = TopicResource.create(&cx, full(), full()).await.unwrap();
    let told = SnsTopic {
        id: ARN.into(),
        arn: ARN.into(),
        name_prefix: made.name_prefix.clone(),
        tags_all: made.tags_all.clone(),
        ..full()
    };
    assert_eq!(made, told);
    let read = TopicResource.read(&cx, SnsTopic { id: ARN.into(), ..Default::default() }).await;
    assert_eq!(read.unwrap().unwrap().changed_since(&told), ["tags"; 0]);
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_taken_away() {
    let fake = service();
    let cx = fake.context();
    let made = TopicResource.create(&cx, full(), full()).await.unwrap();
    let before = fake.calls("SetTopicAttributes");
    let wanted = SnsTopic {
        http_success_feedback_role_arn: Attr::Null,
        http_success_feedback_sample_rate: Attr::Null,
        display_name: "other".into(),
        ..made.clone()
    };
    let changed = TopicResource.update(&cx, made, wanted.clone(), wanted).await.unwrap();
    assert_eq!(changed.http_success_feedback_role_arn.filled(), None);
    let sent = fake.requests_of("SetTopicAttributes").split_off(before);
    let mut names: Vec<_> = sent.iter().filter_map(|r| r.param("AttributeName")).collect();
    names.sort_unstable();
    let all = ["DisplayName", "HTTPSuccessFeedbackRoleArn", "HTTPSuccessFeedbackSampleRate"];
    assert_eq!(names, all);
    // A topic with an archive is not deleted before the archive is.
    TopicResource.delete(&cx, changed).await.unwrap();
    let last = fake.requests_of("SetTopicAttributes").pop().unwrap();
    assert_eq!(last.param("AttributeValue"), Some("{}"));
    assert_eq!(fake.calls("DeleteTopic"), 1);
}
