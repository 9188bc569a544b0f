//! Rules as S3 has them, and back.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{self as sdk, ExpirationStatus, TransitionStorageClass};
use groma_aws_core::{configured_moment, tag_map};
use groma_sdk::{Attr, Diagnostics};

use super::model::{
    AbortIncompleteUpload, And, Expiration, LifecycleFilter, NoncurrentExpiration,
    NoncurrentTransition, Rule, Tag, Transition,
};
use crate::s3::{built, tag_list};

/// A rule as S3 wants it.
#[expect(deprecated, reason = "old rules have their prefix in this place")]
pub(crate) fn wanted(rule: &Rule) -> Result<sdk::LifecycleRule, Diagnostics> {
    let prefix = rule.prefix.to_filled();
    let filter = match rule.filter.first() {
        Some(filter) => Some(wanted_filter(filter)?),
        // S3 wants a filter or a prefix.
        None if prefix.is_none() => Some(sdk::LifecycleRuleFilter::builder().build()),
        None => None,
    };
    let transitions =
        rule.transition.iter().map(wanted_transition).collect::<Result<Vec<_>, _>>()?;
    let noncurrent = rule.noncurrent_version_transition.iter().map(|t| {
        sdk::NoncurrentVersionTransition::builder()
            .set_newer_noncurrent_versions(positive(&t.newer_noncurrent_versions))
            .set_noncurrent_days(t.noncurrent_days.to_i32())
            .storage_class(TransitionStorageClass::from(t.storage_class.text()))
            .build()
    });
    let noncurrent: Vec<_> = noncurrent.collect();
    let noncurrent_expiration = rule.noncurrent_version_expiration.first().map(|e| {
        sdk::NoncurrentVersionExpiration::builder()
            .set_newer_noncurrent_versions(positive(&e.newer_noncurrent_versions))
            .set_noncurrent_days(e.noncurrent_days.to_i32())
            .build()
    });
    let abort = rule.abort_incomplete_multipart_upload.first().map(|a| {
        sdk::AbortIncompleteMultipartUpload::builder()
            .set_days_after_initiation(a.days_after_initiation.to_i32())
            .build()
    });
    let expiration = rule.expiration.first().map(wanted_expiration).transpose()?;
    let builder = sdk::LifecycleRule::builder()
        .set_id(rule.id.to_filled())
        .set_prefix(prefix)
        .status(ExpirationStatus::from(rule.status.text()))
        .set_filter(filter)
        .set_expiration(expiration)
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!noncurrent.is_empty()).then_some(noncurrent))
        .set_noncurrent_version_expiration(noncurrent_expiration)
        .set_abort_incomplete_multipart_upload(abort);
    built(builder.build())
}

fn positive(number: &Attr<i64>) -> Option<i32> {
    number.to_i32().filter(|n| *n > 0)
}

fn wanted_expiration(expiration: &Expiration) -> Result<sdk::LifecycleExpiration, Diagnostics> {
    let (date, days) = (configured_moment(&expiration.date)?, positive(&expiration.days));
    let marker = expiration.expired_object_delete_marker.is_true();
    let builder = sdk::LifecycleExpiration::builder();
    // The marker goes with neither of the others.
    let marker = (date.is_none() && days.is_none()).then_some(marker);
    Ok(builder.set_date(date).set_days(days).set_expired_object_delete_marker(marker).build())
}

fn wanted_transition(transition: &Transition) -> Result<sdk::Transition, Diagnostics> {
    let date = configured_moment(&transition.date)?;
    let days = transition.days.to_i32().filter(|_| date.is_none());
    let days = days.or_else(|| date.is_none().then_some(0));
    let class = TransitionStorageClass::from(transition.storage_class.text());
    Ok(sdk::Transition::builder().set_date(date).set_days(days).storage_class(class).build())
}

fn wanted_filter(filter: &LifecycleFilter) -> Result<sdk::LifecycleRuleFilter, Diagnostics> {
    let builder = sdk::LifecycleRuleFilter::builder();
    if let Some(and) = filter.and.first() {
        let tags = tag_list(&and.tags.or_default())?;
        let and = sdk::LifecycleRuleAndOperator::builder()
            .set_prefix(Some(and.prefix.or_default()))
            .set_object_size_greater_than(and.object_size_greater_than.cloned())
            .set_object_size_less_than(and.object_size_less_than.cloned().filter(|size| *size > 0))
            .set_tags((!tags.is_empty()).then_some(tags));
        return Ok(builder.and(and.build()).build());
    }
    if let Some(tag) = filter.tag.first() {
        let tag = sdk::Tag::builder().key(tag.key.text()).value(tag.value.text());
        return Ok(builder.tag(built(tag.build())?).build());
    }
    Ok(builder
        .set_prefix(filter.prefix.cloned())
        .set_object_size_greater_than(filter.object_size_greater_than.cloned())
        .set_object_size_less_than(filter.object_size_less_than.cloned())
        .build())
}

/// A rule as it is recorded.
pub(crate) fn recorded(rule: &sdk::LifecycleRule) -> Rule {
    let noncurrent = |t: &sdk::NoncurrentVersionTransition| NoncurrentTransition {
        newer_noncurrent_versions: t.newer_noncurrent_versions().into(),
        noncurrent_days: t.noncurrent_days().into(),
        storage_class: Attr::of_filled(t.storage_class().map(|c| c.as_str())),
    };
    let noncurrent_expiration = |e: &sdk::NoncurrentVersionExpiration| NoncurrentExpiration {
        newer_noncurrent_versions: e.newer_noncurrent_versions().into(),
        noncurrent_days: e.noncurrent_days().into(),
    };
    let expiration = |e: &sdk::LifecycleExpiration| Expiration {
        date: written(e.date()),
        days: i64::from(e.days().unwrap_or_default()).into(),
        expired_object_delete_marker: e.expired_object_delete_marker().unwrap_or_default().into(),
    };
    let transition = |t: &sdk::Transition| Transition {
        date: written(t.date()),
        days: t.days().filter(|_| t.date().is_none()).into(),
        storage_class: Attr::of_filled(t.storage_class().map(|c| c.as_str())),
    };
    let abort = |a: &sdk::AbortIncompleteMultipartUpload| AbortIncompleteUpload {
        days_after_initiation: a.days_after_initiation().into(),
    };
    Rule {
        id: Attr::of_filled(rule.id()),
        prefix: legacy_prefix(rule).into(),
        status: rule.status().as_str().into(),
        abort_incomplete_multipart_upload: rule
            .abort_incomplete_multipart_upload()
            .map(abort)
            .into(),
        expiration: rule.expiration().map(expiration).into(),
        filter: rule.filter().and_then(recorded_filter).into(),
        noncurrent_version_expiration: rule
            .noncurrent_version_expiration()
            .map(noncurrent_expiration)
            .into(),
        noncurrent_version_transition: rule
            .noncurrent_version_transitions()
            .iter()
            .map(noncurrent)
            .collect(),
        transition: rule.transitions().iter().map(transition).collect(),
    }
}

#[expect(deprecated, reason = "old rules have their prefix here")]
fn legacy_prefix(rule: &sdk::LifecycleRule) -> String {
    rule.prefix().unwrap_or_default().to_owned()
}

/// A filter without anything in it is one that nobody configured.
fn recorded_filter(filter: &sdk::LifecycleRuleFilter) -> Option<LifecycleFilter> {
    let and = filter.and().map(|and| And {
        object_size_greater_than: and.object_size_greater_than().unwrap_or_default().into(),
        object_size_less_than: and.object_size_less_than().unwrap_or_default().into(),
        prefix: and.prefix().unwrap_or_default().into(),
        tags: match and.tags() {
            [] => Attr::Null,
            tags => Attr::Known(tag_map(tags.iter().map(|t| (t.key(), t.value())))),
        },
    });
    let tag = filter.tag().map(|t| Tag { key: t.key().into(), value: t.value().into() });
    let is_empty = and.is_none()
        && tag.is_none()
        && filter.prefix().is_none()
        && filter.object_size_greater_than().is_none()
        && filter.object_size_less_than().is_none();
    (!is_empty).then(|| LifecycleFilter {
        object_size_greater_than: filter.object_size_greater_than().into(),
        object_size_less_than: filter.object_size_less_than().into(),
        prefix: filter.prefix().into(),
        and: and.into(),
        tag: tag.into(),
    })
}

/// Keeps the words of a known rule where they mean what was found.
pub(crate) fn keep_words(known: &Rule, found: &mut Rule) {
    let same = |a: &Attr<String>, b: &Attr<String>| {
        a.is_known() && configured_moment(a).ok().flatten() == configured_moment(b).ok().flatten()
    };
    if let (Some(known), Some(found)) = (known.expiration.first(), found.expiration.first_mut())
        && same(&known.date, &found.date)
    {
        found.date = known.date.clone();
    }
    for found in found.transition.iter_mut() {
        if let Some(known) = known.transition.iter().find(|known| same(&known.date, &found.date)) {
            found.date = known.date.clone();
        }
    }
    // Some services forget a filter for everything, or find one where none was written.
    let is_for_all = |filter: &LifecycleFilter| {
        filter.and.is_empty()
            && filter.tag.is_empty()
            && filter.prefix.filled().is_none()
            && filter.object_size_greater_than.is_null()
            && filter.object_size_less_than.is_null()
    };
    if known.filter.iter().all(is_for_all) && found.filter.iter().all(is_for_all) {
        found.filter = known.filter.clone();
    }
}

fn written(date: Option<&DateTime>) -> Attr<String> {
    date.and_then(|date| date.fmt(DateTimeFormat::DateTime).ok()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_sdk::Blocks;

    #[test]
    fn rules_come_back_as_they_went() {
        let rule = Rule {
            id: "r".into(),
            prefix: "".into(),
            status: "Enabled".into(),
            expiration: Blocks::one(Expiration {
                date: "2026-01-02T00:00:00Z".into(),
                days: 0.into(),
                expired_object_delete_marker: false.into(),
            }),
            filter: Blocks::one(LifecycleFilter {
                and: Blocks::one(And {
                    object_size_greater_than: 10.into(),
                    object_size_less_than: 0.into(),
                    prefix: "p".into(),
                    tags: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
                }),
                ..Default::default()
            }),
            transition: Blocks::one(Transition {
                date: Attr::Null,
                days: 3.into(),
                storage_class: "GLACIER".into(),
            }),
            ..Default::default()
        };
        assert_eq!(recorded(&wanted(&rule).unwrap()), rule);
    }

    #[test]
    fn filters_come_back_as_they_went() {
        let tag = Tag { key: "a".into(), value: "b".into() };
        let all = And {
            object_size_greater_than: 1.into(),
            object_size_less_than: 9.into(),
            prefix: "".into(),
            tags: Attr::Null,
        };
        for filter in [
            LifecycleFilter { object_size_greater_than: 0.into(), ..Default::default() },
            LifecycleFilter { object_size_less_than: 10.into(), ..Default::default() },
            LifecycleFilter { prefix: "p/".into(), ..Default::default() },
            LifecycleFilter { prefix: "".into(), ..Default::default() },
            LifecycleFilter { tag: Blocks::one(tag), ..Default::default() },
            LifecycleFilter { and: Blocks::one(all), ..Default::default() },
        ] {
            assert_eq!(recorded_filter(&wanted_filter(&filter).unwrap()), Some(filter));
        }
    }

    #[test]
    fn versions_that_stay_are_counted() {
        let rule = Rule {
            id: "r".into(),
            prefix: "p".into(),
            status: "Enabled".into(),
            noncurrent_version_expiration: Blocks::one(NoncurrentExpiration {
                newer_noncurrent_versions: 3.into(),
                noncurrent_days: 4.into(),
            }),
            noncurrent_version_transition: Blocks::one(NoncurrentTransition {
                newer_noncurrent_versions: 2.into(),
                noncurrent_days: 1.into(),
                storage_class: "GLACIER".into(),
            }),
            ..Default::default()
        };
        assert_eq!(recorded(&wanted(&rule).unwrap()), rule);
    }

    #[test]
    fn words_are_kept() {
        let date = |date: &str| Rule {
            expiration: Blocks::one(Expiration { date: date.into(), ..Default::default() }),
            ..Default::default()
        };
        let mut found = date("2026-01-02T00:00:00Z");
        let known = date("2026-01-02T01:00:00+01:00");
        keep_words(&known, &mut found);
        assert_eq!(found, known);
        let other = date("2026-01-03T00:00:00Z");
        keep_words(&other, &mut found);
        assert_eq!(found, known);
    }
}
