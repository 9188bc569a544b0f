//! `aws_db_snapshot`, the data source: a snapshot by its identifier, or by its instance.

use std::collections::BTreeMap;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Outcome, moment};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Lookup, Model, Problems, async_trait};

use crate::db_snapshot::GONE;
use crate::rds::{from_sdk, rds};

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
            .set_db_instance_identifier(config.db_instance_identifier.to_filled())
            .set_db_snapshot_identifier(config.db_snapshot_identifier.to_filled())
            .set_snapshot_type(config.snapshot_type.to_filled())
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
