//! Writing differences out.

mod block;
mod collection;
mod primitive;
mod string;

use std::fmt::Write;

use super::{Act, Body, Diff};
use crate::Style;
use crate::text::counted;

/// How much of a difference is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Show {
    /// The colours.
    pub(crate) style: Style,
    /// Not that what goes becomes null: something around it has said so.
    pub(crate) no_null: bool,
    /// That it forces a replacement, even if that is said of something around it. Does not go on
    /// to parts.
    pub(crate) forces: bool,
    /// What stays the same too.
    pub(crate) unchanged: bool,
    /// No symbols for what happens.
    pub(crate) bare: bool,
}

impl Show {
    /// A plan.
    pub(crate) fn new(style: Style) -> Show {
        Show { style, no_null: false, forces: false, unchanged: false, bare: false }
    }

    /// A state: nothing happens to it, and all of it is shown.
    pub(crate) fn state(style: Style) -> Show {
        Show { unchanged: true, bare: true, ..Show::new(style) }
    }

    /// The same for parts.
    fn inner(self) -> Show {
        Show { forces: false, ..self }
    }

    fn with_unchanged(self) -> Show {
        Show { unchanged: true, ..self.inner() }
    }
}

impl Diff<'_> {
    /// Writes the difference. Further lines are indented by `indent` steps.
    pub(crate) fn write(&self, out: &mut String, indent: usize, show: Show) {
        match &self.body {
            Body::Primitive { before, after } => {
                primitive::write(self, *before, *after, out, indent, show);
            }
            Body::Sensitive { .. } => {
                out.push_str("(sensitive value)");
                self.null_suffix(out, show);
                self.forces_suffix(out, show);
            }
            Body::SensitiveBlock { .. } => self.write_sensitive_block(out, indent, show),
            Body::Unknown(before) => {
                if let Some(before) = before {
                    before.write(out, indent, Show { no_null: true, ..show });
                    out.push_str(" -> ");
                }
                out.push_str("(known after apply)");
                self.forces_suffix(out, show);
            }
            Body::Sequence { items, kind } => {
                collection::write_sequence(self, items, *kind, out, indent, show);
            }
            Body::Map { entries, nested } => {
                collection::write_map(self, entries, *nested, out, indent, show);
            }
            Body::Object { entries, nested } => {
                collection::write_object(self, entries, *nested, out, indent, show);
            }
            Body::Block { attributes, blocks } => {
                block::write(self, attributes, blocks, out, indent, show);
            }
            Body::TypeChange(before, after) => {
                let show = Show { no_null: true, ..show };
                before.write(out, indent, show);
                arrow(out, show);
                after.write(out, indent, show);
            }
            Body::WriteOnly => {
                out.push_str("(write-only attribute)");
                self.forces_suffix(out, show);
                self.null_suffix(out, show);
            }
        }
    }

    /// Writes what there is to heed about it, each remark on lines of its own above it.
    pub(crate) fn write_warnings(&self, out: &mut String, indent: usize, show: Show) {
        let (inner, before, after, block) = match &self.body {
            Body::Sensitive { inner, before, after } => (*inner, *before, *after, false),
            Body::SensitiveBlock { inner, before, after } => (*inner, *before, *after, true),
            _ => return,
        };
        if before == after || matches!(inner, Act::Create | Act::Delete) {
            return;
        }
        let what = if block { "block" } else { "attribute value" };
        spaces(out, indent);
        let warning = show.style.yellow("Warning");
        let verb = if before {
            "will no longer be marked as sensitive"
        } else {
            "will be marked as sensitive and will not"
        };
        let _ = writeln!(out, "  # {warning}: this {what} {verb}");
        spaces(out, indent);
        out.push_str(if before {
            "  # after applying this change."
        } else {
            "  # display in UI output after applying this change."
        });
        if inner == Act::Keep && !block {
            out.push_str(" The value is unchanged.");
        }
        out.push('\n');
    }

    fn write_sensitive_block(&self, out: &mut String, indent: usize, show: Show) {
        out.push('{');
        self.forces_suffix(out, show);
        for line in [
            "  # At least one attribute in this block is (or was) sensitive,",
            "  # so its contents will not be displayed.",
            "}",
        ] {
            out.push('\n');
            margin(out, indent, show);
            out.push_str(line);
        }
    }

    /// That it becomes null, if it goes.
    fn null_suffix(&self, out: &mut String, show: Show) {
        if self.act == Act::Delete && !show.no_null {
            let _ = write!(out, " {}", show.style.grey("-> null"));
        }
    }

    /// That it forces a replacement, if it does.
    fn forces_suffix(&self, out: &mut String, show: Show) {
        forces_suffix(self.replace, out, show);
    }
}

fn forces_suffix(replace: bool, out: &mut String, show: Show) {
    if replace || show.forces {
        let _ = write!(out, " {}", show.style.red("# forces replacement"));
    }
}

fn arrow(out: &mut String, show: Show) {
    let _ = write!(out, " {} ", show.style.yellow("->"));
}

/// Four spaces a step.
fn spaces(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent * 4));
}

/// The symbol of what happens and a space, four characters in all; nothing where there are no
/// symbols.
fn symbol(out: &mut String, act: Act, show: Show) {
    if show.bare {
        return;
    }
    let style = show.style;
    let _ = match act {
        Act::Keep => write!(out, "    "),
        Act::Create => write!(out, "  {} ", style.green("+")),
        Act::Update => write!(out, "  {} ", style.yellow("~")),
        Act::Delete => write!(out, "  {} ", style.red("-")),
    };
}

/// What stands in front of a line that says nothing of a change.
fn margin(out: &mut String, indent: usize, show: Show) {
    spaces(out, indent);
    symbol(out, Act::Keep, show);
}

/// The line that counts what is not shown.
fn hidden(out: &mut String, count: usize, what: &str, indent: usize, show: Show) {
    if count == 0 {
        return;
    }
    margin(out, indent, show);
    let remark = counted(count, &format!("unchanged {what}"));
    let _ = writeln!(out, "{}", show.style.grey(format_args!("# ({remark} hidden)")));
}

/// Attributes that are always shown, since people know objects by them.
fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}
