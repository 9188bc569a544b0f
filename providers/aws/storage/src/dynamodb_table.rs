//! `aws_dynamodb_table`: a table.
//!
//! What no emulator serves is tested with requests and answers: replicas, classes, limits of tables on
//! demand, and imports in other forms than DynamoDB's JSON.

mod change;
mod check;
mod create;
mod model;
mod read;
mod replicas;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, appears, client, plan_tags, retry, tagged, wait,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait,
};

use model::{DynamodbTable, DynamodbTableTimeouts};

tagged!(DynamodbTable);

/// The type.
pub(crate) struct TableResource;

fn dynamodb(aws: &Aws) -> Arc<Client> {
    client!(aws, "dynamodb", aws_sdk_dynamodb)
}

/// The client of another region.
fn dynamodb_in(aws: &Aws, region: &str) -> Arc<Client> {
    client!(aws, "dynamodb", aws_sdk_dynamodb, region)
}

const NOT_FOUND: &str = "ResourceNotFoundException";

#[async_trait]
impl Managed<Aws> for TableResource {
    type Model = DynamodbTable;

    fn name(&self) -> &'static str {
        "aws_dynamodb_table"
    }

    fn validate(&self, config: &DynamodbTable, problems: &mut Problems) {
        check::table(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DynamodbTable>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        refine(change);
        let mut problems = Problems::new();
        replicas::check_regions(&change.config, cx.client().region(), &mut problems);
        problems.into_result()
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: DynamodbTable,
        planned: DynamodbTable,
    ) -> Result<DynamodbTable, Diagnostics> {
        let name = planned.name.text().to_owned();
        let patience = DynamodbTableTimeouts::create(&planned.timeouts);
        if read::description(cx, &name).await?.is_some() {
            return Err(Diagnostic::error(
                format!("creating DynamoDB Table ({name}): ResourceInUseException"),
                "There is a table of this name already. Import it, or choose another name.",
            )
            .into());
        }
        let complete = create::table(cx, &planned, patience).await?;
        let mut state = planned;
        state.id = name.clone().into();
        cx.keep_model(&state);
        active(cx, &name, patience).await?;
        if complete {
            change::ttl(cx, &name, None, &state).await?;
            change::recovery(cx, &name, None, &state, patience).await?;
            let arn = cx.client().arn("dynamodb", &format!("table/{name}")).await?;
            replicas::update(cx, &[], &state, &arn, patience).await?;
        } else {
            let there = create::inherited(cx, &state).await?.ok_or_else(|| gone(&name))?;
            change::table(cx, &there, &config, &state, patience).await?;
        }
        let what = format!("DynamoDB Table ({name})");
        appears(cx, what, patience, || read::table(cx, state.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: DynamodbTable,
    ) -> Result<Option<DynamodbTable>, Diagnostics> {
        read::table(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DynamodbTable,
        config: DynamodbTable,
        planned: DynamodbTable,
    ) -> Result<DynamodbTable, Diagnostics> {
        let patience = DynamodbTableTimeouts::update(&planned.timeouts);
        change::table(cx, &prior, &config, &planned, patience).await?;
        let found = read::table(cx, planned).await?;
        found.ok_or_else(|| gone(prior.id.text()))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DynamodbTable) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let patience = DynamodbTableTimeouts::delete(&prior.timeouts);
        for replica in &prior.replica {
            replicas::remove(cx, name, replica.region_name.text(), patience).await?;
        }
        let client = dynamodb(cx.client());
        let deleted = retry(cx, "other changes of the table to end", patience, passes, || async {
            client.delete_table().table_name(name).send().await.unless(&[NOT_FOUND])
        });
        deleted.await.map_err(|e| e.during(format!("deleting DynamoDB Table ({name})")))?;
        wait(cx, format!("DynamoDB Table ({name}) to be gone"), patience, || async {
            Ok(match read::description(cx, name).await? {
                None => Progress::Ready(()),
                Some(table) => {
                    Progress::pending(table.table_status().map(|s| s.as_str()).unwrap_or_default())
                }
            })
        })
        .await
    }
}

fn gone(name: &str) -> Diagnostics {
    let detail = format!(
        "The table {name:?} was deleted while it was being worked on. Run the command again."
    );
    Diagnostic::error("DynamoDB Table is gone", detail).into()
}

/// Whether a request is refused only because of what else is going on.
fn passes(e: &Error) -> bool {
    e.is("ResourceInUseException")
        || e.says("LimitExceededException", "can be created, updated, or deleted simultaneously")
        || e.says("LimitExceededException", "indexed tables that can be created simultaneously")
        || e.says("LimitExceededException", "Subscriber limit exceeded")
}

/// What the rules cannot know of a plan.
fn refine(change: &mut Planned<DynamodbTable>) {
    const STANDARD: &str = "STANDARD";
    let (config, planned) = (&change.config, &mut change.planned);
    let is_standard = |class: &Attr<String>| {
        !class.is_unknown() && class.filled().is_none_or(|class| class == STANDARD)
    };
    // The usual class is as good as none.
    let prior_class = change.prior.as_ref().map(|p| p.table_class.clone()).unwrap_or_default();
    if is_standard(&config.table_class) && is_standard(&prior_class) {
        planned.table_class = prior_class;
    }
    refine_origin(change);
    let (Some(prior), planned) = (&change.prior, &mut change.planned) else { return };
    let streams = |t: &DynamodbTable| (t.stream_enabled.is_true(), t.stream_view_type.to_filled());
    if streams(prior) != streams(planned) {
        planned.stream_arn = Attr::Unknown;
        planned.stream_label = Attr::Unknown;
    }
    // One thing switched off is as another.
    let off = |blocks: &Blocks<model::DynamodbTableServerSideEncryption>| {
        blocks.iter().all(|b| matches!(b.enabled, Attr::Known(false) | Attr::Null))
    };
    if !planned.server_side_encryption.is_unknown()
        && off(&prior.server_side_encryption)
        && off(&planned.server_side_encryption)
    {
        planned.server_side_encryption = prior.server_side_encryption.clone();
    }
    let off = |blocks: &Blocks<model::DynamodbTablePointInTimeRecovery>| {
        blocks.iter().all(|b| matches!(b.enabled, Attr::Known(false) | Attr::Null))
    };
    if !planned.point_in_time_recovery.is_unknown()
        && off(&prior.point_in_time_recovery)
        && off(&planned.point_in_time_recovery)
    {
        planned.point_in_time_recovery = prior.point_in_time_recovery.clone();
    }
}

/// What is told of a table when it is made, and never again.
fn refine_origin(change: &mut Planned<DynamodbTable>) {
    let Some(prior) = &change.prior else { return };
    let locals = |t: &DynamodbTable| {
        let mut locals: Vec<_> = t
            .local_secondary_index
            .iter()
            .map(|i| (i.name.to_filled(), i.range_key.to_filled()))
            .collect();
        locals.sort();
        locals
    };
    let known = !change.planned.local_secondary_index.is_unknown();
    let other = known && locals(prior) != locals(&change.planned);
    let imported = prior.import_table.is_empty() && !change.planned.import_table.is_empty();
    match other {
        true => change.replace("local_secondary_index"),
        false => change.in_place("local_secondary_index"),
    }
    if imported {
        change.replace("import_table");
    }
    // Where a table came from can be forgotten without a new one.
    if change.config.restore_source_name.is_null() {
        change.in_place("restore_source_name");
    }
    if change.config.restore_source_table_arn.is_null() {
        change.in_place("restore_source_table_arn");
    }
    let is_replace = change.is_replace();
    let (Some(prior), planned) = (&change.prior, &mut change.planned) else { return };
    if is_replace {
        return;
    }
    // The types of keys, and what local indexes show: what is written of them later has no effect.
    for attribute in planned.attribute.iter_mut().filter(|a| a.name.is_known()) {
        if let Some(old) = prior.attribute.iter().find(|old| old.name == attribute.name) {
            attribute.r#type = old.r#type.clone();
        }
    }
    if known {
        planned.local_secondary_index = prior.local_secondary_index.clone();
    }
}

/// Looks until the table and all its indexes can be used.
async fn active(cx: &Context<Aws>, name: &str, patience: Duration) -> Result<(), Diagnostics> {
    wait(cx, format!("DynamoDB Table ({name}) to become ACTIVE"), patience, || async {
        let Some(table) = read::description(cx, name).await? else {
            return Ok(Progress::pending("missing"));
        };
        let status = table.table_status().map(|s| s.as_str()).unwrap_or_default();
        if status != "ACTIVE" {
            return Ok(Progress::pending(status));
        }
        let waiting = table
            .global_secondary_indexes()
            .iter()
            .find(|index| index.index_status().is_some_and(|s| s.as_str() != "ACTIVE"));
        Ok(match waiting {
            None => Progress::Ready(()),
            Some(index) => Progress::pending(format!(
                "index {} is not",
                index.index_name().unwrap_or_default()
            )),
        })
    })
    .await
}

#[cfg(test)]
mod tests;
