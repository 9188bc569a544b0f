//! `aws_instances`, the data source: the instances that pass, and their addresses.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::data::{Filter, filters, tag_filters};
use groma_aws_network::ec2::{ec2, filter};
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, Set, async_trait, timeouts};

/// The arguments and attributes of `aws_instances`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InstancesData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) ids: Attr<Vec<String>>,
    #[attr(optional, check = each(one_of(&["pending", "running", "shutting-down", "terminated", "stopping", "stopped"])))]
    pub(crate) instance_state_names: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) instance_tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) ipv6_addresses: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) private_ips: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) public_ips: Attr<Vec<String>>,
    #[block(set)]
    pub(crate) filter: Blocks<Filter>,
    #[block(single)]
    pub(crate) timeouts: Blocks<InstancesDataTimeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct InstancesDataTimeouts {
        read: Duration::from_secs(1200),
    }
}

pub(crate) struct Instances;

#[async_trait]
impl Lookup<Aws> for Instances {
    type Model = InstancesData;

    fn name(&self) -> &'static str {
        "aws_instances"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: InstancesData,
    ) -> Result<InstancesData, Diagnostics> {
        let aws = cx.client();
        let states = config.instance_state_names.to_filled();
        let mut these = filters(&config.filter);
        these.push(filter(
            "instance-state-name",
            states.unwrap_or_else(|| vec!["running".to_owned()]),
        ));
        these.extend(tag_filters(&config.instance_tags.or_default()));
        let ask = ec2(aws).describe_instances().set_filters(Some(these));
        let mut items = ask.into_paginator().items().send();
        let (mut ids, mut private, mut public, mut ipv6) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        while let Some(found) = items.next().await.transpose().during("reading EC2 Instances")? {
            for instance in found.instances.unwrap_or_default() {
                let interfaces = instance.network_interfaces.unwrap_or_default();
                let addresses =
                    interfaces.into_iter().flat_map(|n| n.ipv6_addresses.unwrap_or_default());
                ipv6.extend(addresses.filter_map(|a| a.ipv6_address));
                ids.extend(instance.instance_id);
                private.extend(instance.private_ip_address);
                public.extend(instance.public_ip_address.filter(|ip| !ip.is_empty()));
            }
        }
        Ok(InstancesData {
            id: aws.region().into(),
            ids: Attr::Known(ids),
            ipv6_addresses: Attr::Known(ipv6),
            private_ips: Attr::Known(private),
            public_ips: Attr::Known(public),
            ..config
        })
    }
}
