//! What a replica needs of its source: backups, and an encryption that is the replica's too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_rds::types::DbInstance as Described;
use groma_aws_core::{Arn, Aws, Outcome as _};
use groma_sdk::{Context, Diagnostic, Diagnostics, Planned};

use super::super::DbInstance;
use super::plan::from_other;
use crate::rds::{instance_named, rds_in};
use crate::refusals::wrong;

/// What replicas need to know of an instance. What is not known may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Source {
    backups: Option<i64>,
    encrypted: Option<bool>,
}

/// What instances are planned to be, by their identifiers. A replica is planned after the primary
/// that it refers to, and may be planned together with a change of it.
#[derive(Default)]
struct Plans(Mutex<HashMap<String, Source>>);

/// Those of a configuration of the provider.
fn plans(cx: &Context<Aws>) -> Arc<Plans> {
    cx.client().service("rds plans", |_| Plans::default())
}

/// Notes what an instance is planned to be.
pub(super) fn note(cx: &Context<Aws>, change: &Planned<DbInstance>) {
    let planned = &change.planned;
    let Some(name) = planned.identifier.filled() else { return };
    // A new instance that says nothing has no backups and is not encrypted.
    let new = change.is_create() && !from_other(&change.config);
    let source = Source {
        backups: match new && change.config.backup_retention_period.is_null() {
            true => Some(0),
            false => planned.backup_retention_period.cloned(),
        },
        encrypted: match new && change.config.storage_encrypted.is_null() {
            true => Some(false),
            false => planned.storage_encrypted.cloned(),
        },
    };
    let plans = plans(cx);
    let mut known = plans.0.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(name.to_owned(), source);
}

/// Checks a new replica against its source, as far as that is known.
pub(super) async fn check(cx: &Context<Aws>, config: &DbInstance) -> Result<(), Diagnostics> {
    let Some(source) = config.replicate_source_db.filled() else { return Ok(()) };
    let (name, region) = match source.parse::<Arn>() {
        Ok(arn) => match arn.after("db:") {
            Some(name) => (name.to_owned(), arn.region.clone()),
            // A cluster has backups always.
            None => return Ok(()),
        },
        Err(_) => (source.to_owned(), cx.client().region().to_owned()),
    };
    if region != cx.client().region() {
        let Some(known) = described_in(cx, &region, source).await else { return Ok(()) };
        return from_other_region(cx, config, &name, known);
    }
    let planned = {
        let plans = plans(cx);
        let known = plans.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&name).copied()
    };
    let known = match planned {
        Some(planned) => planned,
        // A plan that may not look is no worse than one that does not.
        None => match instance_named(cx, &name).await {
            Ok(Some(instance)) => as_is(&instance),
            _ => return Ok(()),
        },
    };
    match known.backups {
        Some(0) => Err(without_backups(&name)),
        _ => same_encryption(config, &name, known),
    }
}

fn as_is(instance: &Described) -> Source {
    Source {
        backups: instance.backup_retention_period().map(i64::from),
        encrypted: instance.storage_encrypted(),
    }
}

async fn described_in(cx: &Context<Aws>, region: &str, arn: &str) -> Option<Source> {
    let request = rds_in(cx, region).describe_db_instances().db_instance_identifier(arn);
    let answer = request.send().await.if_found().ok().flatten()?;
    answer.db_instances().first().map(as_is)
}

/// Other regions have providers of their own, whose plans are not known here: what can be changed
/// there is no error.
fn from_other_region(
    cx: &Context<Aws>,
    config: &DbInstance,
    name: &str,
    known: Source,
) -> Result<(), Diagnostics> {
    if known.backups == Some(0) {
        cx.report(Diagnostic::warning(NO_BACKUPS, missing_backups(name)));
    }
    if known.encrypted == Some(true) && config.kms_key_id.is_null() {
        return Err(wrong(
            "kms_key_id",
            "Missing required argument",
            &format!(
                "The instance {name} is encrypted with a key of its own region. A replica in another \
                 region needs a key of that region: set \"kms_key_id\"."
            ),
        ));
    }
    same_encryption_of_encrypted(config, name, known)
}

fn same_encryption(config: &DbInstance, name: &str, known: Source) -> Result<(), Diagnostics> {
    if known.encrypted == Some(false) && config.storage_encrypted.is_true() {
        return Err(wrong(
            "storage_encrypted",
            "Source of the replica is not encrypted",
            &format!(
                "The instance {name} is not encrypted, and a replica in its region is as its source \
                 is. Remove \"storage_encrypted\", or make an encrypted source from a snapshot."
            ),
        ));
    }
    same_encryption_of_encrypted(config, name, known)
}

fn same_encryption_of_encrypted(
    config: &DbInstance,
    name: &str,
    known: Source,
) -> Result<(), Diagnostics> {
    let is_refused = config.storage_encrypted.get() == Some(&false);
    match known.encrypted == Some(true) && is_refused {
        false => Ok(()),
        true => Err(wrong(
            "storage_encrypted",
            "Source of the replica is encrypted",
            &format!(
                "The instance {name} is encrypted, and so are its replicas. Set \
                 \"storage_encrypted\" to true, or remove it."
            ),
        )),
    }
}

const NO_BACKUPS: &str = "Source of the replica has no backups";

fn without_backups(name: &str) -> Diagnostics {
    wrong("replicate_source_db", NO_BACKUPS, &missing_backups(name))
}

fn missing_backups(name: &str) -> String {
    format!(
        "Replicas are made from backups, but the instance {name} has none. Set its \
         \"backup_retention_period\" to at least 1."
    )
}
