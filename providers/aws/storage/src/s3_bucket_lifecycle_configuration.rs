//! `aws_s3_bucket_lifecycle_configuration`: when objects of a bucket move or expire.

mod convert;
mod model;

use std::time::Duration;

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, LifecycleRule, TransitionDefaultMinimumObjectSize,
};
use groma_aws_core::{Aws, Outcome as _, Progress, wait};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::s3::{NO_SUCH_BUCKET, Place, put, s3};
use model::{LifecycleFilter, S3BucketLifecycleConfiguration, Timeouts};

/// The type.
pub(crate) struct LifecycleResource;

/// How large objects must be to be moved unless a rule says otherwise.
const DEFAULT_SIZE: &str = "all_storage_classes_128K";

#[async_trait]
impl Managed<Aws> for LifecycleResource {
    type Model = S3BucketLifecycleConfiguration;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_lifecycle_configuration"
    }

    fn validate(&self, config: &S3BucketLifecycleConfiguration, problems: &mut Problems) {
        if config.rule.is_empty() && !config.rule.is_unknown() {
            problems.error(
                "rule",
                "Missing required argument",
                "A lifecycle configuration has at least one \"rule\" block.",
            );
        }
        for (i, rule) in config.rule.iter().enumerate() {
            problems.within(&format!("rule.{i}"), |problems| model::check(rule, problems));
        }
        for (i, rule) in config.rule.iter().enumerate() {
            let same = |other: &model::Rule| {
                rule.id.filled().is_some() && other.id.filled() == rule.id.filled()
            };
            if config.rule.iter().take(i).any(same) {
                problems.error(
                    &format!("rule.{i}.id"),
                    "Duplicate rule ID",
                    format!(
                        "Another rule has the ID {:?}; S3 tells rules apart by it.",
                        rule.id.text()
                    ),
                );
            }
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<S3BucketLifecycleConfiguration>,
    ) -> Result<(), Diagnostics> {
        if !change.config.rule.is_unknown() {
            let rules = change.config.rule.iter().map(completed);
            change.planned.rule = rules.collect();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketLifecycleConfiguration,
        planned: S3BucketLifecycleConfiguration,
    ) -> Result<S3BucketLifecycleConfiguration, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, &planned).await?;
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        let timeout = Timeouts::create(&state.timeouts);
        settled(cx, &place, state, timeout).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketLifecycleConfiguration,
    ) -> Result<Option<S3BucketLifecycleConfiguration>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        record(&mut state, &found);
        state.bucket = place.bucket.into();
        // Recorded as empty where there is none, as a computed attribute of this type is.
        state.expected_bucket_owner = place.owner.unwrap_or_default().into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketLifecycleConfiguration,
        _config: S3BucketLifecycleConfiguration,
        planned: S3BucketLifecycleConfiguration,
    ) -> Result<S3BucketLifecycleConfiguration, Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        set(cx, &place, &planned).await?;
        let timeout = Timeouts::update(&planned.timeouts);
        settled(cx, &place, planned, timeout).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketLifecycleConfiguration,
    ) -> Result<(), Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        let request = s3(cx.client())
            .delete_bucket_lifecycle()
            .bucket(&place.bucket)
            .set_expected_bucket_owner(place.owner.clone());
        let deleted = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
        let what = format!("deleting S3 Bucket Lifecycle Configuration ({place})");
        deleted.map(drop).map_err(|e| e.during(what))
    }
}

const NONE: &str = "NoSuchLifecycleConfiguration";

/// A configured rule with the values that stand for none, as states have them.
fn completed(rule: &model::Rule) -> model::Rule {
    let or = |value: &Attr<String>, none: &str| match value {
        Attr::Null => none.into(),
        value => value.clone(),
    };
    let mut rule = rule.clone();
    rule.prefix = or(&rule.prefix, "");
    for expiration in rule.expiration.iter_mut() {
        if expiration.days.is_null() {
            expiration.days = 0.into();
        }
        if expiration.expired_object_delete_marker.is_null() {
            expiration.expired_object_delete_marker = false.into();
        }
    }
    for filter in rule.filter.iter_mut() {
        complete_filter(filter);
    }
    for transition in rule.transition.iter_mut() {
        if transition.days.is_null() && transition.date.is_null() {
            transition.days = 0.into();
        }
    }
    rule
}

fn complete_filter(filter: &mut LifecycleFilter) {
    // A filter without conditions is one for an empty prefix.
    let is_empty = filter.and.is_empty()
        && filter.tag.is_empty()
        && filter.object_size_greater_than.is_null()
        && filter.object_size_less_than.is_null();
    if is_empty && filter.prefix.is_null() && !filter.and.is_unknown() && !filter.tag.is_unknown() {
        filter.prefix = "".into();
    }
    for and in filter.and.iter_mut() {
        if and.object_size_greater_than.is_null() {
            and.object_size_greater_than = 0.into();
        }
        if and.object_size_less_than.is_null() {
            and.object_size_less_than = 0.into();
        }
        if and.prefix.is_null() {
            and.prefix = "".into();
        }
    }
}

async fn set(
    cx: &Context<Aws>,
    place: &Place,
    model: &S3BucketLifecycleConfiguration,
) -> Result<(), Diagnostics> {
    let rules = model.rule.iter().map(convert::wanted).collect::<Result<Vec<_>, _>>()?;
    let size = model.transition_default_minimum_object_size.filled();
    put_rules(cx, place, rules, size.map(TransitionDefaultMinimumObjectSize::from)).await
}

/// Sets the rules of a bucket.
pub(crate) async fn put_rules(
    cx: &Context<Aws>,
    place: &Place,
    rules: Vec<LifecycleRule>,
    size: Option<TransitionDefaultMinimumObjectSize>,
) -> Result<(), Diagnostics> {
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules));
    let request = s3(cx.client())
        .put_bucket_lifecycle_configuration()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .set_transition_default_minimum_object_size(size)
        .lifecycle_configuration(crate::s3::built(configuration.build())?);
    put!(cx, format!("putting S3 Bucket ({place}) Lifecycle Configuration"), request)
}

/// Looks until the rules are those that were set. S3 answers with the old ones for a while.
async fn settled(
    cx: &Context<Aws>,
    place: &Place,
    mut state: S3BucketLifecycleConfiguration,
    timeout: Duration,
) -> Result<S3BucketLifecycleConfiguration, Diagnostics> {
    let what = format!("lifecycle configuration of S3 Bucket ({place}) to be in effect");
    let wanted: Blocks<model::Rule> = state
        .rule
        .iter()
        .map(|rule| convert::wanted(rule).map(|rule| convert::recorded(&rule)))
        .collect::<Result<Vec<_>, _>>()?
        .into();
    let found = wait(cx, what, timeout, || async {
        Ok(match find(cx, place).await? {
            Some(found) => {
                let rules: Blocks<model::Rule> =
                    found.rules().iter().map(convert::recorded).collect();
                match model::same_rules(&rules, &wanted) {
                    true => Progress::Ready(found),
                    false => Progress::pending("other rules"),
                }
            }
            None => Progress::pending("no rules"),
        })
    })
    .await?;
    record(&mut state, &found);
    state.expected_bucket_owner = place.owner.clone().unwrap_or_default().into();
    Ok(state)
}

/// The configuration; one without rules is none.
pub(crate) async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<GetBucketLifecycleConfigurationOutput>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_lifecycle_configuration()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET, NONE]);
    let found = found
        .map_err(|e| e.during(format!("reading S3 Bucket Lifecycle Configuration ({place})")))?;
    Ok(found.filter(|found| !found.rules().is_empty()))
}

fn record(
    model: &mut S3BucketLifecycleConfiguration,
    found: &GetBucketLifecycleConfigurationOutput,
) {
    let known = std::mem::take(&mut model.rule);
    let mut rules: Vec<model::Rule> = found.rules().iter().map(convert::recorded).collect();
    // S3 keeps no order; the one that the rules were written in is as good as any.
    let place = |rule: &model::Rule| known.iter().position(|k| k.id == rule.id);
    rules.sort_by_cached_key(|rule| place(rule).unwrap_or(usize::MAX));
    for rule in &mut rules {
        if let Some(known) = place(rule).and_then(|i| known.get(i)) {
            convert::keep_words(known, rule);
        }
    }
    model.rule = rules.into();
    let size = found.transition_default_minimum_object_size().map(|s| s.as_str());
    let known = model.transition_default_minimum_object_size.to_filled();
    let size = size.map(str::to_owned).or(known);
    model.transition_default_minimum_object_size =
        size.unwrap_or_else(|| DEFAULT_SIZE.to_owned()).into();
}
