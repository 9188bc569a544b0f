//! Routes: where traffic to somewhere goes. Shared by route tables and single routes.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::checks::Cidr;
use groma_aws_core::{Aws, Outcome as _, Progress, retry};
use groma_sdk::{Context, Diagnostics};

use crate::ec2::{ec2, until};
use crate::loaders;

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

/// The parameters of a request for a route, which are named alike.
macro_rules! aimed {
    ($request:expr, $table:expr, $way:expr) => {{
        let request = $request.route_table_id($table);
        let request = match &$way.to {
            Destination::V4(cidr) => request.destination_cidr_block(cidr),
            Destination::V6(cidr) => request.destination_ipv6_cidr_block(cidr),
            Destination::PrefixList(list) => request.destination_prefix_list_id(list),
        };
        let target = &$way.target;
        match $way.via {
            Via::CarrierGateway => request.carrier_gateway_id(target),
            Via::CoreNetwork => request.core_network_arn(target),
            Via::EgressOnlyGateway => request.egress_only_internet_gateway_id(target),
            Via::Endpoint => request.vpc_endpoint_id(target),
            Via::Gateway => request.gateway_id(target),
            Via::Instance => request.instance_id(target),
            Via::Interface => request.network_interface_id(target),
            Via::LocalGateway => request.local_gateway_id(target),
            Via::NatGateway => request.nat_gateway_id(target),
            Via::PeeringConnection => request.vpc_peering_connection_id(target),
            Via::TransitGateway => request.transit_gateway_id(target),
        }
    }};
}

/// Whether a target that was just made is not known everywhere yet.
fn is_early(error: &groma_aws_core::Error) -> bool {
    error.is_any(&[
        "InvalidParameterException",
        "InvalidTransitGatewayID.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidNatGatewayID.NotFound",
        "NatGatewayNotFound",
        "InvalidGatewayID.NotFound",
    ])
}

/// Adds a route to a table, and waits until it is there.
pub(crate) async fn create(
    cx: &Context<Aws>,
    table: &str,
    way: &Way,
    limit: Duration,
) -> Result<(), Diagnostics> {
    if way.is_local() {
        // Such a route is there already, or none of its kind can be.
        return replace(cx, table, way, limit).await;
    }
    let ec2 = ec2(cx.client());
    let to = way.to.text();
    let about = format!("creating Route in Route Table ({table}) with destination ({to})");
    let early = limit.min(Duration::from_secs(300));
    let made =
        retry(cx, format!("the target of a route ({})", way.target), early, is_early, || async {
            aimed!(ec2.create_route(), table, way).send().await.typed()
        });
    match made.await {
        Ok(_) => {}
        Err(e) if e.is("RouteAlreadyExists") && is_there(cx, table, way).await => {}
        Err(e) => return Err(e.during(about)),
    }
    until_there(cx, table, way, limit).await
}

/// Whether a table has just this route: an earlier request for it was carried out.
async fn is_there(cx: &Context<Aws>, table: &str, way: &Way) -> bool {
    let read = loaders::route_tables(cx.client()).load(table.to_owned()).await;
    let Ok(Some(table)) = read else { return false };
    route_to(&table, &way.to)
        .and_then(Way::of)
        .is_some_and(|there| there.via == way.via && there.target == way.target)
}

async fn until_there(
    cx: &Context<Aws>,
    table: &str,
    way: &Way,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let tables = loaders::route_tables(cx.client());
    let what = format!("Route to {} in Route Table", way.to.text());
    until(cx, &tables, table, &what, "to be there", limit, |table| {
        let there = table.as_ref().and_then(|t| route_to(t, &way.to));
        Ok(match there.and_then(|r| Way::of(r).map(|w| (r, w))) {
            Some((_, now)) if way.via != Via::Instance && now.target != way.target => {
                Progress::pending(format!("to {}", now.target))
            }
            Some((route, _)) => match route.state() {
                Some(api::RouteState::Active) | None => Progress::Ready(()),
                // It leads nowhere yet, but is what was asked for.
                Some(_) => Progress::Ready(()),
            },
            None => Progress::pending("not there"),
        })
    })
    .await
}

/// Gives a route of a table another target.
pub(crate) async fn replace(
    cx: &Context<Aws>,
    table: &str,
    way: &Way,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let to = way.to.text();
    let early = limit.min(Duration::from_secs(300));
    let done =
        retry(cx, format!("the target of a route ({})", way.target), early, is_early, || async {
            if way.is_local() {
                let request = ec2.replace_route().route_table_id(table).local_target(true);
                let request = match &way.to {
                    Destination::V4(cidr) => request.destination_cidr_block(cidr),
                    Destination::V6(cidr) => request.destination_ipv6_cidr_block(cidr),
                    Destination::PrefixList(list) => request.destination_prefix_list_id(list),
                };
                return request.send().await.typed();
            }
            aimed!(ec2.replace_route(), table, way).send().await.typed()
        });
    done.await
        .during(format_args!("updating Route in Route Table ({table}) with destination ({to})"))?;
    until_there(cx, table, way, limit).await
}

/// Takes a route out of a table, and waits until it is gone.
pub(crate) async fn delete(
    cx: &Context<Aws>,
    table: &str,
    to: &Destination,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let held = |e: &groma_aws_core::Error| e.is("InvalidParameterException");
    let text = to.text();
    let done = retry(cx, format!("Route to {text} to be deletable"), limit, held, || async {
        let request = ec2.delete_route().route_table_id(table);
        let request = match to {
            Destination::V4(cidr) => request.destination_cidr_block(cidr),
            Destination::V6(cidr) => request.destination_ipv6_cidr_block(cidr),
            Destination::PrefixList(list) => request.destination_prefix_list_id(list),
        };
        request.send().await.typed()
    });
    match done.await {
        Ok(_) => {}
        Err(e) if e.is_any(&["InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"]) => {
            return Ok(());
        }
        Err(e) => {
            return Err(e.during(format_args!(
                "deleting Route in Route Table ({table}) with destination ({text})"
            )));
        }
    }
    let tables = loaders::route_tables(cx.client());
    let what = format!("Route to {text} in Route Table");
    until(cx, &tables, table, &what, "to be deleted", limit, |table| {
        Ok(match table.as_ref().and_then(|t| route_to(t, to)) {
            Some(_) => Progress::pending("still there"),
            None => Progress::Ready(()),
        })
    })
    .await
}

/// Makes the routes of a table those wanted.
pub(crate) async fn change(
    cx: &Context<Aws>,
    table: &str,
    before: &[Way],
    after: &[Way],
    limit: Duration,
) -> Result<(), Diagnostics> {
    for old in before {
        if !old.is_local() && !after.iter().any(|new| new.to.is(&old.to)) {
            delete(cx, table, &old.to, limit).await?;
        }
    }
    for new in after {
        match before.iter().find(|old| old.to.is(&new.to)) {
            Some(old) if old.via == new.via && old.target == new.target => {}
            Some(_) => replace(cx, table, new, limit).await?,
            None => create(cx, table, new, limit).await?,
        }
    }
    Ok(())
}

/// The elements of a table's `route`, whose fields differ a little from type to type.
macro_rules! route_objects {
    ($ty:ident { $($field:ident: $via:ident),+ $(,)? }) => {
        impl $ty {
            /// The route, if it is complete.
            fn way(&self) -> Option<Way> {
                let to = None
                    .or(self.cidr_block.to_filled().map(Destination::V4))
                    .or(self.ipv6_cidr_block.to_filled().map(Destination::V6))
                    .or(self.destination_prefix_list_id.to_filled().map(Destination::PrefixList))?;
                $(
                    if let Some(target) = self.$field.to_filled() {
                        return Some(Way { to, via: Via::$via, target });
                    }
                )+
                None
            }

            /// The element for a route, empty texts for what it lacks, as states have them.
            fn of(way: &Way) -> $ty {
                let mut object = $ty::default().filled_out();
                match &way.to {
                    Destination::V4(cidr) => object.cidr_block = cidr.clone().into(),
                    Destination::V6(cidr) => object.ipv6_cidr_block = cidr.clone().into(),
                    Destination::PrefixList(list) => {
                        object.destination_prefix_list_id = list.clone().into();
                    }
                }
                match way.via {
                    $(Via::$via => object.$field = way.target.clone().into(),)+
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
                object
            }

            fn filled_out(mut self) -> $ty {
                let empty = |text: &mut Attr<String>| {
                    if text.is_null() {
                        *text = "".into();
                    }
                };
                empty(&mut self.cidr_block);
                empty(&mut self.ipv6_cidr_block);
                empty(&mut self.destination_prefix_list_id);
                $(empty(&mut self.$field);)+
                self
            }

            /// What is wrong with an element.
            fn problem(&self) -> Option<&'static str> {
                let destinations =
                    [&self.cidr_block, &self.ipv6_cidr_block, &self.destination_prefix_list_id];
                let targets = [$(&self.$field),+];
                let count = |all: &[&Attr<String>]| {
                    let unknown = all.iter().any(|a| a.is_unknown());
                    (!unknown).then(|| all.iter().filter(|a| a.filled().is_some()).count())
                };
                match (count(&destinations), count(&targets)) {
                    (Some(0), _) => Some(
                        "A route needs a destination: set its \"cidr_block\", \"ipv6_cidr_block\" \
                         or \"destination_prefix_list_id\".",
                    ),
                    (Some(2..), _) => Some("A route has one destination, but one has several."),
                    (_, Some(0)) => Some(
                        "A route needs a target, such as \"gateway_id\" or \"nat_gateway_id\".",
                    ),
                    (_, Some(2..)) => Some("A route has one target, but one has several."),
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use route_objects;

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
