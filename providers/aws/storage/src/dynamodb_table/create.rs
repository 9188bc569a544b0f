//! Making a table: a new one, one restored from the backups of another, or one imported from S3.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    BillingMode, CsvOptions, ImportStatus, ImportTableDescription, InputCompressionType,
    InputFormat, InputFormatOptions, S3BucketSource, TableCreationParameters, Tag,
};
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, client_token, configured_moment, retry, sdk_tags, wait,
    wanted_tags,
};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::model::{DynamodbTable, DynamodbTableImportTable};
use super::wanted::{self, built};
use super::{dynamodb, passes, read};

/// Makes a table. Gives whether all of its own settings were told, which a restore and an import do
/// not take.
pub(super) async fn table(
    cx: &Context<Aws>,
    planned: &DynamodbTable,
    patience: Duration,
) -> Result<bool, Diagnostics> {
    let name = planned.name.text();
    let what = format!("creating DynamoDB Table ({name})");
    let client = dynamodb(cx.client());
    if let Some(block) = planned.import_table.first() {
        import(cx, planned, block, patience).await?;
        return Ok(false);
    }
    let source = planned.restore_source_name.filled().is_some()
        || planned.restore_source_table_arn.filled().is_some();
    let made = match source {
        true => {
            let request = wanted::restore(client.restore_table_to_point_in_time(), planned)?
                .set_restore_date_time(configured_moment(&planned.restore_date_time)?);
            retry(cx, FEWER, patience, for_now, || {
                let request = request.clone();
                async { request.send().await.typed().map(drop) }
            })
            .await
        }
        false => {
            let tags = wanted_tags(cx.client(), planned);
            let tags = sdk_tags!(Tag, &tags, fallible);
            let request = wanted::create(client.create_table(), planned)?
                .set_tags((!tags.is_empty()).then_some(tags));
            retry(cx, FEWER, patience, for_now, || {
                let request = request.clone();
                async { request.send().await.typed().map(drop) }
            })
            .await
        }
    };
    match made {
        Ok(()) => Ok(!source),
        // It was not there before: an answer was lost, and the SDK asked again.
        Err(e) if e.is_any(&["ResourceInUseException", "TableAlreadyExistsException"]) => {
            Ok(!source)
        }
        // No answer came at all; but what is there now is ours.
        Err(e) if e.is_ambiguous() && read::description(cx, name).await?.is_some() => Ok(!source),
        Err(e) => Err(e.during(what)),
    }
}

const FEWER: &str = "fewer tables to be changed at once";

/// Whether a request is refused only because of what else is going on, the table itself apart.
fn for_now(e: &Error) -> bool {
    passes(e) && !e.is("ResourceInUseException")
}

async fn import(
    cx: &Context<Aws>,
    planned: &DynamodbTable,
    block: &DynamodbTableImportTable,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let what = format!("importing DynamoDB Table ({name})");
    let client = dynamodb(cx.client());
    let source = block.s3_bucket_source.first().cloned().unwrap_or_default();
    let source = S3BucketSource::builder()
        .s3_bucket(source.bucket.text())
        .set_s3_bucket_owner(source.bucket_owner.to_filled())
        .set_s3_key_prefix(source.key_prefix.to_filled());
    let csv = block.input_format_options.first().and_then(|options| options.csv.first());
    let options = csv.map(|csv| {
        let header = csv.header_list.get().map(|list| list.0.clone()).filter(|l| !l.is_empty());
        let csv =
            CsvOptions::builder().set_delimiter(csv.delimiter.to_filled()).set_header_list(header);
        InputFormatOptions::builder().csv(csv.build()).build()
    });
    let request = client
        .import_table()
        .client_token(client_token(cx))
        .s3_bucket_source(built(source.build())?)
        .input_format(InputFormat::from(block.input_format.text()))
        .set_input_format_options(options)
        .set_input_compression_type(
            block.input_compression_type.filled().map(InputCompressionType::from),
        )
        .table_creation_parameters(parameters(planned)?);
    let begun = retry(cx, FEWER, patience, for_now, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    let begun = begun.await.map_err(|e| e.during(&what))?;
    let arn = begun.import_table_description.and_then(|d| d.import_arn).unwrap_or_default();
    // From here on there is a table, whatever becomes of the import.
    let mut state = planned.clone();
    state.id = name.into();
    cx.keep_model(&state);
    wait(cx, format!("the import of DynamoDB Table ({name}) to complete"), patience, || async {
        let found = client.describe_import().import_arn(&arn).send().await.during(&what)?;
        let import = found.import_table_description;
        let status = import.as_ref().and_then(|d| d.import_status().cloned());
        match status {
            Some(ImportStatus::Completed) => Ok(Progress::Ready(())),
            Some(ImportStatus::Failed | ImportStatus::Cancelled | ImportStatus::Cancelling) => {
                Err(failed(name, import.as_ref()))
            }
            status => {
                Ok(Progress::pending(status.as_ref().map(|s| s.as_str()).unwrap_or_default()))
            }
        }
    })
    .await
}

fn failed(name: &str, import: Option<&ImportTableDescription>) -> Diagnostics {
    let text = |text: Option<&str>| text.unwrap_or("not told").to_owned();
    let detail = format!(
        "The reason: {}: {}. {} items were imported, {} had errors; the log group of the import says \
         more. The table is there, perhaps with a part of the data.",
        text(import.and_then(|i| i.failure_code())),
        text(import.and_then(|i| i.failure_message())),
        import.map(|i| i.imported_item_count()).unwrap_or_default(),
        import.map(|i| i.error_count()).unwrap_or_default(),
    );
    Diagnostic::error(format!("importing DynamoDB Table ({name}): it failed"), detail).into()
}

fn parameters(table: &DynamodbTable) -> Result<TableCreationParameters, Diagnostics> {
    let globals = wanted::globals(table)?;
    let builder = TableCreationParameters::builder()
        .table_name(table.name.text())
        .set_attribute_definitions(Some(wanted::attributes(table)?))
        .set_key_schema(Some(wanted::keys(&table.hash_key, &table.range_key)?))
        .billing_mode(BillingMode::from(table.billing_mode.text()))
        .set_provisioned_throughput(wanted::own_throughput(table)?)
        .set_on_demand_throughput(wanted::on_demand(&table.on_demand_throughput))
        .set_sse_specification(wanted::encryption(table))
        .set_global_secondary_indexes((!globals.is_empty()).then_some(globals));
    built(builder.build())
}

/// The table as it was restored or imported: what it has without having been told.
pub(super) async fn inherited(
    cx: &Context<Aws>,
    planned: &DynamodbTable,
) -> Result<Option<DynamodbTable>, Diagnostics> {
    let state = DynamodbTable {
        id: planned.name.clone(),
        tags: planned.tags.clone(),
        ..DynamodbTable::default()
    };
    read::table(cx, state).await
}
