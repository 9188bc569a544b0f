//! Where states are kept: the [`Backend`] trait, workspaces, locks, and the local backend.
//!
//! A backend holds one state per workspace. A [`StateStore`] is where one state is read, written
//! and locked; it moves whole snapshots and has no opinion on them. What makes a sequence of
//! snapshots one history (lineage, serial, refusing to overwrite somebody else's state) is the
//! [`Persister`]'s.
//!
//! Invariants: nothing here knows of the engine or of a cloud's SDK; nothing here prints or asks.

mod backend;
pub mod emergency;
mod error;
mod files;
pub mod local;
mod lock;
pub mod memory;
mod persister;
pub mod sealing;
pub mod workspace;

pub use backend::{Backend, BackendContext, BackendFactory, StateStore};
pub use error::{BackendError, LockError};
pub use lock::{LockId, LockInfo, lock_with_timeout};
pub use persister::{Persister, Written};
