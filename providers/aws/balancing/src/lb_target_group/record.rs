//! Target groups as they are recorded.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _, prefix_of_name, record_tags};
use groma_sdk::{Blocks, Context, Diagnostics, Set};

use super::attributes::record_attributes;
use super::model::{LbTargetGroup, LbTargetGroupHealthCheck};
use crate::service::{elb, suffix_from, tags, target_group};

pub(super) async fn read(
    cx: &Context<Aws>,
    mut group: LbTargetGroup,
) -> Result<Option<LbTargetGroup>, Diagnostics> {
    let aws = cx.client();
    let arn = group.id.text().to_owned();
    let during = format!("reading ELBv2 Target Group ({arn})");
    let attributes = elb(aws).describe_target_group_attributes().target_group_arn(&arn).send();
    let (found, values, tags) = tokio::join!(target_group(aws, &arn), attributes, tags(aws, &arn));
    let Some(found) = found.during(&during)? else { return Ok(None) };
    let values = values.unless(&["TargetGroupNotFound"]).map_err(|e| e.during(&during))?;
    let Some(values) = values else { return Ok(None) };
    describe(&mut group, &found);
    let values = values.attributes().iter();
    let values = values
        .filter_map(|a| Some((a.key()?.to_owned(), a.value().unwrap_or_default().to_owned())));
    record_attributes(&mut group, &values.collect());
    record_tags(aws, &mut group, tags.during(&during)?);
    Ok(Some(group))
}

/// What the service says of a group.
pub(crate) fn describe(group: &mut LbTargetGroup, found: &types::TargetGroup) {
    let arn = found.target_group_arn().unwrap_or_default();
    group.arn = arn.into();
    group.arn_suffix = suffix_from(arn, "targetgroup/").into();
    group.health_check = Blocks::one(health_check(found));
    let addresses = found.ip_address_type().map(types::TargetGroupIpAddressTypeEnum::as_str);
    group.ip_address_type = addresses.into();
    group.load_balancer_arns = Set(found.load_balancer_arns().to_vec()).into();
    group.name = found.target_group_name().into();
    group.name_prefix = found.target_group_name().and_then(prefix_of_name).into();
    group.target_type = found.target_type().map(types::TargetTypeEnum::as_str).into();
    // Lambda functions have none of these; what a configuration says of them stays.
    if let Some(port) = found.port() {
        group.port = port.into();
    }
    if let Some(protocol) = found.protocol() {
        group.protocol = protocol.as_str().into();
    }
    if let Some(version) = found.protocol_version() {
        group.protocol_version = version.into();
    }
    if let Some(vpc) = found.vpc_id() {
        group.vpc_id = vpc.into();
    }
}

fn health_check(found: &types::TargetGroup) -> LbTargetGroupHealthCheck {
    let matcher = found.matcher();
    LbTargetGroupHealthCheck {
        enabled: found.health_check_enabled().into(),
        healthy_threshold: found.healthy_threshold_count().into(),
        interval: found.health_check_interval_seconds().into(),
        matcher: matcher.and_then(|m| m.http_code().or_else(|| m.grpc_code())).into(),
        path: found.health_check_path().into(),
        port: found.health_check_port().into(),
        protocol: found.health_check_protocol().map(types::ProtocolEnum::as_str).into(),
        timeout: found.health_check_timeout_seconds().into(),
        unhealthy_threshold: found.unhealthy_threshold_count().into(),
    }
}
