//! The object's model.

use std::collections::BTreeMap;

use groma_aws_core::checks;
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{Attr, Blocks, Model};

/// An object in a bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3Object {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, check = one_of(&["private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"]))]
    pub(crate) acl: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace, check = length(1, 1024))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) bucket_key_enabled: Attr<bool>,
    #[attr(optional)]
    pub(crate) cache_control: Attr<String>,
    #[attr(optional, check = one_of(&["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"]))]
    pub(crate) checksum_algorithm: Attr<String>,
    #[attr(computed)]
    pub(crate) checksum_crc32: Attr<String>,
    #[attr(computed)]
    pub(crate) checksum_crc32c: Attr<String>,
    #[attr(computed)]
    pub(crate) checksum_crc64nvme: Attr<String>,
    #[attr(computed)]
    pub(crate) checksum_sha1: Attr<String>,
    #[attr(computed)]
    pub(crate) checksum_sha256: Attr<String>,
    #[attr(optional)]
    pub(crate) content: Attr<String>,
    #[attr(optional)]
    pub(crate) content_base64: Attr<String>,
    #[attr(optional)]
    pub(crate) content_disposition: Attr<String>,
    #[attr(optional)]
    pub(crate) content_encoding: Attr<String>,
    #[attr(optional)]
    pub(crate) content_language: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) content_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) etag: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) force_destroy: Attr<bool>,
    #[attr(required, replace, check = length(1, 1024))]
    pub(crate) key: Attr<String>,
    #[attr(optional, computed, check = checks::arn)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional)]
    pub(crate) metadata: Attr<BTreeMap<String, String>>,
    #[attr(optional, check = one_of(&["ON", "OFF"]))]
    pub(crate) object_lock_legal_hold_status: Attr<String>,
    #[attr(optional, check = one_of(&["GOVERNANCE", "COMPLIANCE"]))]
    pub(crate) object_lock_mode: Attr<String>,
    #[attr(optional, check = checks::timestamp)]
    pub(crate) object_lock_retain_until_date: Attr<String>,
    #[attr(optional, computed, check = one_of(&["AES256", "aws:kms", "aws:kms:dsse"]))]
    pub(crate) server_side_encryption: Attr<String>,
    #[attr(optional)]
    pub(crate) source: Attr<String>,
    #[attr(optional)]
    pub(crate) source_hash: Attr<String>,
    #[attr(optional, computed, check = one_of(&["STANDARD", "REDUCED_REDUNDANCY", "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE"]))]
    pub(crate) storage_class: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) version_id: Attr<String>,
    #[attr(optional)]
    pub(crate) website_redirect: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) override_provider: Blocks<S3ObjectOverrideProvider>,
}

/// The `override_provider` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3ObjectOverrideProvider {
    #[block(list, max = 1)]
    pub(crate) default_tags: Blocks<S3ObjectDefaultTags>,
}

/// The `override_provider.default_tags` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3ObjectDefaultTags {
    #[attr(optional, check = nothing)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
}

/// The provider's tags can be left out for an object, but not replaced by others.
fn nothing(tags: &BTreeMap<String, String>) -> Result<(), String> {
    match tags.is_empty() {
        true => Ok(()),
        false => Err("No tags of the provider can be set here: leave it out, or empty.".to_owned()),
    }
}
