//! Provider configurations with several instances, and objects that are kept.

use groma_addrs::parse::resource_instance;
use groma_plan::{Action, Mode};

use crate::support::{Bench, actions};

const REGIONS: &str = r#"
    variable "regions" { default = ["a", "b"] }
    variable "things"  { default = ["a", "b"] }
    provider "test" {
      alias    = "by_region"
      for_each = toset(var.regions)
    }
    resource "test_thing" "x" {
      for_each = toset(var.things)
      provider = test.by_region[each.key]
      name     = "x-${each.key}"
    }
    module "m" {
      source   = "./m"
      for_each = toset(var.things)
      name     = each.key
      providers = { test = test.by_region[each.value] }
    }
"#;

const CHILD: &str = r#"
    variable "name" {}
    resource "test_thing" "y" { name = "y-${var.name}" }
"#;

fn provider_of(bench: &Bench, addr: &str) -> String {
    let addr = resource_instance(addr).unwrap();
    let resource = bench.state.resource(&addr.resource).unwrap();
    resource.provider_of(&addr.key).to_string()
}

#[tokio::test]
async fn every_instance_has_its_own_provider() {
    let mut bench = Bench::new();
    let files = [("main.tf", REGIONS), ("m/main.tf", CHILD)];
    let plan = bench.plan(&files).await;
    bench.apply_plan(plan).await;
    let text = "provider[\"registry.terraform.io/hashicorp/test\"].by_region";
    assert_eq!(provider_of(&bench, "test_thing.x[\"a\"]"), format!("{text}[\"a\"]"));
    assert_eq!(provider_of(&bench, "test_thing.x[\"b\"]"), format!("{text}[\"b\"]"));
    assert_eq!(provider_of(&bench, "module.m[\"b\"].test_thing.y"), format!("{text}[\"b\"]"));
    // One for each key, and none besides.
    let (plan, config) = bench.plan(&files).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    assert_eq!(bench.cloud().calls().iter().filter(|c| **c == "configure").count(), 2 + 2 + 2);
    drop((plan, config));
}

#[tokio::test]
async fn what_goes_needs_the_instance_that_made_it() {
    let mut bench = Bench::new();
    let files = [("main.tf", REGIONS), ("m/main.tf", CHILD)];
    let plan = bench.plan(&files).await;
    bench.apply_plan(plan).await;
    let few =
        REGIONS.replace("\"things\"  { default = [\"a\", \"b\"]", "\"things\" { default = [\"a\"]");
    let gone =
        few.replace("\"regions\" { default = [\"a\", \"b\"]", "\"regions\" { default = [\"a\"]");
    let (_, found) = bench.try_plan(&[("main.tf", &gone), ("m/main.tf", CHILD)]).await;
    let summaries: Vec<&str> = found.iter().map(|d| &*d.summary).collect();
    assert_eq!(summaries, ["Provider instance not present"; 2], "{found}");
    let plan = bench.plan(&[("main.tf", &few), ("m/main.tf", CHILD)]).await;
    let mut steps = bench.apply_plan(plan).await;
    steps.sort();
    assert_eq!(steps, ["delete module.m[\"b\"].test_thing.y", "delete test_thing.x[\"b\"]"]);
}

#[tokio::test]
async fn a_key_must_be_known_and_there() {
    let bench = Bench::new();
    let one = |key: &str| {
        format!(
            "provider \"test\" {{\n alias = \"r\"\n for_each = toset([\"a\"])\n}}\nresource \"test_thing\" \"o\" {{\n provider = test.r[\"a\"]\n name = \"o\"\n}}\nresource \"test_thing\" \"x\" {{\n provider = test.r[{key}]\n name = \"x\"\n}}"
        )
    };
    for (key, summary) in [
        ("\"c\"", "Provider instance not present"),
        ("null", "Invalid provider instance key"),
        ("sensitive(\"a\")", "Invalid provider instance key"),
        ("test_thing.o.id", "Invalid provider instance key"),
        ("local.a", "Reference to undeclared local value"),
    ] {
        let (_, found) = bench.try_plan(&[("main.tf", &one(key))]).await;
        let summaries: Vec<&str> = found.iter().map(|d| &*d.summary).collect();
        assert_eq!(summaries, [summary], "{key}: {found}");
    }
}

const KEPT: &str = r#"
    variable "value" { default = "1" }
    resource "test_thing" "a" {
      name = "a"
      kind = var.value
      lifecycle {
        destroy         = false
        prevent_destroy = true
      }
    }
"#;

#[tokio::test]
async fn what_is_kept_is_forgotten_and_not_destroyed() {
    let mut bench = Bench::new();
    bench.run(KEPT).await;
    bench.variable("value", "2");
    let (plan, config) = bench.plan(&[("main.tf", KEPT)]).await;
    assert_eq!(plan.changes[0].change.action, Action::CreateThenForget);
    bench.apply_plan((plan, config)).await;
    let addr = resource_instance("test_thing.a").unwrap();
    let instance = bench.state.instance(&addr).unwrap();
    assert!(instance.deposed.is_empty() && instance.current.as_ref().unwrap().skip_destroy);
    assert!(bench.object("test_thing.a").contains("\"kind\":\"2\""));
    // That holds when the configuration is gone, too.
    bench.cloud().calls();
    let steps = bench.run("").await;
    assert!(steps.is_empty(), "{steps:?}");
    assert!(bench.state.is_empty());
    assert!(!bench.cloud().calls().iter().any(|c| c.contains("apply")));
}

#[tokio::test]
async fn a_destruction_of_everything_forgets_what_is_kept() {
    let mut bench = Bench::new();
    bench.run(KEPT).await;
    bench.options.mode = Mode::Destroy;
    let (plan, config) = bench.plan(&[("main.tf", KEPT)]).await;
    assert_eq!(actions(&plan), ["forget test_thing.a"]);
    bench.apply_plan((plan, config)).await;
    assert!(bench.state.is_empty());
}

#[tokio::test]
async fn a_change_of_mind_is_written_down() {
    let mut bench = Bench::new();
    bench.run(KEPT).await;
    bench.run(&KEPT.replace("destroy         = false", "")).await;
    let addr = resource_instance("test_thing.a").unwrap();
    assert!(!bench.state.instance(&addr).unwrap().current.as_ref().unwrap().skip_destroy);
}

const ENABLED: &str = r#"
    variable "on" { default = true }
    resource "test_thing" "a" {
      name = "a"
      lifecycle { enabled = var.on }
    }
    module "m" {
      source = "./m"
      name   = "m"
      lifecycle { enabled = var.on }
    }
    output "a" { value = test_thing.a != null ? test_thing.a.id : "none" }
    output "m" { value = try(module.m.name, "none") }
"#;

const ENABLED_CHILD: &str = r#"
    variable "name" {}
    resource "test_thing" "y" { name = "y-${var.name}" }
    output "name" { value = test_thing.y.name }
"#;

#[tokio::test]
async fn what_is_not_enabled_is_not_there() {
    let mut bench = Bench::new();
    let files = [("main.tf", ENABLED), ("m/main.tf", ENABLED_CHILD)];
    let plan = bench.plan(&files).await;
    bench.apply_plan(plan).await;
    assert_eq!(bench.state.outputs["m"].value.as_str().map(|s| &**s), Some("y-m"));
    bench.variable("on", false);
    let (plan, config) = bench.plan(&files).await;
    let reasons: Vec<_> = plan.changes.iter().filter_map(|c| c.reason).collect();
    assert!(reasons.contains(&groma_plan::ActionReason::DeleteBecauseEnabledFalse), "{reasons:?}");
    let mut steps = bench.apply_plan((plan, config)).await;
    steps.sort();
    assert_eq!(steps, ["delete module.m.test_thing.y", "delete test_thing.a"]);
    assert_eq!(bench.state.outputs["a"].value.as_str().map(|s| &**s), Some("none"));
    assert_eq!(bench.state.outputs["m"].value.as_str().map(|s| &**s), Some("none"));
}

/// Who comes from `count = … ? 1 : 0` keeps the object. What is in modules needs a `moved` block, as
/// in Terraform.
#[tokio::test]
async fn a_count_of_one_becomes_enabled_without_being_made_anew() {
    let mut bench = Bench::new();
    let counted = ENABLED
        .replace("lifecycle { enabled = var.on }", "count = 1")
        .replace("test_thing.a != null ? test_thing.a.id", "true ? test_thing.a[0].id")
        .replace("module.m.name", "module.m[0].name");
    let plan = bench.plan(&[("main.tf", &counted), ("m/main.tf", ENABLED_CHILD)]).await;
    bench.apply_plan(plan).await;
    let moved = format!("{ENABLED}\nmoved {{\n from = module.m[0]\n to = module.m\n}}\n");
    let (plan, _) = bench.plan(&[("main.tf", &moved), ("m/main.tf", ENABLED_CHILD)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    let before: Vec<String> = plan.changes.iter().map(|c| c.previous_addr.to_string()).collect();
    assert!(before.contains(&"test_thing.a[0]".to_owned()), "{before:?}");
    assert!(before.contains(&"module.m[0].test_thing.y".to_owned()), "{before:?}");
}

#[tokio::test]
async fn whether_something_is_enabled_must_be_known_and_plain() {
    let bench = Bench::new();
    for value in ["test_thing.o.id == \"x\"", "sensitive(true)", "null", "\"perhaps\"", "[]"] {
        let config = format!(
            "resource \"test_thing\" \"o\" {{ name = \"o\" }}\nresource \"test_thing\" \"a\" {{\n name = \"a\"\n lifecycle {{ enabled = {value} }}\n}}"
        );
        let (_, found) = bench.try_plan(&[("main.tf", &config)]).await;
        let summaries: Vec<&str> = found.iter().map(|d| &*d.summary).collect();
        assert_eq!(summaries, ["Invalid enabled argument"], "{value}: {found}");
    }
}
