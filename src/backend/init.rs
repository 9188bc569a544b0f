//! What `init` does about the backend.

use groma_backend::memory::{self, BackendMemory};
use groma_backend::sealing::Sealing;
use groma_backend::{Backend, Persister, workspace as workspaces};
use groma_config::Module;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{evaluate_constant, parse_expression};
use groma_value::{Entries, Str, Type, Value, convert};

use super::{StateArgs, Written, has_local_state, make, relaxed, written};
use crate::encryption::Encryption;
use crate::prompt;
use crate::session::Session;
use crate::workspace;

/// What the user says about the backend.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// `-backend-config`
    pub(crate) extra: Vec<String>,
    /// `-reconfigure`
    pub(crate) reconfigure: bool,
    /// `-migrate-state`
    pub(crate) migrate: bool,
    /// `-force-copy`: answer questions about copying with yes.
    pub(crate) force_copy: bool,
    /// Whether the user may be asked.
    pub(crate) input: bool,
}

/// Brings what is remembered of the backend in line with the configuration.
pub(crate) async fn initialise(
    session: &Session,
    root: &Module,
    wishes: &Wishes,
) -> Result<(), Diagnostics> {
    let data_dir = &session.settings.data_dir;
    let remembered = match memory::read(data_dir) {
        // What cannot be read is not needed for a fresh start.
        Err(_) if wishes.reconfigure => None,
        other => other?,
    };
    let workspace = workspace::current(session)?;
    let sealing = Encryption::of(session, root)?.state;
    let Some(mut written) = written(session, root, &workspace)? else {
        if !wishes.extra.is_empty() {
            session.ui.warnings(missing_block());
        }
        return match remembered {
            Some(memory) => unset(session, &memory, wishes, &sealing).await,
            None => Ok(()),
        };
    };
    merge(session, &mut written, &wishes.extra)?;
    check_required(&written)?;
    let (backend, warnings) =
        make(&written.kind, &written.config, &Default::default(), sealing.clone()).await?;
    session.ui.warnings(warnings);
    let unchanged = remembered.as_ref().is_some_and(|memory| {
        memory.matches(&written.kind, &written.config, &written.schema)
            || (wishes.extra.is_empty()
                && memory.hash == written.hash
                && memory.kind == written.kind)
    });
    if unchanged && !wishes.reconfigure {
        let memory = remembered.unwrap_or_else(|| unreachable_memory(&written));
        if memory.hash != written.hash {
            memory::write(data_dir, Some(&BackendMemory { hash: written.hash, ..memory }))?;
        }
        return check_workspace(session, &*backend, &workspace).await;
    }
    if !wishes.reconfigure {
        adopt(session, remembered.as_ref(), &written, &*backend, wishes, &sealing).await?;
    }
    // A place that cannot be reached should be noticed now and not at the first plan.
    check_workspace(session, &*backend, &workspace).await?;
    let memory = BackendMemory::new(&written.kind, &written.config, &written.schema, written.hash)?;
    memory::write(data_dir, Some(&memory))?;
    let style = session.ui.style();
    session.ui.line(style.green(format!(
        "\nSuccessfully configured the backend {:?}! Groma will automatically\nuse this backend unless the backend configuration changes.",
        written.kind
    )));
    Ok(())
}

/// What stands for a memory that must be there, to go on without one.
fn unreachable_memory(written: &Written) -> BackendMemory {
    BackendMemory {
        kind: written.kind.clone(),
        config: serde_json::Value::Null,
        hash: written.hash,
    }
}

fn missing_block() -> Diagnostics {
    Diagnostic::warning(
        "Missing backend configuration",
        "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to override the default local backend configuration, no action is required, but you may add an explicit backend block to your configuration to clear this warning:\n\nterraform {\n  backend \"local\" {}\n}\n\nHowever, if you intended to override a defined backend, please verify that the backend configuration is present and valid.",
    )
    .into()
}

/// Takes the state along from where it was.
async fn adopt(
    session: &Session,
    remembered: Option<&BackendMemory>,
    written: &Written,
    target: &dyn Backend,
    wishes: &Wishes,
    sealing: &Sealing,
) -> Result<(), Diagnostics> {
    let source = match remembered {
        Some(_) if !wishes.migrate && !wishes.force_copy => return Err(changed()),
        Some(memory) => remembered_source(memory, sealing).await?,
        // Terraform too leaves it to the "local" backend itself to find its file.
        None if written.kind == "local" || !has_local_state() => return Ok(()),
        None => {
            let local =
                super::local(&StateArgs::default(), workspaces::DEFAULT.into(), sealing.clone())?;
            local.backend
        }
    };
    copy(session, &*source, target, &written.kind, wishes).await
}

async fn remembered_source(
    memory: &BackendMemory,
    sealing: &Sealing,
) -> Result<std::sync::Arc<dyn Backend>, Diagnostics> {
    let config = memory.config(&super::schema_of(&memory.kind)?).map_err(|why| {
        let detail = format!(
            "The configuration of the {:?} backend that this directory was initialised with cannot be used any more: {why}. Its state cannot be taken along; use -reconfigure to leave it where it is.",
            memory.kind
        );
        Diagnostic::error("Error loading the backend configuration", detail)
    })?;
    Ok(make(&memory.kind, &config, &Default::default(), sealing.clone()).await?.0)
}

fn changed() -> Diagnostics {
    Diagnostic::error(
        "Backend configuration changed",
        "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you wish to attempt automatic migration of the state, use \"groma init -migrate-state\".\nIf you wish to store the current configuration with no changes to the state, use \"groma init -reconfigure\".",
    )
    .into()
}

/// Goes back to the local backend.
async fn unset(
    session: &Session,
    memory: &BackendMemory,
    wishes: &Wishes,
    sealing: &Sealing,
) -> Result<(), Diagnostics> {
    if !wishes.reconfigure {
        if !wishes.migrate && !wishes.force_copy {
            return Err(changed());
        }
        let source = remembered_source(memory, sealing).await?;
        let target =
            super::local(&StateArgs::default(), workspaces::DEFAULT.into(), sealing.clone())?;
        copy(session, &*source, &*target.backend, "local", wishes).await?;
    }
    memory::write(&session.settings.data_dir, None)?;
    let style = session.ui.style();
    session.ui.line(style.green(format!(
        "\nSuccessfully unset the backend {:?}. Groma will now operate locally.",
        memory.kind
    )));
    Ok(())
}

/// Copies the default workspace's state, if there is one. Several workspaces are refused.
async fn copy(
    session: &Session,
    source: &dyn Backend,
    target: &dyn Backend,
    target_kind: &str,
    wishes: &Wishes,
) -> Result<(), Diagnostics> {
    if source.workspaces().await?.len() > 1 {
        let detail = "The state is kept in several workspaces, and migrating more than the default one is not supported yet. Move each with \"groma state pull\" and \"groma state push\", and use \"groma init -reconfigure\".";
        return Err(Diagnostic::error("Unsupported state migration", detail).into());
    }
    let store = source.state_store(workspaces::DEFAULT).await?;
    let Some(file) = store.read().await?.filter(|file| !file.state.is_empty()) else {
        return Ok(());
    };
    let place = target.state_store(workspaces::DEFAULT).await?;
    if place.read().await?.is_some_and(|there| there.lineage != file.lineage) {
        let detail = format!(
            "There is another state at {} already. Neither was touched. Remove one of the two, or use -reconfigure to go on with that one.",
            place.location()
        );
        return Err(Diagnostic::error("Existing state in the new backend", detail).into());
    }
    if !wishes.force_copy {
        let question = "Do you want to copy existing state to the new backend?";
        let explanation = format!(
            "  There is a state from before, and none in the newly configured {target_kind:?} backend.\n  Enter \"yes\" to copy it and \"no\" to leave it where it is.",
        );
        if !wishes.input {
            let detail = "There is a state from before that may have to be copied, and input is disabled. Use -force-copy to copy it or -reconfigure to leave it where it is.";
            return Err(Diagnostic::error("Can't ask approval for state migration", detail).into());
        }
        if !prompt::confirmed(session, question, &explanation).await {
            return Ok(());
        }
    }
    Persister::new(place).replace(file, false).await?;
    Ok(())
}

/// Makes sure that the current workspace is one that the backend has.
async fn check_workspace(
    session: &Session,
    backend: &dyn Backend,
    workspace: &str,
) -> Result<(), Diagnostics> {
    if backend.kind() == "local" {
        return Ok(());
    }
    let known = backend.workspaces().await?;
    if workspace == workspaces::DEFAULT || known.iter().any(|name| name == workspace) {
        return Ok(());
    }
    if session.settings.workspace.is_some() {
        // It is made when its first state is written.
        return Ok(());
    }
    let detail = format!(
        "The currently selected workspace ({workspace}) does not exist in the newly configured backend. Select another one with \"groma workspace select\", or create it with \"groma workspace new\"."
    );
    session.ui.warnings(Diagnostic::warning("Workspace does not exist", detail).into());
    Ok(())
}

/// Lays the `-backend-config` arguments over what is written.
fn merge(session: &Session, written: &mut Written, extra: &[String]) -> Result<(), Diagnostics> {
    let mut entries: Entries = written.config.as_entries().cloned().unwrap_or_default();
    for argument in extra {
        match argument.split_once('=') {
            Some((name, text)) => {
                let value = pair(written, name.trim(), text)?;
                entries.insert(name.trim().into(), value);
            }
            None => {
                let file = file(session, written, argument)?;
                let given = file.as_entries().into_iter().flat_map(|e| e.iter());
                for (name, value) in given.filter(|(_, value)| !value.is_null()) {
                    entries.insert(name.clone(), value.clone());
                }
            }
        }
    }
    written.config = Value::object(entries);
    Ok(())
}

/// The value of a `-backend-config=name=value` argument.
fn pair(written: &Written, name: &str, text: &str) -> Result<Value, Diagnostics> {
    let invalid = |detail: String| {
        Diagnostics::from(Diagnostic::error("Invalid backend configuration argument", detail))
    };
    let attribute = written.schema.attributes.get(name).ok_or_else(|| {
        invalid(format!(
            "The backend configuration argument {name:?} given on the command line is not expected for the selected backend type."
        ))
    })?;
    let ty = attribute.implied_type();
    if ty == Type::String {
        return Ok(Value::string(text));
    }
    let filename = format!("<value for {name}>");
    let (expression, found) = parse_expression(text.as_bytes(), &filename, groma_diag::Pos::START);
    found.into_result(())?;
    let (value, found) = evaluate_constant(&expression);
    found.into_result(())?;
    convert(&value, &ty).map_err(|error| {
        invalid(format!("The value given for the backend configuration argument {name:?} does not fit it: {error}."))
    })
}

/// The values of a `-backend-config=FILE` argument.
fn file(session: &Session, written: &Written, path: &str) -> Result<Value, Diagnostics> {
    let text = std::fs::read(path).map_err(|error| {
        let detail = format!("The file {path} cannot be read: {error}.");
        Diagnostic::error("Failed to read file", detail)
    })?;
    session.ui.with_sources(|sources| sources.insert(path, String::from_utf8_lossy(&text)));
    let (file, found) = match path.ends_with(".json") {
        true => groma_hcl::parse_json(path, &text),
        false => groma_hcl::parse_native(path, &text),
    };
    found.into_result(())?;
    let (config, found) =
        groma_schema::decode(&file.body, &relaxed(&written.schema), &groma_hcl::Nothing);
    let (config, warnings) = found.into_result(config)?;
    session.ui.warnings(warnings);
    Ok(config)
}

fn check_required(written: &Written) -> Result<(), Diagnostics> {
    let missing = |name: &Str| written.config.get(name).is_none_or(Value::is_null);
    let mut diagnostics = Diagnostics::new();
    for (name, attribute) in &written.schema.attributes {
        if attribute.required && missing(name) {
            let detail = format!(
                "The attribute {name:?} is required by the {:?} backend. Set it in the backend block or with -backend-config.",
                written.kind
            );
            diagnostics.error("Missing required argument", detail);
        }
    }
    diagnostics.into_result(()).map(|_| ())
}
