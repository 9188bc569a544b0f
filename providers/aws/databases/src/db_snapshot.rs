//! `aws_db_snapshot`: a snapshot of a database instance; and the data source that finds one.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, Progress, create_once, plan_tags, record_tags, tagged, timeout_of,
    wait_at, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Lookup, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::convert::{moment, text};
use crate::db_instance::PACE;
use crate::rds::{change_tags, from_sdk, rds, to_sdk};

/// A snapshot of a database instance.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbSnapshot {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) allocated_storage: Attr<i64>,
    #[attr(computed)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(required, replace)]
    pub(crate) db_instance_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) db_snapshot_arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) db_snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(computed)]
    pub(crate) engine: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) license_model: Attr<String>,
    #[attr(computed)]
    pub(crate) option_group_name: Attr<String>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
    #[attr(optional)]
    pub(crate) shared_accounts: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) snapshot_type: Attr<String>,
    #[attr(computed)]
    pub(crate) source_db_snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) source_region: Attr<String>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(computed)]
    pub(crate) storage_type: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<DbSnapshotTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbSnapshotTimeouts {
    #[attr(optional)]
    pub(crate) create: Attr<String>,
}

tagged!(DbSnapshot);

const SNAPSHOT: &str = "RDS DB Snapshot";
const GONE: &[&str] = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];

/// The resource type.
pub(crate) struct DbSnapshotResource;

#[async_trait]
impl Managed<Aws> for DbSnapshotResource {
    type Model = DbSnapshot;

    fn name(&self) -> &'static str {
        "aws_db_snapshot"
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DbSnapshot>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DbSnapshot,
        planned: DbSnapshot,
    ) -> Result<DbSnapshot, Diagnostics> {
        let name = planned.db_snapshot_identifier.text().to_owned();
        let request = rds(cx)
            .create_db_snapshot()
            .db_snapshot_identifier(&name)
            .db_instance_identifier(planned.db_instance_identifier.text())
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let made = create_once(request.send(), &["DBSnapshotAlreadyExists"]).await;
        made.during(format_args!("creating {SNAPSHOT} ({name})"))?;
        let mut state = planned;
        state.id = name.as_str().into();
        cx.keep_model(&state);
        let usual = Duration::from_secs(20 * 60);
        let limit = state.timeouts.first().map_or(usual, |t| timeout_of(&t.create, usual));
        available(cx, &name, limit).await?;
        share(cx, &name, &Set::default(), &state.shared_accounts.or_default()).await?;
        found(self.read(cx, state).await?)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: DbSnapshot,
    ) -> Result<Option<DbSnapshot>, Diagnostics> {
        let id = state.id.text().to_owned();
        let what = format!("reading {SNAPSHOT} ({id})");
        let Some(snapshot) = find(cx, &id).await.during(&what)? else { return Ok(None) };
        record(&mut state, &snapshot);
        let answer = rds(cx).describe_db_snapshot_attributes().db_snapshot_identifier(&id).send();
        let answer = answer.await.during(&what)?;
        let attributes = answer.db_snapshot_attributes_result();
        let attributes = attributes.map(|a| a.db_snapshot_attributes()).unwrap_or_default();
        let shared = attributes.iter().find(|a| a.attribute_name() == Some("restore"));
        let shared = shared.map(|a| a.attribute_values()).unwrap_or_default();
        state.shared_accounts = Attr::Known(shared.iter().cloned().collect());
        record_tags(cx.client(), &mut state, from_sdk(snapshot.tag_list()));
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DbSnapshot,
        _config: DbSnapshot,
        planned: DbSnapshot,
    ) -> Result<DbSnapshot, Diagnostics> {
        let (was, wanted) =
            (prior.shared_accounts.or_default(), planned.shared_accounts.or_default());
        share(cx, prior.id.text(), &was, &wanted).await?;
        change_tags(cx, prior.db_snapshot_arn.text(), &prior, &planned).await?;
        found(self.read(cx, planned).await?)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbSnapshot) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let deleted = rds(cx).delete_db_snapshot().db_snapshot_identifier(id).send().await;
        deleted.unless(GONE).during(format_args!("deleting {SNAPSHOT} ({id})"))?;
        Ok(())
    }
}

fn found(snapshot: Option<DbSnapshot>) -> Result<DbSnapshot, Diagnostics> {
    snapshot.ok_or_else(|| {
        let gone = Error::refused("DBSnapshotNotFound", "It is gone already.");
        gone.during(format_args!("reading {SNAPSHOT}"))
    })
}

fn record(state: &mut DbSnapshot, snapshot: &sdk::DbSnapshot) {
    state.allocated_storage = snapshot.allocated_storage().into();
    state.availability_zone = snapshot.availability_zone().into();
    state.db_instance_identifier = snapshot.db_instance_identifier().into();
    state.db_snapshot_arn = snapshot.db_snapshot_arn().into();
    state.db_snapshot_identifier = snapshot.db_snapshot_identifier().into();
    state.encrypted = snapshot.encrypted().into();
    state.engine = snapshot.engine().into();
    state.engine_version = snapshot.engine_version().into();
    state.iops = snapshot.iops().into();
    state.kms_key_id = snapshot.kms_key_id().into();
    state.license_model = snapshot.license_model().into();
    state.option_group_name = snapshot.option_group_name().into();
    state.port = snapshot.port().into();
    state.snapshot_type = snapshot.snapshot_type().into();
    state.source_db_snapshot_identifier = snapshot.source_db_snapshot_identifier().into();
    state.source_region = snapshot.source_region().into();
    state.status = snapshot.status().into();
    state.storage_type = snapshot.storage_type().into();
    state.vpc_id = snapshot.vpc_id().into();
}

async fn find(cx: &Context<Aws>, id: &str) -> Result<Option<sdk::DbSnapshot>, Error> {
    let answer = rds(cx).describe_db_snapshots().db_snapshot_identifier(id).send().await;
    let found = answer.unless(GONE)?.and_then(|a| a.db_snapshots).unwrap_or_default();
    Ok(found.into_iter().next())
}

async fn available(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    let what = format!("{SNAPSHOT} ({id}) to become available");
    wait_at(cx, PACE, &what, limit, || async {
        let snapshot = find(cx, id).await.during(format_args!("waiting for {what}"))?;
        let status = snapshot.as_ref().and_then(|s| s.status()).unwrap_or("not there");
        match status {
            "available" => Ok(Progress::Ready(())),
            "failed" => Err(Diagnostic::error(
                format!("waiting for {what}: unexpected state 'failed'"),
                "The snapshot could not be made; the events of the instance in the AWS console say \
                 why. Delete it and make another.",
            )
            .into()),
            other => Ok(Progress::pending(other)),
        }
    })
    .await
}

/// Lets other accounts restore a snapshot, or no longer.
async fn share(
    cx: &Context<Aws>,
    id: &str,
    was: &Set<String>,
    wanted: &Set<String>,
) -> Result<(), Diagnostics> {
    let (add, remove) = (wanted.without(was), was.without(wanted));
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let request = rds(cx)
        .modify_db_snapshot_attribute()
        .db_snapshot_identifier(id)
        .attribute_name("restore")
        .set_values_to_add((!add.is_empty()).then_some(add))
        .set_values_to_remove((!remove.is_empty()).then_some(remove));
    request.send().await.during(format_args!("modifying {SNAPSHOT} ({id}) attribute"))?;
    Ok(())
}

/// The arguments and attributes of `aws_db_snapshot`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbSnapshotData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) allocated_storage: Attr<i64>,
    #[attr(computed)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional)]
    pub(crate) db_instance_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) db_snapshot_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) db_snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) encrypted: Attr<bool>,
    #[attr(computed)]
    pub(crate) engine: Attr<String>,
    #[attr(computed)]
    pub(crate) engine_version: Attr<String>,
    #[attr(optional)]
    pub(crate) include_public: Attr<bool>,
    #[attr(optional)]
    pub(crate) include_shared: Attr<bool>,
    #[attr(computed)]
    pub(crate) iops: Attr<i64>,
    #[attr(computed)]
    pub(crate) kms_key_id: Attr<String>,
    #[attr(computed)]
    pub(crate) license_model: Attr<String>,
    #[attr(optional)]
    pub(crate) most_recent: Attr<bool>,
    #[attr(computed)]
    pub(crate) option_group_name: Attr<String>,
    #[attr(computed)]
    pub(crate) original_snapshot_create_time: Attr<String>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
    #[attr(computed)]
    pub(crate) snapshot_create_time: Attr<String>,
    #[attr(optional)]
    pub(crate) snapshot_type: Attr<String>,
    #[attr(computed)]
    pub(crate) source_db_snapshot_identifier: Attr<String>,
    #[attr(computed)]
    pub(crate) source_region: Attr<String>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(computed)]
    pub(crate) storage_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
}

/// The data source.
pub(crate) struct DbSnapshotLookup;

#[async_trait]
impl Lookup<Aws> for DbSnapshotLookup {
    type Model = DbSnapshotData;

    fn name(&self) -> &'static str {
        "aws_db_snapshot"
    }

    fn validate(&self, config: &DbSnapshotData, problems: &mut Problems) {
        if config.db_instance_identifier.is_null() && config.db_snapshot_identifier.is_null() {
            problems.error(
                "db_snapshot_identifier",
                "Missing required argument",
                "Set one of \"db_instance_identifier\" and \"db_snapshot_identifier\".",
            );
        }
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: DbSnapshotData,
    ) -> Result<DbSnapshotData, Diagnostics> {
        let request = rds(cx)
            .describe_db_snapshots()
            .set_db_instance_identifier(text(&config.db_instance_identifier))
            .set_db_snapshot_identifier(text(&config.db_snapshot_identifier))
            .set_snapshot_type(text(&config.snapshot_type))
            .include_public(config.include_public.is_true())
            .include_shared(config.include_shared.is_true());
        let found = request.into_paginator().items().send();
        let found = found.collect::<Result<Vec<_>, _>>().await;
        let mut found = match found.typed() {
            Err(e) if e.is_any(GONE) => Vec::new(),
            found => found.during("reading RDS DB Snapshots")?,
        };
        // The newest last; those that are still being made have no time and are newer than all.
        found.sort_by_key(|s| s.snapshot_create_time().map_or(i64::MAX, |t| t.secs()));
        let snapshot = match (found.pop(), found.is_empty()) {
            (None, _) => return Err(none()),
            (Some(_), false) if !config.most_recent.is_true() => return Err(several()),
            (Some(snapshot), _) => snapshot,
        };
        Ok(recorded(config, &snapshot))
    }
}

fn none() -> Diagnostics {
    let detail = "Your query returned no results. Change what is searched for, and try again.";
    Diagnostic::error("no matching RDS DB Snapshot found", detail).into()
}

fn several() -> Diagnostics {
    Diagnostic::error(
        "multiple RDS DB Snapshots matched",
        "Your query returned more than one result. Search for less, or set \"most_recent\" to true.",
    )
    .into()
}

fn recorded(config: DbSnapshotData, s: &sdk::DbSnapshot) -> DbSnapshotData {
    let tags = from_sdk(s.tag_list()).into_iter().filter(|(key, _)| !key.starts_with("aws:"));
    DbSnapshotData {
        id: s.db_snapshot_identifier().into(),
        allocated_storage: s.allocated_storage().into(),
        availability_zone: s.availability_zone().into(),
        db_instance_identifier: s.db_instance_identifier().into(),
        db_snapshot_arn: s.db_snapshot_arn().into(),
        db_snapshot_identifier: s.db_snapshot_identifier().into(),
        encrypted: s.encrypted().into(),
        engine: s.engine().into(),
        engine_version: s.engine_version().into(),
        iops: s.iops().into(),
        kms_key_id: s.kms_key_id().into(),
        license_model: s.license_model().into(),
        option_group_name: s.option_group_name().into(),
        original_snapshot_create_time: moment(s.original_snapshot_create_time()),
        port: s.port().into(),
        snapshot_create_time: moment(s.snapshot_create_time()),
        snapshot_type: s.snapshot_type().into(),
        source_db_snapshot_identifier: s.source_db_snapshot_identifier().into(),
        source_region: s.source_region().into(),
        status: s.status().into(),
        storage_type: s.storage_type().into(),
        tags: Attr::Known(tags.collect()),
        vpc_id: s.vpc_id().into(),
        ..config
    }
}
