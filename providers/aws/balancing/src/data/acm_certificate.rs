//! `aws_acm_certificate`, the data source: a certificate by its domain or its tags.

use std::collections::BTreeMap;

use aws_sdk_acm::types;
use groma_aws_core::{Aws, Outcome as _};
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Lookup, Model, Problems, Set, async_trait,
};

use crate::acm_certificate::{acm, certificate, tags_of};

/// The arguments and attributes of `aws_acm_certificate`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AcmCertificateData {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) certificate: Attr<String>,
    #[attr(computed)]
    pub(crate) certificate_chain: Attr<String>,
    #[attr(optional, computed)]
    pub(crate) domain: Attr<String>,
    #[attr(optional, check = each(one_of(&["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"])))]
    pub(crate) key_types: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) most_recent: Attr<bool>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(optional)]
    pub(crate) statuses: Attr<Vec<String>>,
    #[attr(optional, computed)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional)]
    pub(crate) types: Attr<Vec<String>>,
}

/// The data source.
pub(crate) struct AcmCertificateLookup;

#[async_trait]
impl Lookup<Aws> for AcmCertificateLookup {
    type Model = AcmCertificateData;

    fn name(&self) -> &'static str {
        "aws_acm_certificate"
    }

    fn validate(&self, config: &AcmCertificateData, problems: &mut Problems) {
        if config.domain.is_null() && config.tags.is_null() {
            problems.error(
                "domain",
                "Invalid combination of arguments",
                "A certificate is looked for by its \"domain\" or its \"tags\".",
            );
        }
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        config: AcmCertificateData,
    ) -> Result<AcmCertificateData, Diagnostics> {
        let found = candidates(cx, &config).await?;
        let (found, tags) = chosen(found, config.most_recent.is_true())?;
        let arn = found.certificate_arn().unwrap_or_default().to_owned();
        let mut data = config;
        data.id = arn.clone().into();
        data.arn = arn.clone().into();
        data.domain = found.domain_name().into();
        data.status = found.status().map(|s| s.as_str()).into();
        data.tags = cx.client().tags().ours(tags).into();
        if found.status() == Some(&types::CertificateStatus::Issued) {
            let text = acm(cx.client()).get_certificate().certificate_arn(&arn).send().await;
            let text = text.during(format!("reading ACM Certificate ({arn})"))?;
            data.certificate = text.certificate().into();
            data.certificate_chain = text.certificate_chain().into();
        }
        Ok(data)
    }
}

type Candidate = (types::CertificateDetail, BTreeMap<String, String>);

/// All certificates that are as asked for.
async fn candidates(
    cx: &Context<Aws>,
    config: &AcmCertificateData,
) -> Result<Vec<Candidate>, Diagnostics> {
    let statuses = config.statuses.cloned().filter(|all| !all.is_empty());
    let statuses = statuses.unwrap_or_else(|| vec!["ISSUED".to_owned()]);
    let statuses = statuses.iter().map(|s| types::CertificateStatus::from(s.as_str())).collect();
    let keys = config.key_types.cloned().map(|keys| {
        let keys = keys.0.iter().map(|key| types::KeyAlgorithm::from(key.as_str())).collect();
        types::Filters::builder().set_key_types(Some(keys)).build()
    });
    let request = acm(cx.client()).list_certificates().set_certificate_statuses(Some(statuses));
    let listed = request.set_includes(keys).into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.during("listing ACM Certificates")?;
    let kinds = config.types.or_default();
    let (domain, wanted) = (config.domain.filled(), config.tags.or_default());
    let mut found = Vec::new();
    for one in listed {
        if domain.is_some_and(|domain| one.domain_name() != Some(domain)) {
            continue;
        }
        let Some(detail) = certificate(cx, one.certificate_arn().unwrap_or_default()).await? else {
            continue;
        };
        let kind = detail.r#type().map_or("", |kind| kind.as_str());
        if !(kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind)) {
            continue;
        }
        let tags = tags_of(cx, detail.certificate_arn().unwrap_or_default()).await?;
        if wanted.iter().all(|(key, value)| tags.get(key) == Some(value)) {
            found.push((detail, tags));
        }
    }
    Ok(found)
}

/// The only one, or the one that came last.
fn chosen(mut found: Vec<Candidate>, latest: bool) -> Result<Candidate, Diagnostics> {
    // Imported certificates are never issued.
    let since = |one: &Candidate| {
        let time = one.0.issued_at().or(one.0.imported_at()).or(one.0.not_before());
        time.map_or(0, |time| time.secs())
    };
    found.sort_by_key(since);
    match (found.len(), found.pop()) {
        (0, _) | (_, None) => Err(Diagnostic::error(
            "no ACM Certificate matching domain found",
            "No certificate is as the data source asks for. Change what it asks for.",
        )
        .into()),
        (2.., Some(_)) if !latest => Err(Diagnostic::error(
            "multiple ACM Certificates matching domain found",
            "Several certificates are as the data source asks for. Set \"most_recent\" to take the \
             latest, or ask for more.",
        )
        .into()),
        (_, Some(one)) => Ok(one),
    }
}
