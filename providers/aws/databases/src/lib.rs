//! Databases, their clusters and parameter groups.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.
