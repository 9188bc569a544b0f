//! Changes of output values.

use std::fmt::Write;

use groma_plan::{OutputChange, Plan};

use crate::Style;
use crate::diff::{Act, Part, Show, dynamic};
use crate::text::{attribute_name, pad};

/// The changes of the root module's output values, a line or more each; empty if there are none.
pub(super) fn write(plan: &Plan, style: Style) -> String {
    let roots: Vec<&OutputChange> =
        plan.outputs.iter().filter(|o| o.addr.module.is_root()).collect();
    let names: Vec<String> = roots.iter().map(|o| attribute_name(&o.addr.name)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut out = String::new();
    for (name, change) in names.iter().zip(roots) {
        let mut part = Part::whole(&change.before, &change.after);
        part.before = part.before.hidden(change.sensitive);
        part.after = part.after.hidden(change.sensitive);
        let diff = dynamic(&part);
        if diff.act == Act::Keep {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = match diff.act {
            Act::Create => write!(out, "  {} ", style.green("+")),
            Act::Delete => write!(out, "  {} ", style.red("-")),
            _ => write!(out, "  {} ", style.yellow("~")),
        };
        pad(&mut out, name, width);
        out.push_str(" = ");
        diff.write(&mut out, 0, Show::new(style));
    }
    out
}
