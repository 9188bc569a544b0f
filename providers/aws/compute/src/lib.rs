//! Instances, launch templates and volumes.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod data;
mod launch_template;

use {base64 as _, serde_json as _};

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds what is in this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog.lookup(data::ami::Ami).managed(launch_template::LaunchTemplateResource)
}
