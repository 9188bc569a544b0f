//! What S3 wants of the times in lifecycle rules, in whichever form they are configured.

use groma_sdk::{Attr, Problems};

/// The least days that an object is kept before it may move to the infrequently accessed classes, and
/// that it stays there.
const LEAST: i64 = 30;

const INFREQUENT: &[&str] = &["STANDARD_IA", "ONEZONE_IA"];

/// Where objects move, and after how many days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a> {
    pub(crate) days: &'a Attr<i64>,
    pub(crate) class: &'a Attr<String>,
}

/// Checks the moves of a rule, which are in blocks of a name, and the days after which objects
/// expire, if they do. What is not known is no error.
pub(crate) fn check_moves(
    block: &str,
    moves: &[Move<'_>],
    expiration: Option<(&str, &Attr<i64>)>,
    problems: &mut Problems,
) {
    let infrequent = |m: &&Move<'_>| INFREQUENT.contains(&m.class.text());
    for (class, days) in moves.iter().filter(infrequent).map(|m| (m.class.text(), m.days)) {
        if let Some(days) = days.get().filter(|days| **days < LEAST) {
            problems.error(
                block,
                "Objects move too early",
                format!(
                    "S3 moves objects to {class} after {LEAST} days at the earliest, not after {days}."
                ),
            );
        }
    }
    for (class, days) in moves.iter().filter(infrequent).map(|m| (m.class.text(), m.days)) {
        let Some(days) = days.get() else { continue };
        let next = moves.iter().filter(|m| !infrequent(m)).filter_map(|m| {
            let after = m.days.get().filter(|after| **after > *days && **after < days + LEAST)?;
            Some((m.class.text(), after))
        });
        for (next, after) in next {
            problems.error(
                block,
                "Objects move too early",
                format!(
                    "Objects stay {LEAST} days in {class} at least: they cannot move there after \
                     {days} days and to {next} after {after}."
                ),
            );
        }
    }
    let Some((path, Some(expires))) = expiration.map(|(path, days)| (path, days.get())) else {
        return;
    };
    let last = moves.iter().filter_map(|m| m.days.get()).max();
    if let Some(last) = last.filter(|last| *expires > 0 && expires <= *last) {
        problems.error(
            path,
            "Objects expire before they move",
            format!(
                "Objects that move after {last} days must expire later than that, but expire after \
                 {expires}."
            ),
        );
    }
}

/// Days and dates must not be mixed in a rule.
pub(crate) fn check_mix(days: bool, dates: bool, problems: &mut Problems) {
    if days && dates {
        problems.error(
            "transition",
            "Days and dates are mixed",
            "S3 takes either days or dates in the transitions and the expiration of one rule. Use \
             one of them, or two rules.",
        );
    }
}

/// Days begin at midnight, and S3 moves objects at no other time.
pub(crate) fn midnight(text: &String) -> Result<(), String> {
    groma_aws_core::checks::timestamp(text)?;
    let time = text.split_once(['T', 't']).map(|(_, time)| time).unwrap_or_default();
    let whole = time.chars().take_while(|c| matches!(c, '0' | ':' | '.')).count();
    let zone = time.get(whole..).unwrap_or_default();
    match whole >= 8 && matches!(zone, "Z" | "z" | "+00:00" | "-00:00" | "+0:00") {
        true => Ok(()),
        // An offset other than zero may be midnight all the same: that is for S3 to say.
        false if zone.starts_with(['+', '-']) || zone.contains(['+', '-']) => Ok(()),
        false => Err(format!(
            "It must be midnight in UTC, such as 2026-01-02T00:00:00Z, but is {text:?}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(moves: &[(i64, &str)], expires: Option<i64>) -> String {
        let moves: Vec<(Attr<i64>, Attr<String>)> =
            moves.iter().map(|(days, class)| ((*days).into(), (*class).into())).collect();
        let moves: Vec<Move<'_>> = moves.iter().map(|(days, class)| Move { days, class }).collect();
        let expires = expires.map(Attr::Known);
        let mut problems = Problems::new();
        let expires = expires.as_ref().map(|e| ("expiration.0.days", e));
        check_moves("transition", &moves, expires, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn moves_come_in_their_order() {
        assert_eq!(told(&[(30, "STANDARD_IA"), (60, "GLACIER")], Some(90)), "");
        assert_eq!(told(&[(0, "GLACIER")], None), "");
        assert!(told(&[(29, "ONEZONE_IA")], None).contains("after 30 days at the earliest"));
        assert!(told(&[(30, "STANDARD_IA"), (50, "GLACIER")], None).contains("30 days in"));
        assert!(told(&[(60, "GLACIER")], Some(60)).contains("must expire later"));
        assert_eq!(told(&[], Some(1)), "");
    }

    #[test]
    fn what_is_not_known_is_no_error() {
        let (days, class) = (Attr::Unknown, "STANDARD_IA".into());
        let mut problems = Problems::new();
        let expires = Attr::Known(1);
        let moves = [Move { days: &days, class: &class }];
        check_moves("transition", &moves, Some(("expiration.0.days", &expires)), &mut problems);
        assert_eq!(problems.into_diagnostics().to_string(), "");
    }

    #[test]
    fn dates_are_midnights() {
        let check = |text: &str| midnight(&text.to_owned());
        for date in
            ["2026-01-02T00:00:00Z", "2026-01-02T00:00:00.000Z", "2026-01-02T01:00:00+01:00"]
        {
            assert_eq!(check(date), Ok(()), "{date}");
        }
        assert!(check("2026-01-02T10:00:00Z").is_err());
        assert!(check("2026-01-02").is_err());
    }
}
