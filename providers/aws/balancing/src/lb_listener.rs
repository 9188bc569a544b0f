//! `aws_lb_listener`: a port on which a load balancer listens, and what it does by default.

mod attributes;
mod model;

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::{
    Aws, Error, Outcome as _, TagChange, plan_tags, record_tags, retry, timeout_of, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, async_trait};

pub(crate) use model::LbListener;
use model::{LbListenerMutualAuthentication, LbListenerTimeouts};

use crate::actions::of_listener;
use crate::service::{Values, change_tags, changed, elb, int, listener, seen, tags, to_tags};

/// How long a certificate may be unknown to the load balancer by default.
const USUAL: Duration = Duration::from_secs(300);

/// The resource type.
pub(crate) struct LbListenerResource;

#[async_trait]
impl Managed<Aws> for LbListenerResource {
    type Model = LbListener;

    fn name(&self) -> &'static str {
        "aws_lb_listener"
    }

    fn validate(&self, config: &LbListener, problems: &mut Problems) {
        of_listener::check("default_action", &config.default_action, problems);
        let protocol = config.protocol.text().to_ascii_uppercase();
        let encrypted = matches!(protocol.as_str(), "HTTPS" | "TLS");
        let plain = matches!(protocol.as_str(), "HTTP" | "TCP" | "UDP" | "TCP_UDP");
        if encrypted && config.certificate_arn.is_null() {
            problems.error(
                "certificate_arn",
                "Listener without a certificate",
                format!(
                    "A listener whose \"protocol\" is {protocol:?} needs a certificate. Set \
                     \"certificate_arn\", or use another protocol."
                ),
            );
        }
        if plain && config.certificate_arn.filled().is_some() {
            problems.warning(
                "certificate_arn",
                "Certificate of a listener that does not encrypt",
                format!("A listener whose \"protocol\" is {protocol:?} has no use for it."),
            );
        }
        check_mutual(config, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<LbListener>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        attributes::leave_what_is_of_others(change.prior.as_ref(), &mut change.planned);
        if let Some(prior) = &change.prior {
            of_listener::plan(&prior.default_action, &mut change.planned.default_action);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbListener,
        planned: LbListener,
    ) -> Result<LbListener, Diagnostics> {
        let balancer = planned.load_balancer_arn.text();
        let during = format!("creating ELBv2 Listener ({balancer})");
        let elb = elb(cx.client());
        let timeout = timeout_of(&timeouts(&planned, |t| &t.create), USUAL);
        let what = format!("the certificate of a listener of {balancer}");
        let made = retry(
            cx,
            what,
            timeout,
            |e| e.is("CertificateNotFound"),
            || {
                let request = elb
                    .create_listener()
                    .load_balancer_arn(balancer)
                    .set_alpn_policy(planned.alpn_policy.to_filled().map(|policy| vec![policy]))
                    .set_certificates(certificates(&planned))
                    .set_default_actions(Some(of_listener::to_actions(&planned.default_action)))
                    .set_mutual_authentication(mutual(&planned))
                    .set_port(int(&planned.port).filter(|port| *port != 0))
                    .set_protocol(protocol(&planned))
                    .set_ssl_policy(planned.ssl_policy.to_filled())
                    .set_tags(to_tags(&wanted_tags(cx.client(), &planned)));
                async move { request.send().await.typed() }
            },
        )
        .await;
        let made = made.map_err(|e| e.during(&during))?.listeners.unwrap_or_default();
        let made = made.into_iter().next();
        let made =
            made.ok_or_else(|| Diagnostic::error(during, "The answer names no listener."))?;
        let arn = made.listener_arn.unwrap_or_default();
        let mut listener = planned.clone();
        listener.id = arn.clone().into();
        listener.arn = arn.clone().into();
        cx.keep_model(&listener);
        set_attributes(cx, &arn, attributes::wanted(&planned)).await?;
        seen(cx, &format!("ELBv2 Listener ({arn})"), || read(cx, listener.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbListener,
    ) -> Result<Option<LbListener>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: LbListener,
        _config: LbListener,
        planned: LbListener,
    ) -> Result<LbListener, Diagnostics> {
        let arn = prior.id.text().to_owned();
        if is_modified(&prior, &planned) {
            modify(cx, &arn, &prior, &planned).await?;
        }
        let values = changed(&attributes::wanted(&prior), &attributes::wanted(&planned));
        set_attributes(cx, &arn, values).await?;
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx.client(), "ELBv2 Listener", &arn, &tags).await?;
        seen(cx, &format!("ELBv2 Listener ({arn})"), || read(cx, planned.clone())).await
    }

    async fn delete(&self, cx: &Context<Aws>, prior: LbListener) -> Result<(), Diagnostics> {
        let arn = prior.id.text();
        let deleted = elb(cx.client()).delete_listener().listener_arn(arn).send().await;
        let deleted = deleted.unless(&["ListenerNotFound", "LoadBalancerNotFound"]);
        deleted.map_err(|e| e.during(format!("deleting ELBv2 Listener ({arn})")))?;
        Ok(())
    }
}

fn timeouts(
    listener: &LbListener,
    which: impl Fn(&LbListenerTimeouts) -> &Attr<String>,
) -> Attr<String> {
    listener.timeouts.first().map_or(Attr::Null, |t| which(t).clone())
}

fn check_mutual(config: &LbListener, problems: &mut Problems) {
    let Some(mutual) = config.mutual_authentication.first() else { return };
    let verifies = mutual.mode.text() == "verify";
    if verifies && mutual.trust_store_arn.is_null() {
        problems.error(
            "mutual_authentication.0.trust_store_arn",
            "Missing required argument",
            "A listener that verifies its clients needs a \"trust_store_arn\".",
        );
    }
    if mutual.mode.is_known() && !verifies && mutual.trust_store_arn.filled().is_some() {
        problems.error(
            "mutual_authentication.0.trust_store_arn",
            "Invalid combination of arguments",
            "Only a listener whose \"mode\" is \"verify\" has a trust store.",
        );
    }
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
fn is_modified(prior: &LbListener, planned: &LbListener) -> bool {
    prior.alpn_policy != planned.alpn_policy
        || prior.certificate_arn != planned.certificate_arn
        || prior.default_action != planned.default_action
        || prior.mutual_authentication != planned.mutual_authentication
        || prior.port != planned.port
        || prior.protocol != planned.protocol
        || prior.ssl_policy != planned.ssl_policy
}

async fn modify(
    cx: &Context<Aws>,
    arn: &str,
    prior: &LbListener,
    planned: &LbListener,
) -> Result<(), Diagnostics> {
    let elb = elb(cx.client());
    let timeout = timeout_of(&timeouts(planned, |t| &t.update), USUAL);
    let actions = (prior.default_action != planned.default_action)
        .then(|| of_listener::to_actions(&planned.default_action));
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
            .set_port(int(&planned.port).filter(|port| *port != 0))
            .set_protocol(protocol(planned))
            .set_ssl_policy(planned.ssl_policy.to_filled());
        async move { request.send().await.typed() }
    })
    .await;
    modified.map_err(|e| e.during(format!("modifying ELBv2 Listener ({arn})")))?;
    Ok(())
}

async fn set_attributes(cx: &Context<Aws>, arn: &str, values: Values) -> Result<(), Diagnostics> {
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

async fn read(cx: &Context<Aws>, mut model: LbListener) -> Result<Option<LbListener>, Diagnostics> {
    let aws = cx.client();
    let arn = model.id.text().to_owned();
    let during = format!("reading ELBv2 Listener ({arn})");
    let (found, tags) = tokio::join!(listener(aws, &arn), tags(aws, &arn));
    let Some(found) = found.during(&during)? else { return Ok(None) };
    describe(&mut model, &found);
    if matches!(model.protocol.text(), "HTTP" | "HTTPS" | "TCP") {
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
    model.default_action = of_listener::of_actions(found.default_actions(), &model.default_action);
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
