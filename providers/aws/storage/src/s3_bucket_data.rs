//! `aws_s3_bucket`, the data source.

use groma_aws_core::Aws;
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, async_trait};

use crate::s3::{Place, hosted_zone, website_domain};
use crate::{s3_bucket, s3_bucket_website_configuration as websites};

/// The arguments and attributes of `aws_s3_bucket`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    #[attr(computed)]
    pub(crate) bucket_domain_name: Attr<String>,
    #[attr(computed)]
    pub(crate) bucket_regional_domain_name: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(computed)]
    pub(crate) region: Attr<String>,
    #[attr(computed)]
    pub(crate) website_domain: Attr<String>,
    #[attr(computed)]
    pub(crate) website_endpoint: Attr<String>,
}

/// The data source.
pub(crate) struct BucketLookup;

#[async_trait]
impl Lookup<Aws> for BucketLookup {
    type Model = S3BucketData;

    fn name(&self) -> &'static str {
        "aws_s3_bucket"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: S3BucketData,
    ) -> Result<S3BucketData, Diagnostics> {
        let aws = cx.client();
        let name = config.bucket.text().to_owned();
        let Some(location) = s3_bucket::location(cx, &name).await? else {
            return Err(Diagnostic::error(
                format!("reading S3 Bucket ({name}): couldn't find resource"),
                "There is no bucket of this name. Names are looked up when the data source is \
                 read, which may be before a bucket of this configuration is created: refer to \
                 its \"id\" instead of repeating its name.",
            )
            .into());
        };
        let (suffix, region) = (aws.partition().dns_suffix, &location.region);
        let mut found = config;
        found.id = name.clone().into();
        found.arn = s3_bucket::arn(aws, &name).into();
        found.region = region.clone().into();
        found.bucket_domain_name = format!("{name}.s3.{suffix}").into();
        found.bucket_regional_domain_name = format!("{name}.s3.{region}.{suffix}").into();
        found.hosted_zone_id = hosted_zone(region).into();
        let place = Place { bucket: name.clone(), owner: None };
        if websites::find(cx, &place).await?.is_some() {
            let domain = website_domain(aws, region);
            found.website_endpoint = format!("{name}.{domain}").into();
            found.website_domain = domain.into();
        }
        Ok(found)
    }
}
