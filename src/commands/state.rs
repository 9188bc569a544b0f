//! `groma state`

mod list;
mod mv;
mod pull;
mod push;
mod rm;
mod show;

use groma_diag::Diagnostics;

use crate::exit::Exit;
use crate::session::Session;
use crate::ui::ViewArgs;

pub(crate) use push::push_file;

/// Look at the state, and put it right by hand
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Pull(pull::Args),
    Push(push::Args),
    Rm(rm::Args),
    Mv(mv::Args),
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        match &self.command {
            Command::List(args) => args.view.clone(),
            Command::Show(args) => args.view.clone(),
            Command::Pull(args) => args.view.clone(),
            Command::Push(args) => args.view.clone(),
            Command::Rm(args) => args.view.clone(),
            Command::Mv(args) => args.view.clone(),
        }
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if matches!(args.command, Command::Pull(_)) {
        session.ui.data_only();
    }
    match args.command {
        Command::List(args) => list::run(args, session).await,
        Command::Show(args) => show::run(args, session).await,
        Command::Pull(_) => pull::run(session).await,
        Command::Push(args) => push::run(args, session).await,
        Command::Rm(args) => rm::run(args, session).await,
        Command::Mv(args) => mv::run(args, session).await,
    }
}

/// What an address selects in a state; the error says what is wrong with it.
fn selection(text: &str) -> Result<groma_addrs::Target, Diagnostics> {
    groma_addrs::parse::target(text).map_err(|why| {
        let detail = format!("The address {text:?} cannot be understood: {why}");
        groma_diag::Diagnostic::error("Invalid address", detail).into()
    })
}
