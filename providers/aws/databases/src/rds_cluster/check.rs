//! What AWS would refuse of a cluster, told before anything is done.

use groma_sdk::{Attr, Diagnostics, Planned, Problems};

use super::RdsCluster;
use crate::refusals::{Deletion, one_of, written_once, wrong};
use crate::{credentials, windows};

/// Arguments that cannot stand together, and those that lack others.
pub(super) fn configuration(c: &RdsCluster, problems: &mut Problems) {
    let moment = ("restore_to_point_in_time", !c.restore_to_point_in_time.is_empty());
    let s3 = ("s3_import", !c.s3_import.is_empty());
    let snapshot = ("snapshot_identifier", !c.snapshot_identifier.is_null());
    let managed = ("manage_master_user_password", !c.manage_master_user_password.is_null());
    let password = ("master_password", !c.master_password.is_null());
    let password_wo = ("master_password_wo", !c.master_password_wo.is_null());
    let pairs = [
        (
            ("cluster_identifier", !c.cluster_identifier.is_null()),
            ("cluster_identifier_prefix", !c.cluster_identifier_prefix.is_null()),
        ),
        (managed, password),
        (managed, password_wo),
        (password, password_wo),
        (moment, s3),
        (moment, snapshot),
        (s3, snapshot),
        (snapshot, ("global_cluster_identifier", !c.global_cluster_identifier.is_null())),
    ];
    for (a, b) in pairs {
        problems.conflict(a, b);
    }
    written_once(
        ("master_password_wo", &c.master_password_wo),
        ("master_password_wo_version", &c.master_password_wo_version),
        problems,
    );
    let passwords =
        [("master_password", &c.master_password), ("master_password_wo", &c.master_password_wo)];
    for (name, password) in passwords {
        credentials::password(name, &c.engine, password, problems);
    }
    credentials::user("master_username", &c.engine, &c.master_username, problems);
    credentials::database("database_name", &c.engine, &c.database_name, problems);
    let maintenance = ("preferred_maintenance_window", &c.preferred_maintenance_window);
    let backup = ("preferred_backup_window", &c.preferred_backup_window);
    windows::check(backup, maintenance, problems);
    restore(c, problems);
    scaling(c, problems);
}

fn restore(c: &RdsCluster, problems: &mut Problems) {
    let is_set = |text: &Attr<String>| text.is_unknown() || text.filled().is_some();
    for (i, restore) in c.restore_to_point_in_time.iter().enumerate() {
        let at = format!("restore_to_point_in_time.{i}");
        let sources = [
            ("source_cluster_identifier", is_set(&restore.source_cluster_identifier)),
            ("source_cluster_resource_id", is_set(&restore.source_cluster_resource_id)),
        ];
        one_of(&at, &sources, problems);
        let latest = &restore.use_latest_restorable_time;
        let moments = [
            ("restore_to_time", is_set(&restore.restore_to_time)),
            ("use_latest_restorable_time", latest.is_unknown() || latest.is_true()),
        ];
        one_of(&at, &moments, problems);
    }
}

/// How a cluster scales: from less to more, in steps that there are, in the mode that has them.
fn scaling(c: &RdsCluster, problems: &mut Problems) {
    for (i, scaling) in c.scaling_configuration.iter().enumerate() {
        // What is not set is 1 and 16.
        let least = capacity(&scaling.min_capacity, 1);
        let most = capacity(&scaling.max_capacity, 16);
        let at = format!("scaling_configuration.{i}.min_capacity");
        ordered(&at, least.map(|n| n as f64), most.map(|n| n as f64), problems);
        for (name, units) in [("min_capacity", least), ("max_capacity", most)] {
            if units.is_some_and(|units| !UNITS.contains(&units)) {
                problems.error(
                    &format!("scaling_configuration.{i}.{name}"),
                    format!("Invalid value for \"{name}\""),
                    format!("It must be one of {UNITS:?}, but is {}.", units.unwrap_or_default()),
                );
            }
        }
    }
    for (i, scaling) in c.serverlessv2_scaling_configuration.iter().enumerate() {
        let (least, most) = (scaling.min_capacity.cloned(), scaling.max_capacity.cloned());
        let at = format!("serverlessv2_scaling_configuration.{i}");
        ordered(&format!("{at}.min_capacity"), least, most, problems);
        for (name, units) in [("min_capacity", least), ("max_capacity", most)] {
            if units.is_some_and(|units| (units * 2.0).fract() != 0.0) {
                problems.error(
                    &format!("{at}.{name}"),
                    format!("Invalid value for \"{name}\""),
                    format!(
                        "Capacity is in steps of 0.5, such as 1.5, but is {}.",
                        units.unwrap_or_default()
                    ),
                );
            }
        }
    }
    let mode = c.engine_mode.filled();
    if !c.scaling_configuration.is_empty() && mode.is_some_and(|mode| mode != "serverless") {
        problems.error(
            "scaling_configuration",
            "Invalid combination of arguments",
            "Only clusters with the \"engine_mode\" \"serverless\" scale by it. Others have \
             \"serverlessv2_scaling_configuration\".",
        );
    }
    if !c.serverlessv2_scaling_configuration.is_empty() && mode == Some("serverless") {
        problems.error(
            "serverlessv2_scaling_configuration",
            "Invalid combination of arguments",
            "Clusters with the \"engine_mode\" \"serverless\" scale by \
             \"scaling_configuration\". Set \"engine_mode\" to \"provisioned\" for this one.",
        );
    }
}

/// The units of capacity of the first version; which of them there are depends on the engine.
const UNITS: [i64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384];

fn capacity(units: &Attr<i64>, usual: i64) -> Option<i64> {
    match units {
        Attr::Null => Some(usual),
        units => units.cloned().map(|n| if n == 0 { usual } else { n }),
    }
}

fn ordered(at: &str, least: Option<f64>, most: Option<f64>, problems: &mut Problems) {
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        problems.error(
            at,
            "Invalid value for \"min_capacity\"",
            format!("The least capacity ({least}) is more than the most ({most})."),
        );
    }
}

/// Changes that are none.
pub(super) fn refine(change: &mut Planned<RdsCluster>) {
    let Some(prior) = &change.prior else { return };
    let (config, planned) = (&change.config, &mut change.planned);
    // Leaving out how a cluster scales leaves it as it is.
    if config.scaling_configuration.is_empty() && !config.scaling_configuration.is_unknown() {
        planned.scaling_configuration = prior.scaling_configuration.clone();
    }
    let serverless = &config.serverlessv2_scaling_configuration;
    if serverless.is_empty() && !serverless.is_unknown() {
        planned.serverlessv2_scaling_configuration =
            prior.serverlessv2_scaling_configuration.clone();
    }
    if planned.engine_version != prior.engine_version {
        planned.engine_version_actual = Attr::Unknown;
    }
}

/// What can only be said of a plan.
pub(super) fn planned(change: &Planned<RdsCluster>) -> Result<(), Diagnostics> {
    let c = &change.config;
    if let Some(prior) = &change.prior {
        return match change.is_replace() {
            true => deletion(prior),
            false => no_new_source(prior, &change.planned),
        };
    }
    let from_other = !c.snapshot_identifier.is_null()
        || !c.restore_to_point_in_time.is_empty()
        || c.restore_to_point_in_time.is_unknown()
        || !c.replication_source_identifier.is_null()
        || !c.global_cluster_identifier.is_null();
    if !from_other && c.master_username.is_null() {
        return Err(wrong(
            "master_username",
            "Missing required argument",
            "A new cluster needs \"master_username\", unless it is made from another or is part of a \
             global one.",
        ));
    }
    let has_password = !c.master_password.is_null()
        || !c.master_password_wo.is_null()
        || !c.manage_master_user_password.is_null();
    if !from_other && !has_password {
        return Err(wrong(
            "master_password",
            "Missing required argument",
            "A new cluster needs a password: set \"manage_master_user_password\" to true, or one of \
             \"master_password_wo\" and \"master_password\".",
        ));
    }
    Ok(())
}

/// What a cluster follows it can only leave.
fn no_new_source(prior: &RdsCluster, planned: &RdsCluster) -> Result<(), Diagnostics> {
    let differs = |was: &Attr<String>, wanted: &Attr<String>| {
        wanted.filled().is_some_and(|wanted| was.filled() != Some(wanted))
    };
    if differs(&prior.global_cluster_identifier, &planned.global_cluster_identifier) {
        return Err(wrong(
            "global_cluster_identifier",
            "Invalid change of a cluster's global cluster",
            "A cluster that is there cannot become part of a global cluster, or of another one. \
             Replace it by `-replace`.",
        ));
    }
    if differs(&prior.replication_source_identifier, &planned.replication_source_identifier) {
        return Err(wrong(
            "replication_source_identifier",
            "Invalid change of a cluster's source",
            "A cluster that is there cannot become the replica of a source, or of another one. \
             Remove \"replication_source_identifier\" to promote a replica, or make a new one by \
             `-replace`.",
        ));
    }
    Ok(())
}

/// Whether a cluster may be deleted.
pub(super) fn deletion(prior: &RdsCluster) -> Result<(), Diagnostics> {
    how_deleted(prior).check()
}

/// How a cluster is to be deleted.
pub(super) fn how_deleted(prior: &RdsCluster) -> Deletion<'_> {
    Deletion {
        name: prior.cluster_identifier.text(),
        protected: &prior.deletion_protection,
        skip_snapshot: prior.skip_final_snapshot.is_true(),
        snapshot: &prior.final_snapshot_identifier,
    }
}
