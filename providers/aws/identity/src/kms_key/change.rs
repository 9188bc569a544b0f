//! The changes of a key, and waiting until KMS shows them.

use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, normal_json, retry, same_policy, wait, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics};

use super::{KmsKey, read_key};
use crate::kms::{NOT_FOUND, PROPAGATION, find_key, kms, kms_tags};

/// Waits until a new key can be changed.
pub(super) async fn known(cx: &Context<Aws>, id: &str) -> Result<(), Diagnostics> {
    let kms = kms(cx);
    wait(cx, format!("KMS Key ({id}) to be known"), PROPAGATION, || async {
        let what = format!("reading KMS Key ({id})");
        Ok(match find_key(&kms, id).await.map_err(|e| e.during(what))? {
            Some(_) => Progress::Ready(()),
            None => Progress::pending("not found"),
        })
    })
    .await
}

/// Enables or disables a key.
pub(super) async fn enable(cx: &Context<Aws>, id: &str, on: bool) -> Result<(), Diagnostics> {
    let kms = kms(cx);
    let switched = retry(
        cx,
        "the key to be known",
        PROPAGATION,
        |e| e.is(NOT_FOUND),
        || async {
            match on {
                true => kms.enable_key().key_id(id).send().await.typed().map(drop),
                false => kms.disable_key().key_id(id).send().await.typed().map(drop),
            }
        },
    );
    let what = if on { "enabling" } else { "disabling" };
    switched.await.map_err(|e| e.during(format!("{what} KMS Key ({id})")))
}

/// Lets KMS make new key material from time to time, or not.
pub(super) async fn rotate(
    cx: &Context<Aws>,
    id: &str,
    on: bool,
    days: Option<&i64>,
) -> Result<(), Diagnostics> {
    let kms = kms(cx);
    let days = days.and_then(|days| i32::try_from(*days).ok()).filter(|days| *days > 0);
    let switched = retry(
        cx,
        "the key to be enabled",
        PROPAGATION,
        |e| e.is_any(&[NOT_FOUND, "DisabledException"]),
        || async {
            match on {
                true => {
                    let request = kms.enable_key_rotation().key_id(id);
                    request.set_rotation_period_in_days(days).send().await.typed().map(drop)
                }
                false => kms.disable_key_rotation().key_id(id).send().await.typed().map(drop),
            }
        },
    );
    let what = if on { "enabling" } else { "disabling" };
    switched.await.map_err(|e| e.during(format!("{what} KMS Key ({id}) rotation")))
}

/// Changes the description.
pub(super) async fn describe(cx: &Context<Aws>, id: &str, text: &str) -> Result<(), Diagnostics> {
    let request = kms(cx).update_key_description().key_id(id).description(text);
    request.send().await.during(format!("updating KMS Key ({id}) description")).map(drop)
}

/// Changes the policy.
pub(super) async fn put_policy(
    cx: &Context<Aws>,
    id: &str,
    policy: &str,
    bypass: bool,
) -> Result<(), Diagnostics> {
    let request = kms(cx).put_key_policy().key_id(id).policy_name("default");
    let request = request.policy(normal_json(policy)).bypass_policy_lockout_safety_check(bypass);
    let put = retry(
        cx,
        "the principals of the key's policy to be known",
        PROPAGATION,
        |e| e.is_any(&[NOT_FOUND, "MalformedPolicyDocumentException"]),
        || async { request.clone().send().await.typed() },
    );
    let what = format!("updating KMS Key ({id}) policy");
    put.await.map(drop).map_err(|e| e.during(what))
}

/// Changes the tags.
pub(super) async fn tag(cx: &Context<Aws>, id: &str, change: TagChange) -> Result<(), Diagnostics> {
    let what = format!("updating tags for KMS Key ({id})");
    if !change.remove.is_empty() {
        let request = kms(cx).untag_resource().key_id(id).set_tag_keys(Some(change.remove));
        request.send().await.during(&what)?;
    }
    if let Some(tags) = kms_tags(&change.put) {
        kms(cx).tag_resource().key_id(id).set_tags(Some(tags)).send().await.during(&what)?;
    }
    Ok(())
}

/// Reads the key until it is as planned.
pub(super) async fn settled(
    cx: &Context<Aws>,
    id: &str,
    planned: &KmsKey,
) -> Result<KmsKey, Diagnostics> {
    wait(cx, format!("KMS Key ({id}) to be as planned"), PROPAGATION, || async {
        Ok(match read_key(cx, id, planned.clone()).await? {
            None => Progress::pending("not found"),
            Some(seen) => match difference(cx.client(), planned, &seen) {
                None => Progress::Ready(seen),
                Some(name) => Progress::pending(format_args!("\"{name}\" as before")),
            },
        })
    })
    .await
}

/// What is not as planned yet.
fn difference(aws: &Aws, planned: &KmsKey, seen: &KmsKey) -> Option<&'static str> {
    let policy = match (planned.policy.filled(), seen.policy.filled()) {
        (Some(planned), Some(seen)) => same_policy(&planned.to_owned(), &seen.to_owned()),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let described =
        planned.description.is_unknown() || planned.description.text() == seen.description.text();
    let tags = seen.tags_all == Attr::Known(wanted_tags(aws, planned));
    let checks = [
        ("is_enabled", planned.is_enabled.is_true() == seen.is_enabled.is_true()),
        (
            "enable_key_rotation",
            planned.enable_key_rotation.is_true() == seen.enable_key_rotation.is_true(),
        ),
        ("description", described),
        ("policy", policy),
        ("tags_all", tags),
    ];
    checks.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
}

/// Waits until a key is about to be deleted.
pub(super) async fn gone(cx: &Context<Aws>, id: &str) -> Result<(), Diagnostics> {
    let kms = kms(cx);
    wait(cx, format!("KMS Key ({id}) to be scheduled for deletion"), PROPAGATION, || async {
        let what = format!("reading KMS Key ({id})");
        Ok(match find_key(&kms, id).await.map_err(|e| e.during(what))? {
            Some(key) => Progress::pending(key.key_state().map_or("unknown", |s| s.as_str())),
            None => Progress::Ready(()),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Managed as _;
    use serde_json::json;

    use super::super::KeyResource;
    use super::*;

    const POLICY: &str = r#"{"Statement":[]}"#;

    fn key(description: &str, state: &str) -> Answer {
        let key = json!({
            "KeyId": "k", "Arn": "arn:aws:kms:us-east-1:123456789012:key/k", "Enabled": true,
            "KeyState": state, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
            "Origin": "AWS_KMS", "Description": description,
        });
        Answer::json(json!({ "KeyMetadata": key }).to_string())
    }

    fn service() -> Fake {
        let fake = Fake::new();
        fake.on("DescribeKey", |_| key("new", "Enabled"));
        fake.on("GetKeyPolicy", |_| Answer::json(json!({ "Policy": POLICY }).to_string()));
        fake.on("GetKeyRotationStatus", |_| Answer::json(r#"{"KeyRotationEnabled":false}"#));
        fake.on("ListResourceTags", |_| Answer::json(r#"{"Tags":[],"Truncated":false}"#));
        fake.on("UpdateKeyDescription", |_| Answer::json("{}"));
        fake
    }

    fn model(description: &str) -> KmsKey {
        KmsKey {
            id: "k".to_owned().into(),
            description: description.to_owned().into(),
            is_enabled: true.into(),
            enable_key_rotation: false.into(),
            policy: POLICY.to_owned().into(),
            ..KmsKey::default()
        }
    }

    #[tokio::test]
    async fn a_change_is_done_when_it_is_seen() {
        let fake = service();
        fake.once("DescribeKey", |_| key("old", "Enabled"));
        let cx = fake.context();
        let updated = KeyResource.update(&cx, model("old"), model("new"), model("new")).await;
        assert_eq!(updated.unwrap().description.text(), "new");
        assert_eq!(fake.calls("UpdateKeyDescription"), 1);
        assert_eq!(fake.calls("DescribeKey"), 2);
    }

    #[tokio::test]
    async fn how_often_it_rotates_is_told() {
        let fake = service();
        fake.on("EnableKeyRotation", |_| Answer::json("{}"));
        fake.on("GetKeyRotationStatus", |_| {
            Answer::json(r#"{"KeyRotationEnabled":true,"RotationPeriodInDays":180}"#)
        });
        let cx = fake.context();
        let rotates = |days: i64| KmsKey {
            enable_key_rotation: true.into(),
            rotation_period_in_days: days.into(),
            ..model("new")
        };
        let updated = KeyResource.update(&cx, rotates(90), rotates(180), rotates(180)).await;
        assert_eq!(updated.unwrap().rotation_period_in_days, Attr::Known(180));
        let told = fake.requests_of("EnableKeyRotation");
        assert_eq!(told[0].json()["RotationPeriodInDays"], 180);
    }

    #[tokio::test]
    async fn a_key_that_will_be_deleted_is_gone() {
        let fake = service();
        fake.on("DescribeKey", |_| key("new", "PendingDeletion"));
        fake.on("ScheduleKeyDeletion", |_| Answer::json("{}"));
        let cx = fake.context();
        assert_eq!(KeyResource.read(&cx, model("new")).await.unwrap(), None);
        KeyResource.delete(&cx, model("new")).await.unwrap();
    }

    #[tokio::test]
    async fn a_lost_answer_makes_no_second_key() {
        let fake = service();
        fake.on("CreateKey", |_| Answer::lost());
        let error = KeyResource.create(&fake.context(), model("new"), model("new")).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("creating KMS Key") && error.contains("schedule"), "{error}");
        assert_eq!(fake.calls("CreateKey"), 1);
    }

    #[tokio::test]
    async fn a_create_that_is_refused_for_now_is_repeated() {
        let fake = service();
        fake.once("CreateKey", |_| Answer::json_error(400, "ThrottlingException", "slow down"));
        fake.on("CreateKey", |_| key("new", "Enabled"));
        let created = KeyResource.create(&fake.context(), model("new"), model("new")).await;
        assert_eq!(created.unwrap().key_id.text(), "k");
        assert_eq!(fake.calls("CreateKey"), 2);
    }
}
