//! The model of `aws_db_instance`.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::checks::{arn, timestamp};
use groma_aws_core::tagged;
use groma_sdk::model::checks::{count, each, length, one_of, one_of_numbers, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use crate::checks::{
    custom_profile, identifier, identifier_prefix, insights_retention, same_ignoring_case,
    snapshot_identifier,
};
use crate::parts::{MasterUserSecret, S3Import};
use crate::windows::{daily_window, weekly_window};

/// A database instance, a primary or a replica.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 2)]
pub(crate) struct DbInstance {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) address: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) allocated_storage: Attr<i64>,
    #[attr(optional)]
    pub(crate) allow_major_version_upgrade: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) apply_immediately: Attr<bool>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) auto_minor_version_upgrade: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, computed, check = range(0, 35))]
    pub(crate) backup_retention_period: Attr<i64>,
    #[attr(optional, computed, replace, check = one_of(&["outposts", "region"]))]
    pub(crate) backup_target: Attr<String>,
    #[attr(optional, computed, check = daily_window)]
    pub(crate) backup_window: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) ca_cert_identifier: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) character_set_name: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) copy_tags_to_snapshot: Attr<bool>,
    #[attr(optional, replace, check = custom_profile)]
    pub(crate) custom_iam_instance_profile: Attr<String>,
    #[attr(optional)]
    pub(crate) customer_owned_ip_enabled: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["standard", "advanced"]))]
    pub(crate) database_insights_mode: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) db_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) db_subnet_group_name: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) dedicated_log_volume: Attr<bool>,
    #[attr(optional, default = true)]
    pub(crate) delete_automated_backups: Attr<bool>,
    #[attr(optional)]
    pub(crate) deletion_protection: Attr<bool>,
    #[attr(optional)]
    pub(crate) domain: Attr<String>,
    #[attr(optional, check = arn)]
    pub(crate) domain_auth_secret_arn: Attr<String>,
    #[attr(optional, check = count(2, 2))]
    pub(crate) domain_dns_ips: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) domain_fqdn: Attr<String>,
    #[attr(optional)]
    pub(crate) domain_iam_role_name: Attr<String>,
    #[attr(optional)]
    pub(crate) domain_ou: Attr<String>,
    #[attr(optional, check = each(one_of(&["agent", "alert", "audit", "diag.log", "error", "general", "iam-db-auth-error", "listener", "notify.log", "oemagent", "postgresql", "slowquery", "trace", "upgrade"])))]
    pub(crate) enabled_cloudwatch_logs_exports: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) endpoint: Attr<String>,
    #[attr(optional, computed, replace, same = same_ignoring_case)]
    pub(crate) engine: Attr<String>,
    #[attr(optional, computed, check = one_of(&["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"]))]
    pub(crate) engine_lifecycle_support: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version_actual: Attr<String>,
    #[attr(optional, check = snapshot_identifier)]
    pub(crate) final_snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(optional)]
    pub(crate) iam_database_authentication_enabled: Attr<bool>,
    #[attr(optional, computed, check = identifier)]
    pub(crate) identifier: Attr<String>,
    #[attr(optional, computed, check = identifier_prefix)]
    pub(crate) identifier_prefix: Attr<String>,
    #[attr(required)]
    pub(crate) instance_class: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(optional, computed, replace, check = arn)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) latest_restorable_time: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) license_model: Attr<String>,
    #[attr(computed)]
    pub(crate) listener_endpoint: Attr<Vec<DbInstanceListenerEndpoint>>,
    #[attr(optional, computed, same = same_ignoring_case, check = weekly_window)]
    pub(crate) maintenance_window: Attr<String>,
    #[attr(optional)]
    pub(crate) manage_master_user_password: Attr<bool>,
    #[attr(computed)]
    pub(crate) master_user_secret: Attr<Vec<MasterUserSecret>>,
    #[attr(optional, computed, check = length(1, 2048))]
    pub(crate) master_user_secret_kms_key_id: Attr<String>,
    #[attr(optional)]
    pub(crate) max_allocated_storage: Attr<i64>,
    #[attr(optional, default = 0, check = one_of_numbers(&[0, 1, 5, 10, 15, 30, 60]))]
    pub(crate) monitoring_interval: Attr<i64>,
    #[attr(optional, computed, check = arn)]
    pub(crate) monitoring_role_arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) multi_az: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) nchar_character_set_name: Attr<String>,
    #[attr(optional, computed, check = one_of(&["DUAL", "IPV4"]))]
    pub(crate) network_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) option_group_name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) parameter_group_name: Attr<String>,
    #[attr(optional, sensitive)]
    pub(crate) password: Attr<String>,
    #[attr(optional, sensitive, write_only)]
    pub(crate) password_wo: Attr<String>,
    #[attr(optional)]
    pub(crate) password_wo_version: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) performance_insights_enabled: Attr<bool>,
    #[attr(optional, computed, check = arn)]
    pub(crate) performance_insights_kms_key_id: Attr<String>,
    #[attr(optional, computed, check = insights_retention)]
    pub(crate) performance_insights_retention_period: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) port: Attr<i64>,
    #[attr(optional, default = false)]
    pub(crate) publicly_accessible: Attr<bool>,
    #[attr(optional, computed, check = one_of(&["open-read-only", "mounted"]))]
    pub(crate) replica_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) replicas: Attr<Vec<String>>,
    #[attr(optional)]
    pub(crate) replicate_source_db: Attr<String>,
    #[attr(computed)]
    pub(crate) resource_id: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) skip_final_snapshot: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) storage_encrypted: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) storage_throughput: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) storage_type: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, replace)]
    pub(crate) timezone: Attr<String>,
    #[attr(optional)]
    pub(crate) upgrade_storage_config: Attr<bool>,
    #[attr(optional, computed, replace)]
    pub(crate) username: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) vpc_security_group_ids: Attr<Set<String>>,
    #[block(list, max = 1)]
    pub(crate) blue_green_update: Blocks<DbInstanceBlueGreenUpdate>,
    #[block(list, max = 1)]
    pub(crate) restore_to_point_in_time: Blocks<DbInstanceRestoreToPointInTime>,
    #[block(list, max = 1, replace)]
    pub(crate) s3_import: Blocks<S3Import>,
    #[block(single)]
    pub(crate) timeouts: Blocks<DbInstanceTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct DbInstanceTimeouts {
        create: Duration::from_secs(40 * 60),
        delete: Duration::from_secs(60 * 60),
        update: Duration::from_secs(80 * 60),
    }
}

/// The `restore_to_point_in_time` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbInstanceRestoreToPointInTime {
    #[attr(optional, check = timestamp)]
    pub(crate) restore_time: Attr<String>,
    #[attr(optional)]
    pub(crate) source_db_instance_automated_backups_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) source_db_instance_identifier: Attr<String>,
    #[attr(optional)]
    pub(crate) source_dbi_resource_id: Attr<String>,
    #[attr(optional)]
    pub(crate) use_latest_restorable_time: Attr<bool>,
}

/// The `blue_green_update` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbInstanceBlueGreenUpdate {
    #[attr(optional)]
    pub(crate) enabled: Attr<bool>,
}

/// One element of `listener_endpoint`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbInstanceListenerEndpoint {
    #[attr(computed)]
    pub(crate) address: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
}

tagged!(DbInstance);
