//! What is configured in the bucket's own blocks, the old way. The order counts.

use aws_sdk_s3::types::{
    AccelerateConfiguration, AccessControlPolicy, BucketAccelerateStatus, BucketCannedAcl,
    BucketVersioningStatus, CorsRule, DefaultRetention, ErrorDocument, Grant, Grantee,
    IndexDocument, LoggingEnabled, MfaDelete, ObjectLockConfiguration, ObjectLockEnabled,
    ObjectLockRetentionMode, ObjectLockRule, Payer, Permission, Protocol, RedirectAllRequestsTo,
    RequestPaymentConfiguration, Type, VersioningConfiguration, WebsiteConfiguration,
};
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Blocks, Context, Diagnostics};

use super::model::{S3Bucket, S3BucketCorsRule, S3BucketWebsite};
use super::{lifecycle, replication};
use crate::s3::{NO_SUCH_BUCKET, Place, built, patiently, put, s3};
use crate::s3_bucket_server_side_encryption_configuration::{self as encryption, EncryptionRule};
use crate::{
    s3_bucket_cors_configuration as cors, s3_bucket_lifecycle_configuration as lifecycles,
    s3_bucket_logging as logging, s3_bucket_website_configuration as websites, website,
};

/// Applies what is planned and not there yet.
pub(super) async fn apply(
    cx: &Context<Aws>,
    name: &str,
    prior: Option<&S3Bucket>,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    let none = S3Bucket::default();
    let old = prior.unwrap_or(&none);
    let place = Place { bucket: name.to_owned(), owner: None };
    if planned.policy.is_known() && planned.policy != old.policy {
        put_policy(cx, name, planned.policy.text()).await?;
    }
    if changed(&old.cors_rule, &planned.cors_rule) {
        match planned.cors_rule.is_empty() {
            true => cors::remove(cx, &place).await?,
            false => cors::set(cx, &place, cors_rules(&planned.cors_rule)?).await?,
        }
    }
    if changed(&old.website, &planned.website) {
        match planned.website.first() {
            None => websites::remove(cx, &place).await?,
            Some(site) => websites::set(cx, &place, website_configuration(site)?).await?,
        }
    }
    if changed(&old.versioning, &planned.versioning) {
        put_versioning(cx, name, prior.is_none(), planned).await?;
    }
    // A create says so itself.
    if prior.is_some() && planned.acl.is_known() && planned.acl != old.acl {
        put_acl(cx, name, planned.acl.filled().unwrap_or("private")).await?;
    }
    if changed(&old.grant, &planned.grant) {
        put_grants(cx, name, planned).await?;
    }
    if changed(&old.logging, &planned.logging) {
        let target = planned.logging.first().map(|logging| {
            LoggingEnabled::builder()
                .target_bucket(logging.target_bucket.text())
                .target_prefix(logging.target_prefix.text())
                .build()
        });
        logging::set(cx, &place, target.map(built).transpose()?).await?;
    }
    if changed(&old.lifecycle_rule, &planned.lifecycle_rule) {
        put_lifecycle(cx, &place, planned).await?;
    }
    apply_rest(cx, &place, old, planned).await
}

async fn apply_rest(
    cx: &Context<Aws>,
    place: &Place,
    old: &S3Bucket,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    let name = &*place.bucket;
    if let Some(status) = planned.acceleration_status.filled()
        && planned.acceleration_status != old.acceleration_status
    {
        let status = BucketAccelerateStatus::from(status);
        let configuration = AccelerateConfiguration::builder().status(status).build();
        let request = s3(cx.client())
            .put_bucket_accelerate_configuration()
            .bucket(name)
            .accelerate_configuration(configuration);
        put!(cx, format!("putting S3 Bucket ({name}) acceleration"), request)?;
    }
    if let Some(payer) = planned.request_payer.filled()
        && planned.request_payer != old.request_payer
    {
        let payer = RequestPaymentConfiguration::builder().payer(Payer::from(payer)).build();
        let request = s3(cx.client())
            .put_bucket_request_payment()
            .bucket(name)
            .request_payment_configuration(built(payer)?);
        put!(cx, format!("putting S3 Bucket ({name}) request payer"), request)?;
    }
    if changed(&old.replication_configuration, &planned.replication_configuration) {
        replication::put(cx, name, planned).await?;
    }
    let (was, is) =
        (&old.server_side_encryption_configuration, &planned.server_side_encryption_configuration);
    if changed(was, is) {
        put_encryption(cx, place, planned).await?;
    }
    if changed(&old.object_lock_configuration, &planned.object_lock_configuration) {
        put_object_lock(cx, name, planned).await?;
    }
    Ok(())
}

/// Whether blocks are to be applied.
fn changed<M: PartialEq>(old: &Blocks<M>, planned: &Blocks<M>) -> bool {
    !planned.is_unknown() && old != planned
}

async fn put_policy(cx: &Context<Aws>, name: &str, policy: &str) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let what = format!("putting S3 Bucket ({name}) policy");
    if policy.is_empty() {
        let deleted = client.delete_bucket_policy().bucket(name).send().await;
        return deleted.unless(&[NO_SUCH_BUCKET]).map(drop).map_err(|e| e.during(what));
    }
    put!(cx, what, client.put_bucket_policy().bucket(name).policy(policy))
}

fn cors_rules(rules: &[S3BucketCorsRule]) -> Result<Vec<CorsRule>, Diagnostics> {
    let rules = rules.iter().map(|rule| {
        let builder = CorsRule::builder()
            .set_allowed_headers(rule.allowed_headers.cloned().filter(|l| !l.is_empty()))
            .set_allowed_methods(rule.allowed_methods.cloned())
            .set_allowed_origins(rule.allowed_origins.cloned())
            .set_expose_headers(rule.expose_headers.cloned().filter(|l| !l.is_empty()))
            .set_max_age_seconds(rule.max_age_seconds.to_i32());
        built(builder.build())
    });
    rules.collect()
}

fn website_configuration(site: &S3BucketWebsite) -> Result<WebsiteConfiguration, Diagnostics> {
    let mut builder = WebsiteConfiguration::builder();
    if let Some(index) = site.index_document.filled() {
        builder = builder.index_document(built(IndexDocument::builder().suffix(index).build())?);
    }
    if let Some(error) = site.error_document.filled() {
        builder = builder.error_document(built(ErrorDocument::builder().key(error).build())?);
    }
    if let Some(redirect) = site.redirect_all_requests_to.filled() {
        let (protocol, host) = match redirect.split_once("://") {
            Some((protocol, host)) => (Some(Protocol::from(protocol)), host),
            None => (None, redirect),
        };
        let redirect = RedirectAllRequestsTo::builder().host_name(host).set_protocol(protocol);
        builder = builder.redirect_all_requests_to(built(redirect.build())?);
    }
    let rules = site.routing_rules.filled().map(website::parsed).transpose()?;
    Ok(builder.set_routing_rules(rules).build())
}

async fn put_versioning(
    cx: &Context<Aws>,
    name: &str,
    is_new: bool,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    let Some(wanted) = planned.versioning.first() else { return Ok(()) };
    let (enabled, mfa) = (wanted.enabled.is_true(), wanted.mfa_delete.is_true());
    // A new bucket keeps none, and need not be told.
    if is_new && !enabled && !mfa {
        return Ok(());
    }
    let status = match enabled {
        true => BucketVersioningStatus::Enabled,
        false => BucketVersioningStatus::Suspended,
    };
    let mfa = mfa.then_some(MfaDelete::Enabled);
    let configuration = VersioningConfiguration::builder().status(status).set_mfa_delete(mfa);
    let request = s3(cx.client())
        .put_bucket_versioning()
        .bucket(name)
        .versioning_configuration(configuration.build());
    put!(cx, format!("putting S3 Bucket ({name}) versioning"), request)
}

async fn put_acl(cx: &Context<Aws>, name: &str, acl: &str) -> Result<(), Diagnostics> {
    let request = s3(cx.client()).put_bucket_acl().bucket(name).acl(BucketCannedAcl::from(acl));
    put!(cx, format!("putting S3 Bucket ({name}) ACL"), request)
}

async fn put_grants(cx: &Context<Aws>, name: &str, planned: &S3Bucket) -> Result<(), Diagnostics> {
    if planned.grant.is_empty() {
        return put_acl(cx, name, "private").await;
    }
    let client = s3(cx.client());
    let what = format!("putting S3 Bucket ({name}) grants");
    let request = client.get_bucket_acl().bucket(name);
    let current = patiently(cx, &what, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    let current = current.await?;
    let mut policy = AccessControlPolicy::builder().set_owner(current.owner);
    for grant in &planned.grant {
        let grantee = Grantee::builder()
            .r#type(Type::from(grant.r#type.text()))
            .set_id(grant.id.to_filled())
            .set_uri(grant.uri.to_filled());
        let grantee = built(grantee.build())?;
        for permission in grant.permissions.get().into_iter().flat_map(|p| p.iter()) {
            let permission = Permission::from(permission.as_str());
            let one = Grant::builder().grantee(grantee.clone()).permission(permission);
            policy = policy.grants(one.build());
        }
    }
    let request = client.put_bucket_acl().bucket(name).access_control_policy(policy.build());
    put!(cx, what, request)
}

async fn put_lifecycle(
    cx: &Context<Aws>,
    place: &Place,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    if planned.lifecycle_rule.is_empty() {
        let deleted = s3(cx.client()).delete_bucket_lifecycle().bucket(&place.bucket).send().await;
        let what = format!("deleting S3 Bucket ({place}) lifecycle rules");
        return deleted.unless(&[NO_SUCH_BUCKET]).map(drop).map_err(|e| e.during(what));
    }
    let rules = planned.lifecycle_rule.iter().map(lifecycle::wanted);
    lifecycles::put_rules(cx, place, rules.collect::<Result<Vec<_>, _>>()?, None).await
}

async fn put_encryption(
    cx: &Context<Aws>,
    place: &Place,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    let Some(configuration) = planned.server_side_encryption_configuration.first() else {
        let request = s3(cx.client()).delete_bucket_encryption().bucket(&place.bucket);
        let what = format!("deleting S3 Bucket ({place}) encryption configuration");
        let deleted = request.send().await.unless(&[NO_SUCH_BUCKET]);
        return deleted.map(drop).map_err(|e| e.during(what));
    };
    let rules = configuration.rule.iter().map(|rule| EncryptionRule {
        bucket_key_enabled: rule.bucket_key_enabled.clone(),
        apply_server_side_encryption_by_default: rule
            .apply_server_side_encryption_by_default
            .clone(),
    });
    encryption::set(cx, place, &rules.collect::<Vec<_>>()).await
}

async fn put_object_lock(
    cx: &Context<Aws>,
    name: &str,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    // A lock stays; without a rule there is none to be put.
    let Some(lock) = planned.object_lock_configuration.first() else { return Ok(()) };
    let retention = lock.rule.first().and_then(|rule| rule.default_retention.first());
    let rule = retention.map(|retention| {
        let retention = DefaultRetention::builder()
            .mode(ObjectLockRetentionMode::from(retention.mode.text()))
            .set_days(retention.days.to_i32().filter(|n| *n > 0))
            .set_years(retention.years.to_i32().filter(|n| *n > 0));
        ObjectLockRule::builder().default_retention(retention.build()).build()
    });
    let configuration = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .set_rule(rule);
    let request = s3(cx.client())
        .put_object_lock_configuration()
        .bucket(name)
        .object_lock_configuration(configuration.build());
    put!(cx, format!("putting S3 Bucket ({name}) object lock configuration"), request)
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    #[tokio::test]
    async fn what_is_configured_is_put_and_nothing_else() {
        let fake = Fake::new();
        for what in ["requestPayment", "accelerate"] {
            fake.on(&format!("PUT /b/?{what}"), |_| Answer::empty());
        }
        let cx = fake.context();
        let wanted = S3Bucket {
            request_payer: "Requester".into(),
            acceleration_status: "Enabled".into(),
            policy: groma_sdk::Attr::Unknown,
            cors_rule: Blocks::unknown(),
            ..Default::default()
        };
        apply(&cx, "b", None, &wanted).await.unwrap();
        let sent: Vec<_> =
            fake.requests().iter().map(groma_aws_core::testing::Request::text).collect();
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!(sent[0].contains("<Status>Enabled</Status>"), "{sent:?}");
        assert!(sent[1].contains("<Payer>Requester</Payer>"), "{sent:?}");
        // What is as it was is not put again.
        apply(&cx, "b", Some(&wanted), &wanted).await.unwrap();
        assert_eq!(fake.requests().len(), 2);
    }
}
