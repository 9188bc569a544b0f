//! What of a configuration cannot be right, before anything is done with it.

use std::collections::BTreeMap;
use std::time::Duration;

use groma_sdk::{Diagnostics, Problems, Value};

use super::values::Values;
use crate::{checks, endpoints, parse_duration};

/// Checks a configuration, of which parts may be unknown.
pub(crate) fn check(config: &Value) -> Diagnostics {
    let values = Values(config);
    let mut problems = Problems::new();
    one_of(values, "retry_mode", &["standard", "adaptive"], &mut problems);
    one_of(values, "s3_us_east_1_regional_endpoint", &["legacy", "regional"], &mut problems);
    one_of(values, "ec2_metadata_service_endpoint_mode", &["IPv4", "IPv6"], &mut problems);
    for name in ["http_proxy", "https_proxy", "ec2_metadata_service_endpoint"] {
        url(values, name, name, &mut problems);
    }
    accounts(values, &mut problems);
    network(values, &mut problems);
    roles(values, &mut problems);
    endpoint_urls(values, &mut problems);
    if let Some(tags) = values.block("default_tags") {
        let tags: BTreeMap<String, String> = tags.map("tags").into_iter().collect();
        problems.check("default_tags.0.tags", crate::check_tags(&tags));
    }
    problems.into_diagnostics()
}

fn one_of(values: Values<'_>, name: &str, allowed: &[&str], problems: &mut Problems) {
    let Some(value) = values.string(name) else { return };
    if !allowed.iter().any(|a| a.eq_ignore_ascii_case(&value)) {
        let allowed = allowed.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(" or ");
        problems.check(name, Err(format!("It must be {allowed}, but is {value:?}.")));
    }
}

fn url(values: Values<'_>, name: &str, path: &str, problems: &mut Problems) {
    let Some(value) = values.string(name) else { return };
    let is_url = value
        .split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && !rest.is_empty());
    if !is_url {
        let problem = format!(
            "It must be a URL that begins with \"https://\" or \"http://\", but is {value:?}."
        );
        problems.check(path, Err(problem));
    }
}

fn accounts(values: Values<'_>, problems: &mut Problems) {
    let is_set = |name| values.get(name).is_some();
    problems.conflict(
        ("allowed_account_ids", is_set("allowed_account_ids")),
        ("forbidden_account_ids", is_set("forbidden_account_ids")),
    );
    for name in ["allowed_account_ids", "forbidden_account_ids"] {
        for id in values.strings(name) {
            problems.check(name, checks::account_id(&id));
        }
    }
}

fn network(values: Values<'_>, problems: &mut Problems) {
    if values.bool("insecure") == Some(true) {
        problems.error(
            "insecure",
            "Unsupported argument",
            "This provider always checks the certificates of services. For a service with a \
             certificate of its own, name that in \"custom_ca_bundle\".",
        );
    }
    let (key, secret) = (values.string("access_key"), values.string("secret_key"));
    let unknown = values.is_unknown("access_key") || values.is_unknown("secret_key");
    if key.is_some() != secret.is_some() && !unknown {
        let (given, missing) = match key {
            Some(_) => ("access_key", "secret_key"),
            None => ("secret_key", "access_key"),
        };
        problems.error(
            given,
            "Invalid Attribute Combination",
            format!("{given:?} is of no use without {missing:?}. Set both, or neither."),
        );
    }
    if values.number("max_retries").is_some_and(|n| n < 0) {
        problems.check("max_retries", Err("It must not be negative.".to_owned()));
    }
}

fn roles(values: Values<'_>, problems: &mut Problems) {
    for (name, most) in [("assume_role", usize::MAX), ("assume_role_with_web_identity", 1)] {
        let blocks = values.blocks(name);
        if blocks.len() > most {
            problems.error(name, "Too many blocks", format!("There may be one {name} block."));
        }
        for (i, block) in blocks.into_iter().enumerate() {
            problems.within(&format!("{name}.{i}"), |problems| role(block, problems));
        }
    }
    let Some(web) = values.block("assume_role_with_web_identity") else { return };
    let (token, file) = ("web_identity_token", "web_identity_token_file");
    problems.within("assume_role_with_web_identity.0", |problems| {
        problems.conflict((token, web.string(token).is_some()), (file, web.string(file).is_some()));
    });
}

fn role(block: Values<'_>, problems: &mut Problems) {
    match block.string("role_arn") {
        Some(arn) => problems.check("role_arn", checks::arn(&arn)),
        None if block.is_unknown("role_arn") => {}
        None => problems.error(
            "role_arn",
            "Missing required argument",
            "The block says that a role is to be taken on, but not which. Set \"role_arn\".",
        ),
    }
    if let Some(text) = block.string("duration") {
        let hours = |n: u64| Duration::from_secs(n * 3600);
        let fits = |d: &Duration| *d >= Duration::from_secs(900) && *d <= hours(12);
        if parse_duration(&text).filter(fits).is_none() {
            let problem = format!(
                "It must be a duration from 15 minutes to 12 hours, such as \"1h30m\", but is \
                 {text:?}."
            );
            problems.check("duration", Err(problem));
        }
    }
    if let Some(policy) = block.string("policy") {
        problems.check("policy", checks::policy(&policy));
    }
    for arn in block.strings("policy_arns") {
        problems.check("policy_arns", checks::arn(&arn));
    }
    for name in ["session_name", "source_identity"] {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "=,.@_-".contains(c);
        let check = checks::name(2, 64, "letters, digits and any of =,.@_-", allowed);
        if let Some(text) = block.string(name) {
            problems.check(name, check(&text));
        }
    }
}

fn endpoint_urls(values: Values<'_>, problems: &mut Problems) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for block in values.blocks("endpoints") {
        for name in endpoints::NAMES {
            if block.string(name).is_none() {
                continue;
            }
            url(block, name, "endpoints", problems);
            let Some(service) = endpoints::canonical(name) else { continue };
            if let Some(other) = seen.insert(service, name) {
                let detail = format!(
                    "{other:?} and {name:?} are names of one service. Set its endpoint once."
                );
                problems.error("endpoints", "Invalid Attribute Combination", detail);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_sdk::value::Type;

    fn problems(set: Vec<(&str, Value)>) -> String {
        check(&Value::object_of(set)).to_string()
    }

    fn block(of: Vec<(&str, Value)>) -> Value {
        Value::tuple(vec![Value::object_of(of)])
    }

    #[test]
    fn what_is_right_passes() {
        let role = block(vec![
            ("role_arn", Value::string("arn:aws:iam::123456789012:role/deploy")),
            ("duration", Value::string("1h")),
            ("session_name", Value::string("me@work")),
        ]);
        let set = vec![
            ("retry_mode", Value::string("adaptive")),
            ("assume_role", role),
            ("endpoints", block(vec![("ec2", Value::string("http://127.0.0.1:1"))])),
            ("access_key", Value::string("k")),
            ("secret_key", Value::unknown(Type::String)),
        ];
        assert_eq!(problems(set), "");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let text = problems(vec![
            ("retry_mode", Value::string("often")),
            ("http_proxy", Value::string("proxy:80")),
            ("insecure", Value::bool(true)),
            ("access_key", Value::string("k")),
            ("allowed_account_ids", Value::tuple(vec![Value::string("1")])),
            ("forbidden_account_ids", Value::tuple(vec![Value::string("123456789012")])),
            ("assume_role", block(vec![("duration", Value::string("1m"))])),
            (
                "endpoints",
                block(vec![
                    ("elb", Value::string("x")),
                    ("elasticloadbalancing", Value::string("http://y")),
                ]),
            ),
        ]);
        for part in [
            "retry_mode",
            "URL",
            "certificates",
            "secret_key",
            "12 digits",
            "cannot be set together",
            "role_arn",
            "15 minutes",
            "one service",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
