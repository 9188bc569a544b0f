//! `aws_s3_bucket_ownership_controls`: who owns the objects of a bucket.

use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls, OwnershipControlsRule};
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::model::checks::one_of;
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Model, async_trait};

use crate::s3::{NO_SUCH_BUCKET, appeared, built, patiently, put, s3};

/// Who owns the objects of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketOwnershipControls {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) bucket: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) rule: Blocks<S3BucketOwnershipControlsRule>,
}

/// The `rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketOwnershipControlsRule {
    #[attr(required, check = one_of(&["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"]))]
    pub(crate) object_ownership: Attr<String>,
}

/// The type.
pub(crate) struct OwnershipControlsResource;

#[async_trait]
impl Managed<Aws> for OwnershipControlsResource {
    type Model = S3BucketOwnershipControls;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_ownership_controls"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketOwnershipControls,
        planned: S3BucketOwnershipControls,
    ) -> Result<S3BucketOwnershipControls, Diagnostics> {
        let bucket = planned.bucket.text().to_owned();
        set(cx, &bucket, &planned).await?;
        let mut state = planned;
        state.id = bucket.clone().into();
        cx.keep_model(&state);
        let what = format!("ownership controls of S3 Bucket ({bucket})");
        appeared(cx, what, || find(cx, &bucket)).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketOwnershipControls,
    ) -> Result<Option<S3BucketOwnershipControls>, Diagnostics> {
        let bucket = state.id.text().to_owned();
        let Some(found) = find(cx, &bucket).await? else { return Ok(None) };
        state.rule = Blocks::one(S3BucketOwnershipControlsRule { object_ownership: found.into() });
        state.bucket = bucket.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketOwnershipControls,
        _config: S3BucketOwnershipControls,
        planned: S3BucketOwnershipControls,
    ) -> Result<S3BucketOwnershipControls, Diagnostics> {
        set(cx, prior.id.text(), &planned).await?;
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketOwnershipControls,
    ) -> Result<(), Diagnostics> {
        let bucket = prior.id.text();
        let client = s3(cx.client());
        let what = format!("deleting S3 Bucket Ownership Controls ({bucket})");
        // Changes of a bucket's policy that are under way get into each other's way.
        let deleted = patiently(cx, what, || async {
            let deleted = client.delete_bucket_ownership_controls().bucket(bucket).send().await;
            deleted.unless(&[NO_SUCH_BUCKET, NONE])
        });
        deleted.await.map(drop)
    }
}

const NONE: &str = "OwnershipControlsNotFoundError";

async fn set(
    cx: &Context<Aws>,
    bucket: &str,
    model: &S3BucketOwnershipControls,
) -> Result<(), Diagnostics> {
    let ownership = model.rule.first().map(|r| r.object_ownership.text()).unwrap_or_default();
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(ownership));
    let controls = OwnershipControls::builder().rules(built(rule.build())?);
    let request = s3(cx.client())
        .put_bucket_ownership_controls()
        .bucket(bucket)
        .ownership_controls(built(controls.build())?);
    put!(cx, format!("putting S3 Bucket Ownership Controls ({bucket})"), request)
}

async fn find(cx: &Context<Aws>, bucket: &str) -> Result<Option<String>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_ownership_controls().bucket(bucket).send().await;
    let found = found.unless(&[NO_SUCH_BUCKET, NONE]);
    let found =
        found.map_err(|e| e.during(format!("reading S3 Bucket Ownership Controls ({bucket})")))?;
    let controls = found.and_then(|found| found.ownership_controls);
    Ok(controls.and_then(|c| Some(c.rules().first()?.object_ownership().as_str().to_owned())))
}
