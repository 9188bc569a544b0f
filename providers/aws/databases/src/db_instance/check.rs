//! What AWS would refuse, told before anything is done.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use groma_aws_core::{Arn, Aws};
use groma_sdk::{Attr, AttributeStep, Context, Diagnostic, Diagnostics, Planned, Problems};

use super::DbInstance;
use super::record::same_source;
use crate::rds::instance_named;

/// Arguments that cannot stand together, and those that lack others.
pub(super) fn configuration(config: &DbInstance, problems: &mut Problems) {
    let c = config;
    let replica = ("replicate_source_db", !c.replicate_source_db.is_null());
    let s3 = ("s3_import", !c.s3_import.is_empty());
    let snapshot = ("snapshot_identifier", !c.snapshot_identifier.is_null());
    let moment = ("restore_to_point_in_time", !c.restore_to_point_in_time.is_empty());
    let password = ("password", !c.password.is_null());
    let password_wo = ("password_wo", !c.password_wo.is_null());
    let managed = ("manage_master_user_password", !c.manage_master_user_password.is_null());
    let role = ("domain_iam_role_name", !c.domain_iam_role_name.is_null());
    let domain = ("domain", !c.domain.is_null());
    let own_domain = [
        ("domain_auth_secret_arn", !c.domain_auth_secret_arn.is_null()),
        ("domain_dns_ips", !c.domain_dns_ips.is_null()),
        ("domain_fqdn", !c.domain_fqdn.is_null()),
        ("domain_ou", !c.domain_ou.is_null()),
    ];
    let pairs = [
        (
            ("identifier", !c.identifier.is_null()),
            ("identifier_prefix", !c.identifier_prefix.is_null()),
        ),
        (("username", !c.username.is_null()), replica),
        (("db_name", !c.db_name.is_null()), replica),
        (("backup_target", !c.backup_target.is_null()), s3),
        (("character_set_name", !c.character_set_name.is_null()), s3),
        (("timezone", !c.timezone.is_null()), s3),
        (s3, replica),
        (s3, snapshot),
        (moment, replica),
        (moment, s3),
        (moment, snapshot),
        (password, password_wo),
        (managed, password),
        (managed, password_wo),
    ];
    for (a, b) in pairs {
        problems.conflict(a, b);
    }
    for own in own_domain {
        problems.conflict(domain, own);
        problems.conflict(role, own);
    }
    if password_wo.1 != !c.password_wo_version.is_null() {
        let (there, missing) = match password_wo.1 {
            true => ("password_wo", "password_wo_version"),
            false => ("password_wo_version", "password_wo"),
        };
        problems.error(
            there,
            "Missing required argument",
            format!(
                "\"{there}\" needs \"{missing}\" as well: the version tells when the write-only \
                 password is a new one."
            ),
        );
    }
    values(config, problems);
    restore(config, problems);
}

fn values(c: &DbInstance, problems: &mut Problems) {
    if c.multi_az.is_true() && c.availability_zone.filled().is_some() {
        problems.error(
            "availability_zone",
            "Conflicting configuration arguments",
            "An instance over several zones cannot be told its zone. Remove \"availability_zone\" \
             or \"multi_az\".",
        );
    }
    let (size, most) = (c.allocated_storage.get(), c.max_allocated_storage.get());
    if let (Some(size), Some(most)) = (size, most)
        && *most != 0
        && most < size
    {
        problems.error(
            "max_allocated_storage",
            "Invalid value for \"max_allocated_storage\"",
            format!(
                "Storage cannot grow to {most} GiB, for it has {size} GiB at first. Set it to more, \
                 or to 0 so that storage does not grow."
            ),
        );
    }
    let kind = c.storage_type.filled();
    if matches!(kind, Some("io1" | "io2")) && c.iops.is_null() && c.snapshot_identifier.is_null() {
        problems.error(
            "iops",
            "Missing required argument",
            format!("Storage of the type {:?} needs \"iops\".", kind.unwrap_or_default()),
        );
    }
    if c.storage_throughput.get().is_some_and(|t| *t != 0) && kind.is_some_and(|k| k != "gp3") {
        problems.error(
            "storage_throughput",
            "Invalid combination of arguments",
            "Only storage of the type \"gp3\" has a throughput that can be set.",
        );
    }
    if c.monitoring_interval.get().is_some_and(|i| *i != 0) && c.monitoring_role_arn.is_null() {
        problems.error(
            "monitoring_role_arn",
            "Missing required argument",
            "Enhanced monitoring (\"monitoring_interval\" above 0) needs the role under which it \
             writes what it measures.",
        );
    }
}

fn restore(c: &DbInstance, problems: &mut Problems) {
    for (i, restore) in c.restore_to_point_in_time.iter().enumerate() {
        let at = format!("restore_to_point_in_time.{i}");
        let latest = restore.use_latest_restorable_time.is_true();
        let time = !restore.restore_time.is_null();
        if latest && time {
            problems.conflict(
                (&format!("{at}.restore_time"), true),
                ("use_latest_restorable_time", true),
            );
        }
        if !time && restore.use_latest_restorable_time.is_null() {
            problems.error(
                &at,
                "Missing required argument",
                "Set \"restore_time\", or \"use_latest_restorable_time\" to true.",
            );
        }
        let sources = [
            &restore.source_db_instance_identifier,
            &restore.source_dbi_resource_id,
            &restore.source_db_instance_automated_backups_arn,
        ];
        if sources.iter().all(|s| s.is_null()) {
            problems.error(
                &at,
                "Missing required argument",
                "Set one of \"source_db_instance_identifier\", \"source_dbi_resource_id\" and \
                 \"source_db_instance_automated_backups_arn\".",
            );
        }
    }
}

/// Changes that are none, and those that the rules of the model cannot tell.
pub(super) fn refine(change: &mut Planned<DbInstance>) {
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

/// What instances are planned to have for backups, by configured provider and identifier. Replicas
/// are planned after the primary that they refer to.
type Backups = HashMap<(usize, String), i64>;
static PLANNED_BACKUPS: LazyLock<Mutex<Backups>> = LazyLock::new(Mutex::default);

/// What can only be said of a plan: of what is new, and of what is there.
pub(super) async fn planned(
    cx: &Context<Aws>,
    change: &Planned<DbInstance>,
) -> Result<(), Diagnostics> {
    note_backups(cx, change);
    if change.is_create() {
        complete(&change.config)?;
    }
    if change.is_create() || change.is_replace() {
        source_has_backups(cx, &change.config).await?;
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
    let blue_green = change.planned.blue_green_update.first();
    if blue_green.is_some_and(|b| b.enabled.is_true()) && needs_modification(prior, &change.planned)
    {
        return Err(wrong(
            "blue_green_update",
            "Blue/green updates are not supported",
            "This provider changes instances in place only. Set \"blue_green_update\" to disabled, \
             or make the change by a blue/green deployment in the AWS console; a plan shows no \
             change after that.",
        ));
    }
    Ok(())
}

/// Whether a change is more than one of tags and of arguments that only this program reads.
fn needs_modification(prior: &DbInstance, planned: &DbInstance) -> bool {
    use groma_sdk::Model as _;
    const OURS: &[&str] = &[
        "tags",
        "tags_all",
        "apply_immediately",
        "allow_major_version_upgrade",
        "blue_green_update",
        "delete_automated_backups",
        "final_snapshot_identifier",
        "skip_final_snapshot",
        "timeouts",
    ];
    planned.changed_since(prior).iter().any(|name| !OURS.contains(name))
}

fn note_backups(cx: &Context<Aws>, change: &Planned<DbInstance>) {
    let planned = &change.planned;
    let days = match planned.backup_retention_period.cloned() {
        // A new instance that does not say is made without backups.
        None if change.is_create()
            && change.config.backup_retention_period.is_null()
            && !from_other(&change.config) =>
        {
            Some(0)
        }
        days => days,
    };
    let (Some(name), Some(days)) = (planned.identifier.filled(), days) else { return };
    let mut known = PLANNED_BACKUPS.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert((Arc::as_ptr(&cx.client_arc()) as usize, name.to_owned()), days);
}

/// Whether a new instance is made from something that is there.
fn from_other(c: &DbInstance) -> bool {
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

/// Replicas are made from backups. What is planned for the source counts, else what is there.
async fn source_has_backups(cx: &Context<Aws>, config: &DbInstance) -> Result<(), Diagnostics> {
    let Some(source) = config.replicate_source_db.filled() else { return Ok(()) };
    let name = match source.parse::<Arn>() {
        Ok(arn) if arn.region != cx.client().region() => return Ok(()),
        Ok(arn) => match arn.after("db:") {
            Some(name) => name.to_owned(),
            // A cluster has backups always.
            None => return Ok(()),
        },
        Err(_) => source.to_owned(),
    };
    let noted = {
        let known = PLANNED_BACKUPS.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(Arc::as_ptr(&cx.client_arc()) as usize, name.clone())).copied()
    };
    let days = match noted {
        Some(days) => Some(days),
        // A plan that may not look is no worse than one that does not.
        None => instance_named(cx, &name)
            .await
            .ok()
            .flatten()
            .and_then(|i| i.backup_retention_period())
            .map(i64::from),
    };
    if days == Some(0) {
        return Err(wrong(
            "replicate_source_db",
            "Source of the replica has no backups",
            &format!(
                "Replicas are made from backups, but the instance {name} has none. Set its \
                 \"backup_retention_period\" to at least 1."
            ),
        ));
    }
    Ok(())
}

/// Whether an instance may be deleted.
pub(super) fn deletion(prior: &DbInstance) -> Result<(), Diagnostics> {
    if prior.deletion_protection.is_true() {
        return Err(wrong(
            "deletion_protection",
            "Instance is protected against deletion",
            &format!(
                "AWS does not delete {} while its deletion protection is on. Set \
                 \"deletion_protection\" to false, apply that, and then delete it.",
                prior.identifier.text()
            ),
        ));
    }
    deletion_of_snapshot(prior)
}

/// Whether the last snapshot has a name, or none is wanted.
pub(super) fn deletion_of_snapshot(prior: &DbInstance) -> Result<(), Diagnostics> {
    if prior.skip_final_snapshot.is_true() || prior.final_snapshot_identifier.filled().is_some() {
        return Ok(());
    }
    Err(wrong(
        "final_snapshot_identifier",
        "final_snapshot_identifier is required when skip_final_snapshot is false",
        &format!(
            "The last snapshot of {} needs a name. Set \"final_snapshot_identifier\", or \
             \"skip_final_snapshot\" to true, apply that, and then delete it.",
            prior.identifier.text()
        ),
    ))
}

fn wrong(attribute: &str, summary: &str, detail: &str) -> Diagnostics {
    let mut diagnostic = Diagnostic::error(summary, detail);
    diagnostic.attribute = Some(vec![AttributeStep::Attribute(attribute.to_owned())]);
    diagnostic.into()
}
