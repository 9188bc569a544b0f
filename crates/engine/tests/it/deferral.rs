//! What cannot be planned yet: refused with advice, or left for a later plan.

use groma_plan::{DeferredReason, Plan};

use crate::support::{Bench, actions};

fn deferred(plan: &Plan) -> Vec<String> {
    let text = |d: &groma_plan::DeferredChange| {
        format!("{} {}: {}", d.change.change.action, d.change.addr, d.reason.as_str())
    };
    plan.deferred.iter().map(text).collect()
}

fn partial() -> Bench {
    let mut bench = Bench::new();
    bench.options.allow_deferral = true;
    bench
}

const COUNT: &str = r#"
    resource "test_thing" "a" {
      name = "a"
    }
    resource "test_thing" "b" {
      count = length(test_thing.a.id)
      name  = "b${count.index}"
    }
    resource "test_thing" "c" {
      name  = "c"
      value = try(test_thing.b[0].name, "none")
    }
    resource "test_thing" "d" {
      name = "d"
    }
    data "test_thing" "found" {
      name       = "a"
      depends_on = [test_thing.b]
    }
    output "count" {
      value = length(test_thing.b)
    }
    output "d" {
      value = test_thing.d.name
    }
"#;

#[tokio::test]
async fn unknown_counts_are_left_for_the_next_plan() {
    let mut bench = partial();
    let (plan, config) = bench.plan(&[("main.tf", COUNT)]).await;
    assert_eq!(actions(&plan), ["create test_thing.a", "create test_thing.d"]);
    assert_eq!(
        deferred(&plan),
        [
            "read data.test_thing.found: deferred_prereq",
            "create test_thing.b[*]: instance_count_unknown",
            "create test_thing.c: deferred_prereq",
        ]
    );
    let outputs: Vec<_> = plan.outputs.iter().map(|o| &*o.addr.name).collect();
    assert_eq!(outputs, ["d"]);
    bench.apply_plan((plan, config)).await;
    assert_eq!(bench.cloud().names(), ["a", "d"]);
    assert!(!bench.state.outputs.contains_key("count"));
    // The id is `thing-1`, which has seven letters.
    let plan = bench.plan(&[("main.tf", COUNT)]).await;
    assert!(plan.0.deferred.is_empty(), "{:?}", deferred(&plan.0));
    bench.apply_plan(plan).await;
    assert_eq!(bench.cloud().names().len(), 10);
    assert!(bench.state.outputs.contains_key("count"));
    let (plan, _) = bench.plan(&[("main.tf", COUNT)]).await;
    assert!(actions(&plan).is_empty(), "{:?}", actions(&plan));
}

#[tokio::test]
async fn without_the_wish_it_is_an_error_that_says_what_to_do() {
    let bench = Bench::new();
    let (_, diagnostics) = bench.try_plan(&[("main.tf", COUNT)]).await;
    let text = diagnostics.to_string();
    for part in ["Invalid count argument", "-target=test_thing.a\n", "-exclude=test_thing.b\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let modules = [
        (
            "main.tf",
            r#"
            resource "test_thing" "a" { name = "a" }
            locals { names = [test_thing.a.id] }
            module "m" {
              source   = "./m"
              for_each = toset(local.names)
            }
        "#,
        ),
        ("m/m.tf", r#"resource "test_thing" "x" { name = "x" }"#),
    ];
    let (_, diagnostics) = bench.try_plan(&modules).await;
    let text = diagnostics.to_string();
    for part in ["Invalid for_each argument", "-target=test_thing.a\n", "-exclude=module.m\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn modules_with_unknown_instances_are_deferred_as_a_whole() {
    let mut bench = partial();
    let files = [
        (
            "main.tf",
            r#"
            resource "test_thing" "a" { name = "a" }
            module "m" {
              source   = "./m"
              for_each = toset([test_thing.a.id])
            }
            resource "test_thing" "after" {
              name       = "after"
              depends_on = [module.m]
            }
        "#,
        ),
        (
            "m/m.tf",
            r#"
            resource "test_thing" "x" { name = "x" }
            module "n" { source = "./n" }
        "#,
        ),
        ("m/n/n.tf", r#"resource "test_thing" "y" { name = "y" }"#),
    ];
    let plan = bench.plan(&files).await;
    assert_eq!(actions(&plan.0), ["create test_thing.a"]);
    assert_eq!(
        deferred(&plan.0),
        [
            "create test_thing.after: deferred_prereq",
            "create module.m[*].test_thing.x: instance_count_unknown",
            "create module.m[*].module.n.test_thing.y: instance_count_unknown",
        ]
    );
    bench.apply_plan(plan).await;
    let plan = bench.plan(&files).await;
    assert!(plan.0.deferred.is_empty());
    bench.apply_plan(plan).await;
    assert_eq!(bench.cloud().names(), ["a", "after", "x", "y"]);
}

#[tokio::test]
async fn what_is_there_stays_while_it_is_not_known_whether_it_should() {
    let mut bench = partial();
    let known = r#"
        resource "test_thing" "base" { name = "base" }
        resource "test_thing" "b" {
          count = 2
          name  = "b${count.index}"
          value = test_thing.base.name
        }
    "#;
    bench.run(known).await;
    // The base goes, and what needs it cannot be planned yet.
    let unknown = r#"
        resource "test_thing" "new" { name = "new" }
        resource "test_thing" "b" {
          count = length(test_thing.new.id) > 100 ? 1 : 2
          name  = "b${count.index}"
        }
    "#;
    let plan = bench.plan(&[("main.tf", unknown)]).await;
    assert_eq!(actions(&plan.0), ["create test_thing.new"]);
    assert_eq!(
        deferred(&plan.0),
        [
            "create test_thing.b[*]: instance_count_unknown",
            "delete test_thing.base: deferred_prereq",
        ]
    );
    bench.apply_plan(plan).await;
    assert_eq!(bench.cloud().names(), ["b0", "b1", "base", "new"]);
    bench.run(unknown).await;
    assert_eq!(bench.cloud().names(), ["b0", "b1", "new"]);
}

#[tokio::test]
async fn providers_with_unknown_configurations_are_not_asked() {
    let mut bench = partial();
    let config = r#"
        provider "test" {
          alias  = "later"
          region = terraform_data.region.output
        }
        resource "terraform_data" "region" { input = "north" }
        resource "test_thing" "a" {
          provider = test.later
          name     = "a"
        }
        resource "test_thing" "b" { name = "b" }
    "#;
    let plan = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan.0), ["create terraform_data.region", "create test_thing.b"]);
    assert_eq!(deferred(&plan.0), ["create test_thing.a: provider_config_unknown"]);
    assert_eq!(bench.cloud().calls(), ["configure"]);
    bench.apply_plan(plan).await;
    bench.cloud().calls();
    let plan = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan.0), ["create test_thing.a"]);
    bench.apply_plan(plan).await;
    assert!(bench.cloud().calls().contains(&"configure north".to_owned()));
    // What goes cannot be asked about either.
    let other = config
        .replace("\"north\"", "\"south\"")
        .replace("resource \"test_thing\" \"a\" {\n          provider = test.later\n          name     = \"a\"\n        }", "");
    let (plan, _) = bench.plan(&[("main.tf", &other)]).await;
    assert_eq!(deferred(&plan), ["delete test_thing.a: provider_config_unknown"]);
}

#[tokio::test]
async fn what_providers_defer_is_deferred() {
    let mut bench = partial();
    let config = r#"
        resource "test_thing" "a" { name = "deferred" }
        resource "test_thing" "b" {
          name  = "b"
          value = test_thing.a.id
        }
        resource "test_thing" "c" { name = "c" }
    "#;
    let plan = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan.0), ["create test_thing.c"]);
    assert_eq!(plan.0.deferred[0].reason, DeferredReason::AbsentPrereq);
    assert_eq!(
        deferred(&plan.0),
        ["create test_thing.a: absent_prereq", "create test_thing.b: deferred_prereq"]
    );
    assert_eq!(bench.apply_plan(plan).await, ["create test_thing.c"]);
    // Where it is not allowed, the provider was not to.
    bench.options.allow_deferral = false;
    bench.run(config).await;
    assert_eq!(bench.cloud().names(), ["b", "c", "deferred"]);
}

#[tokio::test]
async fn some_instances_of_a_resource_may_be_deferred() {
    let mut bench = partial();
    let config = r#"
        resource "test_thing" "a" {
          for_each = toset(["deferred", "plain"])
          name     = each.key
        }
        output "ids" { value = values(test_thing.a)[*].id }
    "#;
    let plan = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan.0), ["create test_thing.a[\"plain\"]"]);
    assert_eq!(deferred(&plan.0), ["create test_thing.a[\"deferred\"]: absent_prereq"]);
    bench.apply_plan(plan).await;
    assert_eq!(bench.cloud().names(), ["plain"]);
    assert!(bench.state.outputs.is_empty());
}

#[tokio::test]
async fn ephemeral_resources_wait_for_what_is_deferred() {
    let mut bench = partial();
    let config = r#"
        resource "test_thing" "a" { name = "a" }
        resource "test_thing" "b" {
          count = length(test_thing.a.id) > 100 ? 1 : 2
          name  = "b${count.index}"
        }
        ephemeral "test_token" "t" {
          name  = "t"
          given = test_thing.b[0].name
        }
        resource "test_vault" "v" {
          name      = "v"
          secret_wo = ephemeral.test_token.t.secret
        }
    "#;
    let plan = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(
        deferred(&plan.0),
        ["create test_thing.b[*]: instance_count_unknown", "create test_vault.v: deferred_prereq"]
    );
    bench.apply_plan(plan).await;
    bench.run(config).await;
    assert_eq!(bench.cloud().names(), ["a", "b0", "b1", "v"]);
    assert!(bench.cloud().open().is_empty());
}
