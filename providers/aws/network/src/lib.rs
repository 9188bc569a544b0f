//! Networks and what guards them.
//!
//! - [`ec2`] has what all types of EC2 share, [`loaders`] their reads, which are gathered into calls
//!   for many objects, [`rules`] what configurations must hold.
//! - `routes`, `acl_entries`, `permissions` and `group_rules` are what several types have of routes, of
//!   entries of network ACLs and of rules of security groups, `subnet_networks` what holds of networks
//!   and addresses.
//! - `draining` deletes what others may still use.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

pub mod data;
pub mod ec2;
pub mod loaders;
pub mod rules;

mod acl_entries;
#[cfg(test)]
mod answers;
mod default_network_acl;
mod default_route_table;
mod default_security_group;
mod draining;
mod eip;
mod flow_log;
mod group_rules;
mod internet_gateway;
mod nat_gateway;
mod network_acl;
mod network_acl_rule;
mod network_interface;
mod permissions;
mod route;
mod route_table;
mod route_table_association;
mod routes;
mod security_group;
mod security_group_rule;
mod subnet;
mod subnet_networks;
mod vpc;
mod vpc_endpoint;
mod vpc_security_group_rule;

use {base64 as _, serde_json as _};

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds the types of this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .lookup(data::availability_zones::AvailabilityZones)
        .lookup(data::security_group::SecurityGroupLookup)
        .lookup(data::subnet::SubnetLookup)
        .lookup(data::subnets::SubnetsLookup)
        .lookup(data::vpc::VpcLookup)
        .managed(default_network_acl::DefaultNetworkAclResource)
        .managed(default_route_table::DefaultRouteTableResource)
        .managed(default_security_group::DefaultSecurityGroupResource)
        .managed(eip::EipResource)
        .managed(flow_log::FlowLogResource)
        .managed(internet_gateway::InternetGatewayResource)
        .managed(nat_gateway::NatGatewayResource)
        .managed(network_acl::NetworkAclResource)
        .managed(network_acl_rule::NetworkAclRuleResource)
        .managed(network_interface::NetworkInterfaceResource)
        .managed(route::RouteResource)
        .managed(route_table::RouteTableResource)
        .managed(route_table_association::RouteTableAssociationResource)
        .managed(security_group::SecurityGroupResource)
        .managed(security_group_rule::SecurityGroupRuleResource)
        .managed(subnet::SubnetResource)
        .managed(vpc::VpcResource)
        .managed(vpc_endpoint::VpcEndpointResource)
        .managed(vpc_security_group_rule::RuleResource { egress: false })
        .managed(vpc_security_group_rule::RuleResource { egress: true })
}
