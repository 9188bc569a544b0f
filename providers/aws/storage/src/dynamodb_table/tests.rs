//! Tables in what the emulator does not know: classes, limits, and restores and imports in all their
//! forms.

use groma_aws_core::testing::{Answer, Fake};
use groma_sdk::Set;
use serde_json::{Value as Json, json};

use super::model::{
    DynamodbTableAttribute, DynamodbTableCsv, DynamodbTableGlobalSecondaryIndex,
    DynamodbTableImportTable, DynamodbTableInputFormatOptions, DynamodbTableOnDemandThroughput,
    DynamodbTableS3BucketSource, DynamodbTableServerSideEncryption,
};
use super::*;

/// A service that has one table, which is what a test says.
fn service(table: Json) -> Fake {
    let fake = Fake::new();
    let described = json!({ "Table": table }).to_string();
    fake.on("DescribeTable", move |_| Answer::json(described.clone()));
    for operation in ["UpdateTable", "TagResource", "UpdateTimeToLive", "UpdateContinuousBackups"] {
        fake.on(operation, |_| Answer::json("{}"));
    }
    fake.on("DescribeTimeToLive", |_| Answer::json("{}"));
    fake.on("DescribeContinuousBackups", |_| Answer::json("{}"));
    fake.on("ListTagsOfResource", |_| Answer::json(r#"{"Tags":[]}"#));
    fake
}

fn table() -> Json {
    json!({
        "TableName": "t", "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/t",
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
        "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": "S" }],
    })
}

fn planned() -> DynamodbTable {
    DynamodbTable {
        id: "t".into(),
        name: "t".into(),
        billing_mode: "PAY_PER_REQUEST".into(),
        hash_key: "a".into(),
        attribute: Blocks::one(DynamodbTableAttribute { name: "a".into(), r#type: "S".into() }),
        read_capacity: Attr::Unknown,
        write_capacity: Attr::Unknown,
        ttl: Blocks::unknown(),
        point_in_time_recovery: Blocks::unknown(),
        server_side_encryption: Blocks::unknown(),
        ..DynamodbTable::default()
    }
}

fn index(name: &str, projection: &str) -> DynamodbTableGlobalSecondaryIndex {
    DynamodbTableGlobalSecondaryIndex {
        name: name.into(),
        hash_key: "a".into(),
        projection_type: projection.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_restored_table_gets_what_a_restore_does_not_take() {
    let fake = service(table());
    fake.once("DescribeTable", |_| Answer::json_error(400, NOT_FOUND, "none"));
    fake.on("RestoreTableToPointInTime", |_| Answer::json("{}"));
    let wanted = DynamodbTable {
        restore_source_name: "other".into(),
        restore_date_time: "2026-01-02T03:04:05Z".into(),
        deletion_protection_enabled: true.into(),
        table_class: "STANDARD_INFREQUENT_ACCESS".into(),
        tags_all: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
        tags: Attr::Known([("a".to_owned(), "b".to_owned())].into()),
        ..planned()
    };
    TableResource.create(&fake.context(), wanted.clone(), wanted).await.unwrap();
    let restored = fake.requests_of("RestoreTableToPointInTime")[0].json();
    assert_eq!(restored["SourceTableName"], "other");
    assert_eq!(restored["BillingModeOverride"], "PAY_PER_REQUEST");
    assert_eq!(restored["RestoreDateTime"], 1_767_323_045);
    // Indexes of the other that are not configured are not restored.
    assert_eq!(restored["GlobalSecondaryIndexOverride"], json!([]));
    let updates: Vec<Json> = fake.requests_of("UpdateTable").iter().map(|r| r.json()).collect();
    assert_eq!(updates[0]["DeletionProtectionEnabled"], true);
    assert_eq!(updates[1]["TableClass"], "STANDARD_INFREQUENT_ACCESS");
    assert_eq!(updates.len(), 2, "{updates:?}");
    assert_eq!(fake.requests_of("TagResource")[0].json()["Tags"][0]["Key"], "a");
}

#[tokio::test]
async fn an_import_takes_csv_and_is_waited_for() {
    let fake = service(table());
    fake.once("DescribeTable", |_| Answer::json_error(400, NOT_FOUND, "none"));
    let import = |status: &str| {
        let import = json!({
            "ImportArn": "arn:import", "ImportStatus": status, "FailureCode": "ItemValidationError",
            "FailureMessage": "no key", "ImportedItemCount": 3, "ErrorCount": 2,
            "ProcessedItemCount": 5,
        });
        Answer::json(json!({ "ImportTableDescription": import }).to_string())
    };
    fake.on("ImportTable", move |_| import("IN_PROGRESS"));
    fake.once("DescribeImport", move |_| import("IN_PROGRESS"));
    fake.once("DescribeImport", move |_| import("COMPLETED"));
    fake.on("DescribeImport", move |_| import("FAILED"));
    let csv = DynamodbTableCsv {
        delimiter: ";".into(),
        header_list: Attr::Known(Set(vec!["a".to_owned(), "b".to_owned()])),
    };
    let wanted = DynamodbTable {
        import_table: Blocks::one(DynamodbTableImportTable {
            input_compression_type: "GZIP".into(),
            input_format: "CSV".into(),
            input_format_options: Blocks::one(DynamodbTableInputFormatOptions {
                csv: Blocks::one(csv),
            }),
            s3_bucket_source: Blocks::one(DynamodbTableS3BucketSource {
                bucket: "b".into(),
                key_prefix: "p/".into(),
                ..Default::default()
            }),
        }),
        ..planned()
    };
    let cx = fake.context();
    TableResource.create(&cx, wanted.clone(), wanted.clone()).await.unwrap();
    let sent = fake.requests_of("ImportTable")[0].json();
    assert_eq!(sent["InputFormatOptions"]["Csv"]["Delimiter"], ";");
    assert_eq!(sent["S3BucketSource"]["S3KeyPrefix"], "p/");
    assert_eq!(sent["TableCreationParameters"]["BillingMode"], "PAY_PER_REQUEST");
    assert!(sent["ClientToken"].as_str().is_some_and(|token| !token.is_empty()));
    fake.once("DescribeTable", |_| Answer::json_error(400, NOT_FOUND, "none"));
    let failed = TableResource.create(&cx, wanted.clone(), wanted).await.unwrap_err().to_string();
    assert!(failed.contains("ItemValidationError: no key"), "{failed}");
}

#[tokio::test]
async fn indexes_change_one_by_one() {
    let mut there = table();
    there["GlobalSecondaryIndexes"] = json!([{ "IndexName": "new", "IndexStatus": "ACTIVE" }]);
    let fake = service(there);
    let prior = DynamodbTable {
        id: "t".into(),
        global_secondary_index: vec![index("old", "ALL"), index("other", "ALL")].into(),
        ..planned()
    };
    let limited = DynamodbTableOnDemandThroughput {
        max_read_request_units: 5.into(),
        max_write_request_units: Attr::Unknown,
    };
    let wanted = DynamodbTable {
        global_secondary_index: vec![index("new", "ALL"), index("other", "KEYS_ONLY")].into(),
        on_demand_throughput: Blocks::one(limited),
        server_side_encryption: Blocks::one(DynamodbTableServerSideEncryption {
            enabled: true.into(),
            kms_key_arn: Attr::Null,
        }),
        ..planned()
    };
    let done = TableResource.update(&fake.context(), prior, wanted.clone(), wanted).await;
    done.unwrap();
    let updates: Vec<Json> = fake.requests_of("UpdateTable").iter().map(|r| r.json()).collect();
    let index = |i: usize, action: &str| {
        updates[i]["GlobalSecondaryIndexUpdates"][0][action]["IndexName"].clone()
    };
    assert_eq!((index(0, "Delete"), index(1, "Delete")), (json!("old"), json!("other")));
    assert_eq!(updates[2]["OnDemandThroughput"]["MaxReadRequestUnits"], 5);
    assert_eq!((index(3, "Create"), index(4, "Create")), (json!("new"), json!("other")));
    // The key of AWS is not named.
    assert_eq!(updates[5]["SSESpecification"], json!({ "Enabled": true }));
    assert_eq!(updates.len(), 6, "{updates:?}");
}
