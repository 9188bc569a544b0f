//! `aws_s3_bucket_policy`: the policy of a bucket.

use groma_aws_core::{Aws, Outcome as _, checks, policy_to_record, same_policy};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, async_trait};

use crate::s3::{NO_SUCH_BUCKET, appeared, put, s3};

/// The policy of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketPolicy {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace)]
    pub(crate) bucket: Attr<String>,
    /// The document.
    #[attr(required, same = same_policy, check = checks::policy)]
    pub(crate) policy: Attr<String>,
}

/// The type.
pub(crate) struct PolicyResource;

#[async_trait]
impl Managed<Aws> for PolicyResource {
    type Model = S3BucketPolicy;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_policy"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketPolicy,
        planned: S3BucketPolicy,
    ) -> Result<S3BucketPolicy, Diagnostics> {
        let bucket = planned.bucket.text().to_owned();
        set(cx, &bucket, planned.policy.text()).await?;
        let mut state = planned;
        state.id = bucket.clone().into();
        cx.keep_model(&state);
        appeared(cx, format!("policy of S3 Bucket ({bucket})"), || find(cx, &bucket)).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketPolicy,
    ) -> Result<Option<S3BucketPolicy>, Diagnostics> {
        let bucket = state.id.text().to_owned();
        let Some(found) = find(cx, &bucket).await? else { return Ok(None) };
        state.policy = policy_to_record(state.policy.filled(), &found).into();
        state.bucket = bucket.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketPolicy,
        _config: S3BucketPolicy,
        planned: S3BucketPolicy,
    ) -> Result<S3BucketPolicy, Diagnostics> {
        set(cx, prior.id.text(), planned.policy.text()).await?;
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: S3BucketPolicy) -> Result<(), Diagnostics> {
        let bucket = prior.id.text();
        let deleted = s3(cx.client()).delete_bucket_policy().bucket(bucket).send().await;
        let deleted = deleted.unless(&[NO_SUCH_BUCKET, "NoSuchBucketPolicy"]);
        deleted.map(drop).map_err(|e| e.during(format!("deleting S3 Bucket Policy ({bucket})")))
    }
}

async fn set(cx: &Context<Aws>, bucket: &str, policy: &str) -> Result<(), Diagnostics> {
    let request = s3(cx.client()).put_bucket_policy().bucket(bucket).policy(policy);
    put!(cx, format!("putting S3 Bucket ({bucket}) Policy"), request)
}

async fn find(cx: &Context<Aws>, bucket: &str) -> Result<Option<String>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_policy().bucket(bucket).send().await;
    let found = found.unless(&[NO_SUCH_BUCKET, "NoSuchBucketPolicy"]);
    let found = found.map_err(|e| e.during(format!("reading S3 Bucket Policy ({bucket})")))?;
    Ok(found.and_then(|found| found.policy().filter(|p| !p.is_empty()).map(str::to_owned)))
}
