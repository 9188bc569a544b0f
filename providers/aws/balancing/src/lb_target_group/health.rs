//! What must hold of the health check of a target group.

use groma_sdk::Problems;

use super::model::{LbTargetGroup, LbTargetGroupHealthCheck};
use super::{is_lambda, speaks_http};

/// Checks how targets are looked at.
pub(super) fn check(
    config: &LbTargetGroup,
    check: &LbTargetGroupHealthCheck,
    problems: &mut Problems,
) {
    if check.protocol.text() == "TCP" {
        check_tcp(config, check, problems);
    }
    check_times(config, check, problems);
    check_matcher(config, check, problems);
}

/// A check over TCP asks for nothing.
fn check_tcp(config: &LbTargetGroup, check: &LbTargetGroupHealthCheck, problems: &mut Problems) {
    for (name, set) in [("matcher", check.matcher.filled()), ("path", check.path.filled())] {
        if set.is_some() {
            problems.error(
                &format!("health_check.0.{name}"),
                "Invalid combination of arguments",
                format!("\"{name}\" cannot be set when the check's \"protocol\" is \"TCP\"."),
            );
        }
    }
    let with = match is_lambda(config) {
        true => Some(("target_type", "lambda")),
        false if speaks_http(config) => Some(("protocol", config.protocol.text())),
        false => None,
    };
    if let Some((name, value)) = with {
        problems.error(
            "health_check.0.protocol",
            "Invalid combination of arguments",
            format!("It cannot be \"TCP\" when \"{name}\" is {value:?}."),
        );
    }
}

/// A check must time out before the next one begins; load balancers for networks take both at once.
fn check_times(config: &LbTargetGroup, check: &LbTargetGroupHealthCheck, problems: &mut Problems) {
    let interval = match check.interval.is_null() {
        true => Some(30),
        false => check.interval.cloned(),
    };
    let (Some(interval), Some(timeout)) = (interval, check.timeout.cloned()) else { return };
    let strict = speaks_http(config);
    if timeout > interval || strict && timeout == interval {
        problems.error(
            "health_check.0.timeout",
            "Invalid value for \"timeout\"",
            format!(
                "A check must time out before the next one begins, but the timeout is {timeout} s \
                 and the interval {interval} s."
            ),
        );
    }
}

/// Codes are single ones, or ranges, of those that the kind of check knows.
fn check_matcher(
    config: &LbTargetGroup,
    check: &LbTargetGroupHealthCheck,
    problems: &mut Problems,
) {
    let Some(matcher) = check.matcher.filled() else { return };
    if config.protocol_version.is_unknown() || config.protocol.is_unknown() {
        return;
    }
    let grpc = config.protocol_version.text().eq_ignore_ascii_case("GRPC");
    let allowed = match (grpc, speaks_http(config) || is_lambda(config)) {
        (true, _) => 0..=99,
        (false, true) => 200..=499,
        (false, false) => 200..=599,
    };
    let is_code = |code: &str| {
        let digits = !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit());
        code.parse::<u16>().ok().filter(|n| digits && allowed.contains(n))
    };
    let ok = matcher.split(',').all(|part| match part.split_once('-') {
        Some((first, last)) => match (is_code(first), is_code(last)) {
            (Some(first), Some(last)) => first <= last,
            _ => false,
        },
        None => is_code(part).is_some(),
    });
    if !ok {
        problems.error(
            "health_check.0.matcher",
            "Invalid value for \"matcher\"",
            format!(
                "It must be codes from {first} to {last}, such as \"{first}\", \"{first},{other}\" or \
                 \"{first}-{other}\", but is {matcher:?}.",
                first = allowed.start(),
                last = allowed.end(),
                other = allowed.start() + 12,
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use groma_sdk::{Attr, Blocks};

    use super::*;

    fn group(protocol: &str) -> LbTargetGroup {
        LbTargetGroup {
            protocol: protocol.into(),
            port: 80_i64.into(),
            vpc_id: "vpc-1".into(),
            ..LbTargetGroup::default()
        }
    }

    fn problems_of(config: &LbTargetGroup) -> String {
        let mut problems = Problems::new();
        super::super::check::check(config, &mut problems);
        problems.into_diagnostics().to_string()
    }

    fn checked(protocol: &str, check: LbTargetGroupHealthCheck) -> String {
        problems_of(&LbTargetGroup { health_check: Blocks::one(check), ..group(protocol) })
    }

    #[test]
    fn checks_over_tcp_ask_for_no_path() {
        let check = LbTargetGroupHealthCheck {
            protocol: "TCP".into(),
            path: "/".into(),
            timeout: 40_i64.into(),
            ..LbTargetGroupHealthCheck::default()
        };
        let text = checked("HTTP", check);
        assert!(text.contains("\"path\" cannot be set"), "{text}");
        assert!(text.contains("\"protocol\" is \"HTTP\""), "{text}");
        assert!(text.contains("time out before"), "{text}");
    }

    #[test]
    fn checks_time_out_before_the_next() {
        let times = |interval: Attr<i64>, timeout: Attr<i64>| LbTargetGroupHealthCheck {
            interval,
            timeout,
            ..LbTargetGroupHealthCheck::default()
        };
        assert_eq!(checked("TCP", times(10_i64.into(), 10_i64.into())), "");
        assert!(checked("HTTP", times(10_i64.into(), 10_i64.into())).contains("time out before"));
        assert!(checked("TCP", times(Attr::Null, 31_i64.into())).contains("interval 30 s"));
        assert_eq!(checked("HTTP", times(Attr::Unknown, 100_i64.into())), "");
        assert_eq!(checked("HTTP", times(5_i64.into(), Attr::Unknown)), "");
    }

    #[test]
    fn codes_are_those_that_the_protocol_knows() {
        let codes = |matcher: &str| LbTargetGroupHealthCheck {
            matcher: matcher.into(),
            ..LbTargetGroupHealthCheck::default()
        };
        for good in ["200", "200-299", "200,202,300-399"] {
            assert_eq!(checked("HTTP", codes(good)), "", "{good}");
        }
        for bad in ["ok", "100", "299-200", "200,", "500", "200-"] {
            assert!(checked("HTTP", codes(bad)).contains("matcher"), "{bad}");
        }
        assert_eq!(checked("TCP", codes("599")), "");
        let grpc = |matcher: &str| {
            let health_check = Blocks::one(codes(matcher));
            let protocol_version = "GRPC".into();
            problems_of(&LbTargetGroup { health_check, protocol_version, ..group("HTTP") })
        };
        assert_eq!(grpc("0-99"), "");
        assert!(grpc("200").contains("from 0 to 99"));
    }
}
