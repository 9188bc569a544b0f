//! Changes of an instance: by one request, or by a blue/green deployment.
//!
//! What is not applied at once waits for the window of maintenance, and counts as done: what is
//! pending as it was asked for is recorded, so that the next plan does not ask for it again. It is
//! applied when `apply_immediately` is turned on.

use std::time::Duration;

use groma_aws_core::{Aws, Error, Outcome, retry};
use groma_sdk::{Context, Diagnostics};

use super::check::needs_blue_green;
use super::model::DbInstanceTimeouts;
use super::modification::{Modification, modification};
use super::{DbInstance, blue_green, replicas, settle};
use crate::convert::changed;
use crate::rds::{change_tags, instance_named, rds};

/// Changes an instance to what is planned; gives its resource id afterwards.
pub(super) async fn update(
    cx: &Context<Aws>,
    prior: &DbInstance,
    config: &DbInstance,
    planned: &DbInstance,
) -> Result<String, Diagnostics> {
    let limit = DbInstanceTimeouts::update(&planned.timeouts);
    let was_replica = prior.replicate_source_db.filled().is_some();
    let promoted = was_replica && planned.replicate_source_db.filled().is_none();
    if promoted {
        promote(cx, prior, planned, limit).await?;
    }
    if needs_blue_green(prior, planned) {
        let id = blue_green::update(cx, prior, config, planned, limit).await?;
        change_tags(cx, prior.arn.text(), prior, planned).await?;
        return Ok(id);
    }
    let mut prior = prior.clone();
    if changed(&prior.engine_version, &planned.engine_version) {
        let version = planned.engine_version.text();
        if was_replica && replicas::is_upgraded(cx, &prior, version).await? {
            prior.engine_version = planned.engine_version.clone();
        } else {
            replicas::upgrade_first(cx, &prior, planned, limit).await?;
        }
    }
    let arn = in_place(cx, &prior, config, planned, promoted, limit).await?;
    change_tags(cx, &arn, &prior, planned).await?;
    Ok(prior.id.text().to_owned())
}

/// Makes the change by one request; gives the ARN afterwards, of which the identifier is a part.
async fn in_place(
    cx: &Context<Aws>,
    prior: &DbInstance,
    config: &DbInstance,
    planned: &DbInstance,
    promoted: bool,
    limit: Duration,
) -> Result<String, Diagnostics> {
    let (id, name) = (prior.id.text(), prior.identifier.text());
    let mut change = modification(prior, planned, promoted);
    new_password(&mut change, prior, config, planned);
    let new_name = new_name(cx, prior, planned);
    if let Some(new_name) = new_name.clone() {
        change.add(move |r| r.new_db_instance_identifier(&new_name));
    }
    let at_once = planned.apply_immediately.is_true();
    if !change.has_any() && at_once && !prior.apply_immediately.is_true() {
        // What was to wait for the window of maintenance is to be applied now.
        let waiting = has_pending(cx, prior).await?;
        if waiting {
            change.add(|r| r);
        }
    }
    if !change.has_any() {
        return Ok(prior.arn.text().to_owned());
    }
    let what = format!("updating RDS DB Instance ({name})");
    let client = rds(cx);
    let sent = retry(cx, &what, Duration::from_secs(15 * 60), is_passing, || async {
        let request = change.request(&client, name).apply_immediately(at_once);
        match (request.send().await.typed(), &new_name) {
            // An earlier try of the request, whose answer got lost, has given it its new name.
            (Err(e), Some(new_name)) if e.is_not_found() => {
                let found = instance_named(cx, new_name).await?;
                let is_it = found.is_some_and(|i| i.dbi_resource_id() == Some(id));
                if is_it { Ok(()) } else { Err(e) }
            }
            (answer, _) => answer.map(|_| ()),
        }
    });
    sent.await.during(&what)?;
    let now = match at_once {
        true => settle::changed(cx, id, planned, limit).await?,
        false => settle::available(cx, id, limit).await?,
    };
    Ok(now.db_instance_arn().unwrap_or_else(|| prior.arn.text()).to_owned())
}

/// A write-only password is sent when its version says that it is another one.
fn new_password(
    change: &mut Modification,
    prior: &DbInstance,
    config: &DbInstance,
    planned: &DbInstance,
) {
    if planned.password_wo_version != prior.password_wo_version {
        change.password(config.password_wo.to_filled());
    }
}

/// What is changed of the copy of a blue/green deployment. Its version and its parameters it has
/// from the deployment.
pub(super) fn green(prior: &DbInstance, config: &DbInstance, planned: &DbInstance) -> Modification {
    let alike = DbInstance {
        engine_version: planned.engine_version.clone(),
        parameter_group_name: planned.parameter_group_name.clone(),
        deletion_protection: planned.deletion_protection.clone(),
        ..prior.clone()
    };
    let mut change = modification(&alike, planned, false);
    new_password(&mut change, prior, config, planned);
    change
}

/// An instance that is busy with something else takes changes later; so does one whose role was
/// just made.
pub(super) fn is_passing(e: &Error) -> bool {
    e.is_any(&["InvalidDBInstanceState", "InvalidDBInstanceStateFault"])
        || e.is("InvalidDBClusterStateFault")
        || e.says("InvalidParameterCombination", "previous storage change is being optimized")
        || e.says("InvalidParameterValue", "ENHANCED_MONITORING")
        || e.says("InvalidParameterValue", "IAM role ARN value is invalid")
}

/// Whether changes wait for the window of maintenance.
async fn has_pending(cx: &Context<Aws>, prior: &DbInstance) -> Result<bool, Diagnostics> {
    let name = prior.identifier.text();
    let found = instance_named(cx, name).await;
    let found = found.during(format_args!("reading RDS DB Instance ({name})"))?;
    let pending = found.and_then(|i| i.pending_modified_values);
    let nothing = aws_sdk_rds::types::PendingModifiedValues::builder().build();
    Ok(pending.is_some_and(|pending| pending != nothing))
}

/// Makes a replica an instance that stands alone.
async fn promote(
    cx: &Context<Aws>,
    prior: &DbInstance,
    planned: &DbInstance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let name = prior.identifier.text();
    let what = format!("promoting RDS DB Instance ({name})");
    let request = rds(cx)
        .promote_read_replica()
        .db_instance_identifier(name)
        .set_backup_retention_period(planned.backup_retention_period.to_filled_i32())
        .set_preferred_backup_window(planned.backup_window.to_filled());
    if let Err(e) = request.send().await.typed() {
        // An earlier try, whose answer got lost, may have promoted it.
        let found = instance_named(cx, name).await.during(&what)?;
        if found.is_none_or(|i| settle::is_replica(&i)) {
            return Err(e.during(what));
        }
    }
    settle::alone(cx, prior.id.text(), limit).await.map(|_| ())
}

/// The identifier that an instance is to have instead of its own.
fn new_name(cx: &Context<Aws>, prior: &DbInstance, planned: &DbInstance) -> Option<String> {
    let name = match planned.identifier.filled() {
        Some(name) => name.to_owned(),
        None if planned.identifier.is_unknown() => {
            groma_aws_core::generated_name(cx, planned.identifier_prefix.text())
        }
        None => return None,
    };
    (Some(name.as_str()) != prior.identifier.as_str()).then_some(name)
}
