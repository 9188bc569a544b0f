//! `groma graph`

use std::collections::BTreeMap;
use std::path::PathBuf;

use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::DependencyGraph;
use groma_plan::file::SavedPlan;
use groma_state::State;
use groma_view::graph::{GraphFormat, OperationGraph, write_resources};

use super::no_positional;
use crate::args::BOOL;
use crate::backend::{self, StateArgs};
use crate::configuration::load_tree;
use crate::exit::Exit;
use crate::plan_file;
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::workspace;

/// Show what depends on what, as text that programs draw
///
/// Without options, these are the resources of the configuration and the state.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show all that is evaluated and done: plan, plan-refresh-only, plan-destroy or apply
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Show what applying this saved plan does
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Colour the edges of cycles; with -type
    #[arg(long, value_name = BOOL)]
    draw_cycles: bool,
    /// The language: dot or mermaid
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    format: String,
    /// Has no effect any more
    #[arg(long, value_name = "N", hide = true, allow_hyphen_values = true)]
    module_depth: Option<i64>,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    #[arg(hide = true)]
    positional: Vec<String>,
}

/// Which operation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plan,
    Destroy,
    Apply,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    no_positional(&args.positional, "To look at another directory, use the global -chdir flag.")?;
    session.ui.data_only();
    let kind = args.kind()?;
    let format = args.format()?;
    if args.draw_cycles && (kind.is_none() || args.plan.is_some()) {
        let detail = "Cycles are drawn in graphs of operations that are yet to be planned. Add -type=plan, for example.";
        return Err(Diagnostic::error("Invalid -draw-cycles option", detail).into());
    }
    if let Some(path) = &args.plan {
        if kind.is_some_and(|kind| kind != Kind::Apply) {
            let detail = "A saved plan is there to be applied: -plan goes with -type=apply only.";
            return Err(Diagnostic::error("Incompatible options", detail).into());
        }
        let SavedPlan { plan, .. } = plan_file::read(session, path)?;
        write(session, OperationGraph::of_plan(&plan), format)?;
        return Ok(Exit::Success);
    }
    let (config, state) = inputs(session).await?;
    if kind == Some(Kind::Destroy) {
        write(session, OperationGraph::of_destroying(&state), format)?;
        return Ok(Exit::Success);
    }
    // Applying starts from a plan: what only the state has is not in an empty one.
    let empty = State::default();
    let beyond = if kind == Some(Kind::Apply) { &empty } else { &state };
    let graph = dependencies(session, &config, beyond).await?;
    if !args.draw_cycles && !graph.cycles().is_empty() {
        return Err(graph.report_cycles());
    }
    match kind {
        None => {
            let mut resources = graph.resources();
            for (resource, dependencies) in &mut resources {
                if config.resource(resource).is_none() {
                    dependencies.clear();
                }
            }
            session.ui.data(|out| Ok(write_resources(out, &resources, format)?))?;
        }
        Some(_) => {
            let (nodes, edges) = (graph.nodes(), graph.dependencies());
            let is_orphan = |resource: &_| config.resource(resource).is_none();
            let shown = OperationGraph::of_config(nodes, edges, is_orphan);
            let cycles = if args.draw_cycles { graph.cycles() } else { &[] };
            write(session, shown.with_cycles(cycles), format)?;
        }
    }
    Ok(Exit::Success)
}

impl Args {
    fn kind(&self) -> Result<Option<Kind>, Diagnostics> {
        match self.kind.as_deref() {
            None | Some("") => Ok(None),
            Some("plan" | "plan-refresh-only") => Ok(Some(Kind::Plan)),
            Some("plan-destroy") => Ok(Some(Kind::Destroy)),
            Some("apply") => Ok(Some(Kind::Apply)),
            Some(_) => {
                let detail = "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \"apply\".";
                Err(Diagnostic::error("Unsupported graph type", detail).into())
            }
        }
    }

    fn format(&self) -> Result<GraphFormat, Diagnostics> {
        match self.format.as_str() {
            "dot" => Ok(GraphFormat::Dot),
            "mermaid" => Ok(GraphFormat::Mermaid),
            other => {
                let detail = format!("Graphs are written as dot or mermaid, not as {other:?}.");
                Err(Diagnostic::error("Unsupported graph format", detail).into())
            }
        }
    }
}

fn write(session: &Session, graph: OperationGraph, format: GraphFormat) -> Result<(), Diagnostics> {
    session.ui.data(|out| Ok(graph.write(out, format)?))
}

/// The configuration, and the state that it stands beside.
async fn inputs(session: &Session) -> Result<(Config, State), Diagnostics> {
    let workspace = workspace::current(session)?;
    let (config, warnings) = load_tree(session, &workspace, &BTreeMap::new())?.into_result()?;
    session.ui.warnings(warnings);
    let root = &config.root.module;
    let opened = backend::open_for(session, root, &StateArgs::default()).await?;
    let state = StateAccess::unlocked(&opened).await?.read().await?.state();
    Ok((config, state))
}

async fn dependencies(
    session: &Session,
    config: &Config,
    state: &State,
) -> Result<DependencyGraph, Diagnostics> {
    let required = providers::required(Some(config), &[state]);
    let pool = Plugins::find(session, &required)?.into_pool();
    let schemas = providers::schemas(&pool, &required).await;
    pool.close().await;
    let (graph, diagnostics) = DependencyGraph::build(config, state, &schemas?);
    let (graph, warnings) = diagnostics.into_result(graph)?;
    session.ui.warnings(warnings);
    Ok(graph)
}
