//! Tests of the engine at its boundary: configurations in, plans and states out.

mod failures;
mod lifecycle;
mod modes;
mod order;
mod support;
