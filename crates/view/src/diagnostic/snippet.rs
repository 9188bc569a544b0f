//! The lines of source that a diagnostic is about.

use groma_diag::{Diagnostic, SourceRange};

use super::DiagnosticView;

/// The lines and what is pointed out in them.
#[derive(Clone, Debug)]
pub(super) struct Snippet {
    /// The header of the block around.
    pub(super) context: Option<String>,
    /// The lines.
    pub(super) code: String,
    /// The number of the first line.
    pub(super) start_line: u32,
    /// Where in the code that which is pointed out begins, in bytes.
    pub(super) highlight_start: usize,
    /// Where it ends.
    pub(super) highlight_end: usize,
}

/// The range to point out: never empty, so that there is something to see.
pub(super) fn highlight(subject: &SourceRange) -> SourceRange {
    let mut range = subject.clone();
    if range.end.byte < range.start.byte {
        range.end = range.start;
    }
    if range.end.byte == range.start.byte {
        range.end.byte = range.end.byte.saturating_add(1);
        range.end.column = range.end.column.saturating_add(1);
    }
    range
}

impl DiagnosticView<'_> {
    /// The lines that a diagnostic is about, if they are at hand.
    pub(super) fn snippet(&self, diagnostic: &Diagnostic) -> Option<Snippet> {
        let highlight = highlight(diagnostic.subject.as_ref()?);
        let text = self.sources.get(&highlight.filename)?;
        let around = match &diagnostic.context {
            Some(context) => SourceRange::between(&highlight, context),
            None => highlight.clone(),
        };
        let (from, to) = (around.start.byte as usize, around.end.byte as usize);
        let mut code = String::new();
        let mut code_start = None;
        let mut line_start = 0;
        for line in text.split('\n') {
            let line_end = line_start + line.len();
            // What reaches to the end of a line touches the next one, if there is anything in it.
            if line_start > to || (line_start == to && line_start > from && line.is_empty()) {
                break;
            }
            if line_end >= from {
                match code_start {
                    None => code_start = Some(line_start),
                    Some(_) => code.push('\n'),
                }
                code.push_str(line.strip_suffix('\r').unwrap_or(line));
            }
            line_start = line_end + 1;
        }
        let code_start = code_start.unwrap_or_default();
        let within = |byte: u32| {
            let mut at = (byte as usize).saturating_sub(code_start).min(code.len());
            while !code.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let highlight_start = within(highlight.start.byte);
        let highlight_end = within(highlight.end.byte).max(highlight_start);
        let context = highlight.start.byte.checked_sub(1);
        let context = context.and_then(|at| self.contexts(&highlight.filename, text).at(at));
        let start_line = around.start.line;
        Some(Snippet { context, code, start_line, highlight_start, highlight_end })
    }
}
