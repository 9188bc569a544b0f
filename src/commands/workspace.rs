//! `groma workspace`

use groma_backend::workspace::{self as names, DEFAULT};
use groma_diag::{Diagnostic, Diagnostics};

use crate::args::BOOL;
use crate::backend::{self, LockArgs, Opened, StateArgs};
use crate::exit::Exit;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::workspace;

/// Work with workspaces: several states for one configuration
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the workspaces
    List(Plain),
    /// Show the name of the current workspace
    Show(Plain),
    /// Make a workspace and select it
    New(New),
    /// Select a workspace
    Select(Select),
    /// Delete a workspace
    Delete(Delete),
}

#[derive(Debug, clap::Args)]
struct Plain {
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Debug, clap::Args)]
struct New {
    #[command(flatten)]
    view: ViewArgs,
    /// Put the state of this file into it
    #[arg(long, value_name = "FILE")]
    state: Option<std::path::PathBuf>,
    #[command(flatten)]
    lock: LockArgs,
    name: String,
}

#[derive(Debug, clap::Args)]
struct Select {
    #[command(flatten)]
    view: ViewArgs,
    /// Make it if it is not there
    #[arg(long, value_name = BOOL)]
    or_create: bool,
    name: String,
}

#[derive(Debug, clap::Args)]
struct Delete {
    #[command(flatten)]
    view: ViewArgs,
    /// Even if its state has objects, which are then forgotten
    #[arg(long, value_name = BOOL)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
    name: String,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        match &self.command {
            Command::List(args) | Command::Show(args) => args.view.clone(),
            Command::New(args) => args.view.clone(),
            Command::Select(args) => args.view.clone(),
            Command::Delete(args) => args.view.clone(),
        }
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if let Command::Show(_) = args.command {
        session.ui.line(workspace::current(session)?);
        return Ok(Exit::Success);
    }
    let opened = backend::open(session, &StateArgs::default()).await?;
    match args.command {
        Command::List(_) | Command::Show(_) => list(session, &opened).await,
        Command::New(args) => new(session, &opened, args).await,
        Command::Select(args) => select(session, &opened, args).await,
        Command::Delete(args) => delete(session, &opened, args).await,
    }
}

async fn list(session: &Session, opened: &Opened) -> Result<Exit, Diagnostics> {
    for name in opened.backend.workspaces().await? {
        let mark = if name == opened.workspace { '*' } else { ' ' };
        session.ui.line(format!("{mark} {name}"));
    }
    session.ui.line("");
    if session.settings.workspace.is_some() {
        session.ui.line(
            "The active workspace is being overridden using the TF_WORKSPACE environment variable.\n",
        );
    }
    Ok(Exit::Success)
}

async fn new(session: &Session, opened: &Opened, args: New) -> Result<Exit, Diagnostics> {
    names::check_name(&args.name)?;
    workspace::check_not_overridden(session)?;
    if opened.backend.workspaces().await?.contains(&args.name) {
        let detail = format!("There is a workspace {:?} already.", args.name);
        return Err(Diagnostic::error("Workspace already exists", detail).into());
    }
    opened.backend.create_workspace(&args.name).await?;
    if let Some(path) = &args.state {
        let there = Opened { workspace: args.name.clone(), ..opened.clone() };
        let access = StateAccess::lock(session, &there, &args.lock, "workspace-new").await?;
        let result = super::state::push_file(&access, path, false).await;
        let unlocked = access.unlock(session).await;
        session.ui.diagnostics(&unlocked);
        result?;
    }
    names::select(&session.settings.data_dir, &args.name)?;
    let text = format!("Created and switched to workspace {:?}!", args.name);
    session.ui.line(format!(
        "{}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"groma plan\" Groma will not see any existing state\nfor this configuration.",
        session.ui.style().bold_green(text)
    ));
    Ok(Exit::Success)
}

async fn select(session: &Session, opened: &Opened, args: Select) -> Result<Exit, Diagnostics> {
    names::check_name(&args.name)?;
    workspace::check_not_overridden(session)?;
    if args.name == opened.workspace {
        return Ok(Exit::Success);
    }
    if !opened.backend.workspaces().await?.contains(&args.name) {
        if !args.or_create {
            let detail = format!(
                "Workspace {:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand or include the \"-or-create\" flag with the \"select\" subcommand.",
                args.name
            );
            return Err(Diagnostic::error("Workspace does not exist", detail).into());
        }
        opened.backend.create_workspace(&args.name).await?;
    }
    names::select(&session.settings.data_dir, &args.name)?;
    let text = format!("Switched to workspace {:?}.", args.name);
    session.ui.line(session.ui.style().green(text));
    Ok(Exit::Success)
}

async fn delete(session: &Session, opened: &Opened, args: Delete) -> Result<Exit, Diagnostics> {
    names::check_name(&args.name)?;
    let refuse = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).into());
    if args.name == DEFAULT {
        let detail = "The default workspace always exists and cannot be deleted.";
        return refuse("Cannot delete workspace", detail.into());
    }
    if args.name == opened.workspace {
        let detail = format!(
            "Workspace {:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please switch to another workspace and try again.",
            args.name
        );
        return refuse("Cannot delete active workspace", detail);
    }
    if !opened.backend.workspaces().await?.contains(&args.name) {
        let detail = format!("Workspace {:?} doesn't exist.", args.name);
        return refuse("Workspace does not exist", detail);
    }
    let there = Opened { workspace: args.name.clone(), ..opened.clone() };
    let access = StateAccess::lock(session, &there, &args.lock, "workspace-delete").await?;
    let result = check_empty(session, &access, &args).await;
    // The lock goes first: with the local backend it is within what is deleted.
    session.ui.warnings(access.unlock(session).await);
    result?;
    opened.backend.delete_workspace(&args.name).await?;
    let text = format!("Deleted workspace {:?}!", args.name);
    session.ui.line(session.ui.style().green(text));
    Ok(Exit::Success)
}

async fn check_empty(
    session: &Session,
    access: &StateAccess,
    args: &Delete,
) -> Result<(), Diagnostics> {
    let state = access.read().await?.state();
    if state.resources.is_empty() {
        return Ok(());
    }
    if args.force {
        let detail = format!(
            "The workspace {:?} was not empty. Its objects may still exist, but are no longer managed by Groma.",
            args.name
        );
        session.ui.warnings(Diagnostic::warning("Workspace was not empty", detail).into());
        return Ok(());
    }
    let list: Vec<String> =
        state.instances().take(5).map(|(addr, ..)| format!("  - {addr}")).collect();
    let detail = format!(
        "Workspace {:?} is currently tracking the following resource instances:\n{}\n\nDeleting this workspace would cause Groma to lose track of any associated remote objects, which would then require you to delete them manually outside of Groma. You should destroy these objects with Groma before deleting the workspace.\n\nIf you want to delete this workspace anyway, and have Groma forget about these managed objects, use the -force option to disable this safety check.",
        args.name,
        list.join("\n")
    );
    Err(Diagnostic::error("Workspace is not empty", detail).into())
}
