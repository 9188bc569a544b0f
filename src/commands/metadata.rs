//! `groma metadata`

use groma_diag::{Diagnostic, Diagnostics};

use super::no_positional;
use crate::args::BOOL;
use crate::exit::Exit;
use crate::session::Session;
use crate::ui::ViewArgs;

/// Tell programs about the language
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the signatures of all built-in functions as JSON
    Functions(Functions),
}

#[derive(Debug, clap::Args)]
struct Functions {
    /// Required: there is no other form
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    view: ViewArgs,
    #[arg(hide = true)]
    positional: Vec<String>,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        let Command::Functions(args) = &self.command;
        args.view.clone()
    }
}

/// Runs it.
pub(crate) fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let Command::Functions(args) = args.command;
    no_positional(&args.positional, "The command takes no arguments but options.")?;
    if !args.json {
        let detail = "The signatures can be printed as JSON only: use the -json option.";
        return Err(Diagnostic::error("The -json option is required", detail).into());
    }
    let functions = groma_lang::signatures();
    session.ui.data(|out| groma_view::json::write_functions(out, &functions))?;
    Ok(Exit::Success)
}
