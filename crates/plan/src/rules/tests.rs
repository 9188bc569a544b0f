//! Tests of the planning rules.

use groma_schema::{Attribute, Block, NestedBlock, Nesting};
use groma_value::{Type, Value};
use std::sync::Arc;

use super::*;

fn schema() -> Block {
    let mut block = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute::required(Type::String)),
        ("size", Attribute::optional_computed(Type::Number)),
    ]);
    let inner = Block::with_attributes([
        ("port", Attribute::required(Type::Number)),
        ("rule", Attribute::computed(Type::String)),
    ]);
    block.blocks.insert(
        "ingress".into(),
        NestedBlock { block: Arc::new(inner), nesting: Nesting::Set, min_items: 0, max_items: 0 },
    );
    block
}

fn ingress(port: i64, rule: Value) -> Value {
    Value::object_of([("port", Value::number(port)), ("rule", rule)])
}

fn object(id: Value, name: &str, size: Value, ports: Vec<Value>) -> Value {
    let ty = schema().blocks["ingress"].block.implied_type().clone();
    Value::object_of([
        ("id", id),
        ("name", Value::from(name)),
        ("size", size),
        ("ingress", Value::set(ty, ports)),
    ])
}

fn null() -> Value {
    Value::null(Type::String)
}

#[test]
fn computed_values_are_kept_and_configured_ones_win() {
    let prior = object("i-1".into(), "old", 3i64.into(), vec![ingress(80, "r-1".into())]);
    let config = object(
        null(),
        "new",
        Value::null(Type::Number),
        vec![ingress(443, null()), ingress(80, null())],
    );
    let got = proposed_new(&schema(), &prior, &config);
    let want = object(
        "i-1".into(),
        "new",
        3i64.into(),
        vec![ingress(443, null()), ingress(80, "r-1".into())],
    );
    assert_eq!(got, want);
}

#[test]
fn a_plan_may_not_change_what_is_configured() {
    let config = object(null(), "n", Value::null(Type::Number), vec![]);
    let planned = object(Value::unknown(Type::String), "n", 8i64.into(), vec![]);
    assert_eq!(assert_plan_valid(&schema(), &Value::NULL, &config, &planned), vec![]);
    let planned = object(null(), "other", Value::null(Type::Number), vec![]);
    let got = assert_plan_valid(&schema(), &Value::NULL, &config, &planned);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].path.to_string(), ".name");
    assert!(got[0].message.contains("\"other\" does not match config value \"n\""));
}

#[test]
fn the_outcome_must_be_what_was_known_of_it() {
    let planned = object(
        Value::unknown(Type::String),
        "n",
        8i64.into(),
        vec![ingress(1, Value::unknown(Type::String))],
    );
    let actual = object("i-1".into(), "n", 8i64.into(), vec![ingress(1, "r".into())]);
    assert_eq!(assert_compatible(&schema(), &planned, &actual), vec![]);
    let actual = object("i-1".into(), "n", 9i64.into(), vec![ingress(2, "r".into())]);
    let got = assert_compatible(&schema(), &planned, &actual);
    let paths: Vec<String> = got.iter().map(|v| v.path.to_string()).collect();
    assert_eq!(paths, [".size", ".ingress"]);
}

#[test]
fn legacy_nulls_become_empty_collections() {
    let ty = schema().implied_type().clone();
    let value = Value::object_of([
        ("id", null()),
        ("name", "n".into()),
        ("size", Value::null(Type::Number)),
        ("ingress", Value::null(ty.attribute("ingress").unwrap().clone())),
    ]);
    let got = normalize_legacy(&schema(), &value);
    assert_eq!(got, object(null(), "n", Value::null(Type::Number), vec![]));
}
