//! The model of `aws_lb_listener_rule`.

use std::collections::BTreeMap;

use groma_aws_core::checks::arn;
use groma_sdk::model::checks::{count, each, length};
use groma_sdk::{Attr, Blocks, Model, Set};

use crate::actions::of_rule::Action;

/// The number of the rule that every listener has.
pub(super) const DEFAULT: i64 = 99999;

/// A rule of a listener: conditions and actions.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LbListenerRule {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, replace, check = arn)]
    pub(crate) listener_arn: Attr<String>,
    #[attr(optional, computed, check = priority)]
    pub(crate) priority: Attr<i64>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[block(list, min = 1)]
    pub(crate) action: Blocks<Action>,
    #[block(set, min = 1)]
    pub(crate) condition: Blocks<Condition>,
}

/// The `condition` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Condition {
    #[block(list, max = 1)]
    pub(crate) host_header: Blocks<Values>,
    #[block(list, max = 1)]
    pub(crate) http_header: Blocks<HttpHeader>,
    #[block(list, max = 1)]
    pub(crate) http_request_method: Blocks<Methods>,
    #[block(list, max = 1)]
    pub(crate) path_pattern: Blocks<Values>,
    #[block(set)]
    pub(crate) query_string: Blocks<QueryString>,
    #[block(list, max = 1)]
    pub(crate) source_ip: Blocks<Values>,
}

/// The `condition.query_string` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct QueryString {
    #[attr(optional)]
    pub(crate) key: Attr<String>,
    #[attr(required)]
    pub(crate) value: Attr<String>,
}

/// The `condition.http_request_method` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Methods {
    #[attr(required, check = each(method))]
    pub(crate) values: Attr<Set<String>>,
}

/// The `condition.http_header` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct HttpHeader {
    #[attr(required, check = header)]
    pub(crate) http_header_name: Attr<String>,
    #[attr(required, check = count(1, usize::MAX), check = each(length(1, 128)))]
    pub(crate) values: Attr<Set<String>>,
}

/// The blocks of a condition that have only values.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Values {
    #[attr(required, check = count(1, usize::MAX), check = each(length(1, 128)))]
    pub(crate) values: Attr<Set<String>>,
}

groma_aws_core::tagged!(LbListenerRule);

fn priority(number: &i64) -> Result<(), String> {
    match *number {
        1..=50000 | DEFAULT => Ok(()),
        other => Err(format!(
            "It must be from 1 to 50000, or {DEFAULT} for the default rule, but is {other}."
        )),
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn method(name: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    match (1..=40).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => {
            Err(format!("It must have 1 to 40 letters, hyphens and underscores, but is {name:?}."))
        }
    }
}

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn header(name: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_!#$%&'*+,.^`|~-".contains(c);
    match (1..=40).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!("It must be the name of a header, but is {name:?}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_checked() {
        assert!(priority(&1).is_ok() && priority(&DEFAULT).is_ok() && priority(&0).is_err());
        assert!(priority(&50001).is_err());
        assert!(method(&"GET".to_owned()).is_ok() && method(&"G T".to_owned()).is_err());
        assert!(header(&"X-Y".to_owned()).is_ok() && header(&"X Y".to_owned()).is_err());
    }
}
