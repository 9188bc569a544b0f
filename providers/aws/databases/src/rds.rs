//! What the types of RDS share: the client, tags, and reads of instances that arrive together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{self as sdk, DbInstance};
use groma_aws_core::{
    Aws, Error, Loader, Outcome, TagChange, TagMap, Tagged, appears, client, sdk_tags, tag_map,
};
use groma_sdk::{Context, Diagnostics, Managed};

/// The client of the provider's region.
pub(crate) fn rds(cx: &Context<Aws>) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "rds", aws_sdk_rds)
}

/// Tags as RDS takes them.
pub(crate) fn to_sdk(tags: &TagMap) -> Option<Vec<sdk::Tag>> {
    (!tags.is_empty()).then(|| sdk_tags!(sdk::Tag, tags))
}

/// Tags as RDS gives them.
pub(crate) fn from_sdk(tags: &[sdk::Tag]) -> TagMap {
    tag_map(tags.iter().map(|t| (t.key(), t.value())))
}

/// The tags of an object whose description does not have them; `None` if it is gone.
pub(crate) async fn tags_of(cx: &Context<Aws>, arn: &str) -> Result<Option<TagMap>, Diagnostics> {
    let answer = rds(cx).list_tags_for_resource().resource_name(arn).send().await.if_found();
    let answer = answer.during(format_args!("listing tags for RDS resource ({arn})"))?;
    Ok(answer.map(|answer| from_sdk(answer.tag_list())))
}

/// Reads what was just created or changed; it may not be known everywhere yet.
pub(crate) async fn there<R: Managed<Aws>>(
    ty: &R,
    cx: &Context<Aws>,
    state: R::Model,
) -> Result<R::Model, Diagnostics> {
    let what = format!("what was made of {}", ty.name());
    appears(cx, what, Duration::from_secs(60), || ty.read(cx, state.clone())).await
}

/// Changes the tags of an object to the planned ones.
pub(crate) async fn change_tags<M: Tagged>(
    cx: &Context<Aws>,
    arn: &str,
    prior: &M,
    planned: &M,
) -> Result<(), Diagnostics> {
    let change = TagChange::of(cx.client(), prior, planned);
    let what = format!("updating tags for RDS resource ({arn})");
    if !change.remove.is_empty() {
        let request = rds(cx).remove_tags_from_resource().resource_name(arn);
        request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
    }
    if !change.put.is_empty() {
        let request = rds(cx).add_tags_to_resource().resource_name(arn);
        request.set_tags(to_sdk(&change.put)).send().await.during(&what)?;
    }
    Ok(())
}

/// The client of another region, or of the provider's own.
pub(crate) fn rds_in(cx: &Context<Aws>, region: &str) -> Arc<Client> {
    let aws = cx.client();
    client!(aws, "rds", aws_sdk_rds, region)
}

/// Reads of objects that the service describes by one name, or all together: `find` finds one
/// (whatever the case of the name that was asked for), `list` gives all by their names.
pub(crate) fn by_name<V, F, Found, L, Listed>(
    cx: &Context<Aws>,
    loader: &str,
    find: F,
    list: L,
) -> Loader<String, V>
where
    V: Clone + Send + Sync + 'static,
    F: Fn(String) -> Found + Send + Sync + 'static,
    Found: Future<Output = Result<Option<V>, Error>> + Send + 'static,
    L: Fn() -> Listed + Send + Sync + 'static,
    Listed: Future<Output = Result<HashMap<String, V>, Error>> + Send + 'static,
{
    let fetch = move |names: Vec<String>| {
        let name = names.into_iter().next().unwrap_or_default();
        let found = find(name.clone());
        async move { Ok(found.await?.map(|found| (name, found)).into_iter().collect()) }
    };
    cx.client().sweeping_loader(loader, 1, fetch, list)
}

/// How many ids one filter takes.
const MOST: usize = 100;

/// Reads of instances by their resource ids.
fn instances(cx: &Context<Aws>) -> Loader<String, DbInstance> {
    let (some, all) = (rds(cx), rds(cx));
    let fetch = move |ids: Vec<String>| {
        let request = some.describe_db_instances();
        async move {
            let filter = sdk::Filter::builder().name("dbi-resource-id").set_values(Some(ids));
            by_id(request.filters(filter.build())).await
        }
    };
    let list = move || by_id(all.describe_db_instances().max_records(100));
    cx.client().sweeping_loader("rds:instances", MOST, fetch, list)
}

async fn by_id(
    request: aws_sdk_rds::operation::describe_db_instances::builders::DescribeDBInstancesFluentBuilder,
) -> Result<HashMap<String, DbInstance>, Error> {
    let found = request.into_paginator().items().send();
    let found = found.collect::<Result<Vec<_>, _>>().await.typed()?;
    Ok(found.into_iter().map(|i| (i.dbi_resource_id().unwrap_or_default().to_owned(), i)).collect())
}

/// Whether an id is a resource id rather than an identifier that somebody chose.
pub(crate) fn is_resource_id(id: &str) -> bool {
    let rest = id.strip_prefix("db-").unwrap_or_default();
    (2..=255).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The instance of a resource id, or of an identifier.
pub(crate) async fn find_instance(
    cx: &Context<Aws>,
    id: &str,
) -> Result<Option<DbInstance>, Error> {
    if is_resource_id(id)
        && let Some(found) = instances(cx).load(id.to_owned()).await?
    {
        return Ok(Some(found));
    }
    instance_named(cx, id).await
}

/// The instance of an identifier, or of an ARN.
pub(crate) async fn instance_named(
    cx: &Context<Aws>,
    identifier: &str,
) -> Result<Option<DbInstance>, Error> {
    if identifier.is_empty() {
        return Ok(None);
    }
    let answer = rds(cx).describe_db_instances().db_instance_identifier(identifier).send().await;
    let answer = answer.unless(&["DBInstanceNotFound", "DBInstanceNotFoundFault"])?;
    Ok(answer.and_then(|a| a.db_instances.unwrap_or_default().into_iter().next()))
}
