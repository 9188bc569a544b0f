//! The `store` block of `terraform_data`.

use crate::support::{Bench, actions};

fn config(arguments: &str) -> String {
    format!(
        "variable \"secret\" {{\n  ephemeral = true\n}}\nresource \"terraform_data\" \"a\" {{\n  store {{\n    input = var.secret\n{arguments}\n  }}\n}}\n"
    )
}

async fn apply(bench: &mut Bench, arguments: &str, secret: &str) -> Vec<String> {
    bench.variable("secret", secret);
    let text = config(arguments);
    let (plan, config) = bench.plan(&[("main.tf", &text)]).await;
    let change = format!("{:?}", plan.changes);
    assert!(!change.contains(secret), "{change}");
    let found = actions(&plan);
    bench.apply_plan((plan, config)).await;
    found
}

#[tokio::test]
async fn what_is_ephemeral_can_be_stored_when_it_is_applied() {
    let mut bench = Bench::new();
    assert_eq!(apply(&mut bench, "", "first-secret").await, ["create terraform_data.a"]);
    assert_eq!(
        bench.object("terraform_data.a"),
        r#"{"id":"id-1","input":null,"output":null,"store":{"input":null,"output":{"value":"first-secret","type":"string"},"replace":null,"sensitive":null,"sensitive_output":null,"version":null},"triggers_replace":null}"#
    );
    assert_eq!(apply(&mut bench, "sensitive = true", "second").await, ["update terraform_data.a"]);
    let object = bench.object("terraform_data.a");
    assert!(object.contains(r#""output":null,"replace""#), "{object}");
    assert!(object.contains(r#""sensitive_output":{"value":"second""#), "{object}");
}

#[tokio::test]
async fn a_version_says_when_to_store_anew() {
    let mut bench = Bench::new();
    apply(&mut bench, "version = 1", "first-secret").await;
    assert_eq!(apply(&mut bench, "version = 1", "other-secret").await, Vec::<String>::new());
    assert!(bench.object("terraform_data.a").contains("first-secret"));
    assert_eq!(apply(&mut bench, "version = 2", "third").await, ["update terraform_data.a"]);
    assert!(bench.object("terraform_data.a").contains("third"));
    let replacing = "version = 3\nreplace = true";
    let found = apply(&mut bench, replacing, "fourth").await;
    assert_eq!(found, ["replace terraform_data.a"]);
    assert!(bench.object("terraform_data.a").contains("fourth"));
    assert_eq!(apply(&mut bench, replacing, "fifth").await, Vec::<String>::new());
}

#[tokio::test]
async fn who_does_not_store_sees_nothing_of_it() {
    let mut bench = Bench::new();
    bench.run("resource \"terraform_data\" \"a\" {\n  input = 1\n}\n").await;
    assert!(!bench.object("terraform_data.a").contains("store"));
    let stored = "resource \"terraform_data\" \"a\" {\n  input = 1\n  store {\n    input = [2]\n  }\n}\noutput \"o\" {\n  value = terraform_data.a.store.output[0]\n}\n";
    bench.run(stored).await;
    assert!(bench.object("terraform_data.a").contains("\"output\":{\"value\":[2]"));
    bench.run("resource \"terraform_data\" \"a\" {\n  input = 1\n}\n").await;
    let (plan, _) =
        bench.plan(&[("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
}
