//! The replicas of a table in other regions.
//!
//! No emulator serves them: they are tested with requests and answers.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    CreateReplicationGroupMemberAction, DeleteReplicationGroupMemberAction, ReplicaDescription,
    ReplicaStatus, ReplicationGroupUpdate, TableDescription,
};
use groma_aws_core::{Arn, Aws, Outcome as _, Progress, TagChange, TagMap, retry, wait};
use groma_sdk::{Attr, Blocks, Context, Diagnostic, Diagnostics, Problems};

use super::model::{DynamodbTable, DynamodbTableReplica};
use super::wanted::built;
use super::{NOT_FOUND, change, dynamodb, dynamodb_in, passes, read};

type Replica = DynamodbTableReplica;

/// What DynamoDB would refuse.
pub(super) fn check(table: &DynamodbTable, problems: &mut Problems) {
    if table.replica.is_empty() {
        return;
    }
    if let Some(view) = table.stream_view_type.filled()
        && !view.eq_ignore_ascii_case("NEW_AND_OLD_IMAGES")
    {
        problems.error(
            "stream_view_type",
            "Replicas without the stream that they need",
            format!(
                "Replicas are fed by the table's stream, which must show NEW_AND_OLD_IMAGES, not {view}."
            ),
        );
    }
    for (i, replica) in table.replica.iter().enumerate() {
        let region = replica.region_name.filled();
        let twice = table.replica.iter().take(i).any(|r| r.region_name.filled() == region);
        if let Some(region) = region.filter(|_| twice) {
            let detail =
                format!("A table has one replica in a region, but there are two in {region}.");
            problems.error("replica", "Two replicas in one region", detail);
        }
    }
}

/// A table needs no replica where it is itself.
pub(super) fn check_regions(table: &DynamodbTable, own: &str, problems: &mut Problems) {
    if table.replica.iter().any(|replica| replica.region_name.text() == own) {
        problems.error(
            "replica",
            "Replica in the table's own region",
            format!("The table itself is in {own}. Name other regions."),
        );
    }
}

/// Brings the replicas to what is planned. A replica that is to have another key goes and comes.
pub(super) async fn update(
    cx: &Context<Aws>,
    prior: &[Replica],
    planned: &DynamodbTable,
    arn: &str,
    patience: Duration,
) -> Result<(), Diagnostics> {
    if planned.replica.is_unknown() {
        return Ok(());
    }
    let name = planned.name.text();
    let same = |a: &Replica, b: &Replica| {
        a.region_name.text() == b.region_name.text()
            && (b.kms_key_arn.filled().is_none()
                || a.kms_key_arn.filled() == b.kms_key_arn.filled())
    };
    for old in prior.iter().filter(|old| !planned.replica.iter().any(|new| same(old, new))) {
        remove(cx, name, old.region_name.text(), patience).await?;
    }
    for new in &planned.replica {
        let old = prior.iter().find(|old| same(old, new));
        if old.is_none() {
            add(cx, name, new, patience).await?;
        }
        let region = new.region_name.text();
        let (was, is) = (
            old.is_some_and(|old| old.point_in_time_recovery.is_true()),
            new.point_in_time_recovery.is_true(),
        );
        if was != is {
            let client = dynamodb_in(cx.client(), region);
            change::back_up(cx, &client, name, is, None, patience).await?;
        }
        if new.propagate_tags.is_true() {
            propagate(cx, name, arn, region, &planned.tags_all.or_default()).await?;
        }
    }
    Ok(())
}

async fn add(
    cx: &Context<Aws>,
    name: &str,
    replica: &Replica,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let region = replica.region_name.text();
    let action = CreateReplicationGroupMemberAction::builder()
        .region_name(region)
        .set_kms_master_key_id(replica.kms_key_arn.to_filled());
    let update = ReplicationGroupUpdate::builder().create(built(action.build())?).build();
    let request = dynamodb(cx.client()).update_table().table_name(name).replica_updates(update);
    let sent = retry(cx, "other changes of the table to end", patience, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    match sent.await {
        // An answer was lost, and the SDK asked again; or a former run did not wait for it.
        Err(e) if !e.says("ValidationException", "already exist") => {
            return Err(
                e.during(format!("creating replica of DynamoDB Table ({name}) in {region}"))
            );
        }
        _ => {}
    }
    let what = format!("the replica of DynamoDB Table ({name}) in {region} to become ACTIVE");
    wait(cx, what, patience, || async {
        let table = read::description(cx, name).await?;
        let status = table.as_ref().and_then(|t| find(t, region)?.replica_status().cloned());
        match status {
            Some(ReplicaStatus::Active) => Ok(Progress::Ready(())),
            Some(ReplicaStatus::CreationFailed) => Err(Diagnostic::error(
                format!("creating replica of DynamoDB Table ({name}) in {region}: it failed"),
                "DynamoDB could not make it. Look into the table's global tables for the reason, \
                 and run the command again.",
            )
            .into()),
            Some(status) => Ok(Progress::pending(status.as_str())),
            None => Ok(Progress::pending("missing")),
        }
    })
    .await
}

/// Removes the replica of a region.
pub(super) async fn remove(
    cx: &Context<Aws>,
    name: &str,
    region: &str,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let action = DeleteReplicationGroupMemberAction::builder().region_name(region);
    let update = ReplicationGroupUpdate::builder().delete(built(action.build())?).build();
    let request = dynamodb(cx.client()).update_table().table_name(name).replica_updates(update);
    let sent = retry(cx, "other changes of the table to end", patience, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    match sent.await {
        Err(e) if !e.is(NOT_FOUND) && !e.says("ValidationException", "was not found") => {
            return Err(
                e.during(format!("deleting replica of DynamoDB Table ({name}) in {region}"))
            );
        }
        _ => {}
    }
    let what = format!("the replica of DynamoDB Table ({name}) in {region} to be gone");
    wait(cx, what, patience, || async {
        let table = read::description(cx, name).await?;
        Ok(match table.as_ref().and_then(|t| find(t, region)) {
            None => Progress::Ready(()),
            Some(replica) => {
                Progress::pending(replica.replica_status().map(|s| s.as_str()).unwrap_or_default())
            }
        })
    })
    .await
}

fn find<'a>(table: &'a TableDescription, region: &str) -> Option<&'a ReplicaDescription> {
    table.replicas().iter().find(|replica| replica.region_name() == Some(region))
}

/// Gives a replica the tags of the table.
async fn propagate(
    cx: &Context<Aws>,
    name: &str,
    arn: &str,
    region: &str,
    tags: &TagMap,
) -> Result<(), Diagnostics> {
    let client = dynamodb_in(cx.client(), region);
    let arn = arn_in(arn, region);
    let there = read::tags(&client, name, &arn).await?;
    let change = TagChange::between(&cx.client().tags().ignored, &there, tags);
    change::tag(&client, name, &arn, change).await
}

/// The ARN of the same table in another region.
fn arn_in(arn: &str, region: &str) -> String {
    match arn.parse::<Arn>() {
        Ok(arn) => Arn { region: region.to_owned(), ..arn }.to_string(),
        Err(_) => arn.to_owned(),
    }
}

/// The replicas of a table as they are recorded.
pub(super) async fn read(
    cx: &Context<Aws>,
    known: &Blocks<Replica>,
    table: &TableDescription,
) -> Result<Blocks<Replica>, Diagnostics> {
    let mut found = Vec::new();
    for replica in table.replicas() {
        let Some(region) = replica.region_name() else { continue };
        let known = known.iter().find(|known| known.region_name.text() == region);
        found.push(read_one(cx, known, table, replica, region).await?);
    }
    Ok(found.into())
}

async fn read_one(
    cx: &Context<Aws>,
    known: Option<&Replica>,
    table: &TableDescription,
    replica: &ReplicaDescription,
    region: &str,
) -> Result<Replica, Diagnostics> {
    let name = table.table_name().unwrap_or_default();
    let client = dynamodb_in(cx.client(), region);
    let (there, recovery) =
        tokio::try_join!(read::description_by(&client, name), read::recovery(&client, name))?;
    let there = there.as_ref();
    let key = there.and_then(|t| t.sse_description()).and_then(|sse| sse.kms_master_key_arn());
    Ok(Replica {
        arn: arn_in(table.table_arn().unwrap_or_default(), region).into(),
        kms_key_arn: key.or(replica.kms_master_key_id()).unwrap_or_default().into(),
        point_in_time_recovery: recovery.enabled.is_true().into(),
        // Only the configuration knows.
        propagate_tags: known.map(|k| k.propagate_tags.clone()).unwrap_or(Attr::Known(false)),
        region_name: region.into(),
        stream_arn: there.and_then(|t| t.latest_stream_arn()).unwrap_or_default().into(),
        stream_label: there.and_then(|t| t.latest_stream_label()).unwrap_or_default().into(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use groma_aws_core::testing::{Answer, Fake};
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/t";
    const SOON: Duration = Duration::from_secs(5);

    fn table(replicas: &[(&str, &str)]) -> Answer {
        let replicas: Vec<_> = replicas
            .iter()
            .map(|(region, status)| json!({ "RegionName": region, "ReplicaStatus": status }))
            .collect();
        let table = json!({
            "TableName": "t", "TableArn": ARN, "TableStatus": "ACTIVE", "Replicas": replicas,
            "LatestStreamArn": "stream", "LatestStreamLabel": "label",
        });
        Answer::json(json!({ "Table": table }).to_string())
    }

    fn replica(region: &str) -> Replica {
        Replica { region_name: region.into(), ..Default::default() }
    }

    fn planned(replicas: &[Replica]) -> DynamodbTable {
        DynamodbTable {
            name: "t".into(),
            replica: replicas.to_vec().into(),
            tags_all: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn replicas_come_and_go() {
        let fake = Fake::new();
        let looks = Arc::new(AtomicUsize::new(0));
        fake.on("UpdateTable", |_| Answer::json("{}"));
        fake.on("DescribeTable", move |_| match looks.fetch_add(1, Ordering::SeqCst) {
            0 => table(&[("eu-west-1", "DELETING")]),
            1 => table(&[]),
            2 => table(&[("eu-north-1", "CREATING")]),
            _ => table(&[("eu-north-1", "ACTIVE")]),
        });
        fake.on("UpdateContinuousBackups", |_| Answer::json("{}"));
        fake.on("ListTagsOfResource", |_| Answer::json(r#"{"Tags":[{"Key":"old","Value":"x"}]}"#));
        fake.on("TagResource", |_| Answer::json("{}"));
        fake.on("UntagResource", |_| Answer::json("{}"));
        let cx = fake.context();
        let new = Replica {
            point_in_time_recovery: true.into(),
            propagate_tags: true.into(),
            ..replica("eu-north-1")
        };
        update(&cx, &[replica("eu-west-1")], &planned(&[new]), ARN, SOON).await.unwrap();
        let updates = fake.requests_of("UpdateTable");
        let region = |i: usize, action: &str| {
            updates[i].json()["ReplicaUpdates"][0][action]["RegionName"].clone()
        };
        assert_eq!(
            (region(0, "Delete"), region(1, "Create")),
            (json!("eu-west-1"), json!("eu-north-1"))
        );
        let there = "arn:aws:dynamodb:eu-north-1:123456789012:table/t";
        let backups = fake.requests_of("UpdateContinuousBackups");
        assert!(backups[0].host.contains("eu-north-1"), "{}", backups[0].host);
        assert_eq!(fake.requests_of("TagResource")[0].json()["ResourceArn"], there);
        assert_eq!(fake.requests_of("UntagResource")[0].json()["TagKeys"], json!(["old"]));
    }

    #[tokio::test]
    async fn another_key_is_another_replica() {
        let fake = Fake::new();
        let removed = Arc::new(AtomicUsize::new(0));
        let seen = removed.clone();
        fake.on("UpdateTable", move |r| {
            seen.store(
                usize::from(!r.json()["ReplicaUpdates"][0]["Delete"].is_null()),
                Ordering::SeqCst,
            );
            Answer::json("{}")
        });
        fake.on("DescribeTable", move |_| match removed.load(Ordering::SeqCst) {
            1 => table(&[]),
            _ => table(&[("eu-west-1", "ACTIVE")]),
        });
        let cx = fake.context();
        let with = |key: &str| Replica { kms_key_arn: key.into(), ..replica("eu-west-1") };
        update(&cx, &[with("a")], &planned(&[with("b")]), ARN, SOON).await.unwrap();
        assert_eq!(fake.calls("UpdateTable"), 2);
        // One that is not configured stays as it is.
        update(&cx, &[with("b")], &planned(&[replica("eu-west-1")]), ARN, SOON).await.unwrap();
        assert_eq!(fake.calls("UpdateTable"), 2);
    }

    #[tokio::test]
    async fn replicas_are_read_where_they_are() {
        let fake = Fake::new();
        fake.on("DescribeTable", |_| table(&[("eu-west-1", "ACTIVE")]));
        fake.on("DescribeContinuousBackups", |_| {
            let recovery = json!({ "PointInTimeRecoveryStatus": "ENABLED" });
            let backups = json!({
                "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery,
            });
            Answer::json(json!({ "ContinuousBackupsDescription": backups }).to_string())
        });
        let cx = fake.context();
        let described = read::description(&cx, "t").await.unwrap().unwrap();
        let known = Replica { propagate_tags: true.into(), ..replica("eu-west-1") };
        let found = super::read(&cx, &Blocks::one(known), &described).await.unwrap();
        let found = found.first().unwrap();
        assert_eq!(found.arn.text(), "arn:aws:dynamodb:eu-west-1:123456789012:table/t");
        assert!(found.point_in_time_recovery.is_true() && found.propagate_tags.is_true());
        assert_eq!(found.stream_label.text(), "label");
    }

    #[test]
    fn what_dynamodb_would_refuse_is_told() {
        let told = |table: &DynamodbTable| {
            let mut problems = Problems::new();
            check(table, &mut problems);
            check_regions(table, "us-east-1", &mut problems);
            problems.into_diagnostics().to_string()
        };
        assert_eq!(told(&planned(&[replica("eu-west-1"), replica("eu-north-1")])), "");
        assert!(told(&planned(&[replica("us-east-1")])).contains("own region"));
        let twice = planned(&[replica("eu-west-1"), replica("eu-west-1")]);
        assert!(told(&twice).contains("Two replicas"));
        let streams = DynamodbTable {
            stream_view_type: "KEYS_ONLY".into(),
            ..planned(&[replica("eu-west-1")])
        };
        assert!(told(&streams).contains("NEW_AND_OLD_IMAGES"));
    }
}
