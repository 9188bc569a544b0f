//! Making a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use groma_addrs::AbsResourceInstance;
use groma_backend::Persister;
use groma_config::Config;
use groma_diag::Diagnostics;
use groma_engine::{
    EventSink, InputValue, PlanInput, PlanOptions, ProviderPool, Provisioners, SchemaLibrary,
    Surroundings,
};
use groma_plan::{Plan, ProviderLock};
use groma_provisioners::Machine;
use groma_registry::CliEnvironment;
use groma_state::file::TERRAFORM_VERSION;
use groma_value::Str;

use super::{OperationArgs, PlanningArgs};
use crate::backend::{self, Opened};
use crate::configuration::{self, Configuration, Unset};
use crate::providers::{self, Plugins};
use crate::session::Session;
use crate::state_access::StateAccess;
use crate::workspace;

/// All that is needed to plan, the lock of the state among it.
pub(crate) struct Planning {
    configuration: Configuration,
    options: PlanOptions,
    parallelism: usize,
    pub(crate) opened: Opened,
    pub(crate) access: StateAccess,
}

/// A plan and what applying it needs.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) config: Config,
    pub(crate) variables: BTreeMap<Str, InputValue>,
    pub(crate) persister: Persister,
    pub(crate) around: Surroundings,
    pub(crate) locks: Vec<ProviderLock>,
}

impl Planning {
    /// Loads the configuration and takes the lock of its state.
    pub(crate) async fn begin(
        session: &Session,
        planning: &PlanningArgs,
        operation: &OperationArgs,
        lock_name: &str,
    ) -> Result<Planning, Diagnostics> {
        let options = PlanOptions { timestamp: now(), ..planning.options()? };
        let parallelism = operation.parallelism()?;
        let workspace = workspace::current(session)?;
        let unset = if operation.may_ask(session) { Unset::Ask } else { Unset::Refuse };
        let mut configuration =
            configuration::load_with_variables(session, &workspace, &planning.variables, unset)
                .await?;
        configuration.config = planning.heeded(configuration.config)?;
        if configuration.config.has_no_files() && options.mode != groma_plan::Mode::Destroy {
            return Err(configuration::no_configuration());
        }
        let root = &configuration.config.root.module;
        let opened = backend::open_for(session, root, &operation.state).await?;
        let access = StateAccess::lock(session, &opened, &operation.lock, lock_name).await?;
        Ok(Planning { configuration, options, parallelism, opened, access })
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.configuration.config
    }

    /// Nothing is to be planned, but an object to be imported.
    pub(crate) fn importing(mut self, addr: AbsResourceInstance, id: Str) -> Planning {
        self.options.import = Some((addr, id));
        self
    }
}

/// Makes a plan, which can be looked at even if there are errors. The providers are open
/// afterwards, whatever the result.
pub(crate) async fn plan(
    session: &Session,
    planning: &Planning,
    pool: &mut Option<ProviderPool>,
    events: Arc<dyn EventSink>,
) -> (Option<Planned>, Diagnostics) {
    let preparing = prepare(session, planning, pool, events);
    match session.interruptible(preparing).await {
        Ok(prepared) => prepared.plan(session, planning).await,
        Err(diagnostics) => (None, diagnostics),
    }
}

struct Prepared {
    persister: Persister,
    around: Surroundings,
    locks: Vec<ProviderLock>,
}

async fn prepare(
    session: &Session,
    planning: &Planning,
    pool: &mut Option<ProviderPool>,
    events: Arc<dyn EventSink>,
) -> Result<Prepared, Diagnostics> {
    let persister = planning.access.read().await?;
    let state = persister.state();
    let required = providers::required(Some(&planning.configuration.config), &[&state]);
    let plugins = Plugins::find(session, &required)?;
    let locks = plugins.locks().to_vec();
    let pool = pool.insert(plugins.into_pool());
    let schemas = providers::schemas(pool, &required).await?;
    let around = surroundings(session, pool, schemas, events, planning.parallelism);
    Ok(Prepared { persister, around, locks })
}

/// The provisioners, told what they have to know of this machine.
fn provisioners(session: &Session) -> Provisioners {
    let CliEnvironment { variables, home, .. } = &session.environment;
    let socket = variables.get("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
    let ssh_agent = socket.map(PathBuf::from);
    groma_provisioners::all(Machine { ssh_agent, home: home.clone() })
}

/// What the engine needs of its surroundings.
pub(crate) fn surroundings(
    session: &Session,
    pool: &ProviderPool,
    schemas: SchemaLibrary,
    events: Arc<dyn EventSink>,
    parallelism: usize,
) -> Surroundings {
    Surroundings {
        pool: pool.clone(),
        schemas,
        provisioners: provisioners(session),
        events,
        interrupt: session.interrupt.clone(),
        parallelism,
        terraform_version: TERRAFORM_VERSION.into(),
    }
}

impl Prepared {
    async fn plan(self, session: &Session, planning: &Planning) -> (Option<Planned>, Diagnostics) {
        let Configuration { config, variables } = &planning.configuration;
        let timestamp = planning.options.timestamp.parse().ok();
        let current = self.persister.current();
        let input = PlanInput {
            config: config.clone(),
            state: Arc::new(self.persister.state()),
            lineage: current.map(|file| file.lineage.clone()).unwrap_or_default(),
            serial: current.map(|file| file.serial).unwrap_or_default(),
            variables: variables.clone(),
            functions: configuration::functions(session, timestamp, true),
            paths: configuration::paths(session),
            workspace: planning.opened.workspace.clone(),
            options: planning.options.clone(),
        };
        let around = self.around.clone();
        // A task of its own, so that a panic in it does not keep us from giving the lock back.
        let task = tokio::spawn(groma_engine::plan(input, around));
        let abort = task.abort_handle();
        let making = async { task.await.map_err(|error| crashed(&error)) };
        // Nothing is changed here, so there is nothing to wait for.
        let (plan, diagnostics) = match session.interruptible(making).await {
            Ok(result) => result,
            Err(diagnostics) => {
                abort.abort();
                (None, diagnostics)
            }
        };
        let planned = plan.map(|plan| Planned {
            plan,
            config: config.clone(),
            variables: variables.clone(),
            persister: self.persister,
            around: self.around,
            locks: self.locks,
        });
        (planned, diagnostics)
    }
}

/// What to say of a panic.
pub(crate) fn crashed(error: &tokio::task::JoinError) -> Diagnostics {
    tracing::error!(%error, "the engine crashed");
    groma_diag::Diagnostic::error(
        "Groma crashed",
        "This is a bug in Groma; please report it with what is printed above. What had been done before is in the state.",
    )
    .into()
}

/// The time as plans keep it.
fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}
