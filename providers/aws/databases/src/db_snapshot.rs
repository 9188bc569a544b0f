//! `aws_db_snapshot`: a snapshot of a database instance.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, Progress, create_once, plan_tags, record_tags, tagged, wait_at,
    wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Set, async_trait,
    timeouts,
};

use crate::db_instance::PACE;
use crate::rds::{change_tags, from_sdk, rds, there, to_sdk};

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

timeouts! {
    /// How long operations may take.
    pub(crate) struct DbSnapshotTimeouts {
        create: Duration::from_secs(20 * 60),
    }
}

tagged!(DbSnapshot);

const SNAPSHOT: &str = "RDS DB Snapshot";
pub(crate) const GONE: &[&str] = &["DBSnapshotNotFound", "DBSnapshotNotFoundFault"];

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
        let limit = DbSnapshotTimeouts::create(&state.timeouts);
        available(cx, &name, limit).await?;
        share(cx, &name, &Set::default(), &state.shared_accounts.or_default()).await?;
        there(self, cx, state).await
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
        let Some(answer) = answer.await.unless(GONE).during(&what)? else { return Ok(None) };
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
        there(self, cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbSnapshot) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let deleted = rds(cx).delete_db_snapshot().db_snapshot_identifier(id).send().await;
        deleted.unless(GONE).during(format_args!("deleting {SNAPSHOT} ({id})"))?;
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn done(operation: &str) -> Answer {
        Answer::xml(format!("<{operation}Response><{operation}Result/></{operation}Response>"))
    }

    fn described(status: &str) -> Answer {
        Answer::xml(format!(
            "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots><DBSnapshot>\
             <DBSnapshotIdentifier>first</DBSnapshotIdentifier><Status>{status}</Status>\
             </DBSnapshot></DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>"
        ))
    }

    fn snapshot(accounts: &[&str]) -> DbSnapshot {
        DbSnapshot {
            id: "first".into(),
            db_snapshot_identifier: "first".into(),
            db_instance_identifier: "main".into(),
            shared_accounts: Attr::set_of(accounts.iter().copied()),
            ..DbSnapshot::default()
        }
    }

    #[tokio::test]
    async fn a_snapshot_is_taken_up_and_shared() {
        let fake = Fake::new();
        fake.once("CreateDBSnapshot", |_| Answer::lost());
        fake.on("CreateDBSnapshot", |_| Answer::error(400, "DBSnapshotAlreadyExists", "There."));
        fake.once("DescribeDBSnapshots", |_| described("creating"));
        fake.on("DescribeDBSnapshots", |_| described("available"));
        fake.on("ModifyDBSnapshotAttribute", |_| done("ModifyDBSnapshotAttribute"));
        fake.on("DescribeDBSnapshotAttributes", |_| {
            Answer::xml(
                "<DescribeDBSnapshotAttributesResponse><DescribeDBSnapshotAttributesResult>\
                 <DBSnapshotAttributesResult><DBSnapshotAttributes><DBSnapshotAttribute>\
                 <AttributeName>restore</AttributeName><AttributeValues><AttributeValue>2\
                 </AttributeValue></AttributeValues></DBSnapshotAttribute></DBSnapshotAttributes>\
                 </DBSnapshotAttributesResult></DescribeDBSnapshotAttributesResult>\
                 </DescribeDBSnapshotAttributesResponse>",
            )
        });
        let cx = fake.context();
        let config = snapshot(&["1", "2"]);
        let made = DbSnapshotResource.create(&cx, config.clone(), config.clone()).await;
        assert_eq!(made.map(|m| m.shared_accounts), Ok(Attr::set_of(["2"])));
        let planned = snapshot(&["2", "3"]);
        let changed = DbSnapshotResource.update(&cx, config, planned.clone(), planned).await;
        assert!(changed.is_ok());
        let shares = fake.requests_of("ModifyDBSnapshotAttribute");
        assert_eq!(shares[0].params_of("ValuesToAdd."), ["1", "2"]);
        assert_eq!(shares[1].params_of("ValuesToAdd."), ["3"]);
        assert_eq!(shares[1].params_of("ValuesToRemove."), ["1"]);
        assert_eq!(shares[1].param("AttributeName"), Some("restore"));
    }

    #[tokio::test]
    async fn a_snapshot_that_failed_is_not_waited_for() {
        let fake = Fake::new();
        fake.on("DescribeDBSnapshots", |_| described("failed"));
        let waited = available(&fake.context(), "first", Duration::from_secs(60)).await;
        let said = waited.map_err(|e| e.to_string()).err().unwrap_or_default();
        assert!(said.contains("'failed'") && said.contains("Delete it"), "{said}");
    }
}
