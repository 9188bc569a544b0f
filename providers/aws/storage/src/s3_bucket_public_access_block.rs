//! `aws_s3_bucket_public_access_block`: what public access a bucket refuses.

use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, async_trait};

use crate::s3::{NO_SUCH_BUCKET, appeared, put, s3};

/// What public access a bucket refuses.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketPublicAccessBlock {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) block_public_acls: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) block_public_policy: Attr<bool>,
    #[attr(required, replace)]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) ignore_public_acls: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) restrict_public_buckets: Attr<bool>,
}

/// The type.
pub(crate) struct PublicAccessBlockResource;

#[async_trait]
impl Managed<Aws> for PublicAccessBlockResource {
    type Model = S3BucketPublicAccessBlock;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_public_access_block"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketPublicAccessBlock,
        planned: S3BucketPublicAccessBlock,
    ) -> Result<S3BucketPublicAccessBlock, Diagnostics> {
        let bucket = planned.bucket.text().to_owned();
        set(cx, &bucket, &planned).await?;
        let mut state = planned;
        state.id = bucket.clone().into();
        cx.keep_model(&state);
        settled(cx, &bucket, &state).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketPublicAccessBlock,
    ) -> Result<Option<S3BucketPublicAccessBlock>, Diagnostics> {
        let bucket = state.id.text().to_owned();
        let Some(found) = find(cx, &bucket).await? else { return Ok(None) };
        state.block_public_acls = found.block_public_acls().unwrap_or_default().into();
        state.block_public_policy = found.block_public_policy().unwrap_or_default().into();
        state.ignore_public_acls = found.ignore_public_acls().unwrap_or_default().into();
        state.restrict_public_buckets = found.restrict_public_buckets().unwrap_or_default().into();
        state.bucket = bucket.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketPublicAccessBlock,
        _config: S3BucketPublicAccessBlock,
        planned: S3BucketPublicAccessBlock,
    ) -> Result<S3BucketPublicAccessBlock, Diagnostics> {
        let bucket = prior.id.text();
        set(cx, bucket, &planned).await?;
        settled(cx, bucket, &planned).await?;
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketPublicAccessBlock,
    ) -> Result<(), Diagnostics> {
        let bucket = prior.id.text();
        let deleted = s3(cx.client()).delete_public_access_block().bucket(bucket).send().await;
        let deleted = deleted.unless(&[NO_SUCH_BUCKET, NONE]);
        let what = format!("deleting S3 Bucket Public Access Block ({bucket})");
        deleted.map(drop).map_err(|e| e.during(what))
    }
}

const NONE: &str = "NoSuchPublicAccessBlockConfiguration";

fn wanted(model: &S3BucketPublicAccessBlock) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(model.block_public_acls.is_true())
        .block_public_policy(model.block_public_policy.is_true())
        .ignore_public_acls(model.ignore_public_acls.is_true())
        .restrict_public_buckets(model.restrict_public_buckets.is_true())
        .build()
}

async fn set(
    cx: &Context<Aws>,
    bucket: &str,
    model: &S3BucketPublicAccessBlock,
) -> Result<(), Diagnostics> {
    let request = s3(cx.client())
        .put_public_access_block()
        .bucket(bucket)
        .public_access_block_configuration(wanted(model));
    put!(cx, format!("putting S3 Bucket Public Access Block ({bucket})"), request)
}

/// Looks until the bucket is as it was set: what is public must not be taken for private.
async fn settled(
    cx: &Context<Aws>,
    bucket: &str,
    model: &S3BucketPublicAccessBlock,
) -> Result<(), Diagnostics> {
    let wanted = wanted(model);
    let what = format!("public access block of S3 Bucket ({bucket})");
    appeared(cx, what, || async { Ok(find(cx, bucket).await?.filter(|found| *found == wanted)) })
        .await
        .map(drop)
}

async fn find(
    cx: &Context<Aws>,
    bucket: &str,
) -> Result<Option<PublicAccessBlockConfiguration>, Diagnostics> {
    let found = s3(cx.client()).get_public_access_block().bucket(bucket).send().await;
    let found = found.unless(&[NO_SUCH_BUCKET, NONE]);
    let found =
        found.map_err(|e| e.during(format!("reading S3 Bucket Public Access Block ({bucket})")))?;
    Ok(found.and_then(|found| found.public_access_block_configuration))
}
