//! The wire messages of plugin protocols 5 and 6.
