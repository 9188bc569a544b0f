//! References that are warned of or refused before anything is evaluated.

use groma_diag::Severity;

use crate::support::Bench;

/// What is found, each as its summary and line, warnings with a question mark.
async fn found(files: &[(&str, &str)]) -> Vec<String> {
    let (_, found) = Bench::new().try_plan(files).await;
    let mut all: Vec<String> = found
        .iter()
        .map(|d| {
            let mark = if d.severity == Severity::Warning { "?" } else { "" };
            let line = d.subject.as_ref().map_or(0, |s| s.start.line);
            format!("{line} {mark}{}", d.summary)
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_is_deprecated_is_warned_of_where_it_is_used() {
    let main = r#"module "m" {
        source = "./m"
        old    = 1
      }
      module "n" {
        source = "./m"
        old    = null
      }
      output "a" { value = module.m.old }
      output "b" { value = module.n.new }
      module "o" {
        source = "./m"
        count  = 2
      }
      output "c" { value = [module.o[*].old, module.o[*].new] }
      output "d" { value = [for i in [0, 1] : module.o[i].old] }
    "#;
    let child = r#"
      variable "old" {
        deprecated = "Use new."
        default    = 2
      }
      output "old" {
        value      = 1
        deprecated = "Use new."
      }
      output "new" { value = 1 }
    "#;
    assert_eq!(
        found(&[("main.tf", main), ("m/main.tf", child)]).await,
        [
            "15 ?Value derived from a deprecated source",
            "16 ?Value derived from a deprecated source",
            "3 ?Variable marked as deprecated by the module author",
            "9 ?Value derived from a deprecated source"
        ]
    );
}

#[tokio::test]
async fn instances_and_attributes_of_resources_are_checked_by_what_is_written() {
    let main = r#"resource "test_thing" "c" {
        count = 2
        name  = "c${count.index}"
      }
      resource "test_thing" "s" {
        name = "s"
        lifecycle { ignore_changes = [id, nope] }
      }
      output "a" { value = test_thing.c.id }
      output "b" { value = test_thing.s[0].id }
      output "c" { value = test_thing.s.nam }
      output "d" { value = [test_thing.c[*].id, test_thing.c[0].name, test_thing.s.tags.x] }
      output "e" { value = each.value }
    "#;
    assert_eq!(
        found(&[("main.tf", main)]).await,
        [
            "10 Unexpected resource instance key",
            "11 Unsupported attribute",
            "13 each.value cannot be used in this context",
            "5 ?Redundant ignore_changes element",
            "7 Unsupported attribute",
            "9 Missing resource instance key",
        ]
    );
}
