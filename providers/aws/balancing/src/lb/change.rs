//! Changes of load balancers in place, and waiting for what comes of them.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _, Pace, Progress, wait_at};
use groma_sdk::{Context, Diagnostics};

use super::model::Lb;
use super::request::{mappings, pools};
use super::{NETWORK, kind};
use crate::service::{elb, load_balancer};

pub(super) async fn set_security_groups(
    cx: &Context<Aws>,
    arn: &str,
    planned: &Lb,
    enforce: Option<String>,
) -> Result<(), Diagnostics> {
    let groups = planned.security_groups.to_filled().unwrap_or_default();
    let request = elb(cx.client()).set_security_groups().load_balancer_arn(arn);
    let enforce = enforce.as_deref().map(Into::into);
    request
        .set_security_groups(Some(groups))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(enforce)
        .send()
        .await
        .during(format!("setting ELBv2 Load Balancer ({arn}) security groups"))?;
    Ok(())
}

pub(super) async fn update_security_groups(
    cx: &Context<Aws>,
    arn: &str,
    prior: &Lb,
    planned: &Lb,
) -> Result<(), Diagnostics> {
    let enforce = &planned.enforce_security_group_inbound_rules_on_private_link_traffic;
    let enforced = &prior.enforce_security_group_inbound_rules_on_private_link_traffic;
    if prior.security_groups == planned.security_groups && enforced == enforce {
        return Ok(());
    }
    let enforce = enforce.to_filled().filter(|_| kind(planned) == NETWORK);
    set_security_groups(cx, arn, planned, enforce).await
}

pub(super) async fn update_zones(
    cx: &Context<Aws>,
    arn: &str,
    prior: &Lb,
    planned: &Lb,
) -> Result<(), Diagnostics> {
    let mapped =
        !planned.subnet_mapping.is_unknown() && prior.subnet_mapping != planned.subnet_mapping;
    let listed = !planned.subnets.is_unknown() && prior.subnets != planned.subnets;
    if !mapped && !listed {
        return Ok(());
    }
    let request = elb(cx.client()).set_subnets().load_balancer_arn(arn);
    request
        .set_subnet_mappings(mappings(planned).filter(|_| mapped))
        .set_subnets(planned.subnets.to_filled().filter(|_| listed))
        .send()
        .await
        .during(format!("setting ELBv2 Load Balancer ({arn}) subnets"))?;
    Ok(())
}

pub(super) async fn update_addresses(
    cx: &Context<Aws>,
    arn: &str,
    prior: &Lb,
    planned: &Lb,
) -> Result<(), Diagnostics> {
    let elb = elb(cx.client());
    if let Some(kind) = planned.ip_address_type.filled()
        && prior.ip_address_type != planned.ip_address_type
    {
        let request = elb.set_ip_address_type().load_balancer_arn(arn).ip_address_type(kind.into());
        request.send().await.during(format!("setting ELBv2 Load Balancer ({arn}) address type"))?;
    }
    if prior.ipam_pools != planned.ipam_pools {
        let pools = pools(planned);
        let remove = pools.is_none().then(|| vec![types::RemoveIpamPoolEnum::Ipv4]);
        let request = elb.modify_ip_pools().load_balancer_arn(arn).set_ipam_pools(pools);
        request
            .set_remove_ipam_pools(remove)
            .send()
            .await
            .during(format!("modifying ELBv2 Load Balancer ({arn}) IPAM pools"))?;
    }
    Ok(())
}

/// Reserves capacity and waits for it; or gives it up.
pub(super) async fn reserve(
    cx: &Context<Aws>,
    arn: &str,
    units: Option<i32>,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let elb = elb(cx.client());
    let least =
        units.map(|u| types::MinimumLoadBalancerCapacity::builder().capacity_units(u).build());
    elb.modify_capacity_reservation()
        .load_balancer_arn(arn)
        .reset_capacity_reservation(least.is_none())
        .set_minimum_load_balancer_capacity(least)
        .send()
        .await
        .during(format!("modifying ELBv2 Load Balancer ({arn}) capacity reservation"))?;
    let what = format!("ELBv2 Load Balancer ({arn}) capacity reservation to be provisioned");
    wait_at(cx, Pace::slow(), &what, timeout, || async {
        let now = elb.describe_capacity_reservation().load_balancer_arn(arn).send().await;
        let now =
            now.during(format!("reading ELBv2 Load Balancer ({arn}) capacity reservation"))?;
        let codes = now.capacity_reservation_state().iter();
        let mut codes = codes.filter_map(|zone| zone.state().and_then(|s| s.code()));
        let missing = codes.find(|c| **c != types::CapacityReservationStateEnum::Provisioned);
        Ok(missing.map_or(Progress::Ready(()), |code| Progress::pending(code.as_str())))
    })
    .await
}

pub(super) fn state_of(lb: &types::LoadBalancer) -> String {
    let code = lb.state().and_then(|s| s.code()).map_or("unknown", |c| c.as_str());
    match lb.state().and_then(|s| s.reason()).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{code} ({reason})"),
        None => code.to_owned(),
    }
}

/// Waits until it works, or until it works again.
pub(super) async fn active(
    cx: &Context<Aws>,
    arn: &str,
    timeout: Duration,
) -> Result<(), Diagnostics> {
    let what = format!("ELBv2 Load Balancer ({arn}) to become active");
    wait_at(cx, Pace::default(), what, timeout, || async {
        let found = load_balancer(cx.client(), arn).await;
        let Some(lb) = found.during(format!("reading ELBv2 Load Balancer ({arn})"))? else {
            return Ok(Progress::pending("not there"));
        };
        let code = lb.state().and_then(|s| s.code());
        Ok(match code {
            Some(
                types::LoadBalancerStateEnum::Active | types::LoadBalancerStateEnum::ActiveImpaired,
            ) => Progress::Ready(()),
            _ => Progress::Pending(state_of(&lb)),
        })
    })
    .await
}
