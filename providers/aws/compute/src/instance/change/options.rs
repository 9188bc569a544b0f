//! Changes of what instances have in blocks of the configuration.

use std::time::Duration;

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, client_token_for};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Attr, Blocks, Context, Diagnostics, Model};

use super::until_instance;
use crate::instance::WHAT;
use crate::instance::model::*;
use crate::instance::request;

/// The first of some blocks, if it is to be another one.
fn other<'b, M: Model>(before: &Blocks<M>, after: &'b Blocks<M>) -> Option<&'b M> {
    let after = after.first()?;
    (before.first() != Some(after)).then_some(after)
}

/// Changes what differs of the blocks that can be changed while the instance runs.
pub(super) async fn change(
    cx: &Context<Aws>,
    id: &str,
    prior: &Instance,
    planned: &Instance,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    let about = |what: &str| format!("updating {WHAT} ({id}) {what}");
    if let Some(c) = other(&prior.credit_specification, &planned.credit_specification)
        && let Some(credits) = c.cpu_credits.filled()
    {
        let credits = api::InstanceCreditSpecificationRequest::builder()
            .instance_id(id)
            .cpu_credits(credits)
            .build();
        let part = format!("credits {}", c.cpu_credits.text());
        let ask = ec2.modify_instance_credit_specification();
        let ask = ask.client_token(client_token_for(cx, &part));
        let ask = ask.instance_credit_specifications(credits);
        ask.send().await.during(about("credit specification"))?;
    }
    if let Some(o) = other(&prior.metadata_options, &planned.metadata_options) {
        metadata(cx, id, o).await?;
        until_instance(cx, id, "to have its metadata options", limit, |i| {
            let state = i.metadata_options().and_then(|o| o.state());
            state.is_none_or(|s| s.as_str() == "applied")
        })
        .await?;
    }
    if let Some(o) = other(&prior.maintenance_options, &planned.maintenance_options)
        && let Some(recovery) = o.auto_recovery.filled()
    {
        let ask = ec2.modify_instance_maintenance_options().instance_id(id);
        let ask = ask.auto_recovery(api::InstanceAutoRecoveryState::from(recovery));
        ask.send().await.during(about("maintenance options"))?;
        until_instance(cx, id, "to have its maintenance options", limit, |i| {
            let now = i.maintenance_options().and_then(|o| o.auto_recovery());
            now.is_some_and(|now| now.as_str() == recovery)
        })
        .await?;
    }
    if let Some(o) = other(&prior.private_dns_name_options, &planned.private_dns_name_options) {
        let before = prior.private_dns_name_options.first().cloned().unwrap_or_default();
        let flag = |before: &Attr<bool>, after: &Attr<bool>| {
            after.cloned().filter(|after| Some(after) != before.get())
        };
        let (a, b) =
            (&before.enable_resource_name_dns_a_record, &o.enable_resource_name_dns_a_record);
        let (c, d) =
            (&before.enable_resource_name_dns_aaaa_record, &o.enable_resource_name_dns_aaaa_record);
        let kind = o.hostname_type.filled().filter(|t| Some(*t) != before.hostname_type.filled());
        ec2.modify_private_dns_name_options()
            .instance_id(id)
            .set_enable_resource_name_dns_a_record(flag(a, b))
            .set_enable_resource_name_dns_aaaa_record(flag(c, d))
            .set_private_dns_hostname_type(kind.map(api::HostnameType::from))
            .send()
            .await
            .during(about("private DNS names"))?;
    }
    Ok(())
}

async fn metadata(
    cx: &Context<Aws>,
    id: &str,
    options: &InstanceMetadataOptions,
) -> Result<(), Diagnostics> {
    let ask = |o: api::InstanceMetadataOptionsRequest| {
        ec2(cx.client())
            .modify_instance_metadata_options()
            .instance_id(id)
            .set_http_endpoint(o.http_endpoint)
            .set_http_protocol_ipv6(o.http_protocol_ipv6)
            .set_http_put_response_hop_limit(o.http_put_response_hop_limit)
            .set_http_tokens(o.http_tokens)
            .set_instance_metadata_tags(o.instance_metadata_tags)
            .send()
    };
    let wanted = request::metadata(options);
    let done = match ask(wanted.clone()).await.typed() {
        // Some types of instances know no tags among their metadata.
        Err(e) if e.says("UnsupportedOperation", "InstanceMetadataTags") => {
            let mut without = wanted;
            without.instance_metadata_tags = None;
            ask(without).await.typed()
        }
        done => done,
    };
    done.during(format!("updating {WHAT} ({id}) metadata options")).map(drop)
}

/// The capacity reservation to use, if another one is configured.
pub(super) fn reservation(
    prior: &Instance,
    planned: &Instance,
) -> Option<api::CapacityReservationSpecification> {
    let (before, after) =
        (&prior.capacity_reservation_specification, &planned.capacity_reservation_specification);
    other(before, after)?;
    let wanted = request::reservation(planned)?;
    let says = wanted.capacity_reservation_preference().is_some()
        || wanted.capacity_reservation_target().is_some();
    says.then_some(wanted)
}
