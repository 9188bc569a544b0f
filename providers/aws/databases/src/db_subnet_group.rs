//! `aws_db_subnet_group`: the subnets that databases may be placed in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome, Progress, create_once, name_or_generated, plan_tags, prefix_of_name,
    record_tags, retry, tagged, wait, wanted_tags,
};
use groma_sdk::model::checks::length;
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait};

use crate::checks::subnet_group_name;
use crate::convert::{changed, set_of};
use crate::rds::{by_name, change_tags, rds, tags_of, there, to_sdk};
use crate::refusals::wrong;

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

const GONE: &[&str] = &["DBSubnetGroupNotFoundFault"];

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
        match config.subnet_ids.get().map(|ids| ids.0.as_slice()) {
            Some([]) => problems.error(
                "subnet_ids",
                "Invalid value for \"subnet_ids\"",
                "A subnet group needs subnets in at least two availability zones.",
            ),
            // Which of the two it is, the service of subnets knows alone.
            Some([_]) => problems.warning(
                "subnet_ids",
                "Subnet group has one subnet",
                "AWS takes a single subnet of a Local Zone or an Outpost alone. Others must be in at \
                 least two availability zones.",
            ),
            _ => {}
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DbSubnetGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        enough_zones(cx, change).await
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
            .set_subnet_ids(planned.subnet_ids.to_filled())
            .set_tags(to_sdk(&wanted_tags(cx.client(), &planned)));
        let answer = create_once(request.send(), &["DBSubnetGroupAlreadyExists"]).await;
        let answer = answer.during(format_args!("creating RDS DB Subnet Group ({name})"))?;
        let mut state = planned;
        // The service takes names in lower case.
        let group = answer.as_ref().and_then(|a| a.db_subnet_group());
        state.id = group.and_then(|g| g.db_subnet_group_name()).unwrap_or(&name).into();
        cx.keep_model(&state);
        there(self, cx, state).await
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
        let Some(tags) = tags_of(cx, state.arn.text()).await? else { return Ok(None) };
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
                .set_db_subnet_group_description(planned.description.to_filled())
                .set_subnet_ids(planned.subnet_ids.to_filled());
            let answer = request.send().await;
            answer.during(format_args!("updating RDS DB Subnet Group ({id})"))?;
        }
        change_tags(cx, prior.arn.text(), &prior, &planned).await?;
        there(self, cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: DbSubnetGroup) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let what = format!("deleting RDS DB Subnet Group ({id})");
        let (client, transient) = (rds(cx), |e: &Error| e.is("InvalidDBSubnetGroupStateFault"));
        // Databases that are gone hold their group for some seconds more.
        let deleted = retry(cx, &what, Duration::from_secs(60), transient, || async {
            let request = client.delete_db_subnet_group().db_subnet_group_name(id);
            request.send().await.unless(GONE)
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

/// Whether the subnets are in several zones, as far as the service knows them: as those of the group
/// that is there.
async fn enough_zones(
    cx: &Context<Aws>,
    change: &Planned<DbSubnetGroup>,
) -> Result<(), Diagnostics> {
    let (Some(prior), Some(wanted)) = (&change.prior, change.planned.subnet_ids.get()) else {
        return Ok(());
    };
    if prior.subnet_ids.get() == Some(wanted) {
        return Ok(());
    }
    // A plan that may not look is no worse than one that does not.
    let Ok(Some(group)) = find(cx, prior.id.text()).await else { return Ok(()) };
    let zone = |id: &String| {
        let subnet = group.subnets().iter().find(|s| s.subnet_identifier() == Some(id))?;
        let zone = subnet.subnet_availability_zone()?.name()?;
        // Local Zones have longer names; they and Outposts may be alone.
        let letter = zone.strip_prefix(cx.client().region())?;
        let outpost = subnet.subnet_outpost().and_then(|o| o.arn());
        (letter.len() == 1 && outpost.is_none()).then_some(zone)
    };
    let zones: Option<BTreeSet<&str>> = wanted.0.iter().map(zone).collect();
    match zones.and_then(|zones| (zones.len() == 1).then(|| zones.first().copied()).flatten()) {
        None => Ok(()),
        Some(zone) => Err(wrong(
            "subnet_ids",
            "Subnets are in one availability zone",
            &format!(
                "A subnet group needs subnets in at least two availability zones, but all of these \
                 are in {zone}. Add one of another zone."
            ),
        )),
    }
}

/// A group by its name.
async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<sdk::DbSubnetGroup>, Error> {
    let (one, all) = (rds(cx), rds(cx));
    let find = move |name: String| {
        let request = one.describe_db_subnet_groups().db_subnet_group_name(name);
        async move {
            let answer = request.send().await.unless(GONE)?;
            let groups = answer.and_then(|a| a.db_subnet_groups).unwrap_or_default();
            Ok(groups.into_iter().next())
        }
    };
    let list = move || {
        let groups = all.describe_db_subnet_groups().into_paginator().items().send();
        async move {
            let groups = groups.collect::<Result<Vec<_>, _>>().await.typed()?;
            let named = |g: sdk::DbSubnetGroup| {
                (g.db_subnet_group_name().unwrap_or_default().to_owned(), g)
            };
            Ok(groups.into_iter().map(named).collect())
        }
    };
    by_name(cx, "rds:subnet-groups", find, list).load(name.to_owned()).await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;
    use crate::testing::{plan, problems};

    fn group(ids: &[&str]) -> DbSubnetGroup {
        DbSubnetGroup {
            name: "main".into(),
            subnet_ids: Attr::set_of(ids.iter().copied()),
            ..DbSubnetGroup::default()
        }
    }

    #[test]
    fn a_group_needs_subnets() {
        let said = |group: &DbSubnetGroup| problems(&DbSubnetGroupResource, group);
        assert_eq!(said(&group(&["subnet-1", "subnet-2"])), "");
        assert!(said(&group(&[])).starts_with("subnet_ids: Invalid value"));
        assert!(said(&group(&["subnet-1"])).starts_with("subnet_ids: Subnet group has one subnet"));
        let unknown = DbSubnetGroup { subnet_ids: Attr::Unknown, ..group(&[]) };
        assert_eq!(said(&unknown), "");
        let name = DbSubnetGroup { name: "Default".into(), ..group(&["subnet-1", "subnet-2"]) };
        assert!(said(&name).starts_with("name: "));
    }

    #[tokio::test]
    async fn the_subnets_that_stay_must_be_in_several_zones() {
        let fake = Fake::new();
        fake.on("DescribeDBSubnetGroups", |_| {
            let subnet = |id: &str, zone: &str| {
                format!(
                    "<Subnet><SubnetIdentifier>{id}</SubnetIdentifier><SubnetAvailabilityZone>\
                     <Name>{zone}</Name></SubnetAvailabilityZone></Subnet>"
                )
            };
            let subnets = [
                subnet("subnet-1", "us-east-1a"),
                subnet("subnet-2", "us-east-1a"),
                subnet("subnet-3", "us-east-1b"),
                subnet("subnet-4", "us-east-1-atl-1a"),
            ];
            Answer::xml(format!(
                "<DescribeDBSubnetGroupsResponse><DescribeDBSubnetGroupsResult><DBSubnetGroups>\
                 <DBSubnetGroup><DBSubnetGroupName>main</DBSubnetGroupName><Subnets>{}</Subnets>\
                 </DBSubnetGroup></DBSubnetGroups></DescribeDBSubnetGroupsResult>\
                 </DescribeDBSubnetGroupsResponse>",
                subnets.concat()
            ))
        });
        let cx = fake.context();
        let prior = DbSubnetGroup { id: "main".into(), ..group(&["subnet-1", "subnet-3"]) };
        let said = async |ids: &[&str]| {
            let planned = plan(&DbSubnetGroupResource, &cx, Some(&prior), &group(ids)).await;
            planned.err().unwrap_or_default()
        };
        assert!(said(&["subnet-1", "subnet-2"]).await.contains("all of these are in us-east-1a"));
        for ids in [["subnet-2", "subnet-3"], ["subnet-1", "subnet-new"], ["subnet-4", "subnet-4"]]
        {
            assert_eq!(said(&ids).await, "", "{ids:?}");
        }
    }
}
