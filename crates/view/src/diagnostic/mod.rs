//! Diagnostics, for people and for programs.

mod consolidate;
mod context;
mod human;
mod json;
mod order;
mod snippet;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Severity, SourceMap};

use crate::Style;
use consolidate::{Group, consolidate};
use context::Contexts;

pub use json::{DiagnosticJson, write_validation};

/// How diagnostics are shown to people.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosticOptions {
    /// The colours. With colours, each diagnostic has a line on its left.
    pub style: Style,
    /// The width of the terminal; 0 for lines that are never broken.
    pub width: usize,
    /// Only the summaries of warnings, if there are no errors.
    pub compact_warnings: bool,
}

/// A piece of text, and whether it is about warnings or errors: these go to different streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagnosticText {
    /// Warnings or errors.
    pub severity: Severity,
    /// The text, with line breaks around it as they belong.
    pub text: String,
}

/// Shows diagnostics with the sources that they point into.
pub struct DiagnosticView<'a> {
    sources: &'a SourceMap,
    contexts: RefCell<HashMap<Arc<str>, Arc<Contexts>>>,
}

impl<'a> DiagnosticView<'a> {
    /// A view on these sources.
    pub fn new(sources: &'a SourceMap) -> DiagnosticView<'a> {
        DiagnosticView { sources, contexts: RefCell::default() }
    }

    /// All diagnostics as people read them: sorted, with repeated warnings brought together.
    pub fn human(
        &self,
        diagnostics: &Diagnostics,
        options: &DiagnosticOptions,
    ) -> Vec<DiagnosticText> {
        let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
        sorted.sort_by(|a, b| order::compare(a, b));
        let groups = consolidate(&sorted);
        if options.compact_warnings && !groups.is_empty() && !diagnostics.has_errors() {
            let text = human::compact(&groups, options.style);
            return vec![DiagnosticText { severity: Severity::Warning, text }];
        }
        let text = |group: &Group<'_>| DiagnosticText {
            severity: group.first.severity,
            text: self.human_group(group, options),
        };
        groups.iter().map(text).collect()
    }

    /// One diagnostic as people read it.
    pub fn human_one(&self, diagnostic: &Diagnostic, options: &DiagnosticOptions) -> String {
        self.human_group(&Group { first: diagnostic, others: 0 }, options)
    }

    fn human_group(&self, group: &Group<'_>, options: &DiagnosticOptions) -> String {
        let snippet = self.snippet(group.first);
        human::write(group, snippet.as_ref(), options)
    }

    /// One diagnostic as programs read it.
    pub fn json(&self, diagnostic: &Diagnostic) -> DiagnosticJson {
        DiagnosticJson::new(diagnostic, self.snippet(diagnostic))
    }

    fn contexts(&self, filename: &Arc<str>, text: &str) -> Arc<Contexts> {
        let mut known = self.contexts.borrow_mut();
        let contexts = known.entry(filename.clone());
        contexts.or_insert_with(|| Arc::new(Contexts::of(filename, text))).clone()
    }
}
