//! `aws_rds_cluster`: a database cluster, of Aurora or over several zones.

mod change;
mod check;
mod create;
mod model;
mod record;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome, Progress, plan_tags, record_tags, timeout_of, wait_at};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::db_instance::PACE;
use crate::rds::{from_sdk, rds};
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
        found(self.read(cx, state).await?)
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
        found(self.read(cx, planned).await?)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: RdsCluster) -> Result<(), Diagnostics> {
        check::deletion_of_snapshot(&prior)?;
        let id = prior.id.text();
        let what = format!("deleting {CLUSTER} ({id})");
        let skip = prior.skip_final_snapshot.is_true();
        let snapshot = prior.final_snapshot_identifier.to_filled().filter(|_| !skip);
        let (client, held) = (rds(cx), |e: &Error| {
            // Instances that are being deleted hold their cluster until they are gone.
            e.says("InvalidDBClusterStateFault", "is not currently in the available state")
                || e.says("InvalidDBClusterStateFault", "cluster is a part of a global cluster")
        });
        let limit = limit(&prior, |t| &t.delete);
        let deleted = groma_aws_core::retry(cx, &what, limit, held, || async {
            let request = client
                .delete_db_cluster()
                .db_cluster_identifier(id)
                .skip_final_snapshot(skip)
                .set_final_db_snapshot_identifier(snapshot.clone())
                .delete_automated_backups(prior.delete_automated_backups.is_true());
            match request.send().await.typed() {
                Err(e) if e.is_any(GONE) => Ok(()),
                Err(e) if e.says("InvalidDBClusterStateFault", "is already being deleted") => {
                    Ok(())
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

fn found(cluster: Option<RdsCluster>) -> Result<RdsCluster, Diagnostics> {
    cluster.ok_or_else(|| {
        let gone = Error::refused("DBClusterNotFoundFault", "It is gone already.");
        gone.during(format_args!("reading {CLUSTER}"))
    })
}

fn limit(of: &RdsCluster, which: fn(&RdsClusterTimeouts) -> &Attr<String>) -> Duration {
    let usual = Duration::from_secs(120 * 60);
    of.timeouts.first().map_or(usual, |t| timeout_of(which(t), usual))
}

/// A cluster by its identifier.
pub(crate) async fn find(cx: &Context<Aws>, id: &str) -> Result<Option<sdk::DbCluster>, Error> {
    let (one, all) = (rds(cx), rds(cx));
    let named = |c: sdk::DbCluster| (c.db_cluster_identifier().unwrap_or_default().to_owned(), c);
    let fetch = move |ids: Vec<String>| {
        let request = one.describe_db_clusters().set_db_cluster_identifier(ids.first().cloned());
        async move {
            let answer = request.send().await.unless(GONE)?;
            let clusters = answer.and_then(|a| a.db_clusters).unwrap_or_default();
            Ok(HashMap::from_iter(ids.into_iter().next().zip(clusters.into_iter().next())))
        }
    };
    let list = move || {
        let clusters = all.describe_db_clusters().into_paginator().items().send();
        async move {
            let clusters = clusters.collect::<Result<Vec<_>, _>>().await.typed()?;
            Ok(clusters.into_iter().map(named).collect())
        }
    };
    cx.client().sweeping_loader("rds:clusters", 1, fetch, list).load(id.to_owned()).await
}

/// Waits until a cluster is available.
async fn available(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    let what = format!("{CLUSTER} ({id}) to become available");
    wait_at(cx, PACE, &what, limit, || async {
        let cluster = find(cx, id).await.during(format_args!("waiting for {what}"))?;
        let status = cluster.as_ref().and_then(|c| c.status()).unwrap_or("not there");
        match status {
            "available" | "active" => Ok(Progress::Ready(())),
            "failed" | "inaccessible-encryption-credentials" | "cloning-failed" => {
                Err(Diagnostic::error(
                    format!("waiting for {what}: unexpected state '{status}'"),
                    "It will not become available by itself. The events of the cluster in the AWS \
                     console say why.",
                )
                .into())
            }
            other => Ok(Progress::pending(other)),
        }
    })
    .await
}
