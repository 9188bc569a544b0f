//! `aws_db_subnet_group`: the subnets that databases may be placed in.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, Progress, create_once, name_or_generated, plan_tags, prefix_of_name,
    record_tags, tagged, wait, wanted_tags,
};
use groma_sdk::model::checks::length;
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait};

use crate::checks::subnet_group_name;
use crate::convert::{changed, items, set_of, text};
use crate::rds::{change_tags, rds, tags_of, to_sdk};

/// The subnets that databases may be placed in.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DbSubnetGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, default = "Managed by Terraform")]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed, replace, check = subnet_group_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229), check = subnet_group_name)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(required)]
    pub(crate) subnet_ids: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) supported_network_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
}

tagged!(DbSubnetGroup);

/// The resource type.
pub(crate) struct DbSubnetGroupResource;

#[async_trait]
impl Managed<Aws> for DbSubnetGroupResource {
    type Model = DbSubnetGroup;

    fn name(&self) -> &'static str {
        "aws_db_subnet_group"
    }

    fn validate(&self, config: &DbSubnetGroup, problems: &mut Problems) {
        let (name, prefix) = (!config.name.is_null(), !config.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
        if config.subnet_ids.get().is_some_and(Set::is_empty) {
            problems.error(
                "subnet_ids",
                "Invalid value for \"subnet_ids\"",
                "A subnet group needs subnets in at least two availability zones.",
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DbSubnetGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DbSubnetGroup,
        planned: DbSubnetGroup,
    ) -> Result<DbSubnetGroup, Diagnostics> {
        let name = name_or_generated(
            cx,
            planned.name.as_str(),
            planned.name_prefix.as_str(),
            "terraform-",
        );
        let request = rds(cx)
            .create_db_subnet_group()
            .db_subnet_group_name(&name)
            .db_subnet_group_description(planned.description.text())
            .set_subnet_ids(items(&planned.subnet_ids))
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let answer = create_once(request.send(), &["DBSubnetGroupAlreadyExists"]).await;
        let answer = answer.during(format_args!("creating RDS DB Subnet Group ({name})"))?;
        let mut state = planned;
        // The service takes names in lower case.
        let group = answer.as_ref().and_then(|a| a.db_subnet_group());
        state.id = group.and_then(|g| g.db_subnet_group_name()).unwrap_or(&name).into();
        cx.keep_model(&state);
        found(self.read(cx, state).await?)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: DbSubnetGroup,
    ) -> Result<Option<DbSubnetGroup>, Diagnostics> {
        let id = state.id.text().to_owned();
        let group = find(cx, &id).await;
        let Some(group) = group.during(format_args!("reading RDS DB Subnet Group ({id})"))? else {
            return Ok(None);
        };
        let name = group.db_subnet_group_name().unwrap_or(&id);
        state.id = name.into();
        state.arn = group.db_subnet_group_arn().into();
        state.description = group.db_subnet_group_description().into();
        state.name_prefix = prefix_of_name(name).into();
        state.name = name.into();
        state.subnet_ids = set_of(group.subnets().iter().map(|s| s.subnet_identifier()));
        state.supported_network_types =
            set_of(group.supported_network_types().iter().map(|t| Some(t.as_str())));
        state.vpc_id = group.vpc_id().into();
        let tags = tags_of(cx, state.arn.text()).await?;
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DbSubnetGroup,
        _config: DbSubnetGroup,
        planned: DbSubnetGroup,
    ) -> Result<DbSubnetGroup, Diagnostics> {
        let id = prior.id.text();
        if changed(&prior.description, &planned.description)
            || changed(&prior.subnet_ids, &planned.subnet_ids)
        {
            let request = rds(cx)
                .modify_db_subnet_group()
                .db_subnet_group_name(id)
                .set_db_subnet_group_description(text(&planned.description))
                .set_subnet_ids(items(&planned.subnet_ids));
            let answer = request.send().await;
            answer.during(format_args!("updating RDS DB Subnet Group ({id})"))?;
        }
        change_tags(cx, prior.arn.text(), &prior, &planned).await?;
        found(self.read(cx, planned).await?)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbSubnetGroup) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let what = format!("deleting RDS DB Subnet Group ({id})");
        let (client, transient) = (rds(cx), |e: &Error| e.is("InvalidDBSubnetGroupStateFault"));
        // Databases that are gone hold their group for some seconds more.
        let deleted =
            groma_aws_core::retry(cx, &what, Duration::from_secs(60), transient, || async {
                let request = client.delete_db_subnet_group().db_subnet_group_name(id);
                request.send().await.unless(&["DBSubnetGroupNotFoundFault"])
            });
        deleted.await.during(&what)?;
        let gone = format!("RDS DB Subnet Group ({id}) to be deleted");
        wait(cx, gone, Duration::from_secs(600), || async {
            Ok(match find(cx, id).await.during(&what)? {
                None => Progress::Ready(()),
                Some(group) => Progress::pending(group.subnet_group_status().unwrap_or_default()),
            })
        })
        .await
    }
}

fn found(group: Option<DbSubnetGroup>) -> Result<DbSubnetGroup, Diagnostics> {
    group.ok_or_else(|| {
        Error::refused("DBSubnetGroupNotFoundFault", "It is gone already.")
            .during("reading RDS DB Subnet Group")
    })
}

/// A group by its name. The service describes one group or all.
async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<sdk::DbSubnetGroup>, Error> {
    let (one, all) = (rds(cx), rds(cx));
    let key = |g: sdk::DbSubnetGroup| (g.db_subnet_group_name().unwrap_or_default().to_owned(), g);
    let fetch = move |names: Vec<String>| {
        let request =
            one.describe_db_subnet_groups().set_db_subnet_group_name(names.first().cloned());
        async move {
            let answer = request.send().await.unless(&["DBSubnetGroupNotFoundFault"])?;
            let groups = answer.and_then(|a| a.db_subnet_groups).unwrap_or_default();
            // Whatever the case of the name that was asked for.
            let group = names.into_iter().next().zip(groups.into_iter().next());
            Ok(HashMap::from_iter(group))
        }
    };
    let list = move || {
        let groups = all.describe_db_subnet_groups().into_paginator().items().send();
        async move {
            let groups = groups.collect::<Result<Vec<_>, _>>().await.typed()?;
            Ok(groups.into_iter().map(key).collect())
        }
    };
    cx.client().sweeping_loader("rds:subnet-groups", 1, fetch, list).load(name.to_owned()).await
}
