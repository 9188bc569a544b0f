//! When a certificate of a private authority is to be renewed before its time.

use std::time::{Duration, SystemTime};

use aws_sdk_acm::primitives::{DateTime, DateTimeFormat as Format};
use aws_sdk_acm::types;
use groma_aws_core::{Aws, Outcome as _, Progress, parse_duration, wait};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Planned};

use super::{AcmCertificate, acm, certificate};

const DAY: u64 = 24 * 3600;

/// How long a renewal may take.
const RENEWAL: Duration = Duration::from_secs(300);

/// Whether a text says how long before its end a certificate is to be renewed: `P90D` or `2160h`.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(super) fn early(text: &String) -> Result<(), String> {
    match text.is_empty() || before_end(text).is_some() {
        true => Ok(()),
        false => {
            Err(format!("It must be a duration such as \"P90D\" or \"2160h\", but is {text:?}."))
        }
    }
}

/// A duration of years, months and days, or of hours and less.
fn before_end(text: &str) -> Option<Duration> {
    let Some(mut rest) = text.strip_prefix('P') else { return parse_duration(text) };
    let mut days = 0_u64;
    for (unit, size) in [('Y', 365), ('M', 30), ('D', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            days = days.checked_add(number.parse::<u64>().ok()?.checked_mul(size)?)?;
            rest = after;
        }
    }
    let days = Some(days).filter(|days| *days > 0 && rest.is_empty())?;
    days.checked_mul(DAY).map(Duration::from_secs)
}

/// Whether it is time to renew a certificate that can be renewed, by what is recorded of it.
pub(super) fn is_pending(model: &AcmCertificate) -> bool {
    let Some(early) = model.early_renewal_duration.filled().and_then(before_end) else {
        return false;
    };
    if model.renewal_eligibility.text() != types::RenewalEligibility::Eligible.as_str() {
        return false;
    }
    let end = DateTime::from_str(model.not_after.text(), Format::DateTimeWithOffset);
    let Some(end) = end.ok().and_then(|end| u64::try_from(end.secs()).ok()) else {
        return false;
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now + early >= Duration::from_secs(end)
}

/// Plans that a certificate is renewed: when it is time, or when a change of the duration makes it
/// time.
pub(super) fn plan(change: &mut Planned<AcmCertificate>) {
    let Some(prior) = &change.prior else { return };
    let before = prior.early_renewal_duration.to_filled();
    if before != change.planned.early_renewal_duration.to_filled() {
        let pending = is_pending(&change.planned);
        if !change.planned.early_renewal_duration.is_unknown() {
            change.planned.pending_renewal = pending.into();
        }
    } else if prior.pending_renewal.is_true() {
        change.planned.pending_renewal = Attr::Unknown;
    }
}

/// Whether an update renews.
pub(super) fn is_due(prior: &AcmCertificate, planned: &AcmCertificate) -> bool {
    match planned.pending_renewal {
        Attr::Known(pending) => pending,
        _ => prior.pending_renewal.is_true(),
    }
}

/// Renews a certificate and waits for it.
pub(super) async fn renew(cx: &Context<Aws>, arn: &str) -> Result<(), Diagnostics> {
    let renewed = acm(cx.client()).renew_certificate().certificate_arn(arn).send().await;
    renewed.during(format!("renewing ACM Certificate ({arn})"))?;
    wait(cx, format!("ACM Certificate ({arn}) renewal"), RENEWAL, || async {
        let Some(found) = certificate(cx, arn).await? else {
            return Ok(Progress::pending("not there"));
        };
        let Some(summary) = found.renewal_summary() else {
            return Ok(Progress::pending("not begun"));
        };
        match summary.renewal_status() {
            types::RenewalStatus::Success => Ok(Progress::Ready(())),
            types::RenewalStatus::Failed => Err(Diagnostic::error(
                format!("renewing ACM Certificate ({arn})"),
                format!(
                    "The renewal failed: {}. See what the authority says of it.",
                    summary.renewal_status_reason().map_or("no reason", |reason| reason.as_str())
                ),
            )
            .into()),
            other => Ok(Progress::pending(other.as_str())),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use groma_aws_core::testing::{Answer, Fake};

    use super::*;

    #[test]
    fn durations_before_the_end_are_read() {
        assert_eq!(before_end("P90D"), Some(Duration::from_secs(90 * DAY)));
        assert_eq!(before_end("P1Y2M3D"), Some(Duration::from_secs(428 * DAY)));
        assert_eq!(before_end("2160h"), Some(Duration::from_secs(90 * DAY)));
        for text in ["P", "PD", "P1W", "soon", "P-1D"] {
            assert_eq!(before_end(text), None, "{text}");
        }
    }

    fn certificate(early: &str, eligible: &str, end: &str) -> AcmCertificate {
        AcmCertificate {
            early_renewal_duration: early.into(),
            renewal_eligibility: eligible.into(),
            not_after: end.into(),
            ..AcmCertificate::default()
        }
    }

    #[test]
    fn a_certificate_is_renewed_when_it_is_time() {
        assert!(is_pending(&certificate("P30D", "ELIGIBLE", "2020-01-02T03:04:05Z")));
        assert!(!is_pending(&certificate("P30D", "ELIGIBLE", "9000-01-02T03:04:05Z")));
        assert!(!is_pending(&certificate("P30D", "INELIGIBLE", "2020-01-02T03:04:05Z")));
        assert!(!is_pending(&certificate("", "ELIGIBLE", "2020-01-02T03:04:05Z")));
        let due = |planned: Attr<bool>| {
            let prior =
                AcmCertificate { pending_renewal: true.into(), ..AcmCertificate::default() };
            let planned = AcmCertificate { pending_renewal: planned, ..prior.clone() };
            is_due(&prior, &planned)
        };
        assert!(due(Attr::Unknown) && due(true.into()) && !due(false.into()));
    }

    #[tokio::test]
    async fn a_renewal_is_awaited() {
        let fake = Fake::new();
        let described = |status: &str| {
            Answer::json(format!(
                r#"{{"Certificate":{{"CertificateArn":"arn:x","RenewalSummary":{{
                    "RenewalStatus":"{status}","DomainValidationOptions":[],"UpdatedAt":1.0}}}}}}"#
            ))
        };
        fake.on("RenewCertificate", |_| Answer::json("{}"));
        fake.once("DescribeCertificate", move |_| described("PENDING_AUTO_RENEWAL"));
        fake.once("DescribeCertificate", move |_| described("SUCCESS"));
        fake.once("DescribeCertificate", move |_| described("FAILED"));
        let cx = fake.context();
        assert!(renew(&cx, "arn:x").await.is_ok());
        assert_eq!(fake.calls("DescribeCertificate"), 2);
        assert!(renew(&cx, "arn:x").await.is_err_and(|e| e.to_string().contains("failed")));
    }
}
