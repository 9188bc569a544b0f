//! The configuration, checked.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use groma_backend::BackendContext;
use groma_diag::{Diagnostic, Diagnostics};
use groma_value::Value;
use md5::{Digest, Md5};

use super::schema::DEPRECATED;
use super::settings::{Settings, check_url, duration};

/// A checked configuration.
#[derive(Clone, Default)]
pub(super) struct Config {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) workspace_prefix: String,
    pub(super) region: String,
    pub(super) endpoint: Option<String>,
    pub(super) path_style: bool,
    pub(super) acl: Option<String>,
    pub(super) encryption: Encryption,
    pub(super) lockfile: bool,
    pub(super) checksums: bool,
    pub(super) max_attempts: u32,
    pub(super) adaptive_retries: bool,
    pub(super) fips: Option<bool>,
    pub(super) dual_stack: Option<bool>,
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) proxy: Proxy,
    pub(super) credentials: Credentials,
    pub(super) allowed_accounts: Vec<String>,
    pub(super) forbidden_accounts: Vec<String>,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// How objects are encrypted where they are kept.
#[derive(Clone, Default)]
pub(super) enum Encryption {
    /// As the bucket says.
    #[default]
    Bucket,
    /// With a key of S3's own.
    Managed,
    /// With a key of the key management service.
    Kms(String),
    /// With a key that only we know, and its digest, both in base 64.
    Customer { key: String, digest: String },
}

/// What stands between here and the bucket.
#[derive(Clone, Default)]
pub(super) struct Proxy {
    pub(super) http: Option<String>,
    pub(super) https: Option<String>,
    pub(super) except: Option<String>,
}

/// Where credentials come from.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) access_key: Option<String>,
    pub(super) secret_key: Option<String>,
    pub(super) token: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) config_files: Vec<PathBuf>,
    pub(super) credentials_files: Vec<PathBuf>,
    pub(super) skip_metadata: bool,
    pub(super) metadata_endpoint: Option<String>,
    pub(super) metadata_ipv6: bool,
    pub(super) sts_endpoint: Option<String>,
    pub(super) sts_region: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) web_role: Option<WebRole>,
}

/// A role to take on.
#[derive(Clone, Default)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) duration: Option<Duration>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
    pub(super) external_id: Option<String>,
    pub(super) source_identity: Option<String>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) transitive_tags: Vec<String>,
}

/// A role to take on with a token of another identity provider.
#[derive(Clone, Default)]
pub(super) struct WebRole {
    pub(super) role: Role,
    pub(super) token: Option<String>,
    pub(super) token_file: Option<PathBuf>,
}

impl Config {
    /// The object of a workspace's state.
    pub(super) fn state_key(&self, workspace: &str) -> String {
        match workspace {
            groma_backend::workspace::DEFAULT => self.key.clone(),
            name => format!("{}/{name}/{}", self.workspace_prefix, self.key),
        }
    }

    /// The workspace whose state an object is.
    pub(super) fn workspace_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        let rest = key.strip_prefix(&self.workspace_prefix)?.strip_prefix('/')?;
        let (name, rest) = rest.split_once('/')?;
        (rest == self.key && !name.is_empty()).then_some(name)
    }
}

/// Reads a decoded configuration. `env` looks up environment variables.
pub(super) fn read(
    value: &Value,
    context: &BackendContext,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(Config, Diagnostics), Diagnostics> {
    let (value, _) = value.clone().unmark_deep();
    let s = Settings(Some(&value));
    let env = |name: &str| env(name).filter(|v| !v.is_empty());
    let mut d = Diagnostics::new();
    deprecations(&s, &mut d);
    combinations(&s, &mut d);
    let path = |text: String| context.working_dir.join(expand_home(&text, &env));
    let endpoints = s.object("endpoints").unwrap_or(Settings(None));
    let endpoint = |name: &str, old: &str, variables: &[&str]| {
        endpoints
            .string(name)
            .or_else(|| s.string(old))
            .or_else(|| variables.iter().find_map(|v| env(v)))
    };
    let config = Config {
        bucket: required(&s, "bucket", &mut d),
        key: required(&s, "key", &mut d),
        workspace_prefix: s.string("workspace_key_prefix").unwrap_or_else(|| "env:".into()),
        region: region(&s, &env, &mut d),
        endpoint: endpoint(
            "s3",
            "endpoint",
            &["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL"],
        ),
        path_style: s.bool("use_path_style").or(s.bool("force_path_style")).unwrap_or(false),
        acl: s.string("acl"),
        encryption: encryption(&s, &env, &mut d),
        lockfile: s.bool("use_lockfile").unwrap_or(false),
        checksums: !s.bool("skip_s3_checksum").unwrap_or(false),
        max_attempts: attempts(&s, &env, &mut d),
        adaptive_retries: adaptive(&s, &env, &mut d),
        fips: s.bool("use_fips_endpoint"),
        dual_stack: s.bool("use_dualstack_endpoint"),
        ca_bundle: s.string("custom_ca_bundle").or_else(|| env("AWS_CA_BUNDLE")).map(&path),
        proxy: Proxy {
            http: s.string("http_proxy"),
            https: s.string("https_proxy"),
            except: s.string("no_proxy"),
        },
        credentials: Credentials {
            access_key: s.string("access_key"),
            secret_key: s.string("secret_key"),
            token: s.string("token"),
            profile: s.string("profile"),
            config_files: s.strings("shared_config_files").into_iter().map(&path).collect(),
            credentials_files: s
                .strings("shared_credentials_files")
                .into_iter()
                .chain(s.string("shared_credentials_file"))
                .map(&path)
                .collect(),
            skip_metadata: s.bool("skip_metadata_api_check").unwrap_or(false),
            metadata_endpoint: s.string("ec2_metadata_service_endpoint"),
            metadata_ipv6: s
                .string("ec2_metadata_service_endpoint_mode")
                .is_some_and(|m| m.eq_ignore_ascii_case("ipv6")),
            sts_endpoint: endpoint(
                "sts",
                "sts_endpoint",
                &["AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT", "AWS_ENDPOINT_URL"],
            ),
            sts_region: s.string("sts_region"),
            role: s.object("assume_role").map(|r| role(&r, "assume_role", &mut d)),
            web_role: s.object("assume_role_with_web_identity").map(|r| {
                r.at_most_one(&["web_identity_token", "web_identity_token_file"], &mut d);
                WebRole {
                    role: role(&r, "assume_role_with_web_identity", &mut d),
                    token: r.string("web_identity_token"),
                    token_file: r.string("web_identity_token_file").map(&path),
                }
            }),
        },
        allowed_accounts: s.strings("allowed_account_ids"),
        forbidden_accounts: s.strings("forbidden_account_ids"),
    };
    checks(&s, &config, &mut d);
    d.into_result(config)
}

fn deprecations(s: &Settings<'_>, d: &mut Diagnostics) {
    for (old, new) in DEPRECATED {
        if s.string(old).is_some() || s.bool(old).is_some() {
            d.push(Diagnostic::warning(
                "Deprecated Parameter",
                format!("The parameter {old:?} is deprecated. Use parameter {new:?} instead."),
            ));
        }
    }
}

fn combinations(s: &Settings<'_>, d: &mut Diagnostics) {
    s.at_most_one(&["kms_key_id", "sse_customer_key"], d);
    s.at_most_one(&["allowed_account_ids", "forbidden_account_ids"], d);
    s.at_most_one(&["force_path_style", "use_path_style"], d);
    s.at_most_one(&["shared_credentials_file", "shared_credentials_files"], d);
    let Some(endpoints) = s.object("endpoints") else { return };
    let both = [
        ("dynamodb_endpoint", "dynamodb"),
        ("endpoint", "s3"),
        ("iam_endpoint", "iam"),
        ("sts_endpoint", "sts"),
    ];
    for (old, new) in both {
        if s.string(old).is_some() && endpoints.string(new).is_some() {
            d.error(
                "Conflicting Parameters",
                format!(
                    "The parameters {old:?} and \"endpoints.{new}\" cannot be configured together."
                ),
            );
        }
    }
}

/// Checks that need more than one setting or are about what is not built yet.
fn checks(s: &Settings<'_>, config: &Config, d: &mut Diagnostics) {
    if config.key.starts_with('/') || config.key.ends_with('/') {
        d.error("Invalid Value", "The value of \"key\" must not start or end with \"/\".");
    }
    if config.key.contains("//") {
        d.error("Invalid Value", "The value of \"key\" must not contain \"//\".");
    }
    let prefix = &config.workspace_prefix;
    if prefix.starts_with('/') || prefix.ends_with('/') {
        d.error(
            "Invalid Value",
            "The value of \"workspace_key_prefix\" must not start or end with \"/\".",
        );
    }
    if let Some(url) = &config.endpoint {
        check_url("endpoints.s3", url, d);
    }
    if let Some(url) = &config.credentials.sts_endpoint {
        check_url("endpoints.sts", url, d);
    }
    if s.string("dynamodb_table").is_some() {
        d.error(
            "Unsupported state lock",
            "Locking with a DynamoDB table (\"dynamodb_table\") is not supported yet and will \
             come in a later version. Set \"use_lockfile = true\" instead, which locks with an \
             object beside the state, as Terraform 1.10 and later do it. As long as others still \
             lock with the table only, the two would not exclude each other: have them set both.",
        );
    }
    if s.bool("insecure") == Some(true) {
        d.error(
            "Unsupported argument",
            "Connections without verification of certificates (\"insecure\") are not supported. \
             Name the certificate authority to trust with \"custom_ca_bundle\".",
        );
    }
    let c = &config.credentials;
    if c.access_key.is_some() != c.secret_key.is_some() {
        d.error(
            "Invalid Attribute Combination",
            "The attributes \"access_key\" and \"secret_key\" must be set both or not at all.",
        );
    }
}

fn required(s: &Settings<'_>, name: &str, d: &mut Diagnostics) -> String {
    s.string(name).unwrap_or_else(|| {
        d.error(
            "Missing Required Value",
            format!("The attribute {name:?} is required by the backend, and must not be empty."),
        );
        String::new()
    })
}

fn region(s: &Settings<'_>, env: &dyn Fn(&str) -> Option<String>, d: &mut Diagnostics) -> String {
    let region =
        s.string("region").or_else(|| env("AWS_REGION")).or_else(|| env("AWS_DEFAULT_REGION"));
    let Some(region) = region else {
        d.error(
            "Missing region value",
            "The \"region\" attribute or the \"AWS_REGION\" or \"AWS_DEFAULT_REGION\" environment \
             variables must be set.",
        );
        return String::new();
    };
    // The form of a name, not a list of names: new regions come all the time.
    let parts: Vec<&str> = region.split('-').collect();
    let looks_right = parts.len() >= 3
        && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_alphanumeric()))
        && parts.last().is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if !looks_right && !s.bool("skip_region_validation").unwrap_or(false) {
        d.error(
            "Invalid region value",
            format!(
                "Invalid AWS Region: {region}. A region is called such as us-east-1. If this is \
                 one all the same, set \"skip_region_validation = true\"."
            ),
        );
    }
    region
}

fn encryption(
    s: &Settings<'_>,
    env: &dyn Fn(&str) -> Option<String>,
    d: &mut Diagnostics,
) -> Encryption {
    let encrypt = s.bool("encrypt").unwrap_or(false);
    if let Some(id) = s.string("kms_key_id") {
        return if encrypt { Encryption::Kms(id) } else { Encryption::Bucket };
    }
    if let Some(key) = s.string("sse_customer_key").or_else(|| env("AWS_SSE_CUSTOMER_KEY")) {
        return match STANDARD.decode(&key) {
            Ok(bytes) if bytes.len() == 32 => {
                Encryption::Customer { key, digest: STANDARD.encode(Md5::digest(&bytes)) }
            }
            _ => {
                d.error(
                    "Invalid SSE Customer Key",
                    "The customer key (\"sse_customer_key\" or AWS_SSE_CUSTOMER_KEY) must be 256 \
                     bits in base 64, which are 44 characters.",
                );
                Encryption::Bucket
            }
        };
    }
    if encrypt { Encryption::Managed } else { Encryption::Bucket }
}

fn attempts(s: &Settings<'_>, env: &dyn Fn(&str) -> Option<String>, d: &mut Diagnostics) -> u32 {
    let number = s
        .number("max_retries")
        .or_else(|| env("AWS_MAX_ATTEMPTS").and_then(|v| v.parse().ok()))
        .unwrap_or(5);
    match u32::try_from(number) {
        // Without a retry there still is the first attempt.
        Ok(n) => n.max(1),
        Err(_) => {
            d.error("Invalid Value", "The value of \"max_retries\" must not be negative.");
            1
        }
    }
}

fn adaptive(s: &Settings<'_>, env: &dyn Fn(&str) -> Option<String>, d: &mut Diagnostics) -> bool {
    match s.string("retry_mode").or_else(|| env("AWS_RETRY_MODE")).as_deref() {
        None | Some("standard" | "legacy") => false,
        Some("adaptive") => true,
        Some(other) => {
            d.error(
                "Invalid Value",
                format!("unknown RetryMode, {other}: it is \"standard\" or \"adaptive\"."),
            );
            false
        }
    }
}

fn role(s: &Settings<'_>, name: &str, d: &mut Diagnostics) -> Role {
    let arn = s.string("role_arn").unwrap_or_else(|| {
        d.error(
            "Missing Required Value",
            format!("The attribute \"{name}.role_arn\" is required by the backend."),
        );
        String::new()
    });
    let duration = s.string("duration").and_then(|text| {
        let parsed = duration(&text);
        let ok = |t: &Duration| (900..=43_200).contains(&t.as_secs());
        match parsed {
            Some(t) if ok(&t) => {}
            Some(_) => d.error(
                "Invalid Duration",
                format!("Duration must be between 15m0s and 12h0m0s, had {text}"),
            ),
            None => d.error(
                "Invalid Duration",
                format!("The value {text:?} cannot be parsed as a duration such as \"1h30m\"."),
            ),
        }
        parsed
    });
    Role {
        arn,
        session_name: s.string("session_name"),
        duration,
        policy: s.string("policy"),
        policy_arns: s.strings("policy_arns"),
        external_id: s.string("external_id"),
        source_identity: s.string("source_identity"),
        tags: s.map("tags"),
        transitive_tags: s.strings("transitive_tag_keys"),
    }
}

/// `~/` at the beginning stands for the home directory.
fn expand_home(text: &str, env: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    match (text.strip_prefix("~/"), env("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(text),
    }
}
