//! The model of `aws_rds_cluster`.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks::{arn, timestamp};
use groma_aws_core::tagged;
use groma_sdk::model::checks::{each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use crate::checks::{
    cluster_engine, identifier, identifier_prefix, same_ignoring_case, snapshot_identifier,
};
use crate::parts::{MasterUserSecret, S3Import};
use crate::windows::{daily_window, weekly_window};

/// A database cluster.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct RdsCluster {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) allocated_storage: Attr<i64>,
    #[attr(optional)]
    pub(crate) allow_major_version_upgrade: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) apply_immediately: Attr<bool>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zones: Attr<Set<String>>,
    #[attr(optional, check = range(0, 259200))]
    pub(crate) backtrack_window: Attr<i64>,
    #[attr(optional, computed, check = range(0, 35))]
    pub(crate) backup_retention_period: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) ca_certificate_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) ca_certificate_valid_till: Attr<String>,
    #[attr(optional, computed, replace, check = identifier)]
    pub(crate) cluster_identifier: Attr<String>,
    #[attr(optional, computed, replace, check = identifier_prefix)]
    pub(crate) cluster_identifier_prefix: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) cluster_members: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) cluster_resource_id: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["standard", "limitless"]))]
    pub(crate) cluster_scalability_type: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) copy_tags_to_snapshot: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["standard", "advanced"]))]
    pub(crate) database_insights_mode: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) database_name: Attr<String>,
    #[attr(optional)]
    pub(crate) db_cluster_instance_class: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) db_cluster_parameter_group_name: Attr<String>,
    #[attr(optional)]
    pub(crate) db_instance_parameter_group_name: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) db_subnet_group_name: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) db_system_id: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) delete_automated_backups: Attr<bool>,
    #[attr(optional)]
    pub(crate) deletion_protection: Attr<bool>,
    #[attr(optional)]
    pub(crate) domain: Attr<String>,
    #[attr(optional)]
    pub(crate) domain_iam_role_name: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) enable_global_write_forwarding: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_http_endpoint: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) enable_local_write_forwarding: Attr<bool>,
    #[attr(optional, check = each(one_of(&["audit", "error", "general", "iam-db-auth-error", "instance", "postgresql", "slowquery", "upgrade"])))]
    pub(crate) enabled_cloudwatch_logs_exports: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) endpoint: Attr<String>,
    #[attr(required, replace, check = cluster_engine)]
    pub(crate) engine: Attr<String>,
    #[attr(optional, computed, check = one_of(&["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"]))]
    pub(crate) engine_lifecycle_support: Attr<String>,
    #[attr(optional, replace, default = "provisioned", check = one_of(&["global", "multimaster", "parallelquery", "provisioned", "serverless", ""]))]
    pub(crate) engine_mode: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version_actual: Attr<String>,
    #[attr(optional, check = snapshot_identifier)]
    pub(crate) final_snapshot_identifier: Attr<String>,
    #[attr(optional)]
    pub(crate) global_cluster_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(optional)]
    pub(crate) iam_database_authentication_enabled: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) iam_roles: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional, computed, replace, check = arn)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(optional)]
    pub(crate) manage_master_user_password: Attr<bool>,
    #[attr(optional, sensitive)]
    pub(crate) master_password: Attr<String>,
    #[attr(optional, sensitive, write_only)]
    pub(crate) master_password_wo: Attr<String>,
    #[attr(optional)]
    pub(crate) master_password_wo_version: Attr<i64>,
    #[attr(computed)]
    pub(crate) master_user_secret: Attr<Vec<MasterUserSecret>>,
    #[attr(optional, computed, check = length(1, 2048))]
    pub(crate) master_user_secret_kms_key_id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) master_username: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) monitoring_interval: Attr<i64>,
    #[attr(optional, computed, check = arn)]
    pub(crate) monitoring_role_arn: Attr<String>,
    #[attr(optional, computed, check = one_of(&["DUAL", "IPV4"]))]
    pub(crate) network_type: Attr<String>,
    #[attr(optional)]
    pub(crate) performance_insights_enabled: Attr<bool>,
    #[attr(optional, computed, check = arn)]
    pub(crate) performance_insights_kms_key_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) performance_insights_retention_period: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) port: Attr<i64>,
    #[attr(optional, computed, check = daily_window)]
    pub(crate) preferred_backup_window: Attr<String>,
    #[attr(optional, computed, same = same_ignoring_case, check = weekly_window)]
    pub(crate) preferred_maintenance_window: Attr<String>,
    #[attr(computed)]
    pub(crate) reader_endpoint: Attr<String>,
    #[attr(optional)]
    pub(crate) replication_source_identifier: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) skip_final_snapshot: Attr<bool>,
    #[attr(optional, replace)]
    pub(crate) snapshot_identifier: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) source_region: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) storage_encrypted: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) storage_type: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_security_group_ids: Attr<Set<String>>,
    #[block(list, max = 1, replace)]
    pub(crate) restore_to_point_in_time: Blocks<RdsClusterRestoreToPointInTime>,
    #[block(list, max = 1, replace)]
    pub(crate) s3_import: Blocks<S3Import>,
    #[block(list, max = 1)]
    pub(crate) scaling_configuration: Blocks<RdsClusterScalingConfiguration>,
    #[block(list, max = 1)]
    pub(crate) serverlessv2_scaling_configuration:
        Blocks<RdsClusterServerlessv2ScalingConfiguration>,
    #[block(single)]
    pub(crate) timeouts: Blocks<RdsClusterTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct RdsClusterTimeouts {
        create: Duration::from_secs(120 * 60),
        delete: Duration::from_secs(120 * 60),
        update: Duration::from_secs(120 * 60),
    }
}

/// The `serverlessv2_scaling_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsClusterServerlessv2ScalingConfiguration {
    #[attr(required, check = range(1.0, 256.0))]
    pub(crate) max_capacity: Attr<f64>,
    #[attr(required, check = range(0.0, 256.0))]
    pub(crate) min_capacity: Attr<f64>,
    #[attr(optional, computed, check = range(300, 86400))]
    pub(crate) seconds_until_auto_pause: Attr<i64>,
}

/// The `scaling_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsClusterScalingConfiguration {
    #[attr(optional, default = true)]
    pub(crate) auto_pause: Attr<bool>,
    #[attr(optional, default = 16)]
    pub(crate) max_capacity: Attr<i64>,
    #[attr(optional, default = 1)]
    pub(crate) min_capacity: Attr<i64>,
    #[attr(optional, default = 300, check = range(60, 600))]
    pub(crate) seconds_before_timeout: Attr<i64>,
    #[attr(optional, default = 300, check = range(300, 86400))]
    pub(crate) seconds_until_auto_pause: Attr<i64>,
    #[attr(optional, default = "RollbackCapacityChange", check = one_of(&["ForceApplyCapacityChange", "RollbackCapacityChange"]))]
    pub(crate) timeout_action: Attr<String>,
}

/// The `restore_to_point_in_time` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsClusterRestoreToPointInTime {
    #[attr(optional, replace, check = timestamp)]
    pub(crate) restore_to_time: Attr<String>,
    #[attr(optional, replace, check = one_of(&["copy-on-write", "full-copy"]))]
    pub(crate) restore_type: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) source_cluster_identifier: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) source_cluster_resource_id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) use_latest_restorable_time: Attr<bool>,
}

tagged!(RdsCluster);
