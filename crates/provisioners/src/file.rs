//! `file`: files and folders copied to another machine.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_provider::{ProvisionRequest, Provisioner};
use groma_schema::{Attribute, Block};
use groma_value::{Str, Type, Value};

use crate::Machine;
use crate::ssh::{Session, Settings};

/// The provisioner.
pub(crate) struct CopyFile {
    schema: Block,
    machine: Machine,
}

impl CopyFile {
    pub(crate) fn new(machine: Machine) -> CopyFile {
        let schema = Block::with_attributes([
            ("source", Attribute::optional(Type::String)),
            ("content", Attribute::optional(Type::String)),
            ("destination", Attribute::required(Type::String)),
        ]);
        CopyFile { schema, machine }
    }

    /// A path on this machine, `~` being the home folder.
    fn local(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.machine.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        }
    }

    async fn copy(&self, config: &Value, connection: &Value) -> Result<(), String> {
        let text = |name: &str| config.get(name).and_then(Value::as_str).cloned();
        let settings = Settings::read(connection, &self.machine)?;
        let Some(destination) = text("destination").filter(|d: &Str| !d.is_empty()) else {
            return Err("The destination must be a non-empty string.".into());
        };
        if let Some(content) = text("content") {
            let session = Session::connect(settings, None).await?;
            let done = session.upload(&destination, content.as_bytes()).await;
            session.close().await;
            return done.map_err(failed);
        }
        let Some(source) = text("source") else {
            return Err("source and content cannot both be null".into());
        };
        let from = self.local(&source);
        let kind = std::fs::metadata(&from);
        let kind = kind.map_err(|error| format!("{}: {error}", from.display()))?;
        let session = Session::connect(settings, None).await?;
        let done = send(&session, &from, kind.is_dir(), source.ends_with('/'), &destination).await;
        session.close().await;
        done.map_err(failed)
    }
}

fn failed(why: String) -> String {
    format!("Upload failed: {why}")
}

async fn send(
    session: &Session,
    from: &Path,
    folder: bool,
    contents: bool,
    destination: &str,
) -> Result<(), String> {
    match folder {
        true => session.upload_folder(destination, from, contents).await,
        false => session.upload_file(destination, from).await,
    }
}

#[async_trait]
impl Provisioner for CopyFile {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let set = |name| config.get(name).is_some_and(|value: &Value| !value.is_null());
        let summary = match (set("source"), set("content")) {
            (true, true) => "Cannot set both 'source' and 'content'",
            (false, false) => "Must provide one of 'source' or 'content'",
            _ => return Diagnostics::new(),
        };
        let detail = "What a file provisioner copies is either a file or folder, the source, or the content itself.";
        Diagnostic::error(summary, detail).into()
    }

    async fn provision(&self, request: ProvisionRequest<'_>) -> Diagnostics {
        let ProvisionRequest { config, connection, stop, .. } = request;
        let done = tokio::select! {
            done = self.copy(&config, &connection) => done,
            () = stop => Err("The provisioner was interrupted.".to_owned()),
        };
        match done {
            Ok(()) => Diagnostics::new(),
            Err(why) => Diagnostic::error("file provisioner error", why).into(),
        }
    }
}
