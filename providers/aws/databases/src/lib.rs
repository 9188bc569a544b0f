//! Databases, their clusters and parameter groups.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds what is in this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
}
