//! Deleting an object.

use aws_sdk_s3::types::{ObjectLockLegalHold, ObjectLockLegalHoldStatus};
use groma_aws_core::{Aws, Error, Outcome as _};
use groma_sdk::{Context, Diagnostics};

use crate::s3::{NO_SUCH_BUCKET, s3};

/// Whether it is the object that is missing.
pub(super) fn is_gone(e: &Error) -> bool {
    e.is_any(&[NO_SUCH_BUCKET, "NoSuchKey", "NoSuchVersion"]) || e.is_not_found()
}

/// Deletes an object with all its versions.
pub(super) async fn versions(
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
        for (_, one) in versions.chain(markers).filter(|(k, _)| *k == Some(key)) {
            version(cx, bucket, key, one, force).await?;
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

/// Deletes an object, or one version of it.
pub(super) async fn version(
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
