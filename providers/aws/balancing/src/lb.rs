//! `aws_lb`: an application, network or gateway load balancer.
//!
//! Emulators serve no capacity reservations, no IP pools, no PrivateLink and no addresses of subnets:
//! these are tested at the level of requests and answers.
//!
//! Network interfaces of a load balancer go some time after it. Its deletion waits for that, so that
//! subnets and security groups can be deleted after it.

mod attributes;
mod change;
mod check;
mod interfaces;
mod model;
mod plan;
mod record;
mod request;

use groma_aws_core::{Aws, Error, Outcome as _, Pace, Progress, TagChange, plan_tags, wait_at};
use groma_sdk::{Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

pub(crate) use attributes::record_attributes;
pub(crate) use model::{Lb, LbAccessLogs, LbIpamPools, LbSubnetMapping};
pub(crate) use record::describe;

use model::LbTimeouts;

use crate::network::Network;
use crate::service::{change_tags, changed, elb, load_balancer, seen};

const APPLICATION: &str = "application";
const NETWORK: &str = "network";
const GATEWAY: &str = "gateway";

/// The resource type.
pub(crate) struct LbResource {
    /// What knows subnets and network interfaces.
    pub(crate) network: &'static dyn Network,
}

#[async_trait]
impl Managed<Aws> for LbResource {
    type Model = Lb;

    fn name(&self) -> &'static str {
        "aws_lb"
    }

    fn validate(&self, config: &Lb, problems: &mut Problems) {
        check::check(config, problems);
    }

    async fn plan(&self, cx: &Context<Aws>, change: &mut Planned<Lb>) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan::leave_what_is_of_other_types(change);
        plan::keep_logs(change);
        plan::plan_zones(change);
        plan::plan_security_groups(change);
        check::check_zones(cx, self.network, change).await
    }

    async fn create(&self, cx: &Context<Aws>, _config: Lb, planned: Lb) -> Result<Lb, Diagnostics> {
        let timeout = LbTimeouts::create(&planned.timeouts);
        let made = request::make(cx, &planned).await?;
        let arn = made.load_balancer_arn.unwrap_or_default();
        let mut lb = planned.clone();
        lb.id = arn.clone().into();
        lb.arn = arn.clone().into();
        lb.name = made.load_balancer_name.into();
        cx.keep_model(&lb);
        change::active(cx, &arn, timeout).await?;

        let wanted = attributes::wanted(&planned)
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        attributes::set_attributes(cx, &arn, wanted).await?;
        if let Some(units) = planned.minimum_load_balancer_capacity.first() {
            change::reserve(cx, &arn, units.capacity_units.to_i32(), timeout).await?;
        }
        if kind(&planned) == NETWORK
            && let Some(enforce) =
                planned.enforce_security_group_inbound_rules_on_private_link_traffic.to_filled()
        {
            change::set_security_groups(cx, &arn, &planned, Some(enforce)).await?;
        }
        change::active(cx, &arn, timeout).await?;
        seen(cx, &format!("ELBv2 Load Balancer ({arn})"), || record::read(cx, lb.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Lb) -> Result<Option<Lb>, Diagnostics> {
        record::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Lb,
        _config: Lb,
        planned: Lb,
    ) -> Result<Lb, Diagnostics> {
        let arn = prior.id.text().to_owned();
        let timeout = LbTimeouts::update(&planned.timeouts);
        attributes::set_attributes(
            cx,
            &arn,
            changed(&attributes::wanted(&prior), &attributes::wanted(&planned)),
        )
        .await?;
        change::update_security_groups(cx, &arn, &prior, &planned).await?;
        change::update_zones(cx, &arn, &prior, &planned).await?;
        change::update_addresses(cx, &arn, &prior, &planned).await?;
        if prior.minimum_load_balancer_capacity != planned.minimum_load_balancer_capacity {
            let units = planned.minimum_load_balancer_capacity.first();
            change::reserve(cx, &arn, units.and_then(|u| u.capacity_units.to_i32()), timeout)
                .await?;
        }
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Load Balancer", &arn, &tags).await?;
        change::active(cx, &arn, timeout).await?;
        let found = record::read(cx, planned).await?;
        found.ok_or_else(|| gone("updating", &arn))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Lb) -> Result<(), Diagnostics> {
        let arn = prior.id.text().to_owned();
        let timeout = LbTimeouts::delete(&prior.timeouts);
        let deleted = elb(cx.client()).delete_load_balancer().load_balancer_arn(&arn).send().await;
        let during = format!("deleting ELBv2 Load Balancer ({arn})");
        deleted.unless(&["LoadBalancerNotFound"]).map_err(|e| refused(&e, &during))?;
        let what = format!("ELBv2 Load Balancer ({arn}) to be deleted");
        wait_at(cx, Pace::default(), what, timeout, || async {
            let found = load_balancer(cx.client(), &arn).await.map_err(|e| e.during(&during))?;
            Ok(match found {
                None => Progress::Ready(()),
                Some(lb) => Progress::Pending(change::state_of(&lb)),
            })
        })
        .await?;
        interfaces::gone(cx, self.network, &arn, timeout).await;
        Ok(())
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<Lb>, Diagnostics> {
        Ok(Some(Lb { id: id.into(), ..Lb::default() }))
    }
}

fn kind(lb: &Lb) -> &str {
    lb.load_balancer_type.as_str().unwrap_or(APPLICATION)
}

fn gone(doing: &str, arn: &str) -> Diagnostics {
    Diagnostic::error(
        format!("{doing} ELBv2 Load Balancer ({arn})"),
        "It does not exist any more. Run the command again to create another one.",
    )
    .into()
}

/// The error of a deletion, with what to do about protection, which nothing but a change takes off.
fn refused(error: &Error, during: &str) -> Diagnostics {
    let mut found = error.during(during);
    if error.is("OperationNotPermitted") {
        for diagnostic in found.iter_mut() {
            diagnostic.detail.push_str(
                " If deletion protection is on, set \"enable_deletion_protection\" to false and \
                 apply that first.",
            );
        }
    }
    found
}

#[cfg(test)]
mod requests_tests;
#[cfg(test)]
mod tests;
