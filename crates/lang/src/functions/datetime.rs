//! Functions on points in time.

use groma_hcl::FunctionError;
use groma_value::{Type, Value};

use super::spec::{Builtin, Call, Outcome, fail_arg, function, string};
use super::timestamp::{Moment, parse_duration};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("timestamp")
            .returns(Type::String)
            .impure()
            .body(|_| Ok(Moment::from_unix(jiff::Timestamp::now().as_second()).to_string().into())),
        function("plantimestamp").returns(Type::String).body(|c| {
            Ok(match c.env.plan_timestamp {
                Some(at) => Moment::from_unix(at.as_second()).to_string().into(),
                None => Value::unknown(Type::String),
            })
        }),
        function("timeadd")
            .param(string("timestamp"))
            .param(string("duration"))
            .returns(Type::String)
            .body(|c| {
                let moment = Moment::parse(c.str(0)?).map_err(FunctionError::new)?;
                let nanos = parse_duration(c.str(1)?).map_err(FunctionError::new)?;
                Ok(moment.plus(nanos).to_string().into())
            }),
        function("timecmp")
            .param(string("timestamp_a"))
            .param(string("timestamp_b"))
            .returns(Type::Number)
            .body(|c| {
                let moment = |index| {
                    let parsed = Moment::parse_leniently(c.str(index)?);
                    parsed.map_err(|message| FunctionError::arg(index, message))
                };
                Ok(Value::from(moment(0)?.cmp(&moment(1)?) as i64))
            }),
        function("formatdate")
            .param(string("format"))
            .param(string("time"))
            .returns(Type::String)
            .body(|c| {
                let moment = moment(c, 1)?;
                format_date(c.str(0)?, &moment).map(Value::from)
            }),
    ]
}

fn moment(c: &Call<'_>, index: usize) -> Outcome<Moment> {
    Moment::parse(c.str(index)?).map_err(|message| FunctionError::arg(index, message))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn format_date(format: &str, moment: &Moment) -> Outcome<String> {
    let mut out = String::with_capacity(format.len() * 2);
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out)?;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|c| c != first).unwrap_or(rest.len());
            out.push_str(&verb(&rest[..end], first, moment)?);
            rest = &rest[end..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(out)
}

/// Text between single quotes; two of them stand for one.
fn quoted<'t>(text: &'t str, out: &mut String) -> Outcome<&'t str> {
    if let Some(rest) = text.strip_prefix("''") {
        out.push('\'');
        return Ok(rest);
    }
    let mut rest = &text[1..];
    loop {
        let Some(end) = rest.find('\'') else {
            return fail_arg(0, "unterminated literal '");
        };
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok(rest),
        }
    }
}

fn verb(token: &str, letter: char, moment: &Moment) -> Outcome<String> {
    let length = token.len();
    let either = |n: u32| match length {
        1 => Some(n.to_string()),
        2 => Some(format!("{n:02}")),
        _ => None,
    };
    let name = |name: &str| match length {
        3 => Some(name[..3].to_owned()),
        4 => Some(name.to_owned()),
        _ => None,
    };
    let twelve = (moment.hour + 11) % 12 + 1;
    let (shown, wanted) = match letter {
        'Y' => (
            match length {
                2 => Some(format!("{:02}", moment.year % 100)),
                4 => Some(format!("{:04}", moment.year)),
                _ => None,
            },
            "year must either be \"YY\" or \"YYYY\"",
        ),
        'M' => (
            either(moment.month).or_else(|| name(MONTHS[moment.month as usize - 1])),
            "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
        ),
        'D' => (either(moment.day), "day of month must either be \"D\" or \"DD\""),
        'E' => (name(DAYS[moment.weekday()]), "day of week must either be \"EEE\" or \"EEEE\""),
        'h' => (either(moment.hour), "24-hour must either be \"h\" or \"hh\""),
        'H' => (either(twelve), "12-hour must either be \"H\" or \"HH\""),
        'A' | 'a' => {
            let half = if moment.hour < 12 { "AM" } else { "PM" };
            let half = if letter == 'A' { half.to_owned() } else { half.to_lowercase() };
            let wanted = if letter == 'A' { "must be \"AA\"" } else { "must be \"aa\"" };
            ((length == 2).then_some(half), wanted)
        }
        'm' => (either(moment.minute), "minute must either be \"m\" or \"mm\""),
        's' => (either(moment.second), "second must either be \"s\" or \"ss\""),
        'Z' => (
            match length {
                1 => Some(moment.zone()),
                3 if moment.offset == 0 => Some("UTC".to_owned()),
                3 | 4 => Some(moment.numeric_zone("")),
                5 => Some(moment.numeric_zone(":")),
                _ => None,
            },
            "timezone must be Z, ZZZZ, or ZZZZZ",
        ),
        _ => return fail_arg(0, format!("invalid date format verb {token:?}")),
    };
    match shown {
        Some(shown) => Ok(shown),
        None => fail_arg(0, format!("invalid date format verb {token:?}: {wanted}")),
    }
}
