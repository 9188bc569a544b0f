//! `groma refresh`

use groma_diag::{Diagnostic, Diagnostics};

use super::apply;
use crate::exit::Exit;
use crate::operation::Command;
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Bring the state up to date with what is there
///
/// The same as "apply -refresh-only -auto-approve", which should be preferred without
/// -auto-approve: it shows what it found before it writes that.
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
        let detail = "The refresh command takes no arguments but options.";
        return Err(Diagnostic::error("Too many command line arguments", detail).into());
    }
    args.apply.planning.refresh_only = true;
    args.apply.auto_approve = true;
    apply::plan_and_apply(&args.apply, session, Command::Refresh).await
}
