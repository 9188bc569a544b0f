//! Changes of a state, one by one.
//!
//! A snapshot holds a whole state; writing one costs time in proportion to all of it. A journal
//! beside the snapshot holds the [`Change`]s since, so that each result of an apply is safe at
//! the cost of its own size. The engine describes what it does as changes and hands each to a
//! [`Journal`] before it goes on; whoever finds a journal after a crash reads the snapshot that it
//! belongs to and [`State::apply`]s them in order.

use std::io;
use std::sync::Arc;

use groma_addrs::{AbsProviderConfig, AbsResourceInstance, DeposedKey};
use groma_value::Str;

use crate::{CheckResult, Object, Output, State};

/// One change of a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An instance has another object now, or none.
    Object {
        /// The instance.
        addr: AbsResourceInstance,
        /// Which of its objects: the current one, or a deposed one.
        deposed: Option<DeposedKey>,
        /// The provider configuration that manages it.
        provider: AbsProviderConfig,
        /// The object; `None` once it is gone.
        object: Option<Arc<Object>>,
    },
    /// A root output has another value now, or is gone.
    Output {
        /// Its name.
        name: Str,
        /// The value.
        output: Option<Output>,
    },
    /// All checks have been run anew.
    Checks(Vec<CheckResult>),
}

/// Where changes are recorded so that they outlive this process.
pub trait Journal: Send {
    /// Records a change. When this returns, a crash of this process or a power cut cannot undo it.
    fn record(&mut self, change: &Change) -> io::Result<()>;

    /// A snapshot with all changes so far has reached where states are kept: what was recorded is
    /// needed no more.
    fn saved(&mut self, lineage: &str, serial: u64) -> io::Result<()>;
}

impl State {
    /// Makes a change. Costs time in proportion to the change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Object { addr, deposed: None, provider, object } => {
                self.set_current(addr, provider, object.clone());
            }
            Change::Object { addr, deposed: Some(key), provider, object } => {
                self.set_deposed(addr, key, provider, object.clone());
            }
            Change::Output { name, output: Some(output) } => {
                self.outputs.insert(name.clone(), output.clone());
            }
            Change::Output { name, output: None } => {
                self.outputs.remove(name);
            }
            Change::Checks(checks) => self.checks.clone_from(checks),
        }
    }
}
