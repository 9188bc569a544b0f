//! `groma console`

mod interactive;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use groma_addrs::{ModuleInstance, parse};
use groma_diag::{Diagnostic, Diagnostics, Pos};
use groma_engine::{
    Evaluated, EvaluationInput, Evaluator, PlanInput, PlanOptions, ProviderPool, Silence,
    evaluator, evaluator_of_plan,
};
use groma_hcl::console_text;
use groma_hcl::parse_expression;

use super::no_positional;
use crate::args::BOOL;
use crate::backend::{self, LockArgs, StateArgs};
use crate::configuration::{self, Configuration, Unset};
use crate::exit::Exit;
use crate::operation::{conclude, surroundings};
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::{Ui, ViewArgs};
use crate::variables::VariableArgs;
use crate::workspace;

/// Try out expressions against the configuration and its state
///
/// Each line is evaluated and its value shown. Where the input is not a terminal, only the value of
/// the last line is, and the first error ends the command. The state is not changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Plan first, and evaluate with the planned values instead of those in the state
    #[arg(long, value_name = BOOL)]
    plan: bool,
    /// Evaluate inside this module instance, such as module.network or module.site["a"]
    #[arg(long, value_name = "ADDRESS")]
    scope: Option<String>,
    /// Read the state from this file (local backend only)
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[arg(hide = true)]
    positional: Vec<String>,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        self.view.clone()
    }
}

/// How many objects are worked on at once.
const PARALLELISM: usize = 10;

/// What expressions are called in messages.
const INPUT: &str = "<console-input>";

const HELP: &str = "\
Type an expression and press enter to see its value. Everything that the
configuration declares is there as it would be in the configuration:
\"aws_instance.web.id\" is the id of aws_instance.web, if the state has it.
An expression may go on in further lines while a bracket or a heredoc is open.

type(EXPRESSION) tells the type of an expression. To leave, type \"exit\", or
press Ctrl-D.";

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    no_positional(&args.positional, "The console command takes no arguments but options.")?;
    // Only values are for standard output.
    session.ui.data_only();
    let scope = scope(args.scope.as_deref())?;
    let workspace = workspace::current(session)?;
    let configuration =
        configuration::load_with_variables(session, &workspace, &args.variables, Unset::Unknown)
            .await?;
    let root = &configuration.config.root.module;
    let state = StateArgs::at(args.state.clone());
    let opened = backend::open_for(session, root, &state).await?;
    let access = StateAccess::lock(session, &opened, &args.lock, "OperationTypeConsole").await?;
    let mut pool = None;
    let opening = open(session, configuration, &access, &mut pool, opened.workspace, args.plan);
    let result = match session.interruptible(opening).await {
        Ok(evaluator) => converse(session, evaluator, scope).await,
        Err(diagnostics) => Err(diagnostics),
    };
    if let Some(pool) = &pool {
        pool.close().await;
    }
    let unlocked = access.unlock(session).await;
    conclude(session, result, unlocked)
}

fn scope(text: Option<&str>) -> Result<ModuleInstance, Diagnostics> {
    let Some(text) = text else { return Ok(ModuleInstance::root()) };
    parse::module_instance(text).map_err(|why| {
        let detail = format!(
            "The option -scope takes the address of a module instance, such as module.network or module.site[\"a\"]; {text:?} is none: {why}."
        );
        Diagnostic::error("Invalid -scope option", detail).into()
    })
}

/// Evaluates the configuration. Its errors are shown: what failed is unknown to expressions.
async fn open(
    session: &Session,
    configuration: Configuration,
    access: &StateAccess,
    pool: &mut Option<ProviderPool>,
    workspace: String,
    planned: bool,
) -> Result<Evaluator, Diagnostics> {
    let Configuration { config, variables } = configuration;
    let persister = access.read().await?;
    let state = Arc::new(persister.state());
    let required = providers::required(Some(&config), &[&state]);
    let pool = pool.insert(Plugins::find(session, &required)?.into_pool());
    let schemas = providers::schemas(pool, &required).await?;
    let around = surroundings(session, pool, schemas, Arc::new(Silence), PARALLELISM);
    let paths = configuration::paths(session);
    let (evaluator, diagnostics) = if planned {
        let now = jiff::Timestamp::now();
        let current = persister.current();
        let input = PlanInput {
            config,
            state,
            lineage: current.map(|file| file.lineage.clone()).unwrap_or_default(),
            serial: current.map(|file| file.serial).unwrap_or_default(),
            variables,
            functions: configuration::functions(session, Some(now), true),
            paths,
            workspace,
            options: PlanOptions { timestamp: now.to_string(), ..PlanOptions::default() },
        };
        evaluator_of_plan(input, around).await
    } else {
        let functions = configuration::functions(session, None, false);
        let input = EvaluationInput { config, state, variables, functions, paths, workspace };
        evaluator(input, around).await
    };
    let Some(evaluator) = evaluator else { return Err(diagnostics) };
    if diagnostics.has_errors() {
        let mut diagnostics = diagnostics;
        let summary = "Due to the problems above, some expressions may produce unexpected results.";
        session.ui.diagnostics(&diagnostics);
        diagnostics = Diagnostic::warning(summary, "").into();
        session.ui.diagnostics(&diagnostics);
    } else {
        session.ui.warnings(diagnostics);
    }
    Ok(evaluator)
}

async fn converse(
    session: &Session,
    evaluator: Evaluator,
    scope: ModuleInstance,
) -> Result<Exit, Diagnostics> {
    evaluator.check_scope(&scope)?;
    let conversation = Conversation { evaluator, scope, ui: session.ui.clone() };
    if std::io::stdin().is_terminal() {
        interactive::run(session, conversation).await
    } else {
        piped(session, conversation).await
    }
}

/// What a line asks for.
enum Reply {
    /// To show this.
    Text(String),
    /// To show nothing more.
    Exit,
}

/// Evaluates what is typed.
struct Conversation {
    evaluator: Evaluator,
    scope: ModuleInstance,
    ui: Ui,
}

impl Conversation {
    fn reply(&self, line: &[u8]) -> Result<Reply, Diagnostics> {
        match trim(line) {
            b"" => return Ok(Reply::Text(String::new())),
            b"exit" => return Ok(Reply::Exit),
            b"help" => return Ok(Reply::Text(HELP.to_owned())),
            line => {
                let mut text = line.to_vec();
                if text.contains(&b'\n') {
                    // The marker that closes a heredoc is a line of its own.
                    text.push(b'\n');
                }
                let line = text.as_slice();
                self.ui.with_sources(|sources| {
                    sources.insert(INPUT, String::from_utf8_lossy(line));
                });
                let (expression, found) = parse_expression(line, INPUT, Pos::START);
                let (expression, _) = found.into_result(expression)?;
                let (evaluated, warnings) = self.evaluator.evaluate(&self.scope, &expression)?;
                self.ui.warnings(warnings);
                Ok(Reply::Text(match evaluated {
                    Evaluated::Value(value) => console_text(&value),
                    Evaluated::Type(listing) => listing,
                }))
            }
        }
    }
}

/// A line without the space around it.
fn trim(line: &[u8]) -> &[u8] {
    match std::str::from_utf8(line) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => line.trim_ascii(),
    }
}

/// Evaluates each line; shows the value of the last one.
async fn piped(session: &Session, conversation: Conversation) -> Result<Exit, Diagnostics> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input).map_err(|error| {
        let detail = format!("The standard input cannot be read: {error}.");
        Diagnostic::error("Failed to read input", detail)
    })?;
    let mut last = String::new();
    // What is behind the last newline is no line.
    let text = input.strip_suffix(b"\n").unwrap_or(&input);
    for line in text.split(|byte| *byte == b'\n') {
        match conversation.reply(line)? {
            Reply::Text(text) => last = text,
            Reply::Exit => return Ok(Exit::Success),
        }
    }
    session.ui.line(last);
    Ok(Exit::Success)
}
