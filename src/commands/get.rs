//! `groma get`

use groma_diag::Diagnostics;

use super::modules::{install_modules, root_module};
use crate::args::BOOL;
use crate::exit::Exit;
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;
use crate::workspace;

/// Install the modules that the configuration calls
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look for newer versions
    #[arg(long, value_name = BOOL)]
    update: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let workspace = workspace::current(session)?;
    let root = root_module(session)?;
    let work = install_modules(session, &root, &workspace, args.update);
    let loaded = session.interruptible(work).await?;
    let (_, warnings) = loaded.into_result()?;
    session.ui.warnings(warnings);
    Ok(Exit::Success)
}
