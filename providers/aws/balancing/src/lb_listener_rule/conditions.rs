//! Conditions as the service wants them, and as they are recorded.

use aws_sdk_elasticloadbalancingv2::types;
use groma_sdk::{Attr, Blocks, Set};

use super::model::{Condition, HttpHeader, Methods, QueryString, Values};

/// Conditions as the service wants them.
pub(super) fn to_conditions(conditions: &[Condition]) -> Vec<types::RuleCondition> {
    conditions.iter().map(to_condition).collect()
}

fn to_condition(condition: &Condition) -> types::RuleCondition {
    let built = types::RuleCondition::builder();
    if let Some(host) = condition.host_header.first() {
        let config = types::HostHeaderConditionConfig::builder();
        let config = config.set_values(host.values.to_filled()).build();
        return built.field("host-header").host_header_config(config).build();
    }
    if let Some(header) = condition.http_header.first() {
        let config = types::HttpHeaderConditionConfig::builder()
            .set_http_header_name(header.http_header_name.to_filled())
            .set_values(header.values.to_filled())
            .build();
        return built.field("http-header").http_header_config(config).build();
    }
    if let Some(methods) = condition.http_request_method.first() {
        let config = types::HttpRequestMethodConditionConfig::builder();
        let config = config.set_values(methods.values.to_filled()).build();
        return built.field("http-request-method").http_request_method_config(config).build();
    }
    if let Some(path) = condition.path_pattern.first() {
        let config = types::PathPatternConditionConfig::builder();
        let config = config.set_values(path.values.to_filled()).build();
        return built.field("path-pattern").path_pattern_config(config).build();
    }
    if let Some(source) = condition.source_ip.first() {
        let config = types::SourceIpConditionConfig::builder();
        let config = config.set_values(source.values.to_filled()).build();
        return built.field("source-ip").source_ip_config(config).build();
    }
    let pairs = condition.query_string.iter().map(|pair| {
        types::QueryStringKeyValuePair::builder()
            .set_key(pair.key.to_filled())
            .set_value(pair.value.cloned())
            .build()
    });
    let config = types::QueryStringConditionConfig::builder();
    let config = config.set_values(Some(pairs.collect())).build();
    built.field("query-string").query_string_config(config).build()
}

/// A condition as it is recorded.
pub(super) fn of_condition(found: &types::RuleCondition) -> Condition {
    let set = |values: &[String]| Attr::Known(Set(values.to_vec()));
    let mut condition = Condition::default();
    // Some answers have the values of the older form of conditions only.
    let plain = |values: Option<&[String]>| {
        let values = values.filter(|values| !values.is_empty()).unwrap_or_else(|| found.values());
        Blocks::one(Values { values: set(values) })
    };
    match found.field().unwrap_or_default() {
        "host-header" => {
            condition.host_header = plain(found.host_header_config().map(|c| c.values()));
        }
        "path-pattern" => {
            condition.path_pattern = plain(found.path_pattern_config().map(|c| c.values()));
        }
        "source-ip" => condition.source_ip = plain(found.source_ip_config().map(|c| c.values())),
        "http-header" => {
            let header = found.http_header_config().map(|config| HttpHeader {
                http_header_name: config.http_header_name().into(),
                values: set(config.values()),
            });
            condition.http_header = header.into();
        }
        "http-request-method" => {
            let methods = found.http_request_method_config();
            condition.http_request_method =
                methods.map(|config| Methods { values: set(config.values()) }).into();
        }
        "query-string" => {
            let pairs = found.query_string_config().map(|config| config.values());
            let pairs = pairs
                .unwrap_or_default()
                .iter()
                .map(|pair| QueryString { key: pair.key().into(), value: pair.value().into() });
            condition.query_string = pairs.collect();
        }
        _ => {}
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_sent() {
        let values = Values { values: Set(vec!["/a/*".to_owned()]).into() };
        let query = QueryString { key: "k".into(), value: "v".into() };
        let header = HttpHeader {
            http_header_name: "X-Test".into(),
            values: Set(vec!["1".to_owned()]).into(),
        };
        let methods = Methods { values: Set(vec!["GET".to_owned()]).into() };
        for condition in [
            Condition { path_pattern: Blocks::one(values.clone()), ..Condition::default() },
            Condition { source_ip: Blocks::one(values.clone()), ..Condition::default() },
            Condition { host_header: Blocks::one(values), ..Condition::default() },
            Condition { query_string: Blocks::one(query), ..Condition::default() },
            Condition { http_header: Blocks::one(header), ..Condition::default() },
            Condition { http_request_method: Blocks::one(methods), ..Condition::default() },
        ] {
            assert_eq!(of_condition(&to_condition(&condition)), condition);
        }
    }
}
