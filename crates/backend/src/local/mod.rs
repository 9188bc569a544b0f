//! The local backend: states in files, locked as Terraform locks them.

mod handle;
mod store;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::{Attribute, Block};
use groma_value::{Type, Value};

use crate::sealing::Sealing;
use crate::{Backend, BackendContext, BackendError, BackendFactory, StateStore, files, workspace};

pub use store::LocalStore;

/// The name of a state file where nothing else is configured.
pub const STATE_FILE: &str = "terraform.tfstate";

/// The folder of the workspaces other than the default one where nothing else is configured.
pub const WORKSPACE_DIR: &str = "terraform.tfstate.d";

/// Where the state before the first change of a command is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BackupFile {
    /// Beside the state, with `.backup` added to its name.
    #[default]
    Beside,
    /// In this file.
    At(PathBuf),
    /// Nowhere.
    Nowhere,
}

/// What the options of a command put in place of the configured paths, whichever the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalOverrides {
    /// `-state`: what is read, and written if nothing else is said.
    pub state: Option<PathBuf>,
    /// `-state-out`: what is written.
    pub state_out: Option<PathBuf>,
    /// `-backup`
    pub backup: BackupFile,
}

/// States in files.
#[derive(Clone, Debug)]
pub struct LocalBackend {
    working_dir: PathBuf,
    path: PathBuf,
    workspace_dir: PathBuf,
    overrides: LocalOverrides,
    sealing: Sealing,
}

impl LocalBackend {
    /// The backend of a configuration that has none: `terraform.tfstate` in the working directory.
    pub fn new(context: &BackendContext) -> LocalBackend {
        LocalBackend {
            working_dir: context.working_dir.clone(),
            path: STATE_FILE.into(),
            workspace_dir: WORKSPACE_DIR.into(),
            overrides: LocalOverrides::default(),
            sealing: context.sealing.clone(),
        }
    }

    /// The same with the paths that a command's options name.
    pub fn with_overrides(mut self, overrides: LocalOverrides) -> LocalBackend {
        self.overrides = overrides;
        self
    }

    fn workspace_path(&self, name: &str) -> PathBuf {
        match name {
            workspace::DEFAULT => self.path.clone(),
            name => self.workspace_dir.join(name).join(STATE_FILE),
        }
    }

    /// The state of a workspace.
    pub fn store(&self, name: &str) -> Result<LocalStore, BackendError> {
        workspace::check_name(name)?;
        let read = self.overrides.state.clone().unwrap_or_else(|| self.workspace_path(name));
        let write = self.overrides.state_out.clone().unwrap_or_else(|| read.clone());
        let backup = match &self.overrides.backup {
            BackupFile::Beside => Some(with_suffix(&write, ".backup")),
            BackupFile::At(path) => Some(path.clone()),
            BackupFile::Nowhere => None,
        };
        Ok(LocalStore::new(
            self.working_dir.join(&read),
            self.working_dir.join(&write),
            write,
            backup.map(|b| self.working_dir.join(b)),
            self.sealing.clone(),
        ))
    }
}

/// A path with something added to its last part.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[async_trait]
impl Backend for LocalBackend {
    fn kind(&self) -> &'static str {
        "local"
    }

    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let dir = self.working_dir.join(&self.workspace_dir);
        let failed = |e| files::failed("read", &dir, &e);
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Ok(vec![workspace::DEFAULT.into()]);
            }
            Err(e) => return Err(failed(e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && name != workspace::DEFAULT {
                names.push(name);
            }
        }
        names.sort();
        names.insert(0, workspace::DEFAULT.into());
        Ok(names)
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        workspace::check_name(name)?;
        if name == workspace::DEFAULT {
            return Err(BackendError::new(
                "Cannot delete workspace",
                "The default workspace always exists and cannot be deleted.",
            ));
        }
        let dir = self.working_dir.join(&self.workspace_dir).join(name);
        match std::fs::remove_dir_all(&dir) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(files::failed("delete", &dir, &e)),
            _ => Ok(()),
        }
    }

    async fn state_store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        Ok(Arc::new(self.store(workspace)?))
    }

    async fn create_workspace(&self, name: &str) -> Result<(), BackendError> {
        workspace::check_name(name)?;
        if name == workspace::DEFAULT {
            return Ok(());
        }
        let dir = self.working_dir.join(&self.workspace_dir).join(name);
        std::fs::create_dir_all(&dir).map_err(|e| files::failed("create", &dir, &e))
    }
}

/// Makes local backends.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFactory;

impl LocalFactory {
    /// Makes a local backend that a command's options may still be put on.
    pub fn local(
        &self,
        config: &Value,
        context: &BackendContext,
    ) -> Result<LocalBackend, Diagnostics> {
        let mut backend = LocalBackend::new(context);
        let mut diagnostics = Diagnostics::new();
        let settings = [
            ("path", "Invalid local state file path", &mut backend.path),
            ("workspace_dir", "Invalid local workspace directory path", &mut backend.workspace_dir),
        ];
        for (name, summary, setting) in settings {
            match config.get(name).and_then(Value::as_str) {
                None => {}
                Some(text) if text.is_empty() => diagnostics.push(Diagnostic::error(
                    summary,
                    format!("The {name:?} attribute value must not be empty."),
                )),
                Some(text) => *setting = PathBuf::from(&**text),
            }
        }
        diagnostics.into_result(backend).map(|(backend, _)| backend)
    }
}

#[async_trait]
impl BackendFactory for LocalFactory {
    fn kind(&self) -> &'static str {
        "local"
    }

    fn schema(&self) -> Block {
        Block::with_attributes([
            ("path", Attribute::optional(Type::String)),
            ("workspace_dir", Attribute::optional(Type::String)),
        ])
    }

    async fn configure(
        &self,
        config: &Value,
        context: &BackendContext,
    ) -> Result<(Arc<dyn Backend>, Diagnostics), Diagnostics> {
        Ok((Arc::new(self.local(config, context)?), Diagnostics::new()))
    }
}
