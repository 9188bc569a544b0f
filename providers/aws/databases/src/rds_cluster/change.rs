//! Changes of a cluster.

use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome, retry};
use groma_sdk::{Attr, Context, Diagnostics, Set};

use super::model::{RdsCluster, RdsClusterTimeouts};
use super::{CLUSTER, available, find, has_pending, settled};
use crate::convert::{changed, value};
use crate::rds::{change_tags, rds};

/// How a serverless cluster of the first version scales, as requests have it.
pub(super) fn scaling(p: &RdsCluster) -> Option<sdk::ScalingConfiguration> {
    p.scaling_configuration.first().map(|s| {
        sdk::ScalingConfiguration::builder()
            .auto_pause(s.auto_pause.is_true())
            .set_max_capacity(s.max_capacity.to_filled_i32())
            .set_min_capacity(s.min_capacity.to_filled_i32())
            .set_seconds_before_timeout(s.seconds_before_timeout.to_filled_i32())
            .set_seconds_until_auto_pause(s.seconds_until_auto_pause.to_filled_i32())
            .set_timeout_action(s.timeout_action.to_filled())
            .build()
    })
}

/// How a serverless cluster of the second version scales, as requests have it.
pub(super) fn serverless(p: &RdsCluster) -> Option<sdk::ServerlessV2ScalingConfiguration> {
    p.serverlessv2_scaling_configuration.first().map(|s| {
        sdk::ServerlessV2ScalingConfiguration::builder()
            .set_max_capacity(s.max_capacity.cloned())
            .set_min_capacity(s.min_capacity.cloned())
            .set_seconds_until_auto_pause(s.seconds_until_auto_pause.to_filled_i32())
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
    let limit = RdsClusterTimeouts::update(&planned.timeouts);
    if changed(&prior.enable_http_endpoint, &planned.enable_http_endpoint)
        && planned.engine_mode.filled() == Some("provisioned")
    {
        http_endpoint(cx, prior, planned.enable_http_endpoint.is_true()).await?;
    }
    let leaves = |was: &Attr<String>, wanted: &Attr<String>| {
        was.filled().is_some() && !wanted.is_unknown() && wanted.filled().is_none()
    };
    if leaves(&prior.replication_source_identifier, &planned.replication_source_identifier) {
        promote(cx, id, limit).await?;
    }
    modify(cx, prior, config, planned, limit).await?;
    if leaves(&prior.global_cluster_identifier, &planned.global_cluster_identifier) {
        leave_global(cx, prior, limit).await?;
    }
    roles(cx, id, &prior.iam_roles, &planned.iam_roles).await?;
    change_tags(cx, prior.arn.text(), prior, planned).await
}

/// Clusters that are not serverless of the first version have calls of their own for this.
async fn http_endpoint(cx: &Context<Aws>, prior: &RdsCluster, on: bool) -> Result<(), Diagnostics> {
    let (arn, what) = (prior.arn.text(), format!("changing the HTTP endpoint of {CLUSTER}"));
    match on {
        true => {
            rds(cx).enable_http_endpoint().resource_arn(arn).send().await.during(what)?;
        }
        false => {
            rds(cx).disable_http_endpoint().resource_arn(arn).send().await.during(what)?;
        }
    }
    Ok(())
}

/// Makes a replica a cluster that stands alone.
pub(crate) async fn promote(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let what = format!("promoting {CLUSTER} ({id})");
    let request = rds(cx).promote_read_replica_db_cluster().db_cluster_identifier(id);
    if let Err(e) = request.send().await.typed() {
        // An earlier try, whose answer got lost, may have promoted it.
        let found = find(cx, id).await.during(&what)?;
        let source = found.as_ref().and_then(|c| c.replication_source_identifier());
        if found.is_none() || source.is_some_and(|source| !source.is_empty()) {
            return Err(e.during(what));
        }
    }
    available(cx, id, limit).await
}

/// Takes a cluster out of its global one, which makes it one that stands alone.
pub(super) async fn leave_global(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let request = rds(cx)
        .remove_from_global_cluster()
        .set_global_cluster_identifier(prior.global_cluster_identifier.to_filled())
        .set_db_cluster_identifier(prior.arn.to_filled());
    let what = format!("removing {CLUSTER} ({}) from its global cluster", prior.id.text());
    match request.send().await.unless(&["GlobalClusterNotFoundFault", "DBClusterNotFoundFault"]) {
        Err(e) if e.says("InvalidParameterValue", "is not found in global cluster") => {}
        left => {
            left.during(what)?;
        }
    }
    settled(cx, prior.id.text(), limit).await
}

/// What the restoring of a cluster did not take.
pub(super) async fn after_restore(
    cx: &Context<Aws>,
    state: &RdsCluster,
    password: Option<String>,
) -> Result<(), Diagnostics> {
    let retention = state.backup_retention_period.to_filled_i32();
    let (window, maintenance) =
        (state.preferred_backup_window.to_filled(), state.preferred_maintenance_window.to_filled());
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
    available(cx, id, RdsClusterTimeouts::create(&state.timeouts)).await
}

async fn modify(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    config: &RdsCluster,
    planned: &RdsCluster,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = prior.id.text();
    let mut request = rds(cx)
        .modify_db_cluster()
        .db_cluster_identifier(id)
        .apply_immediately(planned.apply_immediately.is_true());
    let mut any = false;
    macro_rules! each {
        ($($field:ident => $setter:ident($value:ident)),* $(,)?) => {$(
            if changed(&prior.$field, &planned.$field) {
                request = request.$setter(value!($value, planned.$field));
                any = true;
            }
        )*};
    }
    each!(
        allocated_storage => set_allocated_storage(to_filled_i32),
        backup_retention_period => set_backup_retention_period(to_filled_i32),
        ca_certificate_identifier => set_ca_certificate_identifier(to_filled),
        copy_tags_to_snapshot => set_copy_tags_to_snapshot(said),
        db_cluster_instance_class => set_db_cluster_instance_class(to_filled),
        db_cluster_parameter_group_name => set_db_cluster_parameter_group_name(to_filled),
        deletion_protection => set_deletion_protection(said),
        domain => set_domain(to_filled),
        domain_iam_role_name => set_domain_iam_role_name(to_filled),
        enable_global_write_forwarding => set_enable_global_write_forwarding(said),
        enable_local_write_forwarding => set_enable_local_write_forwarding(said),
        enable_http_endpoint => set_enable_http_endpoint(said),
        iam_database_authentication_enabled => set_enable_iam_database_authentication(said),
        iops => set_iops(to_filled_i32),
        master_password => set_master_user_password(to_filled),
        monitoring_interval => set_monitoring_interval(to_i32),
        monitoring_role_arn => set_monitoring_role_arn(to_filled),
        network_type => set_network_type(to_filled),
        performance_insights_enabled => set_enable_performance_insights(said),
        performance_insights_kms_key_id => set_performance_insights_kms_key_id(to_filled),
        performance_insights_retention_period => set_performance_insights_retention_period(to_filled_i32),
        port => set_port(to_filled_i32),
        preferred_backup_window => set_preferred_backup_window(to_filled),
        preferred_maintenance_window => set_preferred_maintenance_window(to_filled),
        storage_type => set_storage_type(to_filled),
        vpc_security_group_ids => set_vpc_security_group_ids(to_filled),
    );
    if changed(&prior.backtrack_window, &planned.backtrack_window) {
        request = request.backtrack_window(planned.backtrack_window.or_default());
        any = true;
    }
    if changed(&prior.engine_version, &planned.engine_version) {
        request = request
            .set_engine_version(planned.engine_version.to_filled())
            .set_allow_major_version_upgrade(planned.allow_major_version_upgrade.cloned())
            .set_db_instance_parameter_group_name(
                planned.db_instance_parameter_group_name.to_filled(),
            );
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
            .set_master_user_secret_kms_key_id(planned.master_user_secret_kms_key_id.to_filled());
        any = true;
    }
    if prior.master_password_wo_version != planned.master_password_wo_version
        && let Some(password) = config.master_password_wo.to_filled()
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
    if !any && applied_now(cx, prior, planned).await? {
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
    let only_for_major =
        |e: &Error| e.says("InvalidParameterCombination", "can only be specified for a major");
    let sent = retry(cx, &what, Duration::from_secs(5 * 60), busy, || async {
        match request.clone().send().await.typed() {
            // The group of the instances goes with another major version alone.
            Err(e) if only_for_major(&e) => {
                let request = request.clone().set_db_instance_parameter_group_name(None);
                request.send().await.typed()
            }
            answer => answer,
        }
    });
    sent.await.during(&what)?;
    match planned.apply_immediately.is_true() {
        true => settled(cx, id, limit).await,
        false => available(cx, id, limit).await,
    }
}

/// Whether changes that wait for the window of maintenance are to be applied now.
async fn applied_now(
    cx: &Context<Aws>,
    prior: &RdsCluster,
    planned: &RdsCluster,
) -> Result<bool, Diagnostics> {
    if prior.apply_immediately.is_true() || !planned.apply_immediately.is_true() {
        return Ok(false);
    }
    let id = prior.id.text();
    let found = find(cx, id).await.during(format_args!("reading {CLUSTER} ({id})"))?;
    Ok(found.is_some_and(|cluster| has_pending(&cluster)))
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
