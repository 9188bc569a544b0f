//! Buckets, objects and tables.
//!
//! Invariant: one file per type: its model, then how it is created, read, updated and deleted.

mod dynamodb_table;
mod grants;
mod lifecycle;
mod s3;
mod s3_bucket;
mod s3_bucket_acl;
mod s3_bucket_cors_configuration;
mod s3_bucket_data;
mod s3_bucket_lifecycle_configuration;
mod s3_bucket_logging;
mod s3_bucket_notification;
mod s3_bucket_ownership_controls;
mod s3_bucket_policy;
mod s3_bucket_public_access_block;
mod s3_bucket_server_side_encryption_configuration;
mod s3_bucket_versioning;
mod s3_bucket_website_configuration;
mod s3_object;
mod website;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds what is in this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(dynamodb_table::TableResource)
        .managed(s3_bucket::BucketResource)
        .managed(s3_bucket_acl::AclResource)
        .managed(s3_bucket_cors_configuration::CorsResource)
        .managed(s3_bucket_lifecycle_configuration::LifecycleResource)
        .managed(s3_bucket_logging::LoggingResource)
        .managed(s3_bucket_notification::NotificationResource)
        .managed(s3_bucket_ownership_controls::OwnershipControlsResource)
        .managed(s3_bucket_policy::PolicyResource)
        .managed(s3_bucket_public_access_block::PublicAccessBlockResource)
        .managed(s3_bucket_server_side_encryption_configuration::EncryptionResource)
        .managed(s3_bucket_versioning::VersioningResource)
        .managed(s3_bucket_website_configuration::WebsiteResource)
        .managed(s3_object::ObjectResource)
        .lookup(s3_bucket_data::BucketLookup)
}
