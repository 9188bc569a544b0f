//! What makes the snapshots of a state one history.

use std::sync::Arc;

use groma_state::State;
use groma_state::file::{StateFile, TERRAFORM_VERSION};
use uuid::Uuid;

use crate::{BackendError, StateStore};

/// What [`Persister::persist`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A new snapshot was written.
    Snapshot,
    /// The newest snapshot has this very content already.
    Nothing,
}

/// Writes the snapshots of one state: gives the first one a lineage, counts the serial up
/// whenever the content changes, and refuses to overwrite what is not an ancestor.
#[derive(Debug)]
pub struct Persister {
    store: Arc<dyn StateStore>,
    /// What the store holds, as far as known; `None` inside if it holds nothing.
    base: Option<Option<StateFile>>,
    /// The lineage of the state if this is its first snapshot.
    new_lineage: String,
    /// Whether something has been written here.
    written: bool,
}

impl Persister {
    /// A persister for a store of which nothing is known yet.
    pub fn new(store: Arc<dyn StateStore>) -> Persister {
        Persister { store, base: None, new_lineage: Uuid::new_v4().to_string(), written: false }
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn StateStore> {
        &self.store
    }

    /// Reads the newest snapshot. To be called after locking: what is written later is held
    /// against it.
    pub async fn refresh(&mut self) -> Result<Option<&StateFile>, BackendError> {
        let file = self.store.read().await?;
        Ok(self.base.insert(file).as_ref())
    }

    /// The newest snapshot that was read or written.
    pub fn current(&self) -> Option<&StateFile> {
        self.base.as_ref()?.as_ref()
    }

    /// The content of the newest snapshot; empty if there is none.
    pub fn state(&self) -> State {
        self.current().map(|f| f.state.clone()).unwrap_or_default()
    }

    /// The snapshot that [`Persister::persist`] would write. Also what goes to `errored.tfstate`
    /// when that fails.
    pub fn next(&self, state: &State) -> StateFile {
        let (lineage, serial) = match self.current() {
            Some(f) => (f.lineage.clone(), f.serial),
            None => (String::new(), 0),
        };
        let lineage = if lineage.is_empty() { self.new_lineage.clone() } else { lineage };
        StateFile {
            state: state.clone(),
            serial: serial.saturating_add(1),
            lineage,
            terraform_version: TERRAFORM_VERSION.into(),
        }
    }

    /// Writes a state as the next snapshot, unless it is what the newest one holds already. An
    /// empty state is not written where there is none yet.
    pub async fn persist(&mut self, state: &State) -> Result<Written, BackendError> {
        if self.base.is_none() {
            self.refresh().await?;
        }
        let same = match self.current() {
            Some(base) => base.state.equal_for_save(state),
            None => state.is_empty() && state.checks.is_empty(),
        };
        if same && !(self.current().is_some() && self.store.sealing().is_outdated()) {
            return Ok(Written::Nothing);
        }
        if !self.written {
            self.check_unchanged().await?;
        }
        let file = self.next(state);
        self.write(file).await?;
        Ok(Written::Snapshot)
    }

    /// Whether the store still holds what was read from it: those who do without the lock, or
    /// broke it, must not destroy what others have done meanwhile. Asked once, before the first
    /// write.
    async fn check_unchanged(&self) -> Result<(), BackendError> {
        let now = self.store.read().await?;
        let identity = |f: &StateFile| (f.lineage.clone(), f.serial);
        if now.as_ref().map(identity) == self.current().map(identity) {
            return Ok(());
        }
        let what = match &now {
            Some(now) => format!("serial {} of lineage {:?}", now.serial, now.lineage),
            None => "no state any more".into(),
        };
        Err(BackendError::new(
            "Failed to save state",
            format!(
                "The state at {} was changed by somebody else while this command was at work: it \
                 has {what} now. It was not overwritten. Whoever works with this state at the \
                 same time must use the lock.",
                self.store.location()
            ),
        ))
    }

    /// Writes a snapshot that has a lineage and a serial of its own, as `state push` and the
    /// migration between backends do. Without `force` it must be of the lineage of what is there,
    /// and not older.
    pub async fn replace(&mut self, file: StateFile, force: bool) -> Result<Written, BackendError> {
        self.refresh().await?;
        if let Some(base) = self.current() {
            if !force {
                check_import(&file, base)?;
            }
            if base.lineage == file.lineage
                && base.serial == file.serial
                && base.state.equal_for_save(&file.state)
            {
                return Ok(Written::Nothing);
            }
        }
        self.write(file).await?;
        Ok(Written::Snapshot)
    }

    async fn write(&mut self, file: StateFile) -> Result<(), BackendError> {
        file.check().map_err(|e| {
            BackendError::new(
                "Failed to save state",
                format!(
                    "The new state is not whole, and was not written to {}: {e}",
                    self.store.location()
                ),
            )
        })?;
        self.store.write(&file).await?;
        self.base = Some(Some(file));
        self.written = true;
        self.store.sealing().note_written();
        Ok(())
    }
}

/// Whether a snapshot from elsewhere may take the place of the one that is there.
fn check_import(new: &StateFile, base: &StateFile) -> Result<(), BackendError> {
    const SUMMARY: &str = "Failed to write state";
    if !base.lineage.is_empty() && !new.lineage.is_empty() && base.lineage != new.lineage {
        return Err(BackendError::new(
            SUMMARY,
            format!(
                "cannot import state with lineage {:?} over unrelated state with lineage {:?}. \
                 The two are not snapshots of one state. Make sure that the right state is \
                 selected; to overwrite it all the same, use the -force option.",
                new.lineage, base.lineage
            ),
        ));
    }
    if new.serial < base.serial {
        return Err(BackendError::new(
            SUMMARY,
            format!(
                "cannot import state with serial {} over newer state with serial {}. Somebody has \
                 written a newer state since. Start from that one (\"groma state pull\"); to \
                 overwrite it all the same, use the -force option.",
                new.serial, base.serial
            ),
        ));
    }
    if new.serial == base.serial && !base.state.equal_for_save(&new.state) {
        return Err(BackendError::new(
            SUMMARY,
            format!(
                "cannot overwrite existing state with serial {} with a different state that has \
                 the same serial. Start from the existing state (\"groma state pull\") and count \
                 its serial up by one; to overwrite it all the same, use the -force option.",
                new.serial
            ),
        ));
    }
    Ok(())
}
