//! `aws_security_group`, the data source.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, async_trait};

use super::filters::{Filter, filters, one, tag_filters};
use crate::ec2::{arn, ec2, filter, tags_of};

/// The arguments and attributes of `aws_security_group`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SecurityGroupData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) description: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SecurityGroupDataTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SecurityGroupDataTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
}

pub(crate) struct SecurityGroupLookup;

#[async_trait]
impl Lookup<Aws> for SecurityGroupLookup {
    type Model = SecurityGroupData;

    fn name(&self) -> &'static str {
        "aws_security_group"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: SecurityGroupData,
    ) -> Result<SecurityGroupData, Diagnostics> {
        let aws = cx.client();
        let mut these = filters(&config.filter);
        for (name, value) in [
            ("group-id", config.id.filled()),
            ("group-name", config.name.filled()),
            ("vpc-id", config.vpc_id.filled()),
        ] {
            these.extend(value.map(|v| filter(name, [v])));
        }
        these.extend(tag_filters(&config.tags.or_default()));
        let ask =
            ec2(aws).describe_security_groups().set_filters((!these.is_empty()).then_some(these));
        let answer = ask.send().await.during("reading EC2 Security Groups")?;
        let group = one(answer.security_groups(), "EC2 Security Group")?;
        let id = group.group_id().unwrap_or_default();
        Ok(SecurityGroupData {
            id: id.into(),
            arn: arn(aws, group.owner_id(), &format!("security-group/{id}")).await?.into(),
            description: group.description().into(),
            name: group.group_name().into(),
            tags: Attr::Known(aws.tags().ours(tags_of(group.tags()))),
            vpc_id: group.vpc_id().into(),
            ..config
        })
    }
}
