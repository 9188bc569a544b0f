//! How long operations may take, as a resource's `timeouts` block says it.

use std::time::Duration;

use super::Attr;

/// Makes the model of a `timeouts` block: for each operation an optional attribute with a duration,
/// and a function of the same name that gives the configured time, or the usual one.
///
/// ```
/// use std::time::Duration;
/// use groma_sdk::{Attr, Blocks, Model, timeouts};
///
/// timeouts! {
///     /// How long a volume may take.
///     struct VolumeTimeouts {
///         create: Duration::from_secs(300),
///         delete: Duration::from_secs(60),
///     }
/// }
///
/// #[derive(Clone, Debug, Default, PartialEq, Model)]
/// struct Volume {
///     #[attr(computed)]
///     id: Attr<String>,
///     #[block(single)]
///     timeouts: Blocks<VolumeTimeouts>,
/// }
///
/// let mut volume = Volume::default();
/// assert_eq!(VolumeTimeouts::create(&volume.timeouts), Duration::from_secs(300));
/// volume.timeouts = Blocks::one(VolumeTimeouts { create: "1h30m".into(), ..Default::default() });
/// assert_eq!(VolumeTimeouts::create(&volume.timeouts), Duration::from_secs(5400));
/// assert_eq!(VolumeTimeouts::delete(&volume.timeouts), Duration::from_secs(60));
/// ```
#[macro_export]
macro_rules! timeouts {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$doc:meta])* $operation:ident: $usual:expr),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, $crate::Model)]
        $visibility struct $name {
            $(
                $(#[$doc])*
                #[attr(optional, check = $crate::model::checks::duration)]
                $visibility $operation: $crate::Attr<String>,
            )+
        }

        impl $name {
            $(
                /// The configured time, or the usual one.
                $visibility fn $operation(configured: &$crate::Blocks<Self>) -> ::std::time::Duration {
                    match configured.first() {
                        Some(block) => $crate::model::timeout_of(&block.$operation, $usual),
                        None => $usual,
                    }
                }
            )+
        }
    };
}

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
}
