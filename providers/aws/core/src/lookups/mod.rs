//! Data sources of the provider itself: who and where we are.

mod caller_identity;
mod default_tags;
mod partition;
mod region;

use groma_sdk::Catalog;

use crate::Aws;

/// Adds them.
pub(crate) fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .lookup(caller_identity::CallerIdentityData)
        .lookup(default_tags::DefaultTagsData)
        .lookup(partition::PartitionData)
        .lookup(region::RegionData)
}
