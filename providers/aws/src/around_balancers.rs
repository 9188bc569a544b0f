//! What load balancers ask of the network that they are in, answered by the network's room.

use groma_aws_balancing::{Network, Place};
use groma_aws_core::{Aws, Outcome as _};
use groma_aws_network::ec2::{ec2, filter};
use groma_sdk::{Diagnostics, async_trait};

/// The network as EC2 knows it.
pub(crate) struct Ec2Network;

#[async_trait]
impl Network for Ec2Network {
    async fn places(&self, aws: &Aws, ids: &[String]) -> Result<Vec<Place>, Diagnostics> {
        let ask = ec2(aws).describe_subnets().filters(filter("subnet-id", ids));
        let mut found = ask.into_paginator().items().send();
        let mut places = Vec::new();
        while let Some(subnet) = found.next().await.transpose().during("reading EC2 Subnets")? {
            places.push(Place {
                subnet: subnet.subnet_id().unwrap_or_default().to_owned(),
                zone: subnet.availability_zone().unwrap_or_default().to_owned(),
                vpc: subnet.vpc_id().unwrap_or_default().to_owned(),
                on_outpost: subnet.outpost_arn().is_some(),
            });
        }
        Ok(places)
    }

    async fn interfaces(&self, aws: &Aws, description: &str) -> Result<usize, Diagnostics> {
        // The first attaches those of application load balancers, the second those of the others.
        let owners = ["amazon-elb", "amazon-aws"];
        let mut found = ec2(aws)
            .describe_network_interfaces()
            .filters(filter("attachment.instance-owner-id", owners))
            .filters(filter("description", [description]))
            .into_paginator()
            .items()
            .send();
        let mut count = 0;
        while found.next().await.transpose().during("reading EC2 Network Interfaces")?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}
