//! Provisioners: when they are run, with what, and what follows from their failure.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::Provisioners;
use groma_provider::{ProvisionRequest, Provisioner};
use groma_schema::{Attribute, Block};
use groma_value::{Type, Value};

use crate::support::{Bench, actions};

/// Keeps what it is asked to do, and fails where it is asked to `fail`.
struct Recorder {
    schema: Block,
    done: Mutex<Vec<String>>,
}

#[async_trait]
impl Provisioner for Recorder {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match config.get("say").and_then(Value::as_str) {
            Some(text) if &**text == "forbidden" => {
                Diagnostic::error("Forbidden", "It may not be said.").into()
            }
            _ => Diagnostics::new(),
        }
    }

    async fn provision(&self, request: ProvisionRequest<'_>) -> Diagnostics {
        let text = |value: &Value, name| value.get(name).and_then(Value::as_str).cloned();
        let mut said = text(&request.config, "say").unwrap_or_default().to_string();
        for name in ["host", "user"] {
            if let Some(value) = text(&request.connection, name) {
                said += &format!(" {name}={value}");
            }
        }
        request.output.output(&said);
        let failed = said.starts_with("fail");
        self.done.lock().unwrap().push(said);
        match failed {
            true => Diagnostic::error("say failed", "It was asked to.").into(),
            false => Diagnostics::new(),
        }
    }
}

struct Stage {
    bench: Bench,
    recorder: Arc<Recorder>,
}

impl Stage {
    fn new() -> Stage {
        let schema = Block::with_attributes([("say", Attribute::required(Type::String))]);
        let recorder = Arc::new(Recorder { schema, done: Mutex::default() });
        let mut bench = Bench::new();
        let provisioner: Arc<dyn Provisioner> = recorder.clone();
        bench.provisioners = Provisioners::new([("say".into(), provisioner)]);
        Stage { bench, recorder }
    }

    /// Applies; gives what was said by provisioners, and the diagnostics.
    async fn run(&mut self, main: &str) -> (Vec<String>, String) {
        let plan = self.bench.plan(&[("main.tf", main)]).await;
        let (_, diagnostics) = self.bench.try_apply(plan).await;
        (std::mem::take(&mut *self.recorder.done.lock().unwrap()), diagnostics.to_string())
    }

    async fn plans(&self, main: &str) -> Vec<String> {
        actions(&self.bench.plan(&[("main.tf", main)]).await.0)
    }

    async fn refused(&self, main: &str) -> String {
        let (_, diagnostics) = self.bench.try_plan(&[("main.tf", main)]).await;
        assert!(diagnostics.has_errors());
        diagnostics.to_string()
    }
}

/// A resource with these provisioners.
fn thing(value: &str, provisioners: &str) -> String {
    format!(
        "resource \"test_thing\" \"a\" {{\n name = \"a\"\n value = \"{value}\"\n {provisioners}\n}}\n"
    )
}

fn say(text: &str, more: &str) -> String {
    format!("provisioner \"say\" {{\n say = \"{text}\"\n {more}\n}}\n")
}

#[tokio::test]
async fn creation_provisioners_run_once_in_their_order() {
    let mut stage = Stage::new();
    let provisioners = say("one ${self.name} ${path.module}", "")
        + &say("two ${test_thing.b.id}", "")
        + &say("last", "when = destroy");
    let config =
        |value| thing(value, &provisioners) + "resource \"test_thing\" \"b\" {\n name = \"b\"\n}\n";
    let (said, _) = stage.run(&config("x")).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "one a .");
    assert!(said[1].starts_with("two ") && said[1] != "two ", "{said:?}");
    let (said, _) = stage.run(&config("y")).await;
    assert!(said.is_empty(), "an update is no creation: {said:?}");
}

#[tokio::test]
async fn a_creation_provisioner_that_fails_taints_the_object() {
    let mut stage = Stage::new();
    let config =
        thing("x", &(say("fail", "") + &say("after", "") + &say("gone", "when = destroy")));
    let (said, diagnostics) = stage.run(&config).await;
    assert_eq!(said, ["fail"]);
    assert!(diagnostics.contains("say failed"), "{diagnostics}");
    assert_eq!(stage.plans(&config).await, ["replace test_thing.a"]);
    // What may never have been complete is not asked to say goodbye.
    let (said, _) = stage.run(&config.replace("\"fail\"", "\"well\"")).await;
    assert_eq!(said, ["well", "after"]);
}

#[tokio::test]
async fn failures_that_do_not_matter_do_not_matter() {
    let mut stage = Stage::new();
    let config = thing("x", &(say("fail", "on_failure = continue") + &say("after", "")));
    let (said, diagnostics) = stage.run(&config).await;
    assert_eq!((said.len(), diagnostics.as_str()), (2, ""));
    assert!(stage.plans(&config).await.is_empty());
}

#[tokio::test]
async fn a_destruction_provisioner_that_fails_keeps_the_object() {
    let mut stage = Stage::new();
    let counted = |count: u8, text: &str| {
        let goodbye = say(text, "when = destroy");
        format!(
            "resource \"test_thing\" \"a\" {{\n count = {count}\n name = \"a${{count.index}}\"\n {goodbye}\n}}\n"
        )
    };
    stage.run(&counted(2, "x")).await;
    let (said, diagnostics) = stage.run(&counted(1, "fail ${self.name} ${count.index}")).await;
    assert_eq!(said, ["fail a1 1"]);
    assert!(diagnostics.contains("say failed"), "{diagnostics}");
    assert_eq!(stage.bench.cloud().names(), ["a0", "a1"]);
    let (said, _) = stage.run(&counted(1, "bye ${self.name}")).await;
    assert_eq!(said, ["bye a1"]);
    assert_eq!(stage.bench.cloud().names(), ["a0"]);
    stage.bench.options.mode = groma_plan::Mode::Destroy;
    let (said, _) = stage.run(&counted(1, "bye ${self.name} ${terraform.workspace}")).await;
    assert_eq!(said, ["bye a0 default"]);
}

#[tokio::test]
async fn what_has_a_successor_goes_silently() {
    let mut stage = Stage::new();
    let config = |value| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n triggers_replace = \"{value}\"\n lifecycle {{\n create_before_destroy = true\n }}\n {}{}\n}}\n",
            say("made", ""),
            say("gone", "when = destroy")
        )
    };
    assert_eq!(stage.run(&config("x")).await.0, ["made"]);
    assert_eq!(stage.run(&config("y")).await.0, ["made"]);
    stage.bench.options.mode = groma_plan::Mode::Destroy;
    assert_eq!(stage.run(&config("y")).await.0, ["gone"]);
}

#[tokio::test]
async fn connections_lie_over_one_another() {
    let mut stage = Stage::new();
    let own = "connection {\n user = \"own\"\n}";
    let provisioners = "connection {\n host = self.name\n user = \"outer\"\n}\n".to_owned()
        + &say("one", "")
        + &say("two", own);
    let (said, _) = stage.run(&thing("x", &provisioners)).await;
    assert_eq!(said, ["one host=a user=outer", "two host=a user=own"]);
    let wrong = thing("x", &("connection {\n user = \"x\"\n}\n".to_owned() + &say("one", "")));
    assert!(Stage::new().refused(&wrong).await.contains("Missing required argument"));
}

#[tokio::test]
async fn removed_blocks_say_goodbye() {
    let mut stage = Stage::new();
    let config =
        "resource \"test_thing\" \"a\" {\n for_each = toset([\"k\"])\n name = each.key\n}\n";
    stage.run(config).await;
    let removed = |text: &str| {
        let goodbye = say(text, "when = destroy");
        format!("removed {{\n from = test_thing.a\n {goodbye}\n}}\n")
    };
    let (said, diagnostics) = stage.run(&removed("fail ${self.name}")).await;
    assert_eq!(said, ["fail k"]);
    assert!(diagnostics.contains("say failed"), "{diagnostics}");
    let (said, _) = stage.run(&removed("bye ${self.name} ${each.key} ${path.module}")).await;
    assert_eq!(said, ["bye k k ."]);
    assert!(stage.bench.state.resources.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_found_before_anything_is_done() {
    let stage = Stage::new();
    let cases = [
        (thing("x", &say("forbidden", "")), "Forbidden"),
        (thing("x", "provisioner \"sai\" {}"), "Missing required provisioner plugin"),
        (thing("x", "provisioner \"sai\" {}"), "Did you mean \"say\"?"),
        (thing("x", &say("${test_thing.a.id}", "")), "Self-referential block"),
        (thing("x", &say("${test_thing.z.id}", "")), "Reference to undeclared resource"),
        (thing("x", &say("${self.nothing}", "")), "Unsupported attribute"),
        (thing("x", &say("x", "shout = true")), "Unsupported argument"),
        (thing("x", &say("${var.x}", "when = destroy")), "Invalid reference from destroy"),
        (
            format!(
                "removed {{\n from = test_thing.a\n {}\n}}",
                say("forbidden", "when = destroy")
            ),
            "Forbidden",
        ),
    ];
    for (config, expected) in cases {
        let found = stage.refused(&config).await;
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[tokio::test]
async fn what_is_ephemeral_is_open_while_provisioners_use_it() {
    let mut stage = Stage::new();
    let config = "ephemeral \"test_token\" \"t\" {\n name = \"t\"\n}\n".to_owned()
        + &thing("x", &say("${ephemeral.test_token.t.secret}", ""));
    let plan = stage.bench.plan(&[("main.tf", &config)]).await;
    stage.bench.cloud().calls();
    let (_, diagnostics) = stage.bench.try_apply(plan).await;
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    assert_eq!(*stage.recorder.done.lock().unwrap(), ["secret of t"]);
    let calls = stage.bench.cloud().calls();
    assert!(calls.contains(&"open t".into()) && calls.contains(&"close t".into()), "{calls:?}");
}
