//! Planning and applying.
