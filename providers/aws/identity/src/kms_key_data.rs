//! `aws_kms_key`, the data source: a key by its id, its ARN, or an alias.

use aws_sdk_kms::types::MultiRegionKey;
use groma_aws_core::{Aws, Outcome as _, moment};
use groma_sdk::{Attr, Context, Diagnostics, Lookup, Model, async_trait};

use crate::iam::empty_answer;
use crate::kms::kms;

/// A key.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct KmsKeyData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) aws_account_id: Attr<String>,
    #[attr(computed)]
    pub(crate) cloud_hsm_cluster_id: Attr<String>,
    #[attr(computed)]
    pub(crate) creation_date: Attr<String>,
    #[attr(computed)]
    pub(crate) custom_key_store_id: Attr<String>,
    #[attr(computed)]
    pub(crate) customer_master_key_spec: Attr<String>,
    #[attr(computed)]
    pub(crate) deletion_date: Attr<String>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(computed)]
    pub(crate) enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) expiration_model: Attr<String>,
    #[attr(optional)]
    pub(crate) grant_tokens: Attr<Vec<String>>,
    /// The key, by its id, its ARN, or an alias.
    #[attr(required, check = key_or_alias)]
    pub(crate) key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) key_manager: Attr<String>,
    #[attr(computed)]
    pub(crate) key_spec: Attr<String>,
    #[attr(computed)]
    pub(crate) key_state: Attr<String>,
    #[attr(computed)]
    pub(crate) key_usage: Attr<String>,
    #[attr(computed)]
    pub(crate) multi_region: Attr<bool>,
    #[attr(computed)]
    pub(crate) multi_region_configuration: Attr<Vec<MultiRegion>>,
    #[attr(computed)]
    pub(crate) origin: Attr<String>,
    #[attr(computed)]
    pub(crate) pending_deletion_window_in_days: Attr<i64>,
    #[attr(computed)]
    pub(crate) valid_to: Attr<String>,
    #[attr(computed)]
    pub(crate) xks_key_configuration: Attr<Vec<ExternalKey>>,
}

/// A key in an external key store.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ExternalKey {
    #[attr(computed)]
    pub(crate) id: Attr<String>,
}

/// The keys of a multi-region key.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct MultiRegion {
    #[attr(computed)]
    pub(crate) multi_region_key_type: Attr<String>,
    #[attr(computed)]
    pub(crate) primary_key: Attr<Vec<KeyInRegion>>,
    #[attr(computed)]
    pub(crate) replica_keys: Attr<Vec<KeyInRegion>>,
}

/// A key in one region.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct KeyInRegion {
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) region: Attr<String>,
}

/// An id, an alias, or the ARN of either.
fn key_or_alias(text: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    let name = match text.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4).and_then(|resource| {
            resource.strip_prefix("key/").or_else(|| resource.strip_prefix("alias/"))
        }),
        None => Some(text.as_str()),
    };
    match name {
        Some(name) if !name.is_empty() && name.chars().all(allowed) => Ok(()),
        _ => Err(format!("It must be the id, an alias or the ARN of a key, but is {text:?}.")),
    }
}

/// The type.
pub(crate) struct KeyLookup;

#[async_trait]
impl Lookup<Aws> for KeyLookup {
    type Model = KmsKeyData;

    fn name(&self) -> &'static str {
        "aws_kms_key"
    }

    async fn read(&self, cx: &Context<Aws>, config: KmsKeyData) -> Result<KmsKeyData, Diagnostics> {
        let what = format!("reading KMS Key ({})", config.key_id.text());
        let request = kms(cx)
            .describe_key()
            .key_id(config.key_id.text())
            .set_grant_tokens(config.grant_tokens.cloned().filter(|tokens| !tokens.is_empty()));
        let answer = request.send().await.during(&what)?;
        let key = answer.key_metadata.ok_or_else(|| empty_answer(&what))?;
        let regions = key.multi_region_configuration().map(|c| MultiRegion {
            multi_region_key_type: Attr::of_text(c.multi_region_key_type().map(|t| t.as_str())),
            primary_key: Attr::Known(c.primary_key().map(in_region).into_iter().collect()),
            replica_keys: Attr::Known(c.replica_keys().iter().map(in_region).collect()),
        });
        let external =
            key.xks_key_configuration().map(|x| ExternalKey { id: Attr::of_text(x.id()) });
        let days = key.pending_deletion_window_in_days().unwrap_or_default();
        #[expect(deprecated, reason = "the attribute is that of the deprecated member")]
        let old_spec = key.customer_master_key_spec().map(|s| s.as_str().to_owned());
        Ok(KmsKeyData {
            id: key.key_id().to_owned().into(),
            arn: Attr::of_text(key.arn()),
            aws_account_id: Attr::of_text(key.aws_account_id()),
            cloud_hsm_cluster_id: Attr::of_text(key.cloud_hsm_cluster_id()),
            creation_date: moment(key.creation_date()),
            custom_key_store_id: Attr::of_text(key.custom_key_store_id()),
            customer_master_key_spec: Attr::of_text(old_spec.as_deref()),
            deletion_date: moment(key.deletion_date()),
            description: Attr::of_text(key.description()),
            enabled: key.enabled().into(),
            expiration_model: Attr::of_text(key.expiration_model().map(|m| m.as_str())),
            grant_tokens: config.grant_tokens,
            key_id: config.key_id,
            key_manager: Attr::of_text(key.key_manager().map(|m| m.as_str())),
            key_spec: Attr::of_text(key.key_spec().map(|s| s.as_str())),
            key_state: Attr::of_text(key.key_state().map(|s| s.as_str())),
            key_usage: Attr::of_text(key.key_usage().map(|u| u.as_str())),
            multi_region: key.multi_region().unwrap_or_default().into(),
            multi_region_configuration: Attr::Known(regions.into_iter().collect()),
            origin: Attr::of_text(key.origin().map(|o| o.as_str())),
            pending_deletion_window_in_days: Attr::Known(days.into()),
            valid_to: moment(key.valid_to()),
            xks_key_configuration: Attr::Known(external.into_iter().collect()),
        })
    }
}

fn in_region(key: &MultiRegionKey) -> KeyInRegion {
    KeyInRegion { arn: Attr::of_text(key.arn()), region: Attr::of_text(key.region()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_in_four_ways() {
        let check = |name: &str| key_or_alias(&name.to_owned());
        for name in [
            "84bf3658-4678-48e5-bc03-cf190bb79268",
            "alias/aws/s3",
            "arn:aws:kms:us-east-1:123456789012:alias/x",
            "arn:aws:kms:us-east-1:123456789012:key/mrk-1",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "a b", "arn:aws:kms:us-east-1:123456789012:grant/x", "arn:aws"] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
