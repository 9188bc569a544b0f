//! Plans made by hand, as they are rendered.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use groma_addrs::{
    AbsOutputValue, AbsProviderConfig, DeposedKey, Module, ModuleInstance, Provider, ResourceMode,
    parse,
};
use groma_diag::{Diagnostic, Diagnostics, Pos, SourceMap, SourceRange};
use groma_plan::{
    Action, ActionReason, Change, ExecutionGraph, InstanceChange, Mode, OutputChange, Plan,
};
use groma_schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use groma_state::State;
use groma_value::{Mark, Path, Type, Value};
use groma_view::{DiagnosticOptions, DiagnosticView, PlanOptions, SchemaTable, Style, write_plan};

fn provider() -> Provider {
    Provider::implied("test")
}

fn schemas() -> SchemaTable {
    let secret = Attribute { sensitive: true, ..Attribute::optional(Type::String) };
    let rule = Block::with_attributes([
        ("port", Attribute::optional(Type::Number)),
        ("secret", secret.clone()),
    ]);
    let mut block = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute::optional(Type::String)),
        ("size", Attribute::optional(Type::Number)),
        ("password", secret),
        ("zones", Attribute::optional(Type::list(Type::String))),
        ("tags", Attribute::optional(Type::map(Type::String))),
    ]);
    let nested =
        NestedBlock { block: Arc::new(rule), nesting: Nesting::List, min_items: 0, max_items: 0 };
    block.blocks.insert("rule".into(), nested);
    let schema = Arc::new(Schema { version: 0, block, identity: None });
    let mut table = SchemaTable::default();
    for mode in [ResourceMode::Managed, ResourceMode::Data] {
        table.resources.insert((provider(), mode, "test_thing".into()), schema.clone());
    }
    table
}

/// An object with these attributes set.
fn thing(set: &[(&str, Value)]) -> Value {
    let schemas = schemas();
    let schema = schemas.resources.values().next().unwrap();
    let given = Value::object_of(set.iter().map(|(name, value)| (*name, value.clone())));
    schema.block.coerce(&given).unwrap()
}

fn none() -> Value {
    Value::null(thing(&[]).ty())
}

fn change(addr: &str, action: Action, before: Value, after: Value) -> InstanceChange {
    let addr = parse::resource_instance(addr).unwrap();
    InstanceChange {
        previous_addr: addr.clone(),
        addr,
        deposed: None,
        provider: AbsProviderConfig::new(Module::root(), provider(), None),
        change: Change { action, before, after, importing: None },
        reason: None,
        required_replace: Vec::new(),
        private: Arc::from([]),
        before_identity: None,
        after_identity: None,
    }
}

fn because(change: InstanceChange, reason: ActionReason) -> InstanceChange {
    InstanceChange { reason: Some(reason), ..change }
}

fn plan(changes: Vec<InstanceChange>) -> Plan {
    Plan {
        mode: Mode::Normal,
        errored: false,
        timestamp: "2026-01-02T03:04:05Z".to_owned(),
        variables: Default::default(),
        changes,
        deferred: Vec::new(),
        drift: Vec::new(),
        outputs: Vec::new(),
        relevant_attributes: Vec::new(),
        checks: Vec::new(),
        targets: Vec::new(),
        excludes: Vec::new(),
        force_replace: Vec::new(),
        previous_state: Arc::new(State::default()),
        prior_state: Arc::new(State::default()),
        lineage: String::new(),
        serial: 0,
        generated: Vec::new(),
        invocations: Vec::new(),
        graph: ExecutionGraph::default(),
    }
}

fn shown(plan: &Plan, style: Style) -> String {
    let options = PlanOptions { style, width: 78, in_automation: false };
    let mut out = Vec::new();
    write_plan(&mut out, plan, &schemas(), &options).unwrap();
    String::from_utf8(out).unwrap()
}

fn old() -> Value {
    let rule = |port: i64| Value::object_of([("port", port.into()), ("secret", "s".into())]);
    thing(&[
        ("id", "t-1".into()),
        ("name", "old".into()),
        ("size", 1.into()),
        ("password", "p".into()),
        ("zones", Value::tuple(["a", "b", "c", "d"].map(Value::from).to_vec())),
        ("tags", Value::object_of([("Name", "x".into()), ("Stage", "test".into())])),
        ("rule", Value::tuple(vec![rule(80), rule(443)])),
    ])
}

fn new() -> Value {
    let rule = |port: i64| Value::object_of([("port", port.into()), ("secret", "s".into())]);
    thing(&[
        ("id", Value::unknown(Type::String)),
        ("name", "new".into()),
        ("size", 1.into()),
        ("password", "q".into()),
        ("zones", Value::tuple(["b", "c", "d"].map(Value::from).to_vec())),
        (
            "tags",
            Value::object_of([
                ("Name", "x".into()),
                ("Stage", Value::from("live").marked(Mark::Sensitive)),
            ]),
        ),
        ("rule", Value::tuple(vec![rule(80), rule(444)])),
    ])
}

#[test]
fn every_action_and_reason() {
    let delete = |addr: &str, reason| because(change(addr, Action::Delete, old(), none()), reason);
    let mut replace = because(
        change("test_thing.replace", Action::DeleteThenCreate, old(), new()),
        ActionReason::ReplaceBecauseCannotUpdate,
    );
    replace.required_replace = vec![Path::root().attribute("name")];
    let mut deposed = change("test_thing.deposed", Action::Delete, old(), none());
    deposed.deposed = Some(DeposedKey("0badcafe".into()));
    let mut moved = change("test_thing.moved", Action::NoOp, old(), old());
    moved.previous_addr = parse::resource_instance("test_thing.before").unwrap();
    let mut changes = vec![
        because(
            change("data.test_thing.read", Action::Read, none(), new()),
            ActionReason::ReadBecauseDependencyPending,
        ),
        change("test_thing.create", Action::Create, none(), new()),
        deposed,
        delete("test_thing.index[5]", ActionReason::DeleteBecauseCountIndex),
        delete("test_thing.key[\"k\"]", ActionReason::DeleteBecauseEachKey),
        delete("test_thing.off", ActionReason::DeleteBecauseEnabledFalse),
        moved,
        replace,
        because(
            change("test_thing.requested", Action::CreateThenDelete, old(), new()),
            ActionReason::ReplaceByRequest,
        ),
        change("test_thing.update", Action::Update, old(), new()),
        because(
            change("test_thing.lost", Action::Forget, old(), none()),
            ActionReason::DeleteBecauseNoResourceConfig,
        ),
        change("test_thing.kept", Action::CreateThenForget, old(), new()),
    ];
    changes.push(delete("module.m.test_thing.module", ActionReason::DeleteBecauseNoModule));
    insta::assert_snapshot!("actions", shown(&plan(changes), Style::PLAIN));
}

#[test]
fn colours() {
    let mut plan = plan(vec![change("test_thing.update", Action::Update, old(), new())]);
    plan.outputs.push(OutputChange {
        addr: AbsOutputValue { module: ModuleInstance::root(), name: "o".into() },
        action: Action::Create,
        before: Value::NULL,
        after: "x".into(),
        sensitive: false,
    });
    insta::assert_snapshot!("colours", shown(&plan, Style::COLOURED).replace('\u{1b}', "␛"));
}

#[test]
fn plans_that_failed() {
    let mut failed = plan(Vec::new());
    failed.errored = true;
    insta::assert_snapshot!("failed", shown(&failed, Style::PLAIN));
    failed.changes.push(change("test_thing.create", Action::Create, none(), thing(&[])));
    insta::assert_snapshot!("failed_halfway", shown(&failed, Style::PLAIN));
}

#[test]
fn a_missing_schema_is_an_error() {
    let mut plan = plan(vec![change("test_thing.a", Action::Create, none(), new())]);
    plan.changes[0].addr = parse::resource_instance("other_thing.a").unwrap();
    let options = PlanOptions { style: Style::PLAIN, width: 78, in_automation: false };
    let error = write_plan(&mut Vec::new(), &plan, &schemas(), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no schema found for other_thing.a (in provider registry.terraform.io/hashicorp/test)"
    );
}

/// Ten times as much takes about ten times as long, not a hundred times.
#[test]
fn long_lists_are_compared_in_good_time() {
    let items =
        |from: i64| Value::tuple((from..from + 20_000).map(|i| i.to_string().into()).collect());
    let before = thing(&[("zones", items(0))]);
    let after = thing(&[("zones", items(1)), ("name", "x".into())]);
    let plan = plan(vec![change("test_thing.a", Action::Update, before, after)]);
    assert!(shown(&plan, Style::PLAIN).contains("1 to change"));
}

#[test]
fn a_diagnostic_in_its_box() {
    let text = "resource \"a\" \"b\" {\n  name = upper(var.x, \"é\")\n}\n";
    let mut sources = SourceMap::default();
    sources.insert("main.tf", text);
    let at = |what: &str, end: bool| {
        let byte = text.find(what).unwrap() + if end { what.len() } else { 0 };
        Pos { line: 2, column: 1, byte: byte as u32 }
    };
    let range = SourceRange::new("main.tf".into(), at("\"é\"", false), at("\"é\"", true));
    let detail = "Function \"upper\" expects only 1 argument(s), which is one less than there are \
                  here.\n\n  Indented text stays on one line however long it may be, since it may be code.";
    let mut error = Diagnostic::error("Too many function arguments", detail).at(&range).on("a.b");
    error.values.push(groma_diag::ExpressionValue {
        traversal: "var.x".to_owned(),
        statement: "is \"x\"".to_owned(),
    });
    error.function_call = Some(groma_diag::FunctionCall {
        name: "upper".to_owned(),
        signature: Some("upper(str)".to_owned()),
        types: Vec::new(),
    });
    let view = DiagnosticView::new(&sources);
    let shown = |style, width| {
        let options = DiagnosticOptions { style, width, compact_warnings: false };
        let all = view.human(&Diagnostics::from(error.clone()), &options);
        all.into_iter().map(|d| d.text).collect::<String>().replace('\u{1b}', "␛")
    };
    insta::assert_snapshot!("box", shown(Style::COLOURED, 78));
    insta::assert_snapshot!("narrow", shown(Style::PLAIN, 40));
    insta::assert_snapshot!("unwrapped", shown(Style::PLAIN, 0));
}
