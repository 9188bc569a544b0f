//! Requests that make target groups and change them.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Error, Outcome as _, create_once, name_or_generated, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::model::{LbTargetGroup, LbTargetGroupHealthCheck};
use super::{has_hosts, is_lambda, speaks_http};
use crate::service::{Values, elb, to_tags};

/// What the service says of a name that is taken.
const EXISTS: &[&str] = &["DuplicateTargetGroupName"];

/// Creates it, and says whether it has its tags already. A name of ours that is taken is taken by an
/// attempt before.
pub(super) async fn make(
    cx: &Context<Aws>,
    planned: &LbTargetGroup,
) -> Result<(types::TargetGroup, bool), Diagnostics> {
    let configured = planned.name.filled();
    let name = name_or_generated(cx, configured, planned.name_prefix.filled(), "tf-");
    let during = format!("creating ELBv2 Target Group ({name})");
    if configured.is_some() && by_name(cx, &name).await.map_err(|e| e.during(&during))?.is_some() {
        return Err(Diagnostic::error(
            &during,
            format!(
                "ELBv2 Target Group ({name}) already exists. Give this one another name, or \
                 import the one that exists."
            ),
        )
        .into());
    }
    let tags = to_tags(&wanted_tags(cx.client(), planned));
    let mut tagged = true;
    let mut made =
        create_once(request(cx, planned, &name).set_tags(tags.clone()).send(), EXISTS).await;
    // Groups of some protocols take tags only once they are there.
    if let Err(e) = &made
        && tags.is_some()
        && e.says("ValidationError", "cannot specify tags on creation")
    {
        tagged = false;
        made = create_once(request(cx, planned, &name).send(), EXISTS).await;
    }
    let made = match made {
        Ok(Some(answer)) => answer.target_groups.unwrap_or_default().into_iter().next(),
        // An answer was lost, or an earlier run broke off after it had made this very name.
        Ok(None) => by_name(cx, &name).await.map_err(|e| e.during(&during))?,
        Err(e) if e.is_ambiguous() || configured.is_none() && e.is_any(EXISTS) => {
            let found = by_name(cx, &name).await.ok().flatten();
            Some(found.ok_or_else(|| e.during(&during))?)
        }
        Err(e) => return Err(e.during(during)),
    };
    let made =
        made.ok_or_else(|| Diagnostic::error(during, "The answer names no target group."))?;
    Ok((made, tagged))
}

async fn by_name(cx: &Context<Aws>, name: &str) -> Result<Option<types::TargetGroup>, Error> {
    let found = elb(cx.client()).describe_target_groups().names(name).send().await;
    let found = found.unless(&["TargetGroupNotFound"])?;
    Ok(found.and_then(|f| f.target_groups.unwrap_or_default().into_iter().next()))
}

type CreateRequest =
    aws_sdk_elasticloadbalancingv2::operation::create_target_group::builders::CreateTargetGroupFluentBuilder;

fn request(cx: &Context<Aws>, planned: &LbTargetGroup, name: &str) -> CreateRequest {
    let kind = planned.target_type.as_str().unwrap_or("instance");
    let mut request = elb(cx.client()).create_target_group().name(name).target_type(kind.into());
    if !is_lambda(planned) {
        let version = planned.protocol_version.filled().filter(|_| speaks_http(planned));
        let addresses = planned.ip_address_type.filled().filter(|_| has_hosts(planned));
        request = request
            .set_port(planned.port.to_i32())
            .set_protocol(planned.protocol.filled().map(Into::into))
            .set_protocol_version(version.map(str::to_ascii_uppercase))
            .set_vpc_id(planned.vpc_id.to_filled())
            .set_ip_address_type(addresses.map(Into::into));
    }
    let Some(check) = planned.health_check.first() else { return request };
    let asks = check.protocol.text() != "TCP";
    request = request
        .set_health_check_enabled(check.enabled.cloned())
        .set_health_check_interval_seconds(check.interval.to_i32())
        .set_healthy_threshold_count(check.healthy_threshold.to_i32())
        .set_unhealthy_threshold_count(check.unhealthy_threshold.to_i32())
        .set_health_check_timeout_seconds(check.timeout.to_filled_i32())
        .set_health_check_path(check.path.to_filled().filter(|_| asks))
        .set_matcher(matcher(planned, check).filter(|_| asks));
    if !is_lambda(planned) {
        request = request
            .set_health_check_port(check.port.to_filled())
            .set_health_check_protocol(check.protocol.filled().map(Into::into));
    }
    request
}

fn matcher(group: &LbTargetGroup, check: &LbTargetGroupHealthCheck) -> Option<types::Matcher> {
    let codes = check.matcher.to_filled()?;
    let matcher = types::Matcher::builder();
    Some(match group.protocol_version.text().eq_ignore_ascii_case("GRPC") {
        true => matcher.grpc_code(codes).build(),
        false => matcher.http_code(codes).build(),
    })
}

pub(super) async fn modify_health_check(
    cx: &Context<Aws>,
    arn: &str,
    group: &LbTargetGroup,
    check: &LbTargetGroupHealthCheck,
) -> Result<(), Diagnostics> {
    let asks = check.protocol.text() != "TCP";
    let mut request = elb(cx.client())
        .modify_target_group()
        .target_group_arn(arn)
        .set_health_check_enabled(check.enabled.cloned())
        .set_health_check_interval_seconds(check.interval.to_i32())
        .set_healthy_threshold_count(check.healthy_threshold.to_i32())
        .set_unhealthy_threshold_count(check.unhealthy_threshold.to_i32())
        .set_health_check_timeout_seconds(check.timeout.to_filled_i32())
        .set_health_check_path(check.path.to_filled().filter(|_| asks))
        .set_matcher(matcher(group, check).filter(|_| asks));
    if !is_lambda(group) {
        request = request
            .set_health_check_port(check.port.to_filled())
            .set_health_check_protocol(check.protocol.filled().map(Into::into));
    }
    request.send().await.during(format!("modifying ELBv2 Target Group ({arn})"))?;
    Ok(())
}

/// Sets attributes.
pub(super) async fn set_attributes(
    cx: &Context<Aws>,
    arn: &str,
    values: Values,
) -> Result<(), Diagnostics> {
    if values.is_empty() {
        return Ok(());
    }
    let attributes = values
        .iter()
        .map(|(key, value)| types::TargetGroupAttribute::builder().key(key).value(value).build());
    elb(cx.client())
        .modify_target_group_attributes()
        .target_group_arn(arn)
        .set_attributes(Some(attributes.collect()))
        .send()
        .await
        .during(format!("modifying ELBv2 Target Group ({arn}) attributes"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;

    fn planned(name: Attr<String>) -> LbTargetGroup {
        let tags = [("Name".to_owned(), "g".to_owned())].into();
        LbTargetGroup {
            name,
            protocol: "GENEVE".into(),
            port: 6081_i64.into(),
            tags: Attr::Known(tags),
            ..LbTargetGroup::default()
        }
    }

    fn groups(operation: &str) -> Answer {
        Answer::xml(format!(
            "<{operation}Response><{operation}Result><TargetGroups><member><TargetGroupArn>ours\
             </TargetGroupArn></member></TargetGroups></{operation}Result></{operation}Response>"
        ))
    }

    fn arn(made: Result<(types::TargetGroup, bool), Diagnostics>) -> Option<String> {
        made.ok().and_then(|made| made.0.target_group_arn)
    }

    /// Emulators take tags for all groups.
    #[tokio::test]
    async fn some_groups_get_their_tags_later() {
        let fake = Fake::new();
        fake.on("DescribeTargetGroups", |_| Answer::error(400, "TargetGroupNotFound", "none"));
        fake.on("CreateTargetGroup", |request| match request.param("Tags.member.1.Key") {
            Some(_) => Answer::error(
                400,
                "ValidationError",
                "You cannot specify tags on creation of a GENEVE target group",
            ),
            None => groups("CreateTargetGroup"),
        });
        let made = make(&fake.context(), &planned("g".into())).await;
        assert!(made.as_ref().is_ok_and(|made| !made.1));
        assert_eq!(arn(made).as_deref(), Some("ours"));
    }

    #[tokio::test]
    async fn a_generated_name_that_is_taken_is_ours() {
        let fake = Fake::new();
        fake.on("CreateTargetGroup", |_| Answer::error(400, "DuplicateTargetGroupName", "it is"));
        fake.on("DescribeTargetGroups", |_| groups("DescribeTargetGroups"));
        let made = make(&fake.context(), &planned(Attr::Unknown)).await;
        assert_eq!(arn(made).as_deref(), Some("ours"));
        let made = make(&fake.context(), &planned("somebodys".into())).await;
        assert!(made.is_err_and(|e| e.to_string().contains("already exists")));
    }
}
