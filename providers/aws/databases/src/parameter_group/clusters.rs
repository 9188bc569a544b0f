//! Parameter groups of clusters.

use std::collections::BTreeMap;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{Aws, Error, Outcome as _, create_once, tagged};
use groma_sdk::{Attr, Blocks, Context, Model, async_trait};

use super::parameters::Parameter;
use super::{Group, Kind, New, parts};
use crate::checks::{parameter_group_name, parameter_group_prefix};
use crate::rds::{by_name, rds, to_sdk};

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
parts!(RdsClusterParameterGroup, |_| false);

const GONE: &[&str] = &["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"];

/// Groups of clusters.
pub(crate) struct ForClusters;

#[async_trait]
impl Kind for ForClusters {
    const TYPE: &'static str = "aws_rds_cluster_parameter_group";
    const GROUP: &'static str = "RDS Cluster Parameter Group";
    type Model = RdsClusterParameterGroup;

    async fn create(cx: &Context<Aws>, new: &New<'_>) -> Result<Option<Group>, Error> {
        let request = rds(cx)
            .create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(new.name)
            .db_parameter_group_family(new.family)
            .description(new.description)
            .set_tags(to_sdk(new.tags));
        let made = create_once(request.send(), &["DBParameterGroupAlreadyExists"]).await?;
        Ok(made.and_then(|a| a.db_cluster_parameter_group).map(described))
    }

    async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<Group>, Error> {
        let (one, all) = (rds(cx), rds(cx));
        let find = move |name: String| {
            let request =
                one.describe_db_cluster_parameter_groups().db_cluster_parameter_group_name(name);
            async move {
                let answer = request.send().await.unless(GONE)?;
                let groups = answer.and_then(|a| a.db_cluster_parameter_groups).unwrap_or_default();
                Ok(groups.into_iter().next().map(described))
            }
        };
        let list = move || {
            let groups = all.describe_db_cluster_parameter_groups().into_paginator().items().send();
            async move {
                let groups = groups.collect::<Result<Vec<_>, _>>().await.typed()?;
                Ok(groups.into_iter().map(described).map(Group::named).collect())
            }
        };
        by_name(cx, "rds:cluster-parameter-groups", find, list).load(name.to_owned()).await
    }

    async fn describe(
        cx: &Context<Aws>,
        name: &str,
        set_ones: bool,
    ) -> Result<Vec<sdk::Parameter>, Error> {
        let request =
            rds(cx).describe_db_cluster_parameters().db_cluster_parameter_group_name(name);
        let request = request.set_source(set_ones.then(|| "user".to_owned()));
        let found = request.into_paginator().items().send();
        found.collect::<Result<Vec<_>, _>>().await.typed()
    }

    async fn set(cx: &Context<Aws>, name: &str, some: Vec<sdk::Parameter>) -> Result<(), Error> {
        let request =
            rds(cx).modify_db_cluster_parameter_group().db_cluster_parameter_group_name(name);
        request.set_parameters(Some(some)).send().await.typed().map(|_| ())
    }

    async fn reset(cx: &Context<Aws>, name: &str, some: Vec<sdk::Parameter>) -> Result<(), Error> {
        let request =
            rds(cx).reset_db_cluster_parameter_group().db_cluster_parameter_group_name(name);
        let request = request.reset_all_parameters(false).set_parameters(Some(some));
        request.send().await.typed().map(|_| ())
    }

    async fn delete(cx: &Context<Aws>, name: &str) -> Result<(), Error> {
        let request =
            rds(cx).delete_db_cluster_parameter_group().db_cluster_parameter_group_name(name);
        request.send().await.unless(GONE).map(|_| ())
    }
}

fn described(group: sdk::DbClusterParameterGroup) -> Group {
    Group {
        name: group.db_cluster_parameter_group_name,
        arn: group.db_cluster_parameter_group_arn,
        family: group.db_parameter_group_family,
        description: group.description,
    }
}
