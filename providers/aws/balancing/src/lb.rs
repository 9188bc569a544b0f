//! `aws_lb`: an application, network or gateway load balancer.
//!
//! Network interfaces of a load balancer go some time after it; whoever deletes subnets and
//! security groups waits for that.

mod model;

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{
    Aws, Error, Outcome as _, Pace, Progress, TagChange, name_or_generated, plan_tags,
    prefix_of_name, record_tags, timeout_of, wait_at, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, Set, async_trait,
};

pub(crate) use model::{
    Lb, LbAccessLogs, LbIpamPools, LbMinimumLoadBalancerCapacity, LbSubnetMapping,
};

use crate::service::{
    Values, change_tags, changed, elb, int, is_true, load_balancer, members, seen, suffix_from,
    tags, to_tags,
};

/// How long operations take at most by default.
const USUAL: Duration = Duration::from_secs(600);

const APPLICATION: &str = "application";
const NETWORK: &str = "network";

/// The resource type.
pub(crate) struct LbResource;

#[async_trait]
impl Managed<Aws> for LbResource {
    type Model = Lb;

    fn name(&self) -> &'static str {
        "aws_lb"
    }

    fn validate(&self, config: &Lb, problems: &mut Problems) {
        problems.conflict(
            ("name", !config.name.is_null()),
            ("name_prefix", !config.name_prefix.is_null()),
        );
        let mappings = !config.subnet_mapping.is_empty() || config.subnet_mapping.is_unknown();
        let subnets = !config.subnets.is_null();
        if mappings && subnets {
            problems.conflict(("subnet_mapping", true), ("subnets", true));
        } else if !mappings && !subnets {
            problems.error(
                "subnets",
                "Invalid combination of arguments",
                "A load balancer needs one of \"subnets\" and \"subnet_mapping\".",
            );
        }
        check_zones(config, problems);
    }

    async fn plan(&self, cx: &Context<Aws>, change: &mut Planned<Lb>) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        leave_what_is_of_other_types(change);
        keep_logs(change);
        plan_zones(change);
        plan_security_groups(change);
        Ok(())
    }

    async fn create(&self, cx: &Context<Aws>, _config: Lb, planned: Lb) -> Result<Lb, Diagnostics> {
        let timeout = timeout_of(&planned.timeouts_of(|t| &t.create), USUAL);
        let made = make(cx, &planned).await?;
        let arn = made.load_balancer_arn.unwrap_or_default();
        let mut lb = planned.clone();
        lb.id = arn.clone().into();
        lb.arn = arn.clone().into();
        lb.name = made.load_balancer_name.into();
        cx.keep_model(&lb);
        active(cx, &arn, timeout).await?;

        let wanted = wanted(&planned).into_iter().filter(|(_, value)| !value.is_empty()).collect();
        set_attributes(cx, &arn, wanted).await?;
        if let Some(units) = planned.minimum_load_balancer_capacity.first() {
            reserve(cx, &arn, int(&units.capacity_units), timeout).await?;
        }
        if kind(&planned) == NETWORK
            && let Some(enforce) =
                planned.enforce_security_group_inbound_rules_on_private_link_traffic.to_filled()
        {
            set_security_groups(cx, &arn, &planned, Some(enforce)).await?;
        }
        active(cx, &arn, timeout).await?;
        seen(cx, &format!("ELBv2 Load Balancer ({arn})"), || read(cx, lb.clone())).await
    }

    async fn read(&self, cx: &Context<Aws>, state: Lb) -> Result<Option<Lb>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: Lb,
        _config: Lb,
        planned: Lb,
    ) -> Result<Lb, Diagnostics> {
        let arn = prior.id.text().to_owned();
        let timeout = timeout_of(&planned.timeouts_of(|t| &t.update), USUAL);
        set_attributes(cx, &arn, changed(&wanted(&prior), &wanted(&planned))).await?;
        update_security_groups(cx, &arn, &prior, &planned).await?;
        update_zones(cx, &arn, &prior, &planned).await?;
        update_addresses(cx, &arn, &prior, &planned).await?;
        if prior.minimum_load_balancer_capacity != planned.minimum_load_balancer_capacity {
            let units = planned.minimum_load_balancer_capacity.first();
            reserve(cx, &arn, units.and_then(|u| int(&u.capacity_units)), timeout).await?;
        }
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Load Balancer", &arn, &tags).await?;
        active(cx, &arn, timeout).await?;
        let found = read(cx, planned).await?;
        found.ok_or_else(|| gone("updating", &arn))
    }

    async fn delete(&self, cx: &Context<Aws>, prior: Lb) -> Result<(), Diagnostics> {
        let arn = prior.id.text().to_owned();
        let timeout = timeout_of(&prior.timeouts_of(|t| &t.delete), USUAL);
        let deleted = elb(cx.client()).delete_load_balancer().load_balancer_arn(&arn).send().await;
        let during = format!("deleting ELBv2 Load Balancer ({arn})");
        deleted.unless(&["LoadBalancerNotFound"]).map_err(|e| e.during(&during))?;
        let what = format!("ELBv2 Load Balancer ({arn}) to be deleted");
        wait_at(cx, Pace::default(), what, timeout, || async {
            let found = load_balancer(cx.client(), &arn).await.map_err(|e| e.during(&during))?;
            Ok(match found {
                None => Progress::Ready(()),
                Some(lb) => Progress::Pending(state_of(&lb)),
            })
        })
        .await
    }

    async fn import(&self, _cx: &Context<Aws>, id: &str) -> Result<Option<Lb>, Diagnostics> {
        Ok(Some(Lb { id: id.into(), ..Lb::default() }))
    }
}

impl Lb {
    fn timeouts_of(&self, which: impl Fn(&model::LbTimeouts) -> &Attr<String>) -> Attr<String> {
        self.timeouts.first().map_or(Attr::Null, |t| which(t).clone())
    }
}

fn kind(lb: &Lb) -> &str {
    lb.load_balancer_type.as_str().unwrap_or(APPLICATION)
}

/// An application load balancer in one zone is refused, unless the zone is a Local Zone or on an
/// Outpost, which only the subnet tells.
fn check_zones(config: &Lb, problems: &mut Problems) {
    if kind(config) != APPLICATION || config.load_balancer_type.is_unknown() {
        return;
    }
    let (path, zones) = match config.subnets.get() {
        Some(subnets) => ("subnets", subnets.len()),
        None if !config.subnet_mapping.is_empty() => {
            ("subnet_mapping", config.subnet_mapping.len())
        }
        None => return,
    };
    match zones {
        0 => problems.error(
            path,
            "Too few subnets for an application load balancer",
            "It needs subnets in at least two availability zones, but has none.",
        ),
        1 if config.customer_owned_ipv4_pool.is_null() => problems.warning(
            path,
            "Too few subnets for an application load balancer",
            "It needs subnets in at least two availability zones, but has one. AWS refuses that, \
             unless the subnet is of a Local Zone or an Outpost. Add a subnet in another zone.",
        ),
        _ => {}
    }
}

/// What other types of load balancers have stays as it is, whatever is configured.
fn leave_what_is_of_other_types(change: &mut Planned<Lb>) {
    let kind = kind(&change.planned).to_owned();
    let prior = change.prior.clone().unwrap_or_default();
    let planned = &mut change.planned;
    macro_rules! leave {
        ($($field:ident),+) => {$( planned.$field = prior.$field.clone(); )+};
    }
    if kind != APPLICATION {
        leave!(
            client_keep_alive,
            desync_mitigation_mode,
            drop_invalid_header_fields,
            enable_http2,
            enable_tls_version_and_cipher_suite_headers,
            enable_waf_fail_open,
            enable_xff_client_port,
            idle_timeout,
            preserve_host_header,
            xff_header_processing_mode,
            ipam_pools
        );
    } else {
        leave!(enable_cross_zone_load_balancing);
    }
    if kind != NETWORK {
        leave!(dns_record_client_routing_policy);
        if change.prior.is_some() {
            leave!(enforce_security_group_inbound_rules_on_private_link_traffic);
        }
    }
    if kind != APPLICATION && kind != NETWORK {
        leave!(enable_zonal_shift, minimum_load_balancer_capacity);
    }
}

/// Logs that are not configured stay as they are; where logs that are off would go does not matter.
fn keep_logs(change: &mut Planned<Lb>) {
    let Some(prior) = &change.prior else { return };
    let (config, planned) = (&change.config, &mut change.planned);
    keep(&config.access_logs, &prior.access_logs, &mut planned.access_logs);
    keep(&config.connection_logs, &prior.connection_logs, &mut planned.connection_logs);

    fn keep(
        config: &Blocks<LbAccessLogs>,
        prior: &Blocks<LbAccessLogs>,
        planned: &mut Blocks<LbAccessLogs>,
    ) {
        if config.is_unknown() {
            return;
        }
        let Some(old) = prior.first() else { return };
        match planned.first_mut() {
            None => *planned = prior.clone(),
            Some(new) if !new.enabled.is_true() && !new.enabled.is_unknown() => {
                new.bucket = old.bucket.clone();
                new.prefix = old.prefix.clone();
            }
            Some(_) => {}
        }
    }
}

/// Which changes of zones need a new load balancer; and subnets follow from mappings, and the other
/// way round.
fn plan_zones(change: &mut Planned<Lb>) {
    let Some(prior) = change.prior.clone() else { return };
    let kind = kind(&change.planned).to_owned();
    if kind != APPLICATION && kind != NETWORK {
        return;
    }
    let mappings = prior.subnet_mapping != change.planned.subnet_mapping;
    let subnets = prior.subnets != change.planned.subnets;
    if mappings {
        if !is_partly_unknown(&change.config.subnet_mapping)
            && !change.config.subnet_mapping.is_empty()
        {
            let (old, new) = (&prior.subnet_mapping, &change.planned.subnet_mapping);
            let common = new.iter().filter(|n| old.contains(n)).count();
            let in_place = match new.len().cmp(&old.len()) {
                std::cmp::Ordering::Equal => false,
                std::cmp::Ordering::Less => kind == APPLICATION && common == new.len(),
                std::cmp::Ordering::Greater => common == old.len(),
            };
            if !in_place {
                change.replace("subnet_mapping");
            }
        }
        change.planned.subnets = Attr::Unknown;
    }
    if subnets {
        if let (NETWORK, Some(new)) = (kind.as_str(), change.planned.subnets.get())
            && new.len() <= prior.subnets.get().map_or(0, Set::len)
        {
            change.replace("subnets");
        }
        change.planned.subnet_mapping = Blocks::unknown();
    }
}

fn is_partly_unknown(mappings: &Blocks<LbSubnetMapping>) -> bool {
    mappings.is_unknown()
        || mappings.iter().any(|m| {
            m.subnet_id.is_unknown()
                || m.allocation_id.is_unknown()
                || m.private_ipv4_address.is_unknown()
                || m.ipv6_address.is_unknown()
        })
}

/// A network load balancer made without security groups can never have any.
fn plan_security_groups(change: &mut Planned<Lb>) {
    let Some(prior) = &change.prior else { return };
    let Some(new) = change.planned.security_groups.get() else { return };
    let had = prior.security_groups.get().is_some_and(|old| !old.is_empty());
    if kind(&change.planned) == NETWORK && had == new.is_empty() {
        change.replace("security_groups");
    }
}

/// Creates it. A name of ours that is taken is taken by an attempt before.
async fn make(cx: &Context<Aws>, planned: &Lb) -> Result<types::LoadBalancer, Diagnostics> {
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
        .set_security_groups(members(&planned.security_groups))
        .set_subnet_mappings(mappings(planned))
        .set_subnets(members(&planned.subnets))
        .set_tags(to_tags(&wanted_tags(cx.client(), planned)));
    let made = match request.send().await.typed() {
        Ok(answer) => answer.load_balancers.unwrap_or_default().into_iter().next(),
        // It was not there before: an answer was lost.
        Err(e) if e.is("DuplicateLoadBalancerName") => {
            by_name(cx, &name).await.map_err(|e| e.during(&during))?
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

fn gone(doing: &str, arn: &str) -> Diagnostics {
    Diagnostic::error(
        format!("{doing} ELBv2 Load Balancer ({arn})"),
        "It does not exist any more. Run the command again to create another one.",
    )
    .into()
}

fn pools(lb: &Lb) -> Option<types::IpamPools> {
    let pool = lb.ipam_pools.first()?;
    let id = pool.ipv4_ipam_pool_id.to_filled();
    Some(types::IpamPools::builder().set_ipv4_ipam_pool_id(id).build())
}

fn mappings(lb: &Lb) -> Option<Vec<types::SubnetMapping>> {
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

/// The attributes that a load balancer of the type has, as they are wanted.
fn wanted(lb: &Lb) -> Values {
    let mut values = Values::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            values.insert(key.to_owned(), value);
        }
    };
    let flag = |flag: &Attr<bool>| Some(flag.is_true().to_string());
    let number = |number: &Attr<i64>| number.get().map(i64::to_string);
    let (application, network) = (kind(lb) == APPLICATION, kind(lb) == NETWORK);
    put("deletion_protection.enabled", flag(&lb.enable_deletion_protection));
    if application {
        put("client_keep_alive.seconds", number(&lb.client_keep_alive));
        put("idle_timeout.timeout_seconds", number(&lb.idle_timeout));
        put("routing.http.desync_mitigation_mode", lb.desync_mitigation_mode.cloned());
        put(
            "routing.http.drop_invalid_header_fields.enabled",
            flag(&lb.drop_invalid_header_fields),
        );
        put("routing.http.preserve_host_header.enabled", flag(&lb.preserve_host_header));
        put(
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
            flag(&lb.enable_tls_version_and_cipher_suite_headers),
        );
        put("routing.http.xff_client_port.enabled", flag(&lb.enable_xff_client_port));
        put("routing.http.xff_header_processing.mode", lb.xff_header_processing_mode.cloned());
        put("routing.http2.enabled", flag(&lb.enable_http2));
        put("waf.fail_open.enabled", flag(&lb.enable_waf_fail_open));
    } else {
        put("load_balancing.cross_zone.enabled", flag(&lb.enable_cross_zone_load_balancing));
    }
    if network {
        put("dns_record.client_routing_policy", lb.dns_record_client_routing_policy.cloned());
    }
    if application || network {
        put("zonal_shift.config.enabled", flag(&lb.enable_zonal_shift));
        put_logs(&mut put, "access_logs.s3", &lb.access_logs);
    }
    if application {
        put_logs(&mut put, "connection_logs.s3", &lb.connection_logs);
    }
    values
}

fn put_logs(put: &mut impl FnMut(&str, Option<String>), prefix: &str, logs: &Blocks<LbAccessLogs>) {
    let on = logs.first().filter(|logs| logs.enabled.is_true());
    put(&format!("{prefix}.enabled"), Some(on.is_some().to_string()));
    if let Some(logs) = on {
        put(&format!("{prefix}.bucket"), Some(logs.bucket.or_default()));
        put(&format!("{prefix}.prefix"), Some(logs.prefix.or_default()));
    }
}

/// Sets attributes. Those that a partition or a type of load balancer does not know are left out.
async fn set_attributes(
    cx: &Context<Aws>,
    arn: &str,
    mut values: Values,
) -> Result<(), Diagnostics> {
    while !values.is_empty() {
        let attributes = values.iter().map(|(key, value)| {
            types::LoadBalancerAttribute::builder().key(key).value(value).build()
        });
        let request = elb(cx.client()).modify_load_balancer_attributes().load_balancer_arn(arn);
        let answer = request.set_attributes(Some(attributes.collect())).send().await.typed();
        let error = match answer {
            Ok(_) => return Ok(()),
            Err(e) => e,
        };
        let unknown = unknown_key(error.message()).map(str::to_owned);
        if unknown.and_then(|key| values.remove(&key)).is_none() {
            let during = format!("modifying ELBv2 Load Balancer ({arn}) attributes");
            return Err(error.during(during));
        }
    }
    Ok(())
}

/// The attribute that a message says is not known: `attribute key 'x' is not recognized`.
fn unknown_key(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("attribute key ")?;
    let (key, rest) = rest.split_once(" is not ")?;
    let known = rest.starts_with("recognized") || rest.starts_with("supported");
    known.then(|| key.trim_matches(['\'', '"']))
}

async fn set_security_groups(
    cx: &Context<Aws>,
    arn: &str,
    planned: &Lb,
    enforce: Option<String>,
) -> Result<(), Diagnostics> {
    let groups = members(&planned.security_groups).unwrap_or_default();
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

async fn update_security_groups(
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

async fn update_zones(
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
        .set_subnets(members(&planned.subnets).filter(|_| listed))
        .send()
        .await
        .during(format!("setting ELBv2 Load Balancer ({arn}) subnets"))?;
    Ok(())
}

async fn update_addresses(
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
async fn reserve(
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

fn state_of(lb: &types::LoadBalancer) -> String {
    let code = lb.state().and_then(|s| s.code()).map_or("unknown", |c| c.as_str());
    match lb.state().and_then(|s| s.reason()).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{code} ({reason})"),
        None => code.to_owned(),
    }
}

/// Waits until it works, or until it works again.
async fn active(cx: &Context<Aws>, arn: &str, timeout: Duration) -> Result<(), Diagnostics> {
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

async fn read(cx: &Context<Aws>, mut lb: Lb) -> Result<Option<Lb>, Diagnostics> {
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

/// Records what the service says of attributes; those that it does not speak of stay.
pub(crate) fn record_attributes(lb: &mut Lb, values: &Values) {
    let flag = |into: &mut Attr<bool>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = is_true(value).into();
        }
    };
    let number = |into: &mut Attr<i64>, key: &str| {
        if let Some(value) = values.get(key).and_then(|v| v.parse::<i64>().ok()) {
            *into = value.into();
        }
    };
    let text = |into: &mut Attr<String>, key: &str| {
        if let Some(value) = values.get(key) {
            *into = value.clone().into();
        }
    };
    number(&mut lb.client_keep_alive, "client_keep_alive.seconds");
    number(&mut lb.idle_timeout, "idle_timeout.timeout_seconds");
    text(&mut lb.desync_mitigation_mode, "routing.http.desync_mitigation_mode");
    text(&mut lb.dns_record_client_routing_policy, "dns_record.client_routing_policy");
    text(&mut lb.xff_header_processing_mode, "routing.http.xff_header_processing.mode");
    flag(&mut lb.drop_invalid_header_fields, "routing.http.drop_invalid_header_fields.enabled");
    flag(&mut lb.enable_cross_zone_load_balancing, "load_balancing.cross_zone.enabled");
    flag(&mut lb.enable_deletion_protection, "deletion_protection.enabled");
    flag(&mut lb.enable_http2, "routing.http2.enabled");
    flag(
        &mut lb.enable_tls_version_and_cipher_suite_headers,
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    );
    flag(&mut lb.enable_waf_fail_open, "waf.fail_open.enabled");
    flag(&mut lb.enable_xff_client_port, "routing.http.xff_client_port.enabled");
    flag(&mut lb.enable_zonal_shift, "zonal_shift.config.enabled");
    flag(&mut lb.preserve_host_header, "routing.http.preserve_host_header.enabled");
    let logs = |prefix: &str| {
        let value = |name: &str| values.get(&format!("{prefix}.{name}"));
        Blocks::one(LbAccessLogs {
            bucket: value("bucket").into(),
            enabled: value("enabled").map(|v| is_true(v)).into(),
            prefix: value("prefix").into(),
        })
    };
    lb.access_logs = logs("access_logs.s3");
    if kind(lb) == APPLICATION {
        lb.connection_logs = logs("connection_logs.s3");
    }
}

#[cfg(test)]
mod tests;
