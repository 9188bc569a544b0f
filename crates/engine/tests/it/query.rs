//! Queries.

use crate::support::Bench;

const THINGS: &str =
    "resource \"test_thing\" \"a\" {\n count = 3\n name = \"n${count.index % 2}\"\n}";

async fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.run(THINGS).await;
    bench
}

#[tokio::test]
async fn lists_are_asked_as_they_are_configured() {
    let mut bench = bench().await;
    bench.variable("name", "n0");
    let query = "variable \"name\" {}\n\
                 list \"test_thing\" \"some\" {\n provider = test\n config {\n name = var.name\n }\n}\n\
                 list \"test_thing\" \"first\" {\n for_each = toset([\"n1\"])\n limit = 1\n include_resource = true\n provider = test\n config {\n name = each.key\n }\n}";
    let files = [("main.tf", THINGS), ("all.tfquery.hcl", query)];
    let (found, diagnostics) = bench.query(&files, false).await;
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let texts: Vec<String> = found
        .iter()
        .map(|f| format!("{} {} {}", f.list, f.display_name, f.object.is_some()))
        .collect();
    let expected = [
        "list.test_thing.first[\"n1\"] n1 true",
        "list.test_thing.some n0 false",
        "list.test_thing.some n0 false",
    ];
    let mut sorted = texts.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[tokio::test]
async fn what_is_found_can_be_imported() {
    let bench = bench().await;
    let query = "list \"test_thing\" \"all\" {\n provider = test\n limit = 1\n}";
    let (found, diagnostics) = bench.query(&[("q.tfquery.hcl", query)], true).await;
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let [found] = &found[..] else { panic!("{found:?}") };
    let config = found.config.as_deref().unwrap();
    assert!(
        config.starts_with("resource \"test_thing\" \"all_0\" {\n  provider = test\n"),
        "{config}"
    );
    let expected = "import {\n  to       = test_thing.all_0\n  provider = test\n  identity = {\n    id = \"thing-1\"\n  }\n}";
    assert_eq!(found.import_config.as_deref(), Some(expected));
}

#[tokio::test]
async fn queries_are_checked() {
    let bench = bench().await;
    for (query, expected) in [
        ("list \"test_other\" \"x\" {}", "Invalid list resource type"),
        ("list \"test_thing\" \"x\" {\n limit = 0\n}", "Invalid limit argument"),
        (
            "list \"test_thing\" \"x\" {\n config {\n name = test_thing.a[0].id\n }\n}",
            "Invalid reference in query",
        ),
        ("resource \"test_thing\" \"x\" {\n name = \"x\"\n}", "Unsupported block type"),
    ] {
        let files = [("main.tf", THINGS), ("q.tfquery.hcl", query)];
        let (_, diagnostics) = bench.query(&files, false).await;
        assert!(diagnostics.to_string().contains(expected), "{expected}: {diagnostics}");
    }
    let (_, diagnostics) = bench.try_plan(&[("main.tf", "list \"test_thing\" \"x\" {}")]).await;
    assert!(diagnostics.to_string().contains("Unsupported block type"), "{diagnostics}");
}
