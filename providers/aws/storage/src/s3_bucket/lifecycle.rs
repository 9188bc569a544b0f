//! Lifecycle rules in the form that the bucket's own block has for them.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{self as sdk, ExpirationStatus, LifecycleRule, TransitionStorageClass};
use groma_aws_core::{configured_moment, tag_map};
use groma_sdk::{Attr, Diagnostics, Problems};

use super::model::{
    S3Bucket, S3BucketExpiration, S3BucketLifecycleRule, S3BucketNoncurrentVersionExpiration,
    S3BucketNoncurrentVersionTransition, S3BucketTransition,
};
use crate::lifecycle::{Move, check_mix, check_moves};
use crate::s3::{built, tag_list};

/// What S3 would refuse.
pub(super) fn check(config: &S3Bucket, problems: &mut Problems) {
    for (i, rule) in config.lifecycle_rule.iter().enumerate() {
        problems.within(&format!("lifecycle_rule.{i}"), |problems| check_rule(rule, problems));
    }
}

fn check_rule(rule: &S3BucketLifecycleRule, problems: &mut Problems) {
    let expiration = rule.expiration.first();
    let moves: Vec<Move<'_>> =
        rule.transition.iter().map(|t| Move { days: &t.days, class: &t.storage_class }).collect();
    let expires = expiration.map(|e| ("expiration.0.days", &e.days));
    check_moves("transition", &moves, expires, problems);
    let later: Vec<Move<'_>> = rule
        .noncurrent_version_transition
        .iter()
        .map(|t| Move { days: &t.days, class: &t.storage_class })
        .collect();
    let gone = rule.noncurrent_version_expiration.first();
    let gone = gone.map(|e| ("noncurrent_version_expiration.0.days", &e.days));
    check_moves("noncurrent_version_transition", &later, gone, problems);
    let days = rule.transition.iter().any(|t| t.days.get().is_some_and(|d| *d > 0))
        || expiration.is_some_and(|e| e.days.get().is_some_and(|d| *d > 0));
    let dates = rule.transition.iter().any(|t| t.date.filled().is_some())
        || expiration.is_some_and(|e| e.date.filled().is_some());
    check_mix(days, dates, problems);
}

/// A rule as it is recorded.
pub(super) fn recorded(rule: &LifecycleRule) -> S3BucketLifecycleRule {
    let expiration = rule.expiration().map(|e| S3BucketExpiration {
        date: day(e.date()),
        days: e.days().into(),
        expired_object_delete_marker: e.expired_object_delete_marker().into(),
    });
    let noncurrent = rule
        .noncurrent_version_expiration()
        .map(|e| S3BucketNoncurrentVersionExpiration { days: e.noncurrent_days().into() });
    let noncurrent_transitions =
        rule.noncurrent_version_transitions().iter().map(|t| S3BucketNoncurrentVersionTransition {
            days: t.noncurrent_days().into(),
            storage_class: Attr::of_filled(t.storage_class().map(|c| c.as_str())),
        });
    let transitions = rule.transitions().iter().map(|t| S3BucketTransition {
        date: day(t.date()),
        days: t.days().into(),
        storage_class: Attr::of_filled(t.storage_class().map(|c| c.as_str())),
    });
    let (prefix, tags) = conditions(rule);
    let abort = rule.abort_incomplete_multipart_upload();
    S3BucketLifecycleRule {
        abort_incomplete_multipart_upload_days: abort
            .and_then(|a| a.days_after_initiation())
            .into(),
        enabled: (*rule.status() == ExpirationStatus::Enabled).into(),
        id: Attr::of_filled(rule.id()),
        prefix: Attr::of_filled(prefix),
        tags: match tags {
            [] => Attr::Null,
            tags => Attr::Known(tag_map(tags.iter().map(|t| (t.key(), t.value())))),
        },
        expiration: expiration.into(),
        noncurrent_version_expiration: noncurrent.into(),
        noncurrent_version_transition: noncurrent_transitions.collect(),
        transition: transitions.collect(),
    }
}

#[expect(deprecated, reason = "old rules have their prefix here")]
fn conditions(rule: &LifecycleRule) -> (Option<&str>, &[sdk::Tag]) {
    let Some(filter) = rule.filter() else { return (rule.prefix(), &[]) };
    match filter.and() {
        Some(and) => (and.prefix(), and.tags()),
        None => (filter.prefix(), filter.tag().map(std::slice::from_ref).unwrap_or_default()),
    }
}

/// A rule as S3 wants it.
pub(super) fn wanted(rule: &S3BucketLifecycleRule) -> Result<LifecycleRule, Diagnostics> {
    let expiration = rule.expiration.first().map(|e| {
        let (date, days) = (midnight(&e.date)?, e.days.to_i32().filter(|d| *d > 0));
        let marker = date.is_none() && days.is_none();
        let marker = marker.then_some(e.expired_object_delete_marker.is_true());
        let builder = sdk::LifecycleExpiration::builder().set_date(date).set_days(days);
        Ok::<_, Diagnostics>(builder.set_expired_object_delete_marker(marker).build())
    });
    let transitions = rule.transition.iter().map(|t| {
        let date = midnight(&t.date)?;
        let days = t.days.to_i32().or(Some(0)).filter(|_| date.is_none());
        let class = TransitionStorageClass::from(t.storage_class.text());
        let builder = sdk::Transition::builder().set_date(date).set_days(days);
        Ok::<_, Diagnostics>(builder.storage_class(class).build())
    });
    let transitions = transitions.collect::<Result<Vec<_>, _>>()?;
    let noncurrent = rule.noncurrent_version_transition.iter().map(|t| {
        sdk::NoncurrentVersionTransition::builder()
            .set_noncurrent_days(t.days.to_i32())
            .storage_class(TransitionStorageClass::from(t.storage_class.text()))
            .build()
    });
    let noncurrent: Vec<_> = noncurrent.collect();
    let noncurrent_expiration = rule.noncurrent_version_expiration.first().map(|e| {
        sdk::NoncurrentVersionExpiration::builder().set_noncurrent_days(e.days.to_i32()).build()
    });
    let abort =
        rule.abort_incomplete_multipart_upload_days.to_i32().filter(|d| *d > 0).map(|days| {
            sdk::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
        });
    let status = match rule.enabled.is_true() {
        true => ExpirationStatus::Enabled,
        false => ExpirationStatus::Disabled,
    };
    let builder = LifecycleRule::builder()
        .set_id(rule.id.to_filled())
        .status(status)
        .filter(filter(rule)?)
        .set_expiration(expiration.transpose()?)
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!noncurrent.is_empty()).then_some(noncurrent))
        .set_noncurrent_version_expiration(noncurrent_expiration)
        .set_abort_incomplete_multipart_upload(abort);
    built(builder.build())
}

fn filter(rule: &S3BucketLifecycleRule) -> Result<sdk::LifecycleRuleFilter, Diagnostics> {
    let prefix = rule.prefix.or_default();
    let tags = rule.tags.or_default();
    let builder = sdk::LifecycleRuleFilter::builder();
    if tags.is_empty() {
        return Ok(builder.prefix(prefix).build());
    }
    let and =
        sdk::LifecycleRuleAndOperator::builder().prefix(prefix).set_tags(Some(tag_list(&tags)?));
    Ok(builder.and(and.build()).build())
}

/// Here, dates are days.
fn midnight(date: &Attr<String>) -> Result<Option<DateTime>, Diagnostics> {
    match date.filled() {
        Some(day) if !day.contains('T') => configured_moment(&format!("{day}T00:00:00Z").into()),
        _ => configured_moment(date),
    }
}

fn day(date: Option<&DateTime>) -> Attr<String> {
    let written = date.and_then(|date| date.fmt(DateTimeFormat::DateTime).ok());
    written.and_then(|written| Some(written.split('T').next()?.to_owned())).into()
}
