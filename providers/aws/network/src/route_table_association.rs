//! `aws_route_table_association`: ties a route table to a subnet or a gateway.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, Progress, checks, retry, timeout_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::ec2::{ec2, id_of, read_made, until};
use crate::loaders;
use crate::rules::{at_least_one, at_most_one, set};

/// Ties a route table to a subnet or a gateway.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RouteTableAssociation {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) gateway_id: Attr<String>,
    #[attr(required)]
    pub(crate) route_table_id: Attr<String>,
    #[attr(optional, replace)]
    pub(crate) subnet_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<RouteTableAssociationTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RouteTableAssociationTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

const WHAT: &str = "EC2 Route Table Association";
const LIMIT: Duration = Duration::from_secs(300);
const UNKNOWN: &str = "InvalidAssociationID.NotFound";

pub(crate) struct RouteTableAssociationResource;

#[async_trait]
impl Managed<Aws> for RouteTableAssociationResource {
    type Model = RouteTableAssociation;

    fn name(&self) -> &'static str {
        "aws_route_table_association"
    }

    fn validate(&self, config: &RouteTableAssociation, problems: &mut Problems) {
        let these =
            [("gateway_id", set(&config.gateway_id)), ("subnet_id", set(&config.subnet_id))];
        at_most_one(problems, &these);
        at_least_one(problems, &these);
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<RouteTableAssociation>,
    ) -> Result<(), Diagnostics> {
        if let Some(prior) = &change.prior
            && prior.route_table_id != change.planned.route_table_id
        {
            // EC2 has a new association then.
            change.planned.id = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: RouteTableAssociation,
        planned: RouteTableAssociation,
    ) -> Result<RouteTableAssociation, Diagnostics> {
        let id = associate(cx, &planned).await?;
        let association = RouteTableAssociation { id: id.clone().into(), ..planned };
        cx.keep_model(&association);
        settled(cx, &association, timeout_of(&timeouts(&association).create, LIMIT)).await?;
        read_made(cx, WHAT, &id, || self.read(cx, association.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: RouteTableAssociation,
    ) -> Result<Option<RouteTableAssociation>, Diagnostics> {
        let id = state.id.text();
        let table = state.route_table_id.text().to_owned();
        let read = loaders::route_tables(cx.client()).load(table).await;
        let table = read.during(format_args!("reading {WHAT} ({id})"))?;
        let there = table.as_ref().and_then(|t| t.associations().iter().find(|a| is(a, id)));
        Ok(there.map(|a| RouteTableAssociation {
            gateway_id: a.gateway_id().into(),
            subnet_id: a.subnet_id().into(),
            route_table_id: a.route_table_id().into(),
            ..state.clone()
        }))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: RouteTableAssociation,
        _config: RouteTableAssociation,
        planned: RouteTableAssociation,
    ) -> Result<RouteTableAssociation, Diagnostics> {
        let ec2 = ec2(cx.client());
        if prior.route_table_id == planned.route_table_id {
            return Ok(RouteTableAssociation { id: prior.id, ..planned });
        }
        let (id, table) = (prior.id.text(), planned.route_table_id.text());
        let ask = ec2.replace_route_table_association().association_id(id).route_table_id(table);
        let id = match ask.send().await.typed() {
            Ok(answer) => id_of(answer.new_association_id(), WHAT)?,
            Err(e) if e.is(UNKNOWN) => associate(cx, &planned).await?,
            Err(e) => return Err(e.during(format_args!("updating {WHAT} ({id})"))),
        };
        let association = RouteTableAssociation { id: id.clone().into(), ..planned };
        cx.keep_model(&association);
        settled(cx, &association, timeout_of(&timeouts(&association).update, LIMIT)).await?;
        read_made(cx, WHAT, &id, || self.read(cx, association.clone())).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: RouteTableAssociation,
    ) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let ask = ec2(cx.client()).disassociate_route_table().association_id(id);
        ask.send().await.unless(&[UNKNOWN]).during(format_args!("deleting {WHAT} ({id})"))?;
        let limit = timeout_of(&timeouts(&prior).delete, LIMIT);
        let tables = loaders::route_tables(cx.client());
        until(cx, &tables, prior.route_table_id.text(), WHAT, "to be deleted", limit, |table| {
            let there = table.iter().flat_map(|t| t.associations()).any(|a| is(a, id));
            Ok(match there {
                true => Progress::pending("disassociating"),
                false => Progress::Ready(()),
            })
        })
        .await
    }

    async fn import(
        &self,
        cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<RouteTableAssociation>, Diagnostics> {
        let Some((target, table)) = id.split_once('/') else {
            return Err(Diagnostic::error(
                "Unexpected import ID",
                format!(
                    "The import ID of a route table association is \"subnet-id/route-table-id\" or \
                     \"gateway-id/route-table-id\", but is {id:?}."
                ),
            )
            .into());
        };
        let read = loaders::route_tables(cx.client()).load(table.to_owned()).await;
        let read = read.during(format_args!("reading EC2 Route Table ({table})"))?;
        let mut all = read.iter().flat_map(|t| t.associations());
        let there = all.find(|a| a.subnet_id() == Some(target) || a.gateway_id() == Some(target));
        let Some(there) = there else {
            return Err(Diagnostic::error(
                "No such route table association",
                format!("Route table {table} is not associated with {target}."),
            )
            .into());
        };
        Ok(Some(RouteTableAssociation {
            id: there.route_table_association_id().into(),
            gateway_id: there.gateway_id().into(),
            subnet_id: there.subnet_id().into(),
            route_table_id: table.into(),
            ..RouteTableAssociation::default()
        }))
    }
}

fn timeouts(association: &RouteTableAssociation) -> RouteTableAssociationTimeouts {
    association.timeouts.first().cloned().unwrap_or_default()
}

/// Whether it is the association of the id, and holds.
fn is(association: &api::RouteTableAssociation, id: &str) -> bool {
    let state = association.association_state().and_then(|s| s.state());
    association.route_table_association_id() == Some(id)
        && state != Some(&api::RouteTableAssociationStateCode::Disassociated)
}

async fn associate(
    cx: &Context<Aws>,
    wanted: &RouteTableAssociation,
) -> Result<String, Diagnostics> {
    let (ec2, limit) = (ec2(cx.client()), Duration::from_secs(300));
    let table = wanted.route_table_id.text();
    let early = |e: &groma_aws_core::Error| e.is("InvalidRouteTableID.NotFound");
    let made =
        retry(cx, format!("EC2 Route Table ({table}) to be known"), limit, early, || async {
            ec2.associate_route_table()
                .route_table_id(table)
                .set_gateway_id(wanted.gateway_id.to_filled())
                .set_subnet_id(wanted.subnet_id.to_filled())
                .send()
                .await
                .typed()
        });
    match made.await {
        Ok(answer) => id_of(answer.association_id(), WHAT),
        // An earlier request for the same was carried out, perhaps.
        Err(e) if e.is("Resource.AlreadyAssociated") => match the_same(cx, wanted).await {
            Some(id) => Ok(id),
            None => Err(e.during(format_args!("creating {WHAT}"))),
        },
        Err(e) => Err(e.during(format_args!("creating {WHAT}"))),
    }
}

async fn the_same(cx: &Context<Aws>, wanted: &RouteTableAssociation) -> Option<String> {
    let tables = loaders::route_tables(cx.client());
    let table = tables.load(wanted.route_table_id.text().to_owned()).await.ok()??;
    let (subnet, gateway) = (wanted.subnet_id.filled(), wanted.gateway_id.filled());
    let mut all = table.associations().iter();
    let there = all.find(|a| match subnet {
        Some(subnet) => a.subnet_id() == Some(subnet),
        None => gateway.is_some() && a.gateway_id() == gateway,
    })?;
    there.route_table_association_id().map(str::to_owned)
}

async fn settled(
    cx: &Context<Aws>,
    association: &RouteTableAssociation,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let id = association.id.text();
    let tables = loaders::route_tables(cx.client());
    let table = association.route_table_id.text();
    until(cx, &tables, table, WHAT, "to be associated", limit, |table| {
        let mut all = table.iter().flat_map(|t| t.associations());
        let there = all.find(|a| a.route_table_association_id() == Some(id));
        let state = there.map(|a| a.association_state().and_then(|s| s.state()));
        Ok(match state {
            None => Progress::pending("not there yet"),
            Some(None | Some(api::RouteTableAssociationStateCode::Associated)) => {
                Progress::Ready(())
            }
            Some(Some(api::RouteTableAssociationStateCode::Failed)) => {
                return Err(Diagnostic::error(
                    format!("creating {WHAT} ({id}): it failed"),
                    "EC2 could not associate the route table. Look whether the subnet or gateway \
                     can have one.",
                )
                .into());
            }
            Some(Some(state)) => Progress::pending(state),
        })
    })
    .await
}
