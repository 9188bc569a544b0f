//! What the rules make of proposals.

use std::sync::Arc;

use groma_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use groma_value::{Path, Str, Type, Value};

use super::{Plan, Rules, empty_object};
use crate::PlanRequest;

fn nested(nesting: Nesting, attributes: Vec<(&str, Attribute)>) -> Attribute {
    let attributes = attributes.into_iter().map(|(n, a)| (Str::from(n), a)).collect();
    let ty = AttributeType::Nested(Box::new(NestedObject { attributes, nesting }));
    Attribute { ty, optional: true, ..Attribute::new(Type::Bool) }
}

fn block() -> Block {
    let mut block = Block::with_attributes([
        ("id", Attribute::optional_computed(Type::String)),
        ("arn", Attribute::computed(Type::String)),
        ("name", Attribute::required(Type::String)),
        ("port", Attribute::optional_computed(Type::Number)),
    ]);
    let rule = Block::with_attributes([
        ("rule_id", Attribute::computed(Type::String)),
        ("cidr", Attribute::required(Type::String)),
        ("note", Attribute::optional_computed(Type::String)),
    ]);
    for (name, nesting) in [("rule", Nesting::Set), ("step", Nesting::List)] {
        let nested =
            NestedBlock { block: Arc::new(rule.clone()), nesting, min_items: 0, max_items: 0 };
        block.blocks.insert(name.into(), nested);
    }
    block
}

fn rules() -> Rules {
    Rules::new().keep(["id"]).replace(["id", "name", "step.cidr"]).with_default("port", 80_i64)
}

/// An object of the block with these members.
fn object(members: &[(&str, Value)]) -> Value {
    let mut entries = empty_object(&block()).as_entries().cloned().unwrap_or_default();
    for (name, value) in members {
        entries.insert((*name).into(), value.clone());
    }
    Value::object(entries)
}

fn rule(id: Option<&str>, cidr: &str, note: Option<&str>) -> Value {
    let text = |v: Option<&str>| v.map_or(Value::null(Type::String), Value::from);
    Value::object_of([("rule_id", text(id)), ("cidr", cidr.into()), ("note", text(note))])
}

fn rule_type() -> Type {
    rule(None, "", None).ty()
}

fn set(items: Vec<Value>) -> Value {
    Value::set(rule_type(), items)
}

fn list(items: Vec<Value>) -> Value {
    Value::list(rule_type(), items)
}

fn plan(prior: Value, config: Value, proposed: Value) -> Plan {
    Plan::by_rules(&block(), &rules(), &PlanRequest { prior, config, proposed })
}

fn unknown() -> Value {
    Value::unknown(Type::String)
}

#[test]
fn a_create_leaves_to_the_provider_what_is_not_configured() {
    let config = object(&[("name", "a".into())]);
    let prior = Value::null(block().implied_type().clone());
    let made = plan(prior, config.clone(), config);
    let expected = object(&[
        ("id", unknown()),
        ("arn", unknown()),
        ("name", "a".into()),
        ("port", Value::number(80_i64)),
    ]);
    assert_eq!(made, Plan { planned: expected, requires_replace: Vec::new() });
}

#[test]
fn nothing_changes_where_nothing_changes() {
    let config = object(&[("name", "a".into())]);
    let members = [
        ("id", "i".into()),
        ("arn", "r".into()),
        ("name", "a".into()),
        ("port", Value::number(80_i64)),
    ];
    let prior = object(&members);
    let made = plan(prior.clone(), config, prior.clone());
    assert_eq!(made, Plan { planned: prior, requires_replace: Vec::new() });
}

#[test]
fn a_change_opens_what_is_computed_but_not_what_is_kept() {
    let prior = object(&[
        ("id", "i".into()),
        ("arn", "r".into()),
        ("name", "a".into()),
        ("port", Value::number(8080_i64)),
    ]);
    let config = object(&[("name", "b".into())]);
    let mut proposed = prior.as_entries().cloned().unwrap_or_default();
    proposed.insert("name".into(), "b".into());
    let made = plan(prior, config, Value::object(proposed));
    let expected = object(&[
        ("id", "i".into()),
        ("arn", unknown()),
        ("name", "b".into()),
        ("port", Value::number(80_i64)),
    ]);
    assert_eq!(made.planned, expected);
    assert_eq!(made.requires_replace, [Path::root().attribute("name")]);
}

#[test]
fn a_kept_attribute_that_is_configured_anew_replaces() {
    let prior = object(&[("id", "i".into()), ("name", "a".into())]);
    let config = object(&[("id", "j".into()), ("name", "a".into())]);
    let made = plan(prior.clone(), config.clone(), config);
    assert_eq!(made.requires_replace, [Path::root().attribute("id")]);
    let config = object(&[("id", unknown()), ("name", "a".into())]);
    let made = plan(prior, config.clone(), config);
    assert_eq!(made.planned.get("id"), Some(&unknown()));
    assert_eq!(made.requires_replace, [Path::root().attribute("id")]);
}

#[test]
fn elements_of_lists_replace_by_place() {
    let with = |items: Vec<Value>| {
        object(&[("id", "i".into()), ("name", "a".into()), ("step", list(items))])
    };
    let prior = with(vec![rule(Some("r1"), "10/8", None), rule(Some("r2"), "11/8", None)]);
    let config =
        with(vec![rule(None, "10/8", None), rule(None, "12/8", None), rule(None, "13/8", None)]);
    let proposed = with(vec![
        rule(Some("r1"), "10/8", None),
        rule(Some("r2"), "12/8", None),
        rule(None, "13/8", None),
    ]);
    let made = plan(prior, config, proposed);
    let step = |i: i64| Path::root().attribute("step").index(i.into()).attribute("cidr");
    assert_eq!(made.requires_replace, [step(1), step(2)]);
}

#[test]
fn elements_of_sets_are_found_by_what_is_configured() {
    let with = |items: Vec<Value>| object(&[("name", "a".into()), ("rule", set(items))]);
    let prior = with(vec![rule(Some("r1"), "10/8", Some("mine"))]);
    let config = with(vec![rule(None, "10/8", Some("mine")), rule(None, "11/8", None)]);
    let proposed = with(vec![rule(Some("r1"), "10/8", Some("mine")), rule(None, "11/8", None)]);
    let made = plan(prior, config, proposed);
    let element = |cidr: &str, note: Value| {
        Value::object_of([("rule_id", unknown()), ("cidr", cidr.into()), ("note", note)])
    };
    let expected = set(vec![element("10/8", "mine".into()), element("11/8", unknown())]);
    assert_eq!(made.planned.get("rule"), Some(&expected));
}

#[test]
fn nested_attributes_are_planned_like_blocks() {
    let inner = vec![
        ("key", Attribute::required(Type::String)),
        ("uid", Attribute::computed(Type::String)),
    ];
    let block = Block::with_attributes([("items", nested(Nesting::Map, inner))]);
    let item = |key: &str, uid: Value| Value::object_of([("key", Value::from(key)), ("uid", uid)]);
    let with = |item: Value| {
        let ty = Type::object([("key", Type::String), ("uid", Type::String)]);
        Value::object_of([("items", Value::map(ty, [("a".into(), item)].into_iter().collect()))])
    };
    let config = with(item("k2", Value::null(Type::String)));
    let request = PlanRequest {
        prior: with(item("k", "u".into())),
        proposed: with(item("k2", "u".into())),
        config: config.clone(),
    };
    let rules = Rules::new().keep(["items.uid"]).replace(["items.key"]);
    let made = Plan::by_rules(&block, &rules, &request);
    assert_eq!(made.planned, with(item("k2", "u".into())));
    let path = Path::root().attribute("items").index("a".into()).attribute("key");
    assert_eq!(made.requires_replace, [path]);
    let made = Plan::by_rules(&block, &Rules::new(), &request);
    assert_eq!(made.planned, with(item("k2", unknown())));
}

#[test]
fn write_only_attributes_are_nulled_at_any_depth() {
    let secret = Attribute { write_only: true, ..Attribute::optional(Type::String) };
    let inner = vec![("secret", secret.clone()), ("open", Attribute::optional(Type::String))];
    let block =
        Block::with_attributes([("secret", secret), ("list", nested(Nesting::List, inner))]);
    assert!(super::has_write_only(&block));
    assert!(!super::has_write_only(&self::block()));
    let item = |secret: Value| Value::object_of([("secret", secret), ("open", "o".into())]);
    let object = |secret: Value| {
        let item = item(secret.clone());
        Value::object_of([("secret", secret), ("list", Value::list(item.ty(), vec![item]))])
    };
    let stripped = super::without_write_only(&block, &object("s".into()));
    assert_eq!(stripped, object(Value::null(Type::String)));
}
