//! What AWS would refuse, told before anything is done.

mod plan;
mod source;
mod storage;
#[cfg(test)]
mod tests;

use groma_sdk::{Attr, Problems};

use super::DbInstance;
use crate::refusals::{one_of, written_once};
use crate::{credentials, windows};
pub(super) use plan::{deletion, has_no_snapshot, how_deleted, needs_blue_green, planned, refine};
pub(super) use storage::fast_from;

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
    written_once(
        ("password_wo", &c.password_wo),
        ("password_wo_version", &c.password_wo_version),
        problems,
    );
    for (name, password) in [("password", &c.password), ("password_wo", &c.password_wo)] {
        credentials::password(name, &c.engine, password, problems);
    }
    credentials::user("username", &c.engine, &c.username, problems);
    credentials::database("db_name", &c.engine, &c.db_name, problems);
    let maintenance = ("maintenance_window", &c.maintenance_window);
    windows::check(("backup_window", &c.backup_window), maintenance, problems);
    storage::check(c, problems);
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
    if c.monitoring_interval.get().is_some_and(|i| *i != 0) && c.monitoring_role_arn.is_null() {
        problems.error(
            "monitoring_role_arn",
            "Missing required argument",
            "Enhanced monitoring (\"monitoring_interval\" above 0) needs \"monitoring_role_arn\", the role \
             under which it writes what it measures.",
        );
    }
}

fn restore(c: &DbInstance, problems: &mut Problems) {
    for (i, restore) in c.restore_to_point_in_time.iter().enumerate() {
        let at = format!("restore_to_point_in_time.{i}");
        // That the latest moment is not wanted says nothing.
        let latest = restore.use_latest_restorable_time.is_unknown()
            || restore.use_latest_restorable_time.is_true();
        let is_set = |text: &Attr<String>| text.is_unknown() || text.filled().is_some();
        let moments = [
            ("restore_time", is_set(&restore.restore_time)),
            ("use_latest_restorable_time", latest),
        ];
        one_of(&at, &moments, problems);
        let sources = [
            ("source_db_instance_identifier", &restore.source_db_instance_identifier),
            ("source_dbi_resource_id", &restore.source_dbi_resource_id),
            (
                "source_db_instance_automated_backups_arn",
                &restore.source_db_instance_automated_backups_arn,
            ),
        ];
        one_of(&at, &sources.map(|(name, source)| (name, is_set(source))), problems);
    }
}
