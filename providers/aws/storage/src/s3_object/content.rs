//! Writing an object.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ObjectCannedAcl, ObjectLockLegalHoldStatus, ObjectLockMode,
    ServerSideEncryption, StorageClass,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{Aws, Outcome as _, TagMap, configured_moment, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::clean_key;
use super::model::S3Object;
use crate::s3::s3;

/// What to write into the object.
async fn body(planned: &S3Object) -> Result<ByteStream, Diagnostics> {
    if let Some(source) = planned.source.filled() {
        let path = expanded(source);
        return ByteStream::from_path(&path).await.map_err(|e| {
            let detail = format!("{} cannot be read: {e}.", path.display());
            Diagnostic::error("Source of S3 Object cannot be opened", detail).into()
        });
    }
    if let Some(content) = planned.content.filled() {
        return Ok(ByteStream::from(content.as_bytes().to_vec()));
    }
    match planned.content_base64.filled() {
        Some(text) => STANDARD.decode(text).map(ByteStream::from).map_err(|e| {
            let detail = format!("\"content_base64\" is no base64: {e}.");
            Diagnostic::error("Invalid content of S3 Object", detail).into()
        }),
        None => Ok(ByteStream::from_static(b"")),
    }
}

/// A path in which `~` is the home of the user.
fn expanded(path: &str) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            Path::new(&home).join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

/// Writes an object with all that belongs to it.
pub(super) async fn upload(
    cx: &Context<Aws>,
    config: &S3Object,
    planned: &S3Object,
) -> Result<(), Diagnostics> {
    let (bucket, key) = (planned.bucket.text(), clean_key(planned.key.text()));
    let kms = planned.kms_key_id.filled();
    // A key alone says how to encrypt, whatever the object was encrypted with before.
    let encryption = match (config.server_side_encryption.filled(), config.kms_key_id.filled()) {
        (None, Some(_)) => Some("aws:kms"),
        _ => planned.server_side_encryption.filled(),
    };
    let locked = planned.object_lock_legal_hold_status.filled().is_some()
        || planned.object_lock_mode.filled().is_some()
        || planned.object_lock_retain_until_date.filled().is_some();
    // With a lock, S3 wants to be sure of what it keeps.
    let checksum = planned.checksum_algorithm.filled().or(locked.then_some("CRC32"));
    let metadata: HashMap<String, String> = planned.metadata.or_default().into_iter().collect();
    let tags = match planned.tags_all.get() {
        Some(tags) => tags.clone(),
        None => wanted_tags(cx.client(), planned),
    };
    let request = s3(cx.client())
        .put_object()
        .bucket(bucket)
        .key(&key)
        .body(body(planned).await?)
        .set_acl(planned.acl.filled().map(ObjectCannedAcl::from))
        .set_bucket_key_enabled(planned.bucket_key_enabled.cloned().filter(|enabled| *enabled))
        .set_cache_control(planned.cache_control.to_filled())
        .set_checksum_algorithm(checksum.map(ChecksumAlgorithm::from))
        .set_content_disposition(planned.content_disposition.to_filled())
        .set_content_encoding(planned.content_encoding.to_filled())
        .set_content_language(planned.content_language.to_filled())
        .set_content_type(planned.content_type.to_filled())
        .set_metadata((!metadata.is_empty()).then_some(metadata))
        .set_object_lock_legal_hold_status(
            planned.object_lock_legal_hold_status.filled().map(ObjectLockLegalHoldStatus::from),
        )
        .set_object_lock_mode(planned.object_lock_mode.filled().map(ObjectLockMode::from))
        .set_object_lock_retain_until_date(configured_moment(
            &planned.object_lock_retain_until_date,
        )?)
        .set_server_side_encryption(encryption.map(ServerSideEncryption::from))
        .set_ssekms_key_id(kms.map(str::to_owned))
        .set_storage_class(planned.storage_class.filled().map(StorageClass::from))
        .set_tagging((!tags.is_empty()).then(|| query(&tags)))
        .set_website_redirect_location(planned.website_redirect.to_filled());
    let done = request.send().await.typed();
    let what = format!("uploading S3 Object ({key}) to Bucket ({bucket})");
    done.map(drop).map_err(|e| e.during(what))
}

/// Tags as the query of a URL.
fn query(tags: &TagMap) -> String {
    let encoded = |text: &str| {
        let mut out = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte));
                }
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    let pairs: Vec<String> =
        tags.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_a_query() {
        let tags = TagMap::from([("a b".into(), "c&d=é".into()), ("e".into(), String::new())]);
        assert_eq!(query(&tags), "a%20b=c%26d%3D%C3%A9&e=");
    }
}
