//! Data sources.

pub(crate) mod ami;
pub(crate) mod instance;
pub(crate) mod instances;
