//! The traits.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::Block;
use groma_state::file::StateFile;

use crate::sealing::Sealing;
use groma_value::Value;

use crate::{BackendError, LockError, LockId, LockInfo};

/// A configured place where the states of all workspaces are kept.
#[async_trait]
pub trait Backend: Send + Sync + Debug {
    /// The label of the `backend` block, such as `s3`.
    fn kind(&self) -> &'static str;

    /// The names of all workspaces: `default` first, which always exists, then the others in order.
    async fn workspaces(&self) -> Result<Vec<String>, BackendError>;

    /// Deletes a workspace with its state. Whether the state may go is the caller's question.
    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError>;

    /// The state of a workspace, whether or not there is such a workspace yet.
    async fn state_store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError>;

    /// Makes a workspace, so that it is listed even before a state has been written. A backend
    /// that lists what has a state needs to do nothing.
    async fn create_workspace(&self, _name: &str) -> Result<(), BackendError> {
        Ok(())
    }
}

/// Where one state is kept.
#[async_trait]
pub trait StateStore: Send + Sync + Debug {
    /// The newest snapshot; `None` if there is none yet.
    async fn read(&self) -> Result<Option<StateFile>, BackendError>;

    /// Replaces the snapshot. When this returns, the state has reached where it is kept.
    async fn write(&self, file: &StateFile) -> Result<(), BackendError>;

    /// Takes the lock, once and without waiting. [`crate::lock_with_timeout`] waits.
    async fn lock(&self, info: &LockInfo) -> Result<LockId, LockError>;

    /// Gives the lock back. Also what breaks somebody else's lock, whose id the user has given.
    async fn unlock(&self, id: &LockId) -> Result<(), LockError>;

    /// How its snapshots are sealed.
    fn sealing(&self) -> Sealing {
        Sealing::default()
    }

    /// Where it is, as a person wants to read it: a path or an URL.
    fn location(&self) -> String;

    /// Whether [`StateStore::lock`] excludes anybody. A store may be configured not to lock.
    fn locks(&self) -> bool {
        true
    }
}

/// What a backend may know of the world while it is configured.
#[derive(Clone, Debug, Default)]
pub struct BackendContext {
    /// What relative paths in its configuration are relative to; empty for the process's own
    /// working directory.
    pub working_dir: PathBuf,
    /// How states are sealed.
    pub sealing: Sealing,
}

/// A kind of backend: what its configuration looks like, and how to make one.
#[async_trait]
pub trait BackendFactory: Send + Sync {
    /// The label of the `backend` block.
    fn kind(&self) -> &'static str;

    /// The schema of the `backend` block.
    fn schema(&self) -> Block;

    /// Makes a backend from a configuration that conforms to the schema. Nothing is read from or
    /// written to where the states are kept. Warnings come with the backend.
    async fn configure(
        &self,
        config: &Value,
        context: &BackendContext,
    ) -> Result<(Arc<dyn Backend>, Diagnostics), Diagnostics>;
}
