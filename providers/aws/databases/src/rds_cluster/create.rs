//! The four ways in which a cluster is made: anew, from S3, from a snapshot, from a moment.

use std::time::Duration;

use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, configured_moment, create_once, name_or_generated, retry, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics};

use super::model::{RdsCluster, RdsClusterTimeouts};
use super::{CLUSTER, available, change};
use crate::convert::said;
use crate::parts::from_s3;
use crate::rds::{rds, to_sdk};

const EXISTS: &[&str] = &["DBClusterAlreadyExistsFault"];

/// Creates a cluster and waits until it is available.
pub(super) async fn create(
    cx: &Context<Aws>,
    config: &RdsCluster,
    planned: RdsCluster,
) -> Result<RdsCluster, Diagnostics> {
    let prefix = planned.cluster_identifier_prefix.as_str();
    let name = name_or_generated(cx, planned.cluster_identifier.as_str(), prefix, "tf-");
    let what = format!("creating {CLUSTER} ({name})");
    let password =
        planned.master_password.to_filled().or_else(|| config.master_password_wo.to_filled());
    let propagating = |e: &Error| {
        let words =
            ["IAM role ARN value is invalid", "S3_SNAPSHOT_INGESTION", "S3 bucket cannot be found"];
        e.is("InvalidParameterValue") && words.iter().any(|w| e.message().contains(w))
    };
    let at = match planned.restore_to_point_in_time.first() {
        Some(restore) => configured_moment(&restore.restore_to_time)?,
        None => None,
    };
    let made = retry(cx, &what, Duration::from_secs(120), propagating, || {
        request(cx, &planned, &name, password.clone(), at)
    });
    made.await.during(&what)?;
    let mut state = planned;
    state.id = name.as_str().into();
    state.cluster_identifier = name.as_str().into();
    cx.keep_model(&state);
    available(cx, &name, RdsClusterTimeouts::create(&state.timeouts)).await?;
    change::roles(cx, &name, &Attr::Null, &state.iam_roles).await?;
    let restored =
        state.snapshot_identifier.filled().is_some() || !state.restore_to_point_in_time.is_empty();
    if restored {
        change::after_restore(cx, &state, password).await?;
    }
    Ok(state)
}

/// What all four requests take.
macro_rules! common {
    ($request:expr, $cx:expr, $p:expr) => {
        $request
            .set_backtrack_window($p.backtrack_window.cloned().filter(|w| *w != 0))
            .set_copy_tags_to_snapshot(said(&$p.copy_tags_to_snapshot))
            .set_db_cluster_parameter_group_name($p.db_cluster_parameter_group_name.to_filled())
            .set_db_subnet_group_name($p.db_subnet_group_name.to_filled())
            .set_deletion_protection(said(&$p.deletion_protection))
            .set_domain($p.domain.to_filled())
            .set_domain_iam_role_name($p.domain_iam_role_name.to_filled())
            .set_enable_cloudwatch_logs_exports($p.enabled_cloudwatch_logs_exports.to_filled())
            .set_enable_iam_database_authentication(
                $p.iam_database_authentication_enabled.to_filled(),
            )
            .set_engine_lifecycle_support($p.engine_lifecycle_support.to_filled())
            .set_kms_key_id($p.kms_key_id.to_filled())
            .set_network_type($p.network_type.to_filled())
            .set_port($p.port.to_filled_i32())
            .set_serverless_v2_scaling_configuration(change::serverless($p))
            .set_storage_type($p.storage_type.to_filled())
            .set_tags(to_sdk(&wanted_tags($cx.client(), $p)))
            .set_vpc_security_group_ids($p.vpc_security_group_ids.to_filled())
    };
}

/// What those take whose master is told.
macro_rules! mastered {
    ($request:expr, $p:expr, $password:expr) => {
        $request
            .set_availability_zones($p.availability_zones.to_filled())
            .set_backup_retention_period($p.backup_retention_period.to_filled_i32())
            .set_database_name($p.database_name.to_filled())
            .set_engine($p.engine.to_filled())
            .set_engine_version($p.engine_version.to_filled())
            .set_manage_master_user_password($p.manage_master_user_password.to_filled())
            .set_master_user_password($password)
            .set_master_user_secret_kms_key_id($p.master_user_secret_kms_key_id.to_filled())
            .set_master_username($p.master_username.to_filled())
            .set_preferred_backup_window($p.preferred_backup_window.to_filled())
            .set_preferred_maintenance_window($p.preferred_maintenance_window.to_filled())
            .set_storage_encrypted($p.storage_encrypted.to_filled())
    };
}

async fn request(
    cx: &Context<Aws>,
    p: &RdsCluster,
    name: &str,
    password: Option<String>,
    at: Option<DateTime>,
) -> Result<(), Error> {
    if p.snapshot_identifier.filled().is_some() {
        let request = rds(cx).restore_db_cluster_from_snapshot().db_cluster_identifier(name);
        let request = common!(request, cx, p)
            .set_snapshot_identifier(p.snapshot_identifier.to_filled())
            .set_availability_zones(p.availability_zones.to_filled())
            .set_database_name(p.database_name.to_filled())
            .set_db_cluster_instance_class(p.db_cluster_instance_class.to_filled())
            .set_engine(p.engine.to_filled())
            .set_engine_mode(p.engine_mode.to_filled())
            .set_engine_version(p.engine_version.to_filled())
            .set_iops(p.iops.to_filled_i32())
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    } else if let Some(moment) = p.restore_to_point_in_time.first() {
        let request = rds(cx).restore_db_cluster_to_point_in_time().db_cluster_identifier(name);
        let request = common!(request, cx, p)
            .set_restore_to_time(at)
            .set_restore_type(moment.restore_type.to_filled())
            .set_source_db_cluster_identifier(moment.source_cluster_identifier.to_filled())
            .set_source_db_cluster_resource_id(moment.source_cluster_resource_id.to_filled())
            .set_use_latest_restorable_time(moment.use_latest_restorable_time.to_filled())
            .set_db_cluster_instance_class(p.db_cluster_instance_class.to_filled())
            .set_iops(p.iops.to_filled_i32())
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    } else if let Some(import) = p.s3_import.first() {
        let request = rds(cx).restore_db_cluster_from_s3().db_cluster_identifier(name);
        let request = mastered!(common!(request, cx, p), p, password);
        let request = from_s3!(request, import);
        create_once(request.send(), EXISTS).await?;
    } else {
        let request = rds(cx).create_db_cluster().db_cluster_identifier(name);
        let kind = p.cluster_scalability_type.filled().map(sdk::ClusterScalabilityType::from);
        let insights = p.database_insights_mode.filled().map(sdk::DatabaseInsightsMode::from);
        let request = mastered!(common!(request, cx, p), p, password)
            .set_allocated_storage(p.allocated_storage.to_filled_i32())
            .set_ca_certificate_identifier(p.ca_certificate_identifier.to_filled())
            .set_cluster_scalability_type(kind)
            .set_database_insights_mode(insights)
            .set_db_cluster_instance_class(p.db_cluster_instance_class.to_filled())
            .set_db_system_id(p.db_system_id.to_filled())
            .set_enable_global_write_forwarding(p.enable_global_write_forwarding.to_filled())
            .set_enable_http_endpoint(p.enable_http_endpoint.to_filled())
            .set_enable_local_write_forwarding(p.enable_local_write_forwarding.to_filled())
            .set_enable_performance_insights(p.performance_insights_enabled.to_filled())
            .set_engine_mode(p.engine_mode.to_filled())
            .set_global_cluster_identifier(p.global_cluster_identifier.to_filled())
            .set_iops(p.iops.to_filled_i32())
            .set_monitoring_interval(p.monitoring_interval.to_i32().filter(|n| *n != 0))
            .set_monitoring_role_arn(p.monitoring_role_arn.to_filled())
            .set_performance_insights_kms_key_id(p.performance_insights_kms_key_id.to_filled())
            .set_performance_insights_retention_period(
                p.performance_insights_retention_period.to_filled_i32(),
            )
            .set_replication_source_identifier(p.replication_source_identifier.to_filled())
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    }
    Ok(())
}
