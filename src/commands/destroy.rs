//! `groma destroy`

use groma_diag::{Diagnostic, Diagnostics};

use super::apply;
use crate::exit::Exit;
use crate::operation::Command;
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Destroy everything that the configuration manages
///
/// The same as "apply -destroy": a plan is made and shown, and applied once you have agreed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    apply: apply::Args,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn variables(&self) -> VariableArgs {
        self.apply.variables()
    }

    pub(crate) fn view(&self) -> ViewArgs {
        self.apply.view()
    }
}

/// Runs it.
pub(crate) async fn run(mut args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if !args.apply.plan.is_empty() {
        let detail = "The destroy command makes its own plan. To apply a saved plan, even one that destroys, use \"groma apply\".";
        return Err(Diagnostic::error("Too many command line arguments", detail).into());
    }
    if args.apply.planning.refresh_only {
        let detail = "The -destroy and -refresh-only options are mutually-exclusive.";
        return Err(Diagnostic::error("Incompatible plan mode options", detail).into());
    }
    args.apply.planning.destroy = true;
    apply::plan_and_apply(&args.apply, session, Command::Destroy).await
}
