//! Routes: where traffic to somewhere goes. Shared by route tables and single routes.
//!
//! [`calls`] adds, changes and removes them; [`objects`] are the elements of a table's `route`.

mod calls;
pub(crate) mod objects;

use aws_sdk_ec2::types as api;
use groma_aws_core::checks::Cidr;

pub(crate) use calls::{change, create, delete, propagate, replace};

/// Where traffic is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    V4(String),
    V6(String),
    PrefixList(String),
}

impl Destination {
    pub(crate) fn text(&self) -> &str {
        let (Destination::V4(text) | Destination::V6(text) | Destination::PrefixList(text)) = self;
        text
    }

    /// Whether two are the same, however IPv6 networks are written.
    pub(crate) fn is(&self, other: &Destination) -> bool {
        match (self, other) {
            (Destination::V6(a), Destination::V6(b)) => {
                a == b || Cidr::parse(a).is_ok_and(|a| Cidr::parse(b) == Ok(a))
            }
            _ => self == other,
        }
    }
}

/// What kind of thing traffic goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    CarrierGateway,
    CoreNetwork,
    EgressOnlyGateway,
    Endpoint,
    Gateway,
    Instance,
    Interface,
    LocalGateway,
    NatGateway,
    PeeringConnection,
    TransitGateway,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) to: Destination,
    pub(crate) via: Via,
    pub(crate) target: String,
}

impl Way {
    /// Whether it is one that a VPC has of its own.
    pub(crate) fn is_local(&self) -> bool {
        self.via == Via::Gateway && self.target == "local"
    }

    /// The route that EC2 describes.
    pub(crate) fn of(route: &api::Route) -> Option<Way> {
        let to = None
            .or(route.destination_cidr_block().map(|c| Destination::V4(c.to_owned())))
            .or(route.destination_ipv6_cidr_block().map(|c| Destination::V6(c.to_owned())))
            .or(route
                .destination_prefix_list_id()
                .map(|p| Destination::PrefixList(p.to_owned())))?;
        let endpoint = route.gateway_id().filter(|g| g.starts_with("vpce-"));
        let targets = [
            (Via::CarrierGateway, route.carrier_gateway_id()),
            (Via::CoreNetwork, route.core_network_arn()),
            (Via::EgressOnlyGateway, route.egress_only_internet_gateway_id()),
            (Via::Endpoint, endpoint),
            (Via::Gateway, route.gateway_id()),
            (Via::LocalGateway, route.local_gateway_id()),
            (Via::NatGateway, route.nat_gateway_id()),
            (Via::Interface, route.network_interface_id()),
            (Via::TransitGateway, route.transit_gateway_id()),
            (Via::PeeringConnection, route.vpc_peering_connection_id()),
            (Via::Instance, route.instance_id()),
        ];
        let (via, target) = targets.into_iter().find_map(|(via, target)| Some((via, target?)))?;
        Some(Way { to, via, target: target.to_owned() })
    }
}

/// Whether a route of a table is to be seen in a table's `route`: not what the VPC, its gateway
/// endpoints and propagation put there.
pub(crate) fn is_own(route: &api::Route) -> bool {
    let by_endpoint = route.destination_prefix_list_id().is_some()
        && route.gateway_id().is_some_and(|g| g.starts_with("vpce-"));
    route.origin() != Some(&api::RouteOrigin::EnableVgwRoutePropagation) && !by_endpoint
}

/// The route of a table to a destination.
pub(crate) fn route_to<'t>(table: &'t api::RouteTable, to: &Destination) -> Option<&'t api::Route> {
    table.routes().iter().find(|r| Way::of(r).is_some_and(|w| w.to.is(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_recognized() {
        let route =
            api::Route::builder().destination_prefix_list_id("pl-1").gateway_id("vpce-1").build();
        assert!(!is_own(&route));
        let way = Way::of(&route);
        assert_eq!(way.map(|w| w.via), Some(Via::Endpoint));
        let route =
            api::Route::builder().destination_cidr_block("10.0.0.0/16").gateway_id("local").build();
        assert!(is_own(&route) && Way::of(&route).is_some_and(|w| w.is_local()));
        let route = api::Route::builder()
            .destination_cidr_block("0.0.0.0/0")
            .network_interface_id("eni-1")
            .instance_id("i-1")
            .build();
        assert_eq!(Way::of(&route).map(|w| w.target), Some("eni-1".to_owned()));
    }

    #[test]
    fn ipv6_networks_are_compared_by_meaning() {
        let v6 = |text: &str| Destination::V6(text.to_owned());
        assert!(v6("::/0").is(&v6("0:0:0:0:0:0:0:0/0")));
        assert!(!v6("::/0").is(&Destination::V4("::/0".to_owned())));
    }
}
