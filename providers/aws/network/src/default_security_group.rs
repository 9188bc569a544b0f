//! `aws_default_security_group`: the security group that every VPC comes with, taken over.
//!
//! Taking it over makes its rules those configured. Letting go of it leaves it as it is.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, TagChange, tagged};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::ec2::{arn, change_tags, ec2, filter, found, tags_of};
use crate::group_rules::{self, ruled};
use crate::loaders;
use crate::permissions::{Permission, change_grants, grants_of, grants_of_rules};

/// The security group that every VPC comes with, taken over.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct DefaultSecurityGroup {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) egress: Attr<Set<Permission>>,
    #[attr(optional, computed)]
    pub(crate) ingress: Attr<Set<Permission>>,
    #[attr(computed)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
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
}

tagged!(DefaultSecurityGroup);
ruled!(DefaultSecurityGroup);

const WHAT: &str = "Default Security Group";

pub(crate) struct DefaultSecurityGroupResource;

#[async_trait]
impl Managed<Aws> for DefaultSecurityGroupResource {
    type Model = DefaultSecurityGroup;

    fn name(&self) -> &'static str {
        "aws_default_security_group"
    }

    fn validate(&self, config: &DefaultSecurityGroup, problems: &mut Problems) {
        group_rules::validate(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DefaultSecurityGroup>,
    ) -> Result<(), Diagnostics> {
        group_rules::plan(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: DefaultSecurityGroup,
        planned: DefaultSecurityGroup,
    ) -> Result<DefaultSecurityGroup, Diagnostics> {
        let aws = cx.client();
        let mut ask =
            ec2(aws).describe_security_groups().filters(filter("group-name", ["default"]));
        let vpc = match planned.vpc_id.filled() {
            Some(vpc) => Some(vpc.to_owned()),
            None => default_vpc(cx).await?,
        };
        if let Some(vpc) = &vpc {
            ask = ask.filters(filter("vpc-id", [vpc]));
        }
        let about = format!("reading {WHAT} of EC2 VPC ({})", vpc.as_deref().unwrap_or("default"));
        let answer = ask.send().await.during(&about)?;
        let [group] = answer.security_groups() else {
            return Err(Diagnostic::error(
                about,
                format!(
                    "There should be one such group, but there are {}.",
                    answer.security_groups().len()
                ),
            )
            .into());
        };
        let id = group.group_id().unwrap_or_default().to_owned();
        let taken = DefaultSecurityGroup {
            id: id.clone().into(),
            vpc_id: group.vpc_id().into(),
            ..planned
        };
        let before = DefaultSecurityGroup {
            tags_all: Attr::Known(aws.tags().ours(tags_of(group.tags()))),
            ..DefaultSecurityGroup::default()
        };
        cx.keep_model(&DefaultSecurityGroup {
            ingress: Attr::Null,
            egress: Attr::Null,
            tags: Attr::Null,
            tags_all: before.tags_all.clone(),
            ..taken.clone()
        });
        for egress in [false, true] {
            let (there, wanted) = match egress {
                true => (group.ip_permissions_egress(), &taken.egress),
                false => (group.ip_permissions(), &taken.ingress),
            };
            let there = grants_of(there, group.owner_id());
            change_grants(cx, &id, egress, &there, &grants_of_rules(wanted, &id)).await?;
        }
        let change = TagChange::of(aws, &before, &taken);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, taken).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: DefaultSecurityGroup,
    ) -> Result<Option<DefaultSecurityGroup>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::security_groups(aws).load(id.clone()).await;
        let Some(group) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        let mut now = DefaultSecurityGroup {
            arn: arn(aws, group.owner_id(), &format!("security-group/{id}")).await?.into(),
            description: group.description().into(),
            name: group.group_name().into(),
            name_prefix: "".into(),
            owner_id: group.owner_id().into(),
            vpc_id: group.vpc_id().into(),
            ..state
        };
        group_rules::record(aws, &mut now, &group);
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DefaultSecurityGroup,
        _config: DefaultSecurityGroup,
        planned: DefaultSecurityGroup,
    ) -> Result<DefaultSecurityGroup, Diagnostics> {
        let id = prior.id.text().to_owned();
        group_rules::update(cx, WHAT, &id, &prior, &planned).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(
        &self,
        _cx: &Context<Aws>,
        _prior: DefaultSecurityGroup,
    ) -> Result<(), Diagnostics> {
        // It goes with its VPC.
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<DefaultSecurityGroup>, Diagnostics> {
        Ok(Some(DefaultSecurityGroup {
            id: id.into(),
            revoke_rules_on_delete: false.into(),
            ..DefaultSecurityGroup::default()
        }))
    }
}

async fn default_vpc(cx: &Context<Aws>) -> Result<Option<String>, Diagnostics> {
    let ask = ec2(cx.client()).describe_vpcs().filters(filter("is-default", ["true"]));
    let answer = ask.send().await.during("reading the default EC2 VPC")?;
    Ok(answer.vpcs().first().and_then(|v| v.vpc_id()).map(str::to_owned))
}
