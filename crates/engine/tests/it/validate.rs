//! Validation reports everything at once, and nothing that only follows from something else.

use groma_diag::Diagnostics;

use crate::support::Bench;

/// Each error as `path:line summary`, those without a place last.
fn found(diagnostics: &Diagnostics) -> Vec<String> {
    let shown = diagnostics.iter().map(|d| match &d.subject {
        Some(s) => format!("{}:{} {}", s.filename, s.start.line, d.summary),
        None => format!("~ {}", d.summary),
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

/// Holds what is found against the annotations: `#! summary` announces an error on the next line
/// that is no annotation, and on none if there is no such line.
async fn check(files: &[(&str, &str)]) {
    let mut expected = Vec::new();
    for (path, text) in files {
        let mut pending: Vec<&str> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            match line.trim().strip_prefix("#! ") {
                Some(summary) => pending.push(summary),
                None => expected
                    .extend(pending.drain(..).map(|summary| format!("{path}:{number} {summary}"))),
            }
        }
        expected.extend(pending.into_iter().map(|summary| format!("~ {summary}")));
    }
    expected.sort();
    let diagnostics = Bench::new().validate(files).await;
    assert_eq!(found(&diagnostics), expected, "\n{diagnostics}");
}

#[tokio::test]
async fn errors_of_all_stages_are_told_together() {
    let main = r#"
variable "v" {
  #! Invalid type specification
  type    = strin
  default = 1
}
resource "terraform_data" "a" {
  #! Reference to undeclared input variable
  input    = var.nope
  #! Unsupported argument
  nonsense = 1
  count    = 1
  #! Invalid combination of "count" and "for_each"
  for_each = {}
}
output "p" {
  #! Too many function arguments
  value = upper("x", 2)
}
module "m" {
  source = "./m"
  #! Unsupported argument
  more   = 1
}
output "q" {
  #! Unsupported attribute
  value = module.m.none
}
resource "test_thing" "t" {
  #! Incorrect attribute value type
  name = ["x"]
}
#! Cycle: local.a (expand), local.b (expand)"#;
    let cycle = "locals {\n  a = local.b\n  b = local.a\n  c = local.a.x + [1]\n}\n";
    let cycle = cycle.replace("  c =", "  #! Invalid operand\n  c =");
    check(&[
        ("main.tf", main),
        ("cycle.tf", &cycle),
        ("m/main.tf", "output \"o\" {\n  value = 1\n}"),
    ])
    .await;
}

#[tokio::test]
async fn what_could_not_be_loaded_is_not_missed_again() {
    let main = r#"
module "gone" {
  #! Unreadable module directory
  source = "./gone"
  #! Reference to undeclared local value
  x      = local.nope
  #! Invalid operand
  y      = 1 + [2]
}
output "o" {
  value = module.gone.whatever
}
module "m" {
  source = "./m"
  lost   = 1
  #! Unsupported argument
  other  = 2
}
output "lost" {
  value = module.m.torn
}
#! Unsupported attribute"#;
    let module = r#"
variable "lost" {
  #! Invalid expression
  default = 1 +
}
output "torn" {
  value = [1
    #! Missing item separator
    2]
}
output "other" {
  #! Reference to undeclared local value
  value = local.nope
}
"#;
    let main = main.replace(
        "\n#! Unsupported attribute",
        "\noutput \"n\" {\n  #! Unsupported attribute\n  value = module.m.none\n}\n",
    );
    check(&[("main.tf", &main), ("m/main.tf", module)]).await;
}

#[tokio::test]
async fn broken_syntax_hides_what_is_near_and_nothing_else() {
    let main = r#"
locals {
  #! Reference to undeclared input variable
  fine = var.undeclared
}
resource "test_thing" "z" {
  name = [1, 2
  #! Missing item separator
  more = local.unknown
}
output "z" {
  #! Unsupported attribute
  value = test_thing.z.nothing
}
output "more" {
  #! Reference to undeclared local value
  value = local.other
}
"#;
    check(&[("main.tf", main)]).await;
    // Nothing is left of a file of JSON: any name may stand in it, if it is mentioned.
    let json = "{ \"variable\": { \"known\": {}, }, \"output\": {} }";
    let main = "output \"a\" {\n  value = var.known\n}\noutput \"b\" {\n  #! Reference to undeclared input variable\n  value = var.unknown\n}\n";
    let diagnostics = Bench::new().validate(&[("main.tf", main), ("x.tf.json", json)]).await;
    assert_eq!(
        found(&diagnostics),
        [
            "main.tf:6 Reference to undeclared input variable",
            "x.tf.json:1 Trailing comma in object"
        ]
    );
}

#[tokio::test]
async fn what_has_no_provider_is_checked_without_a_schema() {
    let main = r#"
resource "acme_thing" "x" {
  #! Reference to undeclared local value
  name = local.nope
  any {
    #! Invalid operand
    value = 1 + [2]
  }
  dynamic "rule" {
    #! Reference to undeclared input variable
    for_each = var.nope
    content {
      value = rule.value
    }
  }
  lifecycle {
    postcondition {
      #! Invalid operand
      condition     = self.x && [true]
      error_message = "no"
    }
  }
}
output "x" {
  value = acme_thing.x.anything
}
"#;
    check(&[("main.tf", main)]).await;
}

#[tokio::test]
async fn lists_of_query_files_are_checked() {
    let query = r#"
list "test_thing" "a" {
  provider = test
  #! Reference to undeclared input variable
  limit = var.nope
  config {
    #! Incorrect attribute value type
    name  = ["x"]
    #! Unsupported argument
    other = 1
  }
}
#! Invalid list resource type
list "test_nothing" "b" {
  provider = test
}
list "test_thing" "c" {
  provider = test
  for_each = toset(["n"])
  config {
    name = each.key
  }
}
"#;
    check(&[("main.tf", "variable \"v\" {}"), ("all.tfquery.hcl", query)]).await;
}

#[tokio::test]
async fn a_mistake_is_told_once_wherever_it_is_found() {
    let main = r#"
resource "terraform_data" "a" {
  #! Self-referential block
  input = terraform_data.a.id
}
output "b" {
  #! Unexpected resource instance key
  value = terraform_data.a[0].id
}
resource "terraform_data" "c" {
  #! Provider configuration not present
  provider = test.missing
  name     = "c"
}
"#;
    let main = main.replace("\"terraform_data\" \"c\"", "\"test_thing\" \"c\"");
    check(&[("main.tf", &main)]).await;
}
