//! `aws_default_route_table`: the main route table that a VPC comes with, taken over.
//!
//! Taking it over makes its routes those configured. Letting go of it leaves it as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, TagChange, checks, plan_tags, record_tags, tagged, timeout_of,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::ec2::{arn, change_tags, found, tags_of};
use crate::loaders;
use crate::route_table::propagating;
use crate::routes;
use crate::routes::objects::{self, route_object, ways};

/// The main route table that a VPC comes with, taken over.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DefaultRouteTable {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace)]
    pub(crate) default_route_table_id: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional)]
    pub(crate) propagating_vgws: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) route: Attr<Set<DefaultRouteTableRoute>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<DefaultRouteTableTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DefaultRouteTableTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

route_object! {
    /// One element of `route`.
    DefaultRouteTableRoute {
        core_network_arn: CoreNetwork,
        egress_only_gateway_id: EgressOnlyGateway,
        gateway_id: Gateway,
        instance_id: Instance,
        nat_gateway_id: NatGateway,
        network_interface_id: Interface,
        transit_gateway_id: TransitGateway,
        vpc_endpoint_id: Endpoint,
        vpc_peering_connection_id: PeeringConnection,
    }
}

tagged!(DefaultRouteTable);

const WHAT: &str = "EC2 Default Route Table";

pub(crate) struct DefaultRouteTableResource;

#[async_trait]
impl Managed<Aws> for DefaultRouteTableResource {
    type Model = DefaultRouteTable;

    fn name(&self) -> &'static str {
        "aws_default_route_table"
    }

    fn validate(&self, config: &DefaultRouteTable, problems: &mut Problems) {
        objects::check(problems, &config.route);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<DefaultRouteTable>,
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
        _config: DefaultRouteTable,
        planned: DefaultRouteTable,
    ) -> Result<DefaultRouteTable, Diagnostics> {
        let aws = cx.client();
        let id = planned.default_route_table_id.text().to_owned();
        let read = loaders::route_tables(aws).load(id.clone()).await;
        let about = format!("reading {WHAT} ({id})");
        let Some(there) = read.during(&about)? else {
            return Err(Diagnostic::error(
                about,
                "There is no such route table. Use the default_route_table_id of an aws_vpc.",
            )
            .into());
        };
        let taken = DefaultRouteTable { id: id.clone().into(), ..planned };
        let before = DefaultRouteTable {
            tags_all: Attr::Known(aws.tags().ours(tags_of(there.tags()))),
            ..DefaultRouteTable::default()
        };
        cx.keep_model(&DefaultRouteTable {
            route: Attr::Null,
            propagating_vgws: Attr::Null,
            tags: Attr::Null,
            tags_all: before.tags_all.clone(),
            ..taken.clone()
        });
        let limit = timeout_of(&timeouts(&taken).create, LIMIT);
        routes::propagate(cx, &id, &propagating(&there), &taken.propagating_vgws).await?;
        let wanted = ways(&taken.route);
        routes::change(cx, &id, &objects::own_ways(&there, &wanted), &wanted, limit).await?;
        let change = TagChange::of(aws, &before, &taken);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, taken).await?, WHAT, &id)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: DefaultRouteTable,
    ) -> Result<Option<DefaultRouteTable>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::route_tables(aws).load(id.clone()).await;
        let Some(table) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        Ok(Some(recorded(aws, state, &table).await?))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: DefaultRouteTable,
        _config: DefaultRouteTable,
        planned: DefaultRouteTable,
    ) -> Result<DefaultRouteTable, Diagnostics> {
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

    async fn delete(
        &self,
        _cx: &Context<Aws>,
        _prior: DefaultRouteTable,
    ) -> Result<(), Diagnostics> {
        // It goes with its VPC.
        Ok(())
    }

    /// By the id of the VPC.
    async fn import(
        &self,
        cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<DefaultRouteTable>, Diagnostics> {
        let read = loaders::main_route_tables(cx.client()).load(id.to_owned()).await;
        let table = read.during(format_args!("reading {WHAT} of EC2 VPC ({id})"))?;
        match table.as_ref().and_then(|t| t.route_table_id()) {
            Some(table) => Ok(Some(DefaultRouteTable {
                id: table.into(),
                default_route_table_id: table.into(),
                ..DefaultRouteTable::default()
            })),
            None => Err(Diagnostic::error(
                "No such default route table",
                format!("It is imported by the id of its VPC, but {id:?} has no main route table."),
            )
            .into()),
        }
    }
}

const LIMIT: Duration = Duration::from_secs(300);

fn timeouts(table: &DefaultRouteTable) -> DefaultRouteTableTimeouts {
    table.timeouts.first().cloned().unwrap_or_default()
}

async fn recorded(
    aws: &Aws,
    state: DefaultRouteTable,
    table: &api::RouteTable,
) -> Result<DefaultRouteTable, Diagnostics> {
    let id = state.id.text();
    let mut now = DefaultRouteTable {
        arn: arn(aws, table.owner_id(), &format!("route-table/{id}")).await?.into(),
        default_route_table_id: id.into(),
        owner_id: table.owner_id().into(),
        propagating_vgws: propagating(table),
        route: objects::recorded(table, &state.route),
        vpc_id: table.vpc_id().into(),
        ..state
    };
    record_tags(aws, &mut now, tags_of(table.tags()));
    Ok(now)
}
