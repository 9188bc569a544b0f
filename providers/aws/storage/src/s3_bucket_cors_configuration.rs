//! `aws_s3_bucket_cors_configuration`: which origins may use a bucket.

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::model::checks::{each, length, one_of};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Model, Set, async_trait};

use crate::s3::{NO_SUCH_BUCKET, Place, appeared, built, put, s3};

/// Which origins may use a bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketCorsConfiguration {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[block(set, min = 1, max = 100)]
    pub(crate) cors_rule: Blocks<S3CorsRule>,
}

/// The `cors_rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3CorsRule {
    #[attr(optional)]
    pub(crate) allowed_headers: Attr<Set<String>>,
    #[attr(required, check = each(one_of(METHODS)))]
    pub(crate) allowed_methods: Attr<Set<String>>,
    #[attr(required)]
    pub(crate) allowed_origins: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) expose_headers: Attr<Set<String>>,
    #[attr(optional, check = length(0, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) max_age_seconds: Attr<i64>,
}

/// Methods of which S3 takes rules.
pub(crate) const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];

/// The type.
pub(crate) struct CorsResource;

#[async_trait]
impl Managed<Aws> for CorsResource {
    type Model = S3BucketCorsConfiguration;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_cors_configuration"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketCorsConfiguration,
        planned: S3BucketCorsConfiguration,
    ) -> Result<S3BucketCorsConfiguration, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, wanted(&planned.cors_rule)?).await?;
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        let what = format!("CORS configuration of S3 Bucket ({place})");
        appeared(cx, what, || find(cx, &place)).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketCorsConfiguration,
    ) -> Result<Option<S3BucketCorsConfiguration>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        state.cors_rule = found.iter().map(recorded).collect();
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketCorsConfiguration,
        _config: S3BucketCorsConfiguration,
        planned: S3BucketCorsConfiguration,
    ) -> Result<S3BucketCorsConfiguration, Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        set(cx, &place, wanted(&planned.cors_rule)?).await?;
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketCorsConfiguration,
    ) -> Result<(), Diagnostics> {
        remove(cx, &Place::parse(prior.id.text())?).await
    }
}

const NONE: &str = "NoSuchCORSConfiguration";

fn wanted(rules: &[S3CorsRule]) -> Result<Vec<CorsRule>, Diagnostics> {
    let list = |set: &Attr<Set<String>>| {
        set.get().filter(|set| !set.is_empty()).map(|set| set.iter().cloned().collect())
    };
    let rules = rules.iter().map(|rule| {
        let builder = CorsRule::builder()
            .set_allowed_headers(list(&rule.allowed_headers))
            .set_allowed_methods(list(&rule.allowed_methods))
            .set_allowed_origins(list(&rule.allowed_origins))
            .set_expose_headers(list(&rule.expose_headers))
            .set_id(rule.id.to_filled())
            .set_max_age_seconds(rule.max_age_seconds.to_i32());
        built(builder.build())
    });
    rules.collect()
}

/// Sets the rules of a bucket.
pub(crate) async fn set(
    cx: &Context<Aws>,
    place: &Place,
    rules: Vec<CorsRule>,
) -> Result<(), Diagnostics> {
    let configuration = CorsConfiguration::builder().set_cors_rules(Some(rules));
    let request = s3(cx.client())
        .put_bucket_cors()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .cors_configuration(built(configuration.build())?);
    put!(cx, format!("putting S3 Bucket CORS Configuration ({place})"), request)
}

/// Removes the rules of a bucket.
pub(crate) async fn remove(cx: &Context<Aws>, place: &Place) -> Result<(), Diagnostics> {
    let request = s3(cx.client())
        .delete_bucket_cors()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let deleted = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
    let what = format!("deleting S3 Bucket CORS Configuration ({place})");
    deleted.map(drop).map_err(|e| e.during(what))
}

/// The rules of a bucket; `None` if there are none.
pub(crate) async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<Vec<CorsRule>>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_cors()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
    let found =
        found.map_err(|e| e.during(format!("reading S3 Bucket CORS Configuration ({place})")))?;
    Ok(found.and_then(|found| found.cors_rules).filter(|rules| !rules.is_empty()))
}

fn recorded(rule: &CorsRule) -> S3CorsRule {
    let set = |list: &[String]| match list.is_empty() {
        true => Attr::Null,
        false => Attr::Known(list.iter().cloned().collect::<Set<String>>()),
    };
    S3CorsRule {
        allowed_headers: set(rule.allowed_headers()),
        allowed_methods: set(rule.allowed_methods()),
        allowed_origins: set(rule.allowed_origins()),
        expose_headers: set(rule.expose_headers()),
        id: Attr::of_filled(rule.id()),
        max_age_seconds: rule.max_age_seconds().into(),
    }
}
