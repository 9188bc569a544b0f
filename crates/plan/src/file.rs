//! The saved form of a plan.
