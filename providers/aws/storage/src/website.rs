//! Routing rules of websites as JSON, which is how configurations may write them and states keep
//! them.

use aws_sdk_s3::types::{Condition, Protocol, Redirect, RoutingRule};
use groma_aws_core::normal_json;
use groma_sdk::{Diagnostic, Diagnostics};
use serde_json::{Map, Value as Json};

/// Reads rules.
pub(crate) fn parsed(text: &str) -> Result<Vec<RoutingRule>, Diagnostics> {
    let invalid = |why: String| {
        Diagnostics::from(Diagnostic::error(
            "Invalid routing rules",
            format!("\"routing_rules\" must be a JSON list of rules as S3 has them: {why}."),
        ))
    };
    let rules: Vec<Map<String, Json>> =
        serde_json::from_str(text).map_err(|e| invalid(e.to_string()))?;
    let mut found = Vec::new();
    for rule in &rules {
        let part = |name: &str| rule.get(name).and_then(Json::as_object);
        let text = |part: Option<&Map<String, Json>>, name: &str| {
            part?.get(name)?.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let condition = part("Condition");
        let redirect = part("Redirect");
        if redirect.is_none() {
            return Err(invalid("a rule has no \"Redirect\"".to_owned()));
        }
        let condition = condition.map(|_| {
            Condition::builder()
                .set_http_error_code_returned_equals(text(condition, "HttpErrorCodeReturnedEquals"))
                .set_key_prefix_equals(text(condition, "KeyPrefixEquals"))
                .build()
        });
        let redirect = Redirect::builder()
            .set_host_name(text(redirect, "HostName"))
            .set_http_redirect_code(text(redirect, "HttpRedirectCode"))
            .set_protocol(text(redirect, "Protocol").map(|p| Protocol::from(p.as_str())))
            .set_replace_key_prefix_with(text(redirect, "ReplaceKeyPrefixWith"))
            .set_replace_key_with(text(redirect, "ReplaceKeyWith"))
            .build();
        let rule = RoutingRule::builder().set_condition(condition).redirect(redirect);
        found.push(rule.build());
    }
    Ok(found)
}

/// Writes rules.
pub(crate) fn written(rules: &[RoutingRule]) -> String {
    let object = |parts: &[(&str, Option<&str>)]| {
        let parts = parts.iter().filter_map(|(name, value)| {
            Some(((*name).to_owned(), Json::from(value.filter(|v| !v.is_empty())?)))
        });
        Json::Object(parts.collect())
    };
    let rules = rules.iter().map(|rule| {
        let mut written = Map::new();
        if let Some(condition) = rule.condition() {
            let parts = [
                ("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals()),
                ("KeyPrefixEquals", condition.key_prefix_equals()),
            ];
            written.insert("Condition".to_owned(), object(&parts));
        }
        if let Some(redirect) = rule.redirect() {
            let parts = [
                ("HostName", redirect.host_name()),
                ("HttpRedirectCode", redirect.http_redirect_code()),
                ("Protocol", redirect.protocol().map(|p| p.as_str())),
                ("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with()),
                ("ReplaceKeyWith", redirect.replace_key_with()),
            ];
            written.insert("Redirect".to_owned(), object(&parts));
        }
        Json::Object(written)
    });
    normal_json(&Json::Array(rules.collect()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written() {
        let text = "[{\"Condition\":{\"KeyPrefixEquals\":\"docs/\"},\
                    \"Redirect\":{\"Protocol\":\"https\",\"ReplaceKeyPrefixWith\":\"d/\"}}]";
        assert_eq!(written(&parsed(text).unwrap()), text);
        for text in ["", "{}", "[1]", "[{}]"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
