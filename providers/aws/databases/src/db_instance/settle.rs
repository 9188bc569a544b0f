//! Waiting until an instance is available, or as changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_rds::types::DbInstance as Described;
use groma_aws_core::{Aws, Error, Outcome, Pace, Progress, wait_at};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics};

use super::DbInstance;
use crate::rds::find_instance;

/// Databases take minutes, but what they are asked for that takes none is seen soon.
pub(crate) const PACE: Pace =
    Pace { first: Duration::from_millis(200), growth: 1.6, longest: Duration::from_secs(15) };

/// How long an instance may look as if nothing was asked of it.
const UNSEEN: Duration = Duration::from_secs(90);

/// How long an instance may not be found after it was created.
const ABSENT: Duration = Duration::from_secs(60);

/// The instance of a resource id or an identifier as it is right now.
pub(crate) async fn look(cx: &Context<Aws>, id: &str) -> Result<Option<Described>, Error> {
    find_instance(cx, id).await
}

/// What a status says.
#[derive(Debug, PartialEq)]
enum Stage {
    Available,
    Passing,
    Broken,
}

fn stage(status: &str) -> Stage {
    match status {
        "available"
        | "storage-optimization"
        | "storage-config-upgrade"
        | "storage-initialization" => Stage::Available,
        "failed"
        | "insufficient-capacity"
        | "inaccessible-encryption-credentials"
        | "restore-error"
        | "deleting"
        | "deleted" => Stage::Broken,
        other if other.starts_with("incompatible-") => Stage::Broken,
        _ => Stage::Passing,
    }
}

/// Waits until an instance is available.
pub(crate) async fn available(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<Described, Diagnostics> {
    until(cx, id, limit, |_| true).await
}

/// Waits until a change that is applied at once has come to its end.
pub(crate) async fn changed(
    cx: &Context<Aws>,
    id: &str,
    planned: &DbInstance,
    limit: Duration,
) -> Result<Described, Diagnostics> {
    let begin = Instant::now();
    let was_busy = AtomicBool::new(false);
    until(cx, id, limit, |instance| {
        if stage(instance.db_instance_status().unwrap_or_default()) == Stage::Passing {
            was_busy.store(true, Ordering::Relaxed);
        }
        // Once it was seen at work, its being available is the end. Changes that are not seen at
        // work are done when nothing is pending; those that never come are not waited for forever.
        was_busy.load(Ordering::Relaxed) || begin.elapsed() > UNSEEN || shows(instance, planned)
    })
    .await
}

/// Whether an instance is as planned, as far as what takes time is concerned.
fn shows(instance: &Described, planned: &DbInstance) -> bool {
    let number = |has: Option<i32>, wanted: &Attr<i64>| {
        wanted.get().is_none_or(|w| has.map(i64::from).unwrap_or_default() == *w)
    };
    let nothing_pending = instance.pending_modified_values().is_none_or(|p| {
        p.db_instance_class().is_none()
            && p.allocated_storage().is_none()
            && p.engine_version().is_none()
            && p.multi_az().is_none()
            && p.storage_type().is_none()
            && p.iops().is_none()
            && p.backup_retention_period().is_none()
            && p.db_instance_identifier().is_none()
            && p.port().is_none()
            && p.master_user_password().is_none()
    });
    let groups = instance.vpc_security_groups().iter();
    nothing_pending
        && number(instance.backup_retention_period(), &planned.backup_retention_period)
        && instance.db_instance_class() == planned.instance_class.as_str()
        && groups.map(|g| g.status().unwrap_or("active")).all(|s| s == "active")
        && instance
            .db_parameter_groups()
            .iter()
            .all(|g| g.parameter_apply_status() != Some("applying"))
}

async fn until(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
    enough: impl Fn(&Described) -> bool + Sync,
) -> Result<Described, Diagnostics> {
    let what = format!("RDS DB Instance ({id}) to become available");
    let begin = Instant::now();
    wait_at(cx, PACE, &what, limit, || async {
        let instance = look(cx, id).await.during(format_args!("waiting for {what}"))?;
        let Some(instance) = instance else {
            // What was just created is not known everywhere yet.
            if begin.elapsed() > ABSENT {
                let gone = Error::refused("DBInstanceNotFound", "It is gone.");
                return Err(gone.during(format_args!("waiting for {what}")));
            }
            return Ok(Progress::pending("not there"));
        };
        let status = instance.db_instance_status().unwrap_or_default();
        match stage(status) {
            Stage::Broken => Err(broken(id, status)),
            Stage::Available if enough(&instance) => Ok(Progress::Ready(instance)),
            _ => Ok(Progress::pending(status)),
        }
    })
    .await
}

fn broken(id: &str, status: &str) -> Diagnostics {
    Diagnostic::error(
        format!(
            "waiting for RDS DB Instance ({id}) to become available: unexpected state '{status}'"
        ),
        "It will not become available by itself. The events of the instance in the AWS console say \
         why. Correct what they name, or replace the instance.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages() {
        assert_eq!(stage("available"), Stage::Available);
        assert_eq!(stage("storage-optimization"), Stage::Available);
        assert_eq!(stage("modifying"), Stage::Passing);
        assert_eq!(stage("backing-up"), Stage::Passing);
        assert_eq!(stage("incompatible-parameters"), Stage::Broken);
    }
}
