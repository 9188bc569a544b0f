//! A plan as people read it.

mod comment;
mod deferred;
mod drift;
mod instance;
mod invocations;
mod messages;
mod outputs;

use std::io;

use groma_addrs::ResourceMode;
use groma_plan::{Action, InstanceChange, Mode, Plan};

use crate::text::{rule, wrap};
use crate::{RenderError, Schemas, Style};

pub use messages::{
    ApplyCounts, apply_complete, approval_question, cancelled, next_steps, outputs_heading,
};

/// How a plan is shown.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// The colours.
    pub style: Style,
    /// The width of the terminal.
    pub width: usize,
    /// Whether a program drives us, so that hints which command to type would mislead.
    pub in_automation: bool,
}

/// Writes a plan: what has changed outside, what will be done, and what it comes to.
pub fn write_plan(
    out: &mut impl io::Write,
    plan: &Plan,
    schemas: &dyn Schemas,
    options: &PlanOptions,
) -> Result<(), RenderError> {
    let mut writer = PlanWriter { out, plan, schemas, options };
    writer.write()
}

/// How many instances an action of a plan concerns.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    create: usize,
    update: usize,
    delete: usize,
    delete_then_create: usize,
    create_then_delete: usize,
    create_then_forget: usize,
    read: usize,
    forget: usize,
    import: usize,
}

impl Counts {
    fn add(&mut self, change: &InstanceChange) {
        if change.change.importing.is_some() {
            self.import += 1;
        }
        let count = match change.change.action {
            Action::NoOp => return,
            Action::Create => &mut self.create,
            Action::Read => &mut self.read,
            Action::Update => &mut self.update,
            Action::Delete => &mut self.delete,
            Action::Forget => &mut self.forget,
            Action::DeleteThenCreate => &mut self.delete_then_create,
            Action::CreateThenDelete => &mut self.create_then_delete,
            Action::CreateThenForget => &mut self.create_then_forget,
        };
        *count += 1;
    }

    /// Whether anything but an import or a move is done.
    fn any(&self) -> bool {
        let Counts { create, update, delete, delete_then_create, .. } = *self;
        let Counts { create_then_delete, create_then_forget, read, forget, .. } = *self;
        [
            create,
            update,
            delete,
            delete_then_create,
            create_then_delete,
            create_then_forget,
            read,
            forget,
        ]
        .iter()
        .any(|count| *count > 0)
    }

    fn summary(&self, invoked: usize, style: Style) -> String {
        let replace = self.delete_then_create + self.create_then_delete;
        let import = match self.import {
            0 => String::new(),
            count => format!("{count} to import, "),
        };
        format!(
            "\n{} {import}{} to add, {} to change, {} to destroy.{}\n",
            style.bold("Plan:"),
            self.create + replace + self.create_then_forget,
            self.update,
            self.delete + replace,
            match invoked {
                0 => String::new(),
                count => format!(" Actions: {count} to invoke."),
            },
        )
    }
}

/// Whether a change is one to show.
fn is_shown(change: &InstanceChange) -> bool {
    let mode = change.addr.resource.resource.mode;
    match change.change.action {
        Action::NoOp => {
            mode != ResourceMode::Ephemeral
                && (change.previous_addr != change.addr || change.change.importing.is_some())
        }
        Action::Delete => mode == ResourceMode::Managed,
        _ => mode != ResourceMode::Ephemeral,
    }
}

struct PlanWriter<'a, W> {
    out: &'a mut W,
    plan: &'a Plan,
    schemas: &'a dyn Schemas,
    options: &'a PlanOptions,
}

impl<W: io::Write> PlanWriter<'_, W> {
    fn write(&mut self) -> Result<(), RenderError> {
        let plan = self.plan;
        let outputs = outputs::write(plan, self.options.style);
        let drifted = self.write_drift(outputs.is_empty())?;
        let mut counts = Counts::default();
        let mut shown = 0usize;
        for change in plan.changes.iter().filter(|c| is_shown(c)) {
            counts.add(change);
            shown += 1;
        }
        let idle = shown == 0 && plan.invocations.is_empty() && plan.deferred.is_empty();
        if idle && outputs.is_empty() && self.write_no_changes(drifted)? {
            return Ok(());
        }
        if drifted {
            self.rule()?;
        }
        if counts.any() {
            self.write_legend(&counts)?;
        }
        if shown > 0 {
            self.out.write_all(match plan.errored {
                true => b"\nGroma planned the following actions, but then encountered a problem:\n",
                false => b"\nGroma will perform the following actions:\n",
            })?;
            for change in plan.changes.iter().filter(|c| is_shown(c)) {
                let style = self.options.style;
                let text = instance::planned(change, self.schemas, style)?;
                let invoked = invocations::around(change, plan, self.schemas, style)?;
                write!(self.out, "\n{text}{invoked}\n")?;
            }
        }
        let wanted = invocations::wanted(plan, self.schemas, self.options.style)?;
        if !wanted.is_empty() {
            write!(self.out, "\nGroma will invoke the following action(s):\n{wanted}")?;
        }
        if shown > 0 || !wanted.is_empty() {
            let invoked = plan.invocations.len();
            self.out.write_all(counts.summary(invoked, self.options.style).as_bytes())?;
        }
        self.write_deferred(shown == 0 && outputs.is_empty())?;
        if !outputs.is_empty() {
            write!(self.out, "\nChanges to Outputs:\n{outputs}\n")?;
            if !counts.any() && plan.deferred.is_empty() {
                self.wrapped(
                    "\nYou can apply this plan to save these new output values to the Groma state, \
                     without changing any real infrastructure.",
                )?;
            }
        }
        Ok(())
    }

    fn write_legend(&mut self, counts: &Counts) -> Result<(), RenderError> {
        self.wrapped(
            "\nGroma used the selected providers to generate the following execution plan. \
             Resource actions are indicated with the following symbols:",
        )?;
        let s = self.options.style;
        let lines = [
            (counts.create, format!("  {} create", s.green("+"))),
            (counts.update, format!("  {} update in-place", s.yellow("~"))),
            (counts.delete, format!("  {} destroy", s.red("-"))),
            (
                counts.delete_then_create,
                format!("{}/{} destroy and then create replacement", s.red("-"), s.green("+")),
            ),
            (
                counts.create_then_delete,
                format!("{}/{} create replacement and then destroy", s.green("+"), s.red("-")),
            ),
            (counts.read, format!(" {} read (data resources)", s.cyan("<="))),
            (
                counts.create_then_forget,
                format!("{}/{} create replacement and then forget", s.green("+"), s.red(".")),
            ),
        ];
        for (count, line) in lines {
            if count > 0 {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// Says that there are no changes; whether there is nothing more to say.
    fn write_no_changes(&mut self, drifted: bool) -> Result<bool, RenderError> {
        let style = self.options.style;
        if self.plan.errored {
            if drifted {
                self.rule()?;
                writeln!(self.out)?;
            }
            writeln!(
                self.out,
                "\n{} {}\n",
                style.bold_red("Planning failed."),
                style.bold("Groma encountered an error while generating this plan.")
            )?;
            return Ok(!drifted);
        }
        match self.plan.mode {
            Mode::RefreshOnly if drifted => {}
            Mode::RefreshOnly => {
                self.no_changes("Your infrastructure still matches the configuration.")?;
                self.wrapped(
                    "\nGroma has checked that the real remote objects still match the result of \
                     your most recent changes, and found no differences.",
                )?;
            }
            Mode::Destroy => {
                if drifted {
                    self.rule()?;
                }
                self.no_changes("No objects need to be destroyed.")?;
                self.wrapped(
                    "\nEither you have not created any objects yet or the existing objects were \
                     already deleted outside of Groma.",
                )?;
            }
            Mode::Normal => self.write_nothing_to_do(drifted)?,
        }
        Ok(true)
    }

    fn write_nothing_to_do(&mut self, drifted: bool) -> Result<(), RenderError> {
        if drifted {
            self.rule()?;
            writeln!(self.out)?;
        }
        self.no_changes("Your infrastructure matches the configuration.")?;
        if !drifted {
            return self.wrapped(
                "\nGroma has compared your real infrastructure against your configuration and \
                 found no differences, so no changes are needed.",
            );
        }
        if self.plan.is_applyable() {
            return self.wrapped(
                "\nYour configuration already matches the changes detected above, so applying \
                 this plan will only update the state to include the changes detected above and \
                 won't change any real infrastructure.",
            );
        }
        let suggestion =
            if self.options.in_automation { "." } else { ":\n  groma apply -refresh-only" };
        self.wrapped(&format!(
            "\nYour configuration already matches the changes detected above. If you'd like to \
             update the Groma state to match, create and apply a refresh-only plan{suggestion}"
        ))
    }

    fn no_changes(&mut self, sentence: &str) -> Result<(), RenderError> {
        let style = self.options.style;
        let heading = style.bold_green("No changes.");
        writeln!(self.out, "\n{heading} {}", style.bold(sentence))?;
        Ok(())
    }

    fn rule(&mut self) -> Result<(), RenderError> {
        let line = rule(self.options.width);
        writeln!(self.out, "{}", self.options.style.grey(line))?;
        Ok(())
    }

    /// Writes text of our own, broken at the width of the terminal.
    fn wrapped(&mut self, text: &str) -> Result<(), RenderError> {
        writeln!(self.out, "{}", wrap(text, self.options.width))?;
        Ok(())
    }
}
