//! `remote-exec`: commands and scripts on another machine.

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{ProvisionOutput, ProvisionRequest, Provisioner};
use groma_schema::{Attribute, Block};
use groma_value::{Type, Value};

use crate::Machine;
use crate::quote::shell_words;
use crate::ssh::{Session, Settings};

/// The provisioner.
pub(crate) struct RemoteExec {
    schema: Block,
    machine: Machine,
}

impl RemoteExec {
    pub(crate) fn new(machine: Machine) -> RemoteExec {
        let schema = Block::with_attributes([
            ("inline", Attribute::optional(Type::list(Type::String))),
            ("script", Attribute::optional(Type::String)),
            ("scripts", Attribute::optional(Type::list(Type::String))),
        ]);
        RemoteExec { schema, machine }
    }
}

#[async_trait]
impl Provisioner for RemoteExec {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let set = |name: &&str| config.get(name).is_some_and(|value| !value.is_null());
        match ["inline", "script", "scripts"].iter().filter(|name| set(name)).count() {
            1 => Diagnostics::new(),
            _ => Diagnostic::error(
                "Invalid remote-exec provisioner configuration",
                "Only one of \"inline\", \"script\", or \"scripts\" must be set",
            )
            .into(),
        }
    }

    async fn provision(&self, request: ProvisionRequest<'_>) -> Diagnostics {
        let ProvisionRequest { config, connection, output, stop, .. } = request;
        let work = async {
            let settings = Settings::read(&connection, &self.machine)?;
            let scripts = scripts(&config)?;
            let session = Session::connect(settings, Some(output)).await?;
            let done = run_all(&session, &scripts, output).await;
            session.close().await;
            done
        };
        let done = tokio::select! {
            done = work => done,
            () = stop => Err("The provisioner was interrupted.".to_owned()),
        };
        match done {
            Ok(()) => Diagnostics::new(),
            Err(why) => Diagnostic::error("remote-exec provisioner error", why).into(),
        }
    }
}

/// The scripts that are to be run.
fn scripts(config: &Value) -> Result<Vec<Vec<u8>>, String> {
    let texts = |name: &str| -> Result<Option<Vec<String>>, String> {
        let Some(list) = config.get(name).and_then(Value::as_sequence) else { return Ok(None) };
        let text = |value: &Value| match value.as_str() {
            Some(text) if text.is_empty() => Err(format!("invalid empty string in '{name}'")),
            Some(text) => Ok(text.to_string()),
            None => Err(format!("invalid null string in '{name}'")),
        };
        list.iter().map(text).collect::<Result<Vec<_>, _>>().map(Some)
    };
    if let Some(lines) = texts("inline")? {
        return Ok(vec![format!("{}\n", lines.join("\n")).into_bytes()]);
    }
    let mut files = texts("scripts")?.unwrap_or_default();
    match config.get("script").and_then(Value::as_str) {
        Some(script) if script.is_empty() => return Err("invalid empty string in 'script'".into()),
        Some(script) => files.insert(0, script.to_string()),
        None => {}
    }
    let read = |file: &String| {
        std::fs::read(file).map_err(|error| format!("Failed to open script '{file}': {error}"))
    };
    files.iter().map(read).collect()
}

async fn run_all(
    session: &Session,
    scripts: &[Vec<u8>],
    output: &dyn ProvisionOutput,
) -> Result<(), String> {
    for script in scripts {
        let path = session.script_path();
        let done = run(session, &path, script, output).await;
        // What was in the script is nobody's business afterwards, whatever came of it.
        let cleared = match session.is_windows() {
            true => session.upload(&path, b"").await,
            false => session.run(&shell_words(&["rm", "-f", &path]), &Unheard).await,
        };
        if let Err(error) = cleared {
            tracing::warn!(path, error, "a script could not be removed");
        }
        done?;
    }
    Ok(())
}

async fn run(
    session: &Session,
    path: &str,
    script: &[u8],
    output: &dyn ProvisionOutput,
) -> Result<(), String> {
    let failed = |error: String| format!("Failed to upload script: {error}");
    if session.is_windows() {
        session.upload(path, script).await.map_err(failed)?;
        return session.run(path, output).await;
    }
    let script = match script.starts_with(b"#!") {
        true => script.to_vec(),
        false => [b"#!/bin/sh\n", script].concat(),
    };
    session.upload(path, &script).await.map_err(failed)?;
    session.run(&shell_words(&["chmod", "0777", path]), &Unheard).await.map_err(failed)?;
    session.run(&shell_words(&[path]), output).await
}

/// Nobody listens.
struct Unheard;

impl ProvisionOutput for Unheard {
    fn output(&self, _: &str) {}
}
