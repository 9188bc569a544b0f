//! When a certificate of a private authority is to be renewed before its time.

use std::time::{Duration, SystemTime};

use aws_sdk_acm::types;
use groma_aws_core::parse_duration;

use super::AcmCertificate;

const DAY: u64 = 24 * 3600;

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

/// Whether it is time to renew a certificate that can be renewed.
pub(super) fn is_pending(model: &AcmCertificate, found: &types::CertificateDetail) -> bool {
    let Some(early) = model.early_renewal_duration.filled().and_then(before_end) else {
        return false;
    };
    if found.renewal_eligibility() != Some(&types::RenewalEligibility::Eligible) {
        return false;
    }
    let Some(end) = found.not_after().and_then(|end| u64::try_from(end.secs()).ok()) else {
        return false;
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now + early >= Duration::from_secs(end)
}

#[cfg(test)]
mod tests {
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
}
