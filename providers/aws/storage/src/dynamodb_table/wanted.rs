//! The parts of a table as DynamoDB wants them.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::operation::restore_table_to_point_in_time::builders::RestoreTableToPointInTimeFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    LocalSecondaryIndex, OnDemandThroughput, Projection, ProjectionType, ProvisionedThroughput,
    ScalarAttributeType, SseSpecification, SseType, StreamSpecification, StreamViewType,
    TableClass,
};
use groma_sdk::{Attr, Blocks, Diagnostic, Diagnostics};

use super::model::{
    DynamodbTable, DynamodbTableGlobalSecondaryIndex, DynamodbTableOnDemandThroughput,
};

/// The billing mode by which capacity is paid for.
pub(super) const PROVISIONED: &str = "PROVISIONED";

/// A value that the SDK checked while it was built.
pub(super) fn built<T>(result: Result<T, BuildError>) -> Result<T, Diagnostics> {
    result.map_err(|e| {
        let detail =
            format!("A part that DynamoDB requires is missing: {e}. Complete the configuration.");
        Diagnostic::error("Incomplete request to DynamoDB", detail).into()
    })
}

/// The request for a table.
pub(super) fn create(
    request: CreateTableFluentBuilder,
    table: &DynamodbTable,
) -> Result<CreateTableFluentBuilder, Diagnostics> {
    let (locals, globals) = (locals(table)?, globals(table)?);
    let stream = match table.stream_enabled.is_true() {
        true => Some(stream(table)?),
        false => None,
    };
    Ok(request
        .table_name(table.name.text())
        .billing_mode(BillingMode::from(table.billing_mode.text()))
        .set_key_schema(Some(keys(&table.hash_key, &table.range_key)?))
        .set_attribute_definitions(Some(attributes(table)?))
        .set_local_secondary_indexes((!locals.is_empty()).then_some(locals))
        .set_global_secondary_indexes((!globals.is_empty()).then_some(globals))
        .set_provisioned_throughput(own_throughput(table)?)
        .set_on_demand_throughput(on_demand(&table.on_demand_throughput))
        .set_stream_specification(stream)
        .set_sse_specification(encryption(table))
        .set_table_class(table.table_class.filled().map(TableClass::from))
        .set_deletion_protection_enabled(table.deletion_protection_enabled.cloned()))
}

/// The request for a table that is restored from the backups of another.
pub(super) fn restore(
    request: RestoreTableToPointInTimeFluentBuilder,
    table: &DynamodbTable,
) -> Result<RestoreTableToPointInTimeFluentBuilder, Diagnostics> {
    // Without a key of its own, the table's indexes are those of the other.
    let locals = table.hash_key.filled().map(|_| locals(table)).transpose()?;
    // Capacity that is not told is that of the other table, too.
    let told = table.read_capacity.is_known() && table.write_capacity.is_known();
    let throughput = if told { own_throughput(table)? } else { None };
    Ok(request
        .target_table_name(table.name.text())
        .set_source_table_name(table.restore_source_name.to_filled())
        .set_source_table_arn(table.restore_source_table_arn.to_filled())
        .set_use_latest_restorable_time(table.restore_to_latest_time.cloned().filter(|l| *l))
        .billing_mode_override(BillingMode::from(table.billing_mode.text()))
        .set_provisioned_throughput_override(throughput)
        .set_on_demand_throughput_override(on_demand(&table.on_demand_throughput))
        .set_local_secondary_index_override(locals)
        .set_global_secondary_index_override(Some(globals(table)?))
        .set_sse_specification_override(encryption(table)))
}

/// What is provisioned for the table itself, if it is paid by that.
pub(super) fn own_throughput(
    table: &DynamodbTable,
) -> Result<Option<ProvisionedThroughput>, Diagnostics> {
    let provisioned = table.billing_mode.text() == PROVISIONED;
    provisioned.then(|| throughput(&table.read_capacity, &table.write_capacity)).transpose()
}

fn locals(table: &DynamodbTable) -> Result<Vec<LocalSecondaryIndex>, Diagnostics> {
    let locals = table.local_secondary_index.iter().map(|index| {
        let keys = keys(&table.hash_key, &index.range_key)?;
        let others = index.non_key_attributes.or_default();
        let index = LocalSecondaryIndex::builder()
            .index_name(index.name.text())
            .set_key_schema(Some(keys))
            .projection(projection(index.projection_type.text(), others));
        built(index.build())
    });
    locals.collect()
}

/// The global indexes.
pub(super) fn globals(table: &DynamodbTable) -> Result<Vec<GlobalSecondaryIndex>, Diagnostics> {
    let provisioned = table.billing_mode.text() == PROVISIONED;
    table.global_secondary_index.iter().map(|index| global(index, provisioned)).collect()
}

/// The types of the attributes that are keys.
pub(super) fn attributes(table: &DynamodbTable) -> Result<Vec<AttributeDefinition>, Diagnostics> {
    let attributes = table.attribute.iter().map(|attribute| {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute.name.text())
            .attribute_type(ScalarAttributeType::from(attribute.r#type.text()));
        built(definition.build())
    });
    attributes.collect()
}

/// The keys of the table or an index.
pub(super) fn keys(
    hash: &Attr<String>,
    range: &Attr<String>,
) -> Result<Vec<KeySchemaElement>, Diagnostics> {
    let key = |name: &str, ty: KeyType| {
        built(KeySchemaElement::builder().attribute_name(name).key_type(ty).build())
    };
    let mut keys = vec![key(hash.text(), KeyType::Hash)?];
    if let Some(range) = range.filled() {
        keys.push(key(range, KeyType::Range)?);
    }
    Ok(keys)
}

fn projection(ty: &str, others: Vec<String>) -> Projection {
    Projection::builder()
        .projection_type(ProjectionType::from(ty))
        .set_non_key_attributes((!others.is_empty()).then_some(others))
        .build()
}

/// An index.
pub(super) fn global(
    index: &DynamodbTableGlobalSecondaryIndex,
    provisioned: bool,
) -> Result<GlobalSecondaryIndex, Diagnostics> {
    let others = index.non_key_attributes.get();
    let others = others.into_iter().flat_map(|set| set.iter().cloned()).collect();
    let throughput =
        provisioned.then(|| throughput(&index.read_capacity, &index.write_capacity)).transpose()?;
    let builder = GlobalSecondaryIndex::builder()
        .index_name(index.name.text())
        .set_key_schema(Some(keys(&index.hash_key, &index.range_key)?))
        .projection(projection(index.projection_type.text(), others))
        .set_provisioned_throughput(throughput)
        .set_on_demand_throughput(on_demand(&index.on_demand_throughput));
    built(builder.build())
}

/// What is provisioned.
pub(super) fn throughput(
    read: &Attr<i64>,
    write: &Attr<i64>,
) -> Result<ProvisionedThroughput, Diagnostics> {
    let builder = ProvisionedThroughput::builder()
        .read_capacity_units(read.cloned().unwrap_or(1))
        .write_capacity_units(write.cloned().unwrap_or(1));
    built(builder.build())
}

/// How much there may be at most of what is paid by request.
pub(super) fn on_demand(
    blocks: &Blocks<DynamodbTableOnDemandThroughput>,
) -> Option<OnDemandThroughput> {
    let block = blocks.first()?;
    Some(
        OnDemandThroughput::builder()
            .set_max_read_request_units(block.max_read_request_units.cloned().filter(|n| *n != 0))
            .set_max_write_request_units(block.max_write_request_units.cloned().filter(|n| *n != 0))
            .build(),
    )
}

/// The stream.
pub(super) fn stream(table: &DynamodbTable) -> Result<StreamSpecification, Diagnostics> {
    let enabled = table.stream_enabled.is_true();
    let view = table.stream_view_type.filled().map(|view| view.to_ascii_uppercase());
    let view = view.filter(|_| enabled).map(|view| StreamViewType::from(view.as_str()));
    built(StreamSpecification::builder().stream_enabled(enabled).set_stream_view_type(view).build())
}

/// How to encrypt, if it is configured.
pub(super) fn encryption(table: &DynamodbTable) -> Option<SseSpecification> {
    let block = table.server_side_encryption.first()?;
    let enabled = block.enabled.is_true();
    let key = block.kms_key_arn.to_filled().filter(|_| enabled);
    let ty = key.is_some().then_some(SseType::Kms);
    Some(
        SseSpecification::builder()
            .enabled(enabled)
            .set_sse_type(ty)
            .set_kms_master_key_id(key)
            .build(),
    )
}
