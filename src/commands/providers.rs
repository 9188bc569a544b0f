//! `groma providers`

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::Diagnostics;
use groma_view::state::{provider_tree, write_providers};

use crate::args::BOOL;
use crate::backend::{StateArgs, open_for};
use crate::configuration::load_tree;
use crate::exit::Exit;
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::workspace;

/// Show the providers that the configuration and the state need
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(flatten)]
    view: ViewArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the schemas of all providers as JSON
    Schema(Schema),
}

#[derive(Debug, clap::Args)]
struct Schema {
    /// Required: there is no other form
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    view: ViewArgs,
}

impl Args {
    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        match &self.command {
            Some(Command::Schema(args)) => args.view.clone(),
            None => self.view.clone(),
        }
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if matches!(&args.command, Some(Command::Schema(schema)) if schema.json) {
        session.ui.data_only();
    }
    let workspace = workspace::current(session)?;
    let loaded = load_tree(session, &workspace, &BTreeMap::new())?;
    let (config, warnings) = loaded.into_result()?;
    let opened = open_for(session, &config.root.module, &StateArgs::default()).await?;
    let state = StateAccess::unlocked(&opened).await?.read().await?.state();
    let Some(Command::Schema(schema)) = args.command else {
        let in_state: BTreeSet<_> =
            state.resources.values().map(|r| r.provider.provider.clone()).collect();
        session.ui.out(&write_providers(&provider_tree(&config), &in_state));
        session.ui.warnings(warnings);
        return Ok(Exit::Success);
    };
    if !schema.json {
        let detail = "The schemas can be printed as JSON only: use the -json option.";
        return Err(groma_diag::Diagnostic::error("The -json option is required", detail).into());
    }
    let required = providers::required(Some(&config), &[&state]);
    let pool = Plugins::find(session, &required)?.into_pool();
    let schemas = providers::schemas(&pool, &required).await;
    pool.close().await;
    let schemas = schemas?;
    let listed = schemas.iter().map(|(provider, schemas)| (provider, &**schemas));
    session.ui.data(|out| groma_view::json::write_provider_schemas(out, listed))?;
    Ok(Exit::Success)
}
