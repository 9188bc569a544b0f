//! What must not last: ephemeral values where they would be stored, and write-only values in what
//! providers say.

use groma_addrs::AbsResourceInstance;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::Body;
use groma_schema::Block;
use groma_value::{Mark, Marks, Path, PathStep, Value};

use crate::run::locate;

/// Errors for all parts of a configuration that are ephemeral and would be stored. `marks` are
/// those of the configuration's `value`.
pub(crate) fn refuse_ephemeral(
    block: &Block,
    body: &Body,
    value: &Value,
    marks: &[(Path, Marks)],
    addr: &str,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if !marks.iter().any(|(_, marks)| marks.is_ephemeral()) {
        return diagnostics;
    }
    let write_only = block.write_only_paths(value);
    for (path, _) in marks.iter().filter(|(_, marks)| marks.is_ephemeral()) {
        if write_only.iter().any(|allowed| allowed.is_prefix_of(path)) {
            continue;
        }
        let detail = match name(path) {
            Some(name) => format!(
                "Ephemeral values are not valid for {name:?}, because it is not a write-only attribute and must be persisted to state."
            ),
            None => "Ephemeral values are not valid here, because the whole block must be persisted to state.".to_owned(),
        };
        let mut diagnostic = Diagnostic::error("Invalid use of ephemeral value", detail);
        diagnostic.attribute = Some(steps(block, path));
        diagnostic = locate(diagnostic, body, block);
        diagnostics.push(Diagnostic { address: Some(addr.to_owned()), ..diagnostic });
    }
    diagnostics
}

/// The attribute that a path leads to or into, as far as it is named without keys.
fn name(path: &Path) -> Option<&str> {
    match path.0.first()? {
        PathStep::Attribute(name) => Some(name),
        PathStep::Index(_) => None,
    }
}

/// The steps to the attribute, which may be in nested blocks: what it is made from may be meant as a
/// whole.
fn steps(block: &Block, path: &Path) -> Vec<groma_diag::AttributeStep> {
    use groma_diag::AttributeStep;
    let whole = match path.0.first() {
        Some(PathStep::Attribute(name)) if block.attributes.contains_key(name) => 1,
        _ => path.0.len(),
    };
    path.0[..whole]
        .iter()
        .map_while(|step| match step {
            PathStep::Attribute(name) => Some(AttributeStep::Attribute(name.to_string())),
            PathStep::Index(key) => match (key.as_str(), key.as_number()) {
                (Some(key), _) => Some(AttributeStep::Key(key.to_string())),
                (_, Some(number)) => number.as_i64().map(AttributeStep::Index),
                _ => None,
            },
        })
        .collect()
}

/// The marks that a configuration leaves on what is stored: write-only attributes may have been
/// given ephemeral values, and nothing of these is.
pub(crate) fn lasting_marks(marks: Vec<(Path, Marks)>) -> Vec<(Path, Marks)> {
    if !marks.iter().any(|(_, marks)| marks.is_ephemeral()) {
        return marks;
    }
    marks
        .into_iter()
        .map(|(path, marks)| (path, marks.without(&Mark::Ephemeral)))
        .filter(|(_, marks)| !marks.is_empty())
        .collect()
}

/// Errors for all write-only attributes of which a provider gives a value back. `when` is what it
/// has just done, as in "during refresh".
pub(crate) fn refuse_write_only(
    block: &Block,
    value: &Value,
    provider: &groma_addrs::Provider,
    addr: &AbsResourceInstance,
    when: &str,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if !block.has_write_only() {
        return diagnostics;
    }
    for path in block.write_only_paths(value) {
        if path.find(value).is_none_or(Value::is_null) {
            continue;
        }
        let detail = format!(
            "Provider {:?} returned a value for the write-only attribute \"{addr}{path}\" {when}. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker.",
            provider.to_string()
        );
        diagnostics.push(Diagnostic::error("Write-only attribute set", detail).on(addr));
    }
    diagnostics
}
