//! Objects through their lives.

use crate::support::{Bench, actions};

#[tokio::test]
async fn objects_are_created_once_changed_in_place_replaced_and_destroyed() {
    let mut bench = Bench::new();
    let config = r#"
        resource "terraform_data" "a" {
          input = "x"
        }
        resource "terraform_data" "b" { input = "${terraform_data.a.output}-b" }
        output "b" { value = terraform_data.b.output }
    "#;
    let steps = bench.run(config).await;
    assert_eq!(steps, ["create terraform_data.a", "create terraform_data.b"]);
    assert!(bench.object("terraform_data.b").contains("x-b"));
    assert_eq!(bench.state.outputs["b"].value.as_str().map(|s| &**s), Some("x-b"));

    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    assert!(!plan.is_applyable());

    let changed = config.replace("\"x\"", "\"y\"");
    let steps = bench.run(&changed).await;
    assert_eq!(steps, ["update terraform_data.a", "update terraform_data.b"]);

    let replaced = changed.replace("input = \"y\"", "input = \"y\"\ntriggers_replace = 1");
    let steps = bench.run(&replaced).await;
    // What is made from the new output is as it was: it turns out that nothing is to be done.
    assert_eq!(steps, ["delete terraform_data.a", "create terraform_data.a"]);

    bench.options.mode = groma_plan::Mode::Destroy;
    let steps = bench.run(&replaced).await;
    assert_eq!(steps, ["delete terraform_data.b", "delete terraform_data.a"]);
    assert!(bench.state.is_empty(), "{:?}", bench.state);
}

#[tokio::test]
async fn instances_come_and_go_with_count_and_for_each() {
    let mut bench = Bench::new();
    let steps = bench
        .run(
            r#"
        resource "terraform_data" "c" {
          count = 3
          input = count.index
        }
        resource "terraform_data" "e" {
          for_each = { for d in terraform_data.c : "k${d.input}" => d.input }
          input    = "${each.key}=${each.value}"
        }
        "#,
        )
        .await;
    assert_eq!(steps.len(), 6);
    assert!(bench.object("terraform_data.e[\"k2\"]").contains("k2=2"));
    let (plan, _) = bench
        .plan(&[(
            "main.tf",
            r#"
        resource "terraform_data" "c" {
          count = 2
          input = count.index
        }
        resource "terraform_data" "e" {
          for_each = toset([])
        }
        "#,
        )])
        .await;
    assert_eq!(
        actions(&plan),
        [
            "delete terraform_data.c[2]",
            "delete terraform_data.e[\"k0\"]",
            "delete terraform_data.e[\"k1\"]",
            "delete terraform_data.e[\"k2\"]",
        ]
    );
}

#[tokio::test]
async fn modules_expand_and_hand_values_on() {
    let mut bench = Bench::new();
    let files = [
        (
            "main.tf",
            r#"
            variable "n" { type = number }
            module "m" {
              source = "./m"
              count  = var.n
              name   = "m${count.index}"
            }
            output "all" { value = module.m[*].out }
            "#,
        ),
        (
            "m/m.tf",
            r#"
            variable "name" {}
            resource "terraform_data" "x" { input = var.name }
            output "out" { value = terraform_data.x.output }
            "#,
        ),
    ];
    bench.variable("n", 2i64);
    let plan = bench.plan(&files).await;
    let mut steps = bench.apply_plan(plan).await;
    steps.sort();
    assert_eq!(
        steps,
        ["create module.m[0].terraform_data.x", "create module.m[1].terraform_data.x"]
    );
    let all = bench.state.outputs["all"].value.as_sequence().unwrap();
    assert_eq!(
        all.iter().map(|v| v.as_str().unwrap().to_string()).collect::<Vec<_>>(),
        ["m0", "m1"]
    );
    bench.variable("n", 1i64);
    let (plan, _) = bench.plan(&files).await;
    assert_eq!(actions(&plan), ["delete module.m[1].terraform_data.x"]);
}

#[tokio::test]
async fn moved_objects_are_not_made_anew() {
    let mut bench = Bench::new();
    bench.run("resource \"terraform_data\" \"a\" { input = 1 }").await;
    let (plan, _) = bench
        .plan(&[(
            "main.tf",
            r#"
            resource "terraform_data" "b" {
              count = 1
              input = 1
            }
            moved {
              from = terraform_data.a
              to   = terraform_data.b
            }
            "#,
        )])
        .await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    let change = &plan.changes[0];
    assert_eq!(change.addr.to_string(), "terraform_data.b[0]");
    assert_eq!(change.previous_addr.to_string(), "terraform_data.a");
    assert!(plan.is_applyable());
}

#[tokio::test]
async fn ignored_changes_and_triggers() {
    let mut bench = Bench::new();
    let config = |a: i64, b: i64| {
        format!(
            r#"
            resource "terraform_data" "a" {{ input = {a} }}
            resource "terraform_data" "b" {{
              input = {b}
              lifecycle {{
                ignore_changes       = [input]
                replace_triggered_by = [terraform_data.a.input]
              }}
            }}
            "#
        )
    };
    bench.run(&config(1, 1)).await;
    let (plan, _) = bench.plan(&[("main.tf", &config(1, 2))]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    let (plan, _) = bench.plan(&[("main.tf", &config(2, 2))]).await;
    assert_eq!(actions(&plan), ["update terraform_data.a", "replace terraform_data.b"]);
}

#[tokio::test]
async fn conditions_stop_a_plan_with_their_message() {
    let bench = Bench::new();
    let (_, diagnostics) = bench
        .try_plan(&[(
            "main.tf",
            r#"
            variable "n" {
              default = 3
              validation {
                condition     = var.n > 5
                error_message = "Too few."
              }
            }
            resource "terraform_data" "a" {
              input = 1
              lifecycle {
                postcondition {
                  condition     = self.input == 2
                  error_message = "Not two."
                }
              }
            }
            "#,
        )])
        .await;
    let text = diagnostics.to_string();
    assert!(text.contains("Invalid value for variable") && text.contains("Too few."), "{text}");
    assert!(text.contains("Resource postcondition failed") && text.contains("Not two."), "{text}");
}

#[tokio::test]
async fn references_that_lead_nowhere_are_all_reported() {
    let bench = Bench::new();
    let (_, diagnostics) = bench
        .try_plan(&[(
            "main.tf",
            r#"
            locals { port = 1 }
            resource "terraform_data" "a" { input = var.nope }
            resource "terraform_data" "b" { input = local.prot + terraform_data.zzz.id }
            resource "terraform_data" "c" { input = terraform_data.c.id }
            "#,
        )])
        .await;
    let summaries: Vec<&str> = diagnostics.iter().map(|d| &*d.summary).collect();
    assert_eq!(
        summaries,
        [
            "Reference to undeclared input variable",
            "Reference to undeclared local value",
            "Reference to undeclared resource",
            "Self-referential block",
        ]
    );
    assert!(diagnostics.to_string().contains("Did you mean \"port\"?"));
}

#[tokio::test]
async fn a_cycle_is_named_as_a_whole() {
    let bench = Bench::new();
    let (_, diagnostics) = bench
        .try_plan(&[(
            "main.tf",
            r#"
            locals { l = terraform_data.b.id }
            resource "terraform_data" "a" { input = local.l }
            resource "terraform_data" "b" { input = terraform_data.a.id }
            "#,
        )])
        .await;
    assert_eq!(
        diagnostics.to_string(),
        "Error: Cycle: local.l (expand), terraform_data.a, terraform_data.b"
    );
}
