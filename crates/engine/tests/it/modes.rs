//! Drift, refresh-only plans, targets, exclusions, forced replacement, deferred data sources.

use groma_plan::Mode;

use crate::support::{Bench, actions};

const CONFIG: &str = r#"
    resource "test_thing" "a" {
      name  = "a"
      value = "1"
    }
    resource "test_thing" "b" {
      name  = "b"
      value = test_thing.a.id
    }
    output "a" { value = test_thing.a.value }
"#;

#[tokio::test]
async fn drift_is_told_and_mended() {
    let mut bench = Bench::new();
    bench.run(CONFIG).await;
    bench.cloud().meddle("a", "2");
    let (plan, config) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(actions(&plan), ["update test_thing.a"]);
    bench.apply_plan((plan, config)).await;
    bench.cloud().lose("b");
    let (plan, _) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert_eq!(actions(&plan), ["create test_thing.b"]);
}

#[tokio::test]
async fn a_refresh_only_plan_writes_what_is_there() {
    let mut bench = Bench::new();
    bench.run(CONFIG).await;
    bench.cloud().meddle("a", "2");
    bench.options.mode = Mode::RefreshOnly;
    let (plan, config) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert!(plan.is_applyable());
    assert_eq!(actions(&plan), Vec::<String>::new());
    let steps = bench.apply_plan((plan, config)).await;
    assert!(steps.is_empty());
    assert!(bench.object("test_thing.a").contains("\"value\":\"2\""));
    assert_eq!(bench.state.outputs["a"].value.as_str().map(|s| &**s), Some("2"));
}

#[tokio::test]
async fn without_refreshing_nothing_is_read() {
    let mut bench = Bench::new();
    bench.run(CONFIG).await;
    bench.cloud().calls();
    bench.options.refresh = false;
    let (plan, _) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    assert_eq!(bench.cloud().calls(), ["configure"]);
}

#[tokio::test]
async fn targets_bring_what_they_need_and_exclusions_take_what_needs_them() {
    let mut bench = Bench::new();
    let target = |text: &str| groma_addrs::parse::target(text).unwrap();
    let config = format!("{CONFIG}\nresource \"test_thing\" \"c\" {{ name = \"c\" }}");
    bench.options.targets = vec![target("test_thing.b")];
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["create test_thing.a", "create test_thing.b"]);
    bench.options.targets.clear();
    bench.options.excludes = vec![target("test_thing.a")];
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["create test_thing.c"]);
}

/// What would lose what it depends on goes with it; what is still needed stays.
#[tokio::test]
async fn destruction_takes_what_depends_along_and_never_what_is_needed() {
    let mut bench = Bench::new();
    let target = |text: &str| groma_addrs::parse::target(text).unwrap();
    let config = format!("{CONFIG}\nresource \"test_thing\" \"c\" {{ name = \"c\" }}");
    bench.run(&config).await;
    bench.options.mode = Mode::Destroy;
    bench.options.targets = vec![target("test_thing.a")];
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["delete test_thing.a", "delete test_thing.b"]);
    bench.options.targets = vec![target("test_thing.b")];
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["delete test_thing.b"]);
    bench.options.targets.clear();
    bench.options.excludes = vec![target("test_thing.b")];
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["delete test_thing.c"]);
}

#[tokio::test]
async fn a_replacement_can_be_asked_for() {
    let mut bench = Bench::new();
    bench.run(CONFIG).await;
    bench.options.force_replace =
        vec![groma_addrs::parse::resource_instance("test_thing.a").unwrap()];
    let (plan, _) = bench.plan(&[("main.tf", CONFIG)]).await;
    assert_eq!(actions(&plan), ["replace test_thing.a", "update test_thing.b"]);
}

#[tokio::test]
async fn data_is_read_when_all_is_known() {
    let mut bench = Bench::new();
    let config = r#"
        resource "test_thing" "a" {
          name  = "a"
          value = "deep"
        }
        data "test_thing" "found" {
          name       = "a"
          depends_on = [test_thing.a]
        }
        resource "terraform_data" "user" { input = data.test_thing.found.value }
    "#;
    let (plan, applied) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(
        actions(&plan),
        ["read data.test_thing.found", "create terraform_data.user", "create test_thing.a"]
    );
    bench.apply_plan((plan, applied)).await;
    assert!(bench.object("terraform_data.user").contains("deep"));
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
}

#[tokio::test]
async fn data_that_names_what_changes_is_read_afterwards() {
    let mut bench = Bench::new();
    let config = |value: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              value = "{value}"
            }}
            data "test_thing" "found" {{ name = test_thing.a.name }}
            resource "terraform_data" "user" {{ input = data.test_thing.found.value }}
            "#
        )
    };
    // The name is known beforehand, but there is nothing of that name yet.
    bench.run(&config("one")).await;
    assert!(bench.object("terraform_data.user").contains("one"));
    let (plan, _) = bench.plan(&[("main.tf", &config("one"))]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    // Nor is what there is what there will be.
    let changed = bench.plan(&[("main.tf", &config("two"))]).await;
    assert_eq!(
        actions(&changed.0),
        ["read data.test_thing.found", "update terraform_data.user", "update test_thing.a"]
    );
    bench.apply_plan(changed).await;
    assert!(bench.object("terraform_data.user").contains("two"));
}

#[tokio::test]
async fn prevented_destruction_is_an_error() {
    let mut bench = Bench::new();
    let config = "resource \"test_thing\" \"a\" {\n name = \"a\"\n lifecycle {\n prevent_destroy = true\n }\n}";
    bench.run(config).await;
    bench.options.mode = Mode::Destroy;
    let (_, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(diagnostics.to_string().contains("Instance cannot be destroyed"), "{diagnostics}");
}

#[tokio::test]
async fn what_prevents_destruction_need_not_be_a_constant() {
    let mut bench = Bench::new();
    let config = |count: u8, prevent: &str| {
        format!(
            "variable \"keep\" {{\n default = true\n}}\nvariable \"s\" {{\n default = true\n sensitive = true\n}}\nresource \"test_thing\" \"b\" {{\n name = \"b\"\n}}\nresource \"test_thing\" \"a\" {{\n count = {count}\n name = \"a${{count.index}}\"\n lifecycle {{\n prevent_destroy = {prevent}\n }}\n}}"
        )
    };
    bench.run(&config(2, "var.keep")).await;
    let cases = [
        ("true", "Instance cannot be destroyed"),
        ("var.keep", "Instance cannot be destroyed"),
        ("!var.keep", ""),
        ("var.s", "Invalid value for prevent_destroy"),
        ("var.keep ? null : true", "is null"),
        ("[]", "Unsuitable value type"),
        ("[var.keep]", "Invalid value for prevent_destroy"),
        ("test_thing.z.id", "Reference to undeclared resource"),
        ("test_thing.b.name == \"b\"", "Instance cannot be destroyed"),
    ];
    for (prevent, expected) in cases {
        // An instance too many is no less to be kept than one that is replaced.
        let (_, found) = bench.try_plan(&[("main.tf", &config(1, prevent))]).await;
        assert_eq!(found.has_errors(), !expected.is_empty(), "{prevent}: {found}");
        assert!(found.to_string().contains(expected), "{prevent}: {found}");
    }
    bench.options.mode = Mode::Destroy;
    let (_, found) = bench.try_plan(&[("main.tf", &config(2, "var.keep"))]).await;
    assert!(found.to_string().contains("Instance cannot be destroyed"), "{found}");
    bench.variable("keep", false);
    bench.run(&config(2, "var.keep")).await;
    assert!(bench.cloud().names().is_empty());
}

#[tokio::test]
async fn sensitive_values_stay_marked_and_are_refused_as_plain_outputs() {
    let bench = Bench::new();
    let (_, diagnostics) = bench
        .try_plan(&[(
            "main.tf",
            r#"
            variable "s" {
              default   = "hush"
              sensitive = true
            }
            resource "test_thing" "a" { name = var.s }
            output "o" { value = test_thing.a.name }
            "#,
        )])
        .await;
    assert_eq!(diagnostics.len(), 1, "{diagnostics}");
    assert!(diagnostics.to_string().contains("Output refers to sensitive values"));
    assert!(!diagnostics.to_string().contains("hush"));
}

#[tokio::test]
async fn an_existing_object_is_imported_and_brought_into_line() {
    let mut bench = Bench::new();
    let thing = |value: &str| {
        format!("resource \"test_thing\" \"a\" {{\n name = \"a\"\n value = \"{value}\"\n}}\n")
    };
    bench.run(&thing("1")).await;
    bench.state = groma_state::State::default();
    let config =
        format!("{}import {{\n to = test_thing.a\n id = \"thing-${{1}}\"\n}}\n", thing("2"));
    let (plan, applied) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), ["update test_thing.a"]);
    assert!(plan.changes[0].change.importing.is_some());
    bench.apply_plan((plan, applied)).await;
    assert_eq!(bench.cloud().names(), ["a"]);
    assert!(bench.object("test_thing.a").contains("\"value\":\"2\""));
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let bench = Bench::new();
    let config = "terraform {\n cloud {\n organization = \"x\"\n }\n}\n";
    let (_, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(diagnostics.to_string().contains("cloud block cannot be handled"), "{diagnostics}");
}

#[tokio::test]
async fn an_object_is_imported_alone() {
    let mut bench = Bench::new();
    let config = "resource \"test_thing\" \"a\" {\n name = \"a\"\n}\nresource \"test_thing\" \"b\" {\n count = 2\n name = \"b${count.index}\"\n}";
    bench.run(config).await;
    let id = bench.cloud().names();
    assert_eq!(id, ["a", "b0", "b1"]);
    let known = std::mem::take(&mut bench.state);
    let addr = groma_addrs::parse::resource_instance("test_thing.b[1]").unwrap();
    let object = known.instance(&addr).and_then(|i| i.current.clone()).unwrap();
    let json = String::from_utf8(object.attributes.as_json().unwrap().to_vec()).unwrap();
    let id = json.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    bench.options.import = Some((addr.clone(), id.into()));
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert!(plan.changes.is_empty());
    let found: Vec<String> = plan.prior_state.instances().map(|(a, ..)| a.to_string()).collect();
    assert_eq!(found, ["test_thing.b[1]"]);
    bench.state = known;
    let (_, found) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(found.to_string().contains("Resource already managed"), "{found}");
}
