//! Load balancers as they are recorded.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _, prefix_of_name, record_tags};
use groma_sdk::{Context, Diagnostics, Set};

use super::attributes::record_attributes;
use super::model::{Lb, LbIpamPools, LbMinimumLoadBalancerCapacity, LbSubnetMapping};
use super::{APPLICATION, NETWORK, kind};
use crate::service::{elb, load_balancer, suffix_from, tags};

pub(super) async fn read(cx: &Context<Aws>, mut lb: Lb) -> Result<Option<Lb>, Diagnostics> {
    let aws = cx.client();
    let arn = lb.id.text().to_owned();
    let during = format!("reading ELBv2 Load Balancer ({arn})");
    let (found, values, tags) = {
        let request = elb(aws).describe_load_balancer_attributes().load_balancer_arn(&arn);
        at_once(load_balancer(aws, &arn), request.send(), tags(aws, &arn)).await
    };
    let Some(found) = found.during(&during)? else { return Ok(None) };
    let values = values.unless(&["LoadBalancerNotFound"]).map_err(|e| e.during(&during))?;
    let Some(values) = values else { return Ok(None) };
    describe(&mut lb, &found);
    let values = values.attributes().iter();
    let values = values
        .filter_map(|a| Some((a.key()?.to_owned(), a.value().unwrap_or_default().to_owned())));
    record_attributes(&mut lb, &values.collect());
    if matches!(kind(&lb), APPLICATION | NETWORK) {
        lb.minimum_load_balancer_capacity = capacity(cx, &arn).await?.into();
    }
    record_tags(aws, &mut lb, tags.during(&during)?);
    Ok(Some(lb))
}

/// Three requests at once.
async fn at_once<A, B, C>(
    a: impl Future<Output = A>,
    b: impl Future<Output = B>,
    c: impl Future<Output = C>,
) -> (A, B, C) {
    tokio::join!(a, b, c)
}

/// What there is reserved. Some partitions and accounts know no reservations.
async fn capacity(
    cx: &Context<Aws>,
    arn: &str,
) -> Result<Option<LbMinimumLoadBalancerCapacity>, Diagnostics> {
    let answer = elb(cx.client()).describe_capacity_reservation().load_balancer_arn(arn).send();
    let answer = match answer.await.typed() {
        Ok(answer) => answer,
        Err(e) if e.is_any(&["AccessDenied", "InvalidAction", "LoadBalancerNotFound"]) => {
            return Ok(None);
        }
        Err(e) => {
            let during = format!("reading ELBv2 Load Balancer ({arn}) capacity reservation");
            return Err(e.during(during));
        }
    };
    Ok(answer
        .minimum_load_balancer_capacity
        .map(|least| LbMinimumLoadBalancerCapacity { capacity_units: least.capacity_units.into() }))
}

/// What the service says of a load balancer.
pub(crate) fn describe(lb: &mut Lb, found: &types::LoadBalancer) {
    let arn = found.load_balancer_arn().unwrap_or_default();
    lb.arn = arn.into();
    lb.arn_suffix = arn_suffix(arn).into();
    lb.customer_owned_ipv4_pool = found.customer_owned_ipv4_pool().into();
    lb.dns_name = found.dns_name().into();
    lb.enforce_security_group_inbound_rules_on_private_link_traffic =
        found.enforce_security_group_inbound_rules_on_private_link_traffic().into();
    let internal = found.scheme() == Some(&types::LoadBalancerSchemeEnum::Internal);
    lb.internal = internal.into();
    lb.ip_address_type = found.ip_address_type().map(types::IpAddressType::as_str).into();
    let pool = found
        .ipam_pools()
        .map(|pools| LbIpamPools { ipv4_ipam_pool_id: pools.ipv4_ipam_pool_id().into() });
    lb.ipam_pools = pool.into();
    lb.load_balancer_type = found.r#type().map(types::LoadBalancerTypeEnum::as_str).into();
    lb.name = found.load_balancer_name().into();
    lb.name_prefix = found.load_balancer_name().and_then(prefix_of_name).into();
    lb.security_groups = Set(found.security_groups().to_vec()).into();
    let zones = found.availability_zones();
    lb.subnet_mapping = zones.iter().map(mapping).collect();
    let subnets = zones.iter().filter_map(|zone| zone.subnet_id().map(str::to_owned));
    lb.subnets = subnets.collect::<Set<String>>().into();
    lb.vpc_id = found.vpc_id().into();
    lb.zone_id = found.canonical_hosted_zone_id().into();
}

/// What CloudWatch calls a load balancer.
pub(crate) fn arn_suffix(arn: &str) -> String {
    suffix_from(arn, "loadbalancer/").trim_start_matches("loadbalancer/").to_owned()
}

fn mapping(zone: &types::AvailabilityZone) -> LbSubnetMapping {
    let address = zone.load_balancer_addresses().first();
    LbSubnetMapping {
        allocation_id: address.and_then(|a| a.allocation_id()).into(),
        ipv6_address: address.and_then(|a| a.ipv6_address()).into(),
        outpost_id: zone.outpost_id().unwrap_or_default().into(),
        private_ipv4_address: address.and_then(|a| a.private_ipv4_address()).into(),
        subnet_id: zone.subnet_id().into(),
    }
}
