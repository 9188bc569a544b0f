//! Bringing repeated warnings together.

use std::collections::HashMap;

use groma_diag::{Diagnostic, Severity};

/// A diagnostic, and how many others of its kind it stands for.
pub(super) struct Group<'a> {
    pub(super) first: &'a Diagnostic,
    pub(super) others: usize,
}

impl Group<'_> {
    /// The detail, with the number of others.
    pub(super) fn detail(&self) -> String {
        let detail = &self.first.detail;
        let others = match self.others {
            0 => return detail.clone(),
            1 => "(and one more similar warning elsewhere)".to_owned(),
            n => format!("(and {n} more similar warnings elsewhere)"),
        };
        if detail.is_empty() { others } else { format!("{detail}\n\n{others}") }
    }
}

/// Brings warnings with one summary together, where they have a place in the source: a language
/// feature that is on its way out may be in use all over a configuration.
pub(super) fn consolidate<'a>(diagnostics: &[&'a Diagnostic]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::with_capacity(diagnostics.len());
    let mut by_summary: HashMap<&str, usize> = HashMap::new();
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Warning && diagnostic.subject.is_some() {
            if let Some(at) = by_summary.get(&*diagnostic.summary) {
                groups[*at].others += 1;
                continue;
            }
            by_summary.insert(&diagnostic.summary, groups.len());
        }
        groups.push(Group { first: diagnostic, others: 0 });
    }
    groups
}
