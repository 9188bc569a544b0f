//! What DynamoDB would refuse of a table, told before anything is done.

use std::collections::BTreeSet;

use groma_sdk::{Attr, Blocks, Problems};

use super::model::{DynamodbTable, DynamodbTableOnDemandThroughput};
use super::replicas;

/// Checks a configuration.
pub(super) fn table(config: &DynamodbTable, problems: &mut Problems) {
    origin(config, problems);
    replicas::check(config, problems);
    indexes(config, problems);
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

/// Where the table comes from: of nothing, from backups or from S3.
fn origin(config: &DynamodbTable, problems: &mut Problems) {
    let sources = [
        ("restore_source_name", !config.restore_source_name.is_null()),
        ("restore_source_table_arn", !config.restore_source_table_arn.is_null()),
        ("import_table", !config.import_table.is_empty()),
    ];
    problems.conflict(sources[0], sources[1]);
    problems.conflict(sources[0], sources[2]);
    problems.conflict(sources[1], sources[2]);
    let date = ("restore_date_time", !config.restore_date_time.is_null());
    let latest = ("restore_to_latest_time", config.restore_to_latest_time.is_true());
    problems.conflict(date, latest);
    let open = config.restore_to_latest_time.is_unknown();
    if restored(config) && !date.1 && !latest.1 && !open {
        problems.error(
            "restore_to_latest_time",
            "Missing required argument",
            "It must be said from when the data is to be: set \"restore_to_latest_time\" to true, or \
             \"restore_date_time\".",
        );
    }
    for (name, set) in [date, latest] {
        if set && !restored(config) {
            problems.error(
                name,
                "Missing required argument",
                "Nothing is restored without a \"restore_source_name\" or a \
                 \"restore_source_table_arn\".",
            );
        }
    }
    for import in &config.import_table {
        let csv = !import.input_format_options.iter().all(|options| options.csv.is_empty());
        if let Some(format) = import.input_format.filled().filter(|f| csv && *f != "CSV") {
            problems.error(
                "import_table.0.input_format_options",
                "Invalid combination of arguments",
                format!("Options of CSV are for data in CSV, not in {format}."),
            );
        }
        if !config.local_secondary_index.is_empty() {
            problems.error(
                "local_secondary_index",
                "Invalid combination of arguments",
                "An import makes no local indexes, and they cannot be added later.",
            );
        }
    }
}

/// The names of indexes, and what they show.
fn indexes(config: &DynamodbTable, problems: &mut Problems) {
    const MOST_LOCAL: usize = 5;
    let globals = config.global_secondary_index.iter().map(|index| {
        let others = index.non_key_attributes.get().is_some_and(|others| !others.0.is_empty());
        let unknown = index.non_key_attributes.is_unknown();
        (&index.name, &index.projection_type, others, unknown)
    });
    let locals = config.local_secondary_index.iter().map(|index| {
        let others = index.non_key_attributes.get().is_some_and(|others| !others.is_empty());
        let unknown = index.non_key_attributes.is_unknown();
        (&index.name, &index.projection_type, others, unknown)
    });
    let mut seen = BTreeSet::new();
    let all = globals
        .map(|index| ("global_secondary_index", index))
        .chain(locals.map(|index| ("local_secondary_index", index)));
    for (block, (name, projection, others, unknown)) in all {
        let text = name.text();
        if let Some(name) = name.filled().filter(|name| !seen.insert((*name).to_owned())) {
            let detail = format!("Another index has the name {name:?}, too.");
            problems.error(block, "Two indexes of one name", detail);
        }
        let wrong = match (projection.text(), others) {
            ("INCLUDE", false) if !unknown => {
                "With the projection INCLUDE, \"non_key_attributes\" must say what is shown"
            }
            ("ALL" | "KEYS_ONLY", true) => {
                "With a projection other than INCLUDE, there are no \"non_key_attributes\""
            }
            _ => continue,
        };
        problems.error(block, "Invalid projection", format!("{wrong} (index {text:?})."));
    }
    let locals = config.local_secondary_index.len();
    if locals > MOST_LOCAL {
        let detail = format!("A table has {MOST_LOCAL} local indexes at most, not {locals}.");
        problems.error("local_secondary_index", "Too many indexes", detail);
    }
    if !config.local_secondary_index.is_empty() && config.range_key.is_null() && !restored(config) {
        problems.error(
            "range_key",
            "Missing required argument",
            "Only tables with a \"range_key\" have local indexes.",
        );
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
    let limited = |blocks: &Blocks<DynamodbTableOnDemandThroughput>| !blocks.is_empty();
    let indexes = &config.global_secondary_index;
    for (name, set) in [
        ("on_demand_throughput", limited(&config.on_demand_throughput)),
        ("global_secondary_index", indexes.iter().any(|i| limited(&i.on_demand_throughput))),
    ] {
        if provisioned && set {
            let detail = "\"on_demand_throughput\" limits what is paid by request. Set \
                          \"billing_mode\" to \"PAY_PER_REQUEST\".";
            problems.error(name, "Invalid combination of arguments", detail);
        }
    }
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
    use crate::dynamodb_table::model::{
        DynamodbTableAttribute, DynamodbTableGlobalSecondaryIndex, DynamodbTableImportTable,
        DynamodbTableLocalSecondaryIndex,
    };

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

    fn plain() -> DynamodbTable {
        DynamodbTable {
            billing_mode: "PAY_PER_REQUEST".into(),
            hash_key: "a".into(),
            attribute: Blocks::one(DynamodbTableAttribute { name: "a".into(), r#type: "S".into() }),
            ..Default::default()
        }
    }

    #[test]
    fn a_table_comes_from_one_place() {
        let mut config = DynamodbTable { restore_source_name: "b".into(), ..plain() };
        assert!(told(&config).contains("from when the data"));
        config.restore_to_latest_time = Attr::Unknown;
        assert_eq!(told(&config), "");
        config.restore_to_latest_time = true.into();
        assert_eq!(told(&config), "");
        config.restore_date_time = "2026-01-02T00:00:00Z".into();
        assert!(told(&config).contains("cannot be set together"));
        config = DynamodbTable { restore_to_latest_time: true.into(), ..plain() };
        assert!(told(&config).contains("Nothing is restored"));
        config = plain();
        config.import_table = Blocks::one(DynamodbTableImportTable {
            input_format: "ION".into(),
            ..Default::default()
        });
        assert_eq!(told(&config), "");
        config.restore_source_name = "b".into();
        assert!(told(&config).contains("\"import_table\""));
    }

    #[test]
    fn limits_are_for_what_is_paid_by_request() {
        let limit = Blocks::one(DynamodbTableOnDemandThroughput::default());
        let mut config = DynamodbTable { on_demand_throughput: limit, ..plain() };
        assert_eq!(told(&config), "");
        config.billing_mode = "PROVISIONED".into();
        assert!(told(&config).contains("PAY_PER_REQUEST"));
        config.billing_mode = Attr::Unknown;
        assert_eq!(told(&config), "");
    }

    #[test]
    fn indexes_show_what_is_said() {
        let index = |projection: &str, others: Attr<groma_sdk::Set<String>>| {
            DynamodbTableGlobalSecondaryIndex {
                name: "i".into(),
                hash_key: "a".into(),
                projection_type: projection.into(),
                non_key_attributes: others,
                ..Default::default()
            }
        };
        let mut config = plain();
        config.global_secondary_index = Blocks::one(index("INCLUDE", Attr::Null));
        assert!(told(&config).contains("what is shown"));
        config.global_secondary_index = Blocks::one(index("INCLUDE", Attr::Unknown));
        assert_eq!(told(&config), "");
        let others = Attr::Known(["x".to_owned()].into_iter().collect());
        config.global_secondary_index = Blocks::one(index("ALL", others));
        assert!(told(&config).contains("other than INCLUDE"));
        config.global_secondary_index =
            vec![index("ALL", Attr::Null), index("KEYS_ONLY", Attr::Null)].into();
        assert!(told(&config).contains("Two indexes of one name"));
        config.global_secondary_index = Blocks::none();
        config.local_secondary_index = Blocks::one(DynamodbTableLocalSecondaryIndex {
            name: "l".into(),
            projection_type: "ALL".into(),
            range_key: "a".into(),
            ..Default::default()
        });
        assert!(told(&config).contains("Only tables with a \"range_key\""));
    }
}
