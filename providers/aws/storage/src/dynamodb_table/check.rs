//! What DynamoDB would refuse of a table, told before anything is done.

use std::collections::BTreeSet;

use groma_sdk::{Attr, Problems};

use super::model::DynamodbTable;

/// Checks a configuration.
pub(super) fn table(config: &DynamodbTable, problems: &mut Problems) {
    refused(config, problems);
    attributes(config, problems);
    capacities(config, problems);
    if config.stream_enabled.is_true()
        && config.stream_view_type.filled().is_none()
        && !config.stream_view_type.is_unknown()
    {
        problems.error(
            "stream_view_type",
            "Missing required argument",
            "With \"stream_enabled\", it must be said what the stream is to show of each change.",
        );
    }
    for (i, ttl) in config.ttl.iter().enumerate() {
        if ttl.enabled.is_true() && ttl.attribute_name.is_null() {
            problems.error(
                &format!("ttl.{i}.attribute_name"),
                "Missing required argument",
                "DynamoDB has to know in which attribute the time is that items live to.",
            );
        }
    }
}

/// What is not supported.
fn refused(config: &DynamodbTable, problems: &mut Problems) {
    for (name, set) in [
        ("replica", !config.replica.is_empty()),
        ("import_table", !config.import_table.is_empty()),
        ("restore_source_name", !config.restore_source_name.is_null()),
        ("restore_source_table_arn", !config.restore_source_table_arn.is_null()),
        ("restore_date_time", !config.restore_date_time.is_null()),
        ("restore_to_latest_time", config.restore_to_latest_time.is_true()),
    ] {
        if set {
            let detail = format!(
                "This provider does not offer \"{name}\" of tables yet. Leave it out, or let \
                 hashicorp/aws manage the table."
            );
            problems.error(name, "Argument is not supported here", detail);
        }
    }
}

/// Attributes are those of keys, and of nothing else.
fn attributes(config: &DynamodbTable, problems: &mut Problems) {
    let unknown = config.attribute.is_unknown()
        || config.global_secondary_index.is_unknown()
        || config.local_secondary_index.is_unknown()
        || config.attribute.iter().any(|a| a.name.is_unknown());
    if config.hash_key.is_null() && config.import_table.is_empty() && !restored(config) {
        problems.error(
            "hash_key",
            "Missing required argument",
            "A table needs a \"hash_key\": the attribute that its items are found by.",
        );
    }
    let globals = config.global_secondary_index.iter().flat_map(|i| [&i.hash_key, &i.range_key]);
    let locals = config.local_secondary_index.iter().map(|i| &i.range_key);
    let keys: Vec<&Attr<String>> =
        [&config.hash_key, &config.range_key].into_iter().chain(globals).chain(locals).collect();
    if unknown || keys.iter().any(|key| key.is_unknown()) {
        return;
    }
    let keys: BTreeSet<&str> = keys.iter().filter_map(|key| key.filled()).collect();
    let named: BTreeSet<&str> = config.attribute.iter().filter_map(|a| a.name.filled()).collect();
    let list = |names: Vec<&&str>| {
        names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
    };
    let unused: Vec<&&str> = named.difference(&keys).collect();
    if !unused.is_empty() {
        let detail = format!(
            "All attributes must be indexed: DynamoDB is told of those only that are keys of the \
             table or of an index. Unused attributes: {}.",
            list(unused)
        );
        problems.error("attribute", "Unused attributes", detail);
    }
    let missing: Vec<&&str> = keys.difference(&named).collect();
    if !missing.is_empty() && !restored(config) {
        let detail = format!(
            "All indexes must match a defined attribute: each key needs an \"attribute\" block \
             that tells its type. Unmatched indexes: {}.",
            list(missing)
        );
        problems.error("attribute", "Missing attributes", detail);
    }
}

fn restored(config: &DynamodbTable) -> bool {
    !config.restore_source_name.is_null() || !config.restore_source_table_arn.is_null()
}

/// Capacity is for tables that are paid by it.
fn capacities(config: &DynamodbTable, problems: &mut Problems) {
    let provisioned = match &config.billing_mode {
        Attr::Unknown => return,
        Attr::Null => true,
        Attr::Known(mode) => mode == "PROVISIONED",
    };
    let too_small = |capacity: &Attr<i64>| match capacity {
        Attr::Unknown => false,
        Attr::Null => true,
        Attr::Known(capacity) => *capacity < 1,
    };
    if !provisioned || restored(config) {
        return;
    }
    for (name, capacity) in
        [("read_capacity", &config.read_capacity), ("write_capacity", &config.write_capacity)]
    {
        if too_small(capacity) {
            let detail = format!(
                "With the billing mode \"PROVISIONED\", \"{name}\" must be at least 1. With \
                 billing_mode = \"PAY_PER_REQUEST\", there is no capacity to be set."
            );
            problems.error(name, "Invalid capacity", detail);
        }
    }
    for index in &config.global_secondary_index {
        if too_small(&index.read_capacity) || too_small(&index.write_capacity) {
            let detail = format!(
                "With the billing mode \"PROVISIONED\", \"read_capacity\" and \"write_capacity\" \
                 of the index {:?} must be at least 1.",
                index.name.text()
            );
            problems.error("global_secondary_index", "Invalid capacity", detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb_table::model::DynamodbTableAttribute;
    use groma_sdk::Blocks;

    fn told(config: &DynamodbTable) -> String {
        let mut problems = Problems::new();
        table(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn attributes_and_keys_belong_together() {
        let attribute =
            |name: &str| DynamodbTableAttribute { name: name.into(), r#type: "S".into() };
        let mut config = DynamodbTable {
            billing_mode: "PAY_PER_REQUEST".into(),
            hash_key: "a".into(),
            attribute: Blocks::one(attribute("a")),
            ..Default::default()
        };
        assert_eq!(told(&config), "");
        config.attribute = Blocks::one(attribute("b"));
        let text = told(&config);
        assert!(text.contains("Unused attributes: \"b\""), "{text}");
        assert!(text.contains("Unmatched indexes: \"a\""), "{text}");
        config.hash_key = Attr::Unknown;
        assert_eq!(told(&config), "");
        config.billing_mode = Attr::Null;
        assert!(told(&config).contains("Invalid capacity"));
    }
}
