//! `aws_vpc_endpoint`: a private way from a VPC to a service.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, TagChange, checks, client_token, plan_tags,
    policy_to_record, record_tags, same_policy, tagged, timeout_of, wanted_tags,
};
use groma_sdk::model::checks::one_of;
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, Set,
    async_trait,
};

use crate::ec2::{
    arn, change_tags, difference, ec2, filter, found, gone, id_of, read_made, set_of,
    tag_specifications, tags_of, texts, until,
};
use crate::loaders;
use crate::rules::{at_least_one, at_most_one, set};

/// A private way from a VPC to a service.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcEndpoint {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional)]
    pub(crate) auto_accept: Attr<bool>,
    #[attr(computed)]
    pub(crate) cidr_blocks: Attr<Vec<String>>,
    #[attr(computed)]
    pub(crate) dns_entry: Attr<Vec<VpcEndpointDnsEntry>>,
    #[attr(optional, computed, check = one_of(&["ipv4", "dualstack", "ipv6"]))]
    pub(crate) ip_address_type: Attr<String>,
    #[attr(computed)]
    pub(crate) network_interface_ids: Attr<Set<String>>,
    #[attr(computed)]
    pub(crate) owner_id: Attr<String>,
    #[attr(optional, computed, same = same_policy, check = checks::json)]
    pub(crate) policy: Attr<String>,
    #[attr(computed)]
    pub(crate) prefix_list_id: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) private_dns_enabled: Attr<bool>,
    #[attr(computed)]
    pub(crate) requester_managed: Attr<bool>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) resource_configuration_arn: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) route_table_ids: Attr<Set<String>>,
    #[attr(optional, computed)]
    pub(crate) security_group_ids: Attr<Set<String>>,
    #[attr(optional, replace)]
    pub(crate) service_name: Attr<String>,
    #[attr(optional, replace, check = checks::arn)]
    pub(crate) service_network_arn: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) service_region: Attr<String>,
    #[attr(computed)]
    pub(crate) state: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) subnet_ids: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional, replace, default = "Gateway", check = one_of(&["Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork"]))]
    pub(crate) vpc_endpoint_type: Attr<String>,
    #[attr(required, replace)]
    pub(crate) vpc_id: Attr<String>,
    #[block(list, max = 1, computed)]
    pub(crate) dns_options: Blocks<VpcEndpointDnsOptions>,
    #[block(set, computed)]
    pub(crate) subnet_configuration: Blocks<VpcEndpointSubnetConfiguration>,
    #[block(single)]
    pub(crate) timeouts: Blocks<VpcEndpointTimeouts>,
}

/// How long operations may take.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcEndpointTimeouts {
    #[attr(optional, check = checks::duration)]
    pub(crate) create: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) delete: Attr<String>,
    #[attr(optional, check = checks::duration)]
    pub(crate) update: Attr<String>,
}

/// The `subnet_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcEndpointSubnetConfiguration {
    #[attr(optional)]
    pub(crate) ipv4: Attr<String>,
    #[attr(optional)]
    pub(crate) ipv6: Attr<String>,
    #[attr(optional)]
    pub(crate) subnet_id: Attr<String>,
}

/// The `dns_options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcEndpointDnsOptions {
    #[attr(optional, computed, check = one_of(&["ipv4", "dualstack", "ipv6", "service-defined"]))]
    pub(crate) dns_record_ip_type: Attr<String>,
    #[attr(optional)]
    pub(crate) private_dns_only_for_inbound_resolver_endpoint: Attr<bool>,
}

/// One element of `dns_entry`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VpcEndpointDnsEntry {
    #[attr(computed)]
    pub(crate) dns_name: Attr<String>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
}

tagged!(VpcEndpoint);

const WHAT: &str = "EC2 VPC Endpoint";
const LIMIT: Duration = Duration::from_secs(600);

pub(crate) struct VpcEndpointResource;

#[async_trait]
impl Managed<Aws> for VpcEndpointResource {
    type Model = VpcEndpoint;

    fn name(&self) -> &'static str {
        "aws_vpc_endpoint"
    }

    fn validate(&self, config: &VpcEndpoint, problems: &mut Problems) {
        let c = config;
        let these = [
            ("service_name", set(&c.service_name)),
            ("resource_configuration_arn", set(&c.resource_configuration_arn)),
            ("service_network_arn", set(&c.service_network_arn)),
        ];
        at_most_one(problems, &these);
        at_least_one(problems, &these);
        let Some(kind) =
            c.vpc_endpoint_type.as_str().or(c.vpc_endpoint_type.is_null().then_some("Gateway"))
        else {
            return;
        };
        let full = |ids: &Attr<Set<String>>| ids.get().is_some_and(|ids| !ids.is_empty());
        let mut refuse = |name: &str, there: bool, of: &str| {
            if there {
                problems.error(
                    name,
                    "Conflicting configuration arguments",
                    format!("Only endpoints of the type {of} have that, but this one is a {kind} endpoint."),
                );
            }
        };
        if kind == "Gateway" {
            refuse("subnet_ids", full(&c.subnet_ids), "Interface");
            refuse("security_group_ids", full(&c.security_group_ids), "Interface");
            refuse("private_dns_enabled", c.private_dns_enabled.is_true(), "Interface");
        } else {
            refuse("route_table_ids", full(&c.route_table_ids), "Gateway");
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<VpcEndpoint>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        if let Some(prior) = &change.prior
            && prior.subnet_ids != change.planned.subnet_ids
        {
            change.planned.network_interface_ids = Attr::Unknown;
            if change.config.subnet_configuration.is_empty() {
                change.planned.subnet_configuration = Blocks::unknown();
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: VpcEndpoint,
        planned: VpcEndpoint,
    ) -> Result<VpcEndpoint, Diagnostics> {
        let aws = cx.client();
        let tags = wanted_tags(aws, &planned);
        let made = ec2(aws)
            .create_vpc_endpoint()
            .client_token(client_token(cx))
            .set_dns_options(dns_options(&config))
            .set_ip_address_type(planned.ip_address_type.filled().map(api::IpAddressType::from))
            .set_policy_document(planned.policy.to_filled())
            .set_private_dns_enabled(
                planned.private_dns_enabled.cloned().filter(|_| !is_gateway(&planned)),
            )
            .set_resource_configuration_arn(planned.resource_configuration_arn.to_filled())
            .set_route_table_ids(texts(&planned.route_table_ids))
            .set_security_group_ids(texts(&planned.security_group_ids))
            .set_service_name(planned.service_name.to_filled())
            .set_service_network_arn(planned.service_network_arn.to_filled())
            .set_service_region(planned.service_region.to_filled())
            .set_subnet_configurations(subnets_of(&config))
            .set_subnet_ids(texts(&planned.subnet_ids))
            .set_tag_specifications(tag_specifications(api::ResourceType::VpcEndpoint, &tags))
            .set_vpc_endpoint_type(
                planned.vpc_endpoint_type.filled().map(api::VpcEndpointType::from),
            )
            .set_vpc_id(planned.vpc_id.to_filled())
            .send()
            .await
            .during("creating EC2 VPC Endpoint")?;
        let made = made.vpc_endpoint();
        let id = id_of(made.and_then(|e| e.vpc_endpoint_id()), WHAT)?;
        let endpoint = VpcEndpoint { id: id.clone().into(), ..planned };
        cx.keep_model(&endpoint);
        let pending = made.and_then(|e| e.state()) == Some(&api::State::PendingAcceptance);
        if endpoint.auto_accept.is_true() && pending {
            accept(cx, &endpoint).await?;
        }
        let limit = timeout_of(&timeouts(&endpoint).create, LIMIT);
        available(cx, &id, limit).await?;
        read_made(cx, WHAT, &id, || self.read(cx, endpoint.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: VpcEndpoint,
    ) -> Result<Option<VpcEndpoint>, Diagnostics> {
        let aws = cx.client();
        let id = state.id.text().to_owned();
        let read = loaders::vpc_endpoints(aws).load(id.clone()).await;
        let read = read.during(format!("reading {WHAT} ({id})"))?;
        let Some(endpoint) = read.filter(is_there) else { return Ok(None) };
        let mut now = recorded(state, &endpoint);
        now.arn = arn(aws, endpoint.owner_id(), &format!("vpc-endpoint/{id}")).await?.into();
        if is_gateway(&now) {
            let (list, cidrs) = prefix_list(cx, now.service_name.text()).await?;
            now.prefix_list_id = list.into();
            now.cidr_blocks = Attr::Known(cidrs);
        } else {
            now.prefix_list_id = Attr::Null;
            now.cidr_blocks = Attr::Null;
        }
        record_tags(aws, &mut now, tags_of(endpoint.tags()));
        Ok(Some(now))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: VpcEndpoint,
        config: VpcEndpoint,
        planned: VpcEndpoint,
    ) -> Result<VpcEndpoint, Diagnostics> {
        let id = prior.id.text().to_owned();
        if planned.auto_accept.is_true() && prior.state.text() == "pendingAcceptance" {
            accept(cx, &prior).await?;
        }
        modify(cx, &prior, &config, &planned).await?;
        let change = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, format!("{WHAT} ({id})"), &id, &change).await?;
        found(self.read(cx, planned).await?, WHAT, &id)
    }

    async fn delete(&self, cx: &Context<Aws>, prior: VpcEndpoint) -> Result<(), Diagnostics> {
        let id = prior.id.text();
        let about = format!("deleting {WHAT} ({id})");
        let ask = ec2(cx.client()).delete_vpc_endpoints().vpc_endpoint_ids(id);
        let done = ask.send().await.unless(&[ABSENT]).during(&about)?;
        let failed = done.as_ref().and_then(|d| d.unsuccessful().first()).and_then(|u| u.error());
        if let Some(e) = failed.filter(|e| e.code() != Some(ABSENT)) {
            let (code, message) = (e.code().unwrap_or_default(), e.message().unwrap_or_default());
            return Err(Error::refused(code, message).during(&about));
        }
        let limit = timeout_of(&timeouts(&prior).delete, LIMIT);
        gone(cx, &loaders::vpc_endpoints(cx.client()), id, WHAT, limit, is_there).await
    }
}

const ABSENT: &str = "InvalidVpcEndpointId.NotFound";

fn timeouts(endpoint: &VpcEndpoint) -> VpcEndpointTimeouts {
    endpoint.timeouts.first().cloned().unwrap_or_default()
}

fn is_gateway(endpoint: &VpcEndpoint) -> bool {
    matches!(endpoint.vpc_endpoint_type.text(), "Gateway" | "")
}

fn is_there(endpoint: &api::VpcEndpoint) -> bool {
    // EC2 writes states in upper or lower case, depending on the type.
    !endpoint.state().is_some_and(|s| s.as_str().eq_ignore_ascii_case("deleted"))
}

fn dns_options(config: &VpcEndpoint) -> Option<api::DnsOptionsSpecification> {
    config.dns_options.first().map(|o| {
        api::DnsOptionsSpecification::builder()
            .set_dns_record_ip_type(o.dns_record_ip_type.filled().map(api::DnsRecordIpType::from))
            .set_private_dns_only_for_inbound_resolver_endpoint(
                o.private_dns_only_for_inbound_resolver_endpoint.cloned(),
            )
            .build()
    })
}

fn subnets_of(config: &VpcEndpoint) -> Option<Vec<api::SubnetConfiguration>> {
    let of = |s: &VpcEndpointSubnetConfiguration| {
        api::SubnetConfiguration::builder()
            .set_ipv4(s.ipv4.to_filled())
            .set_ipv6(s.ipv6.to_filled())
            .set_subnet_id(s.subnet_id.to_filled())
            .build()
    };
    let all: Vec<_> = config.subnet_configuration.iter().map(of).collect();
    (!all.is_empty()).then_some(all)
}

async fn accept(cx: &Context<Aws>, endpoint: &VpcEndpoint) -> Result<(), Diagnostics> {
    let (ec2, id, name) = (ec2(cx.client()), endpoint.id.text(), endpoint.service_name.text());
    let about = format!("accepting {WHAT} ({id})");
    let services = ec2.describe_vpc_endpoint_services().service_names(name).send().await;
    let services = services.during(&about)?;
    let service = services.service_details().first().and_then(|s| s.service_id());
    let ask = ec2.accept_vpc_endpoint_connections().vpc_endpoint_ids(id);
    ask.set_service_id(service.map(str::to_owned)).send().await.during(&about).map(drop)
}

async fn available(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    let endpoints = loaders::vpc_endpoints(cx.client());
    until(cx, &endpoints, id, WHAT, "to become available", limit, |endpoint| {
        let Some(endpoint) = endpoint else { return Ok(Progress::pending("not there yet")) };
        let state = endpoint.state().map(|s| s.as_str().to_ascii_lowercase()).unwrap_or_default();
        match state.as_str() {
            "available" | "pendingacceptance" => Ok(Progress::Ready(())),
            "failed" | "rejected" | "expired" | "deleted" => {
                let why = endpoint
                    .last_error()
                    .and_then(|e| e.message())
                    .unwrap_or("EC2 gives no reason");
                Err(Diagnostic::error(
                    format!("waiting for {WHAT} ({id}) to become available: it is {state}"),
                    format!("{why}. Mend the cause; the endpoint will be replaced."),
                )
                .into())
            }
            state => Ok(Progress::pending(state)),
        }
    })
    .await
}

fn recorded(state: VpcEndpoint, e: &api::VpcEndpoint) -> VpcEndpoint {
    let dns = e.dns_options().filter(|o| o.dns_record_ip_type().is_some());
    let dns = dns.map(|o| VpcEndpointDnsOptions {
        dns_record_ip_type: o.dns_record_ip_type().map(|t| t.as_str()).into(),
        private_dns_only_for_inbound_resolver_endpoint: o
            .private_dns_only_for_inbound_resolver_endpoint()
            .into(),
    });
    let entries = e.dns_entries().iter().map(|d| VpcEndpointDnsEntry {
        dns_name: d.dns_name().unwrap_or_default().into(),
        hosted_zone_id: d.hosted_zone_id().unwrap_or_default().into(),
    });
    let status = e.state().map(|s| match s.as_str() {
        // As all other states are written.
        s if s.eq_ignore_ascii_case("available") => "available".to_owned(),
        s => s.to_owned(),
    });
    VpcEndpoint {
        dns_entry: Attr::Known(entries.collect()),
        dns_options: dns.into(),
        ip_address_type: e.ip_address_type().map(|t| t.as_str()).into(),
        network_interface_ids: set_of(e.network_interface_ids().iter().cloned()),
        owner_id: e.owner_id().into(),
        policy: e.policy_document().map(|p| policy_to_record(state.policy.filled(), p)).into(),
        private_dns_enabled: e.private_dns_enabled().into(),
        requester_managed: e.requester_managed().into(),
        resource_configuration_arn: e.resource_configuration_arn().into(),
        route_table_ids: set_of(e.route_table_ids().iter().cloned()),
        security_group_ids: set_of(e.groups().iter().filter_map(|g| g.group_id())),
        service_name: e.service_name().into(),
        service_network_arn: e.service_network_arn().into(),
        service_region: e.service_region().into(),
        state: status.into(),
        subnet_ids: set_of(e.subnet_ids().iter().cloned()),
        vpc_endpoint_type: e.vpc_endpoint_type().map_or("Gateway", |t| t.as_str()).into(),
        vpc_id: e.vpc_id().into(),
        ..state
    }
}

/// The prefix list of a service, and the networks in it.
async fn prefix_list(
    cx: &Context<Aws>,
    service: &str,
) -> Result<(Option<String>, Vec<String>), Diagnostics> {
    let ec2 = ec2(cx.client());
    let lists = cx.client().loader("ec2:service_prefix_lists", 200, move |names: Vec<String>| {
        let ask = ec2.describe_prefix_lists().filters(filter("prefix-list-name", names));
        async move {
            let found = ask.send().await.typed()?.prefix_lists.unwrap_or_default();
            let keyed = found.into_iter().map(|l| {
                let name = l.prefix_list_name().unwrap_or_default().to_owned();
                (name, (l.prefix_list_id().map(str::to_owned), l.cidrs().to_vec()))
            });
            Ok(keyed.collect())
        }
    });
    let read = lists.load(service.to_owned()).await;
    Ok(read.during(format!("reading EC2 Prefix List ({service})"))?.unwrap_or_default())
}

async fn modify(
    cx: &Context<Aws>,
    before: &VpcEndpoint,
    config: &VpcEndpoint,
    after: &VpcEndpoint,
) -> Result<(), Diagnostics> {
    let id = before.id.text();
    let changed = |new: &Attr<Set<String>>, old: &Attr<Set<String>>| match new.is_known() {
        true => difference(old, new),
        false => (Vec::new(), Vec::new()),
    };
    let (tables, no_tables) = changed(&after.route_table_ids, &before.route_table_ids);
    let (groups, no_groups) = changed(&after.security_group_ids, &before.security_group_ids);
    let (subnets, no_subnets) = changed(&after.subnet_ids, &before.subnet_ids);
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let policy = after.policy.is_known() && after.policy.filled() != before.policy.filled();
    let dns =
        !config.dns_options.is_empty() && config.dns_options.first() != before.dns_options.first();
    let private =
        after.private_dns_enabled.cloned().filter(|p| *p != before.private_dns_enabled.is_true());
    let address =
        after.ip_address_type.filled().filter(|t| Some(*t) != before.ip_address_type.filled());
    let places = (!config.subnet_configuration.is_empty()
        && after.subnet_configuration != before.subnet_configuration)
        .then(|| subnets_of(config))
        .flatten();
    let nothing = [&tables, &no_tables, &groups, &no_groups, &subnets, &no_subnets];
    if nothing.into_iter().all(Vec::is_empty)
        && !(policy || dns || private.is_some() || address.is_some() || places.is_some())
    {
        return Ok(());
    }
    let document = after.policy.to_filled().filter(|_| policy);
    ec2(cx.client())
        .modify_vpc_endpoint()
        .vpc_endpoint_id(id)
        .set_add_route_table_ids(some(tables))
        .set_remove_route_table_ids(some(no_tables))
        .set_add_security_group_ids(some(groups))
        .set_remove_security_group_ids(some(no_groups))
        .set_add_subnet_ids(some(subnets))
        .set_remove_subnet_ids(some(no_subnets))
        .set_dns_options(dns.then(|| dns_options(config)).flatten())
        .set_ip_address_type(address.map(api::IpAddressType::from))
        .set_reset_policy((policy && document.is_none()).then_some(true))
        .set_policy_document(document)
        .set_private_dns_enabled(private)
        .set_subnet_configurations(places)
        .send()
        .await
        .during(format!("updating {WHAT} ({id})"))?;
    available(cx, id, timeout_of(&timeouts(after).update, LIMIT)).await
}
