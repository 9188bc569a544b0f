//! `aws_s3_bucket`: a bucket.
//!
//! What types of their own configure (versioning, encryption, …) can be configured in blocks here as
//! well, which is the old way. Whatever a bucket has of it is read; only what is configured here is
//! changed. The emulator forgets the prefix of a replication's filter: what it would be is tested with
//! requests and answers.

mod empty;
mod lifecycle;
mod model;
mod read;
mod replication;
mod settings;

use aws_sdk_s3::types::{BucketCannedAcl, BucketLocationConstraint, CreateBucketConfiguration};
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, TagMap, generated_name, name_or_generated, plan_tags,
    prefix_of_name, retry, tag_map, tagged, wait, wanted_tags,
};
use groma_sdk::{Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::s3::{NO_SUCH_BUCKET, put, s3, tagging};
pub(crate) use model::S3Bucket;
use model::S3BucketTimeouts;
pub(crate) use read::location;

tagged!(S3Bucket);

/// The type.
pub(crate) struct BucketResource;

#[async_trait]
impl Managed<Aws> for BucketResource {
    type Model = S3Bucket;

    fn name(&self) -> &'static str {
        "aws_s3_bucket"
    }

    fn validate(&self, config: &S3Bucket, problems: &mut Problems) {
        problems.conflict(
            ("bucket", !config.bucket.is_null()),
            ("bucket_prefix", !config.bucket_prefix.is_null()),
        );
        problems.conflict(("acl", !config.acl.is_null()), ("grant", !config.grant.is_empty()));
        problems.conflict(
            ("object_lock_enabled", !config.object_lock_enabled.is_null()),
            ("object_lock_configuration", !config.object_lock_configuration.is_empty()),
        );
        replication::check(config, problems);
        lifecycle::check(config, problems);
        for website in &config.website {
            let (index, all) = (&website.index_document, &website.redirect_all_requests_to);
            if index.is_null() == all.is_null() {
                problems.error(
                    "website.0.index_document",
                    "Invalid combination of arguments",
                    "Exactly one of \"index_document\" and \"redirect_all_requests_to\" must be set.",
                );
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<S3Bucket>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        let mut problems = Problems::new();
        if let Some(name) = change.config.bucket.filled()
            && change.prior.as_ref().is_none_or(|p| p.bucket.text() != name)
        {
            problems.check("bucket", check_name(name, cx.client().region()));
        }
        problems.into_result()
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: S3Bucket,
        planned: S3Bucket,
    ) -> Result<S3Bucket, Diagnostics> {
        let prefix = config.bucket_prefix.filled();
        let name = name_or_generated(cx, config.bucket.filled(), prefix, "terraform-");
        make(cx, &config, &planned, &name).await?;
        let mut state =
            S3Bucket { id: name.clone().into(), bucket: name.clone().into(), ..planned };
        state.bucket_prefix = prefix_of_name(&name).into();
        state.arn = arn(cx.client(), &name).into();
        cx.keep_model(&state);
        let tags = wanted_tags(cx.client(), &state);
        if !tags.is_empty() {
            put_tags(cx, &name, &tags).await?;
        }
        settings::apply(cx, &name, None, &state).await?;
        let timeout = S3BucketTimeouts::create(&state.timeouts);
        let what = format!("S3 Bucket ({name}) to be there");
        wait(cx, what, timeout, || async {
            Ok(match read::bucket(cx, state.clone()).await? {
                Some(found) => Progress::Ready(found),
                None => Progress::pending("missing"),
            })
        })
        .await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3Bucket,
    ) -> Result<Option<S3Bucket>, Diagnostics> {
        state.bucket = state.id.clone();
        read::bucket(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3Bucket,
        _config: S3Bucket,
        planned: S3Bucket,
    ) -> Result<S3Bucket, Diagnostics> {
        let name = prior.id.text();
        let change = TagChange::of(cx.client(), &prior, &planned);
        if !change.is_empty() {
            // All tags are put at once, those that are not ours with them.
            let mut tags = tags_of(cx, name).await?.unwrap_or_default();
            tags.retain(|key, _| !change.remove.contains(key));
            tags.extend(change.put);
            put_tags(cx, name, &tags).await?;
        }
        settings::apply(cx, name, Some(&prior), &planned).await?;
        let found = read::bucket(cx, planned).await?;
        found.ok_or_else(|| gone(name))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: S3Bucket) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let what = format!("deleting S3 Bucket ({name})");
        let client = s3(cx.client());
        loop {
            match client.delete_bucket().bucket(name).send().await.unless(&[NO_SUCH_BUCKET]) {
                Ok(_) => break,
                Err(e) if e.is("BucketNotEmpty") && prior.force_destroy.is_true() => {
                    empty::empty(cx, name, prior.object_lock_enabled.is_true()).await?;
                }
                Err(e) if e.is("BucketNotEmpty") => {
                    let mut diagnostics = e.during(&what);
                    diagnostics.extend([Diagnostic::warning(
                        "S3 Bucket is not empty",
                        "What is in it, all versions included, is deleted with the bucket if \
                         \"force_destroy\" was true when the bucket was last applied.",
                    )]);
                    return Err(diagnostics);
                }
                Err(e) => return Err(e.during(what)),
            }
        }
        let timeout = S3BucketTimeouts::delete(&prior.timeouts);
        wait(cx, format!("S3 Bucket ({name}) to be gone"), timeout, || async {
            Ok(match location(cx, name).await? {
                None => Progress::Ready(()),
                Some(_) => Progress::pending("there"),
            })
        })
        .await
    }
}

fn gone(name: &str) -> Diagnostics {
    let detail = format!(
        "The bucket {name:?} was deleted while it was being changed. Run the command again."
    );
    Diagnostic::error("S3 Bucket is gone", detail).into()
}

/// The ARN of a bucket.
pub(crate) fn arn(aws: &Aws, name: &str) -> String {
    aws.arn_of("s3", "", "", name)
}

/// Creates the bucket. One that has been there before is not ours, unless its name is generated.
async fn make(
    cx: &Context<Aws>,
    config: &S3Bucket,
    planned: &S3Bucket,
    name: &str,
) -> Result<(), Diagnostics> {
    let generated = config.bucket.filled().is_none()
        && name == generated_name(cx, config.bucket_prefix.filled().unwrap_or("terraform-"));
    let client = s3(cx.client());
    let there = client.head_bucket().bucket(name).send().await.if_found();
    if let Ok(Some(_)) = there {
        if generated {
            return Ok(());
        }
        return Err(Diagnostic::error(
            format!("creating S3 Bucket ({name}): BucketAlreadyExists"),
            "There is a bucket of this name, and it is yours. Import it, or choose another name.",
        )
        .into());
    }
    let region = cx.client().region();
    // The oldest region must not be named.
    let place = (region != "us-east-1").then(|| {
        let region = BucketLocationConstraint::from(region);
        CreateBucketConfiguration::builder().location_constraint(region).build()
    });
    let lock = planned.object_lock_enabled.is_true()
        || config
            .object_lock_configuration
            .first()
            .is_some_and(|l| l.object_lock_enabled.text() == "Enabled");
    let request = client
        .create_bucket()
        .bucket(name)
        .set_acl(config.acl.filled().map(BucketCannedAcl::from))
        .set_object_lock_enabled_for_bucket(lock.then_some(true))
        .set_create_bucket_configuration(place);
    let timeout = S3BucketTimeouts::create(&planned.timeouts);
    let passes = |e: &groma_aws_core::Error| e.is("OperationAborted");
    let made = retry(cx, "a bucket of this name to be gone", timeout, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    match made.await {
        Ok(_) => Ok(()),
        // It was not there before: an answer was lost, and the SDK asked again.
        Err(e) if e.is("BucketAlreadyOwnedByYou") => Ok(()),
        // No answer came at all; but what is there now is ours.
        Err(e)
            if e.is_ambiguous()
                && matches!(there, Ok(None))
                && read::location(cx, name).await?.is_some() =>
        {
            Ok(())
        }
        Err(e) => Err(e.during(format!("creating S3 Bucket ({name})"))),
    }
}

/// All tags of a bucket; `None` if there is no bucket.
pub(crate) async fn tags_of(cx: &Context<Aws>, name: &str) -> Result<Option<TagMap>, Diagnostics> {
    match s3(cx.client()).get_bucket_tagging().bucket(name).send().await.typed() {
        Ok(found) => Ok(Some(tag_map(found.tag_set().iter().map(|t| (t.key(), t.value()))))),
        Err(e) if e.is(NO_SUCH_BUCKET) => Ok(None),
        Err(e) if e.is_any(&["NoSuchTagSet", "NoSuchTagSetError"]) => Ok(Some(TagMap::new())),
        Err(e) => Err(e.during(format!("listing tags for S3 Bucket ({name})"))),
    }
}

async fn put_tags(cx: &Context<Aws>, name: &str, tags: &TagMap) -> Result<(), Diagnostics> {
    let what = format!("updating S3 Bucket ({name}) tags");
    let client = s3(cx.client());
    if tags.is_empty() {
        return put!(cx, what, client.delete_bucket_tagging().bucket(name));
    }
    let request = client.put_bucket_tagging().bucket(name).tagging(tagging(tags)?);
    put!(cx, what, request)
}

/// Whether a bucket can be named so.
fn check_name(name: &str, region: &str) -> Result<(), String> {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_address = name.split('.').count() == 4
        && name.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let wrong = if !(3..=63).contains(&name.len()) {
        "has 3 to 63 characters"
    } else if !name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')) {
        "consists of lowercase letters, digits, dots and hyphens"
    } else if !ends(name.chars().next()) || !ends(name.chars().last()) {
        "begins and ends with a letter or a digit"
    } else if name.contains("..") {
        "has no two dots in a row"
    } else if is_address {
        "does not look like an IP address"
    } else if name.starts_with("xn--") || name.starts_with("sthree-") {
        "does not begin with \"xn--\" or \"sthree-\""
    } else if ["-s3alias", "--ol-s3", ".mrap", "--x-s3"].iter().any(|s| name.ends_with(s)) {
        "does not end with \"-s3alias\", \"--ol-s3\", \".mrap\" or \"--x-s3\""
    } else {
        return Ok(());
    };
    Err(format!("S3 refuses the name {name:?} in {region}: the name of a bucket {wrong}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for name in ["abc", "a.b-c", "0aa", "1.2.3", "a".repeat(63).as_str()] {
            assert_eq!(check_name(name, "eu-west-1"), Ok(()), "{name}");
        }
        let long = "a".repeat(64);
        for name in
            ["ab", &long, "A.b", "a_b", "-ab", "ab.", "a..b", "10.0.0.1", "xn--a", "a--x-s3"]
        {
            assert!(check_name(name, "eu-west-1").is_err(), "{name}");
        }
    }

    mod requests {
        use super::*;
        use groma_aws_core::testing::{Answer, Fake};

        fn named(name: &str) -> S3Bucket {
            S3Bucket { bucket: name.into(), ..Default::default() }
        }

        #[tokio::test]
        async fn a_bucket_that_has_been_there_is_not_taken_over() {
            let fake = Fake::new();
            fake.on("HEAD /b/", |_| Answer::empty());
            fake.on("HEAD /b", |_| Answer::empty());
            let made = make(&fake.context(), &named("b"), &named("b"), "b").await;
            assert!(made.is_err_and(|d| d.to_string().contains("BucketAlreadyExists")));
        }

        #[tokio::test]
        async fn a_create_whose_answer_was_lost_is_ours() {
            let fake = Fake::new();
            for path in ["/b/", "/b"] {
                let head = format!("HEAD {path}");
                fake.on(&head, |_| Answer::s3_error(404, "NotFound", ""));
                let put = format!("PUT {path}");
                fake.once(&put, |_| Answer::lost());
                fake.on(&put, |_| Answer::s3_error(409, "BucketAlreadyOwnedByYou", "yours"));
            }
            let made = make(&fake.context(), &named("b"), &named("b"), "b").await;
            assert!(made.is_ok(), "{made:?}");
        }
    }
}
