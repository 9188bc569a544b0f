//! Diagnostics as people read them.

use std::fmt::Write;

use groma_diag::{Diagnostic, ExpressionValue, Severity};

use super::DiagnosticOptions;
use super::consolidate::Group;
use super::snippet::Snippet;
use crate::Style;
use crate::text::wrap_to;

/// A diagnostic: in a box where there are colours, else with an empty line above it.
pub(super) fn write(
    group: &Group<'_>,
    snippet: Option<&Snippet>,
    options: &DiagnosticOptions,
) -> String {
    let style = options.style;
    let diagnostic = group.first;
    let mut text = String::new();
    let heading = match diagnostic.severity {
        Severity::Error => style.bold_red("Error:"),
        Severity::Warning => style.bold_yellow("Warning:"),
    };
    let _ = writeln!(text, "{heading} {}\n", style.bold(&diagnostic.summary));
    write_place(diagnostic, snippet, style, &mut text);
    let detail = group.detail();
    if !detail.is_empty() {
        let margin = if style.is_coloured() { 3 } else { 1 };
        let limit = options.width.saturating_sub(margin);
        text.push_str(&if limit > 0 { wrap_to(&detail, limit) } else { detail });
        text.push('\n');
    }
    match style.is_coloured() {
        true => boxed(&text, diagnostic.severity, style),
        false => format!("\n{text}"),
    }
}

fn boxed(text: &str, severity: Severity, style: Style) -> String {
    let edge = |shape: &'static str| match severity {
        Severity::Error => style.red(shape),
        Severity::Warning => style.yellow(shape),
    };
    let mut out = format!("{}\n", edge("╷"));
    for line in text.lines() {
        let space = if line.is_empty() { "" } else { " " };
        let _ = writeln!(out, "{}{space}{line}", edge("│"));
    }
    let _ = writeln!(out, "{}", edge("╵"));
    out
}

/// What it is about: the object, the place, the lines and the values.
fn write_place(diagnostic: &Diagnostic, snippet: Option<&Snippet>, style: Style, out: &mut String) {
    if let Some(address) = &diagnostic.address {
        let _ = writeln!(out, "  with {address},");
    }
    let Some(subject) = &diagnostic.subject else { return };
    let place = format!("  on {} line {}", subject.filename, subject.start.line);
    let Some(snippet) = snippet else {
        let _ = writeln!(out, "{place}:\n  (source code not available)\n");
        return;
    };
    let context = snippet.context.as_ref().map(|c| format!(", in {c}")).unwrap_or_default();
    let _ = writeln!(out, "{place}{context}:");
    write_code(snippet, style, out);
    write_values(diagnostic, style, out);
    out.push('\n');
}

fn write_code(snippet: &Snippet, style: Style, out: &mut String) {
    let mut line_start = 0;
    let lines = snippet.code.split('\n');
    for (number, line) in (snippet.start_line..).zip(lines) {
        let within = |at: usize| at.saturating_sub(line_start).min(line.len());
        let (before, rest) = line.split_at(within(snippet.highlight_start));
        let (marked, after) =
            rest.split_at(within(snippet.highlight_end).saturating_sub(before.len()));
        let _ = match marked.is_empty() {
            true => writeln!(out, "{number:4}: {line}"),
            false => writeln!(out, "{number:4}: {before}{}{after}", style.underline(marked)),
        };
        line_start += line.len() + 1;
    }
}

fn write_values(diagnostic: &Diagnostic, style: Style, out: &mut String) {
    let signature =
        diagnostic.function_call.as_ref().and_then(|c| Some((&c.name, c.signature.as_ref()?)));
    if diagnostic.values.is_empty() && signature.is_none() {
        return;
    }
    let _ = writeln!(out, "    {}", style.grey("├────────────────"));
    let bar = style.grey("│");
    if let Some((name, signature)) = signature {
        let parameters = signature.find('(').map_or("()", |at| &signature[at..]);
        let _ = writeln!(out, "    {bar} while calling {}{parameters}", style.bold(name));
    }
    for ExpressionValue { traversal, statement } in sorted(&diagnostic.values) {
        let _ = writeln!(out, "    {bar} {} {statement}", style.bold(traversal));
    }
}

pub(super) fn sorted(values: &[ExpressionValue]) -> Vec<&ExpressionValue> {
    let mut sorted: Vec<&ExpressionValue> = values.iter().collect();
    sorted.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    sorted
}

/// Warnings with a line or two each.
pub(super) fn compact(groups: &[Group<'_>], style: Style) -> String {
    let mut out = format!("\n{}\n\n", style.bold_yellow("Warnings:"));
    for group in groups {
        let _ = writeln!(out, "- {}", group.first.summary);
        if let Some(subject) = &group.first.subject {
            let _ = write!(out, "  on {} line {}", subject.filename, subject.start.line);
            if group.others > 0 {
                let _ = write!(out, " (and {} more)", group.others);
            }
            out.push('\n');
        }
    }
    out.push_str("\nTo see the full warning notes, run Groma without -compact-warnings.\n");
    out
}
