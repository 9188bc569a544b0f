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
    /// It stays so until somebody does something about it; this is what.
    Broken(&'static str),
}

fn stage(status: &str) -> Stage {
    let what_to_do = match status {
        "available"
        | "storage-optimization"
        | "storage-config-upgrade"
        | "storage-initialization" => return Stage::Available,
        "storage-full" => {
            "Its storage is full. Set \"allocated_storage\" to more (and \"max_allocated_storage\", \
             so that it grows by itself) with \"apply_immediately\", and apply again."
        }
        "incompatible-parameters" => {
            "Its parameter group has values with which it does not start. Correct them in the group, \
             reboot the instance, and apply again."
        }
        "incompatible-option-group" => {
            "It cannot be given its option group. Name another one in \"option_group_name\", or \
             correct the options of this one, and apply again."
        }
        "incompatible-network" => {
            "Its network has no room for it: look for subnets without free addresses or that are \
             gone, and for security groups of another VPC. Correct that, and replace the instance."
        }
        "incompatible-restore" | "restore-error" => {
            "It cannot be restored from its source, often because of its engine version or its \
             parameter group. Replace it with another version or group, or from another source."
        }
        "incompatible-create" => {
            "It cannot be created as it was asked for. The events of the instance in the AWS console \
             say why. Correct that, and replace the instance."
        }
        "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable" => {
            "Its KMS key cannot be used: it is disabled, is about to be deleted, or does not allow \
             its use. Enable the key, start the instance, and apply again."
        }
        "insufficient-capacity" => {
            "AWS has no room for its class at the moment. Choose another \"instance_class\" or \
             another zone, or try again later."
        }
        "stopped" | "stopping" => {
            "It was stopped, and nothing is changed while it is. Start the instance in the AWS \
             console, and apply again."
        }
        "failed" => {
            "It has failed, and AWS cannot recover it. Restore it to the last moment that can be \
             restored, or replace it."
        }
        "deleting" | "deleted" => {
            "Somebody deleted it meanwhile. Apply again, so that it is made anew."
        }
        other if other.starts_with("incompatible-") => {
            "The events of the instance in the AWS console say why. Correct what they name, and \
             apply again."
        }
        _ => return Stage::Passing,
    };
    Stage::Broken(what_to_do)
}

/// What is to be done about an instance that is not to become available by itself.
pub(super) fn advice(status: &str) -> Option<&'static str> {
    match stage(status) {
        Stage::Broken(what_to_do) => Some(what_to_do),
        _ => None,
    }
}

/// Waits until an instance is available.
pub(crate) async fn available(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<Described, Diagnostics> {
    until(cx, id, limit, |instance| stage(status(instance)).into()).await
}

/// Whether an instance is a replica.
pub(super) fn is_replica(instance: &Described) -> bool {
    let source = instance.read_replica_source_db_instance_identifier();
    let cluster = instance.read_replica_source_db_cluster_identifier();
    source.or(cluster).is_some_and(|source| !source.is_empty())
}

/// Waits until a promoted replica is one no longer.
pub(super) async fn alone(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<Described, Diagnostics> {
    until(cx, id, limit, |instance| match stage(status(instance)).into() {
        Seen::Done if is_replica(instance) => Seen::Coming,
        seen => seen,
    })
    .await
}

/// Whether a change may be what mends an instance of this status.
fn can_be_mended(status: &str) -> bool {
    matches!(status, "storage-full" | "incompatible-parameters" | "incompatible-option-group")
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
    until(cx, id, limit, |instance| match stage(status(instance)) {
        // Once it was seen at work, its being available is the end. Changes that are not seen at
        // work are done when nothing is pending; those that never come are not waited for forever.
        Stage::Available => {
            let done = was_busy.load(Ordering::Relaxed)
                || begin.elapsed() > UNSEEN
                || shows(instance, planned);
            if done { Seen::Done } else { Seen::Coming }
        }
        Stage::Passing => {
            was_busy.store(true, Ordering::Relaxed);
            Seen::Coming
        }
        // A change that is to mend it has not begun yet.
        Stage::Broken(_)
            if can_be_mended(status(instance))
                && !was_busy.load(Ordering::Relaxed)
                && begin.elapsed() < UNSEEN =>
        {
            Seen::Coming
        }
        Stage::Broken(what_to_do) => Seen::Broken(what_to_do),
    })
    .await
}

/// What a look at an instance came to.
enum Seen {
    Done,
    Coming,
    Broken(&'static str),
}

impl From<Stage> for Seen {
    fn from(stage: Stage) -> Seen {
        match stage {
            Stage::Available => Seen::Done,
            Stage::Passing => Seen::Coming,
            Stage::Broken(what_to_do) => Seen::Broken(what_to_do),
        }
    }
}

fn status(instance: &Described) -> &str {
    instance.db_instance_status().unwrap_or_default()
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
    see: impl Fn(&Described) -> Seen + Sync,
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
        match see(&instance) {
            Seen::Done => Ok(Progress::Ready(instance)),
            Seen::Coming => Ok(Progress::pending(status(&instance))),
            Seen::Broken(what_to_do) => Err(broken(id, status(&instance), what_to_do)),
        }
    })
    .await
}

fn broken(id: &str, status: &str, what_to_do: &str) -> Diagnostics {
    let summary = format!(
        "waiting for RDS DB Instance ({id}) to become available: unexpected state '{status}'"
    );
    Diagnostic::error(summary, format!("It will not become available by itself. {what_to_do}"))
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
        for status in ["incompatible-parameters", "incompatible-else", "storage-full", "stopped"] {
            assert!(matches!(stage(status), Stage::Broken(_)), "{status}");
        }
    }
}
