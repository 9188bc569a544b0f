//! Data sources.

pub(crate) mod availability_zones;
mod filters;

pub use filters::{Filter, filters, tag_filters};
