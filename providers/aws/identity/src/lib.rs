//! Roles, policies and keys.
//!
//! Invariant: policy documents are compared by what they mean, never by their text; what IAM and KMS
//! make of a document's form is no change.

mod documents;
mod iam;
mod iam_instance_profile;
mod iam_policy;
mod iam_policy_data;
mod iam_policy_document;
mod iam_role;
mod iam_role_data;
mod iam_role_policy;
mod iam_role_policy_attachment;
mod kms;
mod kms_alias;
mod kms_key;
mod kms_key_data;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

/// Adds the types of this room.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    catalog
        .managed(iam_instance_profile::InstanceProfileResource)
        .managed(iam_policy::PolicyResource)
        .managed(iam_role::RoleResource)
        .managed(iam_role_policy::RolePolicyResource)
        .managed(iam_role_policy_attachment::RolePolicyAttachmentResource)
        .managed(kms_alias::AliasResource)
        .managed(kms_key::KeyResource)
        .lookup(iam_policy_data::PolicyLookup)
        .lookup(iam_policy_document::PolicyDocumentLookup)
        .lookup(iam_role_data::RoleLookup)
        .lookup(kms_key_data::KeyLookup)
}
