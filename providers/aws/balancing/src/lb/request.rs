//! The request that makes a load balancer.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Error, Outcome as _, create_once, name_or_generated, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::kind;
use super::model::Lb;
use crate::service::{elb, to_tags};

/// What the service says of a name that is taken.
const EXISTS: &[&str] = &["DuplicateLoadBalancerName"];

/// Creates it. A name of ours that is taken is taken by an attempt before.
pub(super) async fn make(
    cx: &Context<Aws>,
    planned: &Lb,
) -> Result<types::LoadBalancer, Diagnostics> {
    let elb = elb(cx.client());
    let configured = planned.name.filled();
    let name = name_or_generated(cx, configured, planned.name_prefix.filled(), "tf-lb-");
    let kind = kind(planned);
    let during = format!("creating ELBv2 {kind} Load Balancer ({name})");
    if configured.is_some() && by_name(cx, &name).await.map_err(|e| e.during(&during))?.is_some() {
        return Err(taken(&during, &name));
    }
    let request = elb
        .create_load_balancer()
        .name(&name)
        .r#type(kind.into())
        .set_customer_owned_ipv4_pool(planned.customer_owned_ipv4_pool.to_filled())
        .set_scheme(planned.internal.is_true().then_some(types::LoadBalancerSchemeEnum::Internal))
        .set_ip_address_type(planned.ip_address_type.filled().map(Into::into))
        .set_ipam_pools(pools(planned))
        .set_security_groups(planned.security_groups.to_filled())
        .set_subnet_mappings(mappings(planned))
        .set_subnets(planned.subnets.to_filled())
        .set_tags(to_tags(&wanted_tags(cx.client(), planned)));
    let made = match create_once(request.send(), EXISTS).await {
        Ok(Some(answer)) => answer.load_balancers.unwrap_or_default().into_iter().next(),
        // An answer was lost, or an earlier run broke off after it had made this very name.
        Ok(None) => by_name(cx, &name).await.map_err(|e| e.during(&during))?,
        Err(e) if e.is_ambiguous() || configured.is_none() && e.is_any(EXISTS) => {
            let found = by_name(cx, &name).await.ok().flatten();
            Some(found.ok_or_else(|| e.during(&during))?)
        }
        Err(e) => return Err(e.during(&during)),
    };
    made.ok_or_else(|| Diagnostic::error(during, "The answer names no load balancer.").into())
}

async fn by_name(cx: &Context<Aws>, name: &str) -> Result<Option<types::LoadBalancer>, Error> {
    let found = elb(cx.client()).describe_load_balancers().names(name).send().await;
    let found = found.unless(&["LoadBalancerNotFound"])?;
    Ok(found.and_then(|f| f.load_balancers.unwrap_or_default().into_iter().next()))
}

fn taken(during: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        during,
        format!(
            "ELBv2 Load Balancer ({name}) already exists. Give this one another name, or import \
             the one that exists."
        ),
    )
    .into()
}

pub(super) fn pools(lb: &Lb) -> Option<types::IpamPools> {
    let pool = lb.ipam_pools.first()?;
    let id = pool.ipv4_ipam_pool_id.to_filled();
    Some(types::IpamPools::builder().set_ipv4_ipam_pool_id(id).build())
}

pub(super) fn mappings(lb: &Lb) -> Option<Vec<types::SubnetMapping>> {
    let mappings = lb.subnet_mapping.iter().map(|m| {
        types::SubnetMapping::builder()
            .set_subnet_id(m.subnet_id.to_filled())
            .set_allocation_id(m.allocation_id.to_filled())
            .set_private_ipv4_address(m.private_ipv4_address.to_filled())
            .set_ipv6_address(m.ipv6_address.to_filled())
            .build()
    });
    (!lb.subnet_mapping.is_empty()).then(|| mappings.collect())
}
