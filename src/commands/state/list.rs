//! `groma state list`

use std::path::PathBuf;

use groma_diag::{Diagnostic, Diagnostics};

use super::selection;
use crate::backend::{self, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// List the resource instances in the state
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the instance with this ID
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Read the state from this file
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Only what these modules, resources and instances select
    addresses: Vec<String>,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let opened = backend::open(session, &StateArgs::at(args.state.clone())).await?;
    let persister = StateAccess::unlocked(&opened).await?.read().await?;
    if persister.current().is_none() {
        let detail = "There is no state here. Run this command in the directory of your configuration, after the first \"groma apply\".";
        return Err(Diagnostic::error("No state file was found", detail).into());
    }
    let state = persister.state();
    let targets =
        args.addresses.iter().map(|text| selection(text)).collect::<Result<Vec<_>, _>>()?;
    for (text, target) in args.addresses.iter().zip(&targets) {
        if !state.instances().any(|(addr, ..)| target.selects(&addr)) {
            let detail = format!("No resource instances in the state match {text:?}.");
            return Err(Diagnostic::error("Unknown resource", detail).into());
        }
    }
    let mut out = String::new();
    for (addr, _, instance) in state.instances() {
        let selected = targets.is_empty() || targets.iter().any(|t| t.selects(&addr));
        let known = args
            .id
            .as_ref()
            .is_none_or(|id| instance.current.as_ref().is_some_and(|object| has_id(object, id)));
        if selected && known {
            out += &format!("{addr}\n");
        }
    }
    session.ui.out(&out);
    Ok(Exit::Success)
}

fn has_id(object: &groma_state::Object, id: &str) -> bool {
    let Some(text) = object.attributes.as_json() else { return false };
    let attributes: Result<serde_json::Value, _> = serde_json::from_slice(text);
    attributes.is_ok_and(|a| a.get("id").and_then(|v| v.as_str()) == Some(id))
}
