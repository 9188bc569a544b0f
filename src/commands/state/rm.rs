//! `groma state rm`

use groma_addrs::Target;
use groma_diag::{Diagnostic, Diagnostics};

use super::selection;
use crate::args::BOOL;
use crate::backend::{self, LockArgs, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Forget objects without destroying them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only say what would be forgotten
    #[arg(long, value_name = BOOL)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The modules, resources and instances
    #[arg(required = true)]
    addresses: Vec<String>,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let targets =
        args.addresses.iter().map(|text| selection(text)).collect::<Result<Vec<_>, _>>()?;
    let opened = backend::open(session, &args.state).await?;
    let access = StateAccess::lock(session, &opened, &args.lock, "state-rm").await?;
    let result = remove(&args, session, &access, &targets).await;
    let unlocked = access.unlock(session).await;
    session.ui.diagnostics(&unlocked);
    result
}

async fn remove(
    args: &Args,
    session: &Session,
    access: &StateAccess,
    targets: &[Target],
) -> Result<Exit, Diagnostics> {
    let mut persister = access.read().await?;
    let mut state = persister.state();
    let selected: Vec<_> = state
        .instances()
        .map(|(addr, ..)| addr)
        .filter(|addr| targets.iter().any(|target| target.selects(addr)))
        .collect();
    if selected.is_empty() {
        let detail = "The given addresses select nothing in the state. Use \"groma state list\" to see what there is.";
        return Err(Diagnostic::error("Invalid target address", detail).into());
    }
    let verb = if args.dry_run { "Would remove" } else { "Removed" };
    for addr in &selected {
        session.ui.line(format!("{verb} {addr}"));
        if let Some(resource) = state.resources.get_mut(&addr.resource) {
            resource.instances.remove(&addr.key);
            if resource.instances.is_empty() {
                state.resources.remove(&addr.resource);
            }
        }
    }
    if !args.dry_run {
        persister.persist(&state).await?;
        session.ui.line(format!("Successfully removed {} resource instance(s).", selected.len()));
    }
    Ok(Exit::Success)
}
