//! `groma taint` and `groma untaint`

use std::sync::Arc;

use groma_addrs::{AbsResourceInstance, ResourceMode, parse};
use groma_backend::Persister;
use groma_diag::{Diagnostic, Diagnostics};
use groma_state::{Object, ObjectStatus, State};

use crate::args::BOOL;
use crate::backend::{self, LockArgs, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Mark an object as broken, so that the next plan replaces it
///
/// Prefer "plan -replace", which shows what it does before anything is written.
#[derive(Debug, clap::Args)]
#[group(id = "taint")]
pub(crate) struct Args {
    /// Succeed even if there is no such object
    #[arg(long, value_name = BOOL)]
    allow_missing: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The instance
    address: String,
}

/// Take the mark off that an object is broken
#[derive(Debug, clap::Args)]
pub(crate) struct UntaintArgs {
    #[command(flatten)]
    pub(crate) taint: Args,
}

impl UntaintArgs {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        self.taint.view.clone()
    }
}

/// What is to become of the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It is put.
    Taint,
    /// It is taken off.
    Untaint,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session, wish: Wish) -> Result<Exit, Diagnostics> {
    let addr = parse::resource_instance(&args.address).map_err(|why| {
        let detail =
            format!("The address {:?} is not that of a resource instance: {why}", args.address);
        Diagnostic::error("Invalid resource address", detail)
    })?;
    if addr.resource.resource.mode != ResourceMode::Managed {
        let detail = format!(
            "The resource instance {addr} is not a managed one, and only those can be tainted."
        );
        return Err(Diagnostic::error("Invalid resource address", detail).into());
    }
    let opened = backend::open(session, &args.state).await?;
    let name = if wish == Wish::Taint { "taint" } else { "untaint" };
    let access = StateAccess::lock(session, &opened, &args.lock, name).await?;
    let result = mark(&args, session, &access, &addr, wish).await;
    let unlocked = access.unlock(session).await;
    session.ui.diagnostics(&unlocked);
    result
}

async fn mark(
    args: &Args,
    session: &Session,
    access: &StateAccess,
    addr: &AbsResourceInstance,
    wish: Wish,
) -> Result<Exit, Diagnostics> {
    let mut persister = access.read().await?;
    let mut state = persister.state();
    let Some(object) = current(&state, addr) else {
        let detail = format!("There is no resource instance in the state with the address {addr}.");
        if args.allow_missing {
            session.ui.warnings(Diagnostic::warning("No such resource instance", detail).into());
            return Ok(Exit::Success);
        }
        return Err(Diagnostic::error("No such resource instance", detail).into());
    };
    let (status, text) = match wish {
        Wish::Taint => (ObjectStatus::Tainted, "marked as tainted"),
        Wish::Untaint => (ObjectStatus::Ready, "successfully untainted"),
    };
    if wish == Wish::Untaint && object.status != ObjectStatus::Tainted {
        let detail = format!("{addr} is not currently tainted, and so it cannot be untainted.");
        return Err(Diagnostic::error("Resource instance is not tainted", detail).into());
    }
    let changed = Object { status, ..(*object).clone() };
    put(&mut state, addr, changed);
    save(&mut persister, &state).await?;
    session.ui.line(format!("Resource instance {addr} has been {text}."));
    Ok(Exit::Success)
}

fn current(state: &State, addr: &AbsResourceInstance) -> Option<Arc<Object>> {
    state.instance(addr)?.current.clone()
}

fn put(state: &mut State, addr: &AbsResourceInstance, object: Object) {
    let Some(resource) = state.resource(&addr.resource) else { return };
    let provider = resource.provider.clone();
    state.set_current(addr, &provider, Some(Arc::new(object)));
}

async fn save(persister: &mut Persister, state: &State) -> Result<(), Diagnostics> {
    persister.persist(state).await?;
    Ok(())
}
