//! `aws_route_table`: a route table of a VPC, with routes of its own or without.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, client_token, plan_tags, record_tags, tagged,
    timeout_of, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, Set, async_trait,
};

use crate::ec2::{
    arn, change_tags, ec2, found, gone, id_of, read_made, release, tag_specifications, tags_of,
    until,
};
use crate::loaders;
use crate::routes;
use crate::routes::objects::{self, route_object, ways};

/// A route table of a VPC.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RouteTable {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) propagating_vgws: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) route: Attr<Set<RouteTableRoute>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(required, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<RouteTableTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RouteTableTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

route_object! {
    /// One element of `route`.
    RouteTableRoute {
        carrier_gateway_id: CarrierGateway,
        core_network_arn: CoreNetwork,
        egress_only_gateway_id: EgressOnlyGateway,
        gateway_id: Gateway,
        local_gateway_id: LocalGateway,
        nat_gateway_id: NatGateway,
        network_interface_id: Interface,
        transit_gateway_id: TransitGateway,
        vpc_endpoint_id: Endpoint,
        vpc_peering_connection_id: PeeringConnection,
    }
}

tagged!(RouteTable);

const WHAT: &str = "EC2 Route Table";
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) struct RouteTableResource;

#[async_trait]
impl Managed<Aws> for RouteTableResource {
    type Model = RouteTable;

    fn name(&self) -> &'static str {
        "aws_route_table"
    }

    fn validate(&self, config: &RouteTable, problems: &mut Problems) {
        objects::check(problems, &config.route);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<RouteTable>,
    ) -> Result<(), Diagnostics> {
        let prior = change.prior.as_ref().map(|p| &p.route);
        if let Some(routes) = objects::planned(&change.config.route, prior) {
            change.planned.route = routes;
        }
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: RouteTable,
        planned: RouteTable,
    ) -> Result<RouteTable, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let made = ec2(aws)
            .create_route_table()
            .client_token(client_token(cx))
            .set_vpc_id(planned.vpc_id.to_filled())
            .set_tag_specifications(tag_specifications(api::ResourceType::RouteTable, &tags))
            .send()
            .await
            .during("creating EC2 Route Table")?;
        let id = id_of(made.route_table().and_then(|t| t.route_table_id()), WHAT)?;
        let table = RouteTable { id: id.clone().into(), ..planned };
        // It has no routes of ours yet.
        cx.keep_model(&RouteTable {
            route: Attr::Null,
            propagating_vgws: Attr::Null,
            ..table.clone()
        });
        let limit = timeout_of(&timeouts(&table).create, LIMIT);
        let tables = loaders::route_tables(aws);
        until(cx, &tables, &id, WHAT, "to be created", limit, |table| {
            Ok(table.map_or(Progress::pending("not there yet"), |_| Progress::Ready(())))
        })
        .await?;
        routes::propagate(cx, &id, &Attr::Null, &table.propagating_vgws).await?;
        routes::change(cx, &id, &[], &ways(&table.route), limit).await?;
        read_made(cx, WHAT, &id, || self.read(cx, table.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: RouteTable,
    ) -> Result<Option<RouteTable>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::route_tables(aws).load(id.clone()).await;
        let Some(table) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        let mut now = state;
        now.arn = arn(aws, table.owner_id(), &format!("route-table/{id}")).await?.into();
        now.owner_id = table.owner_id().into();
        now.vpc_id = table.vpc_id().into();
        now.propagating_vgws = propagating(&table);
        now.route = objects::recorded(&table, &now.route);
        record_tags(aws, &mut now, tags_of(table.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: RouteTable,
        _config: RouteTable,
        planned: RouteTable,
    ) -> Result<RouteTable, Diagnostics> {
        let id = prior.id.text().to_owned();
        let limit = timeout_of(&timeouts(&planned).update, LIMIT);
        routes::propagate(cx, &id, &prior.propagating_vgws, &planned.propagating_vgws).await?;
        if planned.route.is_known() {
            routes::change(cx, &id, &ways(&prior.route), &ways(&planned.route), limit).await?;
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: RouteTable) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let limit = timeout_of(&timeouts(&prior).delete, LIMIT);
        let tables = loaders::route_tables(cx.client());
        let read = tables.load(id.to_owned()).await;
        let Some(table) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(());
        };
        for association in table.associations() {
            let Some(association) = association.route_table_association_id() else { continue };
            let ask = ec2.disassociate_route_table().association_id(association);
            let done = ask.send().await.unless(&["InvalidAssociationID.NotFound"]);
            done.during(format_args!("deleting EC2 Route Table Association ({association})"))?;
        }
        let absent = ["InvalidRouteTableID.NotFound"];
        release(cx, format!("{WHAT} ({id})"), limit, &["DependencyViolation"], &absent, || async {
            ec2.delete_route_table().route_table_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &tables, id, WHAT, limit, |_| true).await
    }
}

fn timeouts(table: &RouteTable) -> RouteTableTimeouts {
    table.timeouts.first().cloned().unwrap_or_default()
}

/// The virtual private gateways whose routes a table gets.
pub(crate) fn propagating(table: &api::RouteTable) -> Attr<Set<String>> {
    let gateways = table.propagating_vgws().iter().filter_map(|g| g.gateway_id());
    Attr::Known(gateways.map(str::to_owned).collect())
}
