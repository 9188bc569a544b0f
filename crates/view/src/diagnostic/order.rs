//! The order in which people read diagnostics.

use std::cmp::Ordering;

use groma_diag::{Diagnostic, SourceRange};

/// Warnings first, so that errors are last on the screen; then by place.
pub(super) fn compare(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    a.severity
        .cmp(&b.severity)
        .then_with(|| a.subject.is_some().cmp(&b.subject.is_some()))
        .then_with(|| match (&a.subject, &b.subject) {
            (Some(a), Some(b)) => compare_places(a, b),
            _ => Ordering::Equal,
        })
}

fn compare_places(a: &SourceRange, b: &SourceRange) -> Ordering {
    let depth = |range: &SourceRange| range.filename.matches('/').count();
    depth(a)
        .cmp(&depth(b))
        .then_with(|| a.filename.cmp(&b.filename))
        .then_with(|| (a.start.byte, a.end.byte).cmp(&(b.start.byte, b.end.byte)))
}
