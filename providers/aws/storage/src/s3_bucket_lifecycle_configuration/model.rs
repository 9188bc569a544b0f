//! The rules of lifecycles, and what is wrong with them.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks;
use groma_sdk::model::checks::{length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Problems, timeouts};

use crate::lifecycle::{Move, check_mix, check_moves, midnight};

const STORAGE_CLASSES: &[&str] =
    &["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"];

/// When objects of a bucket move or expire.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct S3BucketLifecycleConfiguration {
    #[attr(
        computed,
        deprecated = "It is the bucket's name, and the expected owner if there is one."
    )]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, computed, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[attr(optional, computed, default = "all_storage_classes_128K", check = one_of(&["varies_by_storage_class", "all_storage_classes_128K"]))]
    pub(crate) transition_default_minimum_object_size: Attr<String>,
    #[block(list)]
    pub(crate) rule: Blocks<Rule>,
    #[block(single)]
    pub(crate) timeouts: Blocks<Timeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct Timeouts {
        create: Duration::from_secs(180),
        update: Duration::from_secs(180),
    }
}

/// The `rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Rule {
    #[attr(required, check = length(1, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, deprecated = "Write the prefix into the \"filter\" block.")]
    pub(crate) prefix: Attr<String>,
    #[attr(required, check = one_of(&["Disabled", "Enabled"]))]
    pub(crate) status: Attr<String>,
    #[block(list)]
    pub(crate) abort_incomplete_multipart_upload: Blocks<AbortIncompleteUpload>,
    #[block(list)]
    pub(crate) expiration: Blocks<Expiration>,
    #[block(list)]
    pub(crate) filter: Blocks<LifecycleFilter>,
    #[block(list)]
    pub(crate) noncurrent_version_expiration: Blocks<NoncurrentExpiration>,
    #[block(set)]
    pub(crate) noncurrent_version_transition: Blocks<NoncurrentTransition>,
    #[block(set)]
    pub(crate) transition: Blocks<Transition>,
}

/// The `rule.transition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Transition {
    #[attr(optional, check = midnight)]
    pub(crate) date: Attr<String>,
    #[attr(optional, computed, check = range(0, i64::from(i32::MAX)))]
    pub(crate) days: Attr<i64>,
    #[attr(required, check = one_of(STORAGE_CLASSES))]
    pub(crate) storage_class: Attr<String>,
}

/// The `rule.noncurrent_version_transition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NoncurrentTransition {
    #[attr(optional, computed, check = range(1, i64::from(i32::MAX)))]
    pub(crate) newer_noncurrent_versions: Attr<i64>,
    #[attr(required, check = range(0, i64::from(i32::MAX)))]
    pub(crate) noncurrent_days: Attr<i64>,
    #[attr(required, check = one_of(STORAGE_CLASSES))]
    pub(crate) storage_class: Attr<String>,
}

/// The `rule.noncurrent_version_expiration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NoncurrentExpiration {
    #[attr(optional, computed, check = range(1, i64::from(i32::MAX)))]
    pub(crate) newer_noncurrent_versions: Attr<i64>,
    #[attr(required, check = range(1, i64::from(i32::MAX)))]
    pub(crate) noncurrent_days: Attr<i64>,
}

/// The `rule.filter` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LifecycleFilter {
    #[attr(optional, computed)]
    pub(crate) object_size_greater_than: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) object_size_less_than: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) prefix: Attr<String>,
    #[block(list)]
    pub(crate) and: Blocks<And>,
    #[block(list)]
    pub(crate) tag: Blocks<Tag>,
}

/// The `rule.filter.tag` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Tag {
    #[attr(required)]
    pub(crate) key: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// The `rule.filter.and` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct And {
    #[attr(optional, computed, check = range(0, i64::MAX))]
    pub(crate) object_size_greater_than: Attr<i64>,
    #[attr(optional, computed, check = range(1, i64::MAX))]
    pub(crate) object_size_less_than: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
}

/// The `rule.expiration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Expiration {
    #[attr(optional, check = midnight)]
    pub(crate) date: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) days: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) expired_object_delete_marker: Attr<bool>,
}

/// The `rule.abort_incomplete_multipart_upload` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AbortIncompleteUpload {
    #[attr(optional)]
    pub(crate) days_after_initiation: Attr<i64>,
}

/// Checks a configured rule for what S3 would refuse.
pub(crate) fn check(rule: &Rule, problems: &mut Problems) {
    for (name, count) in [
        ("abort_incomplete_multipart_upload", rule.abort_incomplete_multipart_upload.len()),
        ("expiration", rule.expiration.len()),
        ("filter", rule.filter.len()),
        ("noncurrent_version_expiration", rule.noncurrent_version_expiration.len()),
    ] {
        if count > 1 {
            let detail = format!("A rule has at most one \"{name}\" block.");
            problems.error(name, "Too many blocks", detail);
        }
    }
    problems
        .conflict(("prefix", rule.prefix.filled().is_some()), ("filter", !rule.filter.is_empty()));
    for expiration in &rule.expiration {
        problems.within("expiration.0", |problems| {
            problems.conflict(
                ("date", !expiration.date.is_null()),
                ("days", expiration.days.get().is_some_and(|days| *days != 0)),
            );
        });
    }
    for transition in &rule.transition {
        problems.conflict(
            ("transition.date", !transition.date.is_null()),
            ("transition.days", !transition.days.is_null()),
        );
    }
    check_times(rule, problems);
    for filter in &rule.filter {
        problems.within("filter.0", |problems| check_filter(filter, problems));
    }
    let does_nothing = rule.abort_incomplete_multipart_upload.is_empty()
        && rule.expiration.is_empty()
        && rule.noncurrent_version_expiration.is_empty()
        && rule.noncurrent_version_transition.is_empty()
        && rule.transition.is_empty();
    let unknown = rule.abort_incomplete_multipart_upload.is_unknown()
        || rule.expiration.is_unknown()
        || rule.noncurrent_version_expiration.is_unknown()
        || rule.noncurrent_version_transition.is_unknown()
        || rule.transition.is_unknown();
    if does_nothing && !unknown {
        problems.error(
            "id",
            "Rule without an action",
            "S3 refuses a rule that does nothing. Add an \"expiration\", a \"transition\", a \
             \"noncurrent_version_expiration\", a \"noncurrent_version_transition\" or an \
             \"abort_incomplete_multipart_upload\" block.",
        );
    }
}

/// When objects move and expire, and which versions.
fn check_times(rule: &Rule, problems: &mut Problems) {
    let expiration = rule.expiration.first();
    let moves: Vec<Move<'_>> =
        rule.transition.iter().map(|t| Move { days: &t.days, class: &t.storage_class }).collect();
    let expires = expiration.map(|e| ("expiration.0.days", &e.days));
    check_moves("transition", &moves, expires, problems);
    let later: Vec<Move<'_>> = rule
        .noncurrent_version_transition
        .iter()
        .map(|t| Move { days: &t.noncurrent_days, class: &t.storage_class })
        .collect();
    let gone = rule.noncurrent_version_expiration.first();
    let gone =
        gone.map(|e| ("noncurrent_version_expiration.0.noncurrent_days", &e.noncurrent_days));
    check_moves("noncurrent_version_transition", &later, gone, problems);
    let days = rule.transition.iter().any(|t| t.days.is_known())
        || expiration.is_some_and(|e| e.days.get().is_some_and(|d| *d > 0));
    let dates = rule.transition.iter().any(|t| t.date.is_known())
        || expiration.is_some_and(|e| e.date.is_known());
    check_mix(days, dates, problems);
    let is_marker = expiration.is_some_and(|e| e.expired_object_delete_marker.is_true());
    if !is_marker && rule.abort_incomplete_multipart_upload.is_empty() {
        return;
    }
    let tagged = |filter: &LifecycleFilter| {
        !filter.tag.is_empty()
            || filter.and.iter().any(|and| and.tags.get().is_some_and(|tags| !tags.is_empty()))
    };
    if rule.filter.iter().any(tagged) {
        let name = match is_marker {
            true => "expiration.0.expired_object_delete_marker",
            false => "abort_incomplete_multipart_upload",
        };
        problems.error(
            name,
            "Invalid combination of arguments",
            "Neither delete markers nor uploads that were never completed have tags, by which this \
             rule's filter chooses. Put it into a rule of its own.",
        );
    }
}

fn check_filter(filter: &LifecycleFilter, problems: &mut Problems) {
    let set = [
        ("and", !filter.and.is_empty()),
        ("tag", !filter.tag.is_empty()),
        ("prefix", filter.prefix.filled().is_some()),
        ("object_size_greater_than", !filter.object_size_greater_than.is_null()),
        ("object_size_less_than", !filter.object_size_less_than.is_null()),
    ];
    let set: Vec<&str> = set.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    if let [_, second, ..] = set.as_slice() {
        let detail = format!(
            "A filter has one condition, not {}. Several go into an \"and\" block.",
            set.join(" and ")
        );
        problems.error(second, "Invalid combination of arguments", detail);
    }
}

/// Whether two lists have the same rules, in whatever order.
pub(crate) fn same_rules(a: &[Rule], b: &[Rule]) -> bool {
    let sorted = |rules: &[Rule]| {
        let mut rules = rules.to_vec();
        rules.sort_by(|a, b| a.id.text().cmp(b.id.text()));
        for rule in &mut rules {
            let key = |t: &Transition| (t.storage_class.or_default(), t.days.cloned());
            rule.transition.sort_by_key(key);
            let key = |t: &NoncurrentTransition| {
                (t.storage_class.or_default(), t.noncurrent_days.cloned())
            };
            rule.noncurrent_version_transition.sort_by_key(key);
        }
        rules
    };
    sorted(a) == sorted(b)
}
