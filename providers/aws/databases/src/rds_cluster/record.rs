//! What is recorded of a cluster as the service describes it.

use aws_sdk_rds::types::{ClusterPendingModifiedValues, DbCluster};
use groma_aws_core::{moment, prefix_of_name};
use groma_sdk::{Attr, Blocks};

use super::model::{
    RdsCluster, RdsClusterScalingConfiguration, RdsClusterServerlessv2ScalingConfiguration,
};
use crate::convert::{recorded_version, set_of};
use crate::parts::secrets;

/// Records a cluster. What no answer has stays as it is.
pub(super) fn record(state: &mut RdsCluster, is: &DbCluster) {
    let asked = state.clone();
    let name = is.db_cluster_identifier().unwrap_or_default();
    state.arn = is.db_cluster_arn().into();
    state.cluster_identifier = name.into();
    state.cluster_identifier_prefix = prefix_of_name(name).into();
    state.cluster_members =
        set_of(is.db_cluster_members().iter().map(|m| m.db_instance_identifier()));
    state.cluster_resource_id = is.db_cluster_resource_id().into();
    state.endpoint = is.endpoint().into();
    state.reader_endpoint = is.reader_endpoint().into();
    state.hosted_zone_id = is.hosted_zone_id().into();
    state.port = is.port().into();
    engine(state, is);
    storage(state, is);
    placing(state, is);
    upkeep(state, is);
    scaling(state, is);
    if let Some(pending) = is.pending_modified_values() {
        as_asked(&asked, state, pending);
    }
}

/// What is pending as it was asked for counts as done; else every plan would ask for it again until
/// the window of maintenance has come.
fn as_asked(asked: &RdsCluster, state: &mut RdsCluster, pending: &ClusterPendingModifiedValues) {
    fn keep<T: Clone + PartialEq>(state: &mut Attr<T>, asked: &Attr<T>, pending: Option<T>) {
        if pending.is_some() && asked.get() == pending.as_ref() {
            *state = asked.clone();
        }
    }
    let number = |number: Option<i32>| number.map(i64::from);
    let storage = pending.storage_type().map(str::to_owned);
    keep(
        &mut state.allocated_storage,
        &asked.allocated_storage,
        number(pending.allocated_storage()),
    );
    keep(
        &mut state.backup_retention_period,
        &asked.backup_retention_period,
        number(pending.backup_retention_period()),
    );
    keep(
        &mut state.iam_database_authentication_enabled,
        &asked.iam_database_authentication_enabled,
        pending.iam_database_authentication_enabled(),
    );
    keep(&mut state.iops, &asked.iops, number(pending.iops()));
    keep(&mut state.storage_type, &asked.storage_type, storage);
}

fn engine(state: &mut RdsCluster, is: &DbCluster) {
    state.engine = is.engine().into();
    state.engine_mode = is.engine_mode().into();
    state.engine_lifecycle_support = is.engine_lifecycle_support().into();
    let actual = is.engine_version().unwrap_or_default();
    let pending = is.pending_modified_values().and_then(|p| p.engine_version());
    state.engine_version = recorded_version(&state.engine_version, actual, pending).into();
    state.engine_version_actual = actual.into();
    // Empty for those that have none; the attribute says nothing then.
    if let Some(name) = is.database_name() {
        state.database_name = name.into();
    }
    state.db_system_id = is.db_system_id().into();
    state.master_username = is.master_username().into();
    state.iam_database_authentication_enabled = is.iam_database_authentication_enabled().into();
    state.iam_roles = set_of(is.associated_roles().iter().map(|r| r.role_arn()));
    state.db_cluster_parameter_group_name = is.db_cluster_parameter_group().into();
    state.enable_http_endpoint = is.http_endpoint_enabled().into();
    state.enable_global_write_forwarding = is.global_write_forwarding_requested().into();
    let local = is.local_write_forwarding_status().map(|s| s.as_str());
    state.enable_local_write_forwarding =
        Attr::Known(matches!(local, Some("enabled" | "enabling" | "requested")));
    let secret = is.master_user_secret();
    state.master_user_secret = secrets(secret);
    if let Some(key) = secret.and_then(|s| s.kms_key_id())
        && !state.master_user_secret_kms_key_id.is_known()
    {
        state.master_user_secret_kms_key_id = key.into();
    }
    let domain = is.domain_memberships().first();
    state.domain = domain.and_then(|d| d.domain()).into();
    state.domain_iam_role_name = domain.and_then(|d| d.iam_role_name()).into();
}

fn storage(state: &mut RdsCluster, is: &DbCluster) {
    state.allocated_storage = is.allocated_storage().into();
    state.iops = is.iops().into();
    state.kms_key_id = is.kms_key_id().into();
    state.storage_encrypted = is.storage_encrypted().into();
    state.storage_type = is.storage_type().into();
}

fn placing(state: &mut RdsCluster, is: &DbCluster) {
    state.availability_zones = set_of(is.availability_zones().iter().map(|z| Some(z.as_str())));
    state.cluster_scalability_type = is.cluster_scalability_type().map(|t| t.as_str()).into();
    state.db_cluster_instance_class = is.db_cluster_instance_class().into();
    state.db_subnet_group_name = is.db_subnet_group().into();
    state.network_type = is.network_type().into();
    state.vpc_security_group_ids =
        set_of(is.vpc_security_groups().iter().map(|g| g.vpc_security_group_id()));
    state.replication_source_identifier = is.replication_source_identifier().into();
    if let Some(global) = is.global_cluster_identifier() {
        state.global_cluster_identifier = global.into();
    }
}

fn upkeep(state: &mut RdsCluster, is: &DbCluster) {
    state.backtrack_window = is.backtrack_window().into();
    state.backup_retention_period = is.backup_retention_period().into();
    let certificate = is.certificate_details();
    state.ca_certificate_identifier = certificate.and_then(|c| c.ca_identifier()).into();
    state.ca_certificate_valid_till = moment(certificate.and_then(|c| c.valid_till()));
    state.copy_tags_to_snapshot = is.copy_tags_to_snapshot().into();
    state.database_insights_mode = is.database_insights_mode().map(|m| m.as_str()).into();
    state.deletion_protection = is.deletion_protection().into();
    state.enabled_cloudwatch_logs_exports =
        set_of(is.enabled_cloudwatch_logs_exports().iter().map(|l| Some(l.as_str())));
    state.monitoring_interval = is.monitoring_interval().into();
    state.monitoring_role_arn = is.monitoring_role_arn().into();
    state.performance_insights_enabled = is.performance_insights_enabled().into();
    state.performance_insights_kms_key_id = is.performance_insights_kms_key_id().into();
    state.performance_insights_retention_period = is.performance_insights_retention_period().into();
    state.preferred_backup_window = is.preferred_backup_window().into();
    state.preferred_maintenance_window = is.preferred_maintenance_window().into();
}

fn scaling(state: &mut RdsCluster, is: &DbCluster) {
    state.scaling_configuration = match is.scaling_configuration_info() {
        // Clusters that do not scale by themselves have an empty one at times.
        Some(s) if s.max_capacity().is_some() => Blocks::one(RdsClusterScalingConfiguration {
            auto_pause: s.auto_pause().into(),
            max_capacity: s.max_capacity().into(),
            min_capacity: s.min_capacity().into(),
            seconds_before_timeout: s.seconds_before_timeout().into(),
            seconds_until_auto_pause: s.seconds_until_auto_pause().into(),
            timeout_action: s.timeout_action().into(),
        }),
        _ => Blocks::none(),
    };
    let serverless = is.serverless_v2_scaling_configuration();
    state.serverlessv2_scaling_configuration = serverless
        .filter(|s| s.max_capacity().is_some())
        .map(|s| RdsClusterServerlessv2ScalingConfiguration {
            max_capacity: s.max_capacity().into(),
            min_capacity: s.min_capacity().into(),
            seconds_until_auto_pause: s.seconds_until_auto_pause().into(),
        })
        .into();
}
