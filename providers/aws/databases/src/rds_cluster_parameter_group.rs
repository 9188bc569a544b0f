//! `aws_rds_cluster_parameter_group`: parameters of database clusters.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, create_once, name_or_generated, plan_tags, prefix_of_name, record_tags,
    retry, tagged, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::checks::{parameter_group_name, parameter_group_prefix};
use crate::parameters::{self, CHUNK, Parameter, ParameterChange};
use crate::rds::{change_tags, rds, tags_of, to_sdk};

/// Parameters of database clusters.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsClusterParameterGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, replace, default = "Managed by Terraform")]
    pub(crate) description: Attr<String>,
    #[attr(required, replace)]
    pub(crate) family: Attr<String>,
    #[attr(optional, computed, replace, check = parameter_group_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = parameter_group_prefix)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(set)]
    pub(crate) parameter: Blocks<Parameter>,
}

tagged!(RdsClusterParameterGroup);

const GONE: &[&str] = &["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"];

/// The resource type.
pub(crate) struct RdsClusterParameterGroupResource;

#[async_trait]
impl Managed<Aws> for RdsClusterParameterGroupResource {
    type Model = RdsClusterParameterGroup;

    fn name(&self) -> &'static str {
        "aws_rds_cluster_parameter_group"
    }

    fn validate(&self, config: &RdsClusterParameterGroup, problems: &mut Problems) {
        let (name, prefix) = (!config.name.is_null(), !config.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
        parameters::check(&config.parameter, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<RdsClusterParameterGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: RdsClusterParameterGroup,
        planned: RdsClusterParameterGroup,
    ) -> Result<RdsClusterParameterGroup, Diagnostics> {
        let name = name_or_generated(
            cx,
            planned.name.as_str(),
            planned.name_prefix.as_str(),
            "terraform-",
        );
        let request = rds(cx)
            .create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(&name)
            .db_parameter_group_family(planned.family.text())
            .description(planned.description.text())
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let answer = create_once(request.send(), &["DBParameterGroupAlreadyExists"]).await;
        let answer =
            answer.during(format_args!("creating RDS Cluster Parameter Group ({name})"))?;
        let mut state = planned.clone();
        let group = answer.as_ref().and_then(|a| a.db_cluster_parameter_group());
        state.id = group.and_then(|g| g.db_cluster_parameter_group_name()).unwrap_or(&name).into();
        state.arn = group.and_then(|g| g.db_cluster_parameter_group_arn()).into();
        state.parameter = Blocks::none();
        cx.keep_model(&state);
        apply(cx, state.id.text(), &ParameterChange::between(&[], &planned.parameter)).await?;
        state.parameter = planned.parameter;
        found(self.read(cx, state).await?)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: RdsClusterParameterGroup,
    ) -> Result<Option<RdsClusterParameterGroup>, Diagnostics> {
        let id = state.id.text().to_owned();
        let what = format!("reading RDS Cluster Parameter Group ({id})");
        let Some(group) = find(cx, &id).await.during(&what)? else { return Ok(None) };
        let name = group.db_cluster_parameter_group_name().unwrap_or(&id);
        state.id = name.into();
        state.arn = group.db_cluster_parameter_group_arn().into();
        state.description = group.description().into();
        state.family = group.db_parameter_group_family().into();
        state.name_prefix = prefix_of_name(name).into();
        state.name = name.into();
        let mut described = describe(cx, &id, true).await.during(&what)?;
        if !parameters::all_are_set(&state.parameter, &described) {
            described = describe(cx, &id, false).await.during(&what)?;
        }
        state.parameter = parameters::record(&state.parameter, &described);
        let tags = tags_of(cx, state.arn.text()).await?;
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: RdsClusterParameterGroup,
        _config: RdsClusterParameterGroup,
        planned: RdsClusterParameterGroup,
    ) -> Result<RdsClusterParameterGroup, Diagnostics> {
        let change = ParameterChange::between(&prior.parameter, &planned.parameter);
        apply(cx, prior.id.text(), &change).await?;
        change_tags(cx, prior.arn.text(), &prior, &planned).await?;
        found(self.read(cx, planned).await?)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: RdsClusterParameterGroup,
    ) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let what = format!("deleting RDS Cluster Parameter Group ({id})");
        let (client, transient) = (rds(cx), |e: &Error| e.is("InvalidDBParameterGroupState"));
        // Databases that are gone hold their group for some minutes more.
        let deleted = retry(cx, &what, Duration::from_secs(180), transient, || async {
            let request =
                client.delete_db_cluster_parameter_group().db_cluster_parameter_group_name(id);
            request.send().await.unless(GONE)
        });
        deleted.await.during(&what)?;
        Ok(())
    }
}

fn found(group: Option<RdsClusterParameterGroup>) -> Result<RdsClusterParameterGroup, Diagnostics> {
    group.ok_or_else(|| {
        Error::refused("DBParameterGroupNotFound", "It is gone already.")
            .during("reading RDS Cluster Parameter Group")
    })
}

/// Changes parameters: resets first, so that a reset default does not meet a new value.
async fn apply(cx: &Context<Aws>, id: &str, change: &ParameterChange) -> Result<(), Diagnostics> {
    let what = format!("modifying RDS Cluster Parameter Group ({id})");
    // A group that was just created is not ready for changes everywhere.
    let busy = |e: &Error| e.says("InvalidDBParameterGroupState", "pending changes");
    let (client, limit) = (rds(cx), Duration::from_secs(180));
    for chunk in change.reset.chunks(CHUNK) {
        let reset = retry(cx, &what, limit, busy, || async {
            let request =
                client.reset_db_cluster_parameter_group().db_cluster_parameter_group_name(id);
            request
                .reset_all_parameters(false)
                .set_parameters(Some(chunk.to_vec()))
                .send()
                .await
                .typed()
        });
        reset.await.during(&what)?;
    }
    for chunk in change.set.chunks(CHUNK) {
        let set = retry(cx, &what, limit, busy, || async {
            let request =
                client.modify_db_cluster_parameter_group().db_cluster_parameter_group_name(id);
            request.set_parameters(Some(chunk.to_vec())).send().await.typed()
        });
        set.await.during(&what)?;
    }
    Ok(())
}

/// The parameters of a group: all, or those that somebody set.
async fn describe(
    cx: &Context<Aws>,
    id: &str,
    set_ones: bool,
) -> Result<Vec<sdk::Parameter>, Error> {
    let request = rds(cx).describe_db_cluster_parameters().db_cluster_parameter_group_name(id);
    let request = request.set_source(set_ones.then(|| "user".to_owned()));
    let found = request.into_paginator().items().send();
    found.collect::<Result<Vec<_>, _>>().await.typed()
}

/// A group by its name. The service describes one group or all.
async fn find(
    cx: &Context<Aws>,
    name: &str,
) -> Result<Option<sdk::DbClusterParameterGroup>, Error> {
    let (one, all) = (rds(cx), rds(cx));
    let fetch = move |names: Vec<String>| {
        let request = one
            .describe_db_cluster_parameter_groups()
            .set_db_cluster_parameter_group_name(names.first().cloned());
        async move {
            let answer = request.send().await.unless(GONE)?;
            let groups = answer.and_then(|a| a.db_cluster_parameter_groups).unwrap_or_default();
            let group = names.into_iter().next().zip(groups.into_iter().next());
            Ok(HashMap::from_iter(group))
        }
    };
    let list = move || {
        let groups = all.describe_db_cluster_parameter_groups().into_paginator().items().send();
        async move {
            let groups = groups.collect::<Result<Vec<_>, _>>().await.typed()?;
            let key = |g: sdk::DbClusterParameterGroup| {
                (g.db_cluster_parameter_group_name().unwrap_or_default().to_owned(), g)
            };
            Ok(groups.into_iter().map(key).collect())
        }
    };
    cx.client()
        .sweeping_loader("rds:cluster-parameter-groups", 1, fetch, list)
        .load(name.to_owned())
        .await
}
