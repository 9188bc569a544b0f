//! `aws_lb_target_group`: a group of targets that load balancers send requests to.

mod model;

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{
    Aws, Error, Outcome as _, TagChange, name_or_generated, plan_tags, prefix_of_name, record_tags,
    retry, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, Set, async_trait,
};

pub(crate) use model::{LbTargetGroup, LbTargetGroupHealthCheck, LbTargetGroupStickiness};
use model::{
    LbTargetGroupDnsFailover, LbTargetGroupTargetFailover, LbTargetGroupTargetGroupHealth,
    LbTargetGroupTargetHealthState, LbTargetGroupUnhealthyStateRouting,
};

use crate::service::{
    Values, change_tags, changed, elb, int, is_true, seen, suffix_from, tags, target_group, to_tags,
};

/// How long it may take until nothing forwards to a group any more.
const RELEASE: Duration = Duration::from_secs(120);

/// The resource type.
pub(crate) struct LbTargetGroupResource;

#[async_trait]
impl Managed<Aws> for LbTargetGroupResource {
    type Model = LbTargetGroup;

    fn name(&self) -> &'static str {
        "aws_lb_target_group"
    }

    fn validate(&self, config: &LbTargetGroup, problems: &mut Problems) {
        problems.conflict(
            ("name", !config.name.is_null()),
            ("name_prefix", !config.name_prefix.is_null()),
        );
        if !config.target_type.is_unknown() {
            check_required(config, problems);
        }
        check_health_check(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbTargetGroup>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan_stickiness(change);
        plan_health(change);
        let Some(prior) = &change.prior else { return Ok(()) };
        if is_lambda(&change.planned) && is_lambda(prior) {
            // A function has none of these, whatever is configured.
            let planned = &mut change.planned;
            planned.port = prior.port;
            planned.protocol = prior.protocol.clone();
            planned.protocol_version = prior.protocol_version.clone();
            planned.vpc_id = prior.vpc_id.clone();
            for path in ["port", "protocol", "protocol_version", "vpc_id"] {
                change.in_place(path);
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbTargetGroup,
        planned: LbTargetGroup,
    ) -> Result<LbTargetGroup, Diagnostics> {
        let (made, tagged) = make(cx, &planned).await?;
        let arn = made.target_group_arn.unwrap_or_default();
        let mut group = planned.clone();
        group.id = arn.clone().into();
        group.arn = arn.clone().into();
        group.name = made.target_group_name.into();
        cx.keep_model(&group);
        let what = format!("ELBv2 Target Group ({arn})");
        seen(cx, &what, || async {
            let found = target_group(cx.client(), &arn).await;
            found.map_err(|e| e.during(format!("reading {what}")))
        })
        .await?;
        set_attributes(cx, &arn, at_first(wanted(&planned))).await?;
        if !tagged {
            let put = wanted_tags(cx.client(), &planned);
            let change = TagChange { put, remove: Vec::new() };
            change_tags(cx.client(), "ELBv2 Target Group", &arn, &change).await?;
        }
        seen(cx, &what, || read(cx, group.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbTargetGroup,
    ) -> Result<Option<LbTargetGroup>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LbTargetGroup,
        _config: LbTargetGroup,
        planned: LbTargetGroup,
    ) -> Result<LbTargetGroup, Diagnostics> {
        let arn = prior.id.text().to_owned();
        if prior.health_check != planned.health_check
            && let Some(check) = planned.health_check.first()
        {
            modify_health_check(cx, &arn, &planned, check).await?;
        }
        set_attributes(cx, &arn, changed(&wanted(&prior), &wanted(&planned))).await?;
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Target Group", &arn, &tags).await?;
        seen(cx, &format!("ELBv2 Target Group ({arn})"), || read(cx, planned.clone())).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LbTargetGroup) -> Result<(), Diagnostics> {
        let arn = prior.id.text().to_owned();
        let elb = elb(cx.client());
        let what = format!("ELBv2 Target Group ({arn}) to be free");
        let in_use =
            |e: &Error| e.says("ResourceInUse", "is currently in use by a listener or a rule");
        let deleted = retry(cx, what, RELEASE, in_use, || {
            let request = elb.delete_target_group().target_group_arn(&arn);
            async move { request.send().await.typed() }
        })
        .await;
        let deleted = deleted.unless(&["TargetGroupNotFound"]);
        deleted.map_err(|e| e.during(format!("deleting ELBv2 Target Group ({arn})")))?;
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<LbTargetGroup>, Diagnostics> {
        // Functions have no such delay, but a configuration that says nothing of it has this one.
        let usual =
            LbTargetGroup { deregistration_delay: "300".into(), ..LbTargetGroup::default() };
        Ok(Some(LbTargetGroup { id: id.into(), ..usual }))
    }
}

fn is_lambda(group: &LbTargetGroup) -> bool {
    group.target_type.as_str() == Some("lambda")
}

fn speaks_http(group: &LbTargetGroup) -> bool {
    matches!(group.protocol.text(), "HTTP" | "HTTPS")
}

/// Whether its targets are instances or addresses, which alone have most of the attributes.
fn has_hosts(group: &LbTargetGroup) -> bool {
    matches!(group.target_type.as_str(), None | Some("instance" | "ip"))
}

fn check_required(config: &LbTargetGroup, problems: &mut Problems) {
    if is_lambda(config) {
        return;
    }
    let kind = config.target_type.as_str().unwrap_or("instance");
    for (name, missing) in [
        ("port", config.port.is_null()),
        ("protocol", config.protocol.is_null()),
        ("vpc_id", config.vpc_id.is_null()),
    ] {
        if missing {
            problems.error(
                name,
                "Missing required argument",
                format!("A target group needs \"{name}\" when its \"target_type\" is {kind:?}."),
            );
        }
    }
}

fn check_health_check(config: &LbTargetGroup, problems: &mut Problems) {
    let Some(check) = config.health_check.first() else { return };
    if check.protocol.text() == "TCP" {
        for (name, set) in [("matcher", check.matcher.filled()), ("path", check.path.filled())] {
            if set.is_some() {
                problems.error(
                    &format!("health_check.0.{name}"),
                    "Invalid combination of arguments",
                    format!("\"{name}\" cannot be set when the check's \"protocol\" is \"TCP\"."),
                );
            }
        }
        let with = match is_lambda(config) {
            true => Some(("target_type", "lambda")),
            false if speaks_http(config) => Some(("protocol", config.protocol.text())),
            false => None,
        };
        if let Some((name, value)) = with {
            problems.error(
                "health_check.0.protocol",
                "Invalid combination of arguments",
                format!("It cannot be \"TCP\" when \"{name}\" is {value:?}."),
            );
        }
    }
    if let (Some(timeout), Some(interval)) =
        (check.timeout.get(), check.interval.get().or(check.interval.is_null().then_some(&30)))
        && timeout > interval
    {
        problems.error(
            "health_check.0.timeout",
            "Invalid value for \"timeout\"",
            format!(
                "A check must time out before the next one begins, but the timeout is {timeout} s \
                 and the interval {interval} s."
            ),
        );
    }
}

/// Cookies are of HTTP alone; how long they last, and their names, are only of cookies.
fn plan_stickiness(change: &mut Planned<LbTargetGroup>) {
    let http = speaks_http(&change.planned) || change.planned.protocol.is_unknown();
    let prior = change.prior.as_ref().and_then(|p| p.stickiness.first()).cloned();
    let prior = prior.unwrap_or_default();
    let Some(planned) = change.planned.stickiness.first_mut() else { return };
    let kind = planned.r#type.text();
    let cookies = matches!(kind, "lb_cookie" | "app_cookie") || planned.r#type.is_unknown();
    if !(http && cookies) {
        planned.cookie_duration = prior.cookie_duration;
    }
    if !(http && (kind == "app_cookie" || planned.r#type.is_unknown())) {
        planned.cookie_name = prior.cookie_name;
    }
}

/// What is not configured of the conditions for health stays as it is.
fn plan_health(change: &mut Planned<LbTargetGroup>) {
    let prior = change.prior.as_ref().and_then(|p| p.target_group_health.first());
    let (Some(prior), Some(planned)) = (prior, change.planned.target_group_health.first_mut())
    else {
        return;
    };
    if planned.dns_failover.is_empty() && !planned.dns_failover.is_unknown() {
        planned.dns_failover = prior.dns_failover.clone();
    }
    if planned.unhealthy_state_routing.is_empty() && !planned.unhealthy_state_routing.is_unknown() {
        planned.unhealthy_state_routing = prior.unhealthy_state_routing.clone();
    }
}

/// Creates it, and says whether it has its tags already. A name of ours that is taken is taken by an
/// attempt before.
async fn make(
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
    let mut made = request(cx, planned, &name).set_tags(tags.clone()).send().await.typed();
    // Groups of some protocols take tags only once they are there.
    if let Err(e) = &made
        && tags.is_some()
        && e.says("ValidationError", "cannot specify tags on creation")
    {
        tagged = false;
        made = request(cx, planned, &name).send().await.typed();
    }
    let made = match made {
        Ok(answer) => answer.target_groups.unwrap_or_default().into_iter().next(),
        // It was not there before: an answer was lost.
        Err(e) if e.is("DuplicateTargetGroupName") => {
            by_name(cx, &name).await.map_err(|e| e.during(&during))?
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
            .set_port(int(&planned.port))
            .set_protocol(planned.protocol.filled().map(Into::into))
            .set_protocol_version(version.map(str::to_ascii_uppercase))
            .set_vpc_id(planned.vpc_id.to_filled())
            .set_ip_address_type(addresses.map(Into::into));
    }
    let Some(check) = planned.health_check.first() else { return request };
    let asks = check.protocol.text() != "TCP";
    request = request
        .set_health_check_enabled(check.enabled.cloned())
        .set_health_check_interval_seconds(int(&check.interval))
        .set_healthy_threshold_count(int(&check.healthy_threshold))
        .set_unhealthy_threshold_count(int(&check.unhealthy_threshold))
        .set_health_check_timeout_seconds(int(&check.timeout).filter(|t| *t != 0))
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

async fn modify_health_check(
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
        .set_health_check_interval_seconds(int(&check.interval))
        .set_healthy_threshold_count(int(&check.healthy_threshold))
        .set_unhealthy_threshold_count(int(&check.unhealthy_threshold))
        .set_health_check_timeout_seconds(int(&check.timeout).filter(|t| *t != 0))
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

/// The attributes that a group of this kind has, as they are wanted.
fn wanted(group: &LbTargetGroup) -> Values {
    let mut values = Values::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            values.insert(key.to_owned(), value);
        }
    };
    let flag = |flag: &Attr<bool>| flag.get().map(bool::to_string);
    if is_lambda(group) {
        put("lambda.multi_value_headers.enabled", flag(&group.lambda_multi_value_headers_enabled));
    }
    if !has_hosts(group) {
        return values;
    }
    let preserve = group.preserve_client_ip.to_filled();
    put("deregistration_delay.connection_termination.enabled", flag(&group.connection_termination));
    put("deregistration_delay.timeout_seconds", group.deregistration_delay.to_filled());
    put("load_balancing.algorithm.type", group.load_balancing_algorithm_type.to_filled());
    put(
        "load_balancing.algorithm.anomaly_mitigation",
        group.load_balancing_anomaly_mitigation.to_filled(),
    );
    put("load_balancing.cross_zone.enabled", group.load_balancing_cross_zone_enabled.to_filled());
    put("preserve_client_ip.enabled", preserve.map(|p| (p == "1" || p == "true").to_string()));
    put("proxy_protocol_v2.enabled", flag(&group.proxy_protocol_v2));
    put("slow_start.duration_seconds", group.slow_start.get().map(i64::to_string));
    put_stickiness(group, &mut put);
    let protocol = group.protocol.text();
    if let (Some(failover), "GENEVE") = (group.target_failover.first(), protocol) {
        put("target_failover.on_deregistration", failover.on_deregistration.to_filled());
        put("target_failover.on_unhealthy", failover.on_unhealthy.to_filled());
    }
    if let (Some(state), "TCP" | "TLS") = (group.target_health_state.first(), protocol) {
        let terminate = flag(&state.enable_unhealthy_connection_termination);
        put("target_health_state.unhealthy.connection_termination.enabled", terminate);
        let interval = state.unhealthy_draining_interval.get().map(i64::to_string);
        put("target_health_state.unhealthy.draining_interval_seconds", interval);
    }
    if let Some(health) = group.target_group_health.first()
        && protocol != "GENEVE"
    {
        put_health(health, &mut put);
    }
    values
}

fn put_stickiness(group: &LbTargetGroup, put: &mut impl FnMut(&str, Option<String>)) {
    let Some(stickiness) = group.stickiness.first() else { return };
    put("stickiness.enabled", Some(stickiness.enabled.is_true().to_string()));
    put("stickiness.type", stickiness.r#type.to_filled());
    if !speaks_http(group) {
        return;
    }
    let duration = stickiness.cookie_duration.get().map(i64::to_string);
    match stickiness.r#type.text() {
        "lb_cookie" => put("stickiness.lb_cookie.duration_seconds", duration),
        "app_cookie" => {
            put("stickiness.app_cookie.cookie_name", stickiness.cookie_name.to_filled());
            put("stickiness.app_cookie.duration_seconds", duration);
        }
        _ => {}
    }
}

fn put_health(health: &LbTargetGroupTargetGroupHealth, put: &mut impl FnMut(&str, Option<String>)) {
    if let Some(failover) = health.dns_failover.first() {
        let (count, share) =
            (&failover.minimum_healthy_targets_count, &failover.minimum_healthy_targets_percentage);
        put(DNS_COUNT, count.to_filled());
        put(DNS_PERCENTAGE, share.to_filled());
    }
    if let Some(routing) = health.unhealthy_state_routing.first() {
        put(ROUTING_COUNT, routing.minimum_healthy_targets_count.get().map(i64::to_string));
        put(ROUTING_PERCENTAGE, routing.minimum_healthy_targets_percentage.to_filled());
    }
}

const DNS_COUNT: &str = "target_group_health.dns_failover.minimum_healthy_targets.count";
const DNS_PERCENTAGE: &str = "target_group_health.dns_failover.minimum_healthy_targets.percentage";
const ROUTING_COUNT: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const ROUTING_PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";

/// What a new group must be told: not what it is by itself, which groups of some protocols do not
/// even know the names of.
fn at_first(wanted: Values) -> Values {
    let usual = |key: &str, value: &str| {
        let plain = matches!(
            key,
            "deregistration_delay.connection_termination.enabled"
                | "lambda.multi_value_headers.enabled"
                | "proxy_protocol_v2.enabled"
                | "slow_start.duration_seconds"
        );
        plain && matches!(value, "false" | "0")
    };
    wanted.into_iter().filter(|(key, value)| !usual(key, value)).collect()
}

async fn set_attributes(cx: &Context<Aws>, arn: &str, values: Values) -> Result<(), Diagnostics> {
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

async fn read(
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

/// Records what the service says of attributes; those that it does not speak of stay.
pub(crate) fn record_attributes(group: &mut LbTargetGroup, values: &Values) {
    let text = |into: &mut Attr<String>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = value.clone().into();
        }
    };
    let flag = |into: &mut Attr<bool>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = is_true(value).into();
        }
    };
    let number = |key: &str| Attr::from(values.get(key).and_then(|v| v.parse::<i64>().ok()));
    if is_lambda(group) {
        flag(&mut group.lambda_multi_value_headers_enabled, "lambda.multi_value_headers.enabled");
    }
    if has_hosts(group) {
        flag(
            &mut group.connection_termination,
            "deregistration_delay.connection_termination.enabled",
        );
        text(&mut group.deregistration_delay, "deregistration_delay.timeout_seconds");
        text(&mut group.load_balancing_algorithm_type, "load_balancing.algorithm.type");
        text(
            &mut group.load_balancing_anomaly_mitigation,
            "load_balancing.algorithm.anomaly_mitigation",
        );
        text(&mut group.load_balancing_cross_zone_enabled, "load_balancing.cross_zone.enabled");
        text(&mut group.preserve_client_ip, "preserve_client_ip.enabled");
        flag(&mut group.proxy_protocol_v2, "proxy_protocol_v2.enabled");
        if values.contains_key("slow_start.duration_seconds") {
            group.slow_start = number("slow_start.duration_seconds");
        }
    }
    group.stickiness = Blocks::one(stickiness(group, values));
    let value = |key: &str| Attr::from(values.get(key));
    let protocol = group.protocol.text();
    group.target_failover = Blocks::one(match protocol {
        "GENEVE" => LbTargetGroupTargetFailover {
            on_deregistration: value("target_failover.on_deregistration"),
            on_unhealthy: value("target_failover.on_unhealthy"),
        },
        _ => LbTargetGroupTargetFailover::default(),
    });
    let terminate = "target_health_state.unhealthy.connection_termination.enabled";
    group.target_health_state = Blocks::one(match protocol {
        "TCP" | "TLS" => LbTargetGroupTargetHealthState {
            enable_unhealthy_connection_termination: values
                .get(terminate)
                .map(|v| is_true(v))
                .into(),
            unhealthy_draining_interval: number(
                "target_health_state.unhealthy.draining_interval_seconds",
            ),
        },
        _ => LbTargetGroupTargetHealthState::default(),
    });
    group.target_group_health = Blocks::one(LbTargetGroupTargetGroupHealth {
        dns_failover: Blocks::one(LbTargetGroupDnsFailover {
            minimum_healthy_targets_count: value(DNS_COUNT),
            minimum_healthy_targets_percentage: value(DNS_PERCENTAGE),
        }),
        unhealthy_state_routing: Blocks::one(LbTargetGroupUnhealthyStateRouting {
            minimum_healthy_targets_count: number(ROUTING_COUNT),
            minimum_healthy_targets_percentage: value(ROUTING_PERCENTAGE),
        }),
    });
}

fn stickiness(group: &LbTargetGroup, values: &Values) -> LbTargetGroupStickiness {
    let kind = values.get("stickiness.type");
    let mut stickiness = LbTargetGroupStickiness {
        enabled: values.get("stickiness.enabled").map(|v| is_true(v)).into(),
        r#type: kind.into(),
        ..LbTargetGroupStickiness::default()
    };
    if !speaks_http(group) {
        return stickiness;
    }
    let number = |key: &str| Attr::from(values.get(key).and_then(|v| v.parse::<i64>().ok()));
    match kind.map(String::as_str) {
        Some("lb_cookie") => {
            stickiness.cookie_duration = number("stickiness.lb_cookie.duration_seconds");
        }
        Some("app_cookie") => {
            stickiness.cookie_duration = number("stickiness.app_cookie.duration_seconds");
            stickiness.cookie_name = values.get("stickiness.app_cookie.cookie_name").into();
        }
        _ => {}
    }
    stickiness
}

#[cfg(test)]
mod tests;
