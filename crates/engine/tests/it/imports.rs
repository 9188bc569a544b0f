//! Objects that are there already and are taken over.

use groma_plan::Action;

use crate::support::{Bench, actions};

const THING: &str = "resource \"test_thing\" \"a\" {\n  name = \"a\"\n}";

/// A bench whose state has forgotten what there is.
async fn forgetful(config: &str) -> Bench {
    let mut bench = Bench::new();
    bench.run(config).await;
    bench.state = Default::default();
    bench
}

#[tokio::test]
async fn modules_import_for_themselves() {
    let bench = forgetful("resource \"test_thing\" \"a\" {\n  count = 2\n  name = \"a\"\n}").await;
    let main = "module \"m\" {\n source = \"./m\"\n for_each = { x = 1, y = 2 }\n id = \"thing-${each.value}\"\n}";
    let module = "variable \"id\" {}\n\
                  import {\n to = test_thing.own\n id = var.id\n}\n\
                  resource \"test_thing\" \"own\" {\n name = \"a\"\n}";
    let files = [("main.tf", main), ("m/main.tf", module)];
    let (plan, _) = bench.plan(&files).await;
    let imported: Vec<String> = plan
        .changes
        .iter()
        .filter_map(|c| Some(format!("{} {}", c.addr, c.change.importing.as_ref()?.id.as_ref()?)))
        .collect();
    let expected =
        ["module.m[\"x\"].test_thing.own thing-1", "module.m[\"y\"].test_thing.own thing-2"];
    assert_eq!(imported, expected);
    assert!(plan.changes.iter().all(|c| c.change.action == Action::NoOp));
}

#[tokio::test]
async fn a_sensitive_id_is_used_and_not_shown() {
    let bench = forgetful(THING).await;
    let config =
        format!("{THING}\nimport {{\n to = test_thing.a\n id = sensitive(\"thing-1\")\n}}");
    let (plan, _) = bench.plan(&[("main.tf", &config)]).await;
    let [change] = &plan.changes[..] else { panic!("{:?}", plan.changes) };
    assert_eq!(change.change.importing.as_ref().map(|i| i.id.clone()), Some(None));
    assert_eq!(change.change.action, Action::NoOp);
}

#[tokio::test]
async fn what_is_left_out_is_not_imported() {
    let mut bench = forgetful(THING).await;
    let config = "resource \"test_thing\" \"a\" {\n for_each = toset([\"x\", \"y\"])\n name = \"a\"\n}\n\
                  import {\n to = test_thing.a[\"x\"]\n id = \"thing-1\"\n}";
    bench.options.targets = vec![groma_addrs::parse::target("test_thing.a[\"y\"]").unwrap()];
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan), ["create test_thing.a[\"y\"]"]);
}

#[tokio::test]
async fn configuration_is_written_where_there_is_none() {
    let mut bench = forgetful(THING).await;
    bench.options.generate_config = Some("new.tf".into());
    let config = "import {\n to = test_thing.a\n id = \"thing-1\"\n}";
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    let [written] = &plan.generated[..] else { panic!("{:?}", plan.generated) };
    assert_eq!(written.id.as_deref(), Some("thing-1"));
    let expected = "resource \"test_thing\" \"a\" {\n  kind   = null\n  name   = \"a\"\n  \
                    secret = null # sensitive\n  tags   = null\n  value  = null\n}";
    assert_eq!(&*written.text, expected);
    let importing = plan.changes[0].change.importing.as_ref().unwrap();
    assert_eq!(importing.generated_config.as_ref(), Some(&written.text));
}

#[tokio::test]
async fn a_plan_that_fails_gives_the_configuration_all_the_same() {
    let mut bench = forgetful("resource \"test_thing\" \"a\" {\n  name = \"a\"\n}").await;
    bench.cloud().be_wrong();
    bench.options.generate_config = Some("new.tf".into());
    let config = "import {\n to = test_thing.a\n id = \"thing-1\"\n}";
    let (plan, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(diagnostics.has_errors());
    let (plan, _) = plan.unwrap();
    assert_eq!(plan.generated[0].id, None);
    assert!(plan.generated[0].text.starts_with("resource \"test_thing\" \"a\""));
}
