//! `aws_lb_listener_certificate`: a further certificate of a listener.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types;
use groma_aws_core::checks::arn;
use groma_aws_core::{Aws, Error, Outcome as _, retry};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Managed, Model, async_trait};

use crate::service::{elb, seen};

/// How long a certificate may be unknown to the load balancer.
const PROPAGATION: Duration = Duration::from_secs(120);

/// A further certificate of a listener.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbListenerCertificate {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) certificate_arn: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) listener_arn: Attr<String>,
}

/// The resource type.
pub(crate) struct LbListenerCertificateResource;

#[async_trait]
impl Managed<Aws> for LbListenerCertificateResource {
    type Model = LbListenerCertificate;

    fn name(&self) -> &'static str {
        "aws_lb_listener_certificate"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: LbListenerCertificate,
        planned: LbListenerCertificate,
    ) -> Result<LbListenerCertificate, Diagnostics> {
        let (listener, certificate) = (planned.listener_arn.text(), planned.certificate_arn.text());
        let elb = elb(cx.client());
        let what = format!("certificate {certificate} to be known");
        let added = retry(
            cx,
            what,
            PROPAGATION,
            |e| e.is("CertificateNotFound"),
            || {
                let one = types::Certificate::builder().certificate_arn(certificate).build();
                let request =
                    elb.add_listener_certificates().listener_arn(listener).certificates(one);
                async move { request.send().await.typed() }
            },
        )
        .await;
        let during = format!("adding certificate ({certificate}) to ELBv2 Listener ({listener})");
        added.map_err(|e| e.during(during))?;
        let mut model = planned.clone();
        model.id = format!("{listener}_{certificate}").into();
        cx.keep_model(&model);
        let what = format!("certificate {certificate} of ELBv2 Listener ({listener})");
        seen(cx, &what, || read(cx, model.clone())).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: LbListenerCertificate,
    ) -> Result<Option<LbListenerCertificate>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        _cx: &Context<Aws>,
        _prior: LbListenerCertificate,
        _config: LbListenerCertificate,
        planned: LbListenerCertificate,
    ) -> Result<LbListenerCertificate, Diagnostics> {
        // Every change makes another one.
        Ok(planned)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: LbListenerCertificate,
    ) -> Result<(), Diagnostics> {
        let (listener, certificate) = (prior.listener_arn.text(), prior.certificate_arn.text());
        let one = types::Certificate::builder().certificate_arn(certificate).build();
        let request = elb(cx.client()).remove_listener_certificates().listener_arn(listener);
        let removed = request.certificates(one).send().await;
        let removed = removed.unless(&["CertificateNotFound", "ListenerNotFound"]);
        removed.map_err(|e| {
            e.during(format!(
                "removing certificate ({certificate}) from ELBv2 Listener ({listener})"
            ))
        })?;
        Ok(())
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<LbListenerCertificate>, Diagnostics> {
        let (listener, certificate) = parts(id).ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!("It must be LISTENER_ARN_CERTIFICATE_ARN, joined by an underscore, but is {id:?}."),
            )
        })?;
        Ok(Some(LbListenerCertificate {
            id: id.into(),
            certificate_arn: certificate.into(),
            listener_arn: listener.into(),
        }))
    }
}

/// The listener and the certificate of an id.
fn parts(id: &str) -> Option<(&str, &str)> {
    let at = id.find("_arn:")?;
    Some((id.get(..at)?, id.get(at + 1..)?)).filter(|(listener, _)| !listener.is_empty())
}

async fn read(
    cx: &Context<Aws>,
    model: LbListenerCertificate,
) -> Result<Option<LbListenerCertificate>, Diagnostics> {
    let (listener, certificate) = (model.listener_arn.text(), model.certificate_arn.text());
    let during = format!("reading ELBv2 Listener Certificate ({})", model.id.text());
    let all = certificates(cx.client(), listener).await.during(during)?;
    let there = all.is_some_and(|all| all.iter().any(|one| one == certificate));
    Ok(there.then_some(model))
}

/// The certificates of a listener beside its default one, listed once for all who ask together.
async fn certificates(aws: &Aws, listener: &str) -> Result<Option<Vec<String>>, Error> {
    let elb = elb(aws);
    let loader = aws.loader("elbv2:listener-certificates", 1, move |listeners: Vec<String>| {
        let elb = elb.clone();
        async move {
            let mut all = HashMap::new();
            for listener in listeners {
                let request = elb.describe_listener_certificates().listener_arn(&listener);
                let found = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
                let found = match found.await.typed() {
                    Ok(found) => found,
                    Err(e) if e.is("ListenerNotFound") => continue,
                    Err(e) => return Err(e),
                };
                let others = found.into_iter().filter(|c| c.is_default() != Some(true));
                all.insert(listener, others.filter_map(|c| c.certificate_arn).collect());
            }
            Ok(all)
        }
    });
    loader.load(listener.to_owned()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_two_parts() {
        assert_eq!(parts("arn:a_b_arn:c"), Some(("arn:a_b", "arn:c")));
        assert_eq!(parts("arn:a"), None);
        assert_eq!(parts("_arn:a"), None);
    }
}
