//! Certificates that are brought along.
//!
//! The service takes no token for an import: sent twice, it makes two certificates. A request whose
//! answer got lost is therefore not sent again before it was looked whether it was carried out.

use std::time::{Duration, SystemTime};

use aws_sdk_acm::config::retry::RetryConfig;
use aws_sdk_acm::{config, primitives::Blob, types};
use groma_aws_core::{Aws, Error, Outcome as _, retry, wanted_tags};
use groma_sdk::{Attr, Context, Diagnostics};

use super::model::AcmCertificate;
use super::{acm, to_tags};

/// How long a request may be throttled, or remain without an answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// By how much the service's clock and ours may differ.
const SKEW: Duration = Duration::from_secs(300);

/// Replaces a certificate that was imported before.
pub(super) async fn again(
    cx: &Context<Aws>,
    planned: &AcmCertificate,
    arn: &str,
) -> Result<(), Diagnostics> {
    // It keeps its tags.
    request(cx, planned)
        .certificate_arn(arn)
        .send()
        .await
        .during(format!("importing ACM Certificate ({arn})"))?;
    Ok(())
}

/// Imports a certificate; gives its ARN.
pub(super) async fn new(
    cx: &Context<Aws>,
    planned: &AcmCertificate,
) -> Result<String, Diagnostics> {
    const DURING: &str = "importing ACM Certificate";
    let start = SystemTime::now();
    let what = "ACM to take a certificate";
    let unclear = |e: &Error| e.is_throttled() || e.is_ambiguous();
    let imported = retry(cx, what, PATIENCE, unclear, || async {
        let once = config::Builder::default().retry_config(RetryConfig::disabled());
        let tags = to_tags(&wanted_tags(cx.client(), planned));
        let request = request(cx, planned).set_tags(tags).customize().config_override(once);
        match request.send().await.typed() {
            Err(e) if e.is_ambiguous() => match made_since(cx, planned, start).await? {
                Some(arn) => Ok(arn),
                None => Err(e),
            },
            answer => Ok(answer?.certificate_arn.unwrap_or_default()),
        }
    });
    imported.await.map_err(|e| e.during(DURING))
}

type Request = aws_sdk_acm::operation::import_certificate::builders::ImportCertificateFluentBuilder;

fn request(cx: &Context<Aws>, planned: &AcmCertificate) -> Request {
    let blob = |text: &Attr<String>| text.filled().map(Blob::new);
    acm(cx.client())
        .import_certificate()
        .set_certificate(blob(&planned.certificate_body))
        .set_private_key(blob(&planned.private_key))
        .set_certificate_chain(blob(&planned.certificate_chain))
}

/// The certificate with the body that was imported since then, if there is one.
async fn made_since(
    cx: &Context<Aws>,
    planned: &AcmCertificate,
    start: SystemTime,
) -> Result<Option<String>, Error> {
    let acm = acm(cx.client());
    // Without a filter, only certificates with short keys are listed.
    let keys = types::KeyAlgorithm::values().iter().map(|key| types::KeyAlgorithm::from(*key));
    let filter = types::Filters::builder().set_key_types(Some(keys.collect())).build();
    let listed = acm.list_certificates().includes(filter).into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.typed()?;
    let since = start.checked_sub(SKEW).unwrap_or(start);
    for one in listed {
        let Some(arn) = one.certificate_arn() else { continue };
        let imported = one.imported_at().and_then(|at| SystemTime::try_from(*at).ok());
        if imported.is_some_and(|imported| imported < since)
            || one.r#type().is_some_and(|kind| *kind != types::CertificateType::Imported)
        {
            continue;
        }
        let text = acm.get_certificate().certificate_arn(arn).send().await;
        let text = text.unless(&["ResourceNotFoundException", "RequestInProgressException"])?;
        let body = text.and_then(|text| text.certificate).unwrap_or_default();
        if same_text(&body, planned.certificate_body.text()) {
            return Ok(Some(arn.to_owned()));
        }
    }
    Ok(None)
}

/// Whether two texts differ in nothing but space.
fn same_text(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    fn planned() -> AcmCertificate {
        AcmCertificate {
            certificate_body: "-----BEGIN CERTIFICATE-----\nabc\n".into(),
            private_key: "key".into(),
            ..AcmCertificate::default()
        }
    }

    fn fake(body: &'static str) -> Fake {
        let fake = Fake::new();
        fake.once("ImportCertificate", |_| Answer::lost());
        fake.on("ImportCertificate", |_| Answer::json(r#"{"CertificateArn":"arn:second"}"#));
        fake.on("ListCertificates", |_| {
            Answer::json(
                r#"{"CertificateSummaryList":[{"CertificateArn":"arn:first","Type":"IMPORTED"}]}"#,
            )
        });
        fake.on("GetCertificate", move |_| Answer::json(format!(r#"{{"Certificate":"{body}"}}"#)));
        fake
    }

    #[tokio::test]
    async fn a_certificate_whose_answer_got_lost_is_not_imported_twice() {
        let fake = fake(r"-----BEGIN CERTIFICATE-----\r\nabc");
        let arn = new(&fake.context(), &planned()).await;
        assert_eq!(arn.ok().as_deref(), Some("arn:first"));
        assert_eq!(fake.calls("ImportCertificate"), 1);
    }

    #[tokio::test]
    async fn a_request_that_got_lost_is_sent_again() {
        let fake = fake("another");
        let arn = new(&fake.context(), &planned()).await;
        assert_eq!(arn.ok().as_deref(), Some("arn:second"));
        assert_eq!(fake.calls("ImportCertificate"), 2);
    }
}
