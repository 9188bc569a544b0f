//! What EC2 tells of an instance only when it is asked for that alone.

use std::time::Duration;

use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Outcome as _, Progress, moment, wait};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Attr, Blocks, Context, Diagnostics};

use crate::instance::model::*;
use crate::instance::{WHAT, user_data_hash};

/// What EC2 tells only one instance and one attribute at a time. It is asked for what is not known
/// yet, and for what is not as usual; the rest would be four calls for every instance in every plan.
pub(super) async fn record(
    cx: &Context<Aws>,
    now: &mut Instance,
    id: &str,
    fresh: bool,
) -> Result<(), Diagnostics> {
    use api::InstanceAttributeName as Name;
    let ask = |name: Name| attribute(cx, id, name);
    if fresh || now.disable_api_stop.is_true() {
        let answer = ask(Name::DisableApiStop).await?;
        now.disable_api_stop =
            answer.disable_api_stop().and_then(|v| v.value()).unwrap_or(false).into();
    }
    if fresh || now.disable_api_termination.is_true() {
        let answer = ask(Name::DisableApiTermination).await?;
        let value = answer.disable_api_termination().and_then(|v| v.value());
        now.disable_api_termination = value.unwrap_or(false).into();
    }
    let behavior = now.instance_initiated_shutdown_behavior.filled();
    if fresh || behavior.is_some_and(|b| b != "stop") {
        let answer = ask(Name::InstanceInitiatedShutdownBehavior).await?;
        let value = answer.instance_initiated_shutdown_behavior().and_then(|v| v.value());
        now.instance_initiated_shutdown_behavior = value.unwrap_or("stop").into();
    }
    let data = now.user_data.filled().is_some() || now.user_data_base64.filled().is_some();
    if fresh || data {
        let data = user_data(cx, id).await?;
        if now.user_data_base64.filled().is_some() {
            now.user_data_base64 = data.into();
            now.user_data = Attr::Null;
        } else {
            now.user_data = data.as_deref().map(user_data_hash).unwrap_or_default().into();
        }
    }
    if now.user_data_base64.is_unknown() {
        now.user_data_base64 = Attr::Null;
    }
    Ok(())
}

async fn attribute(
    cx: &Context<Aws>,
    id: &str,
    name: api::InstanceAttributeName,
) -> Result<DescribeInstanceAttributeOutput, Diagnostics> {
    let about = format!("reading {WHAT} ({id}) attribute ({})", name.as_str());
    let request = ec2(cx.client()).describe_instance_attribute().instance_id(id);
    request.attribute(name).send().await.during(about)
}

/// The user data of an instance, in base64.
pub(crate) async fn user_data(cx: &Context<Aws>, id: &str) -> Result<Option<String>, Diagnostics> {
    let answer = attribute(cx, id, api::InstanceAttributeName::UserData).await?;
    Ok(answer.user_data.and_then(|v| v.value).filter(|data| !data.is_empty()))
}

/// The password of an instance with Windows, encrypted with the instance's key. It takes minutes until
/// there is one.
pub(crate) async fn password(
    cx: &Context<Aws>,
    id: &str,
    limit: Duration,
) -> Result<String, Diagnostics> {
    wait(cx, format!("{WHAT} ({id}) to have a password"), limit, || async {
        let answer = ec2(cx.client()).get_password_data().instance_id(id).send().await;
        let answer = answer.during(format!("reading {WHAT} ({id}) password"))?;
        Ok(match answer.password_data().map(str::trim).filter(|data| !data.is_empty()) {
            Some(data) => Progress::Ready(data.to_owned()),
            None => Progress::pending("without a password"),
        })
    })
    .await
}

/// How a spot instance was asked for, which its request tells.
pub(super) async fn record_market(
    cx: &Context<Aws>,
    now: &mut Instance,
    i: &api::Instance,
) -> Result<(), Diagnostics> {
    let request = i.spot_instance_request_id().filter(|id| !id.is_empty());
    now.instance_market_options = match (i.instance_lifecycle(), request) {
        (Some(api::InstanceLifecycleType::Spot), Some(request)) => {
            match now.instance_market_options.first() {
                // A request that is not changed by anything need not be read twice.
                Some(known) if !has_unknowns(known) => return Ok(()),
                _ => Blocks::one(spot(cx, request).await?),
            }
        }
        (Some(lifecycle), _) => Blocks::one(InstanceInstanceMarketOptions {
            market_type: lifecycle.as_str().into(),
            ..InstanceInstanceMarketOptions::default()
        }),
        (None, _) => Blocks::none(),
    };
    Ok(())
}

fn has_unknowns(options: &InstanceInstanceMarketOptions) -> bool {
    let of_spot = |s: &InstanceSpotOptions| {
        s.instance_interruption_behavior.is_unknown()
            || s.max_price.is_unknown()
            || s.spot_instance_type.is_unknown()
            || s.valid_until.is_unknown()
    };
    options.market_type.is_unknown()
        || options.spot_options.is_unknown()
        || options.spot_options.iter().any(of_spot)
}

async fn spot(cx: &Context<Aws>, id: &str) -> Result<InstanceInstanceMarketOptions, Diagnostics> {
    let ask = ec2(cx.client()).describe_spot_instance_requests().spot_instance_request_ids(id);
    let answer = ask.send().await.during(format!("reading EC2 Spot Instance Request ({id})"))?;
    let options = answer.spot_instance_requests().first().map(|request| InstanceSpotOptions {
        instance_interruption_behavior: request
            .instance_interruption_behavior()
            .map(|b| b.as_str())
            .into(),
        max_price: request.spot_price().into(),
        spot_instance_type: request.r#type().map(|t| t.as_str()).into(),
        valid_until: moment(request.valid_until()),
    });
    Ok(InstanceInstanceMarketOptions { market_type: "spot".into(), spot_options: options.into() })
}
