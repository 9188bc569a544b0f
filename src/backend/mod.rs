//! The backend that a working directory's state is kept in.
//!
//! `init` decides which one it is and remembers it in the data directory; the other commands hold
//! the configuration against what is remembered.

mod arguments;
pub(crate) mod init;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use groma_backend::local::{LocalBackend, LocalFactory, LocalOverrides};
use groma_backend::memory::{self, BackendMemory};
use groma_backend::sealing::Sealing;
use groma_backend::{Backend, BackendContext};
use groma_config::{DiskLoader, Module, StaticScope, load_module};
use groma_diag::{Diagnostic, Diagnostics};
use groma_plan::BackendRecord;
use groma_schema::Block;
use groma_value::{Value, json};

use crate::configuration::{LoadingFunctions, early_values, functions};
use crate::encryption::Encryption;
use crate::session::Session;
use crate::workspace;

pub(crate) use arguments::{LockArgs, StateArgs};

/// The kind of backend where nothing is configured.
const LOCAL: &str = "local";

/// A backend and the workspace in it.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// The backend.
    pub(crate) backend: Arc<dyn Backend>,
    /// The current workspace.
    pub(crate) workspace: String,
    /// What a saved plan says of it.
    pub(crate) record: BackendRecord,
}

impl Opened {
    /// Whether reaching it takes a network.
    pub(crate) fn is_remote(&self) -> bool {
        self.record.kind != LOCAL
    }
}

/// Opens the backend that this directory was initialised with, for a command that needs nothing
/// else of the configuration.
pub(crate) async fn open(session: &Session, state: &StateArgs) -> Result<Opened, Diagnostics> {
    let loader = DiskLoader::new(".", &session.settings.data_dir)?;
    let (module, sources, found) = load_module(".", &loader, &session.language_version());
    session.ui.add_sources(&sources);
    let (module, warnings) = found.into_result(module)?;
    session.ui.warnings(warnings);
    open_for(session, module.as_deref().unwrap_or(&Module::default()), state).await
}

/// Opens the backend that this directory was initialised with. `root` is the root module.
pub(crate) async fn open_for(
    session: &Session,
    root: &Module,
    state: &StateArgs,
) -> Result<Opened, Diagnostics> {
    let remembered = memory::read(&session.settings.data_dir)?;
    let workspace = workspace::current(session)?;
    let sealing = Encryption::of(session, root)?.state;
    let Some(written) = written(session, root, &workspace)? else {
        return match remembered {
            None => local(state, workspace, sealing),
            Some(memory) => Err(not_initialised(&format!(
                "Unsetting the previously set backend {:?}",
                memory.kind
            ))),
        };
    };
    let Some(memory) = remembered else {
        let reason = format!("Initial configuration of the requested backend {:?}", written.kind);
        return Err(not_initialised(&reason));
    };
    if memory.kind != written.kind {
        let reason = format!("Backend type changed from {:?} to {:?}", memory.kind, written.kind);
        return Err(not_initialised(&reason));
    }
    if memory.hash != written.hash {
        let reason = format!("Backend configuration block has changed ({:?})", written.kind);
        return Err(not_initialised(&reason));
    }
    remembered_backend(session, &memory, state, workspace, sealing).await
}

async fn remembered_backend(
    session: &Session,
    memory: &BackendMemory,
    state: &StateArgs,
    workspace: String,
    sealing: Sealing,
) -> Result<Opened, Diagnostics> {
    let schema = schema_of(&memory.kind)?;
    let config = memory.config(&schema).map_err(|_| {
        not_initialised("The remembered backend configuration does not fit the backend any more")
    })?;
    let made = make(&memory.kind, &config, &state.overrides(), sealing).await?;
    session.ui.warnings(made.1);
    Ok(Opened {
        backend: made.0,
        record: record(&memory.kind, &config, &schema, &workspace)?,
        workspace,
    })
}

/// The backend that a saved plan is for.
pub(crate) async fn from_record(
    record: &BackendRecord,
    state: &StateArgs,
    sealing: Sealing,
) -> Result<Opened, Diagnostics> {
    if record.kind == LOCAL && record.config.is_empty() {
        return local(state, record.workspace.clone(), sealing);
    }
    let schema = schema_of(&record.kind)?;
    let config = json::from_slice(&record.config, schema.implied_type()).map_err(|error| {
        let detail = format!("The backend configuration in the plan cannot be used: {error}.");
        Diagnostic::error("Invalid plan file", detail)
    })?;
    let (backend, _) = make(&record.kind, &config, &state.overrides(), sealing).await?;
    Ok(Opened { backend, workspace: record.workspace.clone(), record: record.clone() })
}

/// The backend where nothing is configured.
fn local(state: &StateArgs, workspace: String, sealing: Sealing) -> Result<Opened, Diagnostics> {
    let context = BackendContext { sealing, ..BackendContext::default() };
    let backend = LocalBackend::new(&context).with_overrides(state.overrides());
    let record =
        BackendRecord { kind: LOCAL.into(), config: Vec::new(), workspace: workspace.clone() };
    Ok(Opened { backend: Arc::new(backend), workspace, record })
}

/// What is written in a `backend` block, with nothing merged into it.
pub(crate) struct Written {
    pub(crate) kind: String,
    pub(crate) config: Value,
    pub(crate) schema: Block,
    pub(crate) hash: i64,
}

/// Reads the `backend` block of a root module.
pub(crate) fn written(
    session: &Session,
    root: &Module,
    workspace: &str,
) -> Result<Option<Written>, Diagnostics> {
    if let Some(cloud) = &root.cloud {
        let detail = "State in HCP Terraform or Terraform Enterprise, which the cloud block asks for, is not supported. Use a backend block.";
        return Err(Diagnostic::error("Unsupported cloud block", detail)
            .at(&cloud.decl_range)
            .into());
    }
    let Some(block) = &root.backend else { return Ok(None) };
    let factory = groma_backends::by_name(&block.kind)
        .ok_or_else(|| groma_backends::unsupported(&block.kind).at(&block.kind_range))?;
    let schema = factory.schema();
    let refers = !groma_schema::references(&block.config, &schema).is_empty();
    let variables = if refers { early_values(session, root) } else { BTreeMap::new() };
    let functions = LoadingFunctions(functions(session, None, false));
    let scope = StaticScope::root(root, &variables, Some(&functions), workspace);
    let (config, mut found) = groma_schema::decode(&block.config, &relaxed(&schema), &scope);
    found.extend(confidential(&config, block));
    let (config, warnings) = found.into_result(config)?;
    session.ui.warnings(warnings);
    let hash = memory::config_hash(&block.kind, &config);
    Ok(Some(Written { kind: block.kind.to_string(), config, schema, hash }))
}

/// An error for a configuration that must not be written down: it is remembered in the data
/// directory and in plan files.
fn confidential(config: &Value, block: &groma_config::Backend) -> Option<Diagnostic> {
    let marks = config.marks_deep();
    let what = match () {
        () if marks.is_sensitive() => "sensitive",
        () if marks.is_ephemeral() => "ephemeral",
        () => return None,
    };
    let detail = format!(
        "The configuration of the backend is remembered in the data directory and in saved plans, so it must not contain {what} values. Give credentials to the backend through its environment variables or files instead."
    );
    let summary = format!("Backend config contains {what} values");
    Some(Diagnostic::error(summary, detail).at(&block.decl_range))
}

/// The schema with nothing required: what is missing may come from elsewhere.
fn relaxed(schema: &Block) -> Block {
    // A block of its own, since what is derived from a schema is remembered with it.
    let mut relaxed = Block::default();
    relaxed.attributes.clone_from(&schema.attributes);
    relaxed.blocks.clone_from(&schema.blocks);
    for attribute in relaxed.attributes.values_mut().filter(|a| a.required) {
        attribute.required = false;
        attribute.optional = true;
    }
    for nested in relaxed.blocks.values_mut() {
        nested.min_items = 0;
    }
    relaxed
}

fn schema_of(kind: &str) -> Result<Block, Diagnostics> {
    let factory = groma_backends::by_name(kind);
    factory.map(|f| f.schema()).ok_or_else(|| groma_backends::unsupported(kind).into())
}

/// Makes a backend.
pub(crate) async fn make(
    kind: &str,
    config: &Value,
    overrides: &LocalOverrides,
    sealing: Sealing,
) -> Result<(Arc<dyn Backend>, Diagnostics), Diagnostics> {
    let context = BackendContext { sealing, ..BackendContext::default() };
    let config = config.clone().unmark_deep().0;
    if kind == LOCAL {
        let backend = LocalFactory.local(&config, &context)?.with_overrides(overrides.clone());
        return Ok((Arc::new(backend), Diagnostics::new()));
    }
    let factory = groma_backends::by_name(kind).ok_or_else(|| groma_backends::unsupported(kind))?;
    factory.configure(&config, &context).await
}

fn record(
    kind: &str,
    config: &Value,
    schema: &Block,
    workspace: &str,
) -> Result<BackendRecord, Diagnostics> {
    let config = json::to_vec(&config.clone().unmark_deep().0, schema.implied_type())
        .map_err(|e| Diagnostic::error("Invalid backend configuration", format!("{e}.")))?;
    Ok(BackendRecord { kind: kind.into(), config, workspace: workspace.into() })
}

fn not_initialised(reason: &str) -> Diagnostics {
    let detail = format!(
        "Reason: {reason}\n\nThe backend says where the state is kept, and this directory was not initialised with the one that the configuration asks for. Nothing has been read or changed. Run \"groma init\" to initialise the backend, with \"-migrate-state\" to take an existing state along or \"-reconfigure\" to leave it where it is."
    );
    Diagnostic::error("Backend initialization required, please run \"groma init\"", detail).into()
}

/// Whether there is a state at the place of the local backend's default workspace.
pub(crate) fn has_local_state() -> bool {
    let path = Path::new(groma_backend::local::STATE_FILE);
    std::fs::metadata(path).is_ok_and(|m| m.len() > 0)
}
