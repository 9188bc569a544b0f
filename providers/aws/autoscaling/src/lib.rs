//! Autoscaling groups, their policies and schedules.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.
