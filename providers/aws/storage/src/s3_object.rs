//! `aws_s3_object`: an object in a bucket.

mod model;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTimeFormat};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ObjectCannedAcl, ObjectLockLegalHold,
    ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode,
    ServerSideEncryption, StorageClass, Tag, Tagging,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, TagChange, TagMap, configured_moment, plan_tags,
    record_tags, tag_map, tagged, wait, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::s3::{NO_SUCH_BUCKET, built, s3, text};
use model::S3Object;

tagged!(S3Object);

/// The type.
pub(crate) struct ObjectResource;

#[async_trait]
impl Managed<Aws> for ObjectResource {
    type Model = S3Object;

    fn name(&self) -> &'static str {
        "aws_s3_object"
    }

    fn validate(&self, config: &S3Object, problems: &mut Problems) {
        let content = ("content", !config.content.is_null());
        let base64 = ("content_base64", !config.content_base64.is_null());
        let source = ("source", !config.source.is_null());
        problems.conflict(content, base64);
        problems.conflict(content, source);
        problems.conflict(base64, source);
        problems.conflict(
            ("etag", !config.etag.is_null()),
            ("kms_key_id", !config.kms_key_id.is_null()),
        );
        if let Some(text) = config.content_base64.as_str()
            && let Err(e) = STANDARD.decode(text)
        {
            problems.check("content_base64", Err(format!("It is no base64: {e}.")));
        }
        let metadata = config.metadata.or_default();
        if let Some(key) = metadata.keys().find(|key| **key != key.to_lowercase()) {
            let why = format!("S3 keeps the keys of metadata in lowercase; {key:?} is not.");
            problems.check("metadata", Err(why));
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<S3Object>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if without_default_tags(&change.config) {
            change.planned.tags_all = match &change.config.tags {
                Attr::Null => Attr::Known(TagMap::new()),
                tags => tags.clone(),
            };
        }
        let Some(prior) = &change.prior else { return Ok(()) };
        if content_differs(prior, &change.planned) {
            change.planned.version_id = Attr::Unknown;
        }
        if prior.source_hash != change.planned.source_hash && change.config.etag.is_null() {
            change.planned.etag = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: S3Object,
        planned: S3Object,
    ) -> Result<S3Object, Diagnostics> {
        upload(cx, &config, &planned).await?;
        let mut state = planned;
        // What was put twice is there once: a repeated create needs no token.
        state.id = state.key.clone();
        cx.keep_model(&state);
        let what = format!("S3 Object ({}) to be there", state.key.text());
        wait(cx, what, Duration::from_secs(60), || async {
            Ok(match find(cx, &state).await? {
                Some(found) => Progress::Ready(found),
                None => Progress::pending("missing"),
            })
        })
        .await
        .map(|found| recorded(cx.client(), state.clone(), &found))
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: S3Object,
    ) -> Result<Option<S3Object>, Diagnostics> {
        let Some(found) = find(cx, &state).await? else { return Ok(None) };
        let tags = tags(cx, &state).await?;
        let mut state = recorded(cx.client(), state, &found);
        match without_default_tags(&state) {
            true => {
                let own = cx.client().tags().ours(tags);
                if !own.is_empty() || state.tags.is_known() {
                    state.tags = Attr::Known(own.clone());
                }
                state.tags_all = Attr::Known(own);
            }
            false => record_tags(cx.client(), &mut state, tags),
        }
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3Object,
        config: S3Object,
        planned: S3Object,
    ) -> Result<S3Object, Diagnostics> {
        if content_differs(&prior, &planned) {
            upload(cx, &config, &planned).await?;
        } else {
            change_settings(cx, &prior, &planned).await?;
            let change = TagChange::of(cx.client(), &prior, &planned);
            if !change.is_empty() {
                put_tags(cx, &planned, change).await?;
            }
        }
        match find(cx, &planned).await? {
            Some(found) => Ok(recorded(cx.client(), planned, &found)),
            None => {
                let detail = "The object was deleted while it was being changed. Run the command \
                              again.";
                Err(Diagnostic::error("S3 Object is gone", detail).into())
            }
        }
    }

    async fn delete(&self, cx: &Context<Aws>, prior: S3Object) -> Result<(), Diagnostics> {
        let (bucket, key) = (prior.bucket.text(), clean_key(prior.key.text()));
        match prior.version_id.filled() {
            Some(_) => delete_versions(cx, bucket, &key, prior.force_destroy.is_true()).await,
            None => delete_version(cx, bucket, &key, None, false).await,
        }
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<S3Object>, Diagnostics> {
        let path = id.strip_prefix("s3://").unwrap_or(id);
        match path.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Some(S3Object {
                id: key.into(),
                bucket: bucket.into(),
                key: key.into(),
                force_destroy: false.into(),
                ..Default::default()
            })),
            _ => Err(Diagnostic::error(
                "Unexpected format of ID",
                format!("The ID {id:?} is not of the form \"bucket/key\" or \"s3://bucket/key\"."),
            )
            .into()),
        }
    }
}

/// Whether the object is not to have the tags that the provider adds to others.
fn without_default_tags(model: &S3Object) -> bool {
    let defaults = model.override_provider.first().and_then(|o| o.default_tags.first());
    defaults.is_some_and(|d| d.tags.get().is_none_or(|tags| tags.is_empty()))
}

/// Whether the object must be written anew.
fn content_differs(a: &S3Object, b: &S3Object) -> bool {
    let texts = |m: &S3Object| {
        [
            &m.cache_control,
            &m.checksum_algorithm,
            &m.content,
            &m.content_base64,
            &m.content_disposition,
            &m.content_encoding,
            &m.content_language,
            &m.content_type,
            &m.etag,
            &m.kms_key_id,
            &m.server_side_encryption,
            &m.source,
            &m.source_hash,
            &m.storage_class,
            &m.website_redirect,
        ]
        .map(Attr::<String>::to_filled)
    };
    let unknown = b.etag.is_unknown() || b.version_id.is_unknown();
    unknown
        || texts(a) != texts(b)
        || a.bucket_key_enabled.is_true() != b.bucket_key_enabled.is_true()
        || a.metadata.or_default() != b.metadata.or_default()
}

/// A key without what S3's URLs would lose: slashes in front, and several in a row.
fn clean_key(key: &str) -> String {
    let key = key.strip_prefix("./").unwrap_or(key).trim_start_matches('/');
    let mut clean = String::with_capacity(key.len());
    for c in key.chars() {
        if c != '/' || !clean.ends_with('/') {
            clean.push(c);
        }
    }
    clean
}

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

async fn upload(
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

/// Changes what can be changed without writing the object anew.
async fn change_settings(
    cx: &Context<Aws>,
    prior: &S3Object,
    planned: &S3Object,
) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let (bucket, key) = (planned.bucket.text(), clean_key(planned.key.text()));
    if planned.acl.is_known() && planned.acl.filled() != prior.acl.filled() {
        let acl = planned.acl.filled().map(ObjectCannedAcl::from);
        let request = client.put_object_acl().bucket(bucket).key(&key).set_acl(acl);
        let done = request.send().await.typed();
        done.map_err(|e| e.during(format!("putting S3 Object ({key}) ACL")))?;
    }
    let (was, hold) =
        (&prior.object_lock_legal_hold_status, &planned.object_lock_legal_hold_status);
    if was.filled() != hold.filled() {
        let status = ObjectLockLegalHoldStatus::from(hold.filled().unwrap_or("OFF"));
        let hold = ObjectLockLegalHold::builder().status(status).build();
        let request = client.put_object_legal_hold().bucket(bucket).key(&key).legal_hold(hold);
        let done = request.send().await.typed();
        done.map_err(|e| e.during(format!("putting S3 Object ({key}) legal hold")))?;
    }
    let (old, new) = (
        configured_moment(&prior.object_lock_retain_until_date)?,
        configured_moment(&planned.object_lock_retain_until_date)?,
    );
    if prior.object_lock_mode.filled() != planned.object_lock_mode.filled() || old != new {
        let mode = planned.object_lock_mode.filled().map(ObjectLockRetentionMode::from);
        let retention =
            ObjectLockRetention::builder().set_mode(mode).set_retain_until_date(new).build();
        // To shorten it is to bypass it.
        let shorter = match (old, new) {
            (_, None) => true,
            (Some(old), Some(new)) => new.secs() < old.secs(),
            (None, Some(_)) => false,
        };
        let request = client
            .put_object_retention()
            .bucket(bucket)
            .key(&key)
            .retention(retention)
            .set_bypass_governance_retention(shorter.then_some(true));
        let done = request.send().await.typed();
        done.map_err(|e| e.during(format!("putting S3 Object ({key}) retention")))?;
    }
    Ok(())
}

async fn find(
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

fn recorded(aws: &Aws, mut state: S3Object, found: &HeadObjectOutput) -> S3Object {
    let key = clean_key(state.key.text());
    state.arn = aws.arn_of("s3", "", "", &format!("{}/{key}", state.bucket.text())).into();
    state.bucket_key_enabled = found.bucket_key_enabled().unwrap_or_default().into();
    state.cache_control = text(found.cache_control());
    state.checksum_crc32 = text(found.checksum_crc32());
    state.checksum_crc32c = text(found.checksum_crc32_c());
    state.checksum_crc64nvme = text(found.checksum_crc64_nvme());
    state.checksum_sha1 = text(found.checksum_sha1());
    state.checksum_sha256 = text(found.checksum_sha256());
    state.content_disposition = text(found.content_disposition());
    state.content_encoding = text(found.content_encoding());
    state.content_language = text(found.content_language());
    state.content_type = text(found.content_type());
    state.etag = text(found.e_tag().map(|tag| tag.trim_matches('"')));
    if let Some(key) = found.ssekms_key_id() {
        state.kms_key_id = key.into();
    }
    let metadata = found.metadata().cloned().unwrap_or_default();
    state.metadata = match metadata.is_empty() {
        true => Attr::Null,
        false => Attr::Known(metadata.into_iter().collect()),
    };
    let hold = found.object_lock_legal_hold_status();
    state.object_lock_legal_hold_status = text(hold.map(|h| h.as_str()));
    state.object_lock_mode = text(found.object_lock_mode().map(|m| m.as_str()));
    let until = found.object_lock_retain_until_date();
    let known = configured_moment(&state.object_lock_retain_until_date).ok().flatten();
    if known.map(|k| k.secs()) != until.map(|u| u.secs()) {
        let until = until.and_then(|until| until.fmt(DateTimeFormat::DateTime).ok());
        state.object_lock_retain_until_date = until.into();
    }
    state.server_side_encryption = text(found.server_side_encryption().map(|s| s.as_str()));
    // The usual one is not told.
    state.storage_class = found.storage_class().map_or("STANDARD", |c| c.as_str()).into();
    state.version_id = text(found.version_id());
    state.website_redirect = text(found.website_redirect_location());
    state
}

async fn tags(cx: &Context<Aws>, model: &S3Object) -> Result<TagMap, Diagnostics> {
    let (bucket, key) = (model.bucket.text(), clean_key(model.key.text()));
    let found = s3(cx.client()).get_object_tagging().bucket(bucket).key(&key).send().await;
    match found.typed() {
        Ok(found) => Ok(tag_map(found.tag_set().iter().map(|t| (t.key(), t.value())))),
        Err(e) if is_gone(&e) || e.is_any(&["NoSuchTagSet", "NotImplemented"]) => Ok(TagMap::new()),
        Err(e) => Err(e.during(format!("listing tags for S3 Object ({key})"))),
    }
}

async fn put_tags(
    cx: &Context<Aws>,
    model: &S3Object,
    change: TagChange,
) -> Result<(), Diagnostics> {
    // All tags are put at once, those that are not ours with them.
    let mut all = tags(cx, model).await?;
    all.retain(|key, _| !change.remove.contains(key));
    all.extend(change.put);
    let (bucket, key) = (model.bucket.text(), clean_key(model.key.text()));
    let client = s3(cx.client());
    let what = format!("updating tags for S3 Object ({key})");
    if all.is_empty() {
        let done = client.delete_object_tagging().bucket(bucket).key(&key).send().await;
        return done.during(what).map(drop);
    }
    let all = all
        .iter()
        .map(|(key, value)| built(Tag::builder().key(key).value(value).build()))
        .collect::<Result<Vec<_>, _>>()?;
    let tagging = built(Tagging::builder().set_tag_set(Some(all)).build())?;
    let done = client.put_object_tagging().bucket(bucket).key(&key).tagging(tagging).send().await;
    done.during(what).map(drop)
}

fn is_gone(e: &Error) -> bool {
    e.is_any(&[NO_SUCH_BUCKET, "NoSuchKey", "NoSuchVersion"]) || e.is_not_found()
}

/// Deletes an object with all its versions.
async fn delete_versions(
    cx: &Context<Aws>,
    bucket: &str,
    key: &str,
    force: bool,
) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let (mut next_key, mut next_version) = (None, None);
    loop {
        let request = client
            .list_object_versions()
            .bucket(bucket)
            .prefix(key)
            .set_key_marker(next_key)
            .set_version_id_marker(next_version);
        let page = request.send().await.unless(&[NO_SUCH_BUCKET]);
        let what = format!("listing S3 Bucket ({bucket}) Object ({key}) versions");
        let Some(page) = page.map_err(|e| e.during(what))? else { return Ok(()) };
        let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        for (_, version) in versions.chain(markers).filter(|(k, _)| *k == Some(key)) {
            delete_version(cx, bucket, key, version, force).await?;
        }
        // Keys come in order: behind ours come others that begin with it.
        let over = page.next_key_marker().is_none_or(|next| next != key);
        if !page.is_truncated().unwrap_or_default() || over {
            return Ok(());
        }
        next_key = page.next_key_marker;
        next_version = page.next_version_id_marker;
    }
}

async fn delete_version(
    cx: &Context<Aws>,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    force: bool,
) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let request = client
        .delete_object()
        .bucket(bucket)
        .key(key)
        .set_version_id(version.map(str::to_owned))
        .set_bypass_governance_retention(force.then_some(true));
    let what = format!("deleting S3 Bucket ({bucket}) Object ({key})");
    match request.clone().send().await.typed() {
        Ok(_) => Ok(()),
        Err(e) if is_gone(&e) => Ok(()),
        // A legal hold is no obstacle for who is allowed to lift it, and is asked to.
        Err(e) if force && e.is_denied() && version.is_some() => {
            let hold = ObjectLockLegalHold::builder().status(ObjectLockLegalHoldStatus::Off);
            let lifted = client
                .put_object_legal_hold()
                .bucket(bucket)
                .key(key)
                .set_version_id(version.map(str::to_owned))
                .legal_hold(hold.build());
            lifted.send().await.typed().map_err(|_| e.during(&what))?;
            request.send().await.typed().map(drop).map_err(|e| e.during(what))
        }
        Err(e) => Err(e.during(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_as_urls_have_them() {
        for (key, clean) in
            [("a/b", "a/b"), ("/a//b/", "a/b/"), ("./a", "a"), ("//x", "x"), ("a b", "a b")]
        {
            assert_eq!(clean_key(key), clean);
        }
    }

    #[test]
    fn tags_are_a_query() {
        let tags = TagMap::from([("a b".into(), "c&d=é".into()), ("e".into(), String::new())]);
        assert_eq!(query(&tags), "a%20b=c%26d%3D%C3%A9&e=");
    }
}
