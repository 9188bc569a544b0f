//! `aws_s3_object`: an object in a bucket.

mod change;
mod content;
mod model;
mod read;
mod removal;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groma_aws_core::{Aws, Progress, TagChange, TagMap, plan_tags, record_tags, tagged, wait};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use content::upload;
use model::S3Object;
use read::{find, recorded};

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
        let (mode, until) = (&config.object_lock_mode, &config.object_lock_retain_until_date);
        for ((name, value), (needed, other)) in [
            (("object_lock_mode", mode), ("object_lock_retain_until_date", until)),
            (("object_lock_retain_until_date", until), ("object_lock_mode", mode)),
        ] {
            if !value.is_null() && other.is_null() {
                let detail = format!(
                    "An object is locked in a mode and until a time: \"{name}\" needs {needed:?}."
                );
                problems.error(name, "Missing required argument", detail);
            }
        }
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
        let tags = read::tags(cx, &state).await?;
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
            change::settings(cx, &prior, &planned).await?;
            let change = TagChange::of(cx.client(), &prior, &planned);
            if !change.is_empty() {
                change::tags(cx, &planned, change).await?;
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
            Some(_) => removal::versions(cx, bucket, &key, prior.force_destroy.is_true()).await,
            None => removal::version(cx, bucket, &key, None, false).await,
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
    fn locks_have_a_mode_and_an_end() {
        let told = |mode: Attr<String>, until: Attr<String>| {
            let config = S3Object {
                object_lock_mode: mode,
                object_lock_retain_until_date: until,
                ..Default::default()
            };
            let mut problems = Problems::new();
            ObjectResource.validate(&config, &mut problems);
            problems.into_diagnostics().to_string()
        };
        assert_eq!(told("GOVERNANCE".into(), Attr::Unknown), "");
        assert_eq!(told(Attr::Null, Attr::Null), "");
        assert!(told("GOVERNANCE".into(), Attr::Null).contains("object_lock_retain_until_date"));
        assert!(told(Attr::Null, "2030-01-02T00:00:00Z".into()).contains("object_lock_mode"));
    }
}
