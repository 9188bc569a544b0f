//! Tests of the engine at its boundary: configurations in, plans and states out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failures;
mod lifecycle;
mod modes;
mod order;
mod support;
