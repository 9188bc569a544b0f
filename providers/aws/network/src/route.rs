//! `aws_route`: one route of a route table.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, checks, timeout_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::ec2::{found, hash, read_made};
use crate::loaders;
use crate::routes::objects::misplaced;
use crate::routes::{self, Destination, Via, Way, route_to};
use crate::rules::{
    at_least_one, at_most_one, ipv4_network, ipv6_network, same_ignoring_case, set,
};

/// One route of a route table.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Route {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) carrier_gateway_id: Attr<String>,
    #[attr(optional)]
    pub(crate) core_network_arn: Attr<String>,
    #[attr(optional, replace, check = ipv4_network)]
    pub(crate) destination_cidr_block: Attr<String>,
    #[attr(optional, replace, same = same_ignoring_case, check = ipv6_network)]
    pub(crate) destination_ipv6_cidr_block: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) destination_prefix_list_id: Attr<String>,
    #[attr(optional)]
    pub(crate) egress_only_gateway_id: Attr<String>,
    #[attr(optional)]
    pub(crate) gateway_id: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_id: Attr<String>,
    #[attr(computed)]
    pub(crate) instance_owner_id: Attr<String>,
    #[attr(optional)]
    pub(crate) local_gateway_id: Attr<String>,
    #[attr(optional)]
    pub(crate) nat_gateway_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) network_interface_id: Attr<String>,
    #[attr(computed)]
    pub(crate) origin: Attr<String>,
    #[attr(required, replace)]
    pub(crate) route_table_id: Attr<String>,
    #[attr(computed)]
    pub(crate) state: Attr<String>,
    #[attr(optional)]
    pub(crate) transit_gateway_id: Attr<String>,
    #[attr(optional)]
    pub(crate) vpc_endpoint_id: Attr<String>,
    #[attr(optional)]
    pub(crate) vpc_peering_connection_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<RouteTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RouteTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

const WHAT: &str = "Route";
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) struct RouteResource;

#[async_trait]
impl Managed<Aws> for RouteResource {
    type Model = Route;

    fn name(&self) -> &'static str {
        "aws_route"
    }

    fn validate(&self, config: &Route, problems: &mut Problems) {
        let c = config;
        let destinations = [
            ("destination_cidr_block", set(&c.destination_cidr_block)),
            ("destination_ipv6_cidr_block", set(&c.destination_ipv6_cidr_block)),
            ("destination_prefix_list_id", set(&c.destination_prefix_list_id)),
        ];
        let targets = targets_of(c).map(|(name, _, target)| (name, set(target)));
        for these in [&destinations[..], &targets[..]] {
            at_most_one(problems, these);
            at_least_one(problems, these);
        }
        for (name, via, id) in targets_of(c) {
            if let Some(problem) = misplaced(name, via, id, &c.destination_cidr_block) {
                problems.error(name, "Invalid target of a route", problem);
            }
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<Route>,
    ) -> Result<(), Diagnostics> {
        let Some(prior) = &change.prior else { return Ok(()) };
        let after = target(&change.config).map(|(_, target)| target);
        let before = target(prior).map(|(_, target)| target);
        if before != after {
            change.planned.instance_id = Attr::Unknown;
            change.planned.instance_owner_id = Attr::Unknown;
            change.planned.state = Attr::Unknown;
            if !set(&change.config.network_interface_id) {
                change.planned.network_interface_id = Attr::Unknown;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: Route,
        planned: Route,
    ) -> Result<Route, Diagnostics> {
        let table = planned.route_table_id.text().to_owned();
        let way = way(&config)?;
        let id = format!("r-{table}{}", hash(way.to.text()));
        let limit = timeout_of(&timeouts(&planned).create, LIMIT);
        let route = Route { id: id.clone().into(), ..planned };
        routes::create(cx, &table, &way, limit).await?;
        cx.keep_model(&route);
        read_made(cx, WHAT, &id, || self.read(cx, route.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Route) -> Result<Option<Route>, Diagnostics> {
        let table = state.route_table_id.text().to_owned();
        let Some(to) = destination(&state) else { return Ok(None) };
        let read = loaders::route_tables(cx.client()).load(table.clone()).await;
        let about =
            format!("reading Route in Route Table ({table}) with destination ({})", to.text());
        let Some(table) = read.during(about)? else { return Ok(None) };
        let Some(route) = route_to(&table, &to) else { return Ok(None) };
        Ok(Some(recorded(state, route)))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Route,
        config: Route,
        planned: Route,
    ) -> Result<Route, Diagnostics> {
        let limit = timeout_of(&timeouts(&planned).update, LIMIT);
        let id = prior.id.text();
        let (before, after) = (target(&prior), way(&config)?);
        if before != Some((after.via, after.target.clone())) {
            routes::replace(cx, prior.route_table_id.text(), &after, limit).await?;
        }
        found(self.read(cx, planned).await?, WHAT, id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Route) -> Result<(), Diagnostics> {
        let limit = timeout_of(&timeouts(&prior).delete, LIMIT);
        let Some(to) = destination(&prior) else { return Ok(()) };
        // The route within the VPC cannot be deleted; it is left alone.
        if prior.gateway_id.filled() == Some("local") {
            return Ok(());
        }
        routes::delete(cx, prior.route_table_id.text(), &to, limit).await
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<Route>, Diagnostics> {
        let Some((table, to)) = id.split_once('_').filter(|(t, d)| !t.is_empty() && !d.is_empty())
        else {
            return Err(Diagnostic::error(
                "Unexpected import ID",
                format!(
                    "The import ID of a route is ROUTETABLEID_DESTINATION, such as \
                     \"rtb-1a2b3c_10.0.0.0/8\", but is {id:?}."
                ),
            )
            .into());
        };
        let mut route = Route {
            id: format!("r-{table}{}", hash(to)).into(),
            route_table_id: table.into(),
            ..Route::default()
        };
        match to {
            to if to.contains(':') => route.destination_ipv6_cidr_block = to.into(),
            to if to.contains('.') => route.destination_cidr_block = to.into(),
            to => route.destination_prefix_list_id = to.into(),
        }
        Ok(Some(route))
    }
}

fn timeouts(route: &Route) -> RouteTimeouts {
    route.timeouts.first().cloned().unwrap_or_default()
}

fn destination(route: &Route) -> Option<Destination> {
    None.or(route.destination_cidr_block.to_filled().map(Destination::V4))
        .or(route.destination_ipv6_cidr_block.to_filled().map(Destination::V6))
        .or(route.destination_prefix_list_id.to_filled().map(Destination::PrefixList))
}

/// The targets by their attributes' names.
fn targets_of(route: &Route) -> [(&'static str, Via, &Attr<String>); 10] {
    [
        ("carrier_gateway_id", Via::CarrierGateway, &route.carrier_gateway_id),
        ("core_network_arn", Via::CoreNetwork, &route.core_network_arn),
        ("egress_only_gateway_id", Via::EgressOnlyGateway, &route.egress_only_gateway_id),
        ("gateway_id", Via::Gateway, &route.gateway_id),
        ("local_gateway_id", Via::LocalGateway, &route.local_gateway_id),
        ("nat_gateway_id", Via::NatGateway, &route.nat_gateway_id),
        ("transit_gateway_id", Via::TransitGateway, &route.transit_gateway_id),
        ("vpc_endpoint_id", Via::Endpoint, &route.vpc_endpoint_id),
        ("vpc_peering_connection_id", Via::PeeringConnection, &route.vpc_peering_connection_id),
        ("network_interface_id", Via::Interface, &route.network_interface_id),
    ]
}

fn target(route: &Route) -> Option<(Via, String)> {
    targets_of(route).into_iter().find_map(|(_, via, target)| Some((via, target.to_filled()?)))
}

/// The route of a configuration all of which is known.
fn way(config: &Route) -> Result<Way, Diagnostics> {
    match (destination(config), target(config)) {
        (Some(to), Some((via, target))) => Ok(Way { to, via, target }),
        _ => Err(Diagnostic::error(
            "Incomplete route",
            "The destination or the target of the route turned out to be empty. Set both.",
        )
        .into()),
    }
}

fn recorded(state: Route, route: &api::Route) -> Route {
    let endpoint = route.gateway_id().filter(|g| g.starts_with("vpce-"));
    let gateway = route.gateway_id().filter(|_| endpoint.is_none());
    Route {
        carrier_gateway_id: route.carrier_gateway_id().into(),
        core_network_arn: route.core_network_arn().into(),
        egress_only_gateway_id: route.egress_only_internet_gateway_id().into(),
        gateway_id: gateway.into(),
        instance_id: route.instance_id().into(),
        instance_owner_id: route.instance_owner_id().into(),
        local_gateway_id: route.local_gateway_id().into(),
        nat_gateway_id: route.nat_gateway_id().into(),
        network_interface_id: route.network_interface_id().into(),
        origin: route.origin().map(|o| o.as_str()).into(),
        state: route.state().map(|s| s.as_str()).into(),
        transit_gateway_id: route.transit_gateway_id().into(),
        vpc_endpoint_id: endpoint.into(),
        vpc_peering_connection_id: route.vpc_peering_connection_id().into(),
        ..state
    }
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::Fake;

    use super::*;

    #[tokio::test]
    async fn import_ids_are_read() {
        let cx = Fake::new().context();
        let read = |id: &'static str| {
            let cx = cx.clone();
            async move { RouteResource.import(&cx, id).await }
        };
        let route = read("rtb-1_fd00::/8").await.ok().flatten().unwrap_or_default();
        assert_eq!(route.destination_ipv6_cidr_block.text(), "fd00::/8");
        let route = read("rtb-1_0.0.0.0/0").await.ok().flatten().unwrap_or_default();
        assert_eq!(route.id.text(), "r-rtb-11080289494");
        assert!(read("rtb-1").await.is_err());
    }
}
