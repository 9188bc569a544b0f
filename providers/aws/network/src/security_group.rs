//! `aws_security_group`: a security group, with its rules in line or apart.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagMap, checks, create_once, name_or_generated, prefix_of_name,
    tagged, timeout_of, wanted_tags,
};
use groma_sdk::model::checks::length;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::draining::{Users, drained};
use crate::ec2::{arn, ec2, filter, found, gone, id_of, read_made, tag_specifications, until};
use crate::group_rules::{self, ruled};
use crate::loaders;
use crate::permissions::{
    Grant, Permission, change_grants, description, grants_of, grants_of_rules, group_text, revoke,
};
use crate::rules::set;

/// A security group, with its rules in line or apart.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct SecurityGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, replace, default = "Managed by Terraform", check = length(0, 255), check = description)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) egress: Attr<Set<Permission>>,
    #[attr(optional, computed)]
    pub(crate) ingress: Attr<Set<Permission>>,
    #[attr(optional, computed, replace, check = length(0, 255), check = group_name)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 229), check = group_name)]
    pub(crate) name_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) revoke_rules_on_delete: Attr<bool>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SecurityGroupTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SecurityGroupTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
}

tagged!(SecurityGroup);
ruled!(SecurityGroup);

const WHAT: &str = "Security Group";
const ABSENT: [&str; 3] =
    ["InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidSecurityGroupID.NotFound"];

pub(crate) struct SecurityGroupResource;

#[async_trait]
impl Managed<Aws> for SecurityGroupResource {
    type Model = SecurityGroup;

    fn name(&self) -> &'static str {
        "aws_security_group"
    }

    fn validate(&self, config: &SecurityGroup, problems: &mut Problems) {
        problems.conflict(("name", set(&config.name)), ("name_prefix", set(&config.name_prefix)));
        group_rules::validate(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<SecurityGroup>,
    ) -> Result<(), Diagnostics> {
        group_rules::plan(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: SecurityGroup,
        planned: SecurityGroup,
    ) -> Result<SecurityGroup, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let prefix = planned.name_prefix.filled();
        let name = name_or_generated(cx, planned.name.filled(), prefix, "terraform-");
        let id = create_group(cx, &planned, &name, &tags).await?;
        let group = SecurityGroup { id: id.clone().into(), name: name.into(), ..planned };
        // Its rules are those of any new group so far.
        cx.keep_model(&SecurityGroup { ingress: Attr::Null, egress: Attr::Null, ..group.clone() });
        let limit = timeout_of(&timeouts(&group).create, Duration::from_secs(600));
        let there =
            until(cx, &loaders::security_groups(aws), &id, WHAT, "to be created", limit, |g| {
                Ok(g.map_or(Progress::pending("not there yet"), Progress::Ready))
            })
            .await?;
        // EC2 lets everything out of a new group; only what is configured is to be.
        let egress = grants_of(there.ip_permissions_egress(), there.owner_id());
        let wanted = grants_of_rules(&group.egress, &id);
        change_grants(cx, &id, true, &egress, &wanted).await?;
        change_grants(cx, &id, false, &[], &grants_of_rules(&group.ingress, &id)).await?;
        read_made(cx, WHAT, &id, || self.read(cx, group.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: SecurityGroup,
    ) -> Result<Option<SecurityGroup>, Diagnostics> {
        let id = state.id.text().to_owned();
        let read = loaders::security_groups(cx.client()).load(id.clone()).await;
        match read.during(format!("reading {WHAT} ({id})"))? {
            Some(group) => recorded(cx, state, &group).await.map(Some),
            None => Ok(None),
        }
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: SecurityGroup,
        _config: SecurityGroup,
        planned: SecurityGroup,
    ) -> Result<SecurityGroup, Diagnostics> {
        let id = prior.id.text().to_owned();
        group_rules::update(cx, WHAT, &id, &prior, &planned).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: SecurityGroup) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        if prior.revoke_rules_on_delete.is_true() {
            revoke_all(cx, id).await?;
        }
        let limit = timeout_of(&timeouts(&prior).delete, Duration::from_secs(900));
        let held = ["DependencyViolation", "InvalidGroup.InUse"];
        drained(cx, format!("{WHAT} ({id})"), limit, &held, &ABSENT, Users::Group(id), || async {
            ec2.delete_security_group().group_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &loaders::security_groups(cx.client()), id, WHAT, limit, |_| true).await
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<SecurityGroup>, Diagnostics> {
        // What is nowhere but in states is as it is by default.
        Ok(Some(SecurityGroup {
            id: id.into(),
            revoke_rules_on_delete: false.into(),
            ..SecurityGroup::default()
        }))
    }
}

fn timeouts(group: &SecurityGroup) -> SecurityGroupTimeouts {
    group.timeouts.first().cloned().unwrap_or_default()
}

/// Creates a group; or finds the one that an earlier request for the same made.
async fn create_group(
    cx: &Context<Aws>,
    planned: &SecurityGroup,
    name: &str,
    tags: &TagMap,
) -> Result<String, Diagnostics> {
    const EXISTS: &str = "InvalidGroup.Duplicate";
    let ec2 = ec2(cx.client());
    let request = ec2
        .create_security_group()
        .group_name(name)
        .set_description(planned.description.to_filled())
        .set_vpc_id(planned.vpc_id.to_filled())
        .set_tag_specifications(tag_specifications(api::ResourceType::SecurityGroup, tags));
    let about = format!("creating {WHAT} ({name})");
    let refused = match create_once(request.send(), &[EXISTS]).await {
        Ok(Some(made)) => return id_of(made.group_id(), WHAT),
        Ok(None) => None,
        // A generated name is surely ours: the plan was applied before.
        Err(e) if e.is(EXISTS) && planned.name.filled().is_none() => Some(e),
        Err(e) => return Err(e.during(about)),
    };
    let mut ask = ec2.describe_security_groups().filters(filter("group-name", [name]));
    if let Some(vpc) = planned.vpc_id.filled() {
        ask = ask.filters(filter("vpc-id", [vpc]));
    }
    let there = ask.send().await.during(format!("reading {WHAT} ({name})"))?;
    match (there.security_groups(), refused) {
        ([one], _) => id_of(one.group_id(), WHAT),
        (_, Some(refused)) => Err(refused.during(about)),
        (_, None) => id_of(None, WHAT),
    }
}

/// What names EC2 takes for groups.
fn group_name(name: &String) -> Result<(), String> {
    if name.starts_with("sg-") {
        return Err(format!(
            "Names of security groups cannot begin with \"sg-\", but {name:?} does."
        ));
    }
    if name.eq_ignore_ascii_case("default") {
        return Err("The name \"default\" is that of the group that every VPC comes with: see \
             aws_default_security_group."
            .to_owned());
    }
    group_text(name)
}

async fn recorded(
    cx: &Context<Aws>,
    state: SecurityGroup,
    group: &api::SecurityGroup,
) -> Result<SecurityGroup, Diagnostics> {
    let aws = cx.client();
    let resource = format!("security-group/{}", state.id.text());
    let mut now = SecurityGroup {
        arn: arn(aws, group.owner_id(), &resource).await?.into(),
        description: group.description().into(),
        name: group.group_name().into(),
        name_prefix: group.group_name().and_then(prefix_of_name).unwrap_or_default().into(),
        owner_id: group.owner_id().into(),
        vpc_id: group.vpc_id().into(),
        ..state
    };
    group_rules::record(aws, &mut now, group);
    Ok(now)
}

/// Takes all rules from a group, and those of other groups that are about it.
async fn revoke_all(cx: &Context<Aws>, id: &str) -> Result<(), Diagnostics> {
    let read = loaders::security_groups(cx.client()).load(id.to_owned()).await;
    let Some(group) = read.during(format_args!("reading {WHAT} ({id})"))? else { return Ok(()) };
    let owner = group.owner_id();
    revoke(cx, id, false, &grants_of(group.ip_permissions(), owner)).await?;
    revoke(cx, id, true, &grants_of(group.ip_permissions_egress(), owner)).await?;
    for (name, egress) in
        [("ip-permission.group-id", false), ("egress.ip-permission.group-id", true)]
    {
        let ask = ec2(cx.client()).describe_security_groups().filters(filter(name, [id]));
        let about = format!("reading Security Groups with rules about {id}");
        for other in ask.send().await.during(about)?.security_groups() {
            let there = match egress {
                true => other.ip_permissions_egress(),
                false => other.ip_permissions(),
            };
            let mut grants = grants_of(there, other.owner_id());
            grants.retain(
                |g: &Grant| matches!(&g.from, crate::permissions::Source::Group(g) if g == id),
            );
            let other = other.group_id().unwrap_or_default();
            if other != id {
                revoke(cx, other, egress, &grants).await?;
            }
        }
    }
    Ok(())
}
