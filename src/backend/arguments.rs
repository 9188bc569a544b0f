//! Options that concern the state.

use std::path::PathBuf;
use std::time::Duration;

use groma_backend::local::{BackupFile, LocalOverrides};

use crate::args::{BOOL, parse_duration};

/// Options that put other files in the place of the local backend's.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct StateArgs {
    /// Read and write the state in this file (local backend only)
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write the state to this file instead (local backend only)
    #[arg(long, value_name = "FILE")]
    state_out: Option<PathBuf>,
    /// Keep the state before the first change here; "-" for nowhere (local backend only)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    backup: Option<PathBuf>,
}

impl StateArgs {
    /// Only `-state`.
    pub(crate) fn at(state: Option<PathBuf>) -> StateArgs {
        StateArgs { state, ..StateArgs::default() }
    }

    /// What they mean to the local backend.
    pub(crate) fn overrides(&self) -> LocalOverrides {
        LocalOverrides {
            state: self.state.clone(),
            state_out: self.state_out.clone(),
            backup: match &self.backup {
                None => BackupFile::Beside,
                Some(path) if path.as_os_str() == "-" => BackupFile::Nowhere,
                Some(path) => BackupFile::At(path.clone()),
            },
        }
    }
}

/// Options that concern the lock of the state.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LockArgs {
    /// Hold the lock of the state meanwhile; -lock=false is dangerous if others may work with it
    #[arg(long, value_name = BOOL, default_value = "true")]
    pub(crate) lock: bool,
    /// How long to wait for the lock
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub(crate) lock_timeout: Duration,
}

impl Default for LockArgs {
    fn default() -> LockArgs {
        LockArgs { lock: true, lock_timeout: Duration::ZERO }
    }
}
