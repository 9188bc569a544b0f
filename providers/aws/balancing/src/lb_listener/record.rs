//! Listeners as they are recorded.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Outcome as _, record_tags};
use groma_sdk::{Context, Diagnostics};

use super::attributes;
use super::model::{LbListener, LbListenerMutualAuthentication};
use crate::actions::of_actions;
use crate::service::{elb, listener, tags};

pub(super) async fn read(
    cx: &Context<Aws>,
    mut model: LbListener,
) -> Result<Option<LbListener>, Diagnostics> {
    let aws = cx.client();
    let arn = model.id.text().to_owned();
    let during = format!("reading ELBv2 Listener ({arn})");
    let (found, tags) = tokio::join!(listener(aws, &arn), tags(aws, &arn));
    let Some(found) = found.during(&during)? else { return Ok(None) };
    describe(&mut model, &found);
    // The service does not tell the attributes of those that speak TLS.
    if model.protocol.text() != "TLS" {
        let answer = elb(aws).describe_listener_attributes().listener_arn(&arn).send().await;
        let answer = answer.unless(&["ListenerNotFound"]).map_err(|e| e.during(&during))?;
        let Some(answer) = answer else { return Ok(None) };
        let values = answer.attributes().iter();
        let values = values
            .filter_map(|a| Some((a.key()?.to_owned(), a.value().unwrap_or_default().to_owned())));
        attributes::record(&mut model, &values.collect());
    }
    record_tags(aws, &mut model, tags.during(&during)?);
    Ok(Some(model))
}

fn describe(model: &mut LbListener, found: &types::Listener) {
    model.arn = found.listener_arn().into();
    model.alpn_policy = found.alpn_policy().first().into();
    let default = found.certificates().first();
    model.certificate_arn = default.and_then(|c| c.certificate_arn()).into();
    model.default_action = of_actions(found.default_actions(), &model.default_action);
    model.load_balancer_arn = found.load_balancer_arn().into();
    model.mutual_authentication = found.mutual_authentication().map(mutual_of).into();
    model.port = found.port().into();
    model.protocol = found.protocol().map(types::ProtocolEnum::as_str).into();
    model.ssl_policy = found.ssl_policy().into();
}

fn mutual_of(found: &types::MutualAuthenticationAttributes) -> LbListenerMutualAuthentication {
    let mode = found.mode();
    if mode == Some("off") {
        return LbListenerMutualAuthentication {
            mode: mode.into(),
            ..LbListenerMutualAuthentication::default()
        };
    }
    let names = found.advertise_trust_store_ca_names().map(|names| names.as_str());
    LbListenerMutualAuthentication {
        advertise_trust_store_ca_names: names.into(),
        ignore_client_certificate_expiry: found.ignore_client_certificate_expiry().into(),
        mode: mode.into(),
        trust_store_arn: found.trust_store_arn().into(),
    }
}
