//! Actions, and what triggers them.

use groma_plan::Plan;

use crate::support::Bench;

/// A thing with triggers, and the actions that they name.
fn config(value: &str, triggers: &str, actions: &str) -> String {
    format!(
        "resource \"test_thing\" \"a\" {{\n name = \"a\"\n value = \"{value}\"\n lifecycle {{\n{triggers}\n }}\n}}\n{actions}"
    )
}

fn trigger(events: &str, actions: &str) -> String {
    format!("action_trigger {{\n events = [{events}]\n actions = [{actions}]\n}}\n")
}

fn action(name: &str, message: &str) -> String {
    format!("action \"test_notify\" \"{name}\" {{\n config {{\n message = {message}\n }}\n}}\n")
}

fn invocations(plan: &Plan) -> Vec<String> {
    let text = |i: &groma_plan::ActionInvocation| match i.lifecycle() {
        Some(trigger) => format!("{} {} {}", trigger.event.as_str(), trigger.resource, i.addr),
        None => i.addr.to_string(),
    };
    plan.invocations.iter().map(text).collect()
}

/// What has been asked of the provider, without configuring and reading.
fn calls(bench: &Bench) -> Vec<String> {
    bench.cloud().calls().into_iter().filter(|call| call.starts_with("invoke")).collect()
}

#[tokio::test]
async fn actions_come_before_and_after_what_triggers_them() {
    let mut bench = Bench::new();
    let triggers = trigger("before_create, after_create", "action.test_notify.first")
        + &trigger("after_create", "action.test_notify.second, action.test_notify.third")
        + &trigger("after_update", "action.test_notify.third");
    let actions = action("first", "\"one\"")
        + &action("second", "caller.id")
        + &action("third", "\"it is ${test_thing.a.id}\"");
    let plan = bench.plan(&[("main.tf", &config("1", &triggers, &actions))]).await;
    let expected = [
        "before_create test_thing.a action.test_notify.first",
        "after_create test_thing.a action.test_notify.first",
        "after_create test_thing.a action.test_notify.second",
        "after_create test_thing.a action.test_notify.third",
    ];
    assert_eq!(invocations(&plan.0), expected);
    bench.apply_plan(plan).await;
    let expected = ["invoke one", "invoke one", "invoke thing-1", "invoke it is thing-1"];
    assert_eq!(calls(&bench), expected);

    bench.run(&config("2", &triggers, &actions)).await;
    assert_eq!(calls(&bench), ["invoke it is thing-1"]);
    bench.run(&config("2", &triggers, &actions)).await;
    assert_eq!(calls(&bench), Vec::<String>::new());
}

#[tokio::test]
async fn actions_go_with_destruction() {
    let mut bench = Bench::new();
    let triggers = trigger("before_destroy, after_destroy", "action.test_notify.bye");
    let text = config("1", &triggers, &action("bye", "\"bye ${caller.name}\""));
    bench.run(&text).await;
    assert_eq!(calls(&bench), Vec::<String>::new());
    bench.options.mode = groma_plan::Mode::Destroy;
    bench.run(&text).await;
    assert_eq!(calls(&bench), ["invoke bye a", "invoke bye a"]);
    assert_eq!(bench.cloud().names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_failing_action_stops_the_apply_unless_it_may_fail() {
    let actions = action("no", "\"fail\"");
    let mut bench = Bench::new();
    let text = config("1", &trigger("before_create", "action.test_notify.no"), &actions);
    let plan = bench.plan(&[("main.tf", &text)]).await;
    let (_, diagnostics) = bench.try_apply(plan).await;
    assert!(diagnostics.has_errors());
    assert_eq!(bench.cloud().names(), Vec::<String>::new());

    let mut bench = Bench::new();
    let triggers = "action_trigger {\n events = [before_create]\n actions = [action.test_notify.no]\n on_failure = continue\n}";
    let plan = bench.plan(&[("main.tf", &config("1", triggers, &actions))]).await;
    let (_, diagnostics) = bench.try_apply(plan).await;
    assert!(!diagnostics.has_errors() && !diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(bench.cloud().names(), ["a"]);
}

#[tokio::test]
async fn a_failing_action_may_taint() {
    let actions = action("no", "\"fail\"");
    for (word, after) in [("halt", vec![]), ("taint", vec!["create-before-delete test_thing.a"])] {
        let mut bench = Bench::new();
        let triggers = format!(
            "action_trigger {{\n events = [after_create]\n actions = [action.test_notify.no]\n on_failure = {word}\n}}"
        );
        let plan = bench.plan(&[("main.tf", &config("1", &triggers, &actions))]).await;
        let (_, diagnostics) = bench.try_apply(plan).await;
        assert!(diagnostics.has_errors());
        let (plan, _) = bench.plan(&[("main.tf", &config("1", "", ""))]).await;
        let found = crate::support::actions(&plan);
        assert_eq!(found.len(), after.len(), "{word}: {found:?}");
    }
}

#[tokio::test]
async fn conditions_decide_at_last_while_applying() {
    let mut bench = Bench::new();
    let condition = |condition: &str| {
        format!(
            "action_trigger {{\n events = [after_create]\n condition = {condition}\n actions = [action.test_notify.x]\n}}\n"
        )
    };
    let triggers = condition("false")
        + &condition("test_thing.a.id == \"thing-1\"")
        + &condition("test_thing.a.id == \"other\"");
    let plan = bench.plan(&[("main.tf", &config("1", &triggers, &action("x", "\"x\"")))]).await;
    assert_eq!(plan.0.invocations.len(), 2);
    bench.apply_plan(plan).await;
    assert_eq!(calls(&bench), ["invoke x"]);
}

#[tokio::test]
async fn actions_have_instances() {
    let mut bench = Bench::new();
    let text = "resource \"test_thing\" \"a\" {\n for_each = toset([\"x\", \"y\"])\n name = each.key\n lifecycle {\n action_trigger {\n events = [after_create]\n actions = [action.test_notify.n[each.key]]\n }\n }\n}\n\
                action \"test_notify\" \"n\" {\n for_each = toset([\"x\", \"y\"])\n config {\n message = each.key\n }\n}";
    bench.run(text).await;
    let mut called = calls(&bench);
    called.sort();
    assert_eq!(called, ["invoke x", "invoke y"]);
}

#[tokio::test]
async fn the_user_invokes_actions_and_nothing_else_is_done() {
    let mut bench = Bench::new();
    let triggers = trigger("after_update", "action.test_notify.who");
    let actions = action("who", "caller.value") + &action("plain", "\"plain\"");
    bench.run(&config("1", &triggers, &actions)).await;
    bench.options.mode = groma_plan::Mode::RefreshOnly;
    let names = ["action.test_notify.plain", "action.test_notify.who"];
    bench.options.invoke = names.map(|n| groma_addrs::parse::action_instance(n).unwrap()).to_vec();
    let plan = bench.plan(&[("main.tf", &config("2", &triggers, &actions))]).await;
    assert_eq!(invocations(&plan.0), names);
    assert!(plan.0.is_applyable());
    calls(&bench);
    bench.apply_plan(plan).await;
    let mut called = calls(&bench);
    called.sort();
    assert_eq!(called, ["invoke 1", "invoke plain"]);
    assert!(bench.object("test_thing.a").contains("\"value\":\"1\""));
}

#[tokio::test]
async fn actions_are_checked() {
    let bench = Bench::new();
    let cases = [
        (trigger("after_create", "action.test_notify.missing"), "Reference to undeclared action"),
        (trigger("after_creat", "action.test_notify.x"), "Invalid \"event\" value"),
        (trigger("after_create", "local.x"), "Invalid action reference"),
        (trigger("before_create", "action.test_notify.own"), "Cycle: "),
        (trigger("after_create", "action.test_notify.wrong"), "Cannot validate"),
    ];
    let actions =
        action("x", "\"x\"") + &action("own", "test_thing.a.id") + &action("wrong", "\"invalid\"");
    for (triggers, expected) in cases {
        let (plan, diagnostics) =
            bench.try_plan(&[("main.tf", &config("1", &triggers, &actions))]).await;
        assert!(plan.is_none());
        assert!(diagnostics.to_string().contains(expected), "{expected}: {diagnostics}");
    }
    let text = "action \"test_nothing\" \"x\" {}";
    let (_, diagnostics) = bench.try_plan(&[("main.tf", text)]).await;
    assert!(diagnostics.to_string().contains("Invalid action type"), "{diagnostics}");
}
