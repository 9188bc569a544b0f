//! What no emulator plays: instances that take their time, that fail, and answers that get lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use groma_aws_core::testing::{Answer, Fake, Request};
use groma_sdk::{Attr, Blocks, Managed as _};

use super::model::DbInstanceRestoreToPointInTime;
use super::{DbInstance, DbInstanceResource, settle};
use crate::parts::S3Import;

const MINUTE: Duration = Duration::from_secs(60);

/// An instance as the service describes it: what it has, and what its elements have.
fn described(instance: &BTreeMap<&'static str, String>) -> Answer {
    let fields: String = instance.iter().map(|(k, v)| format!("<{k}>{v}</{k}>")).collect();
    Answer::xml(format!(
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>{fields}\
         </DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
    ))
}

fn done(operation: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

/// The one instance of a service, which tests change.
type Instance = Arc<Mutex<BTreeMap<&'static str, String>>>;

fn set(instance: &Instance, name: &'static str, value: impl Into<String>) {
    if let Ok(mut instance) = instance.lock() {
        instance.insert(name, value.into());
    }
}

/// A service with an instance.
fn service() -> (Fake, Instance) {
    let fields = [
        ("DBInstanceIdentifier", "main"),
        ("DbiResourceId", "db-MAIN1"),
        ("DBInstanceArn", "arn:aws:rds:us-east-1:123456789012:db:main"),
        ("DBInstanceStatus", "available"),
        ("DBInstanceClass", "db.t3.micro"),
        ("Engine", "postgres"),
        ("EngineVersion", "15.4"),
        ("AllocatedStorage", "20"),
        ("BackupRetentionPeriod", "0"),
    ];
    let fields = fields.map(|(name, value)| (name, value.to_owned()));
    let (fake, instance) = (Fake::new(), Instance::new(Mutex::new(BTreeMap::from(fields))));
    let now = instance.clone();
    fake.on("DescribeDBInstances", move |request| {
        let instance = now.lock().map(|i| i.clone()).unwrap_or_default();
        let asked = request.param("DBInstanceIdentifier");
        let is_it = asked.is_none_or(|name| {
            instance.get("DBInstanceIdentifier").is_some_and(|is| is == name)
                || instance.get("DbiResourceId").is_some_and(|is| is == name)
        });
        match is_it && !instance.is_empty() {
            true => described(&instance),
            false => Answer::error(404, "DBInstanceNotFound", "There is none."),
        }
    });
    let changed = instance.clone();
    fake.on("ModifyDBInstance", move |request| {
        const SEEN: &[&str] =
            &["AllocatedStorage", "BackupRetentionPeriod", "DBInstanceClass", "EngineVersion"];
        for name in SEEN {
            if let Some(value) = request.param(name) {
                set(&changed, name, value);
            }
        }
        done("ModifyDBInstance")
    });
    (fake, instance)
}

fn model() -> DbInstance {
    DbInstance {
        id: "db-MAIN1".into(),
        resource_id: "db-MAIN1".into(),
        identifier: "main".into(),
        arn: "arn:aws:rds:us-east-1:123456789012:db:main".into(),
        engine: "postgres".into(),
        engine_version: "15.4".into(),
        instance_class: "db.t3.micro".into(),
        allocated_storage: Attr::Known(20),
        backup_retention_period: Attr::Known(0),
        apply_immediately: Attr::Known(true),
        skip_final_snapshot: Attr::Known(true),
        ..DbInstance::default()
    }
}

/// What the service is asked for with a new instance: the name of the request, and its parameters.
async fn created(config: DbInstance, operation: &'static str) -> (Request, Option<Request>) {
    let (fake, _) = service();
    fake.on(operation, move |_| {
        Answer::xml(format!(
            "<{operation}Response><{operation}Result><DBInstance><DBInstanceIdentifier>main\
             </DBInstanceIdentifier><DbiResourceId>db-MAIN1</DbiResourceId></DBInstance>\
             </{operation}Result></{operation}Response>"
        ))
    });
    let planned = DbInstance { id: Attr::Unknown, arn: Attr::Unknown, ..config.clone() };
    let made = DbInstanceResource.create(&fake.context(), config, planned).await;
    assert_eq!(made.map(|m| m.id), Ok("db-MAIN1".into()));
    let request = fake.requests_of(operation).into_iter().next().unwrap_or_default();
    (request, fake.requests_of("ModifyDBInstance").into_iter().next())
}

#[tokio::test]
async fn broken_instances_are_not_waited_for() {
    for (status, advice) in [
        ("incompatible-parameters", "parameter group"),
        ("incompatible-network", "network"),
        ("storage-full", "allocated_storage"),
        ("failed", "Restore it"),
        ("insufficient-capacity", "instance_class"),
        ("inaccessible-encryption-credentials", "KMS key"),
        ("stopped", "Start the instance"),
    ] {
        let (fake, instance) = service();
        set(&instance, "DBInstanceStatus", status);
        let waited = settle::available(&fake.context(), "db-MAIN1", MINUTE).await;
        let said = waited.map_err(|e| e.to_string()).err().unwrap_or_default();
        assert!(said.contains(status) && said.contains(advice), "{status}: {said}");
        assert_eq!(fake.calls("DescribeDBInstances"), 1, "{status}");
    }
}

#[tokio::test]
async fn a_change_may_mend_what_is_broken() {
    let (fake, instance) = service();
    set(&instance, "DBInstanceStatus", "storage-full");
    let looks = AtomicUsize::new(0);
    let (now, steps) = (instance.clone(), ["storage-full", "modifying", "storage-optimization"]);
    fake.on("DescribeDBInstances", move |_| {
        let status = steps.get(looks.fetch_add(1, Ordering::SeqCst)).copied();
        set(&now, "DBInstanceStatus", status.unwrap_or("available"));
        set(&now, "AllocatedStorage", "40");
        described(&now.lock().map(|i| i.clone()).unwrap_or_default())
    });
    let planned = DbInstance { allocated_storage: Attr::Known(40), ..model() };
    let updated =
        DbInstanceResource.update(&fake.context(), model(), planned.clone(), planned).await;
    assert_eq!(updated.map(|m| m.allocated_storage), Ok(Attr::Known(40)));
}

#[tokio::test]
async fn what_is_pending_as_asked_counts_as_done() {
    let (fake, instance) = service();
    let changing = instance.clone();
    fake.on("ModifyDBInstance", move |request| {
        assert_eq!(request.param("ApplyImmediately"), Some("false"));
        set(
            &changing,
            "PendingModifiedValues",
            "<DBInstanceClass>db.t3.large</DBInstanceClass><EngineVersion>15.7</EngineVersion>",
        );
        done("ModifyDBInstance")
    });
    let cx = fake.context();
    let prior = DbInstance { apply_immediately: Attr::Known(false), ..model() };
    let planned = DbInstance {
        instance_class: "db.t3.large".into(),
        engine_version: "15.7".into(),
        ..prior.clone()
    };
    let updated = DbInstanceResource.update(&cx, prior, planned.clone(), planned).await;
    let state = updated.unwrap_or_default();
    assert_eq!(state.instance_class.as_str(), Some("db.t3.large"));
    assert_eq!(state.engine_version.as_str(), Some("15.7"));
    assert_eq!(state.engine_version_actual.as_str(), Some("15.4"));
    // It stays so when it is read, and is what it is where nothing was asked for.
    let read = DbInstanceResource.read(&cx, state.clone()).await.ok().flatten();
    assert_eq!(read.map(|r| r.instance_class), Some("db.t3.large".into()));
    let imported = DbInstance { id: "main".into(), ..DbInstance::default() };
    let read = DbInstanceResource.read(&cx, imported).await.ok().flatten();
    assert_eq!(read.map(|r| r.instance_class), Some("db.t3.micro".into()));

    // Turning on `apply_immediately` applies it, though nothing else changes.
    let applied = instance.clone();
    fake.on("ModifyDBInstance", move |request| {
        assert_eq!(request.param("ApplyImmediately"), Some("true"));
        set(&applied, "PendingModifiedValues", "");
        set(&applied, "DBInstanceClass", "db.t3.large");
        set(&applied, "EngineVersion", "15.7");
        done("ModifyDBInstance")
    });
    let planned = DbInstance { apply_immediately: Attr::Known(true), ..state.clone() };
    let updated = DbInstanceResource.update(&cx, state, planned.clone(), planned).await;
    assert_eq!(updated.map(|u| u.engine_version_actual), Ok("15.7".into()));
    assert_eq!(fake.calls("ModifyDBInstance"), 2);
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_taken_up() {
    let (fake, _) = service();
    fake.once("CreateDBInstance", |_| Answer::lost());
    fake.on("CreateDBInstance", |_| Answer::error(400, "DBInstanceAlreadyExists", "It is there."));
    let config = DbInstance { password: "correct-horse".into(), ..model() };
    let planned = DbInstance { id: Attr::Unknown, ..config.clone() };
    let made = DbInstanceResource.create(&fake.context(), config.clone(), planned.clone()).await;
    assert_eq!(made.map(|m| m.id), Ok("db-MAIN1".into()));
    // What somebody else made is not taken.
    let made = DbInstanceResource.create(&fake.context(), config, planned).await;
    assert!(made.is_err_and(|e| e.to_string().contains("DBInstanceAlreadyExists")));
}

#[tokio::test]
async fn an_identifier_is_changed_although_the_answer_got_lost() {
    let (fake, instance) = service();
    let renamed = instance.clone();
    fake.once("ModifyDBInstance", move |request| {
        assert_eq!(request.param("NewDBInstanceIdentifier"), Some("other"));
        set(&renamed, "DBInstanceIdentifier", "other");
        set(&renamed, "DBInstanceArn", "arn:aws:rds:us-east-1:123456789012:db:other");
        Answer::lost()
    });
    fake.on("ModifyDBInstance", |_| Answer::error(404, "DBInstanceNotFound", "No main."));
    fake.on("AddTagsToResource", |request| {
        assert_eq!(
            request.param("ResourceName"),
            Some("arn:aws:rds:us-east-1:123456789012:db:other")
        );
        done("AddTagsToResource")
    });
    let tags = Attr::Known(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    let planned =
        DbInstance { identifier: "other".into(), tags: tags.clone(), tags_all: tags, ..model() };
    let cx = fake.context();
    let updated = DbInstanceResource.update(&cx, model(), planned.clone(), planned).await;
    assert_eq!(updated.map(|u| u.identifier), Ok("other".into()));
    assert_eq!(fake.calls("AddTagsToResource"), 1);
}

#[tokio::test]
async fn a_replica_is_promoted_although_the_answer_got_lost() {
    let (fake, instance) = service();
    set(&instance, "ReadReplicaSourceDBInstanceIdentifier", "primary");
    let promoted = instance.clone();
    fake.once("PromoteReadReplica", move |request| {
        assert_eq!(request.param("BackupRetentionPeriod"), Some("7"));
        set(&promoted, "ReadReplicaSourceDBInstanceIdentifier", "");
        set(&promoted, "BackupRetentionPeriod", "7");
        Answer::lost()
    });
    fake.on("PromoteReadReplica", |_| {
        Answer::error(400, "InvalidDBInstanceState", "It is not a read replica.")
    });
    let prior = DbInstance { replicate_source_db: "primary".into(), ..model() };
    let planned = DbInstance { backup_retention_period: Attr::Known(7), ..model() };
    let cx = fake.context();
    let updated = DbInstanceResource.update(&cx, prior, planned.clone(), planned).await;
    let updated = updated.unwrap_or_default();
    assert_eq!(updated.backup_retention_period, Attr::Known(7));
    assert!(updated.replicate_source_db.filled().is_none());
    // Backups were part of the promotion.
    assert_eq!(fake.calls("ModifyDBInstance"), 0);
}

#[tokio::test]
async fn a_replica_in_another_region_is_signed_for() {
    let config = DbInstance {
        replicate_source_db: "arn:aws:rds:eu-west-1:123456789012:db:primary".into(),
        kms_key_id: "arn:aws:kms:us-east-1:123456789012:key/k".into(),
        parameter_group_name: "mine".into(),
        backup_retention_period: Attr::Known(7),
        password: "correct-horse".into(),
        ..model()
    };
    let (request, rest) = created(config, "CreateDBInstanceReadReplica").await;
    let url = request.param("PreSignedUrl").unwrap_or_default();
    for part in ["eu-west-1", "CreateDBInstanceReadReplica", "X-Amz-Signature=", "us-east-1"] {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert_eq!(request.param("DBParameterGroupName"), Some("mine"));
    let rest = rest.unwrap_or_default();
    assert_eq!(rest.param("BackupRetentionPeriod"), Some("7"));
    assert_eq!(rest.param("MasterUserPassword"), Some("correct-horse"));
    assert_eq!(rest.param("DBParameterGroupName"), None);
}

#[tokio::test]
async fn a_replica_in_the_region_gets_its_group_afterwards() {
    let config = DbInstance {
        replicate_source_db: "primary".into(),
        parameter_group_name: "mine".into(),
        multi_az: Attr::Known(true),
        ..model()
    };
    let (request, rest) = created(config, "CreateDBInstanceReadReplica").await;
    assert_eq!(request.param("SourceDBInstanceIdentifier"), Some("primary"));
    assert_eq!(request.param("MultiAZ"), Some("true"));
    assert_eq!(request.param("PreSignedUrl").or(request.param("DBParameterGroupName")), None);
    assert_eq!(rest.unwrap_or_default().param("DBParameterGroupName"), Some("mine"));
}

#[tokio::test]
async fn a_restored_snapshot_is_changed_to_what_is_configured() {
    let config = DbInstance {
        snapshot_identifier: "last".into(),
        db_name: "app".into(),
        max_allocated_storage: Attr::Known(100),
        monitoring_interval: Attr::Known(30),
        monitoring_role_arn: "arn:aws:iam::123456789012:role/m".into(),
        password: "correct-horse".into(),
        ..model()
    };
    let (request, rest) = created(config, "RestoreDBInstanceFromDBSnapshot").await;
    assert_eq!(request.param("DBSnapshotIdentifier"), Some("last"));
    // PostgreSQL has its databases from the snapshot.
    assert_eq!(request.param("DBName").or(request.param("MasterUserPassword")), None);
    let rest = rest.unwrap_or_default();
    for (name, value) in [
        ("AllocatedStorage", "20"),
        ("MaxAllocatedStorage", "100"),
        ("MonitoringInterval", "30"),
        ("EngineVersion", "15.4"),
        ("MasterUserPassword", "correct-horse"),
        ("ApplyImmediately", "true"),
    ] {
        assert_eq!(rest.param(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_moment_is_restored() {
    let moment = DbInstanceRestoreToPointInTime {
        restore_time: "2026-01-02T03:04:05Z".into(),
        source_dbi_resource_id: "db-OTHER".into(),
        ..DbInstanceRestoreToPointInTime::default()
    };
    let config = DbInstance { restore_to_point_in_time: Blocks::one(moment), ..model() };
    let (request, _) = created(config, "RestoreDBInstanceToPointInTime").await;
    assert_eq!(request.param("TargetDBInstanceIdentifier"), Some("main"));
    assert_eq!(request.param("SourceDbiResourceId"), Some("db-OTHER"));
    assert_eq!(request.param("RestoreTime"), Some("2026-01-02T03:04:05Z"));
    assert_eq!(request.param("UseLatestRestorableTime"), None);
}

#[tokio::test]
async fn a_backup_in_s3_is_restored() {
    let import = S3Import {
        bucket_name: "backups".into(),
        ingestion_role: "arn:aws:iam::123456789012:role/r".into(),
        source_engine: "mysql".into(),
        source_engine_version: "8.0".into(),
        ..S3Import::default()
    };
    let config = DbInstance {
        engine: "mysql".into(),
        s3_import: Blocks::one(import),
        username: "groma".into(),
        manage_master_user_password: Attr::Known(true),
        ..model()
    };
    let (request, rest) = created(config, "RestoreDBInstanceFromS3").await;
    assert_eq!(request.param("S3BucketName"), Some("backups"));
    assert_eq!(request.param("SourceEngineVersion"), Some("8.0"));
    assert_eq!(request.param("ManageMasterUserPassword"), Some("true"));
    assert!(rest.is_none());
}

#[tokio::test]
async fn a_new_instance_has_what_no_emulator_keeps() {
    let config = DbInstance {
        engine: "oracle-ee".into(),
        username: "groma".into(),
        password_wo: "correct-horse".into(),
        password_wo_version: Attr::Known(1),
        character_set_name: "AL32UTF8".into(),
        nchar_character_set_name: "UTF8".into(),
        timezone: "UTC".into(),
        option_group_name: "options".into(),
        domain: "d-1234567890".into(),
        domain_iam_role_name: "domain".into(),
        iops: Attr::Known(3000),
        storage_throughput: Attr::Known(125),
        performance_insights_enabled: Attr::Known(true),
        performance_insights_retention_period: Attr::Known(31),
        ..model()
    };
    let planned = DbInstance { password_wo: Attr::Null, ..config.clone() };
    let (fake, instance) = service();
    fake.on("CreateDBInstance", |_| done("CreateDBInstance"));
    let looks = AtomicUsize::new(0);
    fake.once("DescribeDBInstances", |_| Answer::error(404, "DBInstanceNotFound", "not yet"));
    fake.on("DescribeDBInstances", move |_| {
        // It takes its time, and is looked at soon and often.
        let is_up = looks.fetch_add(1, Ordering::SeqCst) > 3;
        set(&instance, "DBInstanceStatus", if is_up { "available" } else { "creating" });
        described(&instance.lock().map(|i| i.clone()).unwrap_or_default())
    });
    let begin = std::time::Instant::now();
    let made = DbInstanceResource.create(&fake.context(), config, planned).await;
    assert_eq!(made.map(|m| m.id), Ok("db-MAIN1".into()));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    let request = fake.requests_of("CreateDBInstance").into_iter().next().unwrap_or_default();
    for (name, value) in [
        ("MasterUserPassword", "correct-horse"),
        ("CharacterSetName", "AL32UTF8"),
        ("NcharCharacterSetName", "UTF8"),
        ("Timezone", "UTC"),
        ("OptionGroupName", "options"),
        ("Domain", "d-1234567890"),
        ("DomainIAMRoleName", "domain"),
        ("Iops", "3000"),
        ("StorageThroughput", "125"),
        ("EnablePerformanceInsights", "true"),
        ("PerformanceInsightsRetentionPeriod", "31"),
    ] {
        assert_eq!(request.param(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn an_instance_is_deleted_as_it_was_asked_for() {
    let (fake, instance) = service();
    fake.once("DeleteDBInstance", |request| {
        assert_eq!(request.param("FinalDBSnapshotIdentifier"), Some("last"));
        assert_eq!(request.param("SkipFinalSnapshot"), Some("false"));
        assert_eq!(request.param("DeleteAutomatedBackups"), Some("false"));
        let words = "Cannot delete protected DB Instance, please disable deletion protection";
        Answer::error(400, "InvalidParameterCombination", words)
    });
    // The state says that it is not protected, and what is there follows the state.
    fake.on("ModifyDBInstance", |request| {
        assert_eq!(request.param("DeletionProtection"), Some("false"));
        done("ModifyDBInstance")
    });
    fake.once("DeleteDBInstance", move |_| {
        if let Ok(mut instance) = instance.lock() {
            instance.clear();
        }
        Answer::lost()
    });
    fake.on("DeleteDBInstance", |_| Answer::error(404, "DBInstanceNotFound", "It is gone."));
    let prior = DbInstance {
        skip_final_snapshot: Attr::Known(false),
        final_snapshot_identifier: "last".into(),
        delete_automated_backups: Attr::Known(false),
        ..model()
    };
    let cx = fake.context();
    assert_eq!(DbInstanceResource.delete(&cx, prior.clone()).await, Ok(()));
    assert_eq!((fake.calls("ModifyDBInstance"), fake.calls("DeleteDBInstance")), (1, 3));
    // Without a name for its last snapshot it stays.
    let nameless = DbInstance { final_snapshot_identifier: Attr::Null, ..prior };
    let refused = DbInstanceResource.delete(&cx, nameless).await;
    assert!(refused.is_err_and(|e| e.to_string().contains("needs a name")));
    assert_eq!(fake.calls("DeleteDBInstance"), 3);
}
