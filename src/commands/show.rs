//! `groma show`

use std::path::{Path, PathBuf};

use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::SchemaLibrary;
use groma_plan::file::SavedPlan;
use groma_state::State;
use groma_state::file::StateFile;
use groma_view::json;
use groma_view::state::write_state;

use crate::args::BOOL;
use crate::backend::{self, StateArgs};
use crate::configuration::load_tree;
use crate::encryption::Encryption;
use crate::exit::Exit;
use crate::plan_file;
use crate::providers::{self, Plugins};
use crate::schemas::Library;
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;
use crate::workspace;

/// Show the state, or a saved plan
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// A saved plan or a state file; the current state if none is named
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    if args.json {
        session.ui.data_only();
    }
    match &args.path {
        Some(path) if plan_file::is_plan(path) => show_plan(&args, session, path).await,
        Some(path) => show_state(&args, session, Some(read_state(session, path)?)).await,
        None => {
            let opened = backend::open(session, &StateArgs::default()).await?;
            let persister = StateAccess::unlocked(&opened).await?.read().await?;
            show_state(&args, session, persister.current().cloned()).await
        }
    }
}

fn read_state(session: &Session, path: &Path) -> Result<StateFile, Diagnostics> {
    let failed = |why: String| {
        let detail = format!(
            "The file {} is neither a saved plan nor a state file that can be shown: {why}.",
            path.display()
        );
        Diagnostics::from(Diagnostic::error(
            "Failed to read the given file as a state or plan file",
            detail,
        ))
    };
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let sealing = Encryption::here(session)?.state;
    let plain = StateFile::read(&text);
    match sealing.is_none() || plain.is_ok() {
        true => plain.map_err(|error| failed(error.to_string())),
        false => match sealing.open_state(&text)? {
            Some(file) => Ok(file),
            None => Err(failed("it is empty".into())),
        },
    }
}

async fn show_plan(args: &Args, session: &Session, path: &Path) -> Result<Exit, Diagnostics> {
    let saved = plan_file::read(session, path)?;
    let config = plan_file::load_config(session, &saved)?;
    let states: [&State; 2] = [&saved.plan.prior_state, &saved.plan.previous_state];
    let required = providers::required(Some(&config), &states);
    let pool = Plugins::find(session, &required)?.into_pool();
    let schemas = providers::schemas(&pool, &required).await;
    pool.close().await;
    let schemas = schemas?;
    let SavedPlan { plan, .. } = &saved;
    if args.json {
        session.ui.data(|out| {
            json::write_plan(&mut *out, plan, &config, &Library(&schemas))?;
            Ok(out.write_all(b"\n")?)
        })?;
    } else {
        session.ui.plan(plan, &schemas, session.settings.in_automation)?;
    }
    Ok(Exit::Success)
}

async fn show_state(
    args: &Args,
    session: &Session,
    file: Option<StateFile>,
) -> Result<Exit, Diagnostics> {
    let Some(file) = file else {
        if args.json {
            session.ui.data(|out| {
                json::write_no_state(&mut *out)?;
                Ok(out.write_all(b"\n")?)
            })?;
        } else {
            session.ui.line("No state.");
        }
        return Ok(Exit::Success);
    };
    let schemas = state_schemas(session, &file.state).await?;
    let style = session.ui.style();
    session.ui.data(|mut out| {
        if args.json {
            let version = Some(&*file.terraform_version);
            json::write_state(&mut *out, &file.state, version, &Library(&schemas))?;
            return Ok(out.write_all(b"\n")?);
        }
        write_state(&mut out, &file.state, &Library(&schemas), style)
    })?;
    Ok(Exit::Success)
}

/// The schemas of all that is in a state.
pub(super) async fn state_schemas(
    session: &Session,
    state: &State,
) -> Result<SchemaLibrary, Diagnostics> {
    let of_state = providers::required(None, &[state]);
    // What the configuration says of versions matters where the lock file is held against it; a
    // broken configuration is no reason not to show the state.
    let workspace = workspace::current(session)?;
    let loaded = load_tree(session, &workspace, &Default::default()).ok();
    let mut required = of_state.clone();
    if let Some(config) = loaded.and_then(|loaded| loaded.config) {
        let all = config.provider_requirements();
        for (provider, constraints) in all.into_iter().filter(|(p, _)| of_state.contains_key(p)) {
            required.insert(provider, constraints);
        }
    }
    let pool = Plugins::find(session, &required)?.into_pool();
    let schemas = providers::schemas(&pool, &required).await;
    pool.close().await;
    schemas
}
