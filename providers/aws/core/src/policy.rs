//! IAM policy documents that mean the same.
//!
//! Services store policies in forms of their own: lists of one element as the element, actions in
//! another order, account ids as the root users of the accounts. None of that is a change.

use serde_json::{Map, Value as Json};

use crate::Arn;
use crate::json::{same_json, sorted};

/// Whether two policy documents mean the same; for `#[attr(same = same_policy)]`. Texts that are no
/// policies are compared as JSON.
pub fn same_policy(a: &String, b: &String) -> bool {
    if a == b || same_json(a, b) {
        return true;
    }
    matches!((normal(a), normal(b)), (Some(a), Some(b)) if a == b)
}

/// The policy to be recorded of what a service returned: the one that was there where they mean the
/// same.
pub fn policy_to_record(known: Option<&str>, returned: &str) -> String {
    match known {
        Some(known) if same_policy(&known.to_owned(), &returned.to_owned()) => known.to_owned(),
        _ => returned.to_owned(),
    }
}

/// The document in a form that is equal for all that mean the same. `None` if it is no policy.
fn normal(text: &str) -> Option<Json> {
    let Json::Object(mut document) = serde_json::from_str(text).ok()? else { return None };
    let statements = match document.remove("Statement")? {
        Json::Array(statements) => statements,
        one => vec![one],
    };
    let statements: Option<Vec<Json>> = statements.into_iter().map(statement).collect();
    let mut statements = statements?;
    statements.sort_by_cached_key(Json::to_string);
    document.entry("Version").or_insert_with(|| "2008-10-17".into());
    document.insert("Statement".to_owned(), Json::Array(statements));
    Some(sorted(Json::Object(document)))
}

fn statement(statement: Json) -> Option<Json> {
    let Json::Object(members) = statement else { return None };
    let mut normal = Map::new();
    for (name, value) in members {
        let value = match name.as_str() {
            // An empty one is none.
            "Sid" if value == "" => continue,
            // The names of actions have no case.
            "Action" | "NotAction" => set(value, |s| s.to_ascii_lowercase())?,
            "Resource" | "NotResource" => set(value, str::to_owned)?,
            "Principal" | "NotPrincipal" => principals(value)?,
            "Condition" => conditions(value)?,
            _ => value,
        };
        normal.insert(name, value);
    }
    Some(sorted(Json::Object(normal)))
}

/// A text or a list of texts as a sorted list without doubles.
fn set(value: Json, form: impl Fn(&str) -> String) -> Option<Json> {
    let values = match value {
        Json::Array(values) => values,
        one => vec![one],
    };
    let texts: Option<Vec<String>> = values.iter().map(|v| scalar(v).map(|s| form(&s))).collect();
    let mut texts = texts?;
    texts.sort();
    texts.dedup();
    Some(texts.into())
}

/// Numbers and booleans are as good as their texts.
fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn principals(value: Json) -> Option<Json> {
    match value {
        // Anybody at all.
        Json::String(all) if all == "*" => Some(serde_json::json!({ "AWS": ["*"] })),
        Json::Object(kinds) => {
            let kinds: Option<Map<String, Json>> = kinds
                .into_iter()
                .map(|(kind, names)| {
                    let names = match kind.as_str() {
                        "AWS" => set(names, |name| account_root(name).to_owned())?,
                        _ => set(names, str::to_owned)?,
                    };
                    Some((kind, names))
                })
                .collect();
            Some(Json::Object(kinds?))
        }
        _ => None,
    }
}

/// The account of a root user; all other names as they are.
fn account_root(name: &str) -> String {
    match name.parse::<Arn>() {
        Ok(arn) if arn.service == "iam" && arn.resource == "root" => arn.account,
        _ => name.to_owned(),
    }
}

fn conditions(value: Json) -> Option<Json> {
    let Json::Object(operators) = value else { return None };
    let mut normal = Map::new();
    for (operator, keys) in operators {
        let Json::Object(keys) = keys else { return None };
        let mut values = Map::new();
        for (key, wanted) in keys {
            // The names of keys have no case.
            values.insert(key.to_ascii_lowercase(), set(wanted, str::to_owned)?);
        }
        normal.insert(operator, Json::Object(values));
    }
    Some(Json::Object(normal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        same_policy(&a.to_owned(), &b.to_owned())
    }

    fn with(member: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{member}}}]}}"#)
    }

    #[test]
    fn lists_of_one_are_their_element_and_lists_have_no_order() {
        assert!(same(&with(r#""Action":"s3:Get*""#), &with(r#""Action":["S3:Get*"]"#)));
        assert!(same(
            &with(r#""Action":["a:X","b:Y"],"Resource":"*""#),
            &with(r#""Resource":["*"],"Action":["b:Y","a:X","a:X"]"#)
        ));
        assert!(!same(&with(r#""Action":"s3:Get*""#), &with(r#""Action":"s3:Put*""#)));
        assert!(!same(&with(r#""Resource":"arn:X""#), &with(r#""Resource":"arn:x""#)));
        let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:X"}}"#;
        assert!(same(one, &with(r#""Action":"a:X""#)));
    }

    #[test]
    fn accounts_are_their_root_users() {
        let id = with(r#""Principal":{"AWS":"123456789012"}"#);
        let root = with(r#""Principal":{"AWS":["arn:aws:iam::123456789012:root"]}"#);
        let role = with(r#""Principal":{"AWS":["arn:aws:iam::123456789012:role/r"]}"#);
        assert!(same(&id, &root) && !same(&id, &role));
        assert!(same(&with(r#""Principal":"*""#), &with(r#""Principal":{"AWS":"*"}"#)));
        let service = |name: &str| with(&format!(r#""Principal":{{"Service":{name}}}"#));
        assert!(same(&service(r#""ec2.amazonaws.com""#), &service(r#"["ec2.amazonaws.com"]"#)));
    }

    #[test]
    fn conditions_are_compared_by_their_values() {
        let a = with(r#""Condition":{"Bool":{"aws:SecureTransport":false}}"#);
        let b = with(r#""Condition":{"Bool":{"aws:securetransport":["false"]}}"#);
        let c = with(r#""Condition":{"Bool":{"aws:SecureTransport":"true"}}"#);
        assert!(same(&a, &b) && !same(&a, &c));
    }

    #[test]
    fn statements_have_no_order_and_versions_a_default() {
        let both = |a: &str, b: &str| format!(r#"{{"Statement":[{a},{b}]}}"#);
        let (a, b) = (
            r#"{"Effect":"Allow","Action":"a:X"}"#,
            r#"{"Effect":"Deny","Action":"b:Y","Sid":""}"#,
        );
        assert!(same(&both(a, b), &both(b, a)));
        assert!(!same(&both(a, b), &both(a, a)));
        let old = format!(r#"{{"Version":"2008-10-17","Statement":[{a},{b}]}}"#);
        assert!(same(&old, &both(b, a)));
        assert!(same("x", "x") && !same("x", "y") && !same("{}", &both(a, b)));
        assert_eq!(policy_to_record(Some(&both(a, b)), &both(b, a)), both(a, b));
        assert_eq!(policy_to_record(None, "x"), "x");
    }
}
