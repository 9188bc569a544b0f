//! Access to the state: reading it, under its lock or without.

use std::sync::Arc;
use std::time::Duration;

use groma_backend::{LockId, LockInfo, Persister, StateStore, lock_with_timeout};
use groma_diag::Diagnostics;
use groma_engine::Urgency;

use crate::backend::{LockArgs, Opened};
use crate::session::Session;

/// Longer than this takes a lock only if somebody has it or the place is slow: then we say so.
const PATIENCE: Duration = Duration::from_millis(400);

/// A state, locked unless that was not wanted.
pub(crate) struct StateAccess {
    store: Arc<dyn StateStore>,
    lock: Option<LockId>,
}

impl StateAccess {
    /// Takes the lock for an operation, such as `OperationTypePlan`.
    pub(crate) async fn lock(
        session: &Session,
        opened: &Opened,
        arguments: &LockArgs,
        operation: &str,
    ) -> Result<StateAccess, Diagnostics> {
        let store = opened.backend.state_store(&opened.workspace).await?;
        if !arguments.lock || !store.locks() {
            return Ok(StateAccess { store, lock: None });
        }
        let info = LockInfo::new(operation);
        let cancelled = session.interrupt.reached(Urgency::Soon);
        let locking = lock_with_timeout(&*store, &info, arguments.lock_timeout, cancelled);
        let note = "Acquiring state lock. This may take a few moments...";
        let lock = patiently(session, note, locking).await;
        match lock {
            Ok(lock) => Ok(StateAccess { store, lock: Some(lock) }),
            Err(error) => Err(error.acquiring().into()),
        }
    }

    /// Without the lock, for commands that only look.
    pub(crate) async fn unlocked(opened: &Opened) -> Result<StateAccess, Diagnostics> {
        let store = opened.backend.state_store(&opened.workspace).await?;
        Ok(StateAccess { store, lock: None })
    }

    /// Reads the state; what is written through the persister is held against it.
    pub(crate) async fn read(&self) -> Result<Persister, Diagnostics> {
        let mut persister = Persister::new(self.store.clone());
        persister.refresh().await?;
        Ok(persister)
    }

    /// Gives the lock back.
    pub(crate) async fn unlock(self, session: &Session) -> Diagnostics {
        let Some(lock) = &self.lock else { return Diagnostics::new() };
        let note = "Releasing state lock. This may take a few moments...";
        match patiently(session, note, self.store.unlock(lock)).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.releasing().into(),
        }
    }
}

/// Does something and says so if it takes long.
async fn patiently<T>(session: &Session, note: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        result = &mut work => return result,
        () = tokio::time::sleep(PATIENCE) => session.ui.note(note),
    }
    work.await
}
