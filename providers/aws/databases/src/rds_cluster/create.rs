//! The four ways in which a cluster is made: anew, from S3, from a snapshot, from a moment.

use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome, create_once, name_or_generated, retry, wanted_tags};
use groma_sdk::{Attr, Context, Diagnostics};

use super::model::RdsCluster;
use super::{CLUSTER, available, change, limit};
use crate::convert::{any_number, flag, items, number, parsed_moment, said, text};
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
    let password = text(&planned.master_password).or_else(|| text(&config.master_password_wo));
    let propagating = |e: &Error| {
        let words =
            ["IAM role ARN value is invalid", "S3_SNAPSHOT_INGESTION", "S3 bucket cannot be found"];
        e.is("InvalidParameterValue") && words.iter().any(|w| e.message().contains(w))
    };
    let made = retry(cx, &what, Duration::from_secs(120), propagating, || {
        request(cx, &planned, &name, password.clone())
    });
    made.await.during(&what)?;
    let mut state = planned;
    state.id = name.as_str().into();
    state.cluster_identifier = name.as_str().into();
    cx.keep_model(&state);
    available(cx, &name, limit(&state, |t| &t.create)).await?;
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
            .set_db_cluster_parameter_group_name(text(&$p.db_cluster_parameter_group_name))
            .set_db_subnet_group_name(text(&$p.db_subnet_group_name))
            .set_deletion_protection(said(&$p.deletion_protection))
            .set_domain(text(&$p.domain))
            .set_domain_iam_role_name(text(&$p.domain_iam_role_name))
            .set_enable_cloudwatch_logs_exports(items(&$p.enabled_cloudwatch_logs_exports))
            .set_enable_iam_database_authentication(flag(&$p.iam_database_authentication_enabled))
            .set_engine_lifecycle_support(text(&$p.engine_lifecycle_support))
            .set_kms_key_id(text(&$p.kms_key_id))
            .set_network_type(text(&$p.network_type))
            .set_port(number(&$p.port))
            .set_serverless_v2_scaling_configuration(change::serverless($p))
            .set_storage_type(text(&$p.storage_type))
            .set_tags(to_sdk(&wanted_tags($cx.client(), $p)))
            .set_vpc_security_group_ids(items(&$p.vpc_security_group_ids))
    };
}

/// What those take whose master is told.
macro_rules! mastered {
    ($request:expr, $p:expr, $password:expr) => {
        $request
            .set_availability_zones(items(&$p.availability_zones))
            .set_backup_retention_period(number(&$p.backup_retention_period))
            .set_database_name(text(&$p.database_name))
            .set_engine(text(&$p.engine))
            .set_engine_version(text(&$p.engine_version))
            .set_manage_master_user_password(flag(&$p.manage_master_user_password))
            .set_master_user_password($password)
            .set_master_user_secret_kms_key_id(text(&$p.master_user_secret_kms_key_id))
            .set_master_username(text(&$p.master_username))
            .set_preferred_backup_window(text(&$p.preferred_backup_window))
            .set_preferred_maintenance_window(text(&$p.preferred_maintenance_window))
            .set_storage_encrypted(flag(&$p.storage_encrypted))
    };
}

async fn request(
    cx: &Context<Aws>,
    p: &RdsCluster,
    name: &str,
    password: Option<String>,
) -> Result<(), Error> {
    if p.snapshot_identifier.filled().is_some() {
        let request = rds(cx).restore_db_cluster_from_snapshot().db_cluster_identifier(name);
        let request = common!(request, cx, p)
            .set_snapshot_identifier(text(&p.snapshot_identifier))
            .set_availability_zones(items(&p.availability_zones))
            .set_database_name(text(&p.database_name))
            .set_db_cluster_instance_class(text(&p.db_cluster_instance_class))
            .set_engine(text(&p.engine))
            .set_engine_mode(text(&p.engine_mode))
            .set_engine_version(text(&p.engine_version))
            .set_iops(number(&p.iops))
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    } else if let Some(moment) = p.restore_to_point_in_time.first() {
        let request = rds(cx).restore_db_cluster_to_point_in_time().db_cluster_identifier(name);
        let request = common!(request, cx, p)
            .set_restore_to_time(moment.restore_to_time.filled().and_then(parsed_moment))
            .set_restore_type(text(&moment.restore_type))
            .set_source_db_cluster_identifier(text(&moment.source_cluster_identifier))
            .set_source_db_cluster_resource_id(text(&moment.source_cluster_resource_id))
            .set_use_latest_restorable_time(flag(&moment.use_latest_restorable_time))
            .set_db_cluster_instance_class(text(&p.db_cluster_instance_class))
            .set_iops(number(&p.iops))
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    } else if let Some(import) = p.s3_import.first() {
        let request = rds(cx).restore_db_cluster_from_s3().db_cluster_identifier(name);
        let request = mastered!(common!(request, cx, p), p, password)
            .set_s3_bucket_name(text(&import.bucket_name))
            .set_s3_prefix(text(&import.bucket_prefix))
            .set_s3_ingestion_role_arn(text(&import.ingestion_role))
            .set_source_engine(text(&import.source_engine))
            .set_source_engine_version(text(&import.source_engine_version));
        create_once(request.send(), EXISTS).await?;
    } else {
        let request = rds(cx).create_db_cluster().db_cluster_identifier(name);
        let kind = p.cluster_scalability_type.filled().map(sdk::ClusterScalabilityType::from);
        let insights = p.database_insights_mode.filled().map(sdk::DatabaseInsightsMode::from);
        let request = mastered!(common!(request, cx, p), p, password)
            .set_allocated_storage(number(&p.allocated_storage))
            .set_ca_certificate_identifier(text(&p.ca_certificate_identifier))
            .set_cluster_scalability_type(kind)
            .set_database_insights_mode(insights)
            .set_db_cluster_instance_class(text(&p.db_cluster_instance_class))
            .set_db_system_id(text(&p.db_system_id))
            .set_enable_global_write_forwarding(flag(&p.enable_global_write_forwarding))
            .set_enable_http_endpoint(flag(&p.enable_http_endpoint))
            .set_enable_local_write_forwarding(flag(&p.enable_local_write_forwarding))
            .set_enable_performance_insights(flag(&p.performance_insights_enabled))
            .set_engine_mode(text(&p.engine_mode))
            .set_global_cluster_identifier(text(&p.global_cluster_identifier))
            .set_iops(number(&p.iops))
            .set_monitoring_interval(any_number(&p.monitoring_interval).filter(|n| *n != 0))
            .set_monitoring_role_arn(text(&p.monitoring_role_arn))
            .set_performance_insights_kms_key_id(text(&p.performance_insights_kms_key_id))
            .set_performance_insights_retention_period(number(
                &p.performance_insights_retention_period,
            ))
            .set_replication_source_identifier(text(&p.replication_source_identifier))
            .set_scaling_configuration(change::scaling(p));
        create_once(request.send(), EXISTS).await?;
    }
    Ok(())
}
