//! `groma state mv`

use groma_addrs::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, Target};
use groma_diag::{Diagnostic, Diagnostics};
use groma_state::{ResourceState, State};

use super::selection;
use crate::args::BOOL;
use crate::backend::{self, LockArgs, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;

/// Give objects in the state another address
///
/// Prefer "moved" blocks, which do the same for everybody who works with the configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only say what would be moved
    #[arg(long, value_name = BOOL)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// The address as it is
    from: String,
    /// The address as it is to be
    to: String,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let (from, to) = (selection(&args.from)?, selection(&args.to)?);
    let opened = backend::open(session, &args.state).await?;
    let access = StateAccess::lock(session, &opened, &args.lock, "state-mv").await?;
    let result = rename(&args, session, &access, &from, &to).await;
    let unlocked = access.unlock(session).await;
    session.ui.diagnostics(&unlocked);
    result
}

async fn rename(
    args: &Args,
    session: &Session,
    access: &StateAccess,
    from: &Target,
    to: &Target,
) -> Result<Exit, Diagnostics> {
    let mut persister = access.read().await?;
    let mut state = persister.state();
    let moves = moves(&state, from, to)
        .map_err(|why| Diagnostics::from(Diagnostic::error("Invalid state move", why)))?;
    let verb = if args.dry_run { "Would move" } else { "Move" };
    for (old, new) in &moves {
        session.ui.line(format!(
            "{verb} {old:?} to {new:?}",
            old = old.to_string(),
            new = new.to_string()
        ));
        carry(&mut state, old, new);
    }
    if !args.dry_run {
        persister.persist(&state).await?;
        session.ui.line(format!("Successfully moved {} object(s).", moves.len()));
    }
    Ok(Exit::Success)
}

type Move = (AbsResourceInstance, AbsResourceInstance);

/// Which instance goes where. The error is a sentence or more.
fn moves(state: &State, from: &Target, to: &Target) -> Result<Vec<Move>, String> {
    let renamed: Box<dyn Fn(&AbsResourceInstance) -> AbsResourceInstance> = match (from, to) {
        (Target::Module(old), Target::Module(new)) => {
            if old.is_root() || new.is_root() || new.steps().starts_with(old.steps()) && new != old {
                return Err("A module cannot be moved into itself, nor to or from the root.".into());
            }
            Box::new(move |addr| in_module(addr, old, new))
        }
        (Target::Resource(old), Target::Resource(new)) => {
            same_type(old, new)?;
            Box::new(move |addr| new.instance(addr.key.clone()))
        }
        (Target::Instance(old), Target::Instance(new)) => {
            same_type(&old.resource, &new.resource)?;
            Box::new(move |_| new.clone())
        }
        (Target::Resource(old), Target::Instance(new)) => {
            same_type(old, &new.resource)?;
            Box::new(move |_| new.clone())
        }
        (Target::Instance(old), Target::Resource(new)) => {
            same_type(&old.resource, new)?;
            Box::new(move |_| new.instance(InstanceKey::None))
        }
        _ => return Err("A module can be moved to a module address only, and a resource to a resource address only.".into()),
    };
    let moves: Vec<Move> = state
        .instances()
        .filter(|(addr, ..)| exactly(from, addr))
        .map(|(addr, ..)| (addr.clone(), renamed(&addr)))
        .collect();
    if moves.is_empty() {
        return Err(format!("There is nothing with the address {from} in the state."));
    }
    for (place, (_, new)) in moves.iter().enumerate() {
        let twice = moves[..place].last().is_some_and(|(_, other)| other == new);
        if state.instance(new).is_some() || twice {
            return Err(format!("There would be two objects with the address {new}."));
        }
    }
    Ok(moves)
}

/// Whether an address selects an instance; that of a module instance means this one only.
fn exactly(target: &Target, addr: &AbsResourceInstance) -> bool {
    match target {
        Target::Module(module) => module.contains(addr.module()),
        Target::Resource(resource) => addr.resource == *resource,
        Target::Instance(instance) => addr == instance,
    }
}

fn same_type(old: &AbsResource, new: &AbsResource) -> Result<(), String> {
    let (old, new) = (&old.resource, &new.resource);
    match old.mode == new.mode && old.ty == new.ty {
        true => Ok(()),
        false => Err(format!("{old} and {new} are of different types.")),
    }
}

fn in_module(
    addr: &AbsResourceInstance,
    old: &ModuleInstance,
    new: &ModuleInstance,
) -> AbsResourceInstance {
    let rest = &addr.module().steps()[old.steps().len()..];
    let steps = new.steps().iter().chain(rest).cloned().collect();
    let resource = addr.resource.resource.in_module(&ModuleInstance::new(steps));
    resource.instance(addr.key.clone())
}

fn carry(state: &mut State, old: &AbsResourceInstance, new: &AbsResourceInstance) {
    let Some(resource) = state.resources.get_mut(&old.resource) else { return };
    let provider = resource.provider.clone();
    let Some(instance) = resource.instances.remove(&old.key) else { return };
    if resource.instances.is_empty() {
        state.resources.remove(&old.resource);
    }
    let target = state
        .resources
        .entry(new.resource.clone())
        .or_insert_with(|| ResourceState { provider, instances: Default::default() });
    target.instances.insert(new.key.clone(), instance);
}
