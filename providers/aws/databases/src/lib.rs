//! Databases, their clusters and parameter groups.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod checks;
mod convert;
mod db_instance;
mod db_parameter_group;
mod db_subnet_group;
mod parameters;
mod rds;

// For what is to come.
use {base64 as _, serde_json as _};

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds the types of this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(db_instance::DbInstanceResource)
        .managed(db_parameter_group::DbParameterGroupResource)
        .managed(db_subnet_group::DbSubnetGroupResource)
}
