//! What engines take as storage. Limits that differ between instance classes are the widest.

use groma_sdk::{Diagnostics, Problems};

use super::super::DbInstance;
use crate::refusals::wrong;

/// Up to how many GiB any engine goes.
const LARGEST: i64 = 65_536;

/// Arguments about storage that no engine takes together.
pub(super) fn check(c: &DbInstance, problems: &mut Problems) {
    size(c, problems);
    speed(c, problems);
}

fn size(c: &DbInstance, problems: &mut Problems) {
    let is_aurora = c.engine.text().starts_with("aurora");
    let kind = c.storage_type.filled();
    let size = c.allocated_storage.get().filter(|size| **size != 0 && !is_aurora);
    if let Some(size) = size {
        let least = match kind {
            Some("io1" | "io2") => 100,
            Some("gp3") => 20,
            _ => 5,
        };
        let most = if kind == Some("standard") { 3072 } else { LARGEST };
        if !(least..=most).contains(size) {
            problems.error(
                "allocated_storage",
                "Invalid value for \"allocated_storage\"",
                format!(
                    "Storage{} has {least} to {most} GiB, not {size}.",
                    kind.map(|kind| format!(" of the type {kind:?}")).unwrap_or_default()
                ),
            );
        }
    }
    let Some(most) = c.max_allocated_storage.get().filter(|most| **most != 0) else { return };
    let refusal = if size.is_some_and(|size| most < size) {
        format!(
            "Storage cannot grow to {most} GiB, for it has {} GiB at first. Set it to more, or to 0 \
             so that storage does not grow.",
            size.copied().unwrap_or_default()
        )
    } else if *most > LARGEST {
        format!("Storage cannot grow to more than {LARGEST} GiB, but {most} are asked for.")
    } else {
        return;
    };
    problems.error("max_allocated_storage", "Invalid value for \"max_allocated_storage\"", refusal);
}

fn speed(c: &DbInstance, problems: &mut Problems) {
    let kind = c.storage_type.filled();
    let iops = c.iops.get().copied().unwrap_or_default();
    let is_provisioned = matches!(kind, Some("io1" | "io2"));
    if is_provisioned && c.iops.is_null() && c.snapshot_identifier.is_null() {
        problems.error(
            "iops",
            "Missing required argument",
            format!("Storage of the type {:?} needs \"iops\".", kind.unwrap_or_default()),
        );
    }
    if iops != 0 && matches!(kind, Some("gp2" | "standard")) {
        problems.error(
            "iops",
            "Invalid combination of arguments",
            format!(
                "Storage of the type {:?} has no \"iops\" that can be set. Remove it, or use the \
                 type \"gp3\", \"io1\" or \"io2\".",
                kind.unwrap_or_default()
            ),
        );
    }
    if is_provisioned && iops != 0 && !(1000..=256_000).contains(&iops) {
        problems.error(
            "iops",
            "Invalid value for \"iops\"",
            format!("Provisioned storage has 1000 to 256000 operations per second, not {iops}."),
        );
    }
    if c.storage_throughput.get().is_some_and(|t| *t != 0) && kind.is_some_and(|k| k != "gp3") {
        problems.error(
            "storage_throughput",
            "Invalid combination of arguments",
            "Only storage of the type \"gp3\" has a throughput that can be set.",
        );
    }
}

/// Small storage of the type gp3 has a speed of its own, and a new instance that asks for another
/// is refused.
pub(super) fn check_new(c: &DbInstance) -> Result<(), Diagnostics> {
    let engine = c.engine.text();
    let Some(least) = fast_from(engine) else { return Ok(()) };
    if c.storage_type.filled() != Some("gp3") {
        return Ok(());
    }
    let Some(size) = c.allocated_storage.get().filter(|size| **size < least) else {
        return Ok(());
    };
    let speeds = [("iops", &c.iops), ("storage_throughput", &c.storage_throughput)];
    let Some((name, _)) = speeds.iter().find(|(_, s)| s.get().is_some_and(|s| *s != 0)) else {
        return Ok(());
    };
    Err(wrong(
        name,
        "Invalid combination of arguments",
        &format!(
            "Storage of the type \"gp3\" with less than {least} GiB has the speed that {engine} \
             gives it, and this has {size} GiB. Remove \"{name}\", or set \"allocated_storage\" to \
             at least {least}."
        ),
    ))
}

/// From how many GiB on the speed of storage of the type gp3 can be set, if that depends on it.
pub(in super::super) fn fast_from(engine: &str) -> Option<i64> {
    match engine {
        "mysql" | "mariadb" | "postgres" => Some(400),
        _ if engine.starts_with("oracle-") => Some(200),
        _ => None,
    }
}
