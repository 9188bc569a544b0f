//! `aws_s3_bucket_website_configuration`: how a bucket serves a website.

use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    Condition, ErrorDocument, IndexDocument, Protocol, Redirect, RedirectAllRequestsTo,
    RoutingRule, WebsiteConfiguration,
};
use groma_aws_core::{Aws, Outcome as _, checks, same_json};
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::s3::{NO_SUCH_BUCKET, Place, appeared, built, put, s3, website_domain};
use crate::website;

/// How a bucket serves a website.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfiguration {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) routing_rules: Attr<String>,
    #[attr(computed)]
    pub(crate) website_domain: Attr<String>,
    #[attr(computed)]
    pub(crate) website_endpoint: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) error_document: Blocks<S3BucketWebsiteConfigurationErrorDocument>,
    #[block(list, max = 1)]
    pub(crate) index_document: Blocks<S3BucketWebsiteConfigurationIndexDocument>,
    #[block(list, max = 1)]
    pub(crate) redirect_all_requests_to: Blocks<S3BucketWebsiteConfigurationRedirectAllRequestsTo>,
    #[block(list, computed)]
    pub(crate) routing_rule: Blocks<S3BucketWebsiteConfigurationRoutingRule>,
}

/// The `routing_rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationRoutingRule {
    #[block(list, max = 1)]
    pub(crate) condition: Blocks<S3BucketWebsiteConfigurationCondition>,
    #[block(list, min = 1, max = 1)]
    pub(crate) redirect: Blocks<S3BucketWebsiteConfigurationRedirect>,
}

/// The `routing_rule.redirect` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationRedirect {
    #[attr(optional)]
    pub(crate) host_name: Attr<String>,
    #[attr(optional)]
    pub(crate) http_redirect_code: Attr<String>,
    #[attr(optional, check = one_of(&["http", "https"]))]
    pub(crate) protocol: Attr<String>,
    #[attr(optional)]
    pub(crate) replace_key_prefix_with: Attr<String>,
    #[attr(optional)]
    pub(crate) replace_key_with: Attr<String>,
}

/// The `routing_rule.condition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationCondition {
    #[attr(optional)]
    pub(crate) http_error_code_returned_equals: Attr<String>,
    #[attr(optional)]
    pub(crate) key_prefix_equals: Attr<String>,
}

/// The `redirect_all_requests_to` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationRedirectAllRequestsTo {
    #[attr(required)]
    pub(crate) host_name: Attr<String>,
    #[attr(optional, check = one_of(&["http", "https"]))]
    pub(crate) protocol: Attr<String>,
}

/// The `index_document` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationIndexDocument {
    #[attr(required)]
    pub(crate) suffix: Attr<String>,
}

/// The `error_document` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsiteConfigurationErrorDocument {
    #[attr(required)]
    pub(crate) key: Attr<String>,
}

/// The type.
pub(crate) struct WebsiteResource;

#[async_trait]
impl Managed<Aws> for WebsiteResource {
    type Model = S3BucketWebsiteConfiguration;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_website_configuration"
    }

    fn validate(&self, config: &S3BucketWebsiteConfiguration, problems: &mut Problems) {
        let has = |blocks: bool| !blocks;
        let redirects = has(config.redirect_all_requests_to.is_empty());
        let rules = has(config.routing_rule.is_empty());
        for other in [
            ("error_document", has(config.error_document.is_empty())),
            ("index_document", has(config.index_document.is_empty())),
            ("routing_rule", rules),
            ("routing_rules", !config.routing_rules.is_null()),
        ] {
            problems.conflict(("redirect_all_requests_to", redirects), other);
        }
        problems
            .conflict(("routing_rule", rules), ("routing_rules", !config.routing_rules.is_null()));
        let unknown =
            config.redirect_all_requests_to.is_unknown() || config.index_document.is_unknown();
        if !unknown && !redirects && config.index_document.is_empty() {
            problems.error(
                "index_document",
                "Missing required argument",
                "A website has an \"index_document\", unless it is \"redirect_all_requests_to\" \
                 another host.",
            );
        }
        for index in &config.index_document {
            if let Some(suffix) = index.suffix.as_str().filter(|s| s.is_empty() || s.contains('/'))
            {
                let why = format!(
                    "It must be a name without slashes, such as index.html, not {suffix:?}."
                );
                problems.check("index_document.0.suffix", Err(why));
            }
        }
        if let Some(rules) = config.routing_rules.filled()
            && let Err(invalid) = website::parsed(rules)
        {
            let why = invalid.iter().map(|d| d.detail.clone()).collect::<String>();
            problems.check("routing_rules", Err(why));
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<S3BucketWebsiteConfiguration>,
    ) -> Result<(), Diagnostics> {
        // Each form follows from the other.
        let (config, planned) = (&change.config, &mut change.planned);
        let Some(prior) = &change.prior else { return Ok(()) };
        if !config.routing_rule.is_empty() && planned.routing_rule != prior.routing_rule {
            planned.routing_rules = Attr::Unknown;
        }
        if config.routing_rules.is_known() && planned.routing_rules != prior.routing_rules {
            planned.routing_rule = Blocks::unknown();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: S3BucketWebsiteConfiguration,
        planned: S3BucketWebsiteConfiguration,
    ) -> Result<S3BucketWebsiteConfiguration, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, wanted(&config, &planned)?).await?;
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        let what = format!("website configuration of S3 Bucket ({place})");
        let found = appeared(cx, what, || find(cx, &place)).await?;
        record(&mut state, &found);
        endpoints(cx, &place, &mut state).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketWebsiteConfiguration,
    ) -> Result<Option<S3BucketWebsiteConfiguration>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        record(&mut state, &found);
        endpoints(cx, &place, &mut state).await?;
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketWebsiteConfiguration,
        config: S3BucketWebsiteConfiguration,
        planned: S3BucketWebsiteConfiguration,
    ) -> Result<S3BucketWebsiteConfiguration, Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        let wanted = wanted(&config, &planned)?;
        let rules = wanted.routing_rules().to_vec();
        set(cx, &place, wanted).await?;
        let mut state = planned;
        // As it was put: what is read now may still be what was there before.
        record_rules(&mut state, &rules);
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketWebsiteConfiguration,
    ) -> Result<(), Diagnostics> {
        remove(cx, &Place::parse(prior.id.text())?).await
    }
}

const NONE: &str = "NoSuchWebsiteConfiguration";

fn wanted(
    config: &S3BucketWebsiteConfiguration,
    planned: &S3BucketWebsiteConfiguration,
) -> Result<WebsiteConfiguration, Diagnostics> {
    let mut builder = WebsiteConfiguration::builder();
    if let Some(error) = planned.error_document.first() {
        let error = ErrorDocument::builder().key(error.key.text()).build();
        builder = builder.error_document(built(error)?);
    }
    if let Some(index) = planned.index_document.first() {
        let index = IndexDocument::builder().suffix(index.suffix.text()).build();
        builder = builder.index_document(built(index)?);
    }
    if let Some(redirect) = planned.redirect_all_requests_to.first() {
        let redirect = RedirectAllRequestsTo::builder()
            .host_name(redirect.host_name.text())
            .set_protocol(redirect.protocol.filled().map(Protocol::from));
        builder = builder.redirect_all_requests_to(built(redirect.build())?);
    }
    // What is configured counts; where nothing is, it is what was there.
    let rules = match config.routing_rules.filled() {
        Some(rules) => website::parsed(rules)?,
        None => planned.routing_rule.iter().map(wanted_rule).collect(),
    };
    Ok(builder.set_routing_rules((!rules.is_empty()).then_some(rules)).build())
}

fn wanted_rule(rule: &S3BucketWebsiteConfigurationRoutingRule) -> RoutingRule {
    let condition = rule.condition.first().map(|condition| {
        let code = condition.http_error_code_returned_equals.to_filled();
        Condition::builder()
            .set_http_error_code_returned_equals(code)
            .set_key_prefix_equals(condition.key_prefix_equals.to_filled())
            .build()
    });
    let redirect = rule.redirect.first().map(|redirect| {
        Redirect::builder()
            .set_host_name(redirect.host_name.to_filled())
            .set_http_redirect_code(redirect.http_redirect_code.to_filled())
            .set_protocol(redirect.protocol.filled().map(Protocol::from))
            .set_replace_key_prefix_with(redirect.replace_key_prefix_with.to_filled())
            .set_replace_key_with(redirect.replace_key_with.to_filled())
            .build()
    });
    RoutingRule::builder().set_condition(condition).set_redirect(redirect).build()
}

/// Sets the website of a bucket.
pub(crate) async fn set(
    cx: &Context<Aws>,
    place: &Place,
    configuration: WebsiteConfiguration,
) -> Result<(), Diagnostics> {
    let request = s3(cx.client())
        .put_bucket_website()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .website_configuration(configuration);
    put!(cx, format!("putting S3 Bucket Website Configuration ({place})"), request)
}

/// Removes the website of a bucket.
pub(crate) async fn remove(cx: &Context<Aws>, place: &Place) -> Result<(), Diagnostics> {
    let request = s3(cx.client())
        .delete_bucket_website()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let deleted = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
    let what = format!("deleting S3 Bucket Website Configuration ({place})");
    deleted.map(drop).map_err(|e| e.during(what))
}

/// The website of a bucket.
pub(crate) async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<GetBucketWebsiteOutput>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_website()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
    found.map_err(|e| e.during(format!("reading S3 Bucket Website Configuration ({place})")))
}

fn record(model: &mut S3BucketWebsiteConfiguration, found: &GetBucketWebsiteOutput) {
    let error = found
        .error_document()
        .map(|d| S3BucketWebsiteConfigurationErrorDocument { key: Attr::of_filled(Some(d.key())) });
    model.error_document = error.into();
    let index = found.index_document().map(|d| S3BucketWebsiteConfigurationIndexDocument {
        suffix: Attr::of_filled(Some(d.suffix())),
    });
    model.index_document = index.into();
    let redirect = found.redirect_all_requests_to().map(|r| {
        S3BucketWebsiteConfigurationRedirectAllRequestsTo {
            host_name: Attr::of_filled(Some(r.host_name())),
            protocol: Attr::of_filled(r.protocol().map(|p| p.as_str())),
        }
    });
    model.redirect_all_requests_to = redirect.into();
    record_rules(model, found.routing_rules());
}

fn record_rules(model: &mut S3BucketWebsiteConfiguration, rules: &[RoutingRule]) {
    model.routing_rule = rules.iter().map(recorded_rule).collect();
    let written = (!rules.is_empty()).then(|| website::written(rules));
    // The words of the configuration, where they say the same.
    let same = |known: &String| written.as_ref().is_some_and(|w| same_json(known, w));
    if !model.routing_rules.get().is_some_and(same) {
        model.routing_rules = written.into();
    }
}

fn recorded_rule(rule: &RoutingRule) -> S3BucketWebsiteConfigurationRoutingRule {
    let condition = rule.condition().map(|c| S3BucketWebsiteConfigurationCondition {
        http_error_code_returned_equals: Attr::of_filled(c.http_error_code_returned_equals()),
        key_prefix_equals: Attr::of_filled(c.key_prefix_equals()),
    });
    let redirect = rule.redirect().map(|r| S3BucketWebsiteConfigurationRedirect {
        host_name: Attr::of_filled(r.host_name()),
        http_redirect_code: Attr::of_filled(r.http_redirect_code()),
        protocol: Attr::of_filled(r.protocol().map(|p| p.as_str())),
        replace_key_prefix_with: Attr::of_filled(r.replace_key_prefix_with()),
        replace_key_with: Attr::of_filled(r.replace_key_with()),
    });
    S3BucketWebsiteConfigurationRoutingRule {
        condition: condition.into(),
        redirect: redirect.into(),
    }
}

/// Where the website is, which is a matter of the bucket's region.
async fn endpoints(
    cx: &Context<Aws>,
    place: &Place,
    model: &mut S3BucketWebsiteConfiguration,
) -> Result<(), Diagnostics> {
    if model.website_endpoint.filled().is_some() {
        return Ok(());
    }
    let request = s3(cx.client())
        .get_bucket_location()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.typed();
    let found = found.map_err(|e| e.during(format!("reading S3 Bucket ({place}) Location")))?;
    let region = match found.location_constraint().map(|c| c.as_str()) {
        // The oldest regions have names of their own here.
        None | Some("" | "null") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    };
    let domain = website_domain(cx.client(), region);
    model.website_endpoint = format!("{}.{domain}", place.bucket).into();
    model.website_domain = domain.into();
    Ok(())
}
