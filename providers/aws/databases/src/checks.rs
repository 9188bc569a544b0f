//! Validators of what RDS names things, and of its windows of time.

type Checked = Result<(), String>;

/// The identifier of an instance, a cluster or a snapshot: lower-case letters, digits and hyphens,
/// beginning with a letter.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn identifier(text: &String) -> Checked {
    identifier_prefix(text)?;
    if text.ends_with('-') {
        return Err(format!("It must not end with a hyphen, but is {text:?}."));
    }
    Ok(())
}

/// What an identifier begins with.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn identifier_prefix(text: &String) -> Checked {
    begins_with_letter(text)?;
    only(text, "lower-case letters, digits and hyphens", |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
    })?;
    no_double_hyphen(text)?;
    at_most(text, 63)
}

/// The name of a final snapshot.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn snapshot_identifier(text: &String) -> Checked {
    begins_with_letter(text)?;
    only(text, "letters, digits and hyphens", |c| c.is_ascii_alphanumeric() || c == '-')?;
    no_double_hyphen(text)?;
    if text.ends_with('-') {
        return Err(format!("It must not end with a hyphen, but is {text:?}."));
    }
    at_most(text, 255)
}

/// The name of a subnet group.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn subnet_group_name(text: &String) -> Checked {
    only(text, "lower-case letters, digits, hyphens, underscores, periods and spaces", |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' ')
    })?;
    if text.eq_ignore_ascii_case("default") {
        return Err("The name \"default\" is kept for the group of AWS itself.".to_owned());
    }
    at_most(text, 255)
}

/// The name of a parameter group.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn parameter_group_name(text: &String) -> Checked {
    begins_with_letter(text)?;
    only(text, "lower-case letters, digits, periods and hyphens", |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.')
    })?;
    no_double_hyphen(text)?;
    if text.ends_with('-') {
        return Err(format!("It must not end with a hyphen, but is {text:?}."));
    }
    at_most(text, 255)
}

/// What the name of a parameter group begins with.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn parameter_group_prefix(text: &String) -> Checked {
    begins_with_letter(text)?;
    only(text, "lower-case letters, digits and hyphens", |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
    })?;
    at_most(text, 226)
}

/// A window of each day, such as `03:00-04:00`; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn daily_window(text: &String) -> Checked {
    let is_window = text.split_once('-').is_some_and(|(a, b)| is_time(a) && is_time(b));
    match text.is_empty() || is_window {
        true => Ok(()),
        false => Err(format!(
            "It must be a window of time in UTC such as \"03:00-04:00\", but is {text:?}."
        )),
    }
}

/// A window of each week, such as `sun:04:30-sun:05:30`; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn weekly_window(text: &String) -> Checked {
    let is_window = text.split_once('-').is_some_and(|(a, b)| is_day_time(a) && is_day_time(b));
    match text.is_empty() || is_window {
        true => Ok(()),
        false => Err(format!(
            "It must be a window of time in UTC such as \"sun:04:30-sun:05:30\", but is {text:?}."
        )),
    }
}

/// How long Performance Insights keeps what it measured: 7 days, 731, or whole months of 31.
pub(crate) fn insights_retention(days: &i64) -> Checked {
    let months = days % 31 == 0 && (1..=23).contains(&(days / 31));
    match *days == 0 || *days == 7 || *days == 731 || months {
        true => Ok(()),
        false => {
            Err(format!("It must be 7, 731, or a multiple of 31 from 31 to 713, but is {days}."))
        }
    }
}

/// The instance profile of RDS Custom.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn custom_profile(text: &String) -> Checked {
    match text.starts_with("AWSRDSCustom") && text.len() <= 136 {
        true => Ok(()),
        false => Err(format!(
            "It must begin with AWSRDSCustom (136 characters at most), but is {text:?}."
        )),
    }
}

/// An engine of clusters.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn cluster_engine(text: &String) -> Checked {
    let known = ["aurora-mysql", "aurora-postgresql", "mysql", "postgres"];
    match known.contains(&text.as_str()) || text.starts_with("custom-") {
        true => Ok(()),
        false => Err(format!(
            "It must be one of {}, or begin with \"custom-\", but is {text:?}.",
            known.join(", ")
        )),
    }
}

/// Whether two texts differ at most in case; for `#[attr(same = …)]`.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
pub(crate) fn same_ignoring_case(a: &String, b: &String) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn begins_with_letter(text: &str) -> Checked {
    match text.chars().next() {
        Some(c) if !c.is_ascii_alphabetic() => {
            Err(format!("It must begin with a letter, but is {text:?}."))
        }
        _ => Ok(()),
    }
}

fn no_double_hyphen(text: &str) -> Checked {
    match text.contains("--") {
        true => Err(format!("It must not have two hyphens in a row, but is {text:?}.")),
        false => Ok(()),
    }
}

fn only(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Checked {
    match text.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(format!("It may have {what}, but {text:?} has {c:?}.")),
        None => Ok(()),
    }
}

fn at_most(text: &str, most: usize) -> Checked {
    match text.len() > most {
        true => Err(format!("It must have at most {most} characters, but has {}.", text.len())),
        false => Ok(()),
    }
}

fn is_time(text: &str) -> bool {
    let number = |s: &str, end: u8| {
        s.len() == 2
            && s.bytes().all(|b| b.is_ascii_digit())
            && s.parse().is_ok_and(|n: u8| n < end)
    };
    text.split_once(':').is_some_and(|(h, m)| number(h, 24) && number(m, 60))
}

fn is_day_time(text: &str) -> bool {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    text.split_once(':').is_some_and(|(day, time)| {
        days.iter().any(|d| d.eq_ignore_ascii_case(day)) && is_time(time)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(check: impl Fn(&String) -> Checked, text: &str) -> bool {
        check(&text.to_owned()).is_ok()
    }

    #[test]
    fn identifiers() {
        assert!(ok(identifier, "web-db-1"));
        for text in ["1web", "Web", "web-", "we--b", "web_db"] {
            assert!(!ok(identifier, text), "{text}");
        }
        assert!(ok(identifier_prefix, "web-"));
        assert!(ok(snapshot_identifier, "Final-1") && !ok(snapshot_identifier, "final_1"));
        assert!(ok(subnet_group_name, "a b_c.d") && !ok(subnet_group_name, "Default"));
        assert!(ok(parameter_group_name, "pg.15") && !ok(parameter_group_name, "15"));
    }

    #[test]
    fn windows() {
        assert!(ok(daily_window, "03:00-04:00") && ok(daily_window, ""));
        assert!(!ok(daily_window, "3:00-4:00") && !ok(daily_window, "03:00-24:00"));
        assert!(ok(weekly_window, "sun:04:30-Mon:05:30"));
        assert!(!ok(weekly_window, "04:30-05:30") && !ok(weekly_window, "sunday:04:30-sun:05:30"));
        assert!([7, 31, 62, 713, 731].iter().all(|d| insights_retention(d).is_ok()));
        assert!([1, 30, 744].iter().all(|d| insights_retention(d).is_err()));
    }
}
