//! Emptying a bucket: all objects, all their versions.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use crate::s3::{NO_SUCH_BUCKET, built, s3};

/// Deletes all there is in a bucket. `locked` is for buckets with an object lock, of which those
/// objects can go that may be deleted by whom is allowed to.
pub(crate) async fn empty(
    cx: &Context<Aws>,
    bucket: &str,
    locked: bool,
) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let (mut key, mut version) = (None, None);
    loop {
        let request = client
            .list_object_versions()
            .bucket(bucket)
            .set_key_marker(key)
            .set_version_id_marker(version);
        let page = request.send().await.unless(&[NO_SUCH_BUCKET]);
        let page =
            page.map_err(|e| e.during(format!("listing S3 Bucket ({bucket}) object versions")))?;
        let Some(page) = page else { return Ok(()) };
        let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        let objects = versions.chain(markers).filter_map(|(key, version)| {
            ObjectIdentifier::builder()
                .key(key?)
                .set_version_id(version.map(str::to_owned))
                .build()
                .ok()
        });
        delete(cx, bucket, objects.collect(), locked).await?;
        if !page.is_truncated().unwrap_or_default() {
            return Ok(());
        }
        key = page.next_key_marker;
        version = page.next_version_id_marker;
    }
}

/// Deletes a page of objects.
async fn delete(
    cx: &Context<Aws>,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
    locked: bool,
) -> Result<(), Diagnostics> {
    if objects.is_empty() {
        return Ok(());
    }
    let delete = built(Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
    let request = s3(cx.client())
        .delete_objects()
        .bucket(bucket)
        .delete(delete)
        .set_bypass_governance_retention(locked.then_some(true));
    let done = request.send().await.unless(&[NO_SUCH_BUCKET]);
    let done = done.map_err(|e| e.during(format!("deleting S3 Bucket ({bucket}) objects")))?;
    let errors = done.iter().flat_map(|d| d.errors());
    let errors = errors.filter(|e| e.code() != Some("NoSuchVersion"));
    let told: Vec<String> = errors
        .map(|e| {
            let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
            format!("{}: {}: {}", text(e.key()), text(e.code()), text(e.message()))
        })
        .collect();
    match told.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Diagnostic::error(
            format!("emptying S3 Bucket ({bucket})"),
            format!(
                "{} of its objects cannot be deleted. The first: {first}\n\nAllow it, or delete \
                 them otherwise, and run the command again.",
                told.len()
            ),
        )
        .into()),
    }
}
