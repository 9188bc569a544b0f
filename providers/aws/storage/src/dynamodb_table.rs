//! `aws_dynamodb_table`: a table.
//!
//! Replicas in other regions, imports from S3 and restores are refused: they are not supported yet.

mod change;
mod check;
mod model;
mod read;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Tag;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, client, plan_tags, retry, sdk_tags, tagged, timeout_of,
    wait, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait,
};

use model::DynamodbTable;

tagged!(DynamodbTable);

/// The type.
pub(crate) struct TableResource;

fn dynamodb(aws: &Aws) -> Arc<Client> {
    client!(aws, "dynamodb", aws_sdk_dynamodb)
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
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DynamodbTable,
        planned: DynamodbTable,
    ) -> Result<DynamodbTable, Diagnostics> {
        let name = planned.name.text().to_owned();
        let patience = limit(&planned, |t| &t.create, 30);
        if read::description(cx, &name).await?.is_some() {
            return Err(Diagnostic::error(
                format!("creating DynamoDB Table ({name}): ResourceInUseException"),
                "There is a table of this name already. Import it, or choose another name.",
            )
            .into());
        }
        make(cx, &planned, patience).await?;
        let mut state = planned;
        state.id = name.clone().into();
        cx.keep_model(&state);
        active(cx, &name, patience).await?;
        change::ttl(cx, &name, None, &state).await?;
        change::recovery(cx, &name, None, &state, patience).await?;
        let found = read::table(cx, state).await?;
        found.ok_or_else(|| gone(&name))
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
        _config: DynamodbTable,
        planned: DynamodbTable,
    ) -> Result<DynamodbTable, Diagnostics> {
        let patience = limit(&planned, |t| &t.update, 60);
        change::table(cx, &prior, &planned, patience).await?;
        let found = read::table(cx, planned).await?;
        found.ok_or_else(|| gone(prior.id.text()))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DynamodbTable) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let patience = limit(&prior, |t| &t.delete, 10);
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

fn limit(
    table: &DynamodbTable,
    which: fn(&model::DynamodbTableTimeouts) -> &Attr<String>,
    minutes: u64,
) -> Duration {
    let configured = table.timeouts.first().map(|t| which(t).clone()).unwrap_or_default();
    timeout_of(&configured, Duration::from_secs(60 * minutes))
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
    let Some(prior) = &change.prior else { return };
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
    let locals = |t: &DynamodbTable| {
        let mut locals: Vec<_> = t
            .local_secondary_index
            .iter()
            .map(|i| (i.name.to_filled(), i.range_key.to_filled()))
            .collect();
        locals.sort();
        locals
    };
    if !planned.local_secondary_index.is_unknown() && locals(prior) != locals(planned) {
        change.replace("local_secondary_index");
    }
}

async fn make(
    cx: &Context<Aws>,
    planned: &DynamodbTable,
    patience: Duration,
) -> Result<(), Diagnostics> {
    let name = planned.name.text();
    let tags = wanted_tags(cx.client(), planned);
    let tags = sdk_tags!(Tag, &tags, fallible);
    let request = wanted::create(dynamodb(cx.client()).create_table(), planned)?
        .set_tags((!tags.is_empty()).then_some(tags));
    let busy = |e: &Error| passes(e) && !e.is("ResourceInUseException");
    let made = retry(cx, "fewer tables to be changed at once", patience, busy, || {
        let request = request.clone();
        async { request.send().await.typed() }
    });
    match made.await {
        // It was not there before: an answer was lost, and the SDK asked again.
        Err(e) if !e.is("ResourceInUseException") => {
            Err(e.during(format!("creating DynamoDB Table ({name})")))
        }
        _ => Ok(()),
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
