//! Reading an object.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTimeFormat;
use aws_sdk_s3::types::ChecksumMode;
use groma_aws_core::{Aws, Outcome as _, TagMap, configured_moment, tag_map};
use groma_sdk::{Attr, Context, Diagnostics};

use super::clean_key;
use super::model::S3Object;
use super::removal::is_gone;
use crate::s3::s3;

/// What S3 says of an object; `None` if it is gone.
pub(super) async fn find(
    cx: &Context<Aws>,
    model: &S3Object,
) -> Result<Option<HeadObjectOutput>, Diagnostics> {
    let (bucket, key) = (model.bucket.text(), clean_key(model.key.text()));
    let checksum = model.checksum_algorithm.filled().map(|_| ChecksumMode::Enabled);
    let request =
        s3(cx.client()).head_object().bucket(bucket).key(&key).set_checksum_mode(checksum);
    let found = request.send().await.if_found();
    found.map_err(|e| e.during(format!("reading S3 Object ({key})")))
}

/// The object as it is recorded.
pub(super) fn recorded(aws: &Aws, mut state: S3Object, found: &HeadObjectOutput) -> S3Object {
    let key = clean_key(state.key.text());
    state.arn = aws.arn_of("s3", "", "", &format!("{}/{key}", state.bucket.text())).into();
    state.bucket_key_enabled = found.bucket_key_enabled().unwrap_or_default().into();
    state.cache_control = Attr::of_filled(found.cache_control());
    state.checksum_crc32 = Attr::of_filled(found.checksum_crc32());
    state.checksum_crc32c = Attr::of_filled(found.checksum_crc32_c());
    state.checksum_crc64nvme = Attr::of_filled(found.checksum_crc64_nvme());
    state.checksum_sha1 = Attr::of_filled(found.checksum_sha1());
    state.checksum_sha256 = Attr::of_filled(found.checksum_sha256());
    state.content_disposition = Attr::of_filled(found.content_disposition());
    state.content_encoding = Attr::of_filled(found.content_encoding());
    state.content_language = Attr::of_filled(found.content_language());
    state.content_type = Attr::of_filled(found.content_type());
    state.etag = Attr::of_filled(found.e_tag().map(|tag| tag.trim_matches('"')));
    if let Some(key) = found.ssekms_key_id() {
        state.kms_key_id = key.into();
    }
    let metadata = found.metadata().cloned().unwrap_or_default();
    state.metadata = match metadata.is_empty() {
        true => Attr::Null,
        false => Attr::Known(metadata.into_iter().collect()),
    };
    let hold = found.object_lock_legal_hold_status();
    state.object_lock_legal_hold_status = Attr::of_filled(hold.map(|h| h.as_str()));
    state.object_lock_mode = Attr::of_filled(found.object_lock_mode().map(|m| m.as_str()));
    let until = found.object_lock_retain_until_date();
    let known = configured_moment(&state.object_lock_retain_until_date).ok().flatten();
    if known.map(|k| k.secs()) != until.map(|u| u.secs()) {
        let until = until.and_then(|until| until.fmt(DateTimeFormat::DateTime).ok());
        state.object_lock_retain_until_date = until.into();
    }
    state.server_side_encryption =
        Attr::of_filled(found.server_side_encryption().map(|s| s.as_str()));
    // The usual one is not told.
    state.storage_class = found.storage_class().map_or("STANDARD", |c| c.as_str()).into();
    state.version_id = Attr::of_filled(found.version_id());
    state.website_redirect = Attr::of_filled(found.website_redirect_location());
    state
}

/// All tags of an object.
pub(super) async fn tags(cx: &Context<Aws>, model: &S3Object) -> Result<TagMap, Diagnostics> {
    let (bucket, key) = (model.bucket.text(), clean_key(model.key.text()));
    let found = s3(cx.client()).get_object_tagging().bucket(bucket).key(&key).send().await;
    match found.typed() {
        Ok(found) => Ok(tag_map(found.tag_set().iter().map(|t| (t.key(), t.value())))),
        Err(e) if is_gone(&e) || e.is_any(&["NoSuchTagSet", "NotImplemented"]) => Ok(TagMap::new()),
        Err(e) => Err(e.during(format!("listing tags for S3 Object ({key})"))),
    }
}
