//! Networks and what guards them.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.
