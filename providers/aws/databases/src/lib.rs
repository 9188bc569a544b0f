//! Databases, their clusters and parameter groups.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod checks;
mod convert;
mod db_instance;
mod db_instance_data;
mod db_option_group;
mod db_parameter_group;
mod db_snapshot;
mod db_subnet_group;
mod parameters;
mod rds;
mod rds_cluster;
mod rds_cluster_instance;
mod rds_cluster_parameter_group;

// For what is to come.
use {base64 as _, serde_json as _};

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds the types of this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(db_instance::DbInstanceResource)
        .managed(db_option_group::DbOptionGroupResource)
        .managed(db_parameter_group::DbParameterGroupResource)
        .managed(db_snapshot::DbSnapshotResource)
        .lookup(db_instance_data::DbInstanceLookup)
        .lookup(db_snapshot::DbSnapshotLookup)
        .managed(db_subnet_group::DbSubnetGroupResource)
        .managed(rds_cluster::RdsClusterResource)
        .managed(rds_cluster_instance::RdsClusterInstanceResource)
        .managed(rds_cluster_parameter_group::RdsClusterParameterGroupResource)
}
