//! What is left for a later plan.

use std::io;

use super::{PlanWriter, instance};
use crate::RenderError;

impl<W: io::Write> PlanWriter<'_, W> {
    /// Writes what is deferred, if anything is; `alone` if there is nothing else to be done.
    pub(super) fn write_deferred(&mut self, alone: bool) -> Result<(), RenderError> {
        let plan = self.plan;
        if plan.deferred.is_empty() {
            return Ok(());
        }
        let style = self.options.style;
        if alone {
            writeln!(self.out, "\n{}", style.bold("Nothing can be done yet."))?;
        }
        let note = style.bold(style.cyan("Note:"));
        writeln!(
            self.out,
            "\n{note} This is a partial plan. What follows can be planned once it is applied:"
        )?;
        for deferred in &plan.deferred {
            let text = instance::deferred(deferred, self.schemas, style)?;
            write!(self.out, "\n{text}\n")?;
        }
        Ok(())
    }
}
