//! Finding the key that a create has made whose answer was lost.
//!
//! `CreateKey` takes no client token, and a token in the key's description or tags would be seen. So a
//! key is taken for ours if it is in everything what was asked for, was created after the request was
//! sent, has a mark of its own (a description or tags) and is no other resource's of this run. A key
//! without a mark may be anybody's: it is named in the error, and left alone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyUsageType};
use groma_aws_core::{Aws, Error, Outcome as _, Progress, same_policy, wait, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::{KmsKey, SYMMETRIC, read_tags};
use crate::iam::{Began, There};
use crate::kms::{find_key, kms};

/// How long is looked for the key. Lists show new keys a little later.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many keys are looked at.
const MOST: usize = 1000;

/// The key that a create has made whose answer was lost, or an error that says what to look for.
pub(super) async fn key(
    cx: &Context<Aws>,
    began: Began,
    planned: &KmsKey,
    error: &Error,
) -> Result<KeyMetadata, Diagnostics> {
    let wanted = wanted_tags(cx.client(), planned);
    let marked = planned.description.filled().is_some() || !wanted.is_empty();
    let young: Mutex<Vec<String>> = Mutex::default();
    let looked = wait(cx, "the new KMS Key to be listed", PATIENCE, || async {
        let keys = similar(cx, began, planned).await.map_err(|e| e.during("listing KMS Keys"))?;
        let ids = keys.iter().map(|key| key.key_id().to_owned()).collect();
        *young.lock().unwrap_or_else(PoisonError::into_inner) = ids;
        if !marked {
            return Ok(Progress::Ready(None));
        }
        for key in keys {
            let tags = read_tags(cx, key.key_id()).await?.unwrap_or_default();
            let there = There {
                id: Some(key.key_id()),
                created: key.creation_date(),
                tags,
                wanted: &wanted,
                generated: false,
            };
            if began.adopts(&there) {
                return Ok(Progress::Ready(Some(key)));
            }
        }
        Ok(Progress::pending("not there"))
    })
    .await;
    match looked {
        Ok(Some(key)) => Ok(key),
        // That nothing is found, or may be looked for, says no more than the first error.
        _ => {
            let young = young.into_inner().unwrap_or_else(PoisonError::into_inner);
            Err(perhaps_created(error, planned, &young))
        }
    }
}

/// The keys that are what was asked for, and were created since.
async fn similar(
    cx: &Context<Aws>,
    began: Began,
    planned: &KmsKey,
) -> Result<Vec<KeyMetadata>, Error> {
    let kms = kms(cx);
    let mut ids = Vec::new();
    let mut keys = kms.list_keys().limit(1000).into_paginator().items().send();
    while ids.len() < MOST
        && let Some(key) = keys.next().await
    {
        ids.extend(key.typed()?.key_id().map(str::to_owned));
    }
    let mut similar = Vec::new();
    for id in ids {
        let Some(key) = find_key(&kms, &id).await? else { continue };
        if !began.is_before(key.creation_date()) || !is_like(&key, planned) {
            continue;
        }
        let Some(wanted) = planned.policy.filled() else {
            similar.push(key);
            continue;
        };
        let policy =
            kms.get_key_policy().key_id(&id).policy_name("default").send().await.typed()?;
        let policy = policy.policy().unwrap_or_default().to_owned();
        if same_policy(&wanted.to_owned(), &policy) {
            similar.push(key);
        }
    }
    Ok(similar)
}

/// Whether a key is what was asked for, as far as it says itself.
fn is_like(key: &KeyMetadata, planned: &KmsKey) -> bool {
    let usual = |known: Option<&str>, usual: &'static str| known.unwrap_or(usual).to_owned();
    key.key_manager() != Some(&KeyManagerType::Aws)
        && key.description().unwrap_or_default() == planned.description.text()
        && key.key_spec().map_or(SYMMETRIC, KeySpec::as_str)
            == usual(planned.customer_master_key_spec.filled(), SYMMETRIC)
        && key.key_usage().map_or("ENCRYPT_DECRYPT", KeyUsageType::as_str)
            == usual(planned.key_usage.filled(), "ENCRYPT_DECRYPT")
        && key.multi_region().unwrap_or_default() == planned.multi_region.is_true()
        && key.custom_key_store_id().unwrap_or_default() == planned.custom_key_store_id.text()
}

/// No answer came, and there is no telling whether there is a key now.
fn perhaps_created(error: &Error, planned: &KmsKey, young: &[String]) -> Diagnostics {
    let description = match planned.description.filled() {
        Some(text) => format!("with the description {text:?}"),
        None => "without a description".to_owned(),
    };
    let found = match young {
        [] => String::new(),
        ids => format!(" This may be it: {}.", ids.join(", ")),
    };
    Diagnostic::error(
        "creating KMS Key",
        format!(
            "{error}.\n\nKMS may have created the key all the same. Look for a key {description} \
             that was created a moment ago: import it, or schedule its deletion, for it costs as \
             long as it is there.{found} Then run the command again."
        ),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_sdk_kms::primitives::DateTime;
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Managed as _;
    use serde_json::{Value as Json, json};

    use super::super::KeyResource;
    use super::*;

    fn key(id: &str, description: &str, age: i64) -> Json {
        let now = DateTime::from(SystemTime::now()).secs();
        json!({
            "KeyId": id, "Arn": format!("arn:aws:kms:us-east-1:123456789012:key/{id}"),
            "Enabled": true, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
            "Description": description, "CreationDate": now - age,
        })
    }

    /// A service that makes the key, and whose answer to that is lost.
    fn service(keys: Vec<Json>) -> Fake {
        let fake = Fake::new();
        fake.on("CreateKey", |_| Answer::lost());
        let ids: Vec<Json> = keys.iter().map(|key| json!({ "KeyId": key["KeyId"] })).collect();
        fake.on("ListKeys", move |_| {
            Answer::json(json!({ "Keys": ids, "Truncated": false }).to_string())
        });
        fake.on("DescribeKey", move |r| {
            let key = keys.iter().find(|key| key["KeyId"] == r.json()["KeyId"]);
            Answer::json(json!({ "KeyMetadata": key }).to_string())
        });
        let policy = json!({ "Policy": "{\"Statement\":[]}" });
        fake.on("GetKeyPolicy", move |_| Answer::json(policy.to_string()));
        fake.on("GetKeyRotationStatus", |_| Answer::json(r#"{"KeyRotationEnabled":false}"#));
        fake.on("ListResourceTags", |_| Answer::json(r#"{"Tags":[],"Truncated":false}"#));
        fake
    }

    fn planned(description: &str) -> KmsKey {
        KmsKey {
            description: description.into(),
            is_enabled: true.into(),
            enable_key_rotation: false.into(),
            ..KmsKey::default()
        }
    }

    #[tokio::test]
    async fn the_key_that_was_made_is_found() {
        let fake = service(vec![
            key("lost-old", "ours to find", 3600),
            key("lost-other", "another", 0),
            key("lost-new", "ours to find", 0),
        ]);
        let (config, cx) = (planned("ours to find"), fake.context());
        let made = KeyResource.create(&cx, config.clone(), config.clone()).await.unwrap();
        assert_eq!(made.key_id.text(), "lost-new");
        assert_eq!(fake.calls("CreateKey"), 1);
    }

    #[tokio::test]
    async fn a_key_that_may_be_anybodys_is_named_only() {
        let fake = service(vec![key("unmarked", "", 0)]);
        let made = KeyResource.create(&fake.context(), planned(""), planned("")).await;
        let error = made.unwrap_err().to_string();
        assert!(error.contains("This may be it: unmarked"), "{error}");
    }
}
