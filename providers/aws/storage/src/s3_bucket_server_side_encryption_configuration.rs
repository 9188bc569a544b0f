//! `aws_s3_bucket_server_side_encryption_configuration`: how a bucket encrypts by default.

use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Model, Problems, async_trait};

use crate::s3::{NO_SUCH_BUCKET, Place, appeared, built, put, s3};

/// How a bucket encrypts by default.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketServerSideEncryptionConfiguration {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[block(set, min = 1)]
    pub(crate) rule: Blocks<EncryptionRule>,
}

/// The `rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EncryptionRule {
    #[attr(optional)]
    pub(crate) bucket_key_enabled: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) apply_server_side_encryption_by_default: Blocks<EncryptionByDefault>,
}

/// The `rule.apply_server_side_encryption_by_default` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EncryptionByDefault {
    #[attr(optional)]
    pub(crate) kms_master_key_id: Attr<String>,
    #[attr(required, check = one_of(&["AES256", "aws:kms", "aws:kms:dsse"]))]
    pub(crate) sse_algorithm: Attr<String>,
}

/// The type.
pub(crate) struct EncryptionResource;

#[async_trait]
impl Managed<Aws> for EncryptionResource {
    type Model = S3BucketServerSideEncryptionConfiguration;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_server_side_encryption_configuration"
    }

    fn validate(
        &self,
        config: &S3BucketServerSideEncryptionConfiguration,
        problems: &mut Problems,
    ) {
        for rule in &config.rule {
            let default = rule.apply_server_side_encryption_by_default.first();
            if default.is_some_and(|d| {
                d.kms_master_key_id.filled().is_some() && d.sse_algorithm.text() == "AES256"
            }) {
                problems.error(
                    "rule",
                    "KMS key without KMS encryption",
                    "\"kms_master_key_id\" is for the algorithms \"aws:kms\" and \"aws:kms:dsse\"; \
                     S3 refuses it with \"AES256\", which has no key of yours.",
                );
            }
        }
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketServerSideEncryptionConfiguration,
        planned: S3BucketServerSideEncryptionConfiguration,
    ) -> Result<S3BucketServerSideEncryptionConfiguration, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, &planned.rule).await?;
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        let what = format!("encryption configuration of S3 Bucket ({place})");
        appeared(cx, what, || find(cx, &place)).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketServerSideEncryptionConfiguration,
    ) -> Result<Option<S3BucketServerSideEncryptionConfiguration>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        state.rule = recorded(&found);
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketServerSideEncryptionConfiguration,
        _config: S3BucketServerSideEncryptionConfiguration,
        planned: S3BucketServerSideEncryptionConfiguration,
    ) -> Result<S3BucketServerSideEncryptionConfiguration, Diagnostics> {
        set(cx, &Place::parse(prior.id.text())?, &planned.rule).await?;
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketServerSideEncryptionConfiguration,
    ) -> Result<(), Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        let request = s3(cx.client())
            .delete_bucket_encryption()
            .bucket(&place.bucket)
            .set_expected_bucket_owner(place.owner.clone());
        let deleted = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
        let what = format!("deleting S3 Bucket Server-side Encryption Configuration ({place})");
        deleted.map(drop).map_err(|e| e.during(what))
    }
}

const NONE: &str = "ServerSideEncryptionConfigurationNotFoundError";

/// Sets the rules of a bucket.
pub(crate) async fn set(
    cx: &Context<Aws>,
    place: &Place,
    rules: &[EncryptionRule],
) -> Result<(), Diagnostics> {
    let mut configuration = ServerSideEncryptionConfiguration::builder();
    for rule in rules {
        let mut builder = ServerSideEncryptionRule::builder()
            .set_bucket_key_enabled(rule.bucket_key_enabled.cloned());
        if let Some(default) = rule.apply_server_side_encryption_by_default.first() {
            let default = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::from(default.sse_algorithm.text()))
                .set_kms_master_key_id(default.kms_master_key_id.to_filled());
            builder = builder.apply_server_side_encryption_by_default(built(default.build())?);
        }
        configuration = configuration.rules(builder.build());
    }
    let request = s3(cx.client())
        .put_bucket_encryption()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .server_side_encryption_configuration(built(configuration.build())?);
    let what = format!("putting S3 Bucket Server-side Encryption Configuration ({place})");
    put!(cx, what, request)
}

/// The rules of a bucket; `None` if it or they are not there.
pub(crate) async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<ServerSideEncryptionConfiguration>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_encryption()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]).map_err(|e| {
        e.during(format!("reading S3 Bucket Server-side Encryption Configuration ({place})"))
    })?;
    Ok(found.and_then(|found| found.server_side_encryption_configuration))
}

/// The rules as they are recorded.
pub(crate) fn recorded(found: &ServerSideEncryptionConfiguration) -> Blocks<EncryptionRule> {
    let default = |default: &ServerSideEncryptionByDefault| EncryptionByDefault {
        kms_master_key_id: Attr::of_filled(default.kms_master_key_id()),
        sse_algorithm: default.sse_algorithm().as_str().into(),
    };
    let rules = found.rules().iter().map(|rule| EncryptionRule {
        bucket_key_enabled: rule.bucket_key_enabled().into(),
        apply_server_side_encryption_by_default: rule
            .apply_server_side_encryption_by_default()
            .map(default)
            .into(),
    });
    rules.collect()
}
