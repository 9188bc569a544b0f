//! Objects under new addresses.

use groma_plan::{Action, Mode};

use crate::support::{Bench, actions};

const OLD: &str = "resource \"test_thing\" \"old\" {\n  name = \"a\"\n}";

#[tokio::test]
async fn moves_that_make_no_sense_stop_the_plan() {
    let mut bench = Bench::new();
    bench.run(OLD).await;
    for (config, expected) in [
        (
            "resource \"test_thing\" \"old\" { name = \"a\" }\n\
             resource \"test_thing\" \"new\" { name = \"b\" }\n\
             moved {\n from = test_thing.old\n to = test_thing.new\n}",
            "Moved object still exists",
        ),
        (
            "moved {\n from = test_thing.old\n to = test_thing.new\n}\n\
             moved {\n from = test_thing.new\n to = test_thing.old\n}",
            "Cyclic dependency in move statements",
        ),
        (
            "resource \"test_thing\" \"new\" { name = \"b\" }\n\
             moved {\n from = test_thing.old\n to = test_thing.new\n}\n\
             moved {\n from = test_thing.old\n to = test_thing.other\n}",
            "Ambiguous move statements",
        ),
        ("moved {\n from = test_thing.old\n to = test_thing.old\n}", "Redundant move statement"),
    ] {
        let (plan, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
        assert!(plan.is_none(), "{config}");
        assert!(diagnostics.to_string().contains(expected), "{config}: {diagnostics}");
    }
}

#[tokio::test]
async fn a_refresh_tells_of_moves_and_has_nothing_to_apply() {
    let mut bench = Bench::new();
    bench.run(OLD).await;
    bench.options.mode = Mode::RefreshOnly;
    let config = "resource \"test_thing\" \"new\" {\n  name = \"a\"\n}\n\
                  moved {\n from = test_thing.old\n to = test_thing.new\n}";
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan), Vec::<String>::new());
    let [drift] = &plan.drift[..] else { panic!("{:?}", plan.drift) };
    assert_eq!(drift.change.action, Action::NoOp);
    assert_eq!(drift.previous_addr.to_string(), "test_thing.old");
    assert!(!plan.is_applyable());
}

#[tokio::test]
async fn moves_are_whole_or_not_at_all() {
    let mut bench = Bench::new();
    bench.run(OLD).await;
    bench.options.targets = vec![groma_addrs::parse::target("test_thing.new").unwrap()];
    let config = "resource \"test_thing\" \"new\" {\n  name = \"a\"\n}\n\
                  moved {\n from = test_thing.old\n to = test_thing.new\n}";
    let (plan, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(plan.is_none());
    let text = diagnostics.to_string();
    assert!(text.contains("Moved resource instances excluded by targeting"), "{text}");
    assert!(text.contains("-target=\"test_thing.old\""), "{text}");
}

#[tokio::test]
async fn a_provider_that_takes_nothing_over_is_told_of() {
    let mut bench = Bench::new();
    bench.run("resource \"terraform_data\" \"old\" {}").await;
    let config = "resource \"test_thing\" \"new\" {\n  name = \"a\"\n}\n\
                  moved {\n from = terraform_data.old\n to = test_thing.new\n}";
    let (plan, diagnostics) = bench.try_plan(&[("main.tf", config)]).await;
    assert!(plan.is_none());
    assert!(diagnostics.to_string().contains("Unsupported `moved` across resource types"));
}

#[tokio::test]
async fn what_has_moved_to_nowhere_goes() {
    let mut bench = Bench::new();
    bench.run(OLD).await;
    let config = "moved {\n from = test_thing.old\n to = test_thing.new\n}";
    let (plan, _) = bench.plan(&[("main.tf", config)]).await;
    assert_eq!(actions(&plan), ["delete test_thing.new"]);
    let reason = plan.changes[0].reason;
    assert_eq!(reason, Some(groma_plan::ActionReason::DeleteBecauseNoMoveTarget));
}
