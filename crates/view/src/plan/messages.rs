//! What is said around a plan and its execution.

use groma_plan::Mode;

use crate::text::{rule, wrap};
use crate::{PlanOptions, Style};

/// How many objects an apply has dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyCounts {
    /// Created, replacements included.
    pub added: usize,
    /// Changed in place.
    pub changed: usize,
    /// Destroyed, replaced ones included.
    pub destroyed: usize,
    /// Imported.
    pub imported: usize,
    /// Actions invoked.
    pub invoked: usize,
}

impl ApplyCounts {
    /// `Apply complete! Resources: …`
    pub fn summary(&self, destroy: bool) -> String {
        let invoked = match self.invoked {
            0 => String::new(),
            count => format!(" Actions: {count} invoked."),
        };
        if destroy {
            return format!("Destroy complete! Resources: {} destroyed.{invoked}", self.destroyed);
        }
        let import = match self.imported {
            0 => String::new(),
            count => format!("{count} imported, "),
        };
        format!(
            "Apply complete! Resources: {import}{} added, {} changed, {} destroyed.{invoked}",
            self.added, self.changed, self.destroyed
        )
    }
}

/// The line that closes an apply, with the empty line above it.
pub fn apply_complete(counts: &ApplyCounts, destroy: bool, style: Style) -> String {
    format!("\n{}\n", style.bold_green(counts.summary(destroy)))
}

/// The heading of the outputs after an apply, with empty lines around it.
pub fn outputs_heading(style: Style) -> String {
    format!("\n{}\n\n", style.bold_green("Outputs:"))
}

/// What is said below a plan of the `plan` command: where it was saved, or that it was not.
pub fn next_steps(
    saved_to: Option<&str>,
    generated: Option<&str>,
    options: &PlanOptions,
) -> String {
    if options.in_automation {
        return String::new();
    }
    let written = match generated {
        Some(path) => format!(
            "\nGroma has generated configuration and written it to {path}. Please review the \
             configuration and edit it as necessary before adding it to version control.\n"
        ),
        None => String::new(),
    };
    let text = match saved_to {
        Some(path) => {
            let quoted = groma_hcl::quote_visibly(path);
            format!(
                "\nSaved the plan to: {path}\n\nTo perform exactly these actions, run the following \
                 command to apply:\n    groma apply {quoted}"
            )
        }
        None => {
            "\nNote: You didn't use the -out option to save this plan, so Groma can't guarantee \
                 to take exactly these actions if you run \"groma apply\" now."
                .to_owned()
        }
    };
    let line = options.style.grey(rule(options.width));
    format!("\n{line}\n{}\n", wrap(&format!("{written}{text}"), options.width))
}

/// The question whether to apply a plan, and the explanation below it. `workspace` is named unless
/// it is the default one.
pub fn approval_question(mode: Mode, workspace: &str) -> (String, String) {
    let place = match workspace {
        "default" | "" => String::new(),
        name => format!(" in workspace \"{name}\""),
    };
    let only_yes = "  Only 'yes' will be accepted to";
    match mode {
        Mode::Destroy => (
            format!("Do you really want to destroy all resources{place}?"),
            format!(
                "  Groma will destroy all your managed infrastructure, as shown above.\n  There is \
                 no undo. {}",
                "Only 'yes' will be accepted to confirm."
            ),
        ),
        Mode::RefreshOnly => (
            format!(
                "Would you like to update the Groma state{place} to reflect these detected changes?"
            ),
            format!(
                "  Groma will write these changes to the state without modifying any real \
                 infrastructure.\n  There is no undo. {}",
                "Only 'yes' will be accepted to confirm."
            ),
        ),
        Mode::Normal => (
            format!("Do you want to perform these actions{place}?"),
            format!("  Groma will perform the actions described above.\n{only_yes} approve."),
        ),
    }
}

/// What is said where the question was not answered with yes.
pub fn cancelled(mode: Mode) -> &'static str {
    match mode {
        Mode::Destroy => "Destroy cancelled.",
        Mode::Normal | Mode::RefreshOnly => "Apply cancelled.",
    }
}
