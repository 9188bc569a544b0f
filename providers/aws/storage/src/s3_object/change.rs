//! Changing what an object has besides its content: its list, lock and tags.

use aws_sdk_s3::types::{
    ObjectCannedAcl, ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockRetention,
    ObjectLockRetentionMode,
};
use groma_aws_core::{Aws, Outcome as _, TagChange, configured_moment};
use groma_sdk::{Context, Diagnostics};

use super::model::S3Object;
use super::{clean_key, read};
use crate::s3::{s3, tagging};

/// Changes what can be changed without writing the object anew.
pub(super) async fn settings(
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

/// Changes the tags.
pub(super) async fn tags(
    cx: &Context<Aws>,
    model: &S3Object,
    change: TagChange,
) -> Result<(), Diagnostics> {
    // All tags are put at once, those that are not ours with them.
    let mut all = read::tags(cx, model).await?;
    all.retain(|key, _| !change.remove.contains(key));
    all.extend(change.put);
    let (bucket, key) = (model.bucket.text(), clean_key(model.key.text()));
    let client = s3(cx.client());
    let what = format!("updating tags for S3 Object ({key})");
    if all.is_empty() {
        let done = client.delete_object_tagging().bucket(bucket).key(&key).send().await;
        return done.during(what).map(drop);
    }
    let request = client.put_object_tagging().bucket(bucket).key(&key).tagging(tagging(&all)?);
    request.send().await.during(what).map(drop)
}
