//! What AWS would refuse of a cluster, told before anything is done.

use groma_sdk::{AttributeStep, Diagnostic, Diagnostics, Planned, Problems};

use super::RdsCluster;

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
    if password_wo.1 == c.master_password_wo_version.is_null() {
        let (there, missing) = match password_wo.1 {
            true => ("master_password_wo", "master_password_wo_version"),
            false => ("master_password_wo_version", "master_password_wo"),
        };
        problems.error(
            there,
            "Missing required argument",
            format!("\"{there}\" needs \"{missing}\" as well."),
        );
    }
    for (i, restore) in c.restore_to_point_in_time.iter().enumerate() {
        let at = format!("restore_to_point_in_time.{i}");
        let sources = [
            !restore.source_cluster_identifier.is_null(),
            !restore.source_cluster_resource_id.is_null(),
        ];
        let moments =
            [!restore.restore_to_time.is_null(), !restore.use_latest_restorable_time.is_null()];
        if sources[0] == sources[1] {
            problems.error(
                &at,
                "Invalid combination of arguments",
                "Set one of \"source_cluster_identifier\" and \"source_cluster_resource_id\".",
            );
        }
        if moments[0] == moments[1] {
            problems.error(
                &at,
                "Invalid combination of arguments",
                "Set one of \"restore_to_time\" and \"use_latest_restorable_time\".",
            );
        }
    }
    for (i, scaling) in c.serverlessv2_scaling_configuration.iter().enumerate() {
        if let (Some(least), Some(most)) = (scaling.min_capacity.get(), scaling.max_capacity.get())
            && least > most
        {
            problems.error(
                &format!("serverlessv2_scaling_configuration.{i}.min_capacity"),
                "Invalid value for \"min_capacity\"",
                format!("The least capacity ({least}) is more than the most ({most})."),
            );
        }
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
        planned.engine_version_actual = groma_sdk::Attr::Unknown;
    }
}

/// What can only be said of a plan.
pub(super) fn planned(change: &Planned<RdsCluster>) -> Result<(), Diagnostics> {
    let c = &change.config;
    if let Some(prior) = &change.prior {
        return match change.is_replace() {
            true => deletion(prior),
            false => Ok(()),
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

/// Whether a cluster may be deleted.
pub(super) fn deletion(prior: &RdsCluster) -> Result<(), Diagnostics> {
    if prior.deletion_protection.is_true() {
        return Err(wrong(
            "deletion_protection",
            "Cluster is protected against deletion",
            "AWS does not delete a cluster while its deletion protection is on. Set \
             \"deletion_protection\" to false, apply that, and then delete it.",
        ));
    }
    deletion_of_snapshot(prior)
}

/// Whether the last snapshot has a name, or none is wanted.
pub(super) fn deletion_of_snapshot(prior: &RdsCluster) -> Result<(), Diagnostics> {
    if prior.skip_final_snapshot.is_true() || prior.final_snapshot_identifier.filled().is_some() {
        return Ok(());
    }
    Err(wrong(
        "final_snapshot_identifier",
        "final_snapshot_identifier is required when skip_final_snapshot is false",
        "The last snapshot of the cluster needs a name. Set \"final_snapshot_identifier\", or \
         \"skip_final_snapshot\" to true, apply that, and then delete it.",
    ))
}

fn wrong(attribute: &str, summary: &str, detail: &str) -> Diagnostics {
    let mut diagnostic = Diagnostic::error(summary, detail);
    diagnostic.attribute = Some(vec![AttributeStep::Attribute(attribute.to_owned())]);
    diagnostic.into()
}
