//! The table and its blocks.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks;
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

fn in_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[allow(clippy::ptr_arg, reason = "this is how models compare")]
fn same_ignoring_case(a: &String, b: &String) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct DynamodbTable {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = "PROVISIONED", check = one_of(&["PROVISIONED", "PAY_PER_REQUEST"]))]
    pub(crate) billing_mode: Attr<String>,
    #[attr(optional)]
    pub(crate) deletion_protection_enabled: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) hash_key: Attr<String>,
    #[attr(required, replace, check = checks::name(3, 255, "letters, digits, hyphens, underscores and dots", in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) range_key: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) read_capacity: Attr<i64>,
    #[attr(optional, replace, check = checks::timestamp)]
    pub(crate) restore_date_time: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) restore_source_name: Attr<String>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) restore_source_table_arn: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) restore_to_latest_time: Attr<bool>,
    #[attr(computed)]
    pub(crate) stream_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) stream_enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) stream_label: Attr<String>,
    #[attr(optional, computed, same = same_ignoring_case, check = one_of(&["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY", ""]))]
    pub(crate) stream_view_type: Attr<String>,
    #[attr(optional, check = one_of(&["STANDARD", "STANDARD_INFREQUENT_ACCESS"]))]
    pub(crate) table_class: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) write_capacity: Attr<i64>,
    #[block(set)]
    pub(crate) attribute: Blocks<DynamodbTableAttribute>,
    #[block(set)]
    pub(crate) global_secondary_index: Blocks<DynamodbTableGlobalSecondaryIndex>,
    #[block(list, max = 1)]
    pub(crate) import_table: Blocks<DynamodbTableImportTable>,
    #[block(set)]
    pub(crate) local_secondary_index: Blocks<DynamodbTableLocalSecondaryIndex>,
    #[block(list, max = 1)]
    pub(crate) on_demand_throughput: Blocks<DynamodbTableOnDemandThroughput>,
    #[block(list, max = 1, computed)]
    pub(crate) point_in_time_recovery: Blocks<DynamodbTablePointInTimeRecovery>,
    #[block(set)]
    pub(crate) replica: Blocks<DynamodbTableReplica>,
    #[block(list, max = 1, computed)]
    pub(crate) server_side_encryption: Blocks<DynamodbTableServerSideEncryption>,
    #[block(single)]
    pub(crate) timeouts: Blocks<DynamodbTableTimeouts>,
    #[block(list, max = 1, computed)]
    pub(crate) ttl: Blocks<DynamodbTableTtl>,
}

/// The `ttl` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableTtl {
    #[attr(optional)]
    pub(crate) attribute_name: Attr<String>,
    #[attr(optional)]
    pub(crate) enabled: Attr<bool>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct DynamodbTableTimeouts {
        create: Duration::from_secs(30 * 60),
        delete: Duration::from_secs(10 * 60),
        update: Duration::from_secs(60 * 60),
    }
}

/// The `server_side_encryption` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableServerSideEncryption {
    #[attr(required)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, computed, check = checks::arn)]
    pub(crate) kms_key_arn: Attr<String>,
}

/// The `replica` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableReplica {
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, check = checks::arn)]
    pub(crate) kms_key_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) point_in_time_recovery: Attr<bool>,
    #[attr(optional)]
    pub(crate) propagate_tags: Attr<bool>,
    #[attr(required)]
    pub(crate) region_name: Attr<String>,
    #[attr(computed)]
    pub(crate) stream_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) stream_label: Attr<String>,
}

/// The `point_in_time_recovery` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTablePointInTimeRecovery {
    #[attr(required)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, computed, check = range(1, 35))]
    pub(crate) recovery_period_in_days: Attr<i64>,
}

/// The `local_secondary_index` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableLocalSecondaryIndex {
    #[attr(required, replace)]
    pub(crate) name: Attr<String>,
    #[attr(optional)]
    pub(crate) non_key_attributes: Attr<Vec<String>>,
    #[attr(required, check = one_of(&["ALL", "KEYS_ONLY", "INCLUDE"]))]
    pub(crate) projection_type: Attr<String>,
    #[attr(required, replace)]
    pub(crate) range_key: Attr<String>,
}

/// The `import_table` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableImportTable {
    #[attr(optional, check = one_of(&["GZIP", "ZSTD", "NONE"]))]
    pub(crate) input_compression_type: Attr<String>,
    #[attr(required, check = one_of(&["DYNAMODB_JSON", "ION", "CSV"]))]
    pub(crate) input_format: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) input_format_options: Blocks<DynamodbTableInputFormatOptions>,
    #[block(list, min = 1, max = 1)]
    pub(crate) s3_bucket_source: Blocks<DynamodbTableS3BucketSource>,
}

/// The `import_table.s3_bucket_source` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableS3BucketSource {
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    #[attr(optional)]
    pub(crate) bucket_owner: Attr<String>,
    #[attr(optional)]
    pub(crate) key_prefix: Attr<String>,
}

/// The `import_table.input_format_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableInputFormatOptions {
    #[block(list, max = 1)]
    pub(crate) csv: Blocks<DynamodbTableCsv>,
}

/// The `import_table.input_format_options.csv` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableCsv {
    #[attr(optional)]
    pub(crate) delimiter: Attr<String>,
    #[attr(optional)]
    pub(crate) header_list: Attr<Set<String>>,
}

/// The `global_secondary_index` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableGlobalSecondaryIndex {
    #[attr(required)]
    pub(crate) hash_key: Attr<String>,
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(optional)]
    pub(crate) non_key_attributes: Attr<Set<String>>,
    #[attr(required, check = one_of(&["ALL", "KEYS_ONLY", "INCLUDE"]))]
    pub(crate) projection_type: Attr<String>,
    #[attr(optional)]
    pub(crate) range_key: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) read_capacity: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) write_capacity: Attr<i64>,
    #[block(list, max = 1)]
    pub(crate) on_demand_throughput: Blocks<DynamodbTableOnDemandThroughput>,
}

/// The `global_secondary_index.on_demand_throughput` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableOnDemandThroughput {
    #[attr(optional, computed)]
    pub(crate) max_read_request_units: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) max_write_request_units: Attr<i64>,
}

/// The `attribute` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbTableAttribute {
    #[attr(required)]
    pub(crate) name: Attr<String>,
    #[attr(required, check = one_of(&["S", "N", "B"]))]
    pub(crate) r#type: Attr<String>,
}
