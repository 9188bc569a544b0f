//! `aws_lb_target_group`, the data source: a target group by its ARN, its name or its tags.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Lookup, Model, Set, async_trait, timeouts};

use super::{only, within};
use crate::lb_target_group::{
    LbTargetGroup, LbTargetGroupHealthCheck, LbTargetGroupStickiness, describe, record_attributes,
};
use crate::service::{elb, tags};

/// The arguments and attributes of `aws_lb_target_group`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbTargetGroupData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) arn_suffix: Attr<String>,
    #[attr(computed)]
    pub(crate) connection_termination: Attr<bool>,
    #[attr(computed)]
    pub(crate) deregistration_delay: Attr<String>,
    #[attr(computed)]
    pub(crate) health_check: Attr<Vec<LbTargetGroupHealthCheck>>,
    #[attr(computed)]
    pub(crate) lambda_multi_value_headers_enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) load_balancer_arns: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) load_balancing_algorithm_type: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) load_balancing_anomaly_mitigation: Attr<String>,
    #[attr(computed)]
    pub(crate) load_balancing_cross_zone_enabled: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) name: Attr<String>,
    #[attr(computed)]
    pub(crate) port: Attr<i64>,
    #[attr(computed)]
    pub(crate) preserve_client_ip: Attr<String>,
    #[attr(computed)]
    pub(crate) protocol: Attr<String>,
    #[attr(computed)]
    pub(crate) protocol_version: Attr<String>,
    #[attr(computed)]
    pub(crate) proxy_protocol_v2: Attr<bool>,
    #[attr(computed)]
    pub(crate) slow_start: Attr<i64>,
    #[attr(computed)]
    pub(crate) stickiness: Attr<Vec<LbTargetGroupStickiness>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) target_type: Attr<String>,
    #[attr(computed)]
    pub(crate) vpc_id: Attr<String>,
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
const WHAT: &str = "ELBv2 Target Group";

/// The data source.
pub(crate) struct LbTargetGroupLookup;

#[async_trait]
impl Lookup<Aws> for LbTargetGroupLookup {
    type Model = LbTargetGroupData;

    fn name(&self) -> &'static str {
        "aws_lb_target_group"
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: LbTargetGroupData,
    ) -> Result<LbTargetGroupData, Diagnostics> {
        let limit = Timeouts::read(&config.timeouts);
        within(limit, WHAT, look(cx, config)).await
    }
}

async fn look(
    cx: &Context<Aws>,
    config: LbTargetGroupData,
) -> Result<LbTargetGroupData, Diagnostics> {
    let client = elb(cx.client());
    let mut request = client.describe_target_groups();
    if let Some(arn) = config.arn.filled() {
        request = request.target_group_arns(arn);
    } else if let Some(name) = config.name.filled() {
        request = request.names(name);
    }
    let found = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.unless(&["TargetGroupNotFound"]);
    let found = found.during(format!("reading {WHAT}"))?.unwrap_or_default();
    let wanted = config.tags.or_default();
    let found = only(cx, WHAT, found, &wanted, |group| group.target_group_arn()).await?;
    let arn = found.target_group_arn().unwrap_or_default();
    let during = format!("reading {WHAT} ({arn})");
    let values = client.describe_target_group_attributes().target_group_arn(arn).send();
    let values = values.await.during(&during)?;
    let mut group = LbTargetGroup::default();
    describe(&mut group, &found);
    let values = values.attributes().iter();
    let values = values
        .filter_map(|a| Some((a.key()?.to_owned(), a.value().unwrap_or_default().to_owned())));
    record_attributes(&mut group, &values.collect());
    let tags = tags(cx.client(), arn).await.during(&during)?;
    let tags = cx.client().tags().ours(tags);
    Ok(taken(group, arn, tags, config.timeouts))
}

/// What the data source tells of a target group.
fn taken(
    group: LbTargetGroup,
    arn: &str,
    tags: BTreeMap<String, String>,
    timeouts: Blocks<Timeouts>,
) -> LbTargetGroupData {
    LbTargetGroupData {
        id: arn.into(),
        arn: group.arn,
        arn_suffix: group.arn_suffix,
        connection_termination: group.connection_termination,
        deregistration_delay: group.deregistration_delay,
        health_check: group.health_check.into_vec().into(),
        lambda_multi_value_headers_enabled: group.lambda_multi_value_headers_enabled,
        load_balancer_arns: group.load_balancer_arns,
        load_balancing_algorithm_type: group.load_balancing_algorithm_type,
        load_balancing_anomaly_mitigation: group.load_balancing_anomaly_mitigation,
        load_balancing_cross_zone_enabled: group.load_balancing_cross_zone_enabled,
        name: group.name,
        port: group.port,
        preserve_client_ip: group.preserve_client_ip,
        protocol: group.protocol,
        protocol_version: group.protocol_version,
        proxy_protocol_v2: group.proxy_protocol_v2,
        slow_start: group.slow_start,
        stickiness: group.stickiness.into_vec().into(),
        target_type: group.target_type,
        vpc_id: group.vpc_id,
        tags: tags.into(),
        timeouts,
    }
}
