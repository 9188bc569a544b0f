//! `groma state show`

use std::path::PathBuf;

use groma_addrs::parse;
use groma_diag::{Diagnostic, Diagnostics};
use groma_state::State;
use groma_view::state::write_resource;

use crate::backend::{self, StateArgs};
use crate::commands::show::state_schemas;
use crate::exit::Exit;
use crate::schemas::Library;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Show the attributes of a resource instance in the state
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read the state from this file
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The instance
    address: String,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let addr = parse::resource_instance(&args.address).map_err(|why| {
        let detail =
            format!("The address {:?} is not that of a resource instance: {why}", args.address);
        Diagnostic::error("Error parsing instance address", detail)
    })?;
    let opened = backend::open(session, &StateArgs::at(args.state.clone())).await?;
    let state = StateAccess::unlocked(&opened).await?.read().await?.state();
    let Some(resource) =
        state.resource(&addr.resource).filter(|r| r.instances.contains_key(&addr.key))
    else {
        let detail = format!(
            "There is no resource instance {addr} in the state. \"groma state list\" shows what there is."
        );
        return Err(Diagnostic::error("No instance found for the given address", detail).into());
    };
    let only =
        State { resources: [(addr.resource.clone(), resource.clone())].into(), ..State::default() };
    let schemas = state_schemas(session, &only).await?;
    let style = session.ui.style();
    session.ui.data(|mut out| {
        write_resource(&mut out, &state, &addr, &Library(&schemas), style).map(drop)
    })?;
    Ok(Exit::Success)
}
