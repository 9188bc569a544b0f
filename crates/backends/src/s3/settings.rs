//! Typed access to a decoded configuration, and checks of single settings.

use std::time::Duration;

use groma_diag::Diagnostics;
use groma_value::Value;

/// An object of the configuration.
pub(super) struct Settings<'a>(pub(super) Option<&'a Value>);

impl<'a> Settings<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|v| !v.is_null())
    }

    /// A string that is set and not empty.
    pub(super) fn string(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().filter(|s| !s.is_empty()).map(|s| s.to_string())
    }

    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_number()?.as_i64()
    }

    pub(super) fn strings(&self, name: &str) -> Vec<String> {
        let items = self.get(name).and_then(Value::as_sequence).unwrap_or_default();
        items.iter().filter_map(|v| v.as_str()).map(|s| s.to_string()).collect()
    }

    pub(super) fn map(&self, name: &str) -> Vec<(String, String)> {
        let Some(entries) = self.get(name).and_then(Value::as_entries) else { return Vec::new() };
        entries.iter().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect()
    }

    pub(super) fn object(&self, name: &str) -> Option<Settings<'a>> {
        self.get(name).map(|v| Settings(Some(v)))
    }

    /// Complains if more than one of these is set.
    pub(super) fn at_most_one(&self, names: &[&str], diagnostics: &mut Diagnostics) {
        if names.iter().filter(|n| self.get(n).is_some()).count() > 1 {
            diagnostics.error(
                "Invalid Attribute Combination",
                format!("Only one of {} can be set.", names.join(", ")),
            );
        }
    }
}

/// An URL with a scheme and a host.
pub(super) fn check_url(name: &str, url: &str, diagnostics: &mut Diagnostics) {
    let ok = url
        .split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && !rest.is_empty());
    if !ok {
        diagnostics.error(
            "Invalid Value",
            format!(
                "The value {url:?} of {name:?} is not an URL: it must begin with \"https://\" or \
                 \"http://\", followed by the host."
            ),
        );
    }
}

/// A duration such as `1h30m`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..]
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .map_or(rest.len(), |i| end + i);
        let seconds = match &rest[end..unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(amount * seconds).ok()?)?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(duration("900s"), Some(Duration::from_secs(900)));
        for text in ["", "5", "h", "1x", "1h5", "-1h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
