//! One state in a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use groma_state::file::StateFile;

use super::handle::{self, FileLock};
use crate::sealing::Sealing;
use crate::{BackendError, LockError, LockId, LockInfo, StateStore, files};

/// A state in a file.
#[derive(Clone, Debug)]
pub struct LocalStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    read_path: PathBuf,
    path: PathBuf,
    /// The path as the user knows it.
    shown: PathBuf,
    backup: Option<PathBuf>,
    sealing: Sealing,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lock: Option<(LockId, FileLock)>,
    /// Whether something has been written here, so that the backup is made and `read_path` is of
    /// the past.
    written: bool,
}

impl LocalStore {
    pub(super) fn new(
        read_path: PathBuf,
        path: PathBuf,
        shown: PathBuf,
        backup: Option<PathBuf>,
        sealing: Sealing,
    ) -> LocalStore {
        let inner = Mutex::default();
        LocalStore { shared: Arc::new(Shared { read_path, path, shown, backup, sealing, inner }) }
    }

    /// Does something with files where it does not hold up other work.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Result<T, BackendError> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || work(&shared)).await.map_err(|e| {
            BackendError::new("Failed to access state", format!("The work was broken off: {e}."))
        })
    }
}

#[async_trait]
impl StateStore for LocalStore {
    async fn read(&self) -> Result<Option<StateFile>, BackendError> {
        self.blocking(Shared::read).await?
    }

    async fn write(&self, file: &StateFile) -> Result<(), BackendError> {
        let file = file.clone();
        self.blocking(move |shared| shared.write(&file)).await?
    }

    async fn lock(&self, info: &LockInfo) -> Result<LockId, LockError> {
        let info = info.clone();
        self.blocking(move |shared| shared.lock(&info))
            .await
            .map_err(|e| LockError::failed(e.to_string()))?
    }

    async fn unlock(&self, id: &LockId) -> Result<(), LockError> {
        let id = id.clone();
        self.blocking(move |shared| shared.unlock(&id))
            .await
            .map_err(|e| LockError::failed(e.to_string()))?
    }

    fn sealing(&self) -> Sealing {
        self.shared.sealing.clone()
    }

    fn location(&self) -> String {
        self.shared.shown.display().to_string()
    }
}

impl Shared {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<Option<StateFile>, BackendError> {
        let written = self.inner().written;
        let path = if written { &self.path } else { &self.read_path };
        let bytes = handle::read(path).map_err(|e| files::failed("read", path, &e))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let state = self.sealing.open_state(&bytes);
        let current = state.as_ref().ok().and_then(Option::as_ref);
        if let Some(newer) = interrupted_write(path, current, &self.sealing)? {
            return Ok(Some(newer));
        }
        state.map_err(|e| BackendError::new(e.summary, format!("{}: {}", path.display(), e.detail)))
    }

    /// Writes the state beside its file first, and then over it: replacing the file would leave
    /// those who wait for its lock waiting for a file that is no more.
    fn write(&self, file: &StateFile) -> Result<(), BackendError> {
        let bytes = self.sealing.seal_state(file)?;
        let mut inner = self.inner();
        if !inner.written {
            self.back_up(&bytes)?;
        }
        let pending = pending_path(&self.path);
        files::replace(&pending, &bytes)?;
        handle::overwrite(&self.path, &bytes)
            .map_err(|e| files::failed("write", &self.path, &e))?;
        files::remove(&pending).map_err(|e| files::failed("remove", &pending, &e))?;
        inner.written = true;
        Ok(())
    }

    fn back_up(&self, new: &[u8]) -> Result<(), BackendError> {
        let Some(backup) = &self.backup else { return Ok(()) };
        match handle::read(&self.path).map_err(|e| files::failed("read", &self.path, &e))? {
            Some(old) if !old.is_empty() && old != new => files::replace(backup, &old),
            _ => Ok(()),
        }
    }

    fn lock(&self, info: &LockInfo) -> Result<LockId, LockError> {
        let mut inner = self.inner();
        if inner.lock.is_some() {
            let message = format!("state {:?} already locked", self.shown);
            return Err(LockError::held(message, self.lock_info().ok()));
        }
        let lock = match FileLock::take(&self.path) {
            Ok(Some(lock)) => lock,
            Ok(None) => {
                let holder = self.lock_info();
                let mut message = String::from("resource temporarily unavailable");
                if let Err(e) = &holder {
                    message.push_str(&format!(" ({e})"));
                }
                return Err(LockError::held(message, holder.ok()));
            }
            Err(e) => {
                return Err(LockError::failed(format!(
                    "could not lock {}: {e}",
                    self.path.display()
                )));
            }
        };
        if let Err(e) = self.locked(&lock, info) {
            // The error that kept the lock from being of use is the one to tell.
            let _ = lock.release(&self.path);
            return Err(LockError::failed(e.to_string()));
        }
        let id = LockId(info.id.clone());
        inner.lock = Some((id.clone(), lock));
        Ok(id)
    }

    /// What is to be done once the file is locked.
    fn locked(&self, lock: &FileLock, info: &LockInfo) -> Result<(), BackendError> {
        let pending = pending_path(&self.path);
        if lock.created {
            // The state that it was for has been deleted since.
            files::remove(&pending).map_err(|e| files::failed("remove", &pending, &e))?;
        } else if pending.exists() {
            self.finish_write(&pending)?;
        }
        let info = info.with_path(self.shown.display().to_string());
        files::replace(&self.info_path(), &info.to_json())
    }

    /// Does what a process that died was about to do.
    fn finish_write(&self, pending: &Path) -> Result<(), BackendError> {
        let bytes = handle::read(&self.path)
            .map_err(|e| files::failed("read", &self.path, &e))?
            .unwrap_or_default();
        let state = self.sealing.open_state(&bytes).ok().flatten();
        if let Some(newer) = interrupted_write(&self.path, state.as_ref(), &self.sealing)? {
            let bytes = self.sealing.seal_state(&newer)?;
            handle::overwrite(&self.path, &bytes)
                .map_err(|e| files::failed("write", &self.path, &e))?;
        }
        files::remove(pending).map_err(|e| files::failed("remove", pending, &e))
    }

    fn unlock(&self, id: &LockId) -> Result<(), LockError> {
        let mut inner = self.inner();
        let Some((held, _)) = &inner.lock else {
            return Err(LockError::failed(
                "Local state cannot be unlocked by another process: the lock goes with the \
                 process that holds it",
            ));
        };
        if held != id {
            let message = format!("invalid lock id: {:?}. current id: {:?}", id.0, held.0);
            return Err(LockError {
                held: false,
                ..LockError::held(message, self.lock_info().ok())
            });
        }
        let removed = files::remove(&self.info_path());
        let released = match inner.lock.take() {
            Some((_, lock)) => lock.release(&self.path),
            None => Ok(()),
        };
        released.and(removed).map_err(|e| {
            LockError::failed(format!("could not unlock {}: {e}", self.path.display()))
        })
    }

    /// Who holds the lock.
    fn lock_info(&self) -> Result<LockInfo, String> {
        let path = self.info_path();
        let text =
            std::fs::read(&path).map_err(|e: io::Error| format!("{}: {e}", path.display()))?;
        LockInfo::from_json(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn info_path(&self) -> PathBuf {
        hidden_path(&self.path, ".lock.info")
    }
}

/// Dropping a store gives its lock back, as ending the process would.
impl Drop for Shared {
    fn drop(&mut self) {
        let lock = self.inner().lock.take();
        if let Some((_, lock)) = lock {
            // Nobody is left to be told.
            let _ = files::remove(&self.info_path());
            let _ = lock.release(&self.path);
        }
    }
}

/// `.NAME.SUFFIX` beside a file; a name that has the dot already gets no second one.
fn hidden_path(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_prefix('.').unwrap_or(&name);
    path.with_file_name(format!(".{name}{suffix}"))
}

/// Where a state waits while it is written over its file.
fn pending_path(path: &Path) -> PathBuf {
    hidden_path(path, ".pending")
}

/// The state that a process was about to write when it died, if it is newer than what is in the
/// file or the file is in pieces.
fn interrupted_write(
    path: &Path,
    current: Option<&StateFile>,
    sealing: &Sealing,
) -> Result<Option<StateFile>, BackendError> {
    let Some(bytes) = files::read(&pending_path(path))? else { return Ok(None) };
    let Ok(Some(pending)) = sealing.open_state(&bytes) else { return Ok(None) };
    let newer = match current {
        None => true,
        Some(current) => current.lineage == pending.lineage && current.serial < pending.serial,
    };
    Ok(newer.then_some(pending))
}
