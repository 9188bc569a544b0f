//! What has changed outside.

use std::collections::HashMap;
use std::io;

use groma_plan::{Action, InstanceChange, Mode, RelevantAttribute};
use groma_value::Path;

use super::{PlanWriter, instance};
use crate::RenderError;
use crate::diff::{Act, Paths};

impl<W: io::Write> PlanWriter<'_, W> {
    /// Writes what has changed outside and matters; whether there was anything.
    pub(super) fn write_drift(&mut self, no_outputs: bool) -> Result<bool, RenderError> {
        let plan = self.plan;
        let refresh_only = plan.mode == Mode::RefreshOnly;
        let candidates: Vec<&InstanceChange> =
            plan.drift.iter().filter(|c| refresh_only || c.change.action != Action::NoOp).collect();
        if candidates.is_empty() || (!refresh_only && no_outputs && !self.anything_planned()?) {
            return Ok(false);
        }
        let style = self.options.style;
        let relevant = by_resource(&plan.relevant_attributes);
        let mut texts = Vec::new();
        for change in candidates {
            let paths = match refresh_only {
                true => Paths::All,
                false => match relevant.get(&change.addr.to_string()) {
                    Some(paths) => Paths::to_all_in(paths.iter().copied()),
                    None => continue,
                },
            };
            let text = instance::with_diff(change, self.schemas, paths, |diff| {
                let changed = refresh_only || diff.act != Act::Keep;
                let shown =
                    change.change.action != Action::NoOp || change.previous_addr != change.addr;
                changed.then(|| shown.then(|| instance::found(change, diff, style)))
            })?;
            texts.extend(text);
        }
        if texts.is_empty() {
            return Ok(false);
        }
        writeln!(
            self.out,
            "\n{} {}\n",
            style.bold_cyan("Note:"),
            style.bold("Objects have changed outside of Groma")
        )?;
        self.wrapped(
            "Groma detected the following changes made outside of Groma since the last \"groma \
             apply\" which may have affected this plan:",
        )?;
        for text in texts.into_iter().flatten() {
            write!(self.out, "\n{text}\n")?;
        }
        self.wrapped(match refresh_only {
            true => {
                "\n\nThis is a refresh-only plan, so Groma will not take any actions to undo \
                 these. If you were expecting these changes then you can apply this plan to \
                 record the updated values in the Groma state without changing any remote objects."
            }
            false => {
                "\n\nUnless you have made equivalent changes to your configuration, or ignored \
                 the relevant attributes using ignore_changes, the following plan may include \
                 actions to undo or respond to these changes."
            }
        })?;
        writeln!(self.out)?;
        Ok(true)
    }

    /// Whether an instance changes in a way that can be seen, or moves.
    fn anything_planned(&self) -> Result<bool, RenderError> {
        for change in &self.plan.changes {
            if change.previous_addr != change.addr {
                return Ok(true);
            }
            let changes = change.change.action != Action::NoOp
                && instance::with_diff(change, self.schemas, Paths::All, |d| d.act != Act::Keep)?;
            if changes {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn by_resource(relevant: &[RelevantAttribute]) -> HashMap<String, Vec<&Path>> {
    let mut all: HashMap<String, Vec<&Path>> = HashMap::new();
    for attribute in relevant {
        all.entry(attribute.resource.to_string()).or_default().push(&attribute.attribute);
    }
    all
}
