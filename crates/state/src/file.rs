//! The version 4 state file format.

use crate::State;

/// A state with what is stored around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateFile {
    /// The state.
    pub state: State,
    /// Counts the writes of one lineage.
    pub serial: u64,
    /// What tells one state from another through its life; empty before the first write.
    pub lineage: String,
    /// The version of the engine that wrote it.
    pub terraform_version: String,
}
