//! Durations in words.

use std::time::Duration;

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
    fn durations_are_written_shortly() {
        assert_eq!(short(Duration::from_secs(5400)), "1h30m");
        assert_eq!(short(Duration::from_secs(61)), "1m1s");
        assert_eq!(short(Duration::from_millis(20)), "20ms");
    }
}
