//! Ephemeral resources: opened when all that they need is known, renewed for as long as they are
//! used, closed when nothing uses them any more, whatever became of those that did.
//!
//! Their values are marked, and this is where it is seen to that what is marked so goes nowhere
//! where it would last.

mod lasting;
mod open;
mod opened;

pub(crate) use lasting::{lasting_marks, refuse_ephemeral, refuse_write_only};
pub use opened::Alarm;
pub(crate) use opened::{Opened, OpenedSet, Silent};
