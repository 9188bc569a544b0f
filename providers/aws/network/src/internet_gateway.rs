//! `aws_internet_gateway`: a gateway between a VPC and the internet.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, checks, plan_tags, record_tags, retry, tagged,
    timeout_of, wanted_tags,
};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, async_trait};

use crate::draining::{Users, drained};
use crate::ec2::{
    arn, change_tags, create_unnamed, ec2, found, gone, id_of, read_made, release,
    tag_specifications, tags_of, until, with_tags,
};
use crate::loaders;

/// A gateway between a VPC and the internet.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InternetGateway {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) vpc_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<InternetGatewayTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InternetGatewayTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

tagged!(InternetGateway);

const WHAT: &str = "EC2 Internet Gateway";
const LIMIT: Duration = Duration::from_secs(1200);
const UNKNOWN: &str = "InvalidInternetGatewayID.NotFound";

pub(crate) struct InternetGatewayResource;

#[async_trait]
impl Managed<Aws> for InternetGatewayResource {
    type Model = InternetGateway;

    fn name(&self) -> &'static str {
        "aws_internet_gateway"
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<InternetGateway>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: InternetGateway,
        planned: InternetGateway,
    ) -> Result<InternetGateway, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let request = ec2(aws)
            .create_internet_gateway()
            .set_tag_specifications(tag_specifications(api::ResourceType::InternetGateway, &tags));
        let made = create_unnamed(cx, WHAT, with_tags(&tags), |once| {
            let request = request.clone().customize().config_override(once);
            async { request.send().await.typed() }
        })
        .await?;
        let id = made.internet_gateway().and_then(|g| g.internet_gateway_id());
        let id = id_of(id, WHAT)?;
        let gateway = InternetGateway { id: id.clone().into(), ..planned };
        // It is not attached yet.
        cx.keep_model(&InternetGateway { vpc_id: Attr::Null, ..gateway.clone() });
        if let Some(vpc) = gateway.vpc_id.filled() {
            attach(cx, &id, vpc, timeout_of(&timeouts(&gateway).create, LIMIT)).await?;
        }
        read_made(cx, WHAT, &id, || self.read(cx, gateway.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: InternetGateway,
    ) -> Result<Option<InternetGateway>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::internet_gateways(aws).load(id.clone()).await;
        let Some(gateway) = read.during(format_args!("reading {WHAT} ({id})"))? else {
            return Ok(None);
        };
        let mut now = state;
        let resource = format!("internet-gateway/{id}");
        now.arn = arn(aws, gateway.owner_id(), &resource).await?.into();
        now.owner_id = gateway.owner_id().into();
        now.vpc_id = gateway.attachments().first().and_then(|a| a.vpc_id()).into();
        record_tags(aws, &mut now, tags_of(gateway.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: InternetGateway,
        _config: InternetGateway,
        planned: InternetGateway,
    ) -> Result<InternetGateway, Diagnostics> {
        let id = prior.id.text().to_owned();
        let (before, after) = (prior.vpc_id.filled(), planned.vpc_id.filled());
        if before != after {
            let limit = timeout_of(&timeouts(&planned).update, LIMIT);
            if let Some(vpc) = before {
                detach(cx, &id, vpc, limit).await?;
            }
            if let Some(vpc) = after {
                attach(cx, &id, vpc, limit).await?;
            }
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: InternetGateway) -> Result<(), Diagnostics> {
        let (ec2, id) = (ec2(cx.client()), prior.id.text());
        let limit = timeout_of(&timeouts(&prior).delete, LIMIT);
        if let Some(vpc) = prior.vpc_id.filled() {
            detach(cx, id, vpc, limit).await?;
        }
        let held = ["DependencyViolation"];
        release(cx, format!("{WHAT} ({id})"), limit, &held, &[UNKNOWN], || async {
            ec2.delete_internet_gateway().internet_gateway_id(id).send().await.typed()
        })
        .await?;
        gone(cx, &loaders::internet_gateways(cx.client()), id, WHAT, limit, |_| true).await
    }
}

fn timeouts(gateway: &InternetGateway) -> InternetGatewayTimeouts {
    gateway.timeouts.first().cloned().unwrap_or_default()
}

async fn attach(
    cx: &Context<Aws>,
    id: &str,
    vpc: &str,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let attached = retry(
        cx,
        format!("{WHAT} ({id}) to be known"),
        limit,
        |e| e.is(UNKNOWN),
        || async {
            ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await.typed()
        },
    );
    match attached.await {
        Ok(_) => {}
        // The answer to an earlier try was lost, perhaps; what is attached is looked at below.
        Err(e) if e.says("Resource.AlreadyAssociated", id) => {}
        Err(e) => return Err(e.during(format_args!("attaching {WHAT} ({id}) to EC2 VPC ({vpc})"))),
    }
    let gateways = loaders::internet_gateways(cx.client());
    until(cx, &gateways, id, WHAT, "to be attached", limit, |gateway| {
        let mut all = gateway.iter().flat_map(|g| g.attachments());
        let state = all.find(|a| a.vpc_id() == Some(vpc)).and_then(|a| a.state());
        Ok(match state.map(api::AttachmentStatus::as_str) {
            Some("available" | "attached") => Progress::Ready(()),
            state => Progress::pending(state.unwrap_or("not attached")),
        })
    })
    .await
}

async fn detach(
    cx: &Context<Aws>,
    id: &str,
    vpc: &str,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    // Addresses that are mapped to the VPC hold it.
    let held = ["DependencyViolation"];
    let absent = ["Gateway.NotAttached", UNKNOWN];
    let what = format!("the attachment of {WHAT} ({id}) to EC2 VPC ({vpc})");
    drained(cx, what, limit, &held, &absent, Users::Public(vpc), || async {
        ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await.typed()
    })
    .await?;
    let gateways = loaders::internet_gateways(cx.client());
    until(cx, &gateways, id, WHAT, "to be detached", limit, |gateway| {
        let mut all = gateway.iter().flat_map(|g| g.attachments());
        Ok(match all.find(|a| a.vpc_id() == Some(vpc)).map(|a| a.state()) {
            None | Some(Some(api::AttachmentStatus::Detached)) => Progress::Ready(()),
            Some(_) => Progress::pending("detaching"),
        })
    })
    .await
}
