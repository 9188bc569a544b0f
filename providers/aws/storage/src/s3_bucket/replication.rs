//! The replication of a bucket, in the form that the bucket's own block has for it.

use aws_sdk_s3::types::{
    AccessControlTranslation, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    EncryptionConfiguration, Metrics, MetricsStatus, OwnerOverride, ReplicationConfiguration,
    ReplicationRule, ReplicationRuleAndOperator, ReplicationRuleFilter, ReplicationRuleStatus,
    ReplicationTime, ReplicationTimeStatus, ReplicationTimeValue, SourceSelectionCriteria,
    SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus, StorageClass,
};
use groma_aws_core::{Aws, Error, Outcome as _, retry, tag_map};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Problems};

use super::model::{
    S3Bucket, S3BucketAccessControlTranslation, S3BucketDestination, S3BucketFilter,
    S3BucketMetrics, S3BucketReplicationConfiguration, S3BucketReplicationTime, S3BucketRules,
    S3BucketSourceSelectionCriteria, S3BucketSseKmsEncryptedObjects,
};
use crate::s3::{NO_SUCH_BUCKET, PROPAGATION, built, s3, tag_list};

/// The code for a bucket that has no replication.
pub(super) const NONE: &str = "ReplicationConfigurationNotFoundError";

const ENABLED: &str = "Enabled";

/// What S3 would refuse.
pub(super) fn check(config: &S3Bucket, problems: &mut Problems) {
    if config.replication_configuration.is_empty() {
        return;
    }
    // Versioning may be configured by its own type, too: what is not told here is not known.
    if let Some(versioning) = config.versioning.first()
        && matches!(versioning.enabled, Attr::Known(false) | Attr::Null)
    {
        problems.error(
            "versioning.0.enabled",
            "Replication without versioning",
            "S3 replicates only buckets that keep versions. Set \"enabled\" to true.",
        );
    }
    for configuration in &config.replication_configuration {
        for (i, rule) in configuration.rules.iter().enumerate() {
            let path = format!("replication_configuration.0.rules.{i}");
            problems.within(&path, |problems| check_rule(rule, problems));
        }
    }
}

fn check_rule(rule: &S3BucketRules, problems: &mut Problems) {
    problems
        .conflict(("prefix", rule.prefix.filled().is_some()), ("filter", !rule.filter.is_empty()));
    for destination in &rule.destination {
        let given = !destination.access_control_translation.is_empty();
        if given && destination.account_id.is_null() {
            problems.error(
                "destination.0.account_id",
                "Missing required argument",
                "Who is to own the replicas (\"access_control_translation\") is told by the \
                 account of the destination.",
            );
        }
        let timed = destination.replication_time.iter().any(|t| t.status.text() == ENABLED);
        let measured = destination.metrics.is_unknown()
            || destination.metrics.iter().any(|m| m.status.is_unknown() || m.status.is_null())
            || destination.metrics.iter().any(|m| m.status.text() == ENABLED);
        if timed && !measured {
            problems.error(
                "destination.0.metrics",
                "Missing required argument",
                "Replication within a given time (\"replication_time\") needs \"metrics\" that are \
                 enabled.",
            );
        }
    }
}

/// Sets the replication, or takes it away.
pub(super) async fn put(
    cx: &Context<Aws>,
    name: &str,
    planned: &S3Bucket,
) -> Result<(), Diagnostics> {
    let client = s3(cx.client());
    let Some(block) = planned.replication_configuration.first() else {
        let deleted = client.delete_bucket_replication().bucket(name).send().await;
        let what = format!("deleting S3 Bucket ({name}) replication configuration");
        return deleted.unless(&[NO_SUCH_BUCKET, NONE]).map(drop).map_err(|e| e.during(what));
    };
    let request =
        client.put_bucket_replication().bucket(name).replication_configuration(wanted(block)?);
    // Versioning that was just enabled is not seen at once.
    let passes = |e: &Error| {
        e.is_any(&[NO_SUCH_BUCKET, "OperationAborted"])
            || e.says("InvalidRequest", "Versioning must be 'Enabled' on the bucket")
    };
    let sent = retry(cx, "the bucket to keep versions", PROPAGATION, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    let what = format!("putting S3 Bucket ({name}) replication configuration");
    sent.await.map(drop).map_err(|e| e.during(what))
}

fn wanted(
    block: &S3BucketReplicationConfiguration,
) -> Result<ReplicationConfiguration, Diagnostics> {
    let rules = block.rules.iter().map(wanted_rule).collect::<Result<Vec<_>, _>>()?;
    let builder = ReplicationConfiguration::builder().role(block.role.text());
    built(builder.set_rules(Some(rules)).build())
}

#[expect(deprecated, reason = "old rules have their prefix in this place")]
fn wanted_rule(rule: &S3BucketRules) -> Result<ReplicationRule, Diagnostics> {
    let mut builder = ReplicationRule::builder()
        .set_id(rule.id.to_filled())
        .status(ReplicationRuleStatus::from(rule.status.text()))
        .set_source_selection_criteria(source(rule)?)
        .set_destination(rule.destination.first().map(wanted_destination).transpose()?);
    // With a filter, a rule is of the newer kind, which says everything; else it has a prefix.
    builder = match rule.filter.first() {
        Some(filter) => {
            let markers = match rule.delete_marker_replication_status.filled() {
                Some(status) => DeleteMarkerReplicationStatus::from(status),
                None => DeleteMarkerReplicationStatus::Disabled,
            };
            builder
                .priority(rule.priority.to_i32().unwrap_or_default())
                .filter(wanted_filter(filter)?)
                .delete_marker_replication(
                    DeleteMarkerReplication::builder().status(markers).build(),
                )
        }
        None => builder.prefix(rule.prefix.text()),
    };
    built(builder.build())
}

fn source(rule: &S3BucketRules) -> Result<Option<SourceSelectionCriteria>, Diagnostics> {
    let Some(block) = rule.source_selection_criteria.first() else { return Ok(None) };
    let Some(objects) = block.sse_kms_encrypted_objects.first() else { return Ok(None) };
    let status = match objects.enabled.is_true() {
        true => SseKmsEncryptedObjectsStatus::Enabled,
        false => SseKmsEncryptedObjectsStatus::Disabled,
    };
    let objects = built(SseKmsEncryptedObjects::builder().status(status).build())?;
    Ok(Some(SourceSelectionCriteria::builder().sse_kms_encrypted_objects(objects).build()))
}

fn wanted_filter(filter: &S3BucketFilter) -> Result<ReplicationRuleFilter, Diagnostics> {
    let tags = tag_list(&filter.tags.or_default())?;
    let builder = ReplicationRuleFilter::builder();
    if tags.is_empty() {
        return Ok(builder.prefix(filter.prefix.text()).build());
    }
    let and = ReplicationRuleAndOperator::builder().prefix(filter.prefix.text());
    Ok(builder.and(and.set_tags(Some(tags)).build()).build())
}

fn wanted_destination(block: &S3BucketDestination) -> Result<Destination, Diagnostics> {
    let minutes =
        |minutes: &Attr<i64>| ReplicationTimeValue::builder().set_minutes(minutes.to_i32()).build();
    let encryption = block
        .replica_kms_key_id
        .to_filled()
        .map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build());
    let owner = block.access_control_translation.first().map(|translation| {
        let owner = OwnerOverride::from(translation.owner.text());
        built(AccessControlTranslation::builder().owner(owner).build())
    });
    let metrics = block.metrics.first().map(|metrics| {
        let status = MetricsStatus::from(metrics.status.filled().unwrap_or(ENABLED));
        let builder = Metrics::builder().status(status);
        built(builder.event_threshold(minutes(&metrics.minutes)).build())
    });
    let time = block.replication_time.first().map(|time| {
        let status = ReplicationTimeStatus::from(time.status.filled().unwrap_or(ENABLED));
        built(ReplicationTime::builder().status(status).time(minutes(&time.minutes)).build())
    });
    let builder = Destination::builder()
        .bucket(block.bucket.text())
        .set_account(block.account_id.to_filled())
        .set_storage_class(block.storage_class.filled().map(StorageClass::from))
        .set_encryption_configuration(encryption)
        .set_access_control_translation(owner.transpose()?)
        .set_metrics(metrics.transpose()?)
        .set_replication_time(time.transpose()?);
    built(builder.build())
}

/// The replication as it is recorded.
pub(super) fn recorded(
    known: &Blocks<S3BucketReplicationConfiguration>,
    found: &ReplicationConfiguration,
) -> S3BucketReplicationConfiguration {
    let known = known.first().map(|k| &*k.rules).unwrap_or_default();
    let rules = found.rules().iter().map(|rule| {
        let mut rule = recorded_rule(rule);
        // S3 names rules that nobody named; those stay without a name.
        let unnamed = S3BucketRules { id: Attr::Null, ..rule.clone() };
        if known.iter().any(|k| k.id.filled().is_none() && same_rule(k, &unnamed)) {
            rule.id = Attr::Null;
        }
        rule
    });
    S3BucketReplicationConfiguration { role: found.role().into(), rules: rules.collect() }
}

/// Whether rules mean the same, whatever stands for what is not set in them.
fn same_rule(a: &S3BucketRules, b: &S3BucketRules) -> bool {
    let sent = |rule: &S3BucketRules| wanted_rule(rule).ok();
    sent(a).is_some_and(|a| Some(a) == sent(b))
}

#[expect(deprecated, reason = "old rules have their prefix here")]
fn recorded_rule(rule: &ReplicationRule) -> S3BucketRules {
    let markers = rule.delete_marker_replication().and_then(|m| m.status()).map(|s| s.as_str());
    let objects = rule
        .source_selection_criteria()
        .and_then(|criteria| criteria.sse_kms_encrypted_objects())
        .map(|objects| S3BucketSourceSelectionCriteria {
            sse_kms_encrypted_objects: Blocks::one(S3BucketSseKmsEncryptedObjects {
                enabled: (objects.status().as_str() == ENABLED).into(),
            }),
        });
    S3BucketRules {
        delete_marker_replication_status: Attr::of_filled(
            markers.filter(|status| *status == ENABLED),
        ),
        id: Attr::of_filled(rule.id()),
        prefix: Attr::of_filled(rule.prefix()),
        priority: rule.priority().into(),
        status: rule.status().as_str().into(),
        destination: rule.destination().map(recorded_destination).into(),
        filter: rule.filter().map(recorded_filter).into(),
        source_selection_criteria: objects.into(),
    }
}

fn recorded_filter(filter: &ReplicationRuleFilter) -> S3BucketFilter {
    let (prefix, tags) = match filter.and() {
        Some(and) => (and.prefix(), and.tags()),
        None => (filter.prefix(), filter.tag().map(std::slice::from_ref).unwrap_or_default()),
    };
    S3BucketFilter {
        prefix: Attr::of_filled(prefix),
        tags: match tags {
            [] => Attr::Null,
            tags => Attr::Known(tag_map(tags.iter().map(|t| (t.key(), t.value())))),
        },
    }
}

fn recorded_destination(found: &Destination) -> S3BucketDestination {
    let minutes = |value: Option<&ReplicationTimeValue>| value.and_then(|v| v.minutes()).into();
    let metrics = found.metrics().map(|m| S3BucketMetrics {
        minutes: minutes(m.event_threshold()),
        status: m.status().as_str().into(),
    });
    let time = found.replication_time().map(|t| S3BucketReplicationTime {
        minutes: minutes(t.time()),
        status: t.status().as_str().into(),
    });
    let owner = found.access_control_translation().map(|translation| {
        S3BucketAccessControlTranslation { owner: translation.owner().as_str().into() }
    });
    let key = found.encryption_configuration().and_then(|e| e.replica_kms_key_id());
    S3BucketDestination {
        account_id: Attr::of_filled(found.account()),
        bucket: found.bucket().into(),
        replica_kms_key_id: Attr::of_filled(key),
        storage_class: Attr::of_filled(found.storage_class().map(|c| c.as_str())),
        access_control_translation: owner.into(),
        metrics: metrics.into(),
        replication_time: time.into(),
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn rule() -> S3BucketRules {
        S3BucketRules {
            delete_marker_replication_status: ENABLED.into(),
            id: "all".into(),
            priority: 3.into(),
            status: ENABLED.into(),
            destination: Blocks::one(S3BucketDestination {
                account_id: "123456789012".into(),
                bucket: "arn:aws:s3:::there".into(),
                replica_kms_key_id: "arn:aws:kms:eu-west-1:123456789012:key/k".into(),
                storage_class: "STANDARD_IA".into(),
                access_control_translation: Blocks::one(S3BucketAccessControlTranslation {
                    owner: "Destination".into(),
                }),
                metrics: Blocks::one(S3BucketMetrics {
                    minutes: 15.into(),
                    status: ENABLED.into(),
                }),
                replication_time: Blocks::one(S3BucketReplicationTime {
                    minutes: 15.into(),
                    status: ENABLED.into(),
                }),
            }),
            filter: Blocks::one(S3BucketFilter {
                prefix: "a/".into(),
                tags: Attr::Known([("b".to_owned(), "c".to_owned())].into()),
            }),
            source_selection_criteria: Blocks::one(S3BucketSourceSelectionCriteria {
                sse_kms_encrypted_objects: Blocks::one(S3BucketSseKmsEncryptedObjects {
                    enabled: true.into(),
                }),
            }),
            ..Default::default()
        }
    }

    fn block(rule: S3BucketRules) -> S3BucketReplicationConfiguration {
        let role = "arn:aws:iam::123456789012:role/r".into();
        S3BucketReplicationConfiguration { role, rules: Blocks::one(rule) }
    }

    #[test]
    fn rules_come_back_as_they_went() {
        let older = S3BucketRules {
            prefix: "p".into(),
            filter: Blocks::none(),
            priority: Attr::Null,
            delete_marker_replication_status: Attr::Null,
            ..rule()
        };
        for rule in [rule(), older] {
            let block = block(rule);
            assert_eq!(recorded(&Blocks::none(), &wanted(&block).unwrap()), block);
        }
    }

    #[test]
    fn rules_without_a_name_stay_without() {
        let known = block(S3BucketRules { id: Attr::Null, ..rule() });
        let found = wanted(&block(rule())).unwrap();
        assert_eq!(recorded(&Blocks::one(known.clone()), &found), known);
        assert_eq!(recorded(&Blocks::none(), &found), block(rule()));
    }

    #[test]
    fn what_s3_would_refuse_is_told() {
        let told = |bucket: &S3Bucket| {
            let mut problems = Problems::new();
            check(bucket, &mut problems);
            problems.into_diagnostics().to_string()
        };
        let versioning = |enabled: Attr<bool>| {
            Blocks::one(super::super::model::S3BucketVersioning { enabled, mfa_delete: Attr::Null })
        };
        let mut bucket = S3Bucket {
            replication_configuration: Blocks::one(block(rule())),
            ..Default::default()
        };
        assert_eq!(told(&bucket), "");
        bucket.versioning = versioning(Attr::Unknown);
        assert_eq!(told(&bucket), "");
        bucket.versioning = versioning(false.into());
        assert!(told(&bucket).contains("Replication without versioning"));
        bucket.versioning = Blocks::none();
        let mut wrong = rule();
        wrong.prefix = "p".into();
        wrong.destination[0].account_id = Attr::Null;
        wrong.destination[0].metrics = Blocks::none();
        bucket.replication_configuration = Blocks::one(block(wrong));
        let text = told(&bucket);
        assert!(text.contains("\"prefix\" cannot be set together with \"filter\""), "{text}");
        assert!(text.contains("account of the destination"), "{text}");
        assert!(text.contains("needs \"metrics\""), "{text}");
    }

    #[tokio::test]
    async fn versions_that_are_kept_since_now_are_waited_for() {
        let fake = Fake::new();
        let refused = "Versioning must be 'Enabled' on the bucket to apply a replication";
        for path in ["PUT /b/?replication", "PUT /b?replication"] {
            fake.once(path, move |_| Answer::s3_error(400, "InvalidRequest", refused));
            fake.on(path, |_| Answer::empty());
        }
        let bucket = S3Bucket {
            replication_configuration: Blocks::one(block(rule())),
            ..Default::default()
        };
        put(&fake.context(), "b", &bucket).await.unwrap();
        let sent = fake.requests();
        assert_eq!(sent.len(), 2);
        let body = sent[1].text();
        assert!(body.contains("<And><Prefix>a/</Prefix><Tag><Key>b</Key>"), "{body}");
        assert!(body.contains("<Priority>3</Priority>"), "{body}");
    }

    #[tokio::test]
    async fn replication_that_is_no_longer_configured_goes() {
        let fake = Fake::new();
        for path in ["DELETE /b/?replication", "DELETE /b?replication"] {
            fake.on(path, |_| Answer::empty());
        }
        put(&fake.context(), "b", &S3Bucket::default()).await.unwrap();
        assert_eq!(fake.requests().len(), 1);
    }
}
