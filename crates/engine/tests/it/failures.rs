//! What goes wrong, and what is known afterwards.

use groma_provider::testing::Operation;
use groma_state::ObjectStatus;

use crate::support::{Bench, actions};

const TWO_BRANCHES: &str = r#"
    resource "test_thing" "a" { name = "a" }
    resource "test_thing" "b" {
      name  = "b"
      value = test_thing.a.id
    }
    resource "test_thing" "other" { name = "other" }
"#;

#[tokio::test]
async fn other_branches_go_on_and_dependents_are_skipped() {
    let mut bench = Bench::new();
    bench.cloud().fail(Operation::Create, "a");
    let plan = bench.plan(&[("main.tf", TWO_BRANCHES)]).await;
    let (steps, diagnostics) = bench.try_apply(plan).await;
    assert_eq!(steps, ["create test_thing.other"]);
    assert_eq!(diagnostics.len(), 1, "{diagnostics}");
    assert_eq!(bench.state.resources.len(), 1);
    assert_eq!(bench.cloud().names(), ["other"]);
    bench.cloud().recover();
    let steps = bench.run(TWO_BRANCHES).await;
    assert_eq!(steps, ["create test_thing.a", "create test_thing.b"]);
}

#[tokio::test]
async fn what_was_created_half_way_is_tainted_and_replaced() {
    let mut bench = Bench::new();
    bench.cloud().fail(Operation::CreateHalf, "a");
    let plan = bench.plan(&[("main.tf", TWO_BRANCHES)]).await;
    let (_, diagnostics) = bench.try_apply(plan).await;
    assert!(diagnostics.has_errors());
    let addr = groma_addrs::parse::resource_instance("test_thing.a").unwrap();
    let object = bench.state.instance(&addr).unwrap().current.clone().unwrap();
    assert_eq!(object.status, ObjectStatus::Tainted);
    bench.cloud().recover();
    let (plan, config) = bench.plan(&[("main.tf", TWO_BRANCHES)]).await;
    assert_eq!(actions(&plan), ["replace test_thing.a", "create test_thing.b"]);
    bench.apply_plan((plan, config)).await;
    assert_eq!(bench.cloud().names(), ["a", "b", "other"]);
}

#[tokio::test]
async fn a_failed_destruction_keeps_the_object_and_what_it_depends_on() {
    let mut bench = Bench::new();
    bench.run(TWO_BRANCHES).await;
    bench.cloud().fail(Operation::Delete, "b");
    bench.options.mode = groma_plan::Mode::Destroy;
    let plan = bench.plan(&[("main.tf", TWO_BRANCHES)]).await;
    let (steps, diagnostics) = bench.try_apply(plan).await;
    assert!(diagnostics.has_errors());
    assert_eq!(steps, ["delete test_thing.other"]);
    assert_eq!(bench.cloud().names(), ["a", "b"]);
    assert_eq!(bench.state.resources.len(), 2);
}

#[tokio::test]
async fn when_the_new_object_fails_the_old_one_stays_current() {
    let config = |kind: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name = "a"
              kind = "{kind}"
              lifecycle {{ create_before_destroy = true }}
            }}
            "#
        )
    };
    let mut bench = Bench::new();
    bench.run(&config("x")).await;
    let before = bench.state.clone();
    bench.cloud().fail(Operation::Create, "a");
    let plan = bench.plan(&[("main.tf", &config("y"))]).await;
    assert_eq!(actions(&plan.0), ["replace test_thing.a"]);
    let (_, diagnostics) = bench.try_apply(plan).await;
    assert!(diagnostics.has_errors());
    assert_eq!(bench.state.resources, before.resources);
    bench.cloud().recover();
    let steps = bench.run(&config("y")).await;
    assert_eq!(steps, ["create test_thing.a", "delete test_thing.a (deposed)"]);
}

#[tokio::test]
async fn an_incoherent_plan_names_the_provider_and_changes_nothing() {
    let bench = Bench::new();
    bench.cloud().be_wrong();
    let (_, diagnostics) = bench.try_plan(&[("main.tf", TWO_BRANCHES)]).await;
    let text = diagnostics.to_string();
    assert!(text.contains("Provider produced invalid plan"), "{text}");
    assert!(text.contains("hashicorp/test") && text.contains(".name"), "{text}");
    assert!(bench.cloud().names().is_empty());
}

#[tokio::test]
async fn a_read_that_fails_stops_the_plan_but_loses_nothing() {
    let mut bench = Bench::new();
    bench.run(TWO_BRANCHES).await;
    bench.cloud().fail(Operation::Read, "a");
    let (plan, diagnostics) = bench.try_plan(&[("main.tf", TWO_BRANCHES)]).await;
    assert!(diagnostics.has_errors());
    assert!(plan.unwrap().0.errored);
}
