//! The planning rules: pure functions over schema, prior, configuration and planned values.
//!
//! What they say is the contract between engine and provider: OpenTofu's
//! `docs/resource-instance-change-lifecycle.md` describes it. Values come in without marks.

mod compatible;
mod normalize;
mod proposed;
mod valid;

pub use compatible::assert_compatible;
pub use normalize::normalize_legacy;
pub use proposed::proposed_new;
pub use valid::assert_plan_valid;

use groma_value::Path;

/// How a value breaks a rule: where, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where in the object.
    pub path: Path,
    /// What is wrong.
    pub message: String,
}

#[cfg(test)]
mod tests;
