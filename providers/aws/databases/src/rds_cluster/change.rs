//! Changes of a cluster.

use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome, retry};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Set};

use super::model::RdsCluster;
use super::{CLUSTER, available, limit};
use crate::convert::{any_number, changed, items, number, said, text};
use crate::rds::{change_tags, rds};

/// How a serverless cluster of the first version scales, as requests have it.
pub(super) fn scaling(p: &RdsCluster) -> Option<sdk::ScalingConfiguration> {
    p.scaling_configuration.first().map(|s| {
        sdk::ScalingConfiguration::builder()
            .auto_pause(s.auto_pause.is_true())
            .set_max_capacity(number(&s.max_capacity))
            .set_min_capacity(number(&s.min_capacity))
            .set_seconds_before_timeout(number(&s.seconds_before_timeout))
            .set_seconds_until_auto_pause(number(&s.seconds_until_auto_pause))
            .set_timeout_action(text(&s.timeout_action))
            .build()
    })
}

/// How a serverless cluster of the second version scales, as requests have it.
pub(super) fn serverless(p: &RdsCluster) -> Option<sdk::ServerlessV2ScalingConfiguration> {
    p.serverlessv2_scaling_configuration.first().map(|s| {
        sdk::ServerlessV2ScalingConfiguration::builder()
            .set_max_capacity(s.max_capacity.cloned())
            .set_min_capacity(s.min_capacity.cloned())
            .set_seconds_until_auto_pause(number(&s.seconds_until_auto_pause))
            .build()
    })
}

/// Changes a cluster to what is planned.
pub(super) async fn update(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    config: &RdsCluster,
    planned: &RdsCluster,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    if planned.global_cluster_identifier.filled() != prior.global_cluster_identifier.filled() {
        leave_global(cx, prior, planned).await?;
    }
    modify(cx, prior, config, planned).await?;
    roles(cx, id, &prior.iam_roles, &planned.iam_roles).await?;
    change_tags(cx, prior.arn.text(), prior, planned).await
}

async fn leave_global(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    planned: &RdsCluster,
) -> Result<(), Diagnostics> {
    if planned.global_cluster_identifier.filled().is_some() {
        return Err(Diagnostic::error(
            "Invalid change of a cluster's global cluster",
            "A cluster that is there cannot become part of a global cluster, or of another one. \
             Replace it.",
        )
        .into());
    }
    let request = rds(cx)
        .remove_from_global_cluster()
        .set_global_cluster_identifier(text(&prior.global_cluster_identifier))
        .set_db_cluster_identifier(text(&prior.arn));
    let what = format!("removing {CLUSTER} ({}) from its global cluster", prior.id.text());
    let left =
        request.send().await.unless(&["GlobalClusterNotFoundFault", "DBClusterNotFoundFault"]);
    left.during(what)?;
    Ok(())
}

/// What the restoring of a cluster did not take.
pub(super) async fn after_restore(
    cx: &Context<Aws>,
    state: &RdsCluster,
    password: Option<String>,
) -> Result<(), Diagnostics> {
    let retention = number(&state.backup_retention_period);
    let (window, maintenance) =
        (text(&state.preferred_backup_window), text(&state.preferred_maintenance_window));
    if retention.is_none() && window.is_none() && maintenance.is_none() && password.is_none() {
        return Ok(());
    }
    let id = state.id.text();
    let request = rds(cx)
        .modify_db_cluster()
        .db_cluster_identifier(id)
        .apply_immediately(true)
        .set_backup_retention_period(retention)
        .set_preferred_backup_window(window)
        .set_preferred_maintenance_window(maintenance)
        .set_master_user_password(password);
    request.send().await.during(format_args!("updating {CLUSTER} ({id}) after it was restored"))?;
    available(cx, id, limit(state, |t| &t.create)).await
}

async fn modify(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    config: &RdsCluster,
    planned: &RdsCluster,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    let mut request = rds(cx)
        .modify_db_cluster()
        .db_cluster_identifier(id)
        .apply_immediately(planned.apply_immediately.is_true());
    let mut any = false;
    macro_rules! each {
        ($($field:ident => $setter:ident($value:expr)),* $(,)?) => {$(
            if changed(&prior.$field, &planned.$field) {
                request = request.$setter($value(&planned.$field));
                any = true;
            }
        )*};
    }
    each!(
        allocated_storage => set_allocated_storage(number),
        backup_retention_period => set_backup_retention_period(number),
        ca_certificate_identifier => set_ca_certificate_identifier(text),
        copy_tags_to_snapshot => set_copy_tags_to_snapshot(said),
        db_cluster_instance_class => set_db_cluster_instance_class(text),
        db_cluster_parameter_group_name => set_db_cluster_parameter_group_name(text),
        deletion_protection => set_deletion_protection(said),
        domain => set_domain(text),
        domain_iam_role_name => set_domain_iam_role_name(text),
        enable_global_write_forwarding => set_enable_global_write_forwarding(said),
        enable_local_write_forwarding => set_enable_local_write_forwarding(said),
        enable_http_endpoint => set_enable_http_endpoint(said),
        iam_database_authentication_enabled => set_enable_iam_database_authentication(said),
        iops => set_iops(number),
        master_password => set_master_user_password(text),
        monitoring_interval => set_monitoring_interval(any_number),
        monitoring_role_arn => set_monitoring_role_arn(text),
        network_type => set_network_type(text),
        performance_insights_enabled => set_enable_performance_insights(said),
        performance_insights_kms_key_id => set_performance_insights_kms_key_id(text),
        performance_insights_retention_period => set_performance_insights_retention_period(number),
        port => set_port(number),
        preferred_backup_window => set_preferred_backup_window(text),
        preferred_maintenance_window => set_preferred_maintenance_window(text),
        storage_type => set_storage_type(text),
        vpc_security_group_ids => set_vpc_security_group_ids(items),
    );
    if changed(&prior.backtrack_window, &planned.backtrack_window) {
        request = request.backtrack_window(planned.backtrack_window.or_default());
        any = true;
    }
    if changed(&prior.engine_version, &planned.engine_version) {
        request = request
            .set_engine_version(text(&planned.engine_version))
            .set_allow_major_version_upgrade(planned.allow_major_version_upgrade.cloned())
            .set_db_instance_parameter_group_name(text(&planned.db_instance_parameter_group_name));
        any = true;
    }
    if changed(&prior.database_insights_mode, &planned.database_insights_mode) {
        let mode = planned.database_insights_mode.filled().map(sdk::DatabaseInsightsMode::from);
        request = request.set_database_insights_mode(mode);
        any = true;
    }
    if changed(&prior.manage_master_user_password, &planned.manage_master_user_password)
        || changed(&prior.master_user_secret_kms_key_id, &planned.master_user_secret_kms_key_id)
    {
        request = request
            .manage_master_user_password(planned.manage_master_user_password.is_true())
            .set_master_user_secret_kms_key_id(text(&planned.master_user_secret_kms_key_id));
        any = true;
    }
    if prior.master_password_wo_version != planned.master_password_wo_version
        && let Some(password) = text(&config.master_password_wo)
    {
        request = request.master_user_password(password);
        any = true;
    }
    let (was, logs) = (
        prior.enabled_cloudwatch_logs_exports.or_default(),
        planned.enabled_cloudwatch_logs_exports.or_default(),
    );
    if was != logs {
        let exports = sdk::CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(Some(logs.without(&was)))
            .set_disable_log_types(Some(was.without(&logs)));
        request = request.cloudwatch_logs_export_configuration(exports.build());
        any = true;
    }
    if prior.scaling_configuration != planned.scaling_configuration {
        request = request.set_scaling_configuration(scaling(planned));
        any = true;
    }
    if prior.serverlessv2_scaling_configuration != planned.serverlessv2_scaling_configuration {
        request = request.set_serverless_v2_scaling_configuration(serverless(planned));
        any = true;
    }
    if !any {
        return Ok(());
    }
    let what = format!("updating {CLUSTER} ({id})");
    let busy = |e: &Error| {
        e.is("InvalidDBClusterStateFault")
            || e.says("InvalidParameterValue", "IAM role ARN value is invalid")
    };
    let sent = retry(cx, &what, Duration::from_secs(5 * 60), busy, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    sent.await.during(&what)?;
    available(cx, id, limit(planned, |t| &t.update)).await
}

/// Gives a cluster roles and takes them from it.
pub(super) async fn roles(
    cx: &Context<Aws>,
    id: &str,
    prior: &Attr<Set<String>>,
    planned: &Attr<Set<String>>,
) -> Result<(), Diagnostics> {
    let Some(wanted) = planned.get() else { return Ok(()) };
    let was = prior.or_default();
    for role in wanted.without(&was) {
        let request = rds(cx).add_role_to_db_cluster().db_cluster_identifier(id).role_arn(&role);
        request
            .send()
            .await
            .during(format_args!("adding IAM Role ({role}) to {CLUSTER} ({id})"))?;
    }
    for role in was.without(wanted) {
        let request =
            rds(cx).remove_role_from_db_cluster().db_cluster_identifier(id).role_arn(&role);
        let what = format!("removing IAM Role ({role}) from {CLUSTER} ({id})");
        request.send().await.unless(&["DBClusterRoleNotFound"]).during(what)?;
    }
    Ok(())
}
