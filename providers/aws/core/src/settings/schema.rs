//! The schema of the provider's configuration: that of hashicorp/aws, text for text, since tools
//! compare what engines print of it.

use std::sync::Arc;

use groma_sdk::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use groma_sdk::value::Type;

use crate::endpoints;

/// The schema.
pub(crate) fn schema() -> Schema {
    let mut block = attributes(PROVIDER);
    let nested = [
        ("assume_role", "", ASSUME_ROLE),
        ("assume_role_with_web_identity", "", ASSUME_ROLE_WITH_WEB_IDENTITY),
        ("default_tags", DEFAULT_TAGS_TEXT, DEFAULT_TAGS),
        ("ignore_tags", IGNORE_TAGS_TEXT, IGNORE_TAGS),
    ];
    for (name, description, fields) in nested {
        let mut inner = attributes(fields);
        description.clone_into(&mut inner.description);
        block.blocks.insert(name.into(), nested_block(inner, Nesting::List));
    }
    let urls = endpoints::NAMES.map(|name| {
        let description = "Use this to override the default service endpoint URL".to_owned();
        (name, Attribute { description, ..Attribute::optional(Type::String) })
    });
    let urls = Block::with_attributes(urls);
    block.blocks.insert("endpoints".into(), nested_block(urls, Nesting::Set));
    Schema { block, ..Schema::default() }
}

fn nested_block(block: Block, nesting: Nesting) -> NestedBlock {
    NestedBlock { block: Arc::new(block), nesting, min_items: 0, max_items: 0 }
}

type Field = (&'static str, Kind, &'static str);

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Flag,
    Number,
    List,
    Set,
    Map,
}

fn attributes(fields: &[Field]) -> Block {
    Block::with_attributes(fields.iter().map(|(name, kind, description)| {
        let ty = match kind {
            Kind::Text => Type::String,
            Kind::Flag => Type::Bool,
            Kind::Number => Type::Number,
            Kind::List => Type::list(Type::String),
            Kind::Set => Type::set(Type::String),
            Kind::Map => Type::map(Type::String),
        };
        let description = (*description).to_owned();
        (*name, Attribute { description, ..Attribute::optional(ty) })
    }))
}

const DEFAULT_TAGS_TEXT: &str =
    "Configuration block with settings to default resource tags across all resources.";

const IGNORE_TAGS_TEXT: &str =
    "Configuration block with settings to ignore resource tags across all resources.";

const PROVIDER: &[Field] = &[
    (
        "access_key",
        Kind::Text,
        "The access key for API operations. You can retrieve this\nfrom the 'Security & Credentials' section of the AWS console.",
    ),
    ("allowed_account_ids", Kind::Set, ""),
    (
        "custom_ca_bundle",
        Kind::Text,
        "File containing custom root and intermediate certificates. Can also be configured using the `AWS_CA_BUNDLE` environment variable. (Setting `ca_bundle` in the shared config file is not supported.)",
    ),
    (
        "ec2_metadata_service_endpoint",
        Kind::Text,
        "Address of the EC2 metadata service endpoint to use. Can also be configured using the `AWS_EC2_METADATA_SERVICE_ENDPOINT` environment variable.",
    ),
    (
        "ec2_metadata_service_endpoint_mode",
        Kind::Text,
        "Protocol to use with EC2 metadata service endpoint.Valid values are `IPv4` and `IPv6`. Can also be configured using the `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` environment variable.",
    ),
    ("forbidden_account_ids", Kind::Set, ""),
    (
        "http_proxy",
        Kind::Text,
        "URL of a proxy to use for HTTP requests when accessing the AWS API. Can also be set using the `HTTP_PROXY` or `http_proxy` environment variables.",
    ),
    (
        "https_proxy",
        Kind::Text,
        "URL of a proxy to use for HTTPS requests when accessing the AWS API. Can also be set using the `HTTPS_PROXY` or `https_proxy` environment variables.",
    ),
    (
        "insecure",
        Kind::Flag,
        "Explicitly allow the provider to perform \"insecure\" SSL requests. If omitted, default value is `false`",
    ),
    (
        "max_retries",
        Kind::Number,
        "The maximum number of times an AWS API request is\nbeing executed. If the API request still fails, an error is\nthrown.",
    ),
    (
        "no_proxy",
        Kind::Text,
        "Comma-separated list of hosts that should not use HTTP or HTTPS proxies. Can also be set using the `NO_PROXY` or `no_proxy` environment variables.",
    ),
    (
        "profile",
        Kind::Text,
        "The profile for API operations. If not set, the default profile\ncreated with `aws configure` will be used.",
    ),
    (
        "region",
        Kind::Text,
        "The region where AWS operations will take place. Examples\nare us-east-1, us-west-2, etc.",
    ),
    (
        "retry_mode",
        Kind::Text,
        "Specifies how retries are attempted. Valid values are `standard` and `adaptive`. Can also be configured using the `AWS_RETRY_MODE` environment variable.",
    ),
    (
        "s3_us_east_1_regional_endpoint",
        Kind::Text,
        "Specifies whether S3 API calls in the `us-east-1` region use the legacy global endpoint or a regional endpoint. Valid values are `legacy` or `regional`. Can also be configured using the `AWS_S3_US_EAST_1_REGIONAL_ENDPOINT` environment variable or the `s3_us_east_1_regional_endpoint` shared config file parameter",
    ),
    (
        "s3_use_path_style",
        Kind::Flag,
        "Set this to true to enable the request to use path-style addressing,\ni.e., https://s3.amazonaws.com/BUCKET/KEY. By default, the S3 client will\nuse virtual hosted bucket addressing when possible\n(https://BUCKET.s3.amazonaws.com/KEY). Specific to the Amazon S3 service.",
    ),
    (
        "secret_key",
        Kind::Text,
        "The secret key for API operations. You can retrieve this\nfrom the 'Security & Credentials' section of the AWS console.",
    ),
    (
        "shared_config_files",
        Kind::List,
        "List of paths to shared config files. If not set, defaults to [~/.aws/config].",
    ),
    (
        "shared_credentials_files",
        Kind::List,
        "List of paths to shared credentials files. If not set, defaults to [~/.aws/credentials].",
    ),
    (
        "skip_credentials_validation",
        Kind::Flag,
        "Skip the credentials validation via STS API. Used for AWS API implementations that do not have STS available/implemented.",
    ),
    (
        "skip_metadata_api_check",
        Kind::Text,
        "Skip the AWS Metadata API check. Used for AWS API implementations that do not have a metadata api endpoint.",
    ),
    (
        "skip_region_validation",
        Kind::Flag,
        "Skip static validation of region name. Used by users of alternative AWS-like APIs or users w/ access to regions that are not public (yet).",
    ),
    (
        "skip_requesting_account_id",
        Kind::Flag,
        "Skip requesting the account ID. Used for AWS API implementations that do not have IAM/STS API and/or metadata API.",
    ),
    (
        "sts_region",
        Kind::Text,
        "The region where AWS STS operations will take place. Examples\nare us-east-1 and us-west-2.",
    ),
    (
        "token",
        Kind::Text,
        "session token. A session token is only required if you are\nusing temporary security credentials.",
    ),
    (
        "token_bucket_rate_limiter_capacity",
        Kind::Number,
        "The capacity of the AWS SDK's token bucket rate limiter.",
    ),
    ("use_dualstack_endpoint", Kind::Flag, "Resolve an endpoint with DualStack capability"),
    ("use_fips_endpoint", Kind::Flag, "Resolve an endpoint with FIPS capability"),
];

const ASSUME_ROLE: &[Field] = &[
    (
        "duration",
        Kind::Text,
        "The duration, between 15 minutes and 12 hours, of the role session. Valid time units are ns, us (or µs), ms, s, h, or m.",
    ),
    (
        "external_id",
        Kind::Text,
        "A unique identifier that might be required when you assume a role in another account.",
    ),
    (
        "policy",
        Kind::Text,
        "IAM Policy JSON describing further restricting permissions for the IAM Role being assumed.",
    ),
    (
        "policy_arns",
        Kind::Set,
        "Amazon Resource Names (ARNs) of IAM Policies describing further restricting permissions for the IAM Role being assumed.",
    ),
    (
        "role_arn",
        Kind::Text,
        "Amazon Resource Name (ARN) of an IAM Role to assume prior to making API calls.",
    ),
    ("session_name", Kind::Text, "An identifier for the assumed role session."),
    (
        "source_identity",
        Kind::Text,
        "Source identity specified by the principal assuming the role.",
    ),
    ("tags", Kind::Map, "Assume role session tags."),
    (
        "transitive_tag_keys",
        Kind::Set,
        "Assume role session tag keys to pass to any subsequent sessions.",
    ),
];

const ASSUME_ROLE_WITH_WEB_IDENTITY: &[Field] = &[
    (
        "duration",
        Kind::Text,
        "The duration, between 15 minutes and 12 hours, of the role session. Valid time units are ns, us (or µs), ms, s, h, or m.",
    ),
    (
        "policy",
        Kind::Text,
        "IAM Policy JSON describing further restricting permissions for the IAM Role being assumed.",
    ),
    (
        "policy_arns",
        Kind::Set,
        "Amazon Resource Names (ARNs) of IAM Policies describing further restricting permissions for the IAM Role being assumed.",
    ),
    (
        "role_arn",
        Kind::Text,
        "Amazon Resource Name (ARN) of an IAM Role to assume prior to making API calls.",
    ),
    ("session_name", Kind::Text, "An identifier for the assumed role session."),
    ("web_identity_token", Kind::Text, ""),
    ("web_identity_token_file", Kind::Text, ""),
];

const DEFAULT_TAGS: &[Field] = &[(
    "tags",
    Kind::Map,
    "Resource tags to default across all resources. Can also be configured with environment variables like `TF_AWS_DEFAULT_TAGS_<tag_name>`.",
)];

const IGNORE_TAGS: &[Field] = &[
    (
        "key_prefixes",
        Kind::Set,
        "Resource tag key prefixes to ignore across all resources. Can also be configured with the TF_AWS_IGNORE_TAGS_KEY_PREFIXES environment variable.",
    ),
    (
        "keys",
        Kind::Set,
        "Resource tag keys to ignore across all resources. Can also be configured with the TF_AWS_IGNORE_TAGS_KEYS environment variable.",
    ),
];
