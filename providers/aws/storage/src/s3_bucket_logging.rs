//! `aws_s3_bucket_logging`: where requests to a bucket are logged.

use aws_sdk_s3::types::{
    BucketLoggingStatus, BucketLogsPermission, LoggingEnabled, PartitionDateSource,
    PartitionedPrefix, SimplePrefix, TargetGrant, TargetObjectKeyFormat,
};
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Model, Problems, async_trait};

use crate::grants::{self, S3Grantee, check_grantee};
use crate::s3::{NO_SUCH_BUCKET, Place, appeared, built, put, s3};

/// Where requests to a bucket are logged.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketLogging {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[attr(required)]
    pub(crate) target_bucket: Attr<String>,
    #[attr(required)]
    pub(crate) target_prefix: Attr<String>,
    #[block(set)]
    pub(crate) target_grant: Blocks<S3LoggingGrant>,
    #[block(list, max = 1)]
    pub(crate) target_object_key_format: Blocks<S3LoggingKeyFormat>,
}

/// The `target_object_key_format` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3LoggingKeyFormat {
    #[block(list, max = 1)]
    pub(crate) partitioned_prefix: Blocks<S3LoggingPartitionedPrefix>,
    #[block(list, max = 1)]
    pub(crate) simple_prefix: Blocks<S3LoggingSimplePrefix>,
}

/// The `target_object_key_format.simple_prefix` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3LoggingSimplePrefix {}

/// The `target_object_key_format.partitioned_prefix` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3LoggingPartitionedPrefix {
    #[attr(required, check = one_of(&["EventTime", "DeliveryTime"]))]
    pub(crate) partition_date_source: Attr<String>,
}

/// The `target_grant` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3LoggingGrant {
    #[attr(required, check = one_of(&["FULL_CONTROL", "READ", "WRITE"]))]
    pub(crate) permission: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) grantee: Blocks<S3Grantee>,
}

/// The type.
pub(crate) struct LoggingResource;

#[async_trait]
impl Managed<Aws> for LoggingResource {
    type Model = S3BucketLogging;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_logging"
    }

    fn validate(&self, config: &S3BucketLogging, problems: &mut Problems) {
        for format in &config.target_object_key_format {
            problems.within("target_object_key_format.0", |problems| {
                problems.conflict(
                    ("partitioned_prefix", !format.partitioned_prefix.is_empty()),
                    ("simple_prefix", !format.simple_prefix.is_empty()),
                );
            });
        }
        for grantee in config.target_grant.iter().flat_map(|g| g.grantee.iter()) {
            check_grantee("target_grant", grantee, problems);
        }
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketLogging,
        planned: S3BucketLogging,
    ) -> Result<S3BucketLogging, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, Some(wanted(&planned)?)).await?;
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        let what = format!("logging of S3 Bucket ({place})");
        let found = appeared(cx, what, || find(cx, &place)).await?;
        record(&mut state, &found);
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketLogging,
    ) -> Result<Option<S3BucketLogging>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        record(&mut state, &found);
        state.target_bucket = found.target_bucket.into();
        state.target_prefix = found.target_prefix.into();
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketLogging,
        _config: S3BucketLogging,
        planned: S3BucketLogging,
    ) -> Result<S3BucketLogging, Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        set(cx, &place, Some(wanted(&planned)?)).await?;
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: S3BucketLogging) -> Result<(), Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        match find(cx, &place).await? {
            Some(_) => set(cx, &place, None).await,
            None => Ok(()),
        }
    }
}

fn wanted(model: &S3BucketLogging) -> Result<LoggingEnabled, Diagnostics> {
    let mut builder = LoggingEnabled::builder()
        .target_bucket(model.target_bucket.text())
        .target_prefix(model.target_prefix.text());
    for grant in &model.target_grant {
        let permission = BucketLogsPermission::from(grant.permission.text());
        let grantee = grants::wanted(&grant.grantee)?;
        let grant = TargetGrant::builder().permission(permission).set_grantee(grantee);
        builder = builder.target_grants(grant.build());
    }
    if let Some(format) = model.target_object_key_format.first() {
        let partitioned = format.partitioned_prefix.first().map(|prefix| {
            let source = PartitionDateSource::from(prefix.partition_date_source.text());
            PartitionedPrefix::builder().partition_date_source(source).build()
        });
        let simple = format.simple_prefix.first().map(|_| SimplePrefix::builder().build());
        let format = TargetObjectKeyFormat::builder()
            .set_partitioned_prefix(partitioned)
            .set_simple_prefix(simple);
        builder = builder.target_object_key_format(format.build());
    }
    built(builder.build())
}

/// Sets where to log; nowhere with `None`.
pub(crate) async fn set(
    cx: &Context<Aws>,
    place: &Place,
    logging: Option<LoggingEnabled>,
) -> Result<(), Diagnostics> {
    let status = BucketLoggingStatus::builder().set_logging_enabled(logging).build();
    let request = s3(cx.client())
        .put_bucket_logging()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .bucket_logging_status(status);
    put!(cx, format!("putting S3 Bucket Logging ({place})"), request)
}

/// Where requests are logged; `None` for nowhere.
pub(crate) async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<LoggingEnabled>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_logging()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET]);
    let found = found.map_err(|e| e.during(format!("reading S3 Bucket Logging ({place})")))?;
    Ok(found.and_then(|found| found.logging_enabled))
}

fn record(model: &mut S3BucketLogging, found: &LoggingEnabled) {
    let grants = found.target_grants().iter().map(|grant| S3LoggingGrant {
        permission: Attr::of_filled(grant.permission().map(|p| p.as_str())),
        grantee: grants::recorded(grant.grantee()),
    });
    model.target_grant = grants.collect();
    let format = found.target_object_key_format().map(|format| S3LoggingKeyFormat {
        partitioned_prefix: format
            .partitioned_prefix()
            .map(|prefix| S3LoggingPartitionedPrefix {
                partition_date_source: Attr::of_filled(
                    prefix.partition_date_source().map(|s| s.as_str()),
                ),
            })
            .into(),
        simple_prefix: format.simple_prefix().map(|_| S3LoggingSimplePrefix {}).into(),
    });
    model.target_object_key_format = format.into();
}
