//! What AWS would refuse of instances and of clusters alike, told before anything is done.

use groma_sdk::{Attr, AttributeStep, Diagnostic, Diagnostics, Problems};

/// An error about an attribute.
pub(crate) fn wrong(attribute: &str, summary: &str, detail: &str) -> Diagnostics {
    let mut diagnostic = Diagnostic::error(summary, detail);
    diagnostic.attribute = Some(vec![AttributeStep::Attribute(attribute.to_owned())]);
    diagnostic.into()
}

/// A write-only password and its version, which only make sense together.
pub(crate) fn written_once(
    password: (&str, &Attr<String>),
    version: (&str, &Attr<i64>),
    problems: &mut Problems,
) {
    if password.1.is_null() == version.1.is_null() {
        return;
    }
    let (there, missing) = match version.1.is_null() {
        true => (password.0, version.0),
        false => (version.0, password.0),
    };
    problems.error(
        there,
        "Missing required argument",
        format!(
            "\"{there}\" needs \"{missing}\" as well: the version tells when the write-only \
             password is a new one."
        ),
    );
}

/// A choice of arguments in a nested block, one of which must be set.
pub(crate) fn one_of(at: &str, choice: &[(&str, bool)], problems: &mut Problems) {
    let names: Vec<String> = choice.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let names = names.join(", ");
    match choice.iter().filter(|(_, is_set)| *is_set).count() {
        0 => problems.error(at, "Missing required argument", format!("Set one of {names}.")),
        1 => {}
        _ => problems.error(
            at,
            "Invalid combination of arguments",
            format!("Set only one of {names}."),
        ),
    }
}

/// How an object is to be deleted.
pub(crate) struct Deletion<'a> {
    pub(crate) name: &'a str,
    pub(crate) protected: &'a Attr<bool>,
    pub(crate) skip_snapshot: bool,
    pub(crate) snapshot: &'a Attr<String>,
}

impl Deletion<'_> {
    /// Whether it may be deleted.
    pub(crate) fn check(&self) -> Result<(), Diagnostics> {
        if self.protected.is_true() {
            return Err(wrong(
                "deletion_protection",
                "Database is protected against deletion",
                &format!(
                    "AWS does not delete {} while its deletion protection is on. Set \
                     \"deletion_protection\" to false, apply that, and then delete it.",
                    self.name
                ),
            ));
        }
        self.check_snapshot()
    }

    /// Whether the last snapshot has a name, or none is wanted.
    pub(crate) fn check_snapshot(&self) -> Result<(), Diagnostics> {
        if self.skip_snapshot || self.snapshot.filled().is_some() {
            return Ok(());
        }
        Err(wrong(
            "final_snapshot_identifier",
            "final_snapshot_identifier is required when skip_final_snapshot is false",
            &format!(
                "The last snapshot of {} needs a name. Set \"final_snapshot_identifier\", or \
                 \"skip_final_snapshot\" to true, apply that, and then delete it.",
                self.name
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_need_a_name_for_the_snapshot_and_no_protection() {
        let (yes, no) = (Attr::Known(true), Attr::Known(false));
        let (none, name) = (Attr::Null, Attr::from("last"));
        let check = |protected, skip_snapshot, snapshot| {
            let deletion = Deletion { name: "main", protected, skip_snapshot, snapshot };
            let errors = deletion.check().err();
            errors.map(|e| e.to_string()).unwrap_or_default()
        };
        assert_eq!(check(&no, true, &none), "");
        assert_eq!(check(&no, false, &name), "");
        assert!(check(&no, false, &none).contains("final_snapshot_identifier is required"));
        assert!(check(&yes, true, &none).contains("deletion_protection"));
    }
}
