//! `aws_vpc`, the data source.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, async_trait};

use super::filters::{Filter, filters, one, tag_filters};
use crate::ec2::{arn, ec2, filter, tags_of};
use crate::loaders;
use crate::vpc::attribute;

/// The arguments and attributes of `aws_vpc`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) cidr_block_associations: Attr<Vec<VpcDataCidrBlockAssociations>>,
    #[attr(optional, computed)]
    pub(crate) default: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) dhcp_options_id: Attr<String>,
    #[attr(computed)]
    pub(crate) enable_dns_hostnames: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_dns_support: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_network_address_usage_metrics: Attr<bool>,
    #[attr(computed)]
    pub(crate) instance_tenancy: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_association_id: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) main_route_table_id: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) state: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<VpcDataTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcDataTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
}

/// One element of `cidr_block_associations`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcDataCidrBlockAssociations {
    #[attr(computed)]
    pub(crate) association_id: Attr<String>,
    #[attr(computed)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) state: Attr<String>,
}

pub(crate) struct VpcLookup;

#[async_trait]
impl Lookup<Aws> for VpcLookup {
    type Model = VpcData;

    fn name(&self) -> &'static str {
        "aws_vpc"
    }

    async fn read(&self, cx: &Context<Aws>, config: VpcData) -> Result<VpcData, Diagnostics> {
        let aws = cx.client();
        let mut these = filters(&config.filter);
        let default = config.default.is_true().then_some("true");
        for (name, value) in [
            ("vpc-id", config.id.filled()),
            ("cidr", config.cidr_block.filled()),
            ("dhcp-options-id", config.dhcp_options_id.filled()),
            ("is-default", default),
            ("state", config.state.filled()),
        ] {
            these.extend(value.map(|v| filter(name, [v])));
        }
        these.extend(tag_filters(&config.tags.or_default()));
        let ask = ec2(aws).describe_vpcs().set_filters((!these.is_empty()).then_some(these));
        let answer = ask.send().await.during("reading EC2 VPCs")?;
        let vpc = one(answer.vpcs(), "EC2 VPC")?;
        let id = vpc.vpc_id().unwrap_or_default().to_owned();
        let tables = loaders::main_route_tables(aws);
        let about = format!("reading EC2 VPC ({id})");
        let (hostnames, support, metrics, table) = tokio::try_join!(
            attribute(cx, &id, api::VpcAttributeName::EnableDnsHostnames),
            attribute(cx, &id, api::VpcAttributeName::EnableDnsSupport),
            attribute(cx, &id, api::VpcAttributeName::EnableNetworkAddressUsageMetrics),
            async { tables.load(id.clone()).await.during(&about) },
        )?;
        let networks =
            vpc.cidr_block_association_set().iter().map(|a| VpcDataCidrBlockAssociations {
                association_id: a.association_id().into(),
                cidr_block: a.cidr_block().into(),
                state: a.cidr_block_state().and_then(|s| s.state()).map(|s| s.as_str()).into(),
            });
        let ipv6 = vpc.ipv6_cidr_block_association_set().first();
        Ok(VpcData {
            arn: arn(aws, vpc.owner_id(), &format!("vpc/{id}")).await?.into(),
            cidr_block: vpc.cidr_block().into(),
            cidr_block_associations: Attr::Known(networks.collect()),
            default: vpc.is_default().unwrap_or(false).into(),
            dhcp_options_id: vpc.dhcp_options_id().into(),
            enable_dns_hostnames: hostnames.into(),
            enable_dns_support: support.into(),
            enable_network_address_usage_metrics: metrics.into(),
            instance_tenancy: vpc.instance_tenancy().map(|t| t.as_str()).into(),
            ipv6_association_id: ipv6.and_then(|a| a.association_id()).unwrap_or_default().into(),
            ipv6_cidr_block: ipv6.and_then(|a| a.ipv6_cidr_block()).unwrap_or_default().into(),
            main_route_table_id: table.as_ref().and_then(|t| t.route_table_id()).into(),
            owner_id: vpc.owner_id().into(),
            state: vpc.state().map(|s| s.as_str()).into(),
            tags: Attr::Known(aws.tags().ours(tags_of(vpc.tags()))),
            id: id.into(),
            ..config
        })
    }
}
