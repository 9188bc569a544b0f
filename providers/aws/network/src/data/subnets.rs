//! `aws_subnets`, the data source: the ids of the subnets that pass.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, async_trait};

use super::filters::{Filter, filters, tag_filters};
use crate::ec2::ec2;

/// The arguments and attributes of `aws_subnets`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SubnetsData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) ids: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SubnetsDataTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SubnetsDataTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
}

pub(crate) struct SubnetsLookup;

#[async_trait]
impl Lookup<Aws> for SubnetsLookup {
    type Model = SubnetsData;

    fn name(&self) -> &'static str {
        "aws_subnets"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: SubnetsData,
    ) -> Result<SubnetsData, Diagnostics> {
        let aws = cx.client();
        let mut these = filters(&config.filter);
        these.extend(tag_filters(&config.tags.or_default()));
        let ask = ec2(aws).describe_subnets().set_filters((!these.is_empty()).then_some(these));
        let mut items = ask.into_paginator().items().send();
        let mut ids = Vec::new();
        while let Some(subnet) = items.next().await.transpose().during("reading EC2 Subnets")? {
            ids.extend(subnet.subnet_id);
        }
        Ok(SubnetsData { id: aws.region().into(), ids: Attr::Known(ids), ..config })
    }
}
