//! What no emulator plays: clusters that are restored, promoted, part of a global one, or broken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use groma_aws_core::testing::{Answer, Fake, Request};
use groma_sdk::{Attr, Blocks, Managed as _};

use super::model::{
    RdsClusterRestoreToPointInTime, RdsClusterScalingConfiguration,
    RdsClusterServerlessv2ScalingConfiguration,
};
use super::{RdsCluster, RdsClusterResource, available};
use crate::parts::S3Import;
use crate::testing::{plan, problems};

fn done(operation: &str) -> Answer {
    Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

fn described(fields: &str) -> Answer {
    Answer::xml(format!(
        "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster>\
         <DBClusterIdentifier>main</DBClusterIdentifier><DBClusterArn>\
         arn:aws:rds:us-east-1:123456789012:cluster:main</DBClusterArn>{fields}</DBCluster>\
         </DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>"
    ))
}

/// A service with a cluster, which does what it is asked for.
fn service() -> Fake {
    let fake = Fake::new();
    fake.on("DescribeDBClusters", |_| described("<Status>available</Status>"));
    for operation in [
        "ModifyDBCluster",
        "PromoteReadReplicaDBCluster",
        "RemoveFromGlobalCluster",
        "EnableHttpEndpoint",
        "AddRoleToDBCluster",
        "RemoveRoleFromDBCluster",
    ] {
        fake.on(operation, move |_| done(operation));
    }
    fake
}

fn model() -> RdsCluster {
    RdsCluster {
        id: "main".into(),
        cluster_identifier: "main".into(),
        arn: "arn:aws:rds:us-east-1:123456789012:cluster:main".into(),
        engine: "aurora-postgresql".into(),
        engine_mode: "provisioned".into(),
        master_username: "groma".into(),
        master_password: "correct-horse".into(),
        apply_immediately: Attr::Known(true),
        skip_final_snapshot: Attr::Known(true),
        ..RdsCluster::default()
    }
}

fn said(change: impl Fn(&mut RdsCluster)) -> String {
    let mut config = model();
    change(&mut config);
    problems(&RdsClusterResource, &config)
}

async fn updated(fake: &Fake, prior: RdsCluster, planned: RdsCluster) -> Result<(), String> {
    let cx = fake.context();
    let done = RdsClusterResource.update(&cx, prior, planned.clone(), planned).await;
    done.map(|_| ()).map_err(|e| e.to_string())
}

/// What the service is asked for with a new cluster, and what is changed afterwards.
async fn created(config: RdsCluster, operation: &'static str) -> (Request, Option<Request>) {
    let fake = service();
    fake.on(operation, move |_| done(operation));
    let planned = RdsCluster { id: Attr::Unknown, arn: Attr::Unknown, ..config.clone() };
    let made = RdsClusterResource.create(&fake.context(), config, planned).await;
    assert_eq!(made.map(|m| m.id), Ok("main".into()));
    let request = fake.requests_of(operation).into_iter().next().unwrap_or_default();
    (request, fake.requests_of("ModifyDBCluster").into_iter().next())
}

#[test]
fn clusters_scale_from_less_to_more() {
    let scaling = |least: i64, most: i64| {
        said(move |c| {
            c.engine_mode = "serverless".into();
            c.scaling_configuration = Blocks::one(RdsClusterScalingConfiguration {
                min_capacity: Attr::Known(least),
                max_capacity: Attr::Known(most),
                ..RdsClusterScalingConfiguration::default()
            });
        })
    };
    assert_eq!(scaling(2, 16), "");
    assert!(scaling(32, 16).contains("more than the most"));
    assert!(scaling(3, 16).contains("must be one of"));
    let serverless = |least: f64, most: f64| {
        said(move |c| {
            c.serverlessv2_scaling_configuration =
                Blocks::one(RdsClusterServerlessv2ScalingConfiguration {
                    min_capacity: Attr::Known(least),
                    max_capacity: Attr::Known(most),
                    ..RdsClusterServerlessv2ScalingConfiguration::default()
                });
        })
    };
    assert_eq!(serverless(0.5, 16.0), "");
    assert!(serverless(4.0, 2.0).contains("more than the most"));
    assert!(serverless(0.7, 2.0).contains("steps of 0.5"));
    let wrong = said(|c| {
        c.scaling_configuration = Blocks::one(RdsClusterScalingConfiguration::default());
    });
    assert!(wrong.contains("Only clusters with"), "{wrong}");
    let wrong = said(|c| {
        c.engine_mode = "serverless".into();
        c.serverlessv2_scaling_configuration =
            Blocks::one(RdsClusterServerlessv2ScalingConfiguration::default());
    });
    assert!(wrong.contains("\"provisioned\" for this one"), "{wrong}");
    let unknown = said(|c| {
        c.engine_mode = Attr::Unknown;
        c.scaling_configuration = Blocks::one(RdsClusterScalingConfiguration {
            min_capacity: Attr::Unknown,
            max_capacity: Attr::Unknown,
            ..RdsClusterScalingConfiguration::default()
        });
    });
    assert_eq!(unknown, "");
}

#[test]
fn clusters_are_checked_as_instances_are() {
    assert_eq!(said(|_| {}), "");
    assert!(said(|c| c.master_password = "short".into()).contains("at least 8"));
    assert!(said(|c| c.master_username = "admin".into()).contains("keeps for itself"));
    assert!(said(|c| c.cluster_identifier = "Main".into()).contains("lower-case"));
    let windows = said(|c| {
        c.preferred_backup_window = "04:00-05:00".into();
        c.preferred_maintenance_window = "sun:04:30-sun:05:30".into();
    });
    assert!(windows.contains("overlap"), "{windows}");
    let twice = said(|c| {
        c.restore_to_point_in_time = Blocks::one(RdsClusterRestoreToPointInTime {
            source_cluster_identifier: "other".into(),
            source_cluster_resource_id: "cluster-1".into(),
            ..RdsClusterRestoreToPointInTime::default()
        });
    });
    assert!(twice.contains("Set only one of") && twice.contains("Set one of"), "{twice}");
}

#[tokio::test]
async fn new_clusters_need_a_user_and_a_password() {
    let cx = Fake::new().context();
    let nameless = RdsCluster { master_username: Attr::Null, ..model() };
    let said = plan(&RdsClusterResource, &cx, None, &nameless).await.err().unwrap_or_default();
    assert!(said.contains("master_username"), "{said}");
    let open = RdsCluster { master_password: Attr::Null, ..model() };
    let said = plan(&RdsClusterResource, &cx, None, &open).await.err().unwrap_or_default();
    assert!(said.contains("needs a password"), "{said}");
    let restored = RdsCluster { snapshot_identifier: "last".into(), ..nameless };
    assert!(plan(&RdsClusterResource, &cx, None, &restored).await.is_ok());
}

#[tokio::test]
async fn sources_can_only_be_left() {
    let cx = Fake::new().context();
    for (name, config) in [
        ("global cluster", RdsCluster { global_cluster_identifier: "g".into(), ..model() }),
        ("source", RdsCluster { replication_source_identifier: "arn".into(), ..model() }),
    ] {
        let prior = model();
        let said = plan(&RdsClusterResource, &cx, Some(&prior), &config).await.err();
        assert!(said.is_some_and(|s| s.contains(&format!("Invalid change of a cluster's {name}"))));
    }
}

#[tokio::test]
async fn a_cluster_leaves_its_source_and_its_global_cluster() {
    let fake = service();
    let prior = RdsCluster {
        replication_source_identifier: "arn:aws:rds:eu-west-1:123456789012:cluster:x".into(),
        global_cluster_identifier: "world".into(),
        ..model()
    };
    assert_eq!(updated(&fake, prior, model()).await, Ok(()));
    assert_eq!(fake.calls("PromoteReadReplicaDBCluster"), 1);
    let left = fake.requests_of("RemoveFromGlobalCluster");
    assert_eq!(left[0].param("GlobalClusterIdentifier"), Some("world"));
    assert_eq!(fake.calls("ModifyDBCluster"), 0);
}

#[tokio::test]
async fn changes_are_waited_for_until_nothing_is_pending() {
    let fake = service();
    let looks = AtomicUsize::new(0);
    fake.on("DescribeDBClusters", move |_| match looks.fetch_add(1, Ordering::SeqCst) {
        0 => described("<Status>modifying</Status>"),
        1 => described(
            "<Status>available</Status><PendingModifiedValues><BackupRetentionPeriod>5\
             </BackupRetentionPeriod></PendingModifiedValues>",
        ),
        _ => {
            described("<Status>available</Status><BackupRetentionPeriod>5</BackupRetentionPeriod>")
        }
    });
    let planned = RdsCluster { backup_retention_period: Attr::Known(5), ..model() };
    assert_eq!(updated(&fake, model(), planned).await, Ok(()));
    assert!(fake.calls("DescribeDBClusters") >= 3);
}

#[tokio::test]
async fn the_group_of_instances_goes_with_a_major_version_alone() {
    let fake = service();
    fake.once("ModifyDBCluster", |request| {
        assert_eq!(request.param("DBInstanceParameterGroupName"), Some("instances"));
        let words =
            "The db-instance-parameter-group-name can only be specified for a major upgrade.";
        Answer::error(400, "InvalidParameterCombination", words)
    });
    let prior = RdsCluster {
        engine_version: "15.4".into(),
        db_instance_parameter_group_name: "instances".into(),
        ..model()
    };
    let planned = RdsCluster { engine_version: "15.7".into(), ..prior.clone() };
    assert_eq!(updated(&fake, prior, planned).await, Ok(()));
    let changes = fake.requests_of("ModifyDBCluster");
    assert_eq!(changes[1].param("DBInstanceParameterGroupName"), None);
    assert_eq!(changes[1].param("EngineVersion"), Some("15.7"));
}

#[tokio::test]
async fn the_http_endpoint_is_turned_on() {
    let fake = service();
    let planned = RdsCluster { enable_http_endpoint: Attr::Known(true), ..model() };
    assert_eq!(updated(&fake, model(), planned).await, Ok(()));
    let on = fake.requests_of("EnableHttpEndpoint");
    assert_eq!(on[0].param("ResourceArn"), model().arn.as_str());
}

#[tokio::test]
async fn a_restored_cluster_is_changed_to_what_is_configured() {
    let config = RdsCluster {
        snapshot_identifier: "last".into(),
        backup_retention_period: Attr::Known(7),
        preferred_backup_window: "03:00-04:00".into(),
        ..model()
    };
    let (request, rest) = created(config, "RestoreDBClusterFromSnapshot").await;
    assert_eq!(request.param("SnapshotIdentifier"), Some("last"));
    assert_eq!(request.param("MasterUserPassword"), None);
    let rest = rest.unwrap_or_default();
    assert_eq!(rest.param("BackupRetentionPeriod"), Some("7"));
    assert_eq!(rest.param("PreferredBackupWindow"), Some("03:00-04:00"));
    assert_eq!(rest.param("MasterUserPassword"), Some("correct-horse"));

    let moment = RdsClusterRestoreToPointInTime {
        source_cluster_identifier: "other".into(),
        restore_type: "copy-on-write".into(),
        use_latest_restorable_time: Attr::Known(true),
        ..RdsClusterRestoreToPointInTime::default()
    };
    let config = RdsCluster { restore_to_point_in_time: Blocks::one(moment), ..model() };
    let (request, _) = created(config, "RestoreDBClusterToPointInTime").await;
    assert_eq!(request.param("SourceDBClusterIdentifier"), Some("other"));
    assert_eq!(request.param("RestoreType"), Some("copy-on-write"));
    assert_eq!(request.param("UseLatestRestorableTime"), Some("true"));

    let import = S3Import { bucket_name: "backups".into(), ..S3Import::default() };
    let config = RdsCluster { s3_import: Blocks::one(import), ..model() };
    let (request, rest) = created(config, "RestoreDBClusterFromS3").await;
    assert_eq!(request.param("S3BucketName"), Some("backups"));
    assert_eq!(request.param("MasterUserPassword"), Some("correct-horse"));
    assert!(rest.is_none());
}

#[tokio::test]
async fn a_cluster_whose_answer_got_lost_is_taken_up() {
    let fake = service();
    fake.once("CreateDBCluster", |_| Answer::lost());
    fake.on("CreateDBCluster", |_| Answer::error(400, "DBClusterAlreadyExistsFault", "There."));
    let cx = fake.context();
    let made = RdsClusterResource.create(&cx, model(), model()).await;
    assert_eq!(made.map(|m| m.id), Ok("main".into()));
    assert!(RdsClusterResource.create(&cx, model(), model()).await.is_err());
}

#[tokio::test]
async fn broken_clusters_are_not_waited_for() {
    for (status, advice) in [
        ("failed", "replace the cluster"),
        ("inaccessible-encryption-credentials", "KMS key"),
        ("stopped", "Start the cluster"),
        ("incompatible-parameters", "events of the cluster"),
    ] {
        let fake = Fake::new();
        fake.on("DescribeDBClusters", move |_| described(&format!("<Status>{status}</Status>")));
        let waited = available(&fake.context(), "main", Duration::from_secs(60)).await;
        let said = waited.map_err(|e| e.to_string()).err().unwrap_or_default();
        assert!(said.contains(status) && said.contains(advice), "{status}: {said}");
    }
}

#[tokio::test]
async fn a_cluster_is_deleted_from_what_holds_it() {
    let fake = service();
    let deletes = AtomicUsize::new(0);
    fake.on("DeleteDBCluster", move |request| {
        assert_eq!(request.param("FinalDBSnapshotIdentifier"), Some("last"));
        match deletes.fetch_add(1, Ordering::SeqCst) {
            0 => Answer::error(
                400,
                "InvalidDBClusterStateFault",
                "DbCluster main is not currently in the available state.",
            ),
            1 => Answer::error(
                400,
                "InvalidParameterCombination",
                "Cannot delete protected Cluster, please disable deletion protection.",
            ),
            _ => Answer::error(404, "DBClusterNotFoundFault", "It is gone."),
        }
    });
    let looks = AtomicUsize::new(0);
    fake.on("DescribeDBClusters", move |_| match looks.fetch_add(1, Ordering::SeqCst) {
        0 => described("<Status>available</Status>"),
        _ => Answer::error(404, "DBClusterNotFoundFault", "It is gone."),
    });
    let prior = RdsCluster {
        global_cluster_identifier: "world".into(),
        skip_final_snapshot: Attr::Known(false),
        final_snapshot_identifier: "last".into(),
        ..model()
    };
    assert_eq!(RdsClusterResource.delete(&fake.context(), prior).await, Ok(()));
    assert_eq!((fake.calls("RemoveFromGlobalCluster"), fake.calls("ModifyDBCluster")), (1, 1));
    assert_eq!(fake.calls("DeleteDBCluster"), 3);
}
