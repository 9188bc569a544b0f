//! Requests that make listeners and change them.

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{Aws, Error, Outcome as _, TagMap, create_once, retry, wanted_tags};
use groma_sdk::{Context, Diagnostic, Diagnostics};

use super::model::{LbListener, LbListenerTimeouts};
use crate::actions::to_actions;
use crate::service::{Kind, Values, elb, to_tags};

/// Creates a listener; gives its ARN, and whether it has its tags already.
pub(super) async fn make(
    cx: &Context<Aws>,
    planned: &LbListener,
) -> Result<(String, bool), Diagnostics> {
    let during = format!("creating ELBv2 Listener ({})", planned.load_balancer_arn.text());
    let tags = wanted_tags(cx.client(), planned);
    let mut tagged = true;
    let mut made = create(cx, planned, &tags).await;
    // Listeners of some load balancers take tags only once they are there.
    if let Err(e) = &made
        && !tags.is_empty()
        && e.says("ValidationError", "cannot specify tags on creation")
    {
        tagged = false;
        made = create(cx, planned, &TagMap::new()).await;
    }
    let arn = match made {
        Ok(Some(arn)) => Some(arn),
        Ok(None) => on_port(cx, planned).await.map_err(|e| e.during(&during))?,
        // No answer came at all. A port that was another's would have been refused.
        Err(e) if e.is_ambiguous() => {
            let found = on_port(cx, planned).await.ok().flatten();
            Some(found.ok_or_else(|| e.during(&during))?)
        }
        Err(e) => return Err(e.during(during)),
    };
    let arn = arn.ok_or_else(|| Diagnostic::error(during, "The answer names no listener."))?;
    Ok((arn, tagged))
}

/// `None` if the listener of the port is ours, made by a request whose answer got lost.
async fn create(
    cx: &Context<Aws>,
    planned: &LbListener,
    tags: &TagMap,
) -> Result<Option<String>, Error> {
    let balancer = planned.load_balancer_arn.text();
    let elb = elb(cx.client());
    let timeout = LbListenerTimeouts::create(&planned.timeouts);
    let what = format!("the certificate of a listener of {balancer}");
    let unknown = |e: &Error| e.is("CertificateNotFound");
    let made = retry(cx, what, timeout, unknown, || {
        let request = elb
            .create_listener()
            .load_balancer_arn(balancer)
            .set_alpn_policy(planned.alpn_policy.to_filled().map(|policy| vec![policy]))
            .set_certificates(certificates(planned))
            .set_default_actions(Some(to_actions(&planned.default_action)))
            .set_mutual_authentication(mutual(planned))
            .set_port(planned.port.to_filled_i32())
            .set_protocol(protocol(planned).or_else(|| usual_protocol(planned)))
            .set_ssl_policy(planned.ssl_policy.to_filled())
            .set_tags(to_tags(tags));
        create_once(request.send(), &["DuplicateListener"])
    });
    let made = made.await?;
    Ok(made.and_then(|made| made.listeners?.into_iter().next()?.listener_arn))
}

/// The listener that a load balancer has on the port.
async fn on_port(cx: &Context<Aws>, planned: &LbListener) -> Result<Option<String>, Error> {
    let request =
        elb(cx.client()).describe_listeners().load_balancer_arn(planned.load_balancer_arn.text());
    let all = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let port = planned.port.to_filled_i32();
    let found = all.await.typed()?.into_iter().find(|listener| listener.port() == port);
    Ok(found.and_then(|listener| listener.listener_arn))
}

/// What a listener of an application load balancer speaks that is not told what to speak.
pub(super) fn usual_protocol(listener: &LbListener) -> Option<types::ProtocolEnum> {
    let balancer = Kind::of(listener.load_balancer_arn.text())?;
    (balancer == Kind::Application).then(|| match listener.certificate_arn.filled() {
        Some(_) => types::ProtocolEnum::Https,
        None => types::ProtocolEnum::Http,
    })
}

fn protocol(listener: &LbListener) -> Option<types::ProtocolEnum> {
    let name = listener.protocol.filled()?.to_ascii_uppercase();
    Some(types::ProtocolEnum::from(name.as_str()))
}

fn certificates(listener: &LbListener) -> Option<Vec<types::Certificate>> {
    let arn = listener.certificate_arn.filled()?;
    Some(vec![types::Certificate::builder().certificate_arn(arn).build()])
}

fn mutual(listener: &LbListener) -> Option<types::MutualAuthenticationAttributes> {
    let mutual = listener.mutual_authentication.first()?;
    let mode = mutual.mode.filled()?;
    let built = types::MutualAuthenticationAttributes::builder().mode(mode);
    if mode == "off" {
        return Some(built.build());
    }
    let expired = mutual.ignore_client_certificate_expiry.cloned().filter(|_| mode == "verify");
    let names = mutual.advertise_trust_store_ca_names.filled();
    let built = built
        .set_trust_store_arn(mutual.trust_store_arn.to_filled())
        .set_ignore_client_certificate_expiry(expired)
        .set_advertise_trust_store_ca_names(names.map(Into::into));
    Some(built.build())
}

/// Whether anything changes that the listener itself is told.
pub(super) fn is_modified(prior: &LbListener, planned: &LbListener) -> bool {
    prior.alpn_policy != planned.alpn_policy
        || prior.certificate_arn != planned.certificate_arn
        || prior.default_action != planned.default_action
        || prior.mutual_authentication != planned.mutual_authentication
        || prior.port != planned.port
        || prior.protocol != planned.protocol
        || prior.ssl_policy != planned.ssl_policy
}

pub(super) async fn modify(
    cx: &Context<Aws>,
    arn: &str,
    prior: &LbListener,
    planned: &LbListener,
) -> Result<(), Diagnostics> {
    let elb = elb(cx.client());
    let timeout = LbListenerTimeouts::update(&planned.timeouts);
    let actions = (prior.default_action != planned.default_action)
        .then(|| to_actions(&planned.default_action));
    let mutual =
        mutual(planned).filter(|_| prior.mutual_authentication != planned.mutual_authentication);
    let what = format!("the certificate of ELBv2 Listener ({arn})");
    let unknown = |e: &Error| e.is("CertificateNotFound");
    let modified = retry(cx, what, timeout, unknown, || {
        let request = elb
            .modify_listener()
            .listener_arn(arn)
            .set_alpn_policy(planned.alpn_policy.to_filled().map(|policy| vec![policy]))
            .set_certificates(certificates(planned))
            .set_default_actions(actions.clone())
            .set_mutual_authentication(mutual.clone())
            .set_port(planned.port.to_filled_i32())
            .set_protocol(protocol(planned))
            .set_ssl_policy(planned.ssl_policy.to_filled());
        async move { request.send().await.typed() }
    })
    .await;
    modified.map_err(|e| e.during(format!("modifying ELBv2 Listener ({arn})")))?;
    Ok(())
}

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
        .map(|(key, value)| types::ListenerAttribute::builder().key(key).value(value).build());
    elb(cx.client())
        .modify_listener_attributes()
        .listener_arn(arn)
        .set_attributes(Some(attributes.collect()))
        .send()
        .await
        .during(format!("modifying ELBv2 Listener ({arn}) attributes"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};
    use groma_sdk::Attr;

    use super::*;

    const GATEWAY: &str = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/gwy/g/1";

    fn planned() -> LbListener {
        let tags = [("Name".to_owned(), "g".to_owned())].into();
        LbListener {
            load_balancer_arn: GATEWAY.into(),
            tags: Attr::Known(tags),
            ..LbListener::default()
        }
    }

    fn listeners(operation: &str) -> Answer {
        Answer::xml(format!(
            "<{operation}Response><{operation}Result><Listeners><member><ListenerArn>ours\
             </ListenerArn></member></Listeners></{operation}Result></{operation}Response>"
        ))
    }

    /// Emulators take tags for all listeners.
    #[tokio::test]
    async fn listeners_of_gateways_get_their_tags_later() {
        let fake = Fake::new();
        fake.on("CreateListener", |request| match request.param("Tags.member.1.Key") {
            Some(_) => Answer::error(
                400,
                "ValidationError",
                "You cannot specify tags on creation of a GENEVE listener",
            ),
            None => listeners("CreateListener"),
        });
        let made = make(&fake.context(), &planned()).await;
        assert_eq!(made.ok(), Some(("ours".to_owned(), false)));
        assert_eq!(fake.calls("CreateListener"), 2);
    }

    #[tokio::test]
    async fn a_listener_whose_answer_got_lost_is_ours() {
        let fake = Fake::new();
        fake.once("CreateListener", |_| Answer::lost());
        fake.on("CreateListener", |_| Answer::error(400, "DuplicateListener", "port"));
        fake.on("DescribeListeners", |_| listeners("DescribeListeners"));
        let made = make(&fake.context(), &planned()).await;
        assert_eq!(made.ok().map(|made| made.0).as_deref(), Some("ours"));
    }

    #[tokio::test]
    async fn a_port_that_another_listener_has_is_a_conflict() {
        let fake = Fake::new();
        fake.on("CreateListener", |_| Answer::error(400, "DuplicateListener", "port"));
        assert!(make(&fake.context(), &planned()).await.is_err());
        assert_eq!(fake.calls("DescribeListeners"), 0);
    }

    #[test]
    fn listeners_of_applications_speak_http_unless_told_otherwise() {
        let of = |kind: &str, certificate: Attr<String>| {
            let arn = format!("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/{kind}/a/1");
            usual_protocol(&LbListener {
                load_balancer_arn: arn.into(),
                certificate_arn: certificate,
                ..LbListener::default()
            })
        };
        assert_eq!(of("app", Attr::Null), Some(types::ProtocolEnum::Http));
        assert_eq!(of("app", "arn:x".into()), Some(types::ProtocolEnum::Https));
        assert_eq!(of("gwy", Attr::Null), None);
    }
}
