//! What engines take as names of users and databases, and as passwords.

use groma_sdk::{Attr, Problems};

/// The rules of an engine. The most that any version takes: what is refused here is refused by all.
struct Rules {
    password: usize,
    user: usize,
    database: usize,
}

/// The rules of an engine; of one that is not known, those of the most generous.
fn rules(engine: &str) -> Rules {
    let engine = engine.to_ascii_lowercase();
    let of = |names: &[&str]| names.iter().any(|name| engine.contains(name));
    if of(&["mysql", "mariadb"]) {
        Rules { password: 41, user: 32, database: 64 }
    } else if of(&["postgres"]) {
        Rules { password: 128, user: 63, database: 63 }
    } else if of(&["oracle"]) {
        Rules { password: 30, user: 30, database: 8 }
    } else if of(&["sqlserver"]) {
        Rules { password: 128, user: 128, database: 0 }
    } else {
        Rules { password: 255, user: 128, database: 64 }
    }
}

/// A password; what is said of it does not tell it.
pub(crate) fn password(
    name: &str,
    engine: &Attr<String>,
    password: &Attr<String>,
    problems: &mut Problems,
) {
    let Some(password) = password.filled() else { return };
    let (length, most) = (password.chars().count(), rules(engine.text()).password);
    let fault = if length < 8 {
        format!("has {length} characters, but must have at least 8.")
    } else if length > most {
        format!("has {length} characters, but may have at most {most} for this engine.")
    } else if !password.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '@' | '"')) {
        "may have printable ASCII characters only, except \"/\", \"@\", double quotes and spaces."
            .to_owned()
    } else {
        return;
    };
    problems.error(name, format!("Invalid value for \"{name}\""), format!("The password {fault}"));
}

/// The name of the master user.
pub(crate) fn user(
    name: &str,
    engine: &Attr<String>,
    user: &Attr<String>,
    problems: &mut Problems,
) {
    let Some(user) = user.filled() else { return };
    let most = rules(engine.text()).user;
    let is_reserved = user.eq_ignore_ascii_case("rdsadmin")
        || engine.text().contains("postgres") && user.eq_ignore_ascii_case("admin");
    let fault = if is_reserved {
        "is a name that the engine keeps for itself. Choose another one."
    } else if !user.starts_with(|c: char| c.is_ascii_alphabetic()) {
        "must begin with a letter."
    } else if user.chars().count() > most {
        "is longer than the engine takes."
    } else {
        return;
    };
    let summary = format!("Invalid value for \"{name}\"");
    problems.error(name, summary, format!("The name of the master user {user:?} {fault}"));
}

/// The name of the first database.
pub(crate) fn database(
    name: &str,
    engine: &Attr<String>,
    database: &Attr<String>,
    problems: &mut Problems,
) {
    let (Some(database), Some(engine)) = (database.filled(), engine.filled()) else { return };
    let most = rules(engine).database;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let fault = if most == 0 {
        format!("cannot be set: {engine} makes no database. Remove the argument.")
    } else if database.chars().count() > most {
        format!("may have at most {most} characters for {engine}.")
    } else if engine.contains("postgres") && !database.chars().all(is_plain) {
        "may have letters, digits and underscores only.".to_owned()
    } else {
        return;
    };
    let summary = format!("Invalid value for \"{name}\"");
    problems.error(name, summary, format!("The name of the database {database:?} {fault}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: impl Fn(&mut Problems)) -> String {
        let mut problems = Problems::new();
        check(&mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn passwords_are_checked_and_not_told() {
        let of = |engine: &str, text: &str| {
            found(|p| password("password", &engine.into(), &text.into(), p))
        };
        assert_eq!(of("mysql", "correct-horse"), "");
        for (engine, text) in [
            ("postgres", "short"),
            ("mysql", "a-password-that-is-longer-than-mysql-takes"),
            ("oracle-ee", "a-password-longer-than-oracle-has"),
            ("postgres", "correct/horse"),
            ("postgres", "correct horse"),
            ("postgres", "correct@horse"),
            ("", "corréct-horse"),
        ] {
            let said = of(engine, text);
            assert!(said.contains("The password") && !said.contains(text), "{engine}: {said}");
        }
        // An engine that is not known may be one that takes more.
        assert_eq!(of("", &"x".repeat(100)), "");
        assert_eq!(found(|p| password("password", &Attr::Null, &Attr::Unknown, p)), "");
    }

    #[test]
    fn names_are_those_that_engines_take() {
        let of =
            |engine: &str, text: &str| found(|p| user("username", &engine.into(), &text.into(), p));
        assert_eq!(of("mysql", "admin"), "");
        assert!(of("postgres", "admin").contains("keeps for itself"));
        assert!(of("", "1st").contains("begin with a letter"));
        assert!(of("mysql", &"x".repeat(33)).contains("longer"));
        let of = |engine: &str, text: &str| {
            found(|p| database("db_name", &engine.into(), &text.into(), p))
        };
        assert_eq!(of("postgres", "the_app"), "");
        assert!(of("postgres", "the-app").contains("underscores"));
        assert!(of("oracle-ee", "application").contains("at most 8"));
        assert!(of("sqlserver-ex", "app").contains("makes no database"));
        assert_eq!(of("", "the-app"), "");
    }
}
