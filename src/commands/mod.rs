//! The commands.

mod apply;
mod console;
mod destroy;
mod fmt;
mod force_unlock;
mod get;
mod graph;
mod import;
mod init;
mod install;
mod metadata;
mod modules;
mod output;
mod plan;
mod providers;
mod query;
mod refresh;
mod show;
mod state;
mod taint;
mod validate;
mod version;
mod workspace;

use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::{Interrupt, Urgency};
use groma_registry::{CliConfig, CliEnvironment};

use crate::args::{Arguments, prepare, with_single_dashes};
use crate::exit::Exit;
use crate::session::Session;
use crate::settings::{Settings, environment};
use crate::ui::{Ui, ViewArgs};
use crate::variables::VariableArgs;
use crate::{interrupts, logging, ui};

/// Plans and applies changes to infrastructure that is described in configuration files.
#[derive(Debug, Parser)]
#[command(
    name = "groma",
    disable_help_subcommand = true,
    after_help = "Global options (before the command):\n  -chdir=DIR  Switch to another directory first\n  -version    The same as the version command"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Validate(validate::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Console(console::Args),
    Destroy(destroy::Args),
    Fmt(fmt::Args),
    ForceUnlock(force_unlock::Args),
    Get(get::Args),
    Graph(graph::Args),
    Metadata(metadata::Args),
    Import(import::Args),
    Output(output::Args),
    Providers(providers::Args),
    Query(query::Args),
    Refresh(refresh::Args),
    Show(show::Args),
    State(state::Args),
    Taint(taint::Args),
    Untaint(taint::UntaintArgs),
    Version(version::Args),
    Workspace(workspace::Args),
}

impl Command {
    /// How its output is to look.
    fn view(&self) -> ViewArgs {
        match self {
            Command::Init(args) => args.view(),
            Command::Validate(args) => args.view(),
            Command::Plan(args) => args.view(),
            Command::Apply(args) => args.view(),
            Command::Console(args) => args.view(),
            Command::Destroy(args) => args.view(),
            Command::Fmt(args) => args.view.clone(),
            Command::ForceUnlock(args) => args.view.clone(),
            Command::Get(args) => args.view.clone(),
            Command::Graph(args) => args.view.clone(),
            Command::Metadata(args) => args.view(),
            Command::Import(args) => args.view(),
            Command::Output(args) => args.view.clone(),
            Command::Providers(args) => args.view(),
            Command::Query(args) => args.view(),
            Command::Refresh(args) => args.view(),
            Command::Show(args) => args.view.clone(),
            Command::State(args) => args.view(),
            Command::Taint(args) => args.view.clone(),
            Command::Untaint(args) => args.view(),
            Command::Version(args) => args.view.clone(),
            Command::Workspace(args) => args.view(),
        }
    }

    /// What it is told of the root module's variables.
    fn variables(&self) -> VariableArgs {
        match self {
            Command::Init(args) => args.variables.clone(),
            Command::Validate(args) => args.variables.clone(),
            Command::Plan(args) => args.variables(),
            Command::Apply(args) => args.variables(),
            Command::Console(args) => args.variables.clone(),
            Command::Destroy(args) => args.variables(),
            Command::Get(args) => args.variables.clone(),
            Command::Import(args) => args.variables(),
            Command::Output(args) => args.variables.clone(),
            Command::Query(args) => args.variables.clone(),
            Command::Refresh(args) => args.variables(),
            Command::Show(args) => args.variables.clone(),
            _ => VariableArgs::default(),
        }
    }

    /// Whether it may hold the lock of a state: then it needs time to end in order.
    fn holds_locks(&self) -> bool {
        !matches!(
            self,
            Command::Init(_)
                | Command::Validate(_)
                | Command::Fmt(_)
                | Command::Get(_)
                | Command::Graph(_)
                | Command::Metadata(_)
                | Command::Output(_)
                | Command::Providers(_)
                | Command::Query(_)
                | Command::Show(_)
                | Command::Version(_)
        )
    }

    async fn run(self, session: &Session) -> Result<Exit, Diagnostics> {
        match self {
            Command::Init(args) => init::run(args, session).await,
            Command::Validate(args) => validate::run(args, session).await,
            Command::Plan(args) => plan::run(args, session).await,
            Command::Apply(args) => apply::run(args, session).await,
            Command::Console(args) => console::run(args, session).await,
            Command::Destroy(args) => destroy::run(args, session).await,
            Command::Fmt(args) => fmt::run(args, session).await,
            Command::ForceUnlock(args) => force_unlock::run(args, session).await,
            Command::Get(args) => get::run(args, session).await,
            Command::Graph(args) => graph::run(args, session).await,
            Command::Metadata(args) => metadata::run(args, session),
            Command::Import(args) => import::run(args, session).await,
            Command::Output(args) => output::run(args, session).await,
            Command::Providers(args) => providers::run(args, session).await,
            Command::Query(args) => query::run(args, session).await,
            Command::Refresh(args) => refresh::run(args, session).await,
            Command::Show(args) => show::run(args, session).await,
            Command::State(args) => state::run(args, session).await,
            Command::Taint(args) => taint::run(args, session, taint::Wish::Taint).await,
            Command::Untaint(args) => taint::run(args.taint, session, taint::Wish::Untaint).await,
            Command::Version(args) => version::run(args, session),
            Command::Workspace(args) => workspace::run(args, session).await,
        }
    }
}

/// Runs what was typed.
pub(crate) async fn run(typed: &[OsString]) -> Exit {
    let launch_dir = match std::env::current_dir() {
        Ok(dir) => dir,
        Err(error) => {
            return ui::complain(&format!("The working directory cannot be found out: {error}."));
        }
    };
    let environment = environment(&launch_dir);
    let commands = prepare(Cli::command());
    let arguments = match Arguments::read(typed, &environment, &commands) {
        Ok(arguments) => arguments,
        Err(diagnostic) => return ui::complain_of(*diagnostic),
    };
    if let Some(dir) = &arguments.chdir
        && let Err(error) = std::env::set_current_dir(dir)
    {
        let detail = format!("The directory {} cannot be entered: {error}.", dir.display());
        return ui::complain_of(Diagnostic::error("Invalid -chdir option", detail));
    }
    let cli = match parse(commands, &arguments.rest) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    match cli.command {
        Some(command) => execute(command, environment).await,
        None => {
            ui::print(&with_single_dashes(&prepare(Cli::command()).render_help().to_string()));
            Exit::NoCommand
        }
    }
}

fn parse(mut commands: clap::Command, arguments: &[OsString]) -> Result<Cli, Exit> {
    let result = commands
        .try_get_matches_from_mut(std::iter::once(&OsString::from("groma")).chain(arguments))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    result.map_err(|error| {
        if error.use_stderr() && tells_programs(arguments) {
            let text = with_single_dashes(&error.to_string());
            let first = text.lines().next().unwrap_or_default();
            let detail = first.strip_prefix("error: ").unwrap_or(first);
            let ui = Ui::new(&ViewArgs { json: true, ..ViewArgs::default() });
            ui.diagnostics(&Diagnostic::error("Failed to parse command-line flags", detail).into());
            return Exit::Failure;
        }
        let text = with_single_dashes(&error.render().to_string());
        if error.use_stderr() {
            ui::print_error(&text);
            return Exit::Failure;
        }
        ui::print(&text);
        Exit::Success
    })
}

/// Whether a command that cannot be understood would have told all that happens line by line, for
/// programs.
fn tells_programs(arguments: &[OsString]) -> bool {
    const COMMANDS: [&str; 6] = ["apply", "destroy", "init", "plan", "query", "refresh"];
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    words.next().is_some_and(|command| COMMANDS.contains(&command))
        && words.any(|word| matches!(word, "--json" | "-json" | "--json=true" | "-json=true"))
}

async fn execute(command: Command, environment: CliEnvironment) -> Exit {
    let settings = Settings::read(&environment);
    let ui = Ui::new(&command.view());
    if let Some(complaint) = logging::start(&settings) {
        ui.warnings(Diagnostic::warning("The log cannot be written", complaint).into());
    }
    let (cli_config, found) = CliConfig::load(&environment);
    if !found.is_empty() {
        // What programs read holds what the command has to say, and nothing else.
        let aside = Ui::new(&ViewArgs { json: false, ..command.view() });
        aside.data_only();
        aside.error_line("There are some problems with the CLI configuration:");
        aside.diagnostics(&found);
        if found.has_errors() {
            return Exit::Failure;
        }
    }
    let interrupt = Interrupt::default();
    interrupts::listen(interrupt.clone(), ui.clone());
    let variables = command.variables();
    let session = Session { environment, settings, variables, cli_config, interrupt, ui };
    let given_up = given_up(session.interrupt.clone(), command.holds_locks());
    let mut running = Box::pin(command.run(&session));
    let result = tokio::select! {
        result = &mut running => Some(result),
        () = given_up => None,
    };
    drop(running);
    let exit = match result {
        Some(Ok(exit)) => exit,
        Some(Err(diagnostics)) => {
            session.ui.diagnostics(&diagnostics);
            Exit::Failure
        }
        None => {
            tokio::time::sleep(KILLING).await;
            Exit::Failure
        }
    };
    session.ui.finish();
    exit
}

/// How long a command may take to save the state and give back its lock when it is to end at once.
const LAST_RESPITE: Duration = Duration::from_secs(20);

/// How long what was dropped takes to kill its processes.
const KILLING: Duration = Duration::from_millis(200);

/// Until a command that was interrupted is not waited for any longer.
async fn given_up(interrupt: Interrupt, holds_locks: bool) {
    if holds_locks {
        interrupt.reached(Urgency::Now).await;
        tokio::time::sleep(LAST_RESPITE).await;
    } else {
        interrupt.reached(Urgency::Soon).await;
    }
}

/// An error if there are files or directories where none are taken.
fn no_positional(given: &[String], detail: &str) -> Result<(), Diagnostics> {
    match given {
        [] => Ok(()),
        _ => Err(Diagnostic::error("Too many command line arguments", detail).into()),
    }
}
