//! Data sources.

pub(crate) mod ami;
