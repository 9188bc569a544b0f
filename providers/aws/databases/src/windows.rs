//! Windows of time: of each day for backups, of each week for maintenance.

use groma_sdk::{Attr, Problems};

type Checked = Result<(), String>;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// The shortest window that the service takes, in minutes.
const SHORTEST: u32 = 30;

/// A window in minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    begin: u32,
    length: u32,
}

/// A window of each day, such as `03:00-04:00`; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn daily_window(text: &String) -> Checked {
    match text.is_empty() || daily(text).is_some() {
        true => Ok(()),
        false => Err(format!(
            "It must be a window of time in UTC such as \"03:00-04:00\", but is {text:?}."
        )),
    }
}

/// A window of each week, such as `sun:04:30-sun:05:30`; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn weekly_window(text: &String) -> Checked {
    match text.is_empty() || weekly(text).is_some() {
        true => Ok(()),
        false => Err(format!(
            "It must be a window of time in UTC such as \"sun:04:30-sun:05:30\", but is {text:?}."
        )),
    }
}

/// Windows that are too short, and those that meet: no backup is made during maintenance.
pub(crate) fn check(
    backup: (&str, &Attr<String>),
    maintenance: (&str, &Attr<String>),
    problems: &mut Problems,
) {
    let day = backup.1.filled().and_then(daily);
    let week = maintenance.1.filled().and_then(weekly);
    for (name, window) in [(backup.0, day), (maintenance.0, week)] {
        if let Some(window) = window
            && window.length < SHORTEST
        {
            problems.error(
                name,
                format!("Invalid value for \"{name}\""),
                format!(
                    "The window has {} minutes, but must have at least {SHORTEST}.",
                    window.length
                ),
            );
        }
    }
    if let (Some(day), Some(week)) = (day, week)
        && meet(day, week)
    {
        problems.error(
            maintenance.0,
            "Windows of backups and of maintenance overlap",
            format!(
                "Backups are made at {} every day, which is within the window of maintenance {}. AWS \
                 refuses windows that overlap: move one of them.",
                backup.1.text(),
                maintenance.1.text()
            ),
        );
    }
}

/// Whether the window of a day meets that of a week on any day.
fn meet(day: Window, week: Window) -> bool {
    (0..7).any(|d| {
        let begin = d * DAY + day.begin;
        // How long after the beginning of one the other begins, around the week.
        let after = |a: u32, b: u32| (b + WEEK - a) % WEEK;
        after(week.begin, begin) < week.length || after(begin, week.begin) < day.length
    })
}

fn daily(text: &str) -> Option<Window> {
    let (begin, end) = text.split_once('-')?;
    let (begin, end) = (minutes(begin)?, minutes(end)?);
    Some(Window { begin, length: (end + DAY - begin) % DAY })
}

fn weekly(text: &str) -> Option<Window> {
    let (begin, end) = text.split_once('-')?;
    let (begin, end) = (minutes_of_week(begin)?, minutes_of_week(end)?);
    Some(Window { begin, length: (end + WEEK - begin) % WEEK })
}

fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, end: u32| {
        let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n: &u32| is_number && *n < end)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

fn minutes_of_week(text: &str) -> Option<u32> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (day, time) = text.split_once(':')?;
    let day = DAYS.iter().position(|d| d.eq_ignore_ascii_case(day))?;
    Some(u32::try_from(day).ok()? * DAY + minutes(time)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read() {
        let (day, week) =
            (|t: &str| daily_window(&t.to_owned()), |t: &str| weekly_window(&t.to_owned()));
        assert!(day("03:00-04:00").is_ok() && day("").is_ok() && day("23:30-00:30").is_ok());
        assert!(day("3:00-4:00").is_err() && day("03:00-24:00").is_err());
        assert!(week("sun:04:30-Mon:05:30").is_ok());
        assert!(week("04:30-05:30").is_err() && week("sunday:04:30-sun:05:30").is_err());
        assert_eq!(daily("23:30-00:30"), Some(Window { begin: 1410, length: 60 }));
        assert_eq!(weekly("sun:23:00-mon:00:00").map(|w| w.length), Some(60));
    }

    fn problems(backup: &str, maintenance: &str) -> usize {
        let mut problems = Problems::new();
        let (backup, maintenance) = (backup.into(), maintenance.into());
        check(("backup_window", &backup), ("maintenance_window", &maintenance), &mut problems);
        problems.into_diagnostics().iter().count()
    }

    #[test]
    fn windows_must_not_meet() {
        for (backup, maintenance) in [
            ("04:00-05:00", "sun:04:30-sun:05:30"),
            ("04:30-05:00", "sun:04:00-sun:06:00"),
            ("23:30-00:30", "mon:00:00-mon:00:30"),
            ("12:00-12:30", "sat:23:00-mon:23:00"),
        ] {
            assert_eq!(problems(backup, maintenance), 1, "{backup} {maintenance}");
        }
        for (backup, maintenance) in [
            ("03:30-04:30", "sun:04:30-sun:05:30"),
            ("05:30-06:00", "sun:04:30-sun:05:30"),
            ("23:30-00:00", "mon:00:00-mon:00:30"),
            ("", "sun:04:30-sun:05:30"),
        ] {
            assert_eq!(problems(backup, maintenance), 0, "{backup} {maintenance}");
        }
    }

    #[test]
    fn windows_must_be_long_enough() {
        assert_eq!(problems("03:00-03:29", ""), 1);
        assert_eq!(problems("", "mon:03:00-mon:03:10"), 1);
        // From a time to the same one is no time at all.
        assert_eq!(problems("03:00-03:00", ""), 1);
    }
}
