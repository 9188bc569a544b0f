//! Single expressions against a configuration and its state, and functions of providers.

use groma_addrs::ModuleInstance;
use groma_diag::Pos;
use groma_engine::{Evaluated, Evaluator};
use groma_hcl::{console_text, parse_expression};

use crate::support::{Bench, actions};

const MAIN: &str = r#"
terraform {
  required_providers {
    test = { source = "hashicorp/test" }
  }
}
variable "size" { default = 2 }
variable "secret" {
  default   = "s"
  sensitive = true
}
locals { double = var.size * 2 }
resource "test_thing" "one" { name = "one" }
resource "test_thing" "many" {
  count = var.size
  name  = "many${count.index}"
}
module "m" {
  source   = "./m"
  for_each = toset(["k"])
  x        = test_thing.one.name
}
"#;

fn ask(evaluator: &Evaluator, scope: &str, text: &str) -> Result<String, String> {
    let scope = match scope {
        "" => ModuleInstance::root(),
        text => groma_addrs::parse::module_instance(text).unwrap(),
    };
    let (expression, found) = parse_expression(text.as_bytes(), "input", Pos::START);
    assert!(found.is_empty(), "{found}");
    match evaluator.evaluate(&scope, &expression) {
        Ok((Evaluated::Value(value), _)) => {
            Ok(console_text(&value).split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Ok((Evaluated::Type(text), _)) => Ok(text),
        Err(found) => Err(found.iter().next().unwrap().summary.clone()),
    }
}

#[tokio::test]
async fn expressions_see_what_the_state_has() {
    let mut bench = Bench::new();
    let (evaluator, found) = bench.evaluator(MAIN, false).await;
    assert!(!found.has_errors(), "{found}");
    let value = |text: &str| ask(&evaluator, "", text).unwrap();
    assert_eq!(value("local.double"), "4");
    assert_eq!(value("[var.secret, 1]"), "[ (sensitive value), 1, ]");
    assert_eq!(value("test_thing.one"), "(known after apply)");
    assert_eq!(value("module.m[\"k\"].y"), "(known after apply)");
    assert_eq!(value("type(local.double)"), "number");
    assert_eq!(value("try(type(true), 1)"), "bool");
    let plan = bench.plan(&[("main.tf", MAIN), ("m/main.tf", "variable \"x\" {}")]).await;
    bench.apply_plan(plan).await;
    let (evaluator, _) = bench.evaluator(&MAIN.replace("default = 2", "default = 3"), false).await;
    let value = |text: &str| ask(&evaluator, "", text).unwrap();
    assert_eq!(value("test_thing.one.name"), "\"one\"");
    assert_eq!(value("test_thing.many[*].name"), "[ \"many0\", \"many1\", ]");
    assert_eq!(value("module.m"), "{ \"k\" = { \"y\" = \"yone\" } }");
    assert_eq!(ask(&evaluator, "module.m[\"k\"]", "var.x").unwrap(), "\"one\"");
    assert_eq!(ask(&evaluator, "module.m[\"z\"]", "1").unwrap_err(), "Unknown module instance");
    assert_eq!(bench.cloud().calls().iter().filter(|call| *call == "read one").count(), 0);
}

#[tokio::test]
async fn expressions_see_what_is_planned() {
    let bench = Bench::new();
    let (evaluator, _) = bench.evaluator(MAIN, true).await;
    let value = |text: &str| ask(&evaluator, "", text).unwrap();
    assert_eq!(value("test_thing.one.name"), "\"one\"");
    assert_eq!(value("test_thing.one.id"), "(known after apply)");
    assert_eq!(value("length(test_thing.many)"), "2");
    assert_eq!(value("local.double"), "4");
    assert_eq!(value("module.m[\"k\"].y"), "\"yone\"");
}

#[tokio::test]
async fn what_is_not_declared_is_an_error_whatever_surrounds_it() {
    let (evaluator, _) = Bench::new().evaluator(MAIN, false).await;
    for (text, summary) in [
        ("try(var.nope, 1)", "Reference to undeclared input variable"),
        ("can(local.nope)", "Reference to undeclared local value"),
        ("test_thing.nope", "Reference to undeclared resource"),
        ("module.nope", "Reference to undeclared module"),
        ("var", "Reference to undeclared input variable"),
        ("path.nope", "Invalid \"path\" attribute"),
        ("terraform", "Invalid \"terraform\" attribute"),
        ("each.key", "Reference to \"each\" in context without for_each"),
        ("self.x", "Invalid \"self\" reference"),
        ("x", "Invalid reference"),
        ("[type(1)]", "Invalid use of type function"),
        ("type()", "Not enough function arguments"),
        ("type(1, 2)", "Too many function arguments"),
        ("upper(type(1))", "Invalid function argument"),
        ("length(type(1))", "Error in function call"),
        ("nope(1)", "Call to unknown function"),
        ("core::nope(1)", "Unknown provider function"),
    ] {
        assert_eq!(ask(&evaluator, "", text).unwrap_err(), summary, "{text}");
    }
}

#[tokio::test]
async fn functions_of_providers_are_called() {
    let bench = Bench::new();
    let (evaluator, _) = bench.evaluator(MAIN, false).await;
    let value = |text: &str| ask(&evaluator, "", text);
    assert_eq!(value("provider::test::repeat(\"ab\", 2)").unwrap(), "\"abab\"");
    assert_eq!(value("provider::test::repeat(true, \"2\")").unwrap(), "\"truetrue\"");
    assert_eq!(value("provider::test::repeat(var.secret, 2)").unwrap(), "(sensitive value)");
    let unknown = "provider::test::repeat(test_thing.one.name, 2)";
    assert_eq!(value(unknown).unwrap(), "(known after apply)");
    for (text, summary) in [
        ("provider::test::repeat(\"a\", -1)", "Invalid function argument"),
        ("provider::test::repeat(null, 1)", "Invalid function argument"),
        ("provider::test::repeat([], 1)", "Invalid function argument"),
        ("provider::test::repeat(\"a\")", "Not enough function arguments"),
        ("provider::test::repeat(\"a\", 1, 2)", "Too many function arguments"),
        ("provider::test::repeet(\"a\", 1)", "Unknown provider function"),
        ("provider::other::repeat(\"a\", 1)", "Unknown provider function"),
        ("provider::repeat(\"a\", 1)", "Unknown provider function"),
    ] {
        assert_eq!(value(text).unwrap_err(), summary, "{text}");
    }
    let (expression, _) = parse_expression(b"provider::test::repeet(1, 2)", "input", Pos::START);
    let found = evaluator.evaluate(&ModuleInstance::root(), &expression).unwrap_err();
    assert!(found.to_string().contains("provider::test::repeat"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_providers_take_part_in_planning_and_applying() {
    let mut bench = Bench::new();
    let main = r#"
terraform {
  required_providers {
    test = { source = "hashicorp/test" }
  }
}
resource "test_thing" "a" { name = provider::test::repeat("a", 2) }
resource "test_thing" "b" { name = provider::test::repeat(test_thing.a.id, 2) }
output "o" { value = provider::test::repeat(test_thing.b.name, 2) }
"#;
    let steps = bench.run(main).await;
    assert_eq!(steps, ["create test_thing.a", "create test_thing.b"]);
    assert!(bench.object("test_thing.a").contains("\"aa\""));
    let (plan, _) = bench.plan(&[("main.tf", main)]).await;
    assert!(actions(&plan).is_empty());
    let (_, found) = bench.try_plan(&[("main.tf", &main.replace("\"a\", 2", "\"a\", -2"))]).await;
    assert!(found.to_string().contains("nothing can be repeated so often"), "{found}");
}
