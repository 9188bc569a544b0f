//! Databases, their clusters and parameter groups.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod checks;
mod convert;
mod credentials;
mod db_instance;
mod db_instance_data;
mod db_option_group;
mod db_snapshot;
mod db_snapshot_data;
mod db_subnet_group;
mod parameter_group;
mod parts;
mod rds;
mod rds_cluster;
mod rds_cluster_instance;
mod refusals;
#[cfg(test)]
mod testing;
mod windows;

use groma_aws_core::Aws;
use groma_sdk::Catalog;
use parameter_group::{ForClusters, ForInstances, ParameterGroup};

/// Adds the types of this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(db_instance::DbInstanceResource)
        .managed(db_option_group::DbOptionGroupResource)
        .managed(ParameterGroup::<ForInstances>::new())
        .managed(db_snapshot::DbSnapshotResource)
        .lookup(db_instance_data::DbInstanceLookup)
        .lookup(db_snapshot_data::DbSnapshotLookup)
        .managed(db_subnet_group::DbSubnetGroupResource)
        .managed(rds_cluster::RdsClusterResource)
        .managed(rds_cluster_instance::RdsClusterInstanceResource)
        .managed(ParameterGroup::<ForClusters>::new())
}
