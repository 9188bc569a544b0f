//! Validators of what RDS names things.

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

/// The family of a parameter group: an engine and its version, such as `mysql8.0`.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn parameter_group_family(text: &String) -> Checked {
    let is_family = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    match is_family {
        true => Ok(()),
        false => Err(format!(
            "It must be an engine and its version, such as \"mysql8.0\" or \"postgres15\", but is \
             {text:?}."
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
    fn families() {
        for family in ["mysql8.0", "postgres15", "oracle-ee-19", "aurora-postgresql15"] {
            assert!(ok(parameter_group_family, family), "{family}");
        }
        for family in ["mysql", "8.0", "MySQL8.0", "postgres 15", "", "my_sql8"] {
            assert!(!ok(parameter_group_family, family), "{family}");
        }
    }

    #[test]
    fn retentions() {
        assert!([7, 31, 62, 713, 731].iter().all(|d| insights_retention(d).is_ok()));
        assert!([1, 30, 744].iter().all(|d| insights_retention(d).is_err()));
    }
}
