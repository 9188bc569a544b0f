//! `terraform_remote_state`.

use crate::support::Bench;

#[tokio::test]
async fn defaults_do_not_stand_in_for_a_state() {
    let bench = Bench::new();
    let config = r#"
        data "terraform_remote_state" "r" {
          backend  = "local"
          defaults = { a = 1 }
        }
    "#;
    let (_, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(diagnostics.to_string().contains("Unable to find remote state"), "{diagnostics}");
}

#[tokio::test]
async fn what_is_wrong_with_the_backend_is_found_by_validation() {
    let bench = Bench::new();
    let config = r#"
        data "terraform_remote_state" "a" {
          backend = "nope"
        }
        data "terraform_remote_state" "b" {
          backend  = "local"
          config   = "text"
          defaults = "text"
        }
    "#;
    let (plan, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(plan.is_none());
    let text = diagnostics.to_string();
    for part in ["no backend \"nope\"", "an object is required", "Invalid default values"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
