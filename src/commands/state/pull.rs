//! `groma state pull`

use groma_diag::Diagnostics;

use crate::backend::{self, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Print the state as it is stored
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Runs it.
pub(crate) async fn run(session: &Session) -> Result<Exit, Diagnostics> {
    let opened = backend::open(session, &StateArgs::default()).await?;
    let persister = StateAccess::unlocked(&opened).await?.read().await?;
    if let Some(file) = persister.current() {
        session.ui.data(|out| Ok(file.write(out)?))?;
    }
    Ok(Exit::Success)
}
