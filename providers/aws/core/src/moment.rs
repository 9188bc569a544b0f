//! Moments as configurations and states have them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use groma_sdk::{Attr, Diagnostic, Diagnostics};

/// A moment as states have it, without fractions of a second. Null for none.
pub fn moment(at: Option<&DateTime>) -> Attr<String> {
    // Only years with more than four digits have no such text.
    at.and_then(|at| DateTime::from_secs(at.secs()).fmt(Format::DateTime).ok()).into()
}

/// The moment that a configuration gives as RFC 3339 writes it; none if it gives none.
pub fn configured_moment(text: &Attr<String>) -> Result<Option<DateTime>, Diagnostics> {
    let Some(text) = text.filled() else { return Ok(None) };
    DateTime::from_str(text, Format::DateTimeWithOffset).map(Some).map_err(|e| {
        let detail = format!(
            "{text:?} is not a time in RFC 3339 form, such as \"2026-01-02T03:04:05Z\": {e}."
        );
        Diagnostic::error("Invalid time", detail).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read() {
        let at = configured_moment(&"2026-01-02T05:04:05.25+02:00".into()).ok().flatten();
        assert_eq!(moment(at.as_ref()).as_str(), Some("2026-01-02T03:04:05Z"));
        assert_eq!(moment(None), Attr::Null);
        assert!(configured_moment(&"".into()).is_ok_and(|at| at.is_none()));
        assert!(configured_moment(&"tomorrow".into()).is_err());
    }
}
