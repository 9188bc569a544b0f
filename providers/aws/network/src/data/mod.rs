//! Data sources.

pub(crate) mod availability_zones;
mod filters;
pub(crate) mod security_group;
pub(crate) mod subnet;
pub(crate) mod subnets;
pub(crate) mod vpc;

pub use filters::{Filter, filters, one, tag_filters};
