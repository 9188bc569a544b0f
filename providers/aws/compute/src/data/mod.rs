//! Data sources.

pub(crate) mod ami;
pub(crate) mod instances;
