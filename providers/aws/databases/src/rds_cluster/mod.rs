//! `aws_rds_cluster`: a database cluster, of Aurora or over several zones.

mod change;
mod check;
mod create;
mod model;
mod record;

use std::time::{Duration, Instant};

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome, Progress, plan_tags, record_tags, retry, wait_at};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::db_instance::PACE;
use crate::rds::{by_name, from_sdk, rds, there};
pub(crate) use change::promote;
pub(crate) use model::RdsCluster;
use model::RdsClusterTimeouts;

const CLUSTER: &str = "RDS Cluster";
const GONE: &[&str] = &["DBClusterNotFoundFault"];

/// The resource type.
pub(crate) struct RdsClusterResource;

#[async_trait]
impl Managed<Aws> for RdsClusterResource {
    type Model = RdsCluster;

    fn name(&self) -> &'static str {
        "aws_rds_cluster"
    }

    fn validate(&self, config: &RdsCluster, problems: &mut Problems) {
        check::configuration(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<RdsCluster>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        check::refine(change);
        check::planned(change)
    }

    async fn plan_delete(&self, _cx: &Context<Aws>, prior: RdsCluster) -> Result<(), Diagnostics> {
        check::deletion(&prior)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: RdsCluster,
        planned: RdsCluster,
    ) -> Result<RdsCluster, Diagnostics> {
        let state = create::create(cx, &config, planned).await?;
        there(self, cx, state).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: RdsCluster,
    ) -> Result<Option<RdsCluster>, Diagnostics> {
        let id = state.id.text().to_owned();
        let cluster = find(cx, &id).await.during(format_args!("reading {CLUSTER} ({id})"))?;
        let Some(cluster) = cluster else { return Ok(None) };
        record::record(&mut state, &cluster);
        record_tags(cx.client(), &mut state, from_sdk(cluster.tag_list()));
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: RdsCluster,
        config: RdsCluster,
        planned: RdsCluster,
    ) -> Result<RdsCluster, Diagnostics> {
        change::update(cx, &prior, &config, &planned).await?;
        there(self, cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: RdsCluster) -> Result<(), Diagnostics> {
        delete(cx, &prior).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<RdsCluster>, Diagnostics> {
        // No answer of AWS has these; a final snapshot that nobody named cannot be made.
        Ok(Some(RdsCluster {
            id: id.into(),
            delete_automated_backups: Attr::Known(true),
            skip_final_snapshot: Attr::Known(true),
            ..RdsCluster::default()
        }))
    }

    fn upgrade(
        &self,
        version: i64,
        mut state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        if version < 1
            && let Some(members) = state.as_object_mut()
        {
            members.insert("delete_automated_backups".to_owned(), true.into());
        }
        Ok(state)
    }
}

async fn delete(cx: &Context<Aws>, prior: &RdsCluster) -> Result<(), Diagnostics> {
    check::how_deleted(prior).check_snapshot()?;
    let id = prior.id.text();
    let what = format!("deleting {CLUSTER} ({id})");
    let limit = RdsClusterTimeouts::delete(&prior.timeouts);
    if prior.global_cluster_identifier.filled().is_some() {
        change::leave_global(cx, prior, limit).await?;
    }
    let skip = prior.skip_final_snapshot.is_true();
    let snapshot = prior.final_snapshot_identifier.to_filled().filter(|_| !skip);
    let may_unprotect = !prior.deletion_protection.is_true() && prior.apply_immediately.is_true();
    let protected = |e: &Error| e.says("InvalidParameterCombination", "disable deletion pro");
    let held = |e: &Error| {
        // Instances that are being deleted hold their cluster until they are gone.
        e.says("InvalidDBClusterStateFault", "is not currently in the available state")
            || e.says("InvalidDBClusterStateFault", "cluster is a part of a global cluster")
            || may_unprotect && protected(e)
    };
    let client = rds(cx);
    let deleted = retry(cx, &what, limit, held, || async {
        let request = client
            .delete_db_cluster()
            .db_cluster_identifier(id)
            .skip_final_snapshot(skip)
            .set_final_db_snapshot_identifier(snapshot.clone())
            .delete_automated_backups(prior.delete_automated_backups.is_true());
        match request.send().await.typed() {
            Err(e) if e.is_any(GONE) => Ok(()),
            Err(e) if e.says("InvalidDBClusterStateFault", "is already being deleted") => Ok(()),
            Err(e) if may_unprotect && protected(&e) => {
                // The state says that it is not protected, and what is there follows the state.
                let change = client.modify_db_cluster().db_cluster_identifier(id);
                let change = change.apply_immediately(true).deletion_protection(false);
                change.send().await.typed()?;
                Err(e)
            }
            other => other.map(|_| ()),
        }
    });
    deleted.await.during(&what)?;
    let gone = format!("{CLUSTER} ({id}) to be deleted");
    wait_at(cx, PACE, gone, limit, || async {
        Ok(match find(cx, id).await.during(&what)? {
            None => Progress::Ready(()),
            Some(cluster) => Progress::pending(cluster.status().unwrap_or_default()),
        })
    })
    .await
}

/// A cluster by its identifier.
pub(crate) async fn find(cx: &Context<Aws>, id: &str) -> Result<Option<sdk::DbCluster>, Error> {
    let (one, all) = (rds(cx), rds(cx));
    let find = move |id: String| {
        let request = one.describe_db_clusters().db_cluster_identifier(id);
        async move {
            let answer = request.send().await.unless(GONE)?;
            Ok(answer.and_then(|a| a.db_clusters?.into_iter().next()))
        }
    };
    let list = move || {
        let clusters = all.describe_db_clusters().into_paginator().items().send();
        async move {
            let clusters = clusters.collect::<Result<Vec<_>, _>>().await.typed()?;
            let named =
                |c: sdk::DbCluster| (c.db_cluster_identifier().unwrap_or_default().to_owned(), c);
            Ok(clusters.into_iter().map(named).collect())
        }
    };
    by_name(cx, "rds:clusters", find, list).load(id.to_owned()).await
}

/// Whether changes of a cluster have not come to their end.
fn has_pending(cluster: &sdk::DbCluster) -> bool {
    let nothing = sdk::ClusterPendingModifiedValues::builder().build();
    cluster.pending_modified_values().is_some_and(|pending| *pending != nothing)
}

/// Waits until a cluster is available.
pub(crate) async fn available(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<(), Diagnostics> {
    until(cx, id, limit, |_| true).await
}

/// Waits until a cluster is available, and nothing of it is to change still.
async fn settled(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    until(cx, id, limit, |cluster| !has_pending(cluster)).await
}

/// How long a cluster may not be found after it was created.
const ABSENT: Duration = Duration::from_secs(60);

async fn until(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
    enough: impl Fn(&sdk::DbCluster) -> bool + Sync,
) -> Result<(), Diagnostics> {
    let what = format!("{CLUSTER} ({id}) to become available");
    let begin = Instant::now();
    wait_at(cx, PACE, &what, limit, || async {
        let cluster = find(cx, id).await.during(format_args!("waiting for {what}"))?;
        let Some(cluster) = cluster else {
            // What was just created is not known everywhere yet.
            if begin.elapsed() > ABSENT {
                let gone = Error::refused(GONE[0], "It is gone.");
                return Err(gone.during(format_args!("waiting for {what}")));
            }
            return Ok(Progress::pending("not there"));
        };
        let status = cluster.status().unwrap_or_default();
        match (status, advice(status)) {
            ("available" | "active", _) if enough(&cluster) => Ok(Progress::Ready(())),
            (_, Some(advice)) => Err(Diagnostic::error(
                format!("waiting for {what}: unexpected state '{status}'"),
                format!("It will not become available by itself. {advice}"),
            )
            .into()),
            (other, None) => Ok(Progress::pending(other)),
        }
    })
    .await
}

/// What is to be done about a cluster that is not to become available by itself.
fn advice(status: &str) -> Option<&'static str> {
    Some(match status {
        "failed" | "cloning-failed" | "migration-failed" => {
            "The events of the cluster in the AWS console say why it failed. Correct that, and \
             replace the cluster."
        }
        "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable" => {
            "Its KMS key cannot be used: it is disabled, is about to be deleted, or does not allow \
             its use. Enable the key, start the cluster, and apply again."
        }
        "stopped" | "stopping" => {
            "It was stopped, and nothing is changed while it is. Start the cluster in the AWS \
             console, and apply again."
        }
        "deleting" => "Somebody deleted it meanwhile. Apply again, so that it is made anew.",
        other if other.starts_with("incompatible-") => {
            "The events of the cluster in the AWS console say why. Correct what they name, and \
             apply again."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
