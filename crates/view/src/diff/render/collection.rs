//! Sequences, maps and objects.

use super::{Show, forces_suffix, hidden, is_important, margin, spaces, symbol};
use crate::diff::{Act, Body, Diff, SequenceKind};
use crate::text::{attribute_name, pad};
use groma_hcl::quote_visibly;

pub(super) fn write_sequence(
    diff: &Diff<'_>,
    items: &[Diff<'_>],
    kind: SequenceKind,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    // The elements of a nested set say themselves that they force a replacement.
    let nested_set = kind == SequenceKind::NestedSet;
    let forces_here = diff.replace && !nested_set;
    if items.is_empty() {
        out.push_str("[]");
        diff.null_suffix(out, show);
        return forces_suffix(forces_here, out, show);
    }
    out.push('[');
    forces_suffix(forces_here, out, show);
    out.push('\n');
    let changed = Show { no_null: true, forces: diff.replace && nested_set, ..show.inner() };
    match kind {
        SequenceKind::List => write_with_context(items, out, indent, show, changed),
        _ => write_changed(items, out, indent, show, changed),
    }
    margin(out, indent, show);
    out.push(']');
    diff.null_suffix(out, show);
}

fn write_changed(items: &[Diff<'_>], out: &mut String, indent: usize, show: Show, changed: Show) {
    let mut unchanged = 0;
    for item in items {
        if item.act == Act::Keep && !show.unchanged {
            unchanged += 1;
        } else {
            write_item(item, out, indent, changed);
        }
    }
    hidden(out, unchanged, "element", indent + 1, show);
}

/// Elements before and after one that changes are shown too, so that it is plain where it stands.
fn write_with_context(
    items: &[Diff<'_>],
    out: &mut String,
    indent: usize,
    show: Show,
    changed: Show,
) {
    let context = show.with_unchanged();
    let mut skipped: Vec<&Diff<'_>> = Vec::new();
    let mut after_change = false;
    for item in items {
        if item.act == Act::Keep && !after_change && !show.unchanged {
            skipped.push(item);
            continue;
        }
        if let Some((last, others)) = skipped.split_last() {
            hidden(out, others.len(), "element", indent + 1, changed);
            write_item(last, out, indent, context);
        }
        skipped.clear();
        after_change = item.act != Act::Keep;
        write_item(item, out, indent, if after_change { changed } else { context });
    }
    hidden(out, skipped.len(), "element", indent + 1, show);
}

fn write_item(item: &Diff<'_>, out: &mut String, indent: usize, show: Show) {
    item.write_warnings(out, indent + 1, show);
    spaces(out, indent + 1);
    symbol(out, item.act, show);
    item.write(out, indent + 1, show);
    out.push_str(",\n");
}

pub(super) fn write_map(
    diff: &Diff<'_>,
    entries: &[(&str, Diff<'_>)],
    nested: bool,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    // The elements of a nested map say themselves that they force a replacement.
    let forces_here = diff.replace && !nested;
    if entries.is_empty() {
        out.push_str("{}");
        diff.null_suffix(out, show);
        return forces_suffix(forces_here, out, show);
    }
    let keys: Vec<String> = entries.iter().map(|(key, _)| quote_visibly(key)).collect();
    let width = if nested { 0 } else { keys.iter().map(String::len).max().unwrap_or_default() };
    out.push('{');
    forces_suffix(forces_here, out, show);
    out.push('\n');
    let inner = Show {
        no_null: diff.act == Act::Delete || nested,
        forces: diff.replace && nested,
        ..show.inner()
    };
    let mut unchanged = 0;
    for (key, (_, entry)) in keys.iter().zip(entries) {
        if entry.act == Act::Keep && !show.unchanged {
            unchanged += 1;
            continue;
        }
        write_entry(key, entry, width, out, indent, inner);
        out.push_str(if matches!(entry.body, Body::Object { .. }) { ",\n" } else { "\n" });
    }
    hidden(out, unchanged, "element", indent + 1, show);
    margin(out, indent, show);
    out.push('}');
    diff.null_suffix(out, show);
}

pub(super) fn write_object(
    diff: &Diff<'_>,
    entries: &[(&str, Diff<'_>)],
    nested: bool,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    if entries.is_empty() {
        out.push_str("{}");
        diff.null_suffix(out, show);
        return diff.forces_suffix(out, show);
    }
    out.push('{');
    diff.forces_suffix(out, show);
    out.push('\n');
    let inner = Show { no_null: !nested, ..show.inner() };
    let unchanged = write_attributes(entries, out, indent, inner);
    hidden(out, unchanged, "attribute", indent + 1, show);
    margin(out, indent, show);
    out.push('}');
    diff.null_suffix(out, show);
}

/// Writes attributes, and says how many were not shown.
pub(super) fn write_attributes(
    entries: &[(&str, Diff<'_>)],
    out: &mut String,
    indent: usize,
    show: Show,
) -> usize {
    let names: Vec<String> = entries.iter().map(|(name, _)| attribute_name(name)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut unchanged = 0;
    for (shown_name, (name, entry)) in names.iter().zip(entries) {
        let show = if is_important(name) { show.with_unchanged() } else { show };
        if entry.act == Act::Keep && !show.unchanged {
            unchanged += 1;
            continue;
        }
        write_entry(shown_name, entry, width, out, indent, show);
        out.push('\n');
    }
    unchanged
}

fn write_entry(
    name: &str,
    entry: &Diff<'_>,
    width: usize,
    out: &mut String,
    indent: usize,
    show: Show,
) {
    entry.write_warnings(out, indent + 1, show);
    spaces(out, indent + 1);
    symbol(out, entry.act, show);
    pad(out, name, width);
    out.push_str(" = ");
    entry.write(out, indent + 1, show);
}
