//! Checks of policy documents: what IAM would refuse when they are applied.

use groma_aws_core::checks;
use serde_json::Value as Json;

type Checked = Result<(), String>;

/// How many characters a managed policy may have, white space not counted.
const MANAGED_SIZE: usize = 6144;

/// How many characters the policies written into a role may have, white space not counted.
const INLINE_SIZE: usize = 10_240;

/// How many characters the document that says who may assume a role may have at most, white space
/// not counted.
const TRUST_SIZE: usize = 4096;

/// A document that says who may assume a role.
pub(crate) fn trust_policy(text: &String) -> Checked {
    for statement in statements(text)? {
        if has(&statement, &["Resource", "NotResource"]) {
            return Err("A policy that says who may assume a role is about that role alone: its \
                        statements may have no \"Resource\"."
                .to_owned());
        }
        if !has(&statement, &["Principal", "NotPrincipal"]) {
            return Err("A policy that says who may assume a role needs a \"Principal\" in each \
                        statement."
                .to_owned());
        }
        check_statement(&statement)?;
    }
    check_size(text, TRUST_SIZE, "who may assume a role")
}

/// Checks that the policies written into one role are not too long together. What is not known does
/// not count.
pub(crate) fn inline_policies<'a>(texts: impl Iterator<Item = &'a str>) -> Checked {
    check_count(texts.map(size).sum(), INLINE_SIZE, "the policies written into one role")
}

/// The document of a managed policy.
pub(crate) fn managed_policy(text: &String) -> Checked {
    identity_policy(text)?;
    check_size(text, MANAGED_SIZE, "a managed policy")
}

/// The document of a policy that is written into a role.
pub(crate) fn inline_policy(text: &String) -> Checked {
    identity_policy(text)?;
    check_size(text, INLINE_SIZE, "the policies written into one role")
}

/// A document that says what its owner may do.
fn identity_policy(text: &String) -> Checked {
    for statement in statements(text)? {
        if has(&statement, &["Principal", "NotPrincipal"]) {
            return Err(
                "A policy of a role is about who has the role: its statements may have no \
                        \"Principal\"."
                    .to_owned(),
            );
        }
        if !has(&statement, &["Resource", "NotResource"]) {
            return Err(
                "Each statement of the policy needs a \"Resource\" or \"NotResource\"; \"*\" \
                        stands for all."
                    .to_owned(),
            );
        }
        check_statement(&statement)?;
    }
    Ok(())
}

fn check_statement(statement: &Json) -> Checked {
    if !has(statement, &["Action", "NotAction"]) {
        return Err("Each statement of the policy needs an \"Action\" or \"NotAction\".".to_owned());
    }
    match member(statement, "Effect").and_then(Json::as_str) {
        Some("Allow" | "Deny") => Ok(()),
        Some(effect) => {
            Err(format!("The \"Effect\" of a statement is \"Allow\" or \"Deny\", not {effect:?}."))
        }
        None => {
            Err("Each statement of the policy needs an \"Effect\": \"Allow\" or \"Deny\"."
                .to_owned())
        }
    }
}

/// The statements of a document, of which there may be none.
fn statements(text: &String) -> Result<Vec<Json>, String> {
    if text.is_empty() {
        return Err("It must be a policy in JSON, but is empty.".to_owned());
    }
    checks::policy(text)?;
    let statements = match serde_json::from_str::<Json>(text) {
        Ok(document @ Json::Object(_)) => member(&document, "Statement").cloned(),
        _ => None,
    };
    let statements = match statements {
        None => Vec::new(),
        Some(Json::Array(statements)) => statements,
        Some(one) => vec![one],
    };
    match statements.iter().all(Json::is_object) {
        true => Ok(statements),
        false => Err("Each statement of a policy must be a JSON object.".to_owned()),
    }
}

/// Whether a statement has one of these members.
fn has(statement: &Json, names: &[&str]) -> bool {
    names.iter().any(|name| member(statement, name).is_some())
}

/// A member, however its name is capitalised: what IAM may take is not refused.
fn member<'a>(statement: &'a Json, name: &str) -> Option<&'a Json> {
    let members = statement.as_object()?;
    let named = members.iter().find(|(n, v)| n.eq_ignore_ascii_case(name) && !v.is_null());
    named.map(|(_, value)| value)
}

fn check_size(text: &str, most: usize, of: &str) -> Checked {
    check_count(size(text), most, of)
}

/// How long a document is for IAM.
fn size(text: &str) -> usize {
    // White space within texts counts, but no policy comes near the limit by that.
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn check_count(size: usize, most: usize, of: &str) -> Checked {
    match size > most {
        true => Err(format!(
            "IAM takes at most {most} characters for {of}, white space not counted, but there are \
             {size}. Split it into several policies, or use wildcards."
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(members: &str) -> String {
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{{{members}}}]}}")
    }

    const TRUST: &str =
        r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}"#;
    const READ: &str = r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#;

    #[test]
    fn trust_policies_have_principals_and_no_resources() {
        assert_eq!(trust_policy(&document(TRUST)), Ok(()));
        assert!(trust_policy(&document(READ)).is_err_and(|e| e.contains("Resource")));
        let nobody = document(r#""Effect":"Allow","Action":"sts:AssumeRole""#);
        assert!(trust_policy(&nobody).is_err_and(|e| e.contains("Principal")));
        assert!(trust_policy(&String::new()).is_err());
        assert!(trust_policy(&"[]".to_owned()).is_err());
        assert!(trust_policy(&" {}".to_owned()).is_err());
    }

    #[test]
    fn policies_of_roles_have_resources_and_no_principals() {
        assert_eq!(managed_policy(&document(READ)), Ok(()));
        assert_eq!(inline_policy(&document(READ)), Ok(()));
        let lower = READ.to_ascii_lowercase().replace("allow", "Allow");
        assert_eq!(inline_policy(&document(&lower)), Ok(()));
        let one = format!("{{\"Statement\":{{{READ}}}}}");
        assert_eq!(inline_policy(&one), Ok(()));
        assert!(managed_policy(&document(TRUST)).is_err_and(|e| e.contains("Principal")));
        let nothing = document(r#""Effect":"Allow","Resource":"*""#);
        assert!(managed_policy(&nothing).is_err_and(|e| e.contains("Action")));
        let maybe = document(r#""Effect":"Maybe","Action":"a:B","Resource":"*""#);
        assert!(managed_policy(&maybe).is_err_and(|e| e.contains("Maybe")));
        assert!(managed_policy(&r#"{"Statement":["x"]}"#.to_owned()).is_err());
    }

    #[test]
    fn policies_that_are_too_long_are_refused() {
        let long = document(&READ.replace('*', &"x".repeat(7000)));
        assert!(managed_policy(&long).is_err_and(|e| e.contains("6144")));
        let part = document(&READ.replace('*', &"x".repeat(3000)));
        assert_eq!(inline_policies([part.as_str()].into_iter()), Ok(()));
        let both = inline_policies([part.as_str(), part.as_str()].into_iter());
        assert!(both.is_err_and(|e| e.contains("10240")));
        let spaces = document(&format!("{}{READ}", " ".repeat(20_000)));
        assert_eq!(managed_policy(&spaces), Ok(()));
    }
}
