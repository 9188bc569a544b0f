//! What a configuration of the provider says, together with the environment.

mod check;
mod read;
mod schema;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::TagPolicy;

pub(crate) use check::check;
pub(crate) use read::{ATTEMPT_TIMEOUT, read};
pub(crate) use schema::schema;

/// The settings of one configuration.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// As configured; else the SDK finds it in the environment or a profile.
    pub(crate) region: Option<String>,
    pub(crate) credentials: Credentials,
    pub(crate) network: Network,
    pub(crate) endpoints: BTreeMap<&'static str, String>,
    pub(crate) tags: TagPolicy,
    pub(crate) sts_region: Option<String>,
    pub(crate) allowed_accounts: BTreeSet<String>,
    pub(crate) forbidden_accounts: BTreeSet<String>,
    pub(crate) validate_credentials: bool,
    pub(crate) validate_region: bool,
    pub(crate) request_account: bool,
    pub(crate) adaptive_retries: bool,
    pub(crate) max_attempts: u32,
    /// As the environment has it.
    pub(crate) attempt_timeout: Option<String>,
    pub(crate) retry_tokens: Option<usize>,
    pub(crate) path_style: bool,
    pub(crate) s3_global_in_us_east_1: bool,
    pub(crate) fips: Option<bool>,
    pub(crate) dual_stack: Option<bool>,
}

/// Where credentials come from.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) access_key: Option<String>,
    pub(crate) secret_key: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) config_files: Vec<PathBuf>,
    pub(crate) credentials_files: Vec<PathBuf>,
    pub(crate) skip_metadata: bool,
    pub(crate) metadata_endpoint: Option<String>,
    pub(crate) metadata_ipv6: bool,
    /// Taken on one after the other.
    pub(crate) roles: Vec<Role>,
    pub(crate) web_role: Option<WebRole>,
}

/// A role to take on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) duration: Option<Duration>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive_tags: Vec<String>,
}

/// A role to take on with a token of another identity provider.
#[derive(Clone, Default)]
pub(crate) struct WebRole {
    pub(crate) role: Role,
    pub(crate) token: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
}

/// How services are reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub(crate) http_proxy: Option<String>,
    pub(crate) https_proxy: Option<String>,
    pub(crate) no_proxy: Option<String>,
    /// Whether the environment names a proxy.
    pub(crate) proxy_in_environment: bool,
    pub(crate) ca_bundle: Option<PathBuf>,
    /// What requests say of who sends them, beside the SDK.
    pub(crate) user_agent: String,
}
