//! `aws_db_instance`: a database instance, a primary or a replica.
//!
//! An instance is made in one of five ways (anew, as a replica, from a snapshot, from a moment, from
//! a backup in S3: [`create`]); what the request of that way does not take is set by a change right
//! after it. Changes are one request ([`change`]), applied at once or in the next maintenance window
//! (`apply_immediately`).
//!
//! The minor engine upgrade of a primary begins with its replicas ([`replicas`]).

mod blue_green;
mod change;
mod check;
mod create;
mod model;
mod modification;
mod record;
mod region;
mod replicas;
mod settle;
#[cfg(test)]
mod tests;

use std::time::Duration;

use groma_aws_core::{Aws, Outcome, Progress, plan_tags};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Planned, Problems, async_trait};

use crate::rds::{find_instance, rds, there};
pub(crate) use model::DbInstance;
use model::DbInstanceTimeouts;
use settle::look;
pub(crate) use settle::{PACE, available};

/// The resource type.
pub(crate) struct DbInstanceResource;

#[async_trait]
impl Managed<Aws> for DbInstanceResource {
    type Model = DbInstance;

    fn name(&self) -> &'static str {
        "aws_db_instance"
    }

    fn validate(&self, config: &DbInstance, problems: &mut Problems) {
        check::configuration(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DbInstance>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        check::refine(change);
        check::planned(cx, change).await
    }

    async fn plan_delete(&self, _cx: &Context<Aws>, prior: DbInstance) -> Result<(), Diagnostics> {
        check::deletion(&prior)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: DbInstance,
        planned: DbInstance,
    ) -> Result<DbInstance, Diagnostics> {
        let state = create::create(cx, &config, planned).await?;
        there(self, cx, state).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: DbInstance,
    ) -> Result<Option<DbInstance>, Diagnostics> {
        let id = state.id.text().to_owned();
        let instance = find_instance(cx, &id).await;
        let instance = instance.during(format_args!("reading RDS DB Instance ({id})"))?;
        let Some(instance) = instance else { return Ok(None) };
        record::record(cx.client(), &mut state, &instance);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DbInstance,
        config: DbInstance,
        planned: DbInstance,
    ) -> Result<DbInstance, Diagnostics> {
        let id = change::update(cx, &prior, &config, &planned).await?;
        let state = DbInstance { id: id.into(), ..planned };
        there(self, cx, state).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbInstance) -> Result<(), Diagnostics> {
        delete(cx, prior).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<DbInstance>, Diagnostics> {
        // No answer of AWS has these; a final snapshot that nobody named cannot be made.
        Ok(Some(DbInstance {
            id: id.into(),
            delete_automated_backups: Attr::Known(true),
            skip_final_snapshot: Attr::Known(true),
            ..DbInstance::default()
        }))
    }

    fn upgrade(
        &self,
        version: i64,
        mut state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        // Before version 1 automated backups were always deleted; before version 2 the id was the
        // identifier.
        if let Some(members) = state.as_object_mut() {
            if version < 1 {
                members.insert("delete_automated_backups".to_owned(), true.into());
            }
            if version < 2
                && let Some(id) = members.get("resource_id").cloned().filter(|id| id.is_string())
            {
                members.insert("id".to_owned(), id);
            }
        }
        Ok(state)
    }
}

async fn delete(cx: &Context<Aws>, prior: DbInstance) -> Result<(), Diagnostics> {
    let identifier = prior.identifier.text();
    let what = format!("deleting RDS DB Instance ({identifier})");
    let skip = check::has_no_snapshot(&prior);
    let request = || {
        rds(cx)
            .delete_db_instance()
            .db_instance_identifier(identifier)
            .delete_automated_backups(prior.delete_automated_backups.is_true())
            .skip_final_snapshot(skip)
            .set_final_db_snapshot_identifier(
                prior.final_snapshot_identifier.to_filled().filter(|_| !skip),
            )
            .send()
    };
    check::how_deleted(&prior).check_snapshot()?;
    let mut answer = request().await.typed().map(|_| ());
    let may_unprotect = !prior.deletion_protection.is_true() && prior.apply_immediately.is_true();
    if let Err(e) = &answer
        && e.is("InvalidParameterCombination")
        && e.message().to_ascii_lowercase().contains("disable deletion pro")
        && may_unprotect
    {
        let change = rds(cx).modify_db_instance().db_instance_identifier(identifier);
        let change = change.apply_immediately(true).deletion_protection(false).send().await;
        change.during(&what)?;
        settle::available(cx, prior.id.text(), Duration::from_secs(1800)).await?;
        answer = request().await.typed().map(|_| ());
    }
    match answer {
        Ok(()) => {}
        Err(e) if e.is_not_found() => return Ok(()),
        Err(e) if e.says("InvalidDBInstanceState", "is already being deleted") => {}
        Err(e) => return Err(e.during(what)),
    }
    let limit = DbInstanceTimeouts::delete(&prior.timeouts);
    let gone = format!("RDS DB Instance ({identifier}) to be deleted");
    groma_aws_core::wait_at(cx, settle::PACE, gone, limit, || async {
        Ok(match look(cx, prior.id.text()).await.during(&what)? {
            None => Progress::Ready(()),
            Some(instance) => Progress::pending(instance.db_instance_status().unwrap_or_default()),
        })
    })
    .await
}
