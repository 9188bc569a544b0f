//! What is refused before anything is done.

use groma_aws_core::Aws;
use groma_aws_core::testing::{Answer, Fake, Request};
use groma_sdk::{Attr, Blocks, Context};

use super::super::model::{DbInstanceBlueGreenUpdate, DbInstanceRestoreToPointInTime};
use super::super::{DbInstance, DbInstanceResource};
use crate::testing::{plan, problems};

/// A configuration with nothing wrong.
fn config() -> DbInstance {
    DbInstance {
        identifier: "main".into(),
        engine: "postgres".into(),
        instance_class: "db.t3.micro".into(),
        allocated_storage: Attr::Known(20),
        username: "groma".into(),
        password: "correct-horse".into(),
        ..DbInstance::default()
    }
}

fn replica(source: &str) -> DbInstance {
    DbInstance {
        identifier: "replica".into(),
        replicate_source_db: source.into(),
        instance_class: "db.t3.micro".into(),
        ..DbInstance::default()
    }
}

/// What is said of a configuration that differs in this.
fn said(change: impl Fn(&mut DbInstance)) -> String {
    let mut config = config();
    change(&mut config);
    problems(&DbInstanceResource, &config)
}

/// What is said of the plan of a new instance.
async fn planned(cx: &Context<Aws>, config: &DbInstance) -> String {
    plan(&DbInstanceResource, cx, None, config).await.err().unwrap_or_default()
}

#[test]
fn nothing_is_said_of_what_is_right_or_not_known() {
    assert_eq!(said(|_| {}), "");
    let unknown = said(|c| {
        c.identifier = Attr::Unknown;
        c.password = Attr::Unknown;
        c.backup_window = Attr::Unknown;
        c.maintenance_window = "sun:04:30-sun:05:30".into();
        c.allocated_storage = Attr::Unknown;
        c.max_allocated_storage = Attr::Known(10);
        c.storage_type = Attr::Unknown;
        c.iops = Attr::Known(3000);
        c.monitoring_interval = Attr::Unknown;
    });
    assert_eq!(unknown, "");
}

#[test]
fn names_are_checked() {
    for name in ["1main", "Main", "main-", "ma--in", &"x".repeat(64)] {
        assert!(said(|c| c.identifier = name.into()).starts_with("identifier: "), "{name}");
    }
    assert!(said(|c| c.final_snapshot_identifier = "last_one".into()).contains("letters"));
    assert!(said(|c| c.identifier_prefix = "main-".into()).contains("identifier_prefix"));
}

#[test]
fn passwords_are_one() {
    assert!(said(|c| c.password = "short".into()).contains("at least 8"));
    let managed = said(|c| c.manage_master_user_password = Attr::Known(true));
    assert!(managed.contains("\"password\""), "{managed}");
    let both = said(|c| {
        c.password_wo = "correct-horse".into();
        c.password_wo_version = Attr::Known(1);
    });
    assert!(both.contains("password_wo"), "{both}");
    let alone = said(|c| {
        c.password = Attr::Null;
        c.password_wo = "correct-horse".into();
    });
    assert!(alone.contains("needs \"password_wo_version\""), "{alone}");
}

#[test]
fn windows_do_not_meet() {
    let meeting = said(|c| {
        c.backup_window = "04:00-05:00".into();
        c.maintenance_window = "Sun:04:30-Sun:05:30".into();
    });
    assert!(meeting.starts_with("maintenance_window: Windows of backups"), "{meeting}");
    assert!(said(|c| c.backup_window = "4:00-5:00".into()).contains("03:00-04:00"));
}

#[test]
fn storage_is_as_its_type_has_it() {
    let sized = |kind: &'static str, size: i64| {
        said(move |c| {
            c.storage_type = kind.into();
            c.iops = if kind.starts_with("io") { Attr::Known(3000) } else { Attr::Null };
            c.allocated_storage = Attr::Known(size);
        })
    };
    for (kind, size) in [("gp3", 19), ("gp2", 4), ("io1", 99), ("standard", 4000), ("gp3", 70_000)]
    {
        assert!(sized(kind, size).starts_with("allocated_storage: "), "{kind} {size}");
    }
    for (kind, size) in [("gp3", 20), ("gp2", 5), ("io1", 100), ("standard", 3072)] {
        assert_eq!(sized(kind, size), "", "{kind} {size}");
    }
    assert!(said(|c| c.max_allocated_storage = Attr::Known(10)).contains("cannot grow to 10"));
    assert_eq!(said(|c| c.max_allocated_storage = Attr::Known(0)), "");
    assert!(said(|c| c.storage_type = "io2".into()).contains("needs \"iops\""));
    let slow = said(|c| {
        c.storage_type = "gp2".into();
        c.iops = Attr::Known(3000);
        c.storage_throughput = Attr::Known(125);
    });
    assert!(slow.contains("has no \"iops\"") && slow.contains("throughput"), "{slow}");
}

#[test]
fn what_goes_together_is_together() {
    assert!(said(|c| c.monitoring_interval = Attr::Known(30)).starts_with("monitoring_role_arn: "));
    let zones = said(|c| {
        c.multi_az = Attr::Known(true);
        c.availability_zone = "us-east-1a".into();
    });
    assert!(zones.contains("availability_zone"), "{zones}");
    let restored = |moment: DbInstanceRestoreToPointInTime| {
        said(move |c| c.restore_to_point_in_time = Blocks::one(moment.clone()))
    };
    let nothing = restored(DbInstanceRestoreToPointInTime::default());
    assert!(nothing.starts_with("restore_to_point_in_time.0: "), "{nothing}");
    assert!(nothing.contains("Set one of \"source_db_instance_identifier\""), "{nothing}");
    let twice = restored(DbInstanceRestoreToPointInTime {
        restore_time: "2026-01-02T03:04:05Z".into(),
        use_latest_restorable_time: Attr::Known(true),
        source_dbi_resource_id: "db-1".into(),
        ..DbInstanceRestoreToPointInTime::default()
    });
    assert!(twice.contains("Set only one of \"restore_time\""), "{twice}");
}

#[tokio::test]
async fn new_instances_need_an_engine_a_user_and_a_password() {
    let cx = Fake::new().context();
    for (what, config) in [
        ("\"engine\"", DbInstance { engine: Attr::Null, ..config() }),
        ("\"allocated_storage\"", DbInstance { allocated_storage: Attr::Null, ..config() }),
        ("\"username\"", DbInstance { username: Attr::Null, ..config() }),
        ("a password", DbInstance { password: Attr::Null, ..config() }),
    ] {
        let said = planned(&cx, &config).await;
        assert!(said.contains(&format!("needs {what}")), "{said}");
    }
    assert_eq!(planned(&cx, &config()).await, "");
    let restored = DbInstance {
        snapshot_identifier: "last".into(),
        replicate_source_db: Attr::Null,
        ..replica("")
    };
    assert_eq!(planned(&cx, &restored).await, "");
    // Whether it is made from a snapshot is not known yet.
    let unknown = DbInstance { snapshot_identifier: Attr::Unknown, ..restored };
    assert_eq!(planned(&cx, &unknown).await, "");
}

#[tokio::test]
async fn small_storage_has_a_speed_of_its_own() {
    let cx = Fake::new().context();
    let fast = DbInstance { storage_type: "gp3".into(), iops: Attr::Known(4000), ..config() };
    assert!(planned(&cx, &fast).await.contains("at least 400"));
    let large = DbInstance { allocated_storage: Attr::Known(400), ..fast.clone() };
    assert_eq!(planned(&cx, &large).await, "");
    let other = DbInstance { engine: "sqlserver-ex".into(), ..fast };
    assert_eq!(planned(&cx, &other).await, "");
}

/// An instance as the service describes it.
fn described(fields: &str) -> Answer {
    Answer::xml(format!(
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>{fields}\
         </DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
    ))
}

#[tokio::test]
async fn replicas_need_the_backups_of_a_source_that_is_there() {
    let fake = Fake::new();
    fake.on("DescribeDBInstances", |request| {
        assert_eq!(request.param("DBInstanceIdentifier"), Some("main"));
        described("<BackupRetentionPeriod>0</BackupRetentionPeriod>")
    });
    let cx = fake.context();
    let said = planned(&cx, &replica("main")).await;
    assert!(
        said.starts_with("replicate_source_db: Source of the replica has no backups"),
        "{said}"
    );
    let arn = replica("arn:aws:rds:us-east-1:123456789012:db:main");
    assert!(planned(&cx, &arn).await.contains("has no backups"));
    fake.on("DescribeDBInstances", |_| {
        described("<BackupRetentionPeriod>1</BackupRetentionPeriod>")
    });
    assert_eq!(planned(&cx, &replica("main")).await, "");
    // What may not be looked at, and what is not known, is no error.
    fake.on("DescribeDBInstances", |_| Answer::error(403, "AccessDenied", "No."));
    assert_eq!(planned(&cx, &replica("main")).await, "");
    let unknown = DbInstance { replicate_source_db: Attr::Unknown, ..replica("") };
    assert_eq!(planned(&cx, &unknown).await, "");
}

#[tokio::test]
async fn replicas_need_the_backups_that_are_planned() {
    // What is there says nothing of a source that is planned to be otherwise.
    let fake = Fake::new();
    let cx = fake.context();
    assert_eq!(planned(&cx, &config()).await, "");
    assert!(planned(&cx, &replica("main")).await.contains("has no backups"));
    let backups = DbInstance { backup_retention_period: Attr::Known(7), ..config() };
    assert_eq!(planned(&cx, &backups).await, "");
    assert_eq!(planned(&cx, &replica("main")).await, "");
    let unknown = DbInstance { backup_retention_period: Attr::Unknown, ..config() };
    assert_eq!(planned(&cx, &unknown).await, "");
    assert_eq!(planned(&cx, &replica("main")).await, "");
    assert_eq!(fake.calls("DescribeDBInstances"), 0);
    // Other configurations of the provider plan for themselves.
    let other = Fake::new();
    other.on("DescribeDBInstances", |_| Answer::error(404, "DBInstanceNotFound", "none"));
    assert_eq!(planned(&other.context(), &replica("main")).await, "");
}

#[tokio::test]
async fn replicas_are_encrypted_as_their_source_is() {
    let fake = Fake::new();
    let of = |encrypted: bool| {
        move |_: &Request| {
            described(&format!(
                "<BackupRetentionPeriod>1</BackupRetentionPeriod><StorageEncrypted>{encrypted}\
                 </StorageEncrypted>"
            ))
        }
    };
    let cx = fake.context();
    let plain = DbInstance { storage_encrypted: Attr::Known(false), ..replica("main") };
    let secret = DbInstance { storage_encrypted: Attr::Known(true), ..replica("main") };
    fake.on("DescribeDBInstances", of(true));
    assert!(planned(&cx, &plain).await.contains("is encrypted, and so are its replicas"));
    assert_eq!(planned(&cx, &secret).await, "");
    assert_eq!(planned(&cx, &replica("main")).await, "");
    fake.on("DescribeDBInstances", of(false));
    assert!(planned(&cx, &secret).await.contains("is not encrypted"));
    assert_eq!(planned(&cx, &plain).await, "");
}

#[tokio::test]
async fn replicas_in_another_region_need_a_key_there() {
    let fake = Fake::new();
    fake.on("DescribeDBInstances", |request| {
        assert!(request.host.contains("eu-west-1"), "{}", request.host);
        described(
            "<BackupRetentionPeriod>0</BackupRetentionPeriod><StorageEncrypted>true\
             </StorageEncrypted>",
        )
    });
    let cx = fake.context();
    let far = replica("arn:aws:rds:eu-west-1:123456789012:db:main");
    assert!(planned(&cx, &far).await.contains("set \"kms_key_id\""));
    // Its backups may be planned by the provider of that region.
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let keyed = DbInstance { kms_key_id: key.into(), ..far };
    assert_eq!(planned(&cx, &keyed).await, "");
}

/// An instance that is there.
fn prior() -> DbInstance {
    DbInstance {
        id: "db-1".into(),
        resource_id: "db-1".into(),
        arn: "arn:aws:rds:us-east-1:123456789012:db:main".into(),
        auto_minor_version_upgrade: Attr::Known(true),
        backup_retention_period: Attr::Known(1),
        ..kept()
    }
}

/// The configuration of an instance that may be deleted.
fn kept() -> DbInstance {
    DbInstance {
        storage_encrypted: Attr::Known(true),
        skip_final_snapshot: Attr::Known(true),
        ..config()
    }
}

#[tokio::test]
async fn a_promoted_replica_stays_what_it_is() {
    let cx = Fake::new().context();
    let was = DbInstance { replicate_source_db: "other".into(), ..prior() };
    let config = DbInstance { storage_encrypted: Attr::Null, ..kept() };
    let done = plan(&DbInstanceResource, &cx, Some(&was), &config).await;
    let (planned, replaces) = done.unwrap_or_default();
    assert!(!replaces && planned.replicate_source_db.is_null());
    assert!(planned.storage_encrypted.is_true());
    let another = DbInstance { replicate_source_db: "another".into(), ..config };
    let said = plan(&DbInstanceResource, &cx, Some(&was), &another).await.err();
    assert!(said.is_some_and(|s| s.contains("cannot become the replica of another source")));
}

#[tokio::test]
async fn a_new_identifier_is_no_new_instance() {
    let cx = Fake::new().context();
    let config = DbInstance { identifier: "renamed".into(), ..kept() };
    let done = plan(&DbInstanceResource, &cx, Some(&prior()), &config).await;
    let (planned, replaces) = done.unwrap_or_default();
    assert!(!replaces && planned.arn.is_unknown() && planned.endpoint.is_unknown());
    assert_eq!(planned.id.as_str(), Some("db-1"));
}

#[tokio::test]
async fn blue_green_updates_are_for_instances_that_have_them() {
    let cx = Fake::new().context();
    let change = |change: &dyn Fn(&mut DbInstance)| {
        let mut config = DbInstance {
            blue_green_update: Blocks::one(DbInstanceBlueGreenUpdate {
                enabled: Attr::Known(true),
            }),
            backup_retention_period: Attr::Known(1),
            instance_class: "db.t3.large".into(),
            ..kept()
        };
        change(&mut config);
        config
    };
    let changed = change(&|_| {});
    let (planned, replaces) =
        plan(&DbInstanceResource, &cx, Some(&prior()), &changed).await.unwrap_or_default();
    assert!(!replaces && planned.id.is_unknown() && planned.resource_id.is_unknown());
    // Tags and passwords are changed in place.
    let small = change(&|c| {
        c.instance_class = "db.t3.micro".into();
        c.password = "another-horse".into();
    });
    let (planned, _) =
        plan(&DbInstanceResource, &cx, Some(&prior()), &small).await.unwrap_or_default();
    assert_eq!(planned.id.as_str(), Some("db-1"));

    let refused = async |prior: DbInstance, config: DbInstance| {
        let said = plan(&DbInstanceResource, &cx, Some(&prior), &config).await;
        said.err().unwrap_or_default()
    };
    let config = change(&|c| c.backup_retention_period = Attr::Known(0));
    assert!(refused(prior(), config).await.contains("need backups"));
    let config = change(&|c| c.identifier = "renamed".into());
    assert!(refused(prior(), config).await.contains("keeps the identifier"));
    let primary = DbInstance { replicas: Attr::Known(vec!["r".to_owned()]), ..prior() };
    assert!(refused(primary, changed.clone()).await.contains("has replicas"));
    let oracle = DbInstance { engine: "oracle-ee".into(), ..prior() };
    let config = change(&|c| c.engine = "oracle-ee".into());
    assert!(refused(oracle, config).await.contains("not for oracle-ee"));
}

#[tokio::test]
async fn what_is_protected_is_not_replaced() {
    let cx = Fake::new().context();
    let protected = DbInstance { deletion_protection: Attr::Known(true), ..prior() };
    let config = DbInstance { engine: "mysql".into(), ..kept() };
    let said = plan(&DbInstanceResource, &cx, Some(&protected), &config).await.err();
    assert!(said.is_some_and(|s| s.contains("protected against deletion")));
    let nameless = DbInstance { skip_final_snapshot: Attr::Known(false), ..prior() };
    let said = plan(&DbInstanceResource, &cx, Some(&nameless), &config).await.err();
    assert!(said.is_some_and(|s| s.contains("final_snapshot_identifier")));
}
