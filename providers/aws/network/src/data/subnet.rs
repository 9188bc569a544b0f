//! `aws_subnet`, the data source.

use std::collections::BTreeMap;

use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, async_trait};

use super::filters::{Filter, filters, one, tag_filters};
use crate::ec2::{ec2, filter, tags_of};
use crate::subnet::attributes_of;

/// The arguments and attributes of `aws_subnet`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SubnetData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) assign_ipv6_address_on_creation: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) availability_zone: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) availability_zone_id: Attr<String>,
    #[attr(computed)]
    pub(crate) available_ip_address_count: Attr<i64>,
    #[attr(optional, computed)]
    pub(crate) cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) customer_owned_ipv4_pool: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) default_for_az: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_dns64: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_lni_at_device_index: Attr<i64>,
    #[attr(computed)]
    pub(crate) enable_resource_name_dns_a_record_on_launch: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_resource_name_dns_aaaa_record_on_launch: Attr<bool>,
    #[attr(optional, computed)]
    pub(crate) ipv6_cidr_block: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_cidr_block_association_id: Attr<String>,
    #[attr(computed)]
    pub(crate) ipv6_native: Attr<bool>,
    #[attr(computed)]
    pub(crate) map_customer_owned_ip_on_launch: Attr<bool>,
    #[attr(computed)]
    pub(crate) map_public_ip_on_launch: Attr<bool>,
    #[attr(computed)]
    pub(crate) outpost_arn: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(computed)]
    pub(crate) private_dns_hostname_type_on_launch: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) state: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<SubnetDataTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SubnetDataTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) read: Attr<String>,
}

pub(crate) struct SubnetLookup;

#[async_trait]
impl Lookup<Aws> for SubnetLookup {
    type Model = SubnetData;

    fn name(&self) -> &'static str {
        "aws_subnet"
    }

    async fn read(&self, cx: &Context<Aws>, config: SubnetData) -> Result<SubnetData, Diagnostics> {
        let aws = cx.client();
        let mut these = filters(&config.filter);
        let default = config.default_for_az.is_true().then_some("true");
        for (name, value) in [
            ("subnet-id", config.id.filled()),
            ("availabilityZone", config.availability_zone.filled()),
            ("availabilityZoneId", config.availability_zone_id.filled()),
            ("cidrBlock", config.cidr_block.filled()),
            ("defaultForAz", default),
            ("ipv6-cidr-block-association.ipv6-cidr-block", config.ipv6_cidr_block.filled()),
            ("state", config.state.filled()),
            ("vpc-id", config.vpc_id.filled()),
        ] {
            these.extend(value.map(|v| filter(name, [v])));
        }
        these.extend(tag_filters(&config.tags.or_default()));
        let ask = ec2(aws).describe_subnets().set_filters((!these.is_empty()).then_some(these));
        let answer = ask.send().await.during("reading EC2 Subnets")?;
        let subnet = one(answer.subnets(), "EC2 Subnet")?;
        let a = attributes_of(subnet);
        Ok(SubnetData {
            id: a.id,
            arn: a.arn,
            assign_ipv6_address_on_creation: a.assign_ipv6_address_on_creation,
            availability_zone: a.availability_zone,
            availability_zone_id: a.availability_zone_id,
            available_ip_address_count: subnet.available_ip_address_count().into(),
            cidr_block: a.cidr_block,
            customer_owned_ipv4_pool: a.customer_owned_ipv4_pool,
            default_for_az: subnet.default_for_az().unwrap_or(false).into(),
            enable_dns64: a.enable_dns64,
            enable_lni_at_device_index: a.enable_lni_at_device_index,
            enable_resource_name_dns_a_record_on_launch: a
                .enable_resource_name_dns_a_record_on_launch,
            enable_resource_name_dns_aaaa_record_on_launch: a
                .enable_resource_name_dns_aaaa_record_on_launch,
            ipv6_cidr_block: a.ipv6_cidr_block,
            ipv6_cidr_block_association_id: a.ipv6_cidr_block_association_id,
            ipv6_native: a.ipv6_native,
            map_customer_owned_ip_on_launch: a.map_customer_owned_ip_on_launch,
            map_public_ip_on_launch: a.map_public_ip_on_launch,
            outpost_arn: a.outpost_arn,
            owner_id: a.owner_id,
            private_dns_hostname_type_on_launch: a.private_dns_hostname_type_on_launch,
            state: subnet.state().map(|s| s.as_str()).into(),
            tags: Attr::Known(aws.tags().ours(tags_of(subnet.tags()))),
            vpc_id: a.vpc_id,
            ..config
        })
    }
}
