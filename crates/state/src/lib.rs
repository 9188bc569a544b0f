//! State: what is known of the objects that have been created.
//!
//! [`State`] is the state in memory, indexed by address; [`file`] reads and writes the version 4
//! file format. Objects are kept in their stored form ([`Object`]) and decoded by whoever has the
//! schema. Clones share structure.
//!
//! Invariant: no storage, no paths, no locks; no serialisable type outside [`file`].

pub mod file;
pub mod journal;
mod object;
mod state;

pub use object::AttributesError;
pub use state::{
    CheckResult, CheckStatus, CheckableKind, Extra, Instance, Object, ObjectStatus, Output,
    ResourceState, State, StoredAttributes,
};
