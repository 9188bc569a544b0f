//! What a `backend "s3"` block may contain: the same as with Terraform, name for name, since the
//! memory of a directory's backend holds all of them.

use std::collections::BTreeMap;

use groma_schema::{Attribute, AttributeType, Block, NestedObject, Nesting};
use groma_value::{Str, Type};

const STRINGS: &[&str] = &[
    "access_key",
    "acl",
    "bucket",
    "custom_ca_bundle",
    "dynamodb_endpoint",
    "dynamodb_table",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "endpoint",
    "http_proxy",
    "https_proxy",
    "iam_endpoint",
    "key",
    "kms_key_id",
    "no_proxy",
    "profile",
    "region",
    "retry_mode",
    "secret_key",
    "shared_credentials_file",
    "sse_customer_key",
    "sts_endpoint",
    "sts_region",
    "token",
    "workspace_key_prefix",
];

const BOOLS: &[&str] = &[
    "encrypt",
    "force_path_style",
    "insecure",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "use_lockfile",
    "use_path_style",
];

const SETS: &[&str] = &[
    "allowed_account_ids",
    "forbidden_account_ids",
    "shared_config_files",
    "shared_credentials_files",
];

/// Attributes that must not be shown.
const SENSITIVE: &[&str] = &["secret_key", "sse_customer_key", "token"];

/// The names of attributes that are on their way out, and what to use instead.
pub(super) const DEPRECATED: &[(&str, &str)] = &[
    ("dynamodb_endpoint", "endpoints.dynamodb"),
    ("dynamodb_table", "use_lockfile"),
    ("endpoint", "endpoints.s3"),
    ("force_path_style", "use_path_style"),
    ("iam_endpoint", "endpoints.iam"),
    ("shared_credentials_file", "shared_credentials_files"),
    ("sts_endpoint", "endpoints.sts"),
];

/// The schema of the block.
pub(super) fn block() -> Block {
    let mut attributes: BTreeMap<Str, Attribute> = BTreeMap::new();
    let groups = [
        (STRINGS, Type::String),
        (BOOLS, Type::Bool),
        (SETS, Type::set(Type::String)),
        (&["max_retries"], Type::Number),
    ];
    for (names, ty) in groups {
        for name in names {
            attributes.insert((*name).into(), Attribute::optional(ty.clone()));
        }
    }
    for name in ["bucket", "key"] {
        attributes.insert(name.into(), Attribute::required(Type::String));
    }
    for (name, attribute) in &mut attributes {
        attribute.sensitive = SENSITIVE.contains(&&**name);
        attribute.deprecated = DEPRECATED.iter().any(|(d, _)| *d == &**name);
    }
    attributes.insert("endpoints".into(), endpoints());
    attributes.insert("assume_role".into(), assume_role());
    attributes.insert("assume_role_with_web_identity".into(), web_identity());
    Block::with_attributes(attributes)
}

fn object(attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Attribute {
    let attributes = attributes.into_iter().map(|(n, a)| (n.into(), a)).collect();
    let nested = NestedObject { attributes, nesting: Nesting::Single };
    Attribute { ty: AttributeType::Nested(Box::new(nested)), ..Attribute::optional(Type::Dynamic) }
}

fn optional(ty: Type) -> Attribute {
    Attribute::optional(ty)
}

fn endpoints() -> Attribute {
    object(["dynamodb", "iam", "s3", "sso", "sts"].map(|n| (n, optional(Type::String))))
}

fn assume_role() -> Attribute {
    object([
        ("role_arn", Attribute::required(Type::String)),
        ("duration", optional(Type::String)),
        ("external_id", optional(Type::String)),
        ("policy", optional(Type::String)),
        ("policy_arns", optional(Type::set(Type::String))),
        ("session_name", optional(Type::String)),
        ("source_identity", optional(Type::String)),
        ("tags", optional(Type::map(Type::String))),
        ("transitive_tag_keys", optional(Type::set(Type::String))),
    ])
}

fn web_identity() -> Attribute {
    object([
        ("role_arn", optional(Type::String)),
        ("duration", optional(Type::String)),
        ("policy", optional(Type::String)),
        ("policy_arns", optional(Type::set(Type::String))),
        ("session_name", optional(Type::String)),
        ("web_identity_token", optional(Type::String)),
        ("web_identity_token_file", optional(Type::String)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Terraform 1.11.4 puts into the memory of a directory's backend.
    const REMEMBERED: &str = "access_key acl allowed_account_ids assume_role \
        assume_role_with_web_identity bucket custom_ca_bundle dynamodb_endpoint dynamodb_table \
        ec2_metadata_service_endpoint ec2_metadata_service_endpoint_mode encrypt endpoint \
        endpoints forbidden_account_ids force_path_style http_proxy https_proxy iam_endpoint \
        insecure key kms_key_id max_retries no_proxy profile region retry_mode secret_key \
        shared_config_files shared_credentials_file shared_credentials_files \
        skip_credentials_validation skip_metadata_api_check skip_region_validation \
        skip_requesting_account_id skip_s3_checksum sse_customer_key sts_endpoint sts_region \
        token use_dualstack_endpoint use_fips_endpoint use_lockfile use_path_style \
        workspace_key_prefix";

    #[test]
    fn the_attributes_are_those_of_terraform() {
        let block = block();
        let names: Vec<&str> = block.attributes.keys().map(|n| &**n).collect();
        assert_eq!(names, REMEMBERED.split_whitespace().collect::<Vec<_>>());
    }
}
