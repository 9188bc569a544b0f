//! `aws_acm_certificate`: a certificate, requested or imported.

mod import;
mod model;
mod renewal;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_acm::{Client, types};
use groma_aws_core::{
    Aws, Outcome as _, Progress, TagChange, TagMap, client, client_token, moment, plan_tags,
    record_tags, retry, sdk_tags, tag_map, wait, wanted_tags,
};
use groma_sdk::{
    Attr, Context, Diagnostic, Diagnostics, Managed, Planned, Problems, Set, async_trait,
};

pub(crate) use model::AcmCertificate;
use model::{DomainValidationOptions, Options, RenewalSummary};

/// How long it may take until it is known how domains are validated.
const VALIDATIONS: Duration = Duration::from_secs(300);

/// How long a certificate may stay in use after the last user of it has gone.
const RELEASE: Duration = Duration::from_secs(1200);

/// The client.
pub(crate) fn acm(aws: &Aws) -> Arc<Client> {
    client!(aws, "acm", aws_sdk_acm)
}

/// The resource type.
pub(crate) struct AcmCertificateResource;

#[async_trait]
impl Managed<Aws> for AcmCertificateResource {
    type Model = AcmCertificate;

    fn name(&self) -> &'static str {
        "aws_acm_certificate"
    }

    fn validate(&self, config: &AcmCertificate, problems: &mut Problems) {
        let (domain, key) = (!config.domain_name.is_null(), !config.private_key.is_null());
        if domain == key {
            problems.error(
                "domain_name",
                "Invalid combination of arguments",
                "A certificate is requested, for a \"domain_name\", or imported, with a \
                 \"private_key\".",
            );
        }
        if config.certificate_body.is_null() != config.private_key.is_null() {
            problems.error(
                "certificate_body",
                "Missing required argument",
                "An imported certificate has a \"certificate_body\" and a \"private_key\".",
            );
        }
        let authority = ("certificate_authority_arn", !config.certificate_authority_arn.is_null());
        let method = ("validation_method", !config.validation_method.is_null());
        let body = ("certificate_body", !config.certificate_body.is_null());
        let options = !config.validation_option.is_empty() || config.validation_option.is_unknown();
        problems.conflict(authority, method);
        problems.conflict(authority, body);
        problems.conflict(body, method);
        problems.conflict(
            body,
            ("subject_alternative_names", !config.subject_alternative_names.is_null()),
        );
        problems.conflict(body, ("key_algorithm", !config.key_algorithm.is_null()));
        problems
            .conflict(body, ("early_renewal_duration", !config.early_renewal_duration.is_null()));
        problems.conflict(body, ("validation_option", options));
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<AcmCertificate>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)?;
        plan_names(change);
        plan_validations(change);
        renewal::plan(change);
        check_method(change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: AcmCertificate,
        planned: AcmCertificate,
    ) -> Result<AcmCertificate, Diagnostics> {
        let arn = match planned.domain_name.filled() {
            Some(domain) if planned.private_key.is_null() => request(cx, &planned, domain).await?,
            _ => import::new(cx, &planned).await?,
        };
        let mut model = planned.clone();
        model.id = arn.clone().into();
        model.arn = arn.clone().into();
        cx.keep_model(&model);
        let during = format!("reading ACM Certificate ({arn})");
        let what = format!("ACM Certificate ({arn}) to be issued: domain validations");
        wait(cx, what, VALIDATIONS, || async {
            let Some(found) = certificate(cx, &arn).await? else {
                return Ok(Progress::pending("not there"));
            };
            Ok(match is_validatable(&found) {
                true => Progress::Ready(()),
                false => Progress::pending("no way to validate its domains is known yet"),
            })
        })
        .await?;
        let found = read(cx, model).await?;
        found.ok_or_else(|| Diagnostic::error(during, "It does not exist any more.").into())
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        state: AcmCertificate,
    ) -> Result<Option<AcmCertificate>, Diagnostics> {
        read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: AcmCertificate,
        _config: AcmCertificate,
        planned: AcmCertificate,
    ) -> Result<AcmCertificate, Diagnostics> {
        let arn = prior.id.text().to_owned();
        if prior.certificate_body != planned.certificate_body
            || prior.certificate_chain != planned.certificate_chain
            || prior.private_key != planned.private_key
        {
            import::again(cx, &planned, &arn).await?;
        } else if renewal::is_due(&prior, &planned) {
            renewal::renew(cx, &arn).await?;
        }
        if prior.options != planned.options
            && let Some(options) = to_options(&planned)
        {
            let request = acm(cx.client()).update_certificate_options().certificate_arn(&arn);
            let updated = request.options(options).send().await;
            updated.during(format!("updating ACM Certificate ({arn}) options"))?;
        }
        let tags = TagChange::of(cx.client(), &prior, &planned);
        change_tags(cx, &arn, &tags).await?;
        let found = read(cx, planned).await?;
        found.ok_or_else(|| {
            let during = format!("updating ACM Certificate ({arn})");
            Diagnostic::error(during, "It does not exist any more.").into()
        })
    }

    async fn delete(&self, cx: &Context<Aws>, prior: AcmCertificate) -> Result<(), Diagnostics> {
        let arn = prior.id.text();
        let acm = acm(cx.client());
        let what = format!("ACM Certificate ({arn}) to be free");
        let deleted = retry(
            cx,
            what,
            RELEASE,
            |e| e.is("ResourceInUseException"),
            || {
                let request = acm.delete_certificate().certificate_arn(arn);
                async move { request.send().await.typed() }
            },
        )
        .await;
        let deleted = deleted.unless(&["ResourceNotFoundException"]);
        deleted.map_err(|e| e.during(format!("deleting ACM Certificate ({arn})")))?;
        Ok(())
    }
}

/// A certificate that is requested needs somebody who says whose the domain is.
fn check_method(change: &Planned<AcmCertificate>) -> Result<(), Diagnostics> {
    let config = &change.config;
    let requested = (change.is_create() || change.is_replace())
        && config.domain_name.filled().is_some()
        && config.private_key.is_null();
    let mut problems = Problems::new();
    if requested && config.validation_method.is_null() && config.certificate_authority_arn.is_null()
    {
        problems.error(
            "validation_method",
            "Certificate without validation",
            "A certificate that is requested needs a \"validation_method\", \"DNS\" or \"EMAIL\", or \
             for a private one a \"certificate_authority_arn\".",
        );
    }
    problems.into_result()
}

/// The names of a certificate include its domain.
fn plan_names(change: &mut Planned<AcmCertificate>) {
    let Some(domain) = change.config.domain_name.to_filled() else { return };
    let names = match &change.config.subject_alternative_names {
        Attr::Unknown => return,
        Attr::Null => Vec::new(),
        Attr::Known(names) => names.0.clone(),
    };
    let mut all = names;
    if !all.contains(&domain) {
        all.push(domain);
    }
    let all = Set(all);
    let same = change.prior.as_ref().and_then(|p| p.subject_alternative_names.get().cloned());
    if same.as_ref() == Some(&all) {
        change.planned.subject_alternative_names = Attr::Known(all);
        change.in_place("subject_alternative_names");
    } else if change.prior.is_none() || !change.config.subject_alternative_names.is_null() {
        change.planned.subject_alternative_names = Attr::Known(all);
    }
}

/// For which domains there will be validations is known beforehand, so that records can be made for
/// each of them.
fn plan_validations(change: &mut Planned<AcmCertificate>) {
    if !(change.is_create() || change.is_replace())
        || change.planned.validation_method.as_str() != Some("DNS")
    {
        return;
    }
    let Some(names) = change.planned.subject_alternative_names.get() else { return };
    let options = names.iter().map(|name| DomainValidationOptions {
        domain_name: name.clone().into(),
        resource_record_name: Attr::Unknown,
        resource_record_type: Attr::Unknown,
        resource_record_value: Attr::Unknown,
    });
    let options = options.collect::<Set<_>>();
    change.planned.domain_validation_options = Attr::Known(options);
}

async fn request(
    cx: &Context<Aws>,
    planned: &AcmCertificate,
    domain: &str,
) -> Result<String, Diagnostics> {
    let names = planned.subject_alternative_names.cloned().map(|names| names.0);
    let validations = planned.validation_option.iter().filter_map(|option| {
        types::DomainValidationOption::builder()
            .set_domain_name(option.domain_name.cloned())
            .set_validation_domain(option.validation_domain.cloned())
            .build()
            .ok()
    });
    let validations = validations.collect::<Vec<_>>();
    // Tokens have at most 32 letters and digits.
    let token = client_token(cx).replace('-', "");
    let requested = acm(cx.client())
        .request_certificate()
        .domain_name(domain)
        .idempotency_token(token)
        .set_certificate_authority_arn(planned.certificate_authority_arn.to_filled())
        .set_key_algorithm(planned.key_algorithm.filled().map(Into::into))
        .set_options(to_options(planned))
        .set_subject_alternative_names(names.filter(|names| !names.is_empty()))
        .set_validation_method(planned.validation_method.filled().map(Into::into))
        .set_domain_validation_options((!validations.is_empty()).then_some(validations))
        .set_tags(to_tags(&wanted_tags(cx.client(), planned)))
        .send()
        .await
        .during(format!("requesting ACM Certificate ({domain})"))?;
    Ok(requested.certificate_arn.unwrap_or_default())
}

fn to_tags(tags: &TagMap) -> Option<Vec<types::Tag>> {
    (!tags.is_empty()).then(|| sdk_tags!(types::Tag, tags, fallible))
}

fn to_options(planned: &AcmCertificate) -> Option<types::CertificateOptions> {
    let options = planned.options.first()?;
    let preference = options.certificate_transparency_logging_preference.filled()?;
    let built = types::CertificateOptions::builder();
    Some(built.certificate_transparency_logging_preference(preference.into()).build())
}

async fn change_tags(cx: &Context<Aws>, arn: &str, change: &TagChange) -> Result<(), Diagnostics> {
    let acm = acm(cx.client());
    let during = format!("updating tags for ACM Certificate ({arn})");
    if !change.remove.is_empty() {
        let gone = change.remove.iter();
        let gone = gone.filter_map(|key| types::Tag::builder().key(key).build().ok()).collect();
        let request = acm.remove_tags_from_certificate().certificate_arn(arn);
        request.set_tags(Some(gone)).send().await.during(&during)?;
    }
    if let Some(tags) = to_tags(&change.put) {
        let request = acm.add_tags_to_certificate().certificate_arn(arn);
        request.set_tags(Some(tags)).send().await.during(&during)?;
    }
    Ok(())
}

/// A certificate as it is now.
pub(crate) async fn certificate(
    cx: &Context<Aws>,
    arn: &str,
) -> Result<Option<types::CertificateDetail>, Diagnostics> {
    let found = acm(cx.client()).describe_certificate().certificate_arn(arn).send().await;
    let found = found.unless(&["ResourceNotFoundException"]);
    let found = found.map_err(|e| e.during(format!("reading ACM Certificate ({arn})")))?;
    // One whose validation timed out is of no use, and gone soon.
    let found = found.and_then(|found| found.certificate);
    Ok(found.filter(|c| c.status() != Some(&types::CertificateStatus::ValidationTimedOut)))
}

/// The tags of a certificate.
pub(crate) async fn tags_of(cx: &Context<Aws>, arn: &str) -> Result<TagMap, Diagnostics> {
    let tags = acm(cx.client()).list_tags_for_certificate().certificate_arn(arn).send().await;
    let tags = tags.unless(&["ResourceNotFoundException"]);
    let tags = tags.map_err(|e| e.during(format!("listing tags for ACM Certificate ({arn})")))?;
    let tags = tags.map(|tags| tag_map(tags.tags().iter().map(|t| (t.key(), t.value()))));
    Ok(tags.unwrap_or_default())
}

/// Whether it is known how all domains of a requested public certificate are validated.
fn is_validatable(found: &types::CertificateDetail) -> bool {
    if found.r#type() != Some(&types::CertificateType::AmazonIssued) {
        return true;
    }
    let options = found.domain_validation_options();
    !options.is_empty()
        && options.iter().all(|option| match option.validation_method() {
            Some(types::ValidationMethod::Dns) => option.resource_record().is_some(),
            Some(types::ValidationMethod::Email) => !option.validation_emails().is_empty(),
            _ => option.validation_status().is_some(),
        })
}

async fn read(
    cx: &Context<Aws>,
    mut model: AcmCertificate,
) -> Result<Option<AcmCertificate>, Diagnostics> {
    let arn = model.id.text().to_owned();
    let (found, tags) = tokio::join!(certificate(cx, &arn), tags_of(cx, &arn));
    let Some(found) = found? else { return Ok(None) };
    describe(&mut model, &found);
    record_tags(cx.client(), &mut model, tags?);
    Ok(Some(model))
}

fn describe(model: &mut AcmCertificate, found: &types::CertificateDetail) {
    let options = found.domain_validation_options();
    model.arn = found.certificate_arn().into();
    model.certificate_authority_arn = found.certificate_authority_arn().into();
    model.domain_name = found.domain_name().into();
    model.domain_validation_options = validations(options).into();
    // Answers spell some algorithms with a hyphen.
    model.key_algorithm = found.key_algorithm().map(|k| k.as_str().replace('-', "_")).into();
    model.not_after = moment(found.not_after());
    model.not_before = moment(found.not_before());
    let logging = found.options().map(|options| {
        let preference = options.certificate_transparency_logging_preference();
        Options {
            certificate_transparency_logging_preference: preference.map(|p| p.as_str()).into(),
        }
    });
    model.options = logging.into();
    model.renewal_eligibility = found.renewal_eligibility().map(|e| e.as_str()).into();
    let renewal = found.renewal_summary().map(|summary| RenewalSummary {
        renewal_status: summary.renewal_status().as_str().into(),
        renewal_status_reason: summary
            .renewal_status_reason()
            .map_or("", |reason| reason.as_str())
            .into(),
        updated_at: moment(Some(summary.updated_at())),
    });
    model.renewal_summary = Vec::from_iter(renewal).into();
    model.status = found.status().map(|s| s.as_str()).into();
    let names = found.subject_alternative_names().to_vec();
    model.subject_alternative_names = Set(names).into();
    model.r#type = found.r#type().map(|t| t.as_str()).into();
    let emails: BTreeSet<&String> = options.iter().flat_map(|o| o.validation_emails()).collect();
    model.validation_emails = emails.into_iter().cloned().collect::<Vec<String>>().into();
    model.validation_method = method(found).into();
    model.pending_renewal = renewal::is_pending(model).into();
}

fn validations(options: &[types::DomainValidation]) -> Set<DomainValidationOptions> {
    let records = options.iter().filter_map(|option| {
        let record = option.resource_record()?;
        Some(DomainValidationOptions {
            domain_name: option.domain_name().into(),
            resource_record_name: record.name().into(),
            resource_record_type: record.r#type().as_str().into(),
            resource_record_value: record.value().into(),
        })
    });
    records.collect()
}

/// How a certificate was validated; `NONE` if it was not.
fn method(found: &types::CertificateDetail) -> &str {
    if found.r#type() != Some(&types::CertificateType::AmazonIssued) {
        return "NONE";
    }
    let mut methods = found.domain_validation_options().iter();
    methods.find_map(|option| option.validation_method()).map_or("NONE", |m| m.as_str())
}

#[cfg(test)]
mod tests;
