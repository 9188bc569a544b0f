//! `groma state push`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};
use groma_state::file::StateFile;

use crate::args::BOOL;
use crate::backend::{self, LockArgs, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Put the state of a file where the state is kept
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Even over a newer state or one of another lineage
    #[arg(long, value_name = BOOL)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The file; "-" for standard input
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let opened = backend::open(session, &StateArgs::default()).await?;
    let access = StateAccess::lock(session, &opened, &args.lock, "state-push").await?;
    let result = push_file(&access, &args.path, args.force).await;
    let unlocked = access.unlock(session).await;
    session.ui.diagnostics(&unlocked);
    result.map(|()| Exit::Success)
}

/// Replaces a state by that of a file.
pub(crate) async fn push_file(
    access: &StateAccess,
    path: &Path,
    force: bool,
) -> Result<(), Diagnostics> {
    let failed = |why: String| {
        let detail = format!("The state in {} cannot be read: {why}.", path.display());
        Diagnostics::from(Diagnostic::error("Failed to read the state to push", detail))
    };
    let text = match path.as_os_str() == "-" {
        true => {
            let mut text = Vec::new();
            std::io::stdin().lock().read_to_end(&mut text).map(|_| text)
        }
        false => std::fs::read(path),
    };
    let text = text.map_err(|error| failed(error.to_string()))?;
    let file = StateFile::read(&text).map_err(|error| failed(error.to_string()))?;
    access.read().await?.replace(file, force).await?;
    Ok(())
}
