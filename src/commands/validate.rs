//! `groma validate`

use std::collections::{BTreeMap, BTreeSet};

use groma_addrs::Provider;
use groma_config::{DiskLoader, Loaded};
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::Silence;

use super::no_positional;
use super::query::QueryLoader;
use crate::args::BOOL;
use crate::configuration::{self, load_with};
use crate::exit::Exit;
use crate::native;
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
    /// Look at query files, too
    #[arg(long, value_name = BOOL)]
    query: bool,
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
    if args.json {
        session.ui.data_only();
    }
    let detail = "To validate another directory, use the global -chdir flag.";
    let found = match no_positional(&args.positional, detail) {
        Ok(()) => validate(session, args.query).await,
        Err(wrong) => Err(wrong),
    };
    let (Ok(found) | Err(found)) = found;
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

async fn validate(session: &Session, queries: bool) -> Result<Diagnostics, Diagnostics> {
    let workspace = workspace::current(session)?;
    let disk = DiskLoader::new(".", &session.settings.data_dir)?;
    let Loaded { config, diagnostics: mut found, .. } = match queries {
        true => load_with(session, &QueryLoader(disk), &workspace, &BTreeMap::new()),
        false => load_with(session, &disk, &workspace, &BTreeMap::new()),
    };
    let Some(config) = config else { return Err(found) };
    let mut required = providers::required(Some(&config), &[]);
    let missing = missing(session, &required)?;
    required.retain(|provider, _| !missing.contains(provider));
    // Nothing can be installed before what loading has found is mended.
    if !found.has_errors() {
        found.extend(missing.iter().map(not_installed));
    }
    // What is wrong with the plugins is no reason not to look at the rest.
    let plugins = match Plugins::find(session, &required) {
        Ok(plugins) => plugins,
        Err(why) => {
            found.extend(why);
            required.retain(|provider, _| provider.is_builtin());
            Plugins::find(session, &required)?
        }
    };
    let pool = plugins.into_pool();
    let (schemas, why) = providers::schemas_found(&pool, &required).await;
    found.extend(why);
    let around = surroundings(session, &pool, schemas, std::sync::Arc::new(Silence), PARALLELISM);
    let functions = configuration::functions(session, None, true);
    let paths = configuration::paths(session);
    let found = groma_engine::validate(config, found, functions, paths, workspace, around).await;
    pool.close().await;
    Ok(found)
}

/// The providers of which no version has been selected.
fn missing(
    session: &Session,
    required: &providers::Required,
) -> Result<Vec<Provider>, Diagnostics> {
    let locks = session.locks()?;
    let attached = providers::attached(session)?;
    let overrides = session.cli_config.dev_overrides();
    let chosen = native::chosen(session);
    let native: BTreeSet<&Provider> = native::alone(&chosen).collect();
    let missing = required.keys().filter(|provider| {
        !provider.is_builtin()
            && locks.get(provider).is_none()
            && !attached.contains_key(provider)
            && !overrides.contains_key(provider)
            && !native.contains(*provider)
    });
    Ok(missing.cloned().collect())
}

fn not_installed(provider: &Provider) -> Diagnostic {
    let detail = format!(
        "This configuration requires provider {provider}, but that provider isn't available. You may be able to install it automatically by running:\n  groma init"
    );
    Diagnostic::error("Missing required provider", detail)
}
