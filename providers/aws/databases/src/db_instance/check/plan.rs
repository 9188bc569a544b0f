//! What is planned beyond the rules of the model, and what can only be said of a plan.

use groma_aws_core::Aws;
use groma_sdk::{Attr, Context, Diagnostics, Planned};

use super::super::DbInstance;
use super::super::modification::modification;
use super::super::record::same_source;
use super::{source, storage};
use crate::refusals::{Deletion, wrong};

/// Changes that are none, and those that the rules of the model cannot tell.
pub(in super::super) fn refine(change: &mut Planned<DbInstance>) {
    let Some(prior) = change.prior.clone() else { return };
    let config = change.config.clone();
    let planned = &mut change.planned;
    // Storage that has grown by itself is not to shrink.
    if let (Some(is), Some(wanted), Some(most)) = (
        prior.allocated_storage.get(),
        planned.allocated_storage.get(),
        planned.max_allocated_storage.get(),
    ) && is > wanted
        && most > wanted
    {
        planned.allocated_storage = prior.allocated_storage.clone();
    }
    if prior.max_allocated_storage.or_default() == 0
        && planned.max_allocated_storage == planned.allocated_storage
    {
        planned.max_allocated_storage = prior.max_allocated_storage.clone();
    }
    // It cannot be changed, whatever is configured.
    if !planned.character_set_name.is_unknown() {
        planned.character_set_name = prior.character_set_name.clone();
    }
    if let (Some(was), Some(wanted)) =
        (prior.replicate_source_db.filled(), planned.replicate_source_db.filled())
        && same_source(was, wanted)
    {
        planned.replicate_source_db = prior.replicate_source_db.clone();
    }
    // A replica is encrypted if its primary is; that it does not say so is no reason to lose it, not
    // when it is promoted, either.
    let was_replica = prior.replicate_source_db.filled().is_some();
    if was_replica && config.storage_encrypted.is_null() && prior.storage_encrypted.is_true() {
        planned.storage_encrypted = prior.storage_encrypted.clone();
        change.in_place("storage_encrypted");
    }
    let moments = (prior.restore_to_point_in_time.len(), config.restore_to_point_in_time.len());
    if moments.0 != moments.1 && !config.restore_to_point_in_time.is_unknown() {
        change.replace("restore_to_point_in_time");
    }
    follow_names(&prior, change);
    if !change.is_replace() && needs_blue_green(&prior, &change.planned) {
        // What takes its place is another instance of the same name.
        change.planned.id = Attr::Unknown;
        change.planned.resource_id = Attr::Unknown;
    }
}

/// What has the identifier in it is another one after a renaming.
fn follow_names(prior: &DbInstance, change: &mut Planned<DbInstance>) {
    let (config, planned) = (&change.config, &mut change.planned);
    if config.identifier.is_null() && !config.identifier_prefix.is_null() {
        let prefix = config.identifier_prefix.text();
        if config.identifier_prefix.is_unknown() || !prior.identifier.text().starts_with(prefix) {
            planned.identifier = Attr::Unknown;
        }
    }
    if planned.identifier != prior.identifier {
        planned.address = Attr::Unknown;
        planned.arn = Attr::Unknown;
        planned.endpoint = Attr::Unknown;
    }
    if planned.port != prior.port {
        planned.endpoint = Attr::Unknown;
    }
    if planned.engine_version != prior.engine_version {
        planned.engine_version_actual = Attr::Unknown;
    }
    let has_secret = prior.master_user_secret.get().is_some_and(|s| !s.is_empty());
    if planned.manage_master_user_password.is_true() && !has_secret {
        planned.master_user_secret = Attr::Unknown;
    }
}

/// What can only be said of a plan: of what is new, and of what is there.
pub(in super::super) async fn planned(
    cx: &Context<Aws>,
    change: &Planned<DbInstance>,
) -> Result<(), Diagnostics> {
    source::note(cx, change);
    blue_green(&change.planned)?;
    if change.is_create() {
        complete(&change.config)?;
        storage::check_new(&change.config)?;
    }
    if change.is_create() || change.is_replace() {
        source::check(cx, &change.config).await?;
    }
    let Some(prior) = &change.prior else { return Ok(()) };
    if change.is_replace() {
        return deletion(prior);
    }
    let (was, wanted) = (prior.replicate_source_db.text(), &change.planned.replicate_source_db);
    if wanted.filled().is_some_and(|w| !same_source(was, w)) {
        return Err(wrong(
            "replicate_source_db",
            "Invalid change of a replica's source",
            "An instance cannot become the replica of another source. Remove \"replicate_source_db\" \
             to promote a replica, or make a new one by `-replace`.",
        ));
    }
    if needs_blue_green(prior, &change.planned) {
        blue_green_change(prior, &change.planned)?;
    }
    Ok(())
}

/// Whether a change is to be made by a blue/green deployment: one of more than tags, passwords,
/// protection, the identifier and arguments that only this program reads.
pub(in super::super) fn needs_blue_green(prior: &DbInstance, planned: &DbInstance) -> bool {
    let in_place = DbInstance {
        deletion_protection: planned.deletion_protection.clone(),
        password: planned.password.clone(),
        ..prior.clone()
    };
    let not_known = [
        &planned.engine_version,
        &planned.instance_class,
        &planned.parameter_group_name,
        &planned.storage_type,
    ];
    is_blue_green(planned)
        && (not_known.iter().any(|attribute| attribute.is_unknown())
            || modification(&in_place, planned, false).has_any())
}

fn is_blue_green(planned: &DbInstance) -> bool {
    planned.blue_green_update.first().is_some_and(|b| b.enabled.is_true())
}

/// Instances that cannot be updated by a blue/green deployment.
fn blue_green(planned: &DbInstance) -> Result<(), Diagnostics> {
    if !is_blue_green(planned) {
        return Ok(());
    }
    let engine = planned.engine.filled();
    if let Some(engine) = engine
        && !["mysql", "mariadb", "postgres"].contains(&engine.to_ascii_lowercase().as_str())
    {
        return Err(wrong(
            "blue_green_update",
            "Engine has no blue/green deployments",
            &format!(
                "Blue/green deployments are for mysql, mariadb and postgres, not for {engine}. \
                 Remove \"blue_green_update\": changes are made in place then."
            ),
        ));
    }
    if planned.replicate_source_db.filled().is_some() {
        return Err(wrong(
            "blue_green_update",
            "Replicas have no blue/green deployments",
            "A replica cannot be updated by a blue/green deployment. Remove \"blue_green_update\": \
             changes are made in place then.",
        ));
    }
    Ok(())
}

/// Changes that a blue/green deployment cannot make.
fn blue_green_change(prior: &DbInstance, planned: &DbInstance) -> Result<(), Diagnostics> {
    if planned.backup_retention_period.get() == Some(&0) {
        return Err(wrong(
            "backup_retention_period",
            "Blue/green deployments need backups",
            "The instance that takes the place of this one is made from its backups. Set \
             \"backup_retention_period\" to at least 1, or remove \"blue_green_update\".",
        ));
    }
    if planned.identifier != prior.identifier {
        return Err(wrong(
            "identifier",
            "Invalid combination of changes",
            "A blue/green deployment keeps the identifier. Change it in an apply of its own, with \
             \"blue_green_update\" disabled.",
        ));
    }
    let replicas = prior.replicas.get().is_some_and(|replicas| !replicas.is_empty());
    match replicas {
        false => Ok(()),
        true => Err(wrong(
            "blue_green_update",
            "Instance has replicas",
            "A blue/green deployment makes new replicas, which the resources of the old ones do not \
             know. Remove \"blue_green_update\": changes are made in place then.",
        )),
    }
}

/// Whether a new instance is made from something that is there.
pub(super) fn from_other(c: &DbInstance) -> bool {
    !c.replicate_source_db.is_null()
        || !c.snapshot_identifier.is_null()
        || !c.restore_to_point_in_time.is_empty()
        || c.restore_to_point_in_time.is_unknown()
}

/// What a new instance that stands on nothing else needs.
fn complete(c: &DbInstance) -> Result<(), Diagnostics> {
    if from_other(c) {
        return Ok(());
    }
    let engine = c.engine.text();
    let missing = [
        ("engine", c.engine.is_null()),
        ("allocated_storage", c.allocated_storage.is_null() && !engine.starts_with("aurora")),
        ("username", c.username.is_null()),
    ];
    if let Some((name, _)) = missing.iter().find(|(_, missing)| *missing) {
        return Err(wrong(
            name,
            "Missing required argument",
            &format!(
                "A new instance needs \"{name}\", unless it is made from a snapshot, from a moment \
                 or as a replica."
            ),
        ));
    }
    let has_password = !c.password.is_null()
        || !c.password_wo.is_null()
        || c.manage_master_user_password.is_true()
        || c.manage_master_user_password.is_unknown();
    if !has_password {
        return Err(wrong(
            "password",
            "Missing required argument",
            "A new instance needs a password: set \"manage_master_user_password\" to true, or one of \
             \"password_wo\" and \"password\".",
        ));
    }
    Ok(())
}

/// Whether an instance may be deleted.
pub(in super::super) fn deletion(prior: &DbInstance) -> Result<(), Diagnostics> {
    how_deleted(prior).check()
}

/// How an instance is to be deleted.
pub(in super::super) fn how_deleted(prior: &DbInstance) -> Deletion<'_> {
    Deletion {
        name: prior.identifier.text(),
        protected: &prior.deletion_protection,
        skip_snapshot: has_no_snapshot(prior),
        snapshot: &prior.final_snapshot_identifier,
    }
}

/// Whether no final snapshot is made. Instances of RDS Custom never have one.
pub(in super::super) fn has_no_snapshot(prior: &DbInstance) -> bool {
    prior.skip_final_snapshot.is_true() || prior.engine.text().starts_with("custom-")
}
