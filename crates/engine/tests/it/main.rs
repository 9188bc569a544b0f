//! Tests of the engine at its boundary: configurations in, plans and states out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod actions;
mod checks;
mod corpus;
mod deferral;
mod ephemeral;
mod evaluate;
mod failures;
mod imports;
mod instances;
mod lifecycle;
mod modes;
mod moves;
mod order;
mod provisioners;
mod query;
mod references;
mod remote_state;
mod stores;
mod support;
mod validate;
