use groma_aws_core::testing::Fake;
use groma_sdk::model::Set;

use super::*;

fn set(texts: &[&str]) -> Attr<Set<String>> {
    Attr::Known(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>().into())
}

fn text(text: &str) -> Attr<String> {
    Attr::Known(text.to_owned())
}

fn principals(kind: &str, identifiers: &[&str]) -> PolicyPrincipals {
    PolicyPrincipals { identifiers: set(identifiers), r#type: text(kind) }
}

fn condition(test: &str, variable: &str, values: &[&str]) -> PolicyCondition {
    let values = values.iter().map(|v| (*v).to_owned()).collect();
    PolicyCondition { test: text(test), values: Attr::Known(values), variable: text(variable) }
}

async fn made(config: PolicyDocument) -> PolicyDocument {
    let cx = Fake::new().context();
    PolicyDocumentLookup.read(&cx, config).await.unwrap()
}

/// What the released provider makes of the same configuration.
#[tokio::test]
async fn documents_are_those_of_the_released_provider() {
    let first = PolicyStatement {
        sid: text("One"),
        effect: text("Deny"),
        not_actions: set(&["s3:Get*", "s3:List*", "ec2:*"]),
        not_resources: set(&["arn:aws:s3:::a/&{aws:username}/*", "arn:aws:s3:::b<x>"]),
        principals: Blocks::from(vec![
            principals(
                "AWS",
                &["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:root"],
            ),
            principals("AWS", &["arn:aws:iam::111111111111:root"]),
            principals("Service", &["z.amazonaws.com", "b.amazonaws.com"]),
        ]),
        condition: Blocks::from(vec![
            condition("StringEquals", "aws:a", &["z", "a"]),
            condition("StringEquals", "aws:a", &["q"]),
            condition("Bool", "aws:SecureTransport", &["false"]),
        ]),
        ..PolicyStatement::default()
    };
    let second = PolicyStatement {
        resources: set(&["*"]),
        actions: set(&["a:b"]),
        not_principals: Blocks::one(principals("*", &["*"])),
        ..PolicyStatement::default()
    };
    let source = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"One2","Effect":"Allow","Action":"c:x","Resource":"*","Principal":"*"},
        {"Sid":"keep","Effect":"Allow","Resource":"r1"}]}"#;
    let over = r#"{"Version":"2012-10-17","Statement":[{"Sid":"One2","Effect":"Allow",
        "Action":["b:x","a:y"],"Resource":["x"],"Principal":{"AWS":["b","a"]},
        "Condition":{"NumericLessThan":{"x":["5","6"]},"Bool":{"aws:y":true}}}]}"#;
    let document = made(PolicyDocument {
        policy_id: text("pid"),
        source_policy_documents: Attr::Known(vec![None, Some(source.to_owned())]),
        override_policy_documents: Attr::Known(vec![Some(over.to_owned())]),
        statement: Blocks::from(vec![first, second]),
        ..PolicyDocument::default()
    })
    .await;
    let expected = concat!(
        r#"{"Version":"2012-10-17","Id":"pid","Statement":[{"Sid":"One2","Effect":"Allow","#,
        r#""Action":["b:x","a:y"],"Resource":["x"],"Principal":{"AWS":["b","a"]},"#,
        r#""Condition":{"Bool":{"aws:y":"true"},"NumericLessThan":{"x":["5","6"]}}},"#,
        r#"{"Sid":"keep","Effect":"Allow","Resource":"r1"},{"Sid":"One","Effect":"Deny","#,
        r#""NotAction":["s3:List*","s3:Get*","ec2:*"],"#,
        r#""NotResource":["arn:aws:s3:::b\u003cx\u003e","arn:aws:s3:::a/${aws:username}/*"],"#,
        r#""Principal":{"AWS":["arn:aws:iam::111111111111:root","#,
        r#""arn:aws:iam::210987654321:root","arn:aws:iam::123456789012:root"],"#,
        r#""Service":["z.amazonaws.com","b.amazonaws.com"]},"#,
        r#""Condition":{"Bool":{"aws:SecureTransport":"false"},"#,
        r#""StringEquals":{"aws:a":["q","z","a"]}}},"#,
        r#"{"Effect":"Allow","Action":"a:b","Resource":"*","NotPrincipal":"*"}]}"#,
    );
    assert_eq!(document.minified_json.text(), expected);
    assert_eq!(document.id.text(), "2764539577");
    assert_eq!(document.statement[1].effect.text(), "Allow");
}

#[tokio::test]
async fn an_empty_document_has_a_version() {
    let document = made(PolicyDocument::default()).await;
    assert_eq!(document.json.text(), "{\n  \"Version\": \"2012-10-17\"\n}");
    assert_eq!(document.id.text(), "1132004489");
}

#[tokio::test]
async fn one_source_may_not_say_the_same_twice() {
    let cx = Fake::new().context();
    let source = r#"{"Statement":[{"Sid":"a"},{"Sid":"a"}]}"#.to_owned();
    let config = PolicyDocument {
        source_policy_documents: Attr::Known(vec![Some(source)]),
        ..PolicyDocument::default()
    };
    let error = PolicyDocumentLookup.read(&cx, config).await.unwrap_err();
    assert!(error.to_string().contains("duplicate Sid"), "{error}");
    let mut problems = Problems::new();
    let statement = PolicyStatement { sid: text("a"), ..PolicyStatement::default() };
    let config = PolicyDocument {
        statement: Blocks::from(vec![statement.clone(), statement]),
        ..PolicyDocument::default()
    };
    PolicyDocumentLookup.validate(&config, &mut problems);
    assert!(problems.into_result().is_err());
}

#[tokio::test]
async fn variables_need_the_newer_version() {
    let cx = Fake::new().context();
    let statement = PolicyStatement { resources: set(&["a&{b}"]), ..PolicyStatement::default() };
    let config = PolicyDocument {
        version: text("2008-10-17"),
        statement: Blocks::one(statement),
        ..PolicyDocument::default()
    };
    let error = PolicyDocumentLookup.read(&cx, config).await.unwrap_err();
    assert!(error.to_string().contains("2012-10-17"), "{error}");
}

#[test]
fn documents_that_are_none_are_refused() {
    for text in ["[]", "{", r#"{"Version":1}"#, r#"{"Statement":[1]}"#] {
        assert!(Document::parse(text).is_err(), "{text}");
    }
    for member in [r#""Principal":1"#, r#""Principal":{"AWS":[1]}"#, r#""Condition":[]"#] {
        assert!(Document::parse(&format!("{{\"Statement\":[{{{member}}}]}}")).is_err(), "{member}");
    }
    let deep = format!("{{\"Statement\":{}", "[".repeat(100_000));
    assert!(Document::parse(&deep).is_err());
}
