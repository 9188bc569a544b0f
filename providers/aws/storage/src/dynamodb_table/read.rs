//! Reading a table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    GlobalSecondaryIndexDescription, KeySchemaElement, KeyType, LocalSecondaryIndexDescription,
    OnDemandThroughput, PointInTimeRecoveryStatus, SseStatus, TableDescription, TimeToLiveStatus,
};
use groma_aws_core::{Aws, Outcome as _, TagMap, record_tags, tag_map};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Set};

use super::model::{
    DynamodbTable, DynamodbTableAttribute, DynamodbTableGlobalSecondaryIndex,
    DynamodbTableLocalSecondaryIndex, DynamodbTableOnDemandThroughput,
    DynamodbTablePointInTimeRecovery, DynamodbTableServerSideEncryption, DynamodbTableTtl,
};
use super::wanted::PROVISIONED;
use super::{NOT_FOUND, dynamodb, replicas};

/// A table as DynamoDB describes it.
pub(super) async fn description(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<TableDescription>, Diagnostics> {
    description_by(&dynamodb(cx.client()), name).await
}

/// A table as a region describes it.
pub(super) async fn description_by(
    client: &Client,
    name: &str,
) -> Result<Option<TableDescription>, Diagnostics> {
    let found = client.describe_table().table_name(name).send().await;
    let found = found.unless(&[NOT_FOUND]);
    let found = found.map_err(|e| e.during(format!("reading DynamoDB Table ({name})")))?;
    Ok(found.and_then(|found| found.table))
}

/// Reads a table with all that belongs to it; `None` if it is gone.
pub(super) async fn table(
    cx: &Context<Aws>,
    mut state: DynamodbTable,
) -> Result<Option<DynamodbTable>, Diagnostics> {
    let name = state.id.text().to_owned();
    let Some(found) = description(cx, &name).await? else { return Ok(None) };
    let arn = found.table_arn().unwrap_or_default();
    let client = dynamodb(cx.client());
    let (ttl, recovery, replicas, tags) = tokio::try_join!(
        ttl(&client, &name),
        recovery(&client, &name),
        replicas::read(cx, &state.replica, &found),
        tags(&client, &name, arn)
    )?;
    record(&mut state, &found);
    state.replica = replicas;
    state.ttl = Blocks::one(ttl);
    state.point_in_time_recovery = Blocks::one(recovery);
    record_tags(cx.client(), &mut state, tags);
    Ok(Some(state))
}

fn record(state: &mut DynamodbTable, found: &TableDescription) {
    state.name = found.table_name().into();
    state.arn = found.table_arn().into();
    let mode = found.billing_mode_summary().and_then(|summary| summary.billing_mode());
    state.billing_mode = mode.map_or(PROVISIONED, |mode| mode.as_str()).into();
    state.deletion_protection_enabled =
        found.deletion_protection_enabled().unwrap_or_default().into();
    state.hash_key = key(found.key_schema(), &KeyType::Hash);
    state.range_key = key(found.key_schema(), &KeyType::Range);
    let throughput = found.provisioned_throughput();
    state.read_capacity =
        throughput.and_then(|t| t.read_capacity_units()).unwrap_or_default().into();
    state.write_capacity =
        throughput.and_then(|t| t.write_capacity_units()).unwrap_or_default().into();
    let attributes = found.attribute_definitions().iter().map(|a| DynamodbTableAttribute {
        name: a.attribute_name().into(),
        r#type: a.attribute_type().as_str().into(),
    });
    state.attribute = attributes.collect();
    state.local_secondary_index = found.local_secondary_indexes().iter().map(local).collect();
    state.global_secondary_index = found.global_secondary_indexes().iter().map(global).collect();
    state.on_demand_throughput = on_demand(found.on_demand_throughput());
    let stream = found.stream_specification();
    state.stream_enabled = stream.is_some_and(|s| s.stream_enabled()).into();
    let view = stream.and_then(|s| s.stream_view_type());
    state.stream_view_type = view.map_or("", |view| view.as_str()).into();
    state.stream_arn = found.latest_stream_arn().unwrap_or_default().into();
    state.stream_label = found.latest_stream_label().unwrap_or_default().into();
    let class = found.table_class_summary().and_then(|summary| summary.table_class());
    state.table_class = class.map_or("STANDARD", |class| class.as_str()).into();
    let encryption = found.sse_description().filter(|sse| sse.status().is_some());
    let encryption = encryption.map(|sse| DynamodbTableServerSideEncryption {
        enabled: sse
            .status()
            .is_some_and(|s| matches!(s, SseStatus::Enabled | SseStatus::Updating))
            .into(),
        kms_key_arn: sse.kms_master_key_arn().unwrap_or_default().into(),
    });
    state.server_side_encryption = encryption.into();
}

fn key(keys: &[KeySchemaElement], ty: &KeyType) -> Attr<String> {
    keys.iter().find(|key| key.key_type() == ty).map(|key| key.attribute_name()).into()
}

fn local(index: &LocalSecondaryIndexDescription) -> DynamodbTableLocalSecondaryIndex {
    let projection = index.projection();
    let others = projection.map(|p| p.non_key_attributes()).unwrap_or_default();
    DynamodbTableLocalSecondaryIndex {
        name: index.index_name().into(),
        non_key_attributes: (!others.is_empty()).then(|| others.to_vec()).into(),
        projection_type: projection.and_then(|p| p.projection_type()).map(|ty| ty.as_str()).into(),
        range_key: key(index.key_schema(), &KeyType::Range),
    }
}

fn global(index: &GlobalSecondaryIndexDescription) -> DynamodbTableGlobalSecondaryIndex {
    let projection = index.projection();
    let others = projection.map(|p| p.non_key_attributes()).unwrap_or_default();
    let throughput = index.provisioned_throughput();
    let others = (!others.is_empty()).then(|| others.iter().cloned().collect::<Set<String>>());
    DynamodbTableGlobalSecondaryIndex {
        hash_key: key(index.key_schema(), &KeyType::Hash),
        name: index.index_name().into(),
        non_key_attributes: others.into(),
        projection_type: projection.and_then(|p| p.projection_type()).map(|ty| ty.as_str()).into(),
        range_key: key(index.key_schema(), &KeyType::Range),
        read_capacity: throughput.and_then(|t| t.read_capacity_units()).unwrap_or_default().into(),
        write_capacity: throughput
            .and_then(|t| t.write_capacity_units())
            .unwrap_or_default()
            .into(),
        on_demand_throughput: on_demand(index.on_demand_throughput()),
    }
}

fn on_demand(found: Option<&OnDemandThroughput>) -> Blocks<DynamodbTableOnDemandThroughput> {
    let found = found
        .filter(|f| f.max_read_request_units().is_some() || f.max_write_request_units().is_some());
    let found = found.map(|found| DynamodbTableOnDemandThroughput {
        max_read_request_units: found.max_read_request_units().into(),
        max_write_request_units: found.max_write_request_units().into(),
    });
    found.into()
}

/// What emulators and some regions do not have is not there.
const NOT_HERE: &[&str] = &[NOT_FOUND, "UnknownOperationException", "TableNotFoundException"];

async fn ttl(client: &Client, name: &str) -> Result<DynamodbTableTtl, Diagnostics> {
    let request = client.describe_time_to_live().table_name(name);
    let found = request.send().await.unless(NOT_HERE);
    let what = format!("describing DynamoDB Table ({name}) Time to Live");
    let found = found.map_err(|e| e.during(what))?;
    let ttl = found.and_then(|found| found.time_to_live_description);
    let enabled = ttl.as_ref().and_then(|ttl| ttl.time_to_live_status()).is_some_and(|status| {
        matches!(status, TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
    });
    Ok(DynamodbTableTtl {
        attribute_name: ttl
            .as_ref()
            .and_then(|ttl| ttl.attribute_name())
            .unwrap_or_default()
            .into(),
        enabled: enabled.into(),
    })
}

/// Whether the table can be had as it was at any time.
pub(super) async fn recovery(
    client: &Client,
    name: &str,
) -> Result<DynamodbTablePointInTimeRecovery, Diagnostics> {
    let request = client.describe_continuous_backups().table_name(name);
    let found = request.send().await.unless(NOT_HERE);
    let what = format!("describing DynamoDB Table ({name}) Continuous Backups");
    let found = found.map_err(|e| e.during(what))?;
    let recovery = found
        .and_then(|found| found.continuous_backups_description)
        .and_then(|backups| backups.point_in_time_recovery_description);
    let enabled = recovery
        .as_ref()
        .and_then(|r| r.point_in_time_recovery_status())
        .is_some_and(|status| *status == PointInTimeRecoveryStatus::Enabled);
    let days = recovery.as_ref().and_then(|r| r.recovery_period_in_days()).unwrap_or_default();
    Ok(DynamodbTablePointInTimeRecovery {
        enabled: enabled.into(),
        recovery_period_in_days: days.into(),
    })
}

/// All tags of a table.
pub(super) async fn tags(client: &Client, name: &str, arn: &str) -> Result<TagMap, Diagnostics> {
    let (mut tags, mut next) = (TagMap::new(), None);
    loop {
        let request = client.list_tags_of_resource().resource_arn(arn).set_next_token(next);
        let what = format!("listing tags for DynamoDB Table ({name})");
        let page = request.send().await.unless(&[NOT_FOUND]).map_err(|e| e.during(what))?;
        let Some(page) = page else { return Ok(tags) };
        tags.extend(tag_map(page.tags().iter().map(|t| (t.key(), t.value()))));
        match page.next_token.filter(|token| !token.is_empty()) {
            Some(token) => next = Some(token),
            None => return Ok(tags),
        }
    }
}
