//! Ephemeral resources and write-only attributes: what is open when, and what leaves no trace.

use groma_provider::testing::Operation;

use crate::support::{Bench, actions};

const CONFIG: &str = r#"
    ephemeral "test_token" "t" {
      name = "t"
    }
    locals {
      secret = ephemeral.test_token.t.secret
    }
    resource "test_vault" "a" {
      name              = "a"
      secret_wo         = local.secret
      secret_wo_version = 1
    }
"#;

#[tokio::test]
async fn it_is_open_for_as_long_as_it_is_used() {
    let mut bench = Bench::new();
    let plan = bench.plan(&[("main.tf", CONFIG)]).await;
    assert_eq!(actions(&plan.0), ["create test_vault.a"]);
    assert_eq!(bench.cloud().calls(), ["configure", "open t", "close t"]);
    assert_eq!(bench.apply_plan(plan).await, ["create test_vault.a"]);
    let calls = bench.cloud().calls();
    assert_eq!(calls, ["configure", "open t", "store secret of t in a", "close t"]);
}

#[tokio::test]
async fn write_only_values_leave_no_trace() {
    let mut bench = Bench::new();
    let (plan, config) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert!(!format!("{plan:?}").contains("secret of t"));
    bench.apply_plan((plan, config)).await;
    assert!(bench.object("test_vault.a").contains(r#""secret_wo":null"#));
    // Another secret is no change; another version of it is.
    let (plan, _) =
        bench.plan(&[("main.tf", &CONFIG.replace("name = \"t\"", "name = \"u\""))]).await;
    assert!(actions(&plan).is_empty());
    let newer = CONFIG.replace("_version = 1", "_version = 2");
    let (plan, _) = bench.plan(&[("main.tf", &newer)]).await;
    assert_eq!(actions(&plan), ["update test_vault.a"]);
}

#[tokio::test]
async fn what_is_not_known_yet_is_opened_while_applying() {
    let mut bench = Bench::new();
    let config = r#"
        resource "test_thing" "first" { name = "first" }
        ephemeral "test_token" "late" {
          name  = "late"
          given = test_thing.first.id
        }
        ephemeral "test_token" "later" {
          name       = "later"
          depends_on = [test_thing.first]
        }
        resource "test_vault" "a" {
          name      = "${ephemeral.test_token.later.name == "" ? "" : "a"}"
          secret_wo = ephemeral.test_token.late.secret
        }
    "#;
    let wrong = bench.try_plan(&[("main.tf", config)]).await.1;
    assert!(wrong.iter().any(|d| d.summary == "Invalid use of ephemeral value"), "{wrong}");
    let config =
        config.replace(r#""${ephemeral.test_token.later.name == "" ? "" : "a"}""#, r#""a""#);
    let plan = bench.plan(&[("main.tf", &config)]).await;
    bench.cloud().calls();
    bench.apply_plan(plan).await;
    let calls = bench.cloud().calls();
    assert!(calls.contains(&"open later".to_owned()), "{calls:?}");
    assert!(calls.contains(&"store secret of late in a".to_owned()), "{calls:?}");
    assert!(bench.cloud().open().is_empty());
}

#[tokio::test]
async fn it_is_closed_whatever_becomes_of_its_users() {
    let mut bench = Bench::new();
    let plan = bench.plan(&[("main.tf", CONFIG)]).await;
    bench.cloud().fail(Operation::Create, "a");
    let (_, diagnostics) = bench.try_apply(plan).await;
    assert!(diagnostics.has_errors());
    assert!(bench.cloud().open().is_empty());
    let failing = format!("{CONFIG}\n resource \"test_thing\" \"x\" {{ name = local.none }}");
    assert!(bench.try_plan(&[("main.tf", &failing)]).await.1.has_errors());
    assert!(bench.cloud().open().is_empty());
}

#[tokio::test]
async fn failing_to_open_or_close_is_told() {
    let mut bench = Bench::new();
    bench.cloud().fail(Operation::Open, "t");
    let (planned, diagnostics) = bench.try_plan(&[("main.tf", CONFIG)]).await;
    assert!(diagnostics.to_string().contains("Cannot open"), "{diagnostics}");
    assert!(planned.unwrap().0.errored);
    bench.cloud().recover();
    let plan = bench.plan(&[("main.tf", CONFIG)]).await;
    bench.cloud().fail(Operation::Close, "t");
    let (steps, diagnostics) = bench.try_apply(plan).await;
    assert_eq!(steps, ["create test_vault.a"]);
    assert!(diagnostics.to_string().contains("Cannot close"), "{diagnostics}");
}

#[tokio::test]
async fn it_is_renewed_for_as_long_as_the_provider_wants() {
    let bench = Bench::new();
    bench.cloud().renew(2);
    let config = format!("{CONFIG}\n resource \"test_thing\" \"more\" {{ name = \"more\" }}");
    bench.plan(&[("main.tf", &config)]).await;
    let calls = bench.cloud().calls();
    let at = |call: &str| calls.iter().position(|c| c == call);
    assert!(at("open t") < at("close t"));
    // Whether there was time for it is another matter: after the close, there is none.
    assert!(calls.iter().rposition(|c| c == "renew t") < at("close t"), "{calls:?}");
}

#[tokio::test]
async fn providers_keep_what_they_are_configured_with_open() {
    let mut bench = Bench::new();
    let config = r#"
        ephemeral "test_token" "t" {
          provider = test.plain
          name     = "t"
        }
        provider "test" { alias = "plain" }
        provider "test" { region = ephemeral.test_token.t.secret }
        resource "test_thing" "a" { name = "a" }
    "#;
    bench.run(config).await;
    bench.cloud().calls();
    // Destroying needs it again, until all is gone.
    let rest = config.replace(r#"resource "test_thing" "a" { name = "a" }"#, "");
    let plan = bench.plan(&[("main.tf", &rest)]).await;
    let calls = bench.cloud().calls();
    assert_eq!(&calls[calls.len() - 2..], ["read a", "close t"], "{calls:?}");
    assert_eq!(bench.apply_plan(plan).await, ["delete test_thing.a"]);
    assert!(bench.cloud().open().is_empty());
}

#[tokio::test]
async fn a_destruction_opens_only_what_providers_need() {
    let mut bench = Bench::new();
    bench.run(CONFIG).await;
    bench.options.mode = groma_plan::Mode::Destroy;
    bench.cloud().calls();
    bench.run(CONFIG).await;
    assert_eq!(bench.cloud().calls(), ["configure", "read a", "configure"]);
}

#[tokio::test]
async fn instances_and_conditions() {
    let mut bench = Bench::new();
    let config = r#"
        ephemeral "test_token" "t" {
          for_each = { x = "1", y = "2" }
          name     = "${each.key}${each.value}"
          lifecycle {
            precondition {
              condition     = each.value != "3"
              error_message = "Not three."
            }
            postcondition {
              condition     = self.secret == "secret of ${each.key}${each.value}"
              error_message = "Another secret."
            }
          }
        }
        resource "test_vault" "a" {
          name      = "a"
          secret_wo = ephemeral.test_token.t["y"].secret
        }
    "#;
    bench.run(config).await;
    assert!(bench.cloud().calls().contains(&"store secret of y2 in a".to_owned()));
    let (_, diagnostics) = bench.try_plan(&[("main.tf", &config.replace('2', "3"))]).await;
    assert!(diagnostics.to_string().contains("Not three."), "{diagnostics}");
    let config = config.replace("self.secret == ", "self.secret != ");
    let (_, diagnostics) = bench.try_plan(&[("main.tf", &config)]).await;
    assert!(diagnostics.to_string().contains("Another secret."), "{diagnostics}");
    assert!(bench.cloud().open().is_empty());
}

#[tokio::test]
async fn ephemeral_values_pass_through_modules_that_say_so() {
    let mut bench = Bench::new();
    let module = r#"
        variable "in" { ephemeral = true }
        output "out" {
          value     = var.in
          ephemeral = true
        }
    "#;
    let main = r#"
        ephemeral "test_token" "t" { name = "t" }
        module "m" {
          source = "./m"
          in     = ephemeral.test_token.t.secret
        }
        resource "test_vault" "a" {
          name      = "a"
          secret_wo = module.m.out
        }
        output "named" { value = ephemeralasnull(module.m.out) == null }
    "#;
    let plan = bench.plan(&[("main.tf", main), ("m/m.tf", module)]).await;
    bench.apply_plan(plan).await;
    assert!(bench.cloud().calls().contains(&"store secret of t in a".to_owned()));
    for (from, to) in [("ephemeral = true }", "}"), ("ephemeral = true\n        }", "}")] {
        let (_, diagnostics) =
            bench.try_plan(&[("main.tf", main), ("m/m.tf", &module.replace(from, to))]).await;
        assert!(diagnostics.to_string().contains("Ephemeral value not allowed"), "{diagnostics}");
    }
}

#[tokio::test]
async fn providers_must_not_give_write_only_values_back() {
    let bench = Bench::new();
    bench.cloud().leak();
    let (_, diagnostics) = bench.try_plan(&[("main.tf", CONFIG)]).await;
    let text = diagnostics.to_string();
    assert!(text.contains("Write-only attribute set"), "{text}");
    assert!(!text.contains("secret of t"), "{text}");
}

#[tokio::test]
async fn whether_it_is_being_applied_can_be_asked() {
    let mut bench = Bench::new();
    bench
        .run(
            r#"
            resource "test_vault" "a" {
              name      = "a"
              secret_wo = terraform.applying ? "now" : "not yet"
            }
        "#,
        )
        .await;
    assert!(bench.cloud().calls().contains(&"store now in a".to_owned()));
}
