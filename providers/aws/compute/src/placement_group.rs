//! `aws_placement_group`: how instances are placed relative to each other.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Loader, Outcome as _, Progress, TagChange, create_once, plan_tags, record_tags, tagged,
    wanted_tags,
};
use groma_aws_network::ec2::{
    arn, change_tags, ec2, filter, found, gone, release, tag_specifications, tags_of, until,
};
use groma_aws_network::rules::set;
use groma_sdk::model::checks::{one_of, range};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

/// How instances are placed relative to each other.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PlacementGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = range(0, 7))]
    pub(crate) partition_count: Attr<i64>,
    #[attr(computed)]
    pub(crate) placement_group_id: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["host", "rack"]))]
    pub(crate) spread_level: Attr<String>,
    #[attr(required, replace, check = one_of(&["cluster", "spread", "partition"]))]
    pub(crate) strategy: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
}

tagged!(PlacementGroup);

const WHAT: &str = "EC2 Placement Group";
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) struct PlacementGroupResource;

#[async_trait]
impl Managed<Aws> for PlacementGroupResource {
    type Model = PlacementGroup;

    fn name(&self) -> &'static str {
        "aws_placement_group"
    }

    fn validate(&self, config: &PlacementGroup, problems: &mut Problems) {
        problems.check("name", group_name(&config.name));
        let Some(strategy) = config.strategy.as_str() else { return };
        for (name, there, of) in [
            ("partition_count", config.partition_count.get().is_some_and(|n| *n > 0), "partition"),
            ("spread_level", set(&config.spread_level), "spread"),
        ] {
            if there && strategy != of {
                problems.error(
                    name,
                    "Conflicting configuration arguments",
                    format!("Only groups of the strategy {of:?} have that, but this one is {strategy:?}."),
                );
            }
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<PlacementGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: PlacementGroup,
        planned: PlacementGroup,
    ) -> Result<PlacementGroup, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let name = planned.name.text().to_owned();
        let request = ec2(aws)
            .create_placement_group()
            .group_name(&name)
            .set_partition_count(planned.partition_count.to_filled_i32())
            .set_spread_level(planned.spread_level.filled().map(api::SpreadLevel::from))
            .set_strategy(planned.strategy.filled().map(api::PlacementStrategy::from))
            .set_tag_specifications(tag_specifications(api::ResourceType::PlacementGroup, &tags));
        let made = create_once(request.send(), &["InvalidPlacementGroup.Duplicate"]).await;
        made.during(format!("creating {WHAT} ({name})"))?;
        let group = PlacementGroup { id: name.clone().into(), ..planned };
        cx.keep_model(&group);
        until(cx, &groups(aws), &name, WHAT, "to become available", LIMIT, |group| {
            Ok(match group.and_then(|g| g.state) {
                Some(api::PlacementGroupState::Available) => Progress::Ready(()),
                Some(state) => Progress::pending(state),
                None => Progress::pending("not there yet"),
            })
        })
        .await?;
        found(self.read(cx, group).await?, WHAT, &name)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: PlacementGroup,
    ) -> Result<Option<PlacementGroup>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = groups(aws).load(id.clone()).await.during(format!("reading {WHAT} ({id})"))?;
        let Some(group) = read.filter(is_there) else { return Ok(None) };
        let mut now = PlacementGroup {
            arn: arn(aws, None, &format!("placement-group/{id}")).await?.into(),
            name: group.group_name().into(),
            partition_count: group.partition_count().into(),
            placement_group_id: group.group_id().into(),
            spread_level: group.spread_level().map(|l| l.as_str()).into(),
            strategy: group.strategy().map(|s| s.as_str()).into(),
            ..state
        };
        record_tags(aws, &mut now, tags_of(group.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: PlacementGroup,
        _config: PlacementGroup,
        planned: PlacementGroup,
    ) -> Result<PlacementGroup, Diagnostics> {
        let id = prior.id.text().to_owned();
        let change = TagChange::of(cx.client(), &prior, &planned);
        let number = prior.placement_group_id.text();
        change_tags(cx, format!("{WHAT} ({id})"), number, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: PlacementGroup) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        // Instances that were just terminated are in the group for a while yet.
        let (ec2, what) = (ec2(cx.client()), format!("{WHAT} ({id})"));
        let (held, absent) = (["InvalidPlacementGroup.InUse"], ["InvalidPlacementGroup.Unknown"]);
        release(cx, what, LIMIT, &held, &absent, || async {
            ec2.delete_placement_group().group_name(id).send().await.typed()
        })
        .await?;
        gone(cx, &groups(cx.client()), id, WHAT, LIMIT, is_there).await
    }
}

fn group_name(name: &Attr<String>) -> Result<(), String> {
    let Some(name) = name.as_str() else { return Ok(()) };
    match name.len() {
        1..=255 if name.is_ascii() => Ok(()),
        _ => Err(format!(
            "Names of placement groups have 1 to 255 ASCII characters, but this is {name:?}."
        )),
    }
}

fn is_there(group: &api::PlacementGroup) -> bool {
    group.state() != Some(&api::PlacementGroupState::Deleted)
}

/// Placement groups by their names.
fn groups(aws: &Aws) -> Loader<String, api::PlacementGroup> {
    let ec2 = ec2(aws);
    aws.loader("ec2:placement_groups", 200, move |names: Vec<String>| {
        let ask = ec2.describe_placement_groups().filters(filter("group-name", names));
        async move {
            let found = ask.send().await.typed()?.placement_groups.unwrap_or_default();
            let keyed =
                found.into_iter().map(|g| (g.group_name().unwrap_or_default().to_owned(), g));
            Ok(keyed.collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn problems(config: &PlacementGroup) -> String {
        let mut problems = Problems::new();
        config.check(&mut problems);
        PlacementGroupResource.validate(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    fn group(strategy: &str) -> PlacementGroup {
        PlacementGroup {
            name: "near".into(),
            strategy: strategy.into(),
            tags_all: Attr::Known(BTreeMap::new()),
            ..PlacementGroup::default()
        }
    }

    #[test]
    fn groups_have_what_their_strategies_have() {
        let parts = PlacementGroup { partition_count: 3.into(), ..group("partition") };
        assert_eq!(problems(&parts), "");
        let parts = PlacementGroup { partition_count: 3.into(), ..group("cluster") };
        assert!(problems(&parts).contains("\"partition\""));
        let level = PlacementGroup { spread_level: "host".into(), ..group("cluster") };
        assert!(problems(&level).contains("\"spread\""));
        let later =
            PlacementGroup { spread_level: "host".into(), strategy: Attr::Unknown, ..level };
        assert_eq!(problems(&later), "");
        let long = PlacementGroup { name: "x".repeat(256).into(), ..group("cluster") };
        assert!(problems(&long).contains("255"));
    }

    #[tokio::test]
    async fn groups_are_made_once_and_deleted_when_they_are_empty() {
        let fake = Fake::new();
        fake.once("CreatePlacementGroup", |_| Answer::lost());
        fake.on("CreatePlacementGroup", |_| {
            Answer::ec2_error(400, "InvalidPlacementGroup.Duplicate", "It is there.")
        });
        fake.on("GetCallerIdentity", |_| {
            Answer::xml(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
            )
        });
        let seen = fake.clone();
        fake.on("DescribePlacementGroups", move |_| {
            let gone = seen.calls("DeletePlacementGroup") > 1;
            let state = if gone { "deleted" } else { "available" };
            Answer::xml(format!(
                "<DescribePlacementGroupsResponse><placementGroupSet><item>\
                 <groupName>near</groupName><groupId>pg-1</groupId><strategy>cluster</strategy>\
                 <state>{state}</state></item></placementGroupSet>\
                 </DescribePlacementGroupsResponse>"
            ))
        });
        let cx = fake.context();
        let made = PlacementGroupResource.create(&cx, group("cluster"), group("cluster")).await;
        let made = made.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(made.placement_group_id.text(), "pg-1");
        assert_eq!(made.arn.text(), "arn:aws:ec2:us-east-1:1:placement-group/near");
        fake.once("DeletePlacementGroup", |_| {
            Answer::ec2_error(400, "InvalidPlacementGroup.InUse", "Instances are in it.")
        });
        fake.on("DeletePlacementGroup", |_| Answer::xml("<DeletePlacementGroupResponse/>"));
        let deleted = PlacementGroupResource.delete(&cx, made).await;
        assert!(deleted.is_ok(), "{deleted:?}");
        assert_eq!(fake.calls("DeletePlacementGroup"), 2);
    }
}
