//! Checks: what they find stops nothing.

use groma_state::CheckStatus;

use crate::support::{Bench, actions};

const CONFIG: &str = r#"
    resource "test_thing" "a" {
      name  = "a"
      value = "v"
    }
    check "c" {
      data "test_thing" "found" { name = "b" }
      assert {
        condition     = data.test_thing.found.value == "v"
        error_message = "No good."
      }
    }
"#;

#[tokio::test]
async fn data_that_a_check_cannot_read_fails_the_check_alone() {
    let mut bench = Bench::new();
    let (planned, diagnostics) = bench.try_plan(&[("main.tf", CONFIG)]).await;
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    assert_eq!(diagnostics.len(), 1, "{diagnostics}");
    let (plan, config) = planned.unwrap();
    assert_eq!(actions(&plan), ["read data.test_thing.found", "create test_thing.a"]);
    assert_eq!(plan.checks[0].status, CheckStatus::Fail);
    let (steps, diagnostics) = bench.try_apply((plan, config)).await;
    assert_eq!(steps, ["create test_thing.a"]);
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    assert_eq!(bench.state.checks[0].status, CheckStatus::Fail);
}

#[tokio::test]
async fn data_of_a_check_is_read_again_after_all_else() {
    let mut bench = Bench::new();
    let config = CONFIG.replace("name = \"b\"", "name = \"a\"");
    let (planned, _) = bench.try_plan(&[("main.tf", &config)]).await;
    let (steps, diagnostics) = bench.try_apply(planned.unwrap()).await;
    assert_eq!(steps, ["create test_thing.a", "read data.test_thing.found"]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(bench.state.checks[0].status, CheckStatus::Pass);
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["read data.test_thing.found"]);
}

#[tokio::test]
async fn assertions_about_what_is_not_known_yet_are_told() {
    let bench = Bench::new();
    let config = r#"
        resource "terraform_data" "a" {}
        check "c" {
          assert {
            condition     = terraform_data.a.id != ""
            error_message = "It has no id."
          }
        }
    "#;
    let (_, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    let text = diagnostics.to_string();
    assert!(text.contains("Check block assertion known after apply"), "{text}");
}

#[tokio::test]
async fn conditions_are_looked_at_while_refreshing_and_forbid_nothing() {
    let mut bench = Bench::new();
    let config = r#"
        resource "test_thing" "a" {
          name  = "a"
          value = "v"
          lifecycle {
            postcondition {
              condition     = self.value == "v"
              error_message = "No good."
            }
          }
        }
    "#;
    bench.run(config).await;
    bench.cloud().meddle("a", "w");
    bench.options.mode = groma_plan::Mode::RefreshOnly;
    let (planned, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    assert!(diagnostics.to_string().contains("postcondition failed"), "{diagnostics}");
    let (plan, _) = planned.unwrap();
    assert_eq!(plan.checks[0].status, CheckStatus::Fail);
    assert!(plan.is_applyable());
}
