//! Points in time as RFC 3339 writes them, and durations.

use std::cmp::Ordering;
use std::fmt;

/// A point in time with the offset in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    nanosecond: u32,
    /// Seconds east of UTC.
    pub(super) offset: i64,
}

const DAY: i64 = 86_400;
const SECOND: i128 = 1_000_000_000;

/// Days since 1970 of a day of the Gregorian calendar.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn days_in(year: i64, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Moment {
    /// A point in time in UTC.
    pub(super) fn from_unix(seconds: i64) -> Moment {
        Moment::at(i128::from(seconds) * SECOND, 0)
    }

    fn at(nanos: i128, offset: i64) -> Moment {
        let local = nanos + i128::from(offset) * SECOND;
        let seconds = local.div_euclid(SECOND) as i64;
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let of_day = seconds.rem_euclid(DAY) as u32;
        Moment {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond: local.rem_euclid(SECOND) as u32,
            offset,
        }
    }

    fn nanos(&self) -> i128 {
        let days = days_from_civil(self.year, self.month, self.day);
        let of_day = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        i128::from(days * DAY + of_day - self.offset) * SECOND + i128::from(self.nanosecond)
    }

    /// So many nanoseconds later.
    pub(super) fn plus(&self, nanos: i64) -> Moment {
        Moment::at(self.nanos() + i128::from(nanos), self.offset)
    }

    /// The day of the week; Sunday is 0.
    pub(super) fn weekday(&self) -> usize {
        (days_from_civil(self.year, self.month, self.day) + 4).rem_euclid(7) as usize
    }

    /// `Z` or `+01:00`
    pub(super) fn zone(&self) -> String {
        if self.offset == 0 { "Z".to_owned() } else { self.numeric_zone(":") }
    }

    /// Hours and minutes of the offset.
    pub(super) fn numeric_zone(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    /// Reads a timestamp. The error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Moment, String> {
        Reader { rest: text, lenient: false }
            .moment()
            .map_err(|what| format!("not a valid RFC3339 timestamp{what}"))
    }

    /// The same for comparisons, which have always let more through: an hour of one digit, a
    /// decimal comma, and offsets of 24 hours and 60 minutes.
    pub(super) fn parse_leniently(text: &str) -> Result<Moment, String> {
        let lenient = Reader { rest: text, lenient: true }.moment();
        lenient.or_else(|_| Moment::parse(text))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos().cmp(&other.nanos())
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As RFC 3339 has it, without fractions of seconds.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.zone(),
        )
    }
}

struct Reader<'t> {
    rest: &'t str,
    lenient: bool,
}

impl Reader<'_> {
    fn moment(&mut self) -> Result<Moment, String> {
        let year = self.digits(4, "year")?;
        self.separator("-")?;
        let month = self.within(1, 12, "month")?;
        self.separator("-")?;
        let day = self.digits(2, "day of month")?;
        self.separator("T")?;
        let short = self.lenient && self.rest.as_bytes().get(1) == Some(&b':');
        let hour = match short {
            true => self.digits(1, "hour")?,
            false => self.within(0, 23, "hour")?,
        };
        self.separator(":")?;
        let minute = self.within(0, 59, "minute")?;
        self.separator(":")?;
        let second = self.within(0, 59, "second")?;
        let nanosecond = self.fraction();
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return Err(format!(": extra text: {:?}", self.rest));
        }
        if day < 1 || day > days_in(year.into(), month) {
            return Err(": day out of range".to_owned());
        }
        let year = i64::from(year);
        Ok(Moment { year, month, day, hour, minute, second, nanosecond, offset })
    }

    fn unusable(&self, what: &str) -> String {
        if self.rest.is_empty() {
            return format!(": end of string before {what}");
        }
        match what {
            "hour" if self.rest.contains(':') => {
                ": hour must be between 0 and 23 inclusive".to_owned()
            }
            "hour" | "minute" if self.rest.len() != 2 => {
                format!(": {what} must have exactly two digits")
            }
            _ => format!(": cannot use {:?} as {what}", self.rest),
        }
    }

    fn digits(&mut self, count: usize, what: &str) -> Result<u32, String> {
        match self.rest.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_digit())) {
            Some(digits) => {
                self.rest = &self.rest[count..];
                digits.parse().map_err(|_| self.unusable(what))
            }
            None if what == "hour" && self.rest.as_bytes().get(1) == Some(&b':') => {
                Err(": hour must have exactly two digits".to_owned())
            }
            None => Err(self.unusable(what)),
        }
    }

    /// Two digits that make a number of a range. What stands behind one beyond is what the message
    /// tells.
    fn within(&mut self, least: u32, most: u32, what: &str) -> Result<u32, String> {
        let number = self.digits(2, what)?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(self.unusable(what)) }
    }

    fn separator(&mut self, separator: &str) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix(separator) {
            self.rest = rest;
            return Ok(());
        }
        Err(match (separator, self.rest) {
            ("T", _) => ": missing required time introducer 'T'".to_owned(),
            (_, "") => format!(": end of string where {separator:?} is expected"),
            (_, rest) => format!(": found {rest:?} where {separator:?} is expected"),
        })
    }

    fn fraction(&mut self) -> u32 {
        let point = |c| c == '.' || self.lenient && c == ',';
        let Some(rest) = self.rest.strip_prefix(point) else { return 0 };
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return 0;
        }
        self.rest = &rest[end..];
        let digits: String = rest[..end].chars().chain("000000000".chars()).take(9).collect();
        digits.parse().unwrap_or(0)
    }

    fn offset(&mut self) -> Result<i64, String> {
        const WHAT: &str = "UTC offset";
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let (most_hours, most_minutes) = if self.lenient { (24, 60) } else { (23, 59) };
        let parsed = self.rest.get(..6).and_then(|text| {
            let sign = match text.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let (hours, minutes) = text.get(1..)?.split_once(':')?;
            let number = |s: &str| {
                let digits = s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
                digits.then(|| s.parse::<i64>().ok()).flatten()
            };
            let (hours, minutes) = (number(hours)?, number(minutes)?);
            (hours <= most_hours && minutes <= most_minutes)
                .then_some(sign * (hours * 3600 + minutes * 60))
        });
        match parsed {
            Some(offset) => {
                self.rest = &self.rest[6..];
                Ok(offset)
            }
            None => Err(self.unusable(WHAT)),
        }
    }
}

/// Nanoseconds of a duration such as `-1.5h` or `1h30m`.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(end);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => {
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                after.split_at(end)
            }
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let nanos: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let whole: i128 =
            if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        // Digits beyond these are less than a nanosecond.
        let digits = fraction.get(..fraction.len().min(18)).unwrap_or_default();
        let part: i128 =
            if digits.is_empty() { 0 } else { digits.parse().map_err(|_| invalid())? };
        let part = part * nanos / 10_i128.pow(digits.len() as u32);
        total = whole
            .checked_mul(nanos)
            .and_then(|n| n.checked_add(part))
            .and_then(|n| n.checked_add(total))
            .ok_or_else(invalid)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_moved() {
        let moved = |text: &str, duration: &str| {
            let moment = Moment::parse(text).unwrap_or_else(|e| panic!("{text}{e}"));
            moment.plus(parse_duration(duration).unwrap_or_else(|e| panic!("{e}"))).to_string()
        };
        assert_eq!(moved("2020-02-28T23:00:00+01:00", "2h"), "2020-02-29T01:00:00+01:00");
        assert_eq!(moved("0001-01-01T00:00:00Z", "-1s"), "0000-12-31T23:59:59Z");
        assert_eq!(moved("9999-12-31T23:59:59Z", "1s"), "10000-01-01T00:00:00Z");
        assert_eq!(moved("2017-11-22T00:00:00.5Z", "1.5s"), "2017-11-22T00:00:02Z");
    }

    #[test]
    fn every_day_comes_back() {
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(Moment::from_unix(0).weekday(), 4);
    }
}
