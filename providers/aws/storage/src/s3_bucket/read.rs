//! Reading a bucket and all that it has.

use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    CorsRule, LoggingEnabled, ObjectLockConfiguration, ReplicationConfiguration,
    ServerSideEncryptionConfiguration,
};
use groma_aws_core::{Aws, Error, Outcome as _, policy_to_record, record_tags, same_json};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Set};

use super::model::{
    S3Bucket, S3BucketCorsRule, S3BucketDefaultRetention, S3BucketGrant, S3BucketLogging,
    S3BucketObjectLockConfiguration, S3BucketRule, S3BucketServerSideEncryptionConfiguration,
    S3BucketServerSideEncryptionConfigurationRule, S3BucketVersioning, S3BucketWebsite,
};
use super::{arn, lifecycle, replication, tags_of};
use crate::s3::{NO_SUCH_BUCKET, Place, hosted_zone, s3, website_domain};
use crate::{
    s3_bucket_cors_configuration as cors, s3_bucket_lifecycle_configuration as lifecycles,
    s3_bucket_logging as logging, s3_bucket_server_side_encryption_configuration as encryption,
    s3_bucket_website_configuration as websites, website,
};

/// Codes of services and regions that do not have a feature.
const NOT_HERE: &[&str] =
    &["MethodNotAllowed", "NotImplemented", "UnsupportedArgument", "XNotImplemented"];

/// Where a bucket is.
pub(crate) struct Location {
    pub(crate) region: String,
}

/// Looks for a bucket.
pub(crate) async fn location(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<Location>, Diagnostics> {
    let found = s3(cx.client()).head_bucket().bucket(name).send().await.if_found();
    let found = found.map_err(|e| e.during(format!("reading S3 Bucket ({name})")))?;
    let region = |region: Option<&str>| region.unwrap_or(cx.client().region()).to_owned();
    Ok(found.map(|found| Location { region: region(found.bucket_region()) }))
}

/// Reads a bucket; `None` if it is gone.
pub(super) async fn bucket(
    cx: &Context<Aws>,
    mut state: S3Bucket,
) -> Result<Option<S3Bucket>, Diagnostics> {
    let name = state.bucket.text().to_owned();
    let Some(location) = location(cx, &name).await? else { return Ok(None) };
    let place = Place { bucket: name.clone(), owner: None };
    // A bucket is a dozen requests; together they take as long as one.
    let (policy, acl, cors, website, versioning, acceleration) = tokio::try_join!(
        policy(cx, &name),
        acl(cx, &name),
        cors::find(cx, &place),
        website_of(cx, &place),
        versioning(cx, &name),
        acceleration(cx, &name),
    )?;
    let (payer, logging, lifecycle, encryption, lock, replicas, tags) = tokio::try_join!(
        payer(cx, &name),
        logging::find(cx, &place),
        lifecycles::find(cx, &place),
        encryption::find(cx, &place),
        object_lock(cx, &name),
        replication_of(cx, &name),
        tags_of(cx, &name),
    )?;
    let (Some(acl), Some(versioning), Some(tags)) = (acl, versioning, tags) else {
        return Ok(None);
    };
    record_place(cx.client(), &mut state, &name, &location);
    record_policy(&mut state, policy);
    state.grant = grants(&acl);
    state.cors_rule = cors.iter().flatten().map(cors_rule).collect();
    record_website(cx.client(), &mut state, &location, website.as_ref());
    state.versioning = Blocks::one(versioning);
    state.acceleration_status = acceleration.as_deref().into();
    state.request_payer = payer.as_deref().into();
    state.logging = logging.as_ref().map(logging_block).into();
    let rules = lifecycle.iter().flat_map(|found| found.rules());
    state.lifecycle_rule = rules.map(lifecycle::recorded).collect();
    state.server_side_encryption_configuration = encryption.as_ref().map(encryption_block).into();
    let known = std::mem::take(&mut state.replication_configuration);
    let replicas = replicas.as_ref().map(|found| replication::recorded(&known, found));
    state.replication_configuration = replicas.into();
    let locked = lock.as_ref().and_then(|l| l.object_lock_enabled()).is_some();
    state.object_lock_enabled = locked.into();
    state.object_lock_configuration = lock.as_ref().map(lock_block).into();
    record_tags(cx.client(), &mut state, tags);
    Ok(Some(state))
}

fn record_place(aws: &Aws, state: &mut S3Bucket, name: &str, location: &Location) {
    let (suffix, region) = (aws.partition().dns_suffix, &location.region);
    state.id = name.into();
    state.bucket = name.into();
    state.bucket_prefix = groma_aws_core::prefix_of_name(name).into();
    state.arn = arn(aws, name).into();
    state.region = region.clone().into();
    state.bucket_domain_name = format!("{name}.s3.{suffix}").into();
    state.bucket_regional_domain_name = format!("{name}.s3.{region}.{suffix}").into();
    state.hosted_zone_id = hosted_zone(region).into();
}

fn record_policy(state: &mut S3Bucket, found: Option<String>) {
    state.policy = match found {
        Some(found) => policy_to_record(state.policy.filled(), &found).into(),
        None => Attr::Null,
    };
}

/// What was asked for; `None` where it, or the bucket, is not there.
fn unless<T>(
    found: Result<T, Error>,
    codes: &[&str],
    what: &str,
    name: &str,
) -> Result<Option<T>, Diagnostics> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.is(NO_SUCH_BUCKET) || e.is_any(codes) || e.is_any(NOT_HERE) => Ok(None),
        Err(e) => Err(e.during(format!("reading S3 Bucket ({name}) {what}"))),
    }
}

async fn policy(cx: &Context<Aws>, name: &str) -> Result<Option<String>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_policy().bucket(name).send().await.typed();
    let found = unless(found, &["NoSuchBucketPolicy"], "policy", name)?;
    Ok(found.and_then(|found| found.policy).filter(|policy| !policy.is_empty()))
}

async fn acl(cx: &Context<Aws>, name: &str) -> Result<Option<GetBucketAclOutput>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_acl().bucket(name).send().await.typed();
    unless(found, &[], "ACL", name)
}

async fn website_of(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<GetBucketWebsiteOutput>, Diagnostics> {
    websites::find(cx, place).await
}

async fn versioning(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<S3BucketVersioning>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_versioning().bucket(name).send().await.typed();
    let found = unless(found, &[], "versioning", name)?;
    Ok(found.map(|found| S3BucketVersioning {
        enabled: found.status().is_some_and(|s| s.as_str() == "Enabled").into(),
        mfa_delete: found.mfa_delete().is_some_and(|m| m.as_str() == "Enabled").into(),
    }))
}

async fn acceleration(cx: &Context<Aws>, name: &str) -> Result<Option<String>, Diagnostics> {
    let request = s3(cx.client()).get_bucket_accelerate_configuration().bucket(name);
    let found = unless(request.send().await.typed(), &[], "acceleration", name)?;
    Ok(found.and_then(|found| Some(found.status()?.as_str().to_owned())))
}

async fn payer(cx: &Context<Aws>, name: &str) -> Result<Option<String>, Diagnostics> {
    let request = s3(cx.client()).get_bucket_request_payment().bucket(name);
    let found = unless(request.send().await.typed(), &[], "request payment", name)?;
    Ok(found.and_then(|found| Some(found.payer()?.as_str().to_owned())))
}

async fn object_lock(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<ObjectLockConfiguration>, Diagnostics> {
    let request = s3(cx.client()).get_object_lock_configuration().bucket(name);
    let none = &["ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"];
    let found = unless(request.send().await.typed(), none, "object lock", name)?;
    Ok(found.and_then(|found| found.object_lock_configuration))
}

async fn replication_of(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<ReplicationConfiguration>, Diagnostics> {
    let found = s3(cx.client()).get_bucket_replication().bucket(name).send().await.typed();
    let found = unless(found, &[replication::NONE], "replication", name)?;
    Ok(found.and_then(|found| found.replication_configuration))
}

/// The grants, those of one grantee together.
fn grants(found: &GetBucketAclOutput) -> Blocks<S3BucketGrant> {
    let mut grants: Vec<(S3BucketGrant, Vec<String>)> = Vec::new();
    for grant in found.grants() {
        let Some(grantee) = grant.grantee() else { continue };
        let permission = grant.permission().map(|p| p.as_str().to_owned());
        let one = S3BucketGrant {
            id: Attr::of_filled(grantee.id()),
            permissions: Attr::Null,
            r#type: grantee.r#type().as_str().into(),
            uri: Attr::of_filled(grantee.uri()),
        };
        match grants.iter_mut().find(|(known, _)| *known == one) {
            Some((_, permissions)) => permissions.extend(permission),
            None => grants.push((one, permission.into_iter().collect())),
        }
    }
    let grants = grants.into_iter().map(|(grant, permissions)| S3BucketGrant {
        permissions: Attr::Known(permissions.into_iter().collect::<Set<String>>()),
        ..grant
    });
    grants.collect()
}

fn cors_rule(rule: &CorsRule) -> S3BucketCorsRule {
    let list = |list: &[String]| match list.is_empty() {
        true => Attr::Null,
        false => Attr::Known(list.to_vec()),
    };
    S3BucketCorsRule {
        allowed_headers: list(rule.allowed_headers()),
        allowed_methods: list(rule.allowed_methods()),
        allowed_origins: list(rule.allowed_origins()),
        expose_headers: list(rule.expose_headers()),
        max_age_seconds: rule.max_age_seconds().into(),
    }
}

fn record_website(
    aws: &Aws,
    state: &mut S3Bucket,
    location: &Location,
    found: Option<&GetBucketWebsiteOutput>,
) {
    let Some(found) = found else {
        state.website = Blocks::none();
        state.website_domain = Attr::Null;
        state.website_endpoint = Attr::Null;
        return;
    };
    let known = state.website.first().and_then(|w| w.routing_rules.cloned());
    let rules =
        (!found.routing_rules().is_empty()).then(|| website::written(found.routing_rules()));
    let rules = match (known, rules) {
        (Some(known), Some(rules)) if same_json(&known, &rules) => Some(known),
        (_, rules) => rules,
    };
    let redirect = found.redirect_all_requests_to().map(|r| match r.protocol() {
        Some(protocol) => format!("{}://{}", protocol.as_str(), r.host_name()),
        None => r.host_name().to_owned(),
    });
    state.website = Blocks::one(S3BucketWebsite {
        error_document: found.error_document().map(|d| d.key()).into(),
        index_document: found.index_document().map(|d| d.suffix()).into(),
        redirect_all_requests_to: redirect.into(),
        routing_rules: rules.into(),
    });
    let domain = website_domain(aws, &location.region);
    state.website_endpoint = format!("{}.{domain}", state.bucket.text()).into();
    state.website_domain = domain.into();
}

fn logging_block(found: &LoggingEnabled) -> S3BucketLogging {
    S3BucketLogging {
        target_bucket: found.target_bucket().into(),
        target_prefix: Attr::of_filled(Some(found.target_prefix())),
    }
}

fn encryption_block(
    found: &ServerSideEncryptionConfiguration,
) -> S3BucketServerSideEncryptionConfiguration {
    let rules = encryption::recorded(found).into_vec().into_iter().map(|rule| {
        S3BucketServerSideEncryptionConfigurationRule {
            bucket_key_enabled: rule.bucket_key_enabled,
            apply_server_side_encryption_by_default: rule.apply_server_side_encryption_by_default,
        }
    });
    S3BucketServerSideEncryptionConfiguration { rule: rules.collect() }
}

fn lock_block(found: &ObjectLockConfiguration) -> S3BucketObjectLockConfiguration {
    let retention = found.rule().and_then(|rule| rule.default_retention());
    let rule = retention.map(|retention| S3BucketRule {
        default_retention: Blocks::one(S3BucketDefaultRetention {
            days: retention.days().into(),
            mode: Attr::of_filled(retention.mode().map(|m| m.as_str())),
            years: retention.years().into(),
        }),
    });
    S3BucketObjectLockConfiguration {
        object_lock_enabled: Attr::of_filled(found.object_lock_enabled().map(|e| e.as_str())),
        rule: rule.into(),
    }
}
