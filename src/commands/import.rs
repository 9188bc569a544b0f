//! `groma import`

use groma_addrs::{AbsResourceInstance, ResourceMode, parse};
use groma_backend::Persister;
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};

use crate::exit::Exit;
use crate::operation::{OperationArgs, Planned, Planning, PlanningArgs, conclude, plan};
use crate::progress::{Phase, Progress};
use crate::session::Session;
use crate::ui::ViewArgs;
use crate::variables::VariableArgs;

/// Take an object that is there already into the state
///
/// The object is changed by nothing here. Its resource must be in the configuration. Prefer import
/// blocks, which are planned and applied as everything else.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    variables: VariableArgs,
    #[command(flatten)]
    operation: OperationArgs,
    /// The resource instance, and what its provider knows the object by
    #[arg(value_names = ["ADDRESS", "ID"])]
    positional: Vec<String>,
}

impl Args {
    /// What it is told of the root module's variables.
    pub(crate) fn variables(&self) -> VariableArgs {
        self.variables.clone()
    }

    /// How its output is to look.
    pub(crate) fn view(&self) -> ViewArgs {
        self.operation.view()
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Diagnostics> {
    let [address, id] = &args.positional[..] else {
        let detail = "The address of a resource instance is needed, and the id of the object that is to be imported to it.";
        return Err(Diagnostic::error("The import command expects two arguments.", detail).into());
    };
    let addr = parse::resource_instance(address).map_err(|why| {
        let detail = format!("The address {address:?} is not that of a resource instance: {why}");
        Diagnostic::error("Invalid address", detail)
    })?;
    if addr.resource.resource.mode != ResourceMode::Managed {
        let summary = "A managed resource address is required. Importing into a data resource is not allowed.";
        return Err(Diagnostic::error(summary, "").into());
    }
    let planning = PlanningArgs::with_variables(args.variables.clone());
    let planning = Planning::begin(session, &planning, &args.operation, "import").await?;
    let planning = planning.importing(addr.clone(), id.as_str().into());
    let mut pool = None;
    let result = match check(planning.config(), &addr) {
        Ok(()) => {
            let progress = Progress::start(&session.ui, Phase::Import);
            let (planned, diagnostics) = plan(session, &planning, &mut pool, progress.sink()).await;
            progress.stop();
            finish(session, &addr, planned, diagnostics).await
        }
        Err(diagnostic) => Err((*diagnostic).into()),
    };
    if let Some(pool) = &pool {
        pool.close().await;
    }
    let unlocked = planning.access.unlock(session).await;
    conclude(session, result, unlocked)
}

/// There must be something to import to.
fn check(config: &Config, addr: &AbsResourceInstance) -> Result<(), Box<Diagnostic>> {
    let config_addr = addr.resource.config();
    if config.module(&config_addr.module).is_none() {
        let module = &config_addr.module;
        let detail = format!(
            "{module} is not defined in the configuration. Please add configuration for this module before importing into it."
        );
        return Err(Box::new(Diagnostic::error("Import to non-existent module", detail)));
    }
    if config.resource(&config_addr).is_none() {
        let module = match config_addr.module.is_root() {
            true => "the root module".to_owned(),
            false => config_addr.module.to_string(),
        };
        let resource = &config_addr.resource;
        let detail = format!(
            "Before importing this resource, please create its configuration in {module}. For example:\n\nresource {:?} {:?} {{\n  # (resource arguments)\n}}",
            &*resource.ty, &*resource.name
        );
        let summary =
            format!("resource address \"{config_addr}\" does not exist in the configuration.");
        return Err(Box::new(Diagnostic::error(summary, detail)));
    }
    Ok(())
}

/// Puts what was found into the state, and nothing else.
async fn finish(
    session: &Session,
    addr: &AbsResourceInstance,
    planned: Option<Planned>,
    diagnostics: Diagnostics,
) -> Result<Exit, Diagnostics> {
    let Some(Planned { plan, mut persister, .. }) = planned else { return Err(diagnostics) };
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let found = plan.prior_state.resource(&addr.resource);
    let object = plan.prior_state.instance(addr).and_then(|instance| instance.current.clone());
    let (Some(resource), Some(object)) = (found, object) else {
        let detail = format!(
            "The configuration for the given import {addr} does not exist. All target instances must have an associated configuration to be imported."
        );
        let summary = "Configuration for import target does not exist";
        return Err(Diagnostic::error(summary, detail).into());
    };
    let provider = resource.provider_of(&addr.key);
    let mut state = persister.state();
    state.set_current(addr, &provider, Some(object));
    save(&mut persister, &state).await?;
    session.ui.warnings(diagnostics);
    session.ui.note(&format!(
        "\n{}\n\nThe resources that were imported are shown above. These resources are now in\nyour Groma state and will henceforth be managed by Groma.\n",
        session.ui.style().bold_green("Import successful!")
    ));
    Ok(Exit::Success)
}

async fn save(persister: &mut Persister, state: &groma_state::State) -> Result<(), Diagnostics> {
    match persister.persist(state).await {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::keeper::rescue(persister, state, error.into())),
    }
}
