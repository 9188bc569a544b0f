//! Adding, changing and removing routes, and waiting until tables have them.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, Progress, retry};
use groma_sdk::{Attr, Context, Diagnostics, Set};

use super::{Destination, Via, Way, route_to};
use crate::ec2::{difference, ec2, until};
use crate::loaders;

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

/// Changes which virtual private gateways a table gets routes of.
pub(crate) async fn propagate(
    cx: &Context<Aws>,
    table: &str,
    before: &Attr<Set<String>>,
    after: &Attr<Set<String>>,
) -> Result<(), Diagnostics> {
    if after.is_unknown() {
        return Ok(());
    }
    let ec2 = ec2(cx.client());
    let about = |verb: &str, gateway: &str| {
        format!("{verb} EC2 Route Table ({table}) VPN Gateway ({gateway}) route propagation")
    };
    let (new, old) = difference(before, after);
    for gateway in old {
        let ask = ec2.disable_vgw_route_propagation().route_table_id(table).gateway_id(&gateway);
        ask.send().await.during(about("disabling", &gateway))?;
    }
    for gateway in new {
        let ask = ec2.enable_vgw_route_propagation().route_table_id(table).gateway_id(&gateway);
        ask.send().await.during(about("enabling", &gateway))?;
    }
    Ok(())
}
