//! The order in which things are done.

use crate::support::Bench;

fn before(steps: &[String], first: &str, second: &str) {
    let at = |s: &str| {
        steps.iter().position(|x| x == s).unwrap_or_else(|| panic!("no {s:?} in {steps:?}"))
    };
    assert!(at(first) < at(second), "{first} comes after {second}: {steps:?}");
}

#[tokio::test]
async fn replacement_destroys_dependents_first() {
    let mut bench = Bench::new();
    let config = |t: i64| {
        format!(
            r#"
            resource "terraform_data" "a" {{ triggers_replace = {t} }}
            resource "terraform_data" "b" {{ triggers_replace = terraform_data.a.id }}
            "#
        )
    };
    bench.run(&config(1)).await;
    let steps = bench.run(&config(2)).await;
    assert_eq!(
        steps,
        [
            "delete terraform_data.b",
            "delete terraform_data.a",
            "create terraform_data.a",
            "create terraform_data.b",
        ]
    );
}

#[tokio::test]
async fn create_before_destroy_spreads_to_dependencies_and_waits_for_use_to_end() {
    let mut bench = Bench::new();
    let config = |t: i64| {
        format!(
            r#"
            resource "terraform_data" "a" {{ triggers_replace = {t} }}
            resource "terraform_data" "b" {{
              triggers_replace = terraform_data.a.id
              lifecycle {{ create_before_destroy = true }}
            }}
            resource "terraform_data" "c" {{ input = terraform_data.a.id }}
            "#
        )
    };
    bench.run(&config(1)).await;
    let steps = bench.run(&config(2)).await;
    before(&steps, "create terraform_data.a", "create terraform_data.b");
    before(&steps, "create terraform_data.b", "delete terraform_data.b (deposed)");
    before(&steps, "delete terraform_data.b (deposed)", "delete terraform_data.a (deposed)");
    before(&steps, "update terraform_data.c", "delete terraform_data.a (deposed)");
    let deposed: usize =
        bench.state.instances().map(|(_, _, instance)| instance.deposed.len()).sum();
    assert_eq!(deposed, 0);
}

#[tokio::test]
async fn what_goes_outlives_what_used_it() {
    let mut bench = Bench::new();
    bench
        .run(
            r#"
            resource "terraform_data" "a" {}
            resource "terraform_data" "b" { input = terraform_data.a.id }
            "#,
        )
        .await;
    let steps = bench.run("resource \"terraform_data\" \"b\" { input = 1 }").await;
    assert_eq!(steps, ["update terraform_data.b", "delete terraform_data.a"]);
}

#[tokio::test]
async fn a_chain_of_a_thousand_is_destroyed_from_its_end() {
    let mut bench = Bench::new();
    let mut config = String::from("resource \"terraform_data\" \"r0\" {}\n");
    for i in 1..1000 {
        config += &format!(
            "resource \"terraform_data\" \"r{i}\" {{ input = terraform_data.r{}.id }}\n",
            i - 1
        );
    }
    let steps = bench.run(&config).await;
    assert_eq!(steps.len(), 1000);
    bench.options.mode = groma_plan::Mode::Destroy;
    let steps = bench.run(&config).await;
    let expected: Vec<String> =
        (0..1000).rev().map(|i| format!("delete terraform_data.r{i}")).collect();
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn a_provider_that_gathers_reads_is_asked_for_everything_first() {
    let chain = r#"
        resource "test_thing" "a" { name = "a" }
        resource "test_thing" "b" {
          name  = "b"
          value = test_thing.a.id
        }
        resource "test_thing" "c" {
          name  = "c"
          value = test_thing.b.id
        }
    "#;
    let mut bench = Bench::new();
    bench.run(chain).await;
    bench.cloud().gather();
    bench.cloud().calls();
    bench.run(chain).await;
    let mut calls = bench.cloud().calls();
    calls.retain(|call| !call.starts_with("configure"));
    calls[..3].sort();
    assert_eq!(calls, ["read a", "read b", "read c", "plan a", "plan b", "plan c"]);

    // What is left out is not read.
    bench.options.targets = vec![groma_addrs::parse::target("test_thing.a").unwrap()];
    bench.run(chain).await;
    let mut calls = bench.cloud().calls();
    calls.retain(|call| !call.starts_with("configure"));
    assert_eq!(calls, ["read a", "plan a"]);
}
