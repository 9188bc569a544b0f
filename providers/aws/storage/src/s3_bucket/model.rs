//! The bucket and its blocks.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_aws_core::{checks, same_policy};
use groma_sdk::model::checks::{each, length, one_of, range};
use groma_sdk::{Attr, Blocks, Model, Set, timeouts};

use crate::s3_bucket_server_side_encryption_configuration::EncryptionByDefault;

/// A bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3Bucket {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, computed, deprecated = "Use the type aws_s3_bucket_accelerate_configuration.", check = one_of(&["Enabled", "Suspended"]))]
    pub(crate) acceleration_status: Attr<String>,
    #[attr(optional, computed, deprecated = "Use the type aws_s3_bucket_acl.", check = one_of(&["private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "log-delivery-write"]))]
    pub(crate) acl: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(computed)]
    pub(crate) bucket_domain_name: Attr<String>,
    #[attr(optional, computed, replace, check = length(0, 37))]
    pub(crate) bucket_prefix: Attr<String>,
    #[attr(computed)]
    pub(crate) bucket_regional_domain_name: Attr<String>,
    #[attr(optional, default = false)]
    pub(crate) force_destroy: Attr<bool>,
    #[attr(computed)]
    pub(crate) hosted_zone_id: Attr<String>,
    #[attr(optional, computed, replace)]
    pub(crate) object_lock_enabled: Attr<bool>,
    #[attr(optional, computed, same = same_policy, check = checks::policy, deprecated = "Use the type aws_s3_bucket_policy.")]
    pub(crate) policy: Attr<String>,
    #[attr(computed)]
    pub(crate) region: Attr<String>,
    #[attr(optional, computed, deprecated = "Use the type aws_s3_bucket_request_payment_configuration.", check = one_of(&["Requester", "BucketOwner"]))]
    pub(crate) request_payer: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed, deprecated = "Use the type aws_s3_bucket_website_configuration.")]
    pub(crate) website_domain: Attr<String>,
    #[attr(computed, deprecated = "Use the type aws_s3_bucket_website_configuration.")]
    pub(crate) website_endpoint: Attr<String>,
    #[block(list, computed, deprecated = "Use the type aws_s3_bucket_cors_configuration.")]
    pub(crate) cors_rule: Blocks<S3BucketCorsRule>,
    #[block(set, computed, deprecated = "Use the type aws_s3_bucket_acl.")]
    pub(crate) grant: Blocks<S3BucketGrant>,
    #[block(list, computed, deprecated = "Use the type aws_s3_bucket_lifecycle_configuration.")]
    pub(crate) lifecycle_rule: Blocks<S3BucketLifecycleRule>,
    #[block(list, max = 1, computed, deprecated = "Use the type aws_s3_bucket_logging.")]
    pub(crate) logging: Blocks<S3BucketLogging>,
    #[block(
        list,
        max = 1,
        computed,
        deprecated = "Use the type aws_s3_bucket_object_lock_configuration."
    )]
    pub(crate) object_lock_configuration: Blocks<S3BucketObjectLockConfiguration>,
    #[block(
        list,
        max = 1,
        computed,
        deprecated = "Use the type aws_s3_bucket_replication_configuration."
    )]
    pub(crate) replication_configuration: Blocks<S3BucketReplicationConfiguration>,
    #[block(
        list,
        max = 1,
        computed,
        deprecated = "Use the type aws_s3_bucket_server_side_encryption_configuration."
    )]
    pub(crate) server_side_encryption_configuration:
        Blocks<S3BucketServerSideEncryptionConfiguration>,
    #[block(single)]
    pub(crate) timeouts: Blocks<S3BucketTimeouts>,
    #[block(list, max = 1, computed, deprecated = "Use the type aws_s3_bucket_versioning.")]
    pub(crate) versioning: Blocks<S3BucketVersioning>,
    #[block(
        list,
        max = 1,
        computed,
        deprecated = "Use the type aws_s3_bucket_website_configuration."
    )]
    pub(crate) website: Blocks<S3BucketWebsite>,
}

/// The `website` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketWebsite {
    #[attr(optional)]
    pub(crate) error_document: Attr<String>,
    #[attr(optional)]
    pub(crate) index_document: Attr<String>,
    #[attr(optional)]
    pub(crate) redirect_all_requests_to: Attr<String>,
    #[attr(optional)]
    pub(crate) routing_rules: Attr<String>,
}

/// The `versioning` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketVersioning {
    #[attr(optional, default = false)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, default = false)]
    pub(crate) mfa_delete: Attr<bool>,
}

timeouts! {
    /// How long operations may take.
    pub(crate) struct S3BucketTimeouts {
        create: PATIENCE,
        delete: PATIENCE,
        read: PATIENCE,
        update: PATIENCE,
    }
}

/// How long creating, changing or deleting may take.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

/// The `server_side_encryption_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketServerSideEncryptionConfiguration {
    #[block(list, min = 1, max = 1)]
    pub(crate) rule: Blocks<S3BucketServerSideEncryptionConfigurationRule>,
}

/// The `server_side_encryption_configuration.rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketServerSideEncryptionConfigurationRule {
    #[attr(optional)]
    pub(crate) bucket_key_enabled: Attr<bool>,
    #[block(list, min = 1, max = 1)]
    pub(crate) apply_server_side_encryption_by_default: Blocks<EncryptionByDefault>,
}

/// The `replication_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketReplicationConfiguration {
    #[attr(required)]
    pub(crate) role: Attr<String>,
    #[block(set, min = 1)]
    pub(crate) rules: Blocks<S3BucketRules>,
}

/// The `replication_configuration.rules` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketRules {
    #[attr(optional, check = one_of(&["Enabled"]))]
    pub(crate) delete_marker_replication_status: Attr<String>,
    #[attr(optional, check = length(0, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = length(0, 1024))]
    pub(crate) prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) priority: Attr<i64>,
    #[attr(required, check = one_of(&["Enabled", "Disabled"]))]
    pub(crate) status: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) destination: Blocks<S3BucketDestination>,
    #[block(list, max = 1)]
    pub(crate) filter: Blocks<S3BucketFilter>,
    #[block(list, max = 1)]
    pub(crate) source_selection_criteria: Blocks<S3BucketSourceSelectionCriteria>,
}

/// The `replication_configuration.rules.source_selection_criteria` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketSourceSelectionCriteria {
    #[block(list, max = 1)]
    pub(crate) sse_kms_encrypted_objects: Blocks<S3BucketSseKmsEncryptedObjects>,
}

/// The `replication_configuration.rules.source_selection_criteria.sse_kms_encrypted_objects` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketSseKmsEncryptedObjects {
    #[attr(required)]
    pub(crate) enabled: Attr<bool>,
}

/// The `replication_configuration.rules.filter` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketFilter {
    #[attr(optional, check = length(0, 1024))]
    pub(crate) prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
}

/// The `replication_configuration.rules.destination` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketDestination {
    #[attr(optional)]
    pub(crate) account_id: Attr<String>,
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    #[attr(optional)]
    pub(crate) replica_kms_key_id: Attr<String>,
    #[attr(optional, check = one_of(&["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE"]))]
    pub(crate) storage_class: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) access_control_translation: Blocks<S3BucketAccessControlTranslation>,
    #[block(list, max = 1)]
    pub(crate) metrics: Blocks<S3BucketMetrics>,
    #[block(list, max = 1)]
    pub(crate) replication_time: Blocks<S3BucketReplicationTime>,
}

/// The `replication_configuration.rules.destination.replication_time` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketReplicationTime {
    #[attr(optional, default = 15)]
    pub(crate) minutes: Attr<i64>,
    #[attr(optional, default = "Enabled", check = one_of(&["Enabled", "Disabled"]))]
    pub(crate) status: Attr<String>,
}

/// The `replication_configuration.rules.destination.metrics` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketMetrics {
    #[attr(optional, default = 15, check = range(10, 15))]
    pub(crate) minutes: Attr<i64>,
    #[attr(optional, default = "Enabled", check = one_of(&["Enabled", "Disabled"]))]
    pub(crate) status: Attr<String>,
}

/// The `replication_configuration.rules.destination.access_control_translation` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketAccessControlTranslation {
    #[attr(required, check = one_of(&["Destination"]))]
    pub(crate) owner: Attr<String>,
}

/// The `object_lock_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketObjectLockConfiguration {
    #[attr(optional, replace, deprecated = "Use the argument \"object_lock_enabled\" of the bucket.", check = one_of(&["Enabled"]))]
    pub(crate) object_lock_enabled: Attr<String>,
    #[block(list, max = 1, deprecated = "Use the type aws_s3_bucket_object_lock_configuration.")]
    pub(crate) rule: Blocks<S3BucketRule>,
}

/// The `object_lock_configuration.rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketRule {
    #[block(list, min = 1, max = 1)]
    pub(crate) default_retention: Blocks<S3BucketDefaultRetention>,
}

/// The `object_lock_configuration.rule.default_retention` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketDefaultRetention {
    #[attr(optional)]
    pub(crate) days: Attr<i64>,
    #[attr(required, check = one_of(&["GOVERNANCE", "COMPLIANCE"]))]
    pub(crate) mode: Attr<String>,
    #[attr(optional)]
    pub(crate) years: Attr<i64>,
}

/// The `logging` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketLogging {
    #[attr(required)]
    pub(crate) target_bucket: Attr<String>,
    #[attr(optional)]
    pub(crate) target_prefix: Attr<String>,
}

/// The `lifecycle_rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketLifecycleRule {
    #[attr(optional)]
    pub(crate) abort_incomplete_multipart_upload_days: Attr<i64>,
    #[attr(required)]
    pub(crate) enabled: Attr<bool>,
    #[attr(optional, computed, check = length(0, 255))]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) prefix: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[block(list, max = 1)]
    pub(crate) expiration: Blocks<S3BucketExpiration>,
    #[block(list, max = 1)]
    pub(crate) noncurrent_version_expiration: Blocks<S3BucketNoncurrentVersionExpiration>,
    #[block(set)]
    pub(crate) noncurrent_version_transition: Blocks<S3BucketNoncurrentVersionTransition>,
    #[block(set)]
    pub(crate) transition: Blocks<S3BucketTransition>,
}

/// The `lifecycle_rule.transition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketTransition {
    #[attr(optional)]
    pub(crate) date: Attr<String>,
    #[attr(optional)]
    pub(crate) days: Attr<i64>,
    #[attr(required, check = one_of(&["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"]))]
    pub(crate) storage_class: Attr<String>,
}

/// The `lifecycle_rule.noncurrent_version_transition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketNoncurrentVersionTransition {
    #[attr(optional)]
    pub(crate) days: Attr<i64>,
    #[attr(required, check = one_of(&["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"]))]
    pub(crate) storage_class: Attr<String>,
}

/// The `lifecycle_rule.noncurrent_version_expiration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketNoncurrentVersionExpiration {
    #[attr(optional)]
    pub(crate) days: Attr<i64>,
}

/// The `lifecycle_rule.expiration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketExpiration {
    #[attr(optional)]
    pub(crate) date: Attr<String>,
    #[attr(optional)]
    pub(crate) days: Attr<i64>,
    #[attr(optional)]
    pub(crate) expired_object_delete_marker: Attr<bool>,
}

/// The `grant` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketGrant {
    #[attr(optional)]
    pub(crate) id: Attr<String>,
    #[attr(required, check = each(one_of(&["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"])))]
    pub(crate) permissions: Attr<Set<String>>,
    #[attr(required, check = one_of(&["CanonicalUser", "Group"]))]
    pub(crate) r#type: Attr<String>,
    #[attr(optional)]
    pub(crate) uri: Attr<String>,
}

/// The `cors_rule` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketCorsRule {
    #[attr(optional)]
    pub(crate) allowed_headers: Attr<Vec<String>>,
    #[attr(required)]
    pub(crate) allowed_methods: Attr<Vec<String>>,
    #[attr(required)]
    pub(crate) allowed_origins: Attr<Vec<String>>,
    #[attr(optional)]
    pub(crate) expose_headers: Attr<Vec<String>>,
    #[attr(optional)]
    pub(crate) max_age_seconds: Attr<i64>,
}
