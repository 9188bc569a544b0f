//! Reading settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use groma_sdk::Value;

use super::values::Values;
use super::{Credentials, Network, Role, Settings, WebRole};
use crate::{Ignored, TagPolicy, endpoints, parse_duration};

/// How often a request is made at most, unless the configuration says otherwise.
const ATTEMPTS: u32 = 25;

/// The variable that says how long one try of a request may take.
pub(crate) const ATTEMPT_TIMEOUT: &str = "GROMA_AWS_ATTEMPT_TIMEOUT";

/// How requests call us.
const PRODUCT: &str = concat!("groma-provider-aws/", env!("CARGO_PKG_VERSION"));

/// The settings of a configuration that was checked before. `environment` looks up variables and
/// lists them.
pub(crate) fn read(config: &Value, environment: &BTreeMap<String, String>) -> Settings {
    let values = Values(config);
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    let or_variable = |name: &str, or: &str| values.string(name).or_else(|| variable(or));
    let retry_mode = or_variable("retry_mode", "AWS_RETRY_MODE");
    let attempts = values
        .number("max_retries")
        .and_then(|n| u32::try_from(n).ok())
        .or_else(|| variable("AWS_MAX_ATTEMPTS").and_then(|n| n.parse().ok()));
    let legacy =
        or_variable("s3_us_east_1_regional_endpoint", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT");
    Settings {
        region: values
            .string("region")
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION")),
        credentials: credentials(values, &variable),
        network: network(values, &variable),
        endpoints: endpoint_urls(values, &variable),
        tags: tags(values, environment),
        sts_region: values.string("sts_region"),
        allowed_accounts: values.strings("allowed_account_ids").into_iter().collect(),
        forbidden_accounts: values.strings("forbidden_account_ids").into_iter().collect(),
        validate_credentials: values.bool("skip_credentials_validation") != Some(true),
        validate_region: values.bool("skip_region_validation") != Some(true),
        request_account: values.bool("skip_requesting_account_id") != Some(true),
        // Where nothing is throttled, the adaptive mode is the standard one.
        adaptive_retries: retry_mode.as_deref() != Some("standard"),
        max_attempts: attempts.unwrap_or(ATTEMPTS).max(1),
        attempt_timeout: variable(ATTEMPT_TIMEOUT),
        retry_tokens: values
            .number("token_bucket_rate_limiter_capacity")
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n > 0),
        path_style: values.bool("s3_use_path_style").unwrap_or(false),
        s3_global_in_us_east_1: legacy.is_some_and(|l| l.eq_ignore_ascii_case("legacy")),
        fips: values.bool("use_fips_endpoint"),
        dual_stack: values.bool("use_dualstack_endpoint"),
    }
}

fn credentials(values: Values<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Credentials {
    let skip = values.string("skip_metadata_api_check").is_some_and(|s| s == "true" || s == "1");
    let disabled = values.string("skip_metadata_api_check").is_none()
        && variable("AWS_EC2_METADATA_DISABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let mode = values
        .string("ec2_metadata_service_endpoint_mode")
        .or_else(|| variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
    let paths = |name: &str| -> Vec<PathBuf> {
        values.strings(name).iter().map(|path| home_expanded(path, variable)).collect()
    };
    let roles = values.blocks("assume_role").into_iter().filter_map(role);
    Credentials {
        access_key: values.string("access_key"),
        secret_key: values.string("secret_key"),
        token: values.string("token"),
        profile: values.string("profile"),
        config_files: paths("shared_config_files"),
        credentials_files: paths("shared_credentials_files"),
        skip_metadata: skip || disabled,
        metadata_endpoint: values
            .string("ec2_metadata_service_endpoint")
            .or_else(|| variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")),
        metadata_ipv6: mode.is_some_and(|m| m.eq_ignore_ascii_case("ipv6")),
        roles: roles.collect(),
        web_role: values.block("assume_role_with_web_identity").and_then(|block| {
            Some(WebRole {
                token: block.string("web_identity_token"),
                token_file: block
                    .string("web_identity_token_file")
                    .or_else(|| variable("AWS_WEB_IDENTITY_TOKEN_FILE"))
                    .map(|path| home_expanded(&path, variable)),
                role: role(block)?,
            })
        }),
    }
}

fn role(block: Values<'_>) -> Option<Role> {
    Some(Role {
        arn: block.string("role_arn")?,
        session_name: block.string("session_name"),
        duration: block.string("duration").and_then(|d| parse_duration(&d)),
        policy: block.string("policy"),
        policy_arns: block.strings("policy_arns"),
        external_id: block.string("external_id"),
        source_identity: block.string("source_identity"),
        tags: block.map("tags").into_iter().collect(),
        transitive_tags: block.strings("transitive_tag_keys"),
    })
}

/// Paths may begin with the home directory, as shells write it.
fn home_expanded(path: &str, variable: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    match (path.strip_prefix("~/"), variable("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn network(values: Values<'_>, variable: &dyn Fn(&str) -> Option<String>) -> Network {
    let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower));
    let https = either("HTTPS_PROXY", "https_proxy");
    let http = either("HTTP_PROXY", "http_proxy");
    let all = either("ALL_PROXY", "all_proxy");
    let configured_http = values.string("http_proxy");
    Network {
        // As the environment's variables do, the one for HTTP stands in for the other.
        https_proxy: values.string("https_proxy").or_else(|| {
            let no_other = https.is_none();
            configured_http.clone().filter(|_| no_other)
        }),
        http_proxy: configured_http,
        no_proxy: values.string("no_proxy").or_else(|| either("NO_PROXY", "no_proxy")),
        proxy_in_environment: https.or(http).or(all).is_some(),
        ca_bundle: values
            .string("custom_ca_bundle")
            .or_else(|| variable("AWS_CA_BUNDLE"))
            .map(|path| home_expanded(&path, variable)),
        user_agent: match variable("TF_APPEND_USER_AGENT") {
            Some(more) => format!("{PRODUCT} {}", more.trim()),
            None => PRODUCT.to_owned(),
        },
    }
}

/// Endpoints by service. Those that the SDK itself finds in the environment are left to it.
fn endpoint_urls(
    values: Values<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<&'static str, String> {
    let mut urls = BTreeMap::new();
    for (service, name) in [
        ("dynamodb", "AWS_DYNAMODB_ENDPOINT"),
        ("iam", "AWS_IAM_ENDPOINT"),
        ("s3", "AWS_S3_ENDPOINT"),
        ("sts", "AWS_STS_ENDPOINT"),
    ] {
        let newer = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
        if let Some(url) = variable(name).filter(|_| variable(&newer).is_none()) {
            urls.insert(service, url);
        }
    }
    for block in values.blocks("endpoints") {
        for name in endpoints::NAMES {
            if let Some(url) = block.string(name)
                && let Some(service) = endpoints::canonical(name)
            {
                urls.insert(service, url);
            }
        }
    }
    urls
}

fn tags(values: Values<'_>, environment: &BTreeMap<String, String>) -> TagPolicy {
    let mut policy = TagPolicy::default();
    for (name, value) in environment {
        if let Some(key) = name.strip_prefix("TF_AWS_DEFAULT_TAGS_").filter(|k| !k.is_empty()) {
            policy.default.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(block) = values.block("default_tags") {
        policy.default.extend(block.map("tags"));
        policy.default_unknown = block.is_unknown("tags");
    }
    policy.default_unknown |= values.is_unknown("default_tags");
    let listed = |name: &str| {
        let text = environment.get(name).map(String::as_str).unwrap_or_default();
        text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned)
    };
    let mut ignored = Ignored {
        keys: listed("TF_AWS_IGNORE_TAGS_KEYS").collect(),
        prefixes: listed("TF_AWS_IGNORE_TAGS_KEY_PREFIXES").collect(),
    };
    if let Some(block) = values.block("ignore_tags") {
        ignored.keys.extend(block.strings("keys"));
        ignored.prefixes.extend(block.strings("key_prefixes"));
    }
    policy.ignored = ignored;
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::schema;
    use groma_sdk::value::{Str, Type};

    /// A configuration with these attributes, all others null.
    pub(crate) fn config(set: Vec<(&str, Value)>) -> Value {
        let ty = schema().block.implied_type().clone();
        let Type::Object(object) = &ty else { return Value::NULL };
        let _ = object;
        let mut entries: Vec<(Str, Value)> = Vec::new();
        for (name, value) in set {
            entries.push((name.into(), value));
        }
        Value::object_of(entries)
    }

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn block(name: &'static str, of: Vec<(&str, Value)>) -> (&'static str, Value) {
        (name, Value::tuple(vec![Value::object_of(of)]))
    }

    #[test]
    fn the_configuration_wins_over_the_environment() {
        let env = environment(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_RETRY_MODE", "standard"),
            ("AWS_MAX_ATTEMPTS", "7"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        let none = read(&config(vec![]), &env);
        assert_eq!(none.region.as_deref(), Some("eu-west-1"));
        assert!(!none.adaptive_retries && none.max_attempts == 7);
        assert!(none.credentials.skip_metadata && none.validate_credentials);
        let set = vec![
            ("region", Value::string("us-west-2")),
            ("retry_mode", Value::string("adaptive")),
            ("max_retries", Value::number(3)),
            ("skip_credentials_validation", Value::bool(true)),
        ];
        let set = read(&config(set), &env);
        assert_eq!(set.region.as_deref(), Some("us-west-2"));
        assert!(set.adaptive_retries && set.max_attempts == 3 && !set.validate_credentials);
        let bare = read(&config(vec![]), &BTreeMap::new());
        assert!(bare.adaptive_retries && bare.max_attempts == ATTEMPTS && bare.request_account);
    }

    #[test]
    fn endpoints_are_of_services_by_any_name() {
        let env = environment(&[
            ("AWS_S3_ENDPOINT", "http://old"),
            ("AWS_STS_ENDPOINT", "http://old"),
            ("AWS_ENDPOINT_URL_STS", "http://new"),
        ]);
        let urls = vec![
            ("elasticloadbalancingv2", Value::string("http://lb")),
            ("ec2", Value::string("http://ec2")),
            ("sns", Value::string("")),
        ];
        let settings = read(&config(vec![block("endpoints", urls)]), &env);
        let urls: Vec<_> = settings.endpoints.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(urls, [("ec2", "http://ec2"), ("elbv2", "http://lb"), ("s3", "http://old")]);
    }

    #[test]
    fn tags_come_from_both() {
        let env = environment(&[
            ("TF_AWS_DEFAULT_TAGS_team", "roads"),
            ("TF_AWS_DEFAULT_TAGS_stage", "dev"),
            ("TF_AWS_IGNORE_TAGS_KEYS", "a, b"),
        ]);
        let tags = Value::object_of([("stage", Value::string("prod"))]);
        let set = vec![
            block("default_tags", vec![("tags", tags)]),
            block("ignore_tags", vec![("key_prefixes", Value::tuple(vec![Value::string("k/")]))]),
        ];
        let policy = read(&config(set), &env).tags;
        assert_eq!(policy.default.get("team").map(String::as_str), Some("roads"));
        assert_eq!(policy.default.get("stage").map(String::as_str), Some("prod"));
        assert!(policy.ignored.has("a") && policy.ignored.has("k/x") && !policy.ignored.has("x"));
        let unknown = Value::unknown(Type::map(Type::String));
        let set = vec![block("default_tags", vec![("tags", unknown)])];
        assert!(read(&config(set), &BTreeMap::new()).tags.default_unknown);
    }

    #[test]
    fn roles_are_a_chain() {
        let role = |arn: &str| {
            Value::object_of([("role_arn", Value::string(arn)), ("duration", Value::string("1h"))])
        };
        let chain = ("assume_role", Value::tuple(vec![role("arn:1"), role("arn:2")]));
        let roles = read(&config(vec![chain]), &BTreeMap::new()).credentials.roles;
        let arns: Vec<&str> = roles.iter().map(|r| r.arn.as_str()).collect();
        assert_eq!(arns, ["arn:1", "arn:2"]);
        assert_eq!(roles[0].duration.map(|d| d.as_secs()), Some(3600));
    }

    #[test]
    fn proxies_and_paths() {
        let env = environment(&[
            ("HOME", "/home/u"),
            ("AWS_CA_BUNDLE", "~/ca.pem"),
            ("TF_APPEND_USER_AGENT", "pipeline/7 "),
        ]);
        let set = vec![("http_proxy", Value::string("http://p"))];
        let network = read(&config(set), &env).network;
        assert_eq!(network.https_proxy.as_deref(), Some("http://p"));
        assert_eq!(network.ca_bundle, Some(PathBuf::from("/home/u/ca.pem")));
        assert!(!network.proxy_in_environment);
        assert_eq!(network.user_agent, format!("{PRODUCT} pipeline/7"));
        assert!(
            read(&config(vec![]), &environment(&[("https_proxy", "x")]))
                .network
                .proxy_in_environment
        );
    }
}
