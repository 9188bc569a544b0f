//! Changing a table. DynamoDB makes one kind of change at a time.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction,
    GlobalSecondaryIndexUpdate, PointInTimeRecoverySpecification, StreamSpecification, TableClass,
    Tag, TimeToLiveSpecification, UpdateGlobalSecondaryIndexAction,
};
use groma_aws_core::{Aws, Outcome as _, TagChange, retry, sdk_tags};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Set};

use super::model::{DynamodbTable, DynamodbTableGlobalSecondaryIndex};
use super::wanted::{self, PROVISIONED, built};
use super::{active, dynamodb, passes, replicas};

/// Makes a table what is planned.
pub(super) async fn table(
    cx: &Context<Aws>,
    prior: &DynamodbTable,
    config: &DynamodbTable,
    planned: &DynamodbTable,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let name = prior.id.text();
    // First what guards the table, so that it is guarded or not in all that follows.
    if prior.deletion_protection_enabled.is_true() != planned.deletion_protection_enabled.is_true()
    {
        let enabled = planned.deletion_protection_enabled.is_true();
        let what = "deletion protection";
        send(cx, name, what, patience, |r| r.deletion_protection_enabled(enabled)).await?;
    }
    let (gone, new, changed) = indexes(prior, planned);
    for index in gone {
        let action = DeleteGlobalSecondaryIndexAction::builder().index_name(index);
        let action = built(action.build())?;
        let update = GlobalSecondaryIndexUpdate::builder().delete(action).build();
        let what = format!("index {index}");
        send(cx, name, &what, patience, |r| r.global_secondary_index_updates(update.clone()))
            .await?;
    }
    throughput(cx, name, prior, planned, &changed, patience).await?;
    stream(cx, name, prior, planned, patience).await?;
    let class = |t: &DynamodbTable| t.table_class.filled().unwrap_or("STANDARD").to_owned();
    if !planned.table_class.is_unknown() && class(prior) != class(planned) {
        let class = TableClass::from(class(planned).as_str());
        send(cx, name, "table class", patience, |r| r.table_class(class.clone())).await?;
    }
    let provisioned = planned.billing_mode.text() == PROVISIONED;
    for index in new {
        let wanted = wanted::global(index, provisioned)?;
        let action = CreateGlobalSecondaryIndexAction::builder()
            .index_name(wanted.index_name)
            .set_key_schema(Some(wanted.key_schema))
            .set_projection(wanted.projection)
            .set_provisioned_throughput(wanted.provisioned_throughput)
            .set_on_demand_throughput(wanted.on_demand_throughput);
        let update = GlobalSecondaryIndexUpdate::builder().create(built(action.build())?).build();
        let attributes = wanted::attributes(planned)?;
        let what = format!("index {}", index.name.text());
        send(cx, name, &what, patience, |r| {
            r.set_attribute_definitions(Some(attributes.clone()))
                .global_secondary_index_updates(update.clone())
        })
        .await?;
    }
    let encryption = &planned.server_side_encryption;
    if !encryption.is_unknown() && *encryption != prior.server_side_encryption {
        // A key that is not configured is the one of AWS, which must not be named.
        let wanted = wanted::encryption(config);
        send(cx, name, "encryption", patience, |r| r.set_sse_specification(wanted.clone())).await?;
    }
    ttl(cx, name, Some(prior), planned).await?;
    replicas::update(cx, &prior.replica, planned, prior.arn.text(), patience).await?;
    recovery(cx, name, Some(prior), planned, patience).await?;
    let change = TagChange::of(cx.client(), prior, planned);
    tag(&dynamodb(cx.client()), name, prior.arn.text(), change).await
}

/// Sends one change and waits until it is made.
async fn send(
    cx: &Context<Aws>,
    name: &str,
    what: &str,
    patience: Duration,
    change: impl FnOnce(UpdateTableFluentBuilder) -> UpdateTableFluentBuilder,
) -> Result<(), Diagnostics> {
    let request = change(dynamodb(cx.client()).update_table().table_name(name));
    let sent = retry(cx, "other changes of the table to end", patience, passes, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    sent.await.map_err(|e| e.during(format!("updating DynamoDB Table ({name}): {what}")))?;
    active(cx, name, patience).await
}

type Indexes<'a> = (
    Vec<&'a str>,
    Vec<&'a DynamodbTableGlobalSecondaryIndex>,
    Vec<&'a DynamodbTableGlobalSecondaryIndex>,
);

/// Which indexes go, which come, and of which only the capacity changes. An index that is to have
/// another form goes and comes.
fn indexes<'a>(prior: &'a DynamodbTable, planned: &'a DynamodbTable) -> Indexes<'a> {
    let (old, new) = (&prior.global_secondary_index, &planned.global_secondary_index);
    if new.is_unknown() {
        return (Vec::new(), Vec::new(), Vec::new());
    }
    let form = |index: &DynamodbTableGlobalSecondaryIndex| {
        let mut others: Vec<String> =
            index.non_key_attributes.get().map(Set::iter).into_iter().flatten().cloned().collect();
        others.sort();
        let (hash, range) = (index.hash_key.to_filled(), index.range_key.to_filled());
        (hash, range, index.projection_type.to_filled(), others)
    };
    let find = |indexes: &'a Blocks<DynamodbTableGlobalSecondaryIndex>, name: &str| {
        indexes.iter().find(|index| index.name.text() == name)
    };
    let same = |a: &DynamodbTableGlobalSecondaryIndex, b| form(a) == form(b);
    let gone = old.iter().filter(|o| !find(new, o.name.text()).is_some_and(|n| same(o, n)));
    let come = new.iter().filter(|n| !find(old, n.name.text()).is_some_and(|o| same(o, n)));
    let changed = new.iter().filter(|n| {
        let other = |o: &Attr<i64>, n: &Attr<i64>| n.is_known() && o != n;
        find(old, n.name.text()).is_some_and(|o| {
            same(o, n)
                && (other(&o.read_capacity, &n.read_capacity)
                    || other(&o.write_capacity, &n.write_capacity)
                    || o.on_demand_throughput != n.on_demand_throughput)
        })
    });
    (gone.map(|o| o.name.text()).collect(), come.collect(), changed.collect())
}

async fn throughput(
    cx: &Context<Aws>,
    name: &str,
    prior: &DynamodbTable,
    planned: &DynamodbTable,
    changed: &[&DynamodbTableGlobalSecondaryIndex],
    patience: Duration,
) -> Result<(), Diagnostics> {
    let provisioned = planned.billing_mode.text() == PROVISIONED;
    let switched = prior.billing_mode.text() != planned.billing_mode.text();
    // What is not known stays as it is.
    let read = planned.read_capacity.clone().or(prior.read_capacity.clone());
    let write = planned.write_capacity.clone().or(prior.write_capacity.clone());
    let other = provisioned && (read != prior.read_capacity || write != prior.write_capacity);
    let on_demand = !provisioned && prior.on_demand_throughput != planned.on_demand_throughput;
    // Switched to, capacity must be set of all indexes that stay.
    let stay = planned
        .global_secondary_index
        .iter()
        .filter(|n| prior.global_secondary_index.iter().any(|o| o.name.text() == n.name.text()));
    let indexes: Vec<_> = match switched && provisioned {
        true => stay.collect(),
        false => changed.to_vec(),
    };
    let updates = indexes.iter().filter_map(|index| {
        let throughput = provisioned
            .then(|| wanted::throughput(&index.read_capacity, &index.write_capacity))
            .transpose();
        let on_demand = wanted::on_demand(&index.on_demand_throughput).filter(|_| !provisioned);
        let throughput = match throughput {
            Ok(throughput) => throughput,
            Err(error) => return Some(Err(error)),
        };
        if throughput.is_none() && on_demand.is_none() {
            return None;
        }
        let action = UpdateGlobalSecondaryIndexAction::builder()
            .index_name(index.name.text())
            .set_provisioned_throughput(throughput)
            .set_on_demand_throughput(on_demand);
        let update = built(action.build())
            .map(|action| GlobalSecondaryIndexUpdate::builder().update(action).build());
        Some(update)
    });
    let updates = updates.collect::<Result<Vec<_>, Diagnostics>>()?;
    if !switched && !other && !on_demand && updates.is_empty() {
        return Ok(());
    }
    let wanted = match provisioned && (switched || other) {
        true => Some(wanted::throughput(&read, &write)?),
        false => None,
    };
    let most = wanted::on_demand(&planned.on_demand_throughput).filter(|_| on_demand);
    send(cx, name, "throughput", patience, |r| {
        r.set_billing_mode(switched.then(|| BillingMode::from(planned.billing_mode.text())))
            .set_provisioned_throughput(wanted)
            .set_on_demand_throughput(most)
            .set_global_secondary_index_updates((!updates.is_empty()).then_some(updates))
    })
    .await
}

async fn stream(
    cx: &Context<Aws>,
    name: &str,
    prior: &DynamodbTable,
    planned: &DynamodbTable,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let was = prior.stream_enabled.is_true();
    let is = planned.stream_enabled.is_true();
    let views = (prior.stream_view_type.to_filled(), planned.stream_view_type.to_filled());
    let other_view = was && is && views.0 != views.1;
    if was != is || other_view {
        // A stream shows what it shows; one that shows something else is another.
        if was {
            let none = built(StreamSpecification::builder().stream_enabled(false).build())?;
            send(cx, name, "stream", patience, |r| r.stream_specification(none)).await?;
        }
        if is {
            let stream = wanted::stream(planned)?;
            send(cx, name, "stream", patience, |r| r.stream_specification(stream)).await?;
        }
    }
    Ok(())
}

/// Sets when items expire.
pub(super) async fn ttl(
    cx: &Context<Aws>,
    name: &str,
    prior: Option<&DynamodbTable>,
    planned: &DynamodbTable,
) -> Result<(), Diagnostics> {
    let Some(wanted) = planned.ttl.first() else { return Ok(()) };
    let old = prior.and_then(|p| p.ttl.first());
    let enabled = wanted.enabled.is_true();
    let was = old.is_some_and(|old| old.enabled.is_true());
    let renamed =
        enabled && old.is_some_and(|old| old.attribute_name.text() != wanted.attribute_name.text());
    if enabled == was && !(renamed && was) {
        return Ok(());
    }
    // What is switched off is switched off by the name under which it was switched on.
    let attribute = match (wanted.attribute_name.filled(), old) {
        (Some(name), _) => name,
        (None, Some(old)) => old.attribute_name.text(),
        (None, None) => "",
    };
    let specification =
        TimeToLiveSpecification::builder().enabled(enabled).attribute_name(attribute);
    let request = dynamodb(cx.client())
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(built(specification.build())?);
    match request.send().await.typed() {
        // An answer was lost, and the SDK asked again.
        Err(e) if e.says("ValidationException", "TimeToLive is already") => Ok(()),
        Err(e) => Err(e.during(format!("updating DynamoDB Table ({name}) Time To Live"))),
        Ok(_) => Ok(()),
    }
}

/// Sets whether the table can be had as it was at any time.
pub(super) async fn recovery(
    cx: &Context<Aws>,
    name: &str,
    prior: Option<&DynamodbTable>,
    planned: &DynamodbTable,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let Some(wanted) = planned.point_in_time_recovery.first() else { return Ok(()) };
    let old = prior.and_then(|p| p.point_in_time_recovery.first());
    let enabled = wanted.enabled.is_true();
    let days = wanted.recovery_period_in_days.cloned().filter(|days| *days > 0 && enabled);
    let same_days = days.is_none()
        || old.is_some_and(|old| old.recovery_period_in_days == wanted.recovery_period_in_days);
    if enabled == old.is_some_and(|old| old.enabled.is_true()) && same_days {
        return Ok(());
    }
    back_up(cx, &dynamodb(cx.client()), name, enabled, days, patience).await
}

/// Switches continuous backups on or off, of the table or of a replica by the client of its region.
pub(super) async fn back_up(
    cx: &Context<Aws>,
    client: &Client,
    name: &str,
    enabled: bool,
    days: Option<i64>,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(enabled)
        .set_recovery_period_in_days(days.and_then(|days| i32::try_from(days).ok()));
    let request = client
        .update_continuous_backups()
        .table_name(name)
        .point_in_time_recovery_specification(built(specification.build())?);
    let busy =
        |e: &groma_aws_core::Error| passes(e) || e.is("ContinuousBackupsUnavailableException");
    let sent = retry(cx, "backups of the table to be enabled", patience, busy, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    let what = format!("updating DynamoDB Table ({name}) Point in Time Recovery");
    sent.await.map(drop).map_err(|e| e.during(what))
}

/// Changes tags.
pub(super) async fn tag(
    client: &Client,
    name: &str,
    arn: &str,
    change: TagChange,
) -> Result<(), Diagnostics> {
    let what = format!("updating tags for DynamoDB Table ({name})");
    if !change.remove.is_empty() {
        let request = client.untag_resource().resource_arn(arn);
        request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
    }
    if !change.put.is_empty() {
        let tags = sdk_tags!(Tag, &change.put, fallible);
        let request = client.tag_resource().resource_arn(arn).set_tags(Some(tags));
        request.send().await.during(&what)?;
    }
    Ok(())
}
