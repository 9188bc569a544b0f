//! Durations as configurations write them.

use std::time::Duration;

use groma_sdk::Attr;

/// The time that a resource's `timeouts` block gives for an operation, or the usual one, where it
/// gives none. What is not a duration was refused when the configuration was checked.
pub fn timeout_of(configured: &Attr<String>, usual: Duration) -> Duration {
    configured.as_str().and_then(parse_duration).unwrap_or(usual)
}

/// Reads a duration as Go writes it, such as `1h30m`, `90s` or `1.5m`. `None` if it is not one.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
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
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(amount * seconds).ok()?)?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

/// A duration in words as short as possible, such as `1h30m` or `250ms`.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds == 0 {
        return format!("{}ms", duration.as_millis());
    }
    let mut text = String::new();
    for (unit, size) in [("h", 3600), ("m", 60), ("s", 1)] {
        let amount = match unit {
            "h" => seconds / size,
            "m" => seconds % 3600 / size,
            _ => seconds % 60,
        };
        if amount > 0 {
            text.push_str(&format!("{amount}{unit}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("900s"), Some(Duration::from_secs(900)));
        assert_eq!(parse_duration("0"), Some(Duration::ZERO));
        for text in ["", "5", "h", "1x", "1h5", "-1h", "1.2.3s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_written_shortly() {
        assert_eq!(short(Duration::from_secs(5400)), "1h30m");
        assert_eq!(short(Duration::from_secs(61)), "1m1s");
        assert_eq!(short(Duration::from_millis(20)), "20ms");
    }
}
