//! Remote state backends.
