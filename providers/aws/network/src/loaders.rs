//! The reads of EC2's objects: those that arrive together become one call.

use std::collections::HashMap;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Loader, Outcome as _};

use crate::ec2::{ec2, filter};

/// How many ids one call asks for: as many values as a filter takes.
const IDS: usize = 200;

/// How many objects a list of all ends at.
const LISTED: usize = 3000;

/// Loaders of objects whose `Describe…` call filters by their ids and has pages.
macro_rules! loaders {
    ($(
        $(#[$doc:meta])*
        $name:ident: $ty:ty = $describe:ident by $filters:ident $key:literal
        $(and $also:literal $value:literal)?, |$item:ident| $id:expr;
    )+) => {$(
        $(#[$doc])*
        pub fn $name(aws: &Aws) -> Loader<String, $ty> {
            let (some, all) = (ec2(aws), ec2(aws));
            aws.sweeping_loader(
                concat!("ec2:", stringify!($name)),
                IDS,
                move |ids: Vec<String>| {
                    let ask = some.$describe().$filters(filter($key, ids))
                        $(.$filters(filter($also, [$value])))?;
                    async move {
                        let mut found = HashMap::new();
                        let mut items = ask.into_paginator().items().send();
                        while let Some($item) = items.next().await.transpose().typed()? {
                            found.insert($id.unwrap_or_default().to_owned(), $item);
                        }
                        Ok(found)
                    }
                },
                move || {
                    let ask = all.$describe()$(.$filters(filter($also, [$value])))?;
                    async move {
                        let mut found = HashMap::new();
                        let mut items = ask.into_paginator().items().send();
                        while found.len() < LISTED
                            && let Some($item) = items.next().await.transpose().typed()?
                        {
                            found.insert($id.unwrap_or_default().to_owned(), $item);
                        }
                        Ok(found)
                    }
                },
            )
        }
    )+};
}

loaders! {
    /// VPCs by their ids.
    vpcs: api::Vpc = describe_vpcs by filters "vpc-id", |x| x.vpc_id();
    /// Subnets by their ids.
    subnets: api::Subnet = describe_subnets by filters "subnet-id", |x| x.subnet_id();
    /// Internet gateways by their ids.
    internet_gateways: api::InternetGateway = describe_internet_gateways
        by filters "internet-gateway-id", |x| x.internet_gateway_id();
    /// Route tables by their ids.
    route_tables: api::RouteTable = describe_route_tables
        by filters "route-table-id", |x| x.route_table_id();
    /// The main route tables of VPCs, by the ids of these.
    main_route_tables: api::RouteTable = describe_route_tables
        by filters "vpc-id" and "association.main" "true", |x| x.vpc_id();
    /// Security groups by their ids.
    security_groups: api::SecurityGroup = describe_security_groups
        by filters "group-id", |x| x.group_id();
    /// The default security groups of VPCs, by the ids of these.
    default_security_groups: api::SecurityGroup = describe_security_groups
        by filters "vpc-id" and "group-name" "default", |x| x.vpc_id();
    /// Rules of security groups by their ids.
    security_group_rules: api::SecurityGroupRule = describe_security_group_rules
        by filters "security-group-rule-id", |x| x.security_group_rule_id();
    /// NAT gateways by their ids.
    nat_gateways: api::NatGateway = describe_nat_gateways
        by filter "nat-gateway-id", |x| x.nat_gateway_id();
    /// The default network ACLs of VPCs, by the ids of these.
    default_network_acls: api::NetworkAcl = describe_network_acls
        by filters "vpc-id" and "default" "true", |x| x.vpc_id();
    /// Network interfaces by their ids.
    network_interfaces: api::NetworkInterface = describe_network_interfaces
        by filters "network-interface-id", |x| x.network_interface_id();
    /// Volumes by their ids.
    volumes: api::Volume = describe_volumes by filters "volume-id", |x| x.volume_id();
}

/// Instances by their ids.
pub fn instances(aws: &Aws) -> Loader<String, api::Instance> {
    let (some, all) = (ec2(aws), ec2(aws));
    let keyed = |found: &mut HashMap<String, api::Instance>, mut reservation: api::Reservation| {
        for instance in reservation.instances.take().unwrap_or_default() {
            found.insert(instance.instance_id().unwrap_or_default().to_owned(), instance);
        }
    };
    aws.sweeping_loader(
        "ec2:instances",
        IDS,
        move |ids: Vec<String>| {
            let ask = some.describe_instances().filters(filter("instance-id", ids));
            async move {
                let mut found = HashMap::new();
                let mut items = ask.into_paginator().items().send();
                while let Some(reservation) = items.next().await.transpose().typed()? {
                    keyed(&mut found, reservation);
                }
                Ok(found)
            }
        },
        move || {
            let ask = all.describe_instances();
            async move {
                let mut found = HashMap::new();
                let mut items = ask.into_paginator().items().send();
                while found.len() < LISTED
                    && let Some(reservation) = items.next().await.transpose().typed()?
                {
                    keyed(&mut found, reservation);
                }
                Ok(found)
            }
        },
    )
}

/// All subnets of VPCs, by the ids of these.
pub fn subnets_of_vpcs(aws: &Aws) -> Loader<String, Vec<api::Subnet>> {
    let ec2 = ec2(aws);
    aws.loader("ec2:subnets_of_vpcs", IDS, move |ids: Vec<String>| {
        let ask = ec2.describe_subnets().filters(filter("vpc-id", ids));
        async move {
            let mut found: HashMap<String, Vec<api::Subnet>> = HashMap::new();
            let mut items = ask.into_paginator().items().send();
            while let Some(subnet) = items.next().await.transpose().typed()? {
                let vpc = subnet.vpc_id().unwrap_or_default().to_owned();
                found.entry(vpc).or_default().push(subnet);
            }
            Ok(found)
        }
    })
}

/// Elastic IP addresses by their allocation ids.
pub fn addresses(aws: &Aws) -> Loader<String, api::Address> {
    let ec2 = ec2(aws);
    aws.loader("ec2:addresses", IDS, move |ids: Vec<String>| {
        let ask = ec2.describe_addresses().filters(filter("allocation-id", ids));
        async move {
            let found = ask.send().await.typed()?.addresses.unwrap_or_default();
            let keyed =
                found.into_iter().map(|x| (x.allocation_id().unwrap_or_default().to_owned(), x));
            Ok(keyed.collect())
        }
    })
}

/// Network ACLs by their ids. Emulators know no filter by these; what is missing is an error then, and
/// the others are read by halves.
pub fn network_acls(aws: &Aws) -> Loader<String, api::NetworkAcl> {
    let (some, all) = (ec2(aws), ec2(aws));
    let key = |acl: &api::NetworkAcl| acl.network_acl_id().unwrap_or_default().to_owned();
    aws.sweeping_loader(
        "ec2:network_acls",
        IDS,
        move |ids: Vec<String>| {
            let ask = some.describe_network_acls().set_network_acl_ids(Some(ids));
            async move {
                let found = ask.send().await.typed()?.network_acls.unwrap_or_default();
                Ok(found.into_iter().map(|acl| (key(&acl), acl)).collect())
            }
        },
        move || {
            let ask = all.describe_network_acls().max_results(1000);
            async move {
                let found = ask.send().await.typed()?.network_acls.unwrap_or_default();
                Ok(found.into_iter().map(|acl| (key(&acl), acl)).collect())
            }
        },
    )
}

/// Endpoints of VPCs by their ids, for which emulators know no filter either.
pub fn vpc_endpoints(aws: &Aws) -> Loader<String, api::VpcEndpoint> {
    let (some, all) = (ec2(aws), ec2(aws));
    let key = |e: &api::VpcEndpoint| e.vpc_endpoint_id().unwrap_or_default().to_owned();
    aws.sweeping_loader(
        "ec2:vpc_endpoints",
        IDS,
        move |ids: Vec<String>| {
            let ask = some.describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids));
            async move {
                let found = ask.send().await.typed()?.vpc_endpoints.unwrap_or_default();
                Ok(found.into_iter().map(|e| (key(&e), e)).collect())
            }
        },
        move || {
            let ask = all.describe_vpc_endpoints().max_results(1000);
            async move {
                let found = ask.send().await.typed()?.vpc_endpoints.unwrap_or_default();
                Ok(found.into_iter().map(|e| (key(&e), e)).collect())
            }
        },
    )
}

/// Flow logs by their ids, for which there is no filter.
pub fn flow_logs(aws: &Aws) -> Loader<String, api::FlowLog> {
    let ec2 = ec2(aws);
    aws.loader("ec2:flow_logs", IDS, move |ids: Vec<String>| {
        let ask = ec2.describe_flow_logs().set_flow_log_ids(Some(ids));
        async move {
            let mut found = HashMap::new();
            let mut items = ask.into_paginator().items().send();
            while let Some(log) = items.next().await.transpose().typed()? {
                found.insert(log.flow_log_id().unwrap_or_default().to_owned(), log);
            }
            Ok(found)
        }
    })
}
