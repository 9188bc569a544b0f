//! What can go wrong where states are kept.

use std::fmt;

use groma_diag::{Diagnostic, Diagnostics};

use crate::LockInfo;

/// Something that a backend could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{summary}: {detail}")]
pub struct BackendError {
    /// A short line without names.
    pub summary: String,
    /// What happened, why, and what to do.
    pub detail: String,
}

impl BackendError {
    /// An error.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> BackendError {
        BackendError { summary: summary.into(), detail: detail.into() }
    }
}

impl From<BackendError> for Diagnostic {
    fn from(error: BackendError) -> Diagnostic {
        Diagnostic::error(error.summary, error.detail)
    }
}

impl From<BackendError> for Diagnostics {
    fn from(error: BackendError) -> Diagnostics {
        Diagnostic::from(error).into()
    }
}

/// Why a lock could not be taken or given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockError {
    /// What happened.
    pub message: String,
    /// Who holds the lock, if that is known.
    pub holder: Option<Box<LockInfo>>,
    /// Whether trying again later may help, since somebody else holds the lock.
    pub held: bool,
}

impl LockError {
    /// Somebody holds the lock.
    pub fn held(message: impl Into<String>, holder: Option<LockInfo>) -> LockError {
        LockError { message: message.into(), holder: holder.map(Box::new), held: true }
    }

    /// Locking does not work.
    pub fn failed(message: impl Into<String>) -> LockError {
        LockError { message: message.into(), holder: None, held: false }
    }

    /// What to tell somebody who wanted the lock.
    pub fn acquiring(&self) -> Diagnostic {
        let advice = if self.held {
            "The lock keeps others from writing this state at the same time. Wait until whoever \
             holds it is done, or have this command wait with the \"-lock-timeout\" option. If \
             the holder is gone for good, \"groma force-unlock\" with the ID above frees the \
             lock. Most commands can go without the lock under \"-lock=false\", which is not \
             recommended."
        } else {
            "Without the lock others could write this state at the same time. Resolve the error \
             above and try again. Most commands can go without the lock under \"-lock=false\", \
             which is not recommended."
        };
        Diagnostic::error("Error acquiring the state lock", format!("{self}\n\n{advice}"))
    }

    /// What to tell somebody who had the lock.
    pub fn releasing(&self) -> Diagnostic {
        Diagnostic::error(
            "Error releasing the state lock",
            format!(
                "{self}\n\nThe lock may still be held, and others may be kept from working with \
                 this state. Once you are sure that nobody uses it, free it with \"groma \
                 force-unlock\" and the lock's ID."
            ),
        )
    }
}

impl std::error::Error for LockError {}

/// The message and, where known, who holds the lock since when.
impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error message: {}", self.message)?;
        match &self.holder {
            Some(holder) => write!(f, "\n{holder}"),
            None => Ok(()),
        }
    }
}

impl From<LockError> for BackendError {
    fn from(error: LockError) -> BackendError {
        BackendError::new("State lock error", error.to_string())
    }
}
