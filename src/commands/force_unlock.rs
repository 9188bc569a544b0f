//! `groma force-unlock`

use groma_backend::LockId;
use groma_diag::{Diagnostic, Diagnostics};

use crate::args::BOOL;
use crate::backend::{self, StateArgs};
use crate::exit::Exit;
use crate::prompt;
use crate::session::Session;
use crate::ui::ViewArgs;

/// Free the lock of the state that somebody has left behind
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do not ask
    #[arg(long, value_name = BOOL)]
    force: bool,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The lock's ID, as the error that it caused says it
    #[arg(value_name = "LOCK_ID")]
    id: String,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let opened = backend::open(session, &StateArgs::default()).await?;
    let store = opened.backend.state_store(&opened.workspace).await?;
    if !opened.is_remote() {
        let detail = "Local state cannot be unlocked by another process: the lock goes with the process that holds it.";
        return Err(Diagnostic::error("Failed to unlock state", detail).into());
    }
    if !args.force {
        let question = "Do you really want to force-unlock?";
        let explanation = "  Groma will remove the lock on the remote state.\n  This will allow local Groma commands to modify this state, even though it\n  may still be in use. Only 'yes' will be accepted to confirm.";
        if !session.settings.input || !prompt::confirmed(session, question, explanation).await {
            session.ui.line("force-unlock cancelled.");
            return Ok(Exit::Failure);
        }
    }
    store.unlock(&LockId(args.id)).await.map_err(|error| {
        Diagnostics::from(Diagnostic::error("Failed to unlock state", error.to_string()))
    })?;
    let style = session.ui.style();
    session.ui.line(style.bold_green("Groma state has been successfully unlocked!"));
    session.ui.line(
        "\nThe state has been unlocked, and Groma commands should now be able to\nobtain a new lock on the remote state.",
    );
    Ok(Exit::Success)
}
