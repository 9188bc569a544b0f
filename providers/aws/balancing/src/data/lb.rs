//! `aws_lb`, the data source: a load balancer by its ARN, its name or its tags.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, Set, async_trait, timeouts};

use super::{only, within};
use crate::lb::{Lb, LbAccessLogs, LbIpamPools, LbSubnetMapping, describe, record_attributes};
use crate::service::{elb, tags};

/// The arguments and attributes of `aws_lb`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) access_logs: Attr<Vec<LbAccessLogs>>,
    #[attr(optional, computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) arn_suffix: Attr<String>,
    #[attr(computed)]
    pub(crate) client_keep_alive: Attr<i64>,
    #[attr(computed)]
    pub(crate) connection_logs: Attr<Vec<LbAccessLogs>>,
    #[attr(computed)]
    pub(crate) customer_owned_ipv4_pool: Attr<String>,
    #[attr(computed)]
    pub(crate) desync_mitigation_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) dns_name: Attr<String>,
    #[attr(computed)]
    pub(crate) dns_record_client_routing_policy: Attr<String>,
    #[attr(computed)]
    pub(crate) drop_invalid_header_fields: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_cross_zone_load_balancing: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_deletion_protection: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_http2: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_tls_version_and_cipher_suite_headers: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_waf_fail_open: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_xff_client_port: Attr<bool>,
    #[attr(computed)]
    pub(crate) enable_zonal_shift: Attr<bool>,
    #[attr(computed)]
    pub(crate) enforce_security_group_inbound_rules_on_private_link_traffic: Attr<String>,
    #[attr(computed)]
    pub(crate) idle_timeout: Attr<i64>,
    #[attr(computed)]
    pub(crate) internal: Attr<bool>,
    #[attr(computed)]
    pub(crate) ip_address_type: Attr<String>,
    #[attr(computed)]
    pub(crate) ipam_pools: Attr<Vec<LbIpamPools>>,
    #[attr(computed)]
    pub(crate) load_balancer_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) preserve_host_header: Attr<bool>,
    #[attr(computed)]
    pub(crate) security_groups: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) subnet_mapping: Attr<Set<LbSubnetMapping>>,
    #[attr(computed)]
    pub(crate) subnets: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
    #[attr(computed)]
    pub(crate) xff_header_processing_mode: Attr<String>,
    #[attr(computed)]
    pub(crate) zone_id: Attr<String>,
    #[block(single)]
    pub(crate) timeouts: Blocks<Timeouts>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct Timeouts {
        read: Duration::from_secs(1200),
    }
}

/// What it is that is looked for.
const WHAT: &str = "ELBv2 Load Balancer";

/// The data source.
pub(crate) struct LbLookup;

#[async_trait]
impl Lookup<Aws> for LbLookup {
    type Model = LbData;

    fn name(&self) -> &'static str {
        "aws_lb"
    }

    async fn read(&self, cx: &Context<Aws>, config: LbData) -> Result<LbData, Diagnostics> {
        let limit = Timeouts::read(&config.timeouts);
        within(limit, WHAT, look(cx, config)).await
    }
}

async fn look(cx: &Context<Aws>, config: LbData) -> Result<LbData, Diagnostics> {
    let client = elb(cx.client());
    let mut request = client.describe_load_balancers();
    if let Some(arn) = config.arn.filled() {
        request = request.load_balancer_arns(arn);
    } else if let Some(name) = config.name.filled() {
        request = request.names(name);
    }
    let found = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.unless(&["LoadBalancerNotFound"]);
    let found = found.during(format!("reading {WHAT}"))?.unwrap_or_default();
    let wanted = config.tags.or_default();
    let found = only(cx, WHAT, found, &wanted, |lb| lb.load_balancer_arn()).await?;
    let arn = found.load_balancer_arn().unwrap_or_default();
    let during = format!("reading {WHAT} ({arn})");
    let values = client.describe_load_balancer_attributes().load_balancer_arn(arn).send();
    let values = values.await.during(&during)?;
    let mut lb = Lb::default();
    describe(&mut lb, &found);
    let values = values.attributes().iter();
    let values = values
        .filter_map(|a| Some((a.key()?.to_owned(), a.value().unwrap_or_default().to_owned())));
    record_attributes(&mut lb, &values.collect());
    let tags = tags(cx.client(), arn).await.during(&during)?;
    let tags = cx.client().tags().ours(tags);
    Ok(taken(lb, arn, tags, config.timeouts))
}

/// What the data source tells of a load balancer.
fn taken(lb: Lb, arn: &str, tags: BTreeMap<String, String>, timeouts: Blocks<Timeouts>) -> LbData {
    LbData {
        id: arn.into(),
        access_logs: lb.access_logs.into_vec().into(),
        arn: lb.arn,
        arn_suffix: lb.arn_suffix,
        client_keep_alive: lb.client_keep_alive,
        connection_logs: lb.connection_logs.into_vec().into(),
        customer_owned_ipv4_pool: lb.customer_owned_ipv4_pool,
        desync_mitigation_mode: lb.desync_mitigation_mode,
        dns_name: lb.dns_name,
        dns_record_client_routing_policy: lb.dns_record_client_routing_policy,
        drop_invalid_header_fields: lb.drop_invalid_header_fields,
        enable_cross_zone_load_balancing: lb.enable_cross_zone_load_balancing,
        enable_deletion_protection: lb.enable_deletion_protection,
        enable_http2: lb.enable_http2,
        enable_tls_version_and_cipher_suite_headers: lb.enable_tls_version_and_cipher_suite_headers,
        enable_waf_fail_open: lb.enable_waf_fail_open,
        enable_xff_client_port: lb.enable_xff_client_port,
        enable_zonal_shift: lb.enable_zonal_shift,
        enforce_security_group_inbound_rules_on_private_link_traffic: lb
            .enforce_security_group_inbound_rules_on_private_link_traffic,
        idle_timeout: lb.idle_timeout,
        internal: lb.internal,
        ip_address_type: lb.ip_address_type,
        ipam_pools: lb.ipam_pools.into_vec().into(),
        load_balancer_type: lb.load_balancer_type,
        name: lb.name,
        preserve_host_header: lb.preserve_host_header,
        security_groups: lb.security_groups,
        subnet_mapping: Set(lb.subnet_mapping.into_vec()).into(),
        subnets: lb.subnets,
        vpc_id: lb.vpc_id,
        xff_header_processing_mode: lb.xff_header_processing_mode,
        zone_id: lb.zone_id,
        tags: tags.into(),
        timeouts,
    }
}
