//! Blocks.

use std::fmt::Write;

use super::collection::write_attributes;
use super::{Show, hidden, margin, spaces, symbol};
use crate::diff::{Act, Blocks, Body, Diff};
use crate::text::attribute_name;
use groma_hcl::quote_visibly;

pub(super) fn write(
    diff: &Diff<'_>,
    attributes: &[(&str, Diff<'_>)],
    blocks: &[Blocks<'_>],
    out: &mut String,
    indent: usize,
    show: Show,
) {
    if attributes.is_empty() && blocks.is_empty() {
        out.push_str("{}");
        return diff.forces_suffix(out, show);
    }
    out.push('{');
    diff.forces_suffix(out, show);
    out.push('\n');
    let unchanged = write_attributes(attributes, out, indent, show.inner());
    hidden(out, unchanged, "attribute", indent + 1, show);
    let mut unchanged = 0;
    for group in blocks {
        let separate = !attributes.is_empty();
        unchanged += write_group(group, separate, out, indent, show);
    }
    if unchanged > 0 {
        out.push('\n');
        hidden(out, unchanged, "block", indent + 1, show);
    }
    margin(out, indent, show);
    out.push('}');
}

/// Writes the blocks of one type, below an empty line if there is something above, and says how
/// many were not shown.
fn write_group(
    group: &Blocks<'_>,
    separate: bool,
    out: &mut String,
    indent: usize,
    show: Show,
) -> usize {
    let mut unchanged = 0;
    let mut is_first = separate;
    for (label, block) in &group.items {
        let hidden = hidden_block(group, block);
        let block = hidden.as_ref().unwrap_or(block);
        if block.act == Act::Keep && !show.unchanged {
            unchanged += 1;
            continue;
        }
        if std::mem::take(&mut is_first) {
            out.push('\n');
        }
        let inner = Show { forces: group.replace, ..show };
        block.write_warnings(out, indent + 1, inner);
        spaces(out, indent + 1);
        symbol(out, block.act, inner);
        out.push_str(&attribute_name(group.name));
        if let Some(label) = label {
            let _ = write!(out, " {}", quote_visibly(label));
        }
        out.push(' ');
        block.write(out, indent + 1, inner);
        out.push('\n');
    }
    unchanged
}

/// The block as it may be shown where all blocks of its type are, or were, sensitive.
fn hidden_block<'a>(group: &Blocks<'_>, block: &Diff<'a>) -> Option<Diff<'a>> {
    let (before, after) = (group.sensitive_before, group.sensitive_after);
    let is_sensitive = match block.act {
        Act::Create => after,
        Act::Delete => before,
        Act::Update | Act::Keep => before || after,
    };
    if !is_sensitive {
        return None;
    }
    let act = if block.act == Act::Keep && before != after { Act::Update } else { block.act };
    let body = Body::SensitiveBlock { inner: block.act, before, after };
    Some(Diff::new(body, act, block.replace))
}
