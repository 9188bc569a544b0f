//! What the types of KMS share.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyMetadata, KeyState, Tag};
use groma_aws_core::{Arn, Aws, Error, Outcome as _, TagMap, client};
use groma_sdk::Context;

/// What was asked for is not there.
pub(crate) const NOT_FOUND: &str = "NotFoundException";

/// How long KMS may need until a change is seen everywhere.
pub(crate) const PROPAGATION: Duration = Duration::from_secs(120);

/// The client of KMS.
pub(crate) fn kms(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "kms", aws_sdk_kms)
}

/// Tags as KMS wants them; `None` for none.
pub(crate) fn kms_tags(tags: &TagMap) -> Option<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().tag_key(key).tag_value(value).build().ok();
    (!tags.is_empty()).then(|| tags.iter().filter_map(tag).collect())
}

/// What KMS says of a key; `None` if there is none, or if it is about to be deleted.
pub(crate) async fn find_key(kms: &Client, id: &str) -> Result<Option<KeyMetadata>, Error> {
    let answer = kms.describe_key().key_id(id).send().await.unless(&[NOT_FOUND])?;
    let key = answer.and_then(|a| a.key_metadata);
    Ok(key.filter(|key| {
        !matches!(
            key.key_state(),
            Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
        )
    }))
}

/// The id of a key from its id or ARN.
pub(crate) fn key_id(id_or_arn: &str) -> &str {
    match id_or_arn.starts_with("arn:") {
        true => id_or_arn.rsplit('/').next().unwrap_or(id_or_arn),
        false => id_or_arn,
    }
}

/// Whether two texts name the same key, by its id or its ARN.
pub(crate) fn same_key(a: &String, b: &String) -> bool {
    // Of two ARNs, one may be of a replica in another region.
    match a.starts_with("arn:") == b.starts_with("arn:") {
        true => a == b,
        false => key_id(a) == key_id(b),
    }
}

/// The ARN of the key that an alias stands for.
pub(crate) fn target_arn(alias: &str, key: &str) -> Option<String> {
    let alias: Arn = alias.parse().ok()?;
    Some(Arn { resource: format!("key/{}", key_id(key)), ..alias }.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_by_id_or_arn() {
        let same = |a: &str, b: &str| same_key(&a.to_owned(), &b.to_owned());
        assert!(same("arn:aws:kms:us-east-1:123456789012:key/x", "x"));
        assert!(same("x", "arn:aws:kms:us-east-1:123456789012:key/x"));
        assert!(!same("arn:aws:kms:us-east-1:1:key/x", "arn:aws:kms:eu-west-1:1:key/x"));
        assert!(!same("x", "y"));
    }

    #[test]
    fn aliases_and_their_keys_are_in_one_region() {
        assert_eq!(
            target_arn("arn:aws:kms:us-east-1:123456789012:alias/a", "x").as_deref(),
            Some("arn:aws:kms:us-east-1:123456789012:key/x")
        );
        assert_eq!(target_arn("alias/a", "x"), None);
    }
}
