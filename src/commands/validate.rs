//! `groma validate`

use std::collections::BTreeMap;

use groma_addrs::Provider;
use groma_addrs::version::VersionConstraints;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::Silence;

use super::no_positional;
use crate::args::BOOL;
use crate::configuration::{self, load_tree};
use crate::exit::Exit;
use crate::operation::surroundings;
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;
use crate::workspace;

/// Check whether the configuration is valid
///
/// Looks at the configuration alone: neither at variables' values nor at what exists.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the result as JSON
    #[arg(long, value_name = BOOL)]
    json: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
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

/// How many objects are validated at once.
const PARALLELISM: usize = 10;

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    no_positional(&args.positional, "To validate another directory, use the global -chdir flag.")?;
    let found = match validate(session).await {
        Ok(found) | Err(found) => found,
    };
    let exit = if found.has_errors() { Exit::Failure } else { Exit::Success };
    if args.json {
        session.ui.validation(&found)?;
        return Ok(exit);
    }
    session.ui.diagnostics(&found);
    let style = session.ui.style();
    match (exit, found.is_empty()) {
        (Exit::Success, true) => session.ui.line(format!(
            "{} The configuration is valid.\n",
            style.bold_green("Success!")
        )),
        (Exit::Success, false) => session.ui.line(format!(
            "{} The configuration is valid, but there were some\nvalidation warnings as shown above.\n",
            style.bold_green("Success!")
        )),
        _ => {}
    }
    Ok(exit)
}

async fn validate(session: &Session) -> Result<Diagnostics, Diagnostics> {
    let workspace = workspace::current(session)?;
    let loaded = load_tree(session, &workspace, &BTreeMap::new())?;
    let (config, mut diagnostics) = loaded.into_result()?;
    let required = providers::required(Some(&config), &[]);
    diagnostics.extend(missing(session, &required)?);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let pool = Plugins::find(session, &required)?.into_pool();
    let found = async {
        let schemas = providers::schemas(&pool, &required).await?;
        let around =
            surroundings(session, &pool, schemas, std::sync::Arc::new(Silence), PARALLELISM);
        let functions = configuration::functions(session, None, true);
        let paths = configuration::paths(session);
        Ok(groma_engine::validate(config, functions, paths, workspace, around).await)
    };
    let found = found.await;
    pool.close().await;
    match found {
        Ok(found) => diagnostics.extend(found),
        Err(found) => return Err(found),
    }
    Ok(diagnostics)
}

/// Errors for providers of which no version has been selected.
fn missing(
    session: &Session,
    required: &BTreeMap<Provider, VersionConstraints>,
) -> Result<Diagnostics, Diagnostics> {
    let locks = session.locks()?;
    let attached = providers::attached(session)?;
    let overrides = session.cli_config.dev_overrides();
    let missing = required.keys().filter(|provider| {
        !provider.is_builtin()
            && locks.get(provider).is_none()
            && !attached.contains_key(provider)
            && !overrides.contains_key(provider)
    });
    let error = |provider: &Provider| {
        let detail = format!(
            "This configuration requires provider {provider}, but that provider isn't available. You may be able to install it automatically by running:\n  groma init"
        );
        Diagnostic::error("Missing required provider", detail)
    };
    Ok(missing.map(error).collect())
}
