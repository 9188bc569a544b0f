//! What `terraform_data` does: it keeps values, and changes with them.
//!
//! Its `store` block keeps what must not be in a plan: the value is taken from the configuration
//! when the plan is applied.

use std::sync::Arc;

use groma_schema::{Attribute, Block, NestedBlock, Nesting};
use groma_value::{Path, Refinements, Type, Value};

/// The schema, with the `store` block for those who use it.
pub(crate) fn block(stores: bool) -> Block {
    let mut data = Block::with_attributes([
        ("id", Attribute::computed(Type::String)),
        ("input", Attribute::optional(Type::Dynamic)),
        ("output", Attribute::computed(Type::Dynamic)),
        ("triggers_replace", Attribute::optional(Type::Dynamic)),
    ]);
    if stores {
        let secret = Attribute { sensitive: true, ..Attribute::computed(Type::Dynamic) };
        let store = Block::with_attributes([
            ("input", Attribute { write_only: true, ..Attribute::optional(Type::Dynamic) }),
            ("output", Attribute::computed(Type::Dynamic)),
            ("replace", Attribute::optional(Type::Bool)),
            ("sensitive", Attribute::optional(Type::Bool)),
            ("sensitive_output", secret),
            ("version", Attribute::optional(Type::Number)),
        ]);
        let nested = NestedBlock {
            block: Arc::new(store),
            nesting: Nesting::Single,
            min_items: 0,
            max_items: 0,
        };
        data.blocks.insert("store".into(), nested);
    }
    data
}

/// An object with one attribute changed.
pub(crate) fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut entries = object.as_entries().cloned().unwrap_or_default();
    entries.insert(name.into(), value);
    Value::object(entries)
}

/// An object with one attribute less.
pub(crate) fn without(object: &Value, name: &str) -> Value {
    let entries = object.as_entries().cloned().unwrap_or_default();
    Value::object(entries.into_iter().filter(|(key, _)| &**key != name).collect())
}

/// An attribute of an object; null where there is none.
pub(crate) fn at(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or(Value::NULL)
}

/// What is planned for `terraform_data`: its output follows the input once applied, and a change of
/// the triggers makes another object.
pub(crate) fn plan_data(prior: &Value, proposed: &Value, config: &Value) -> (Value, Vec<Path>) {
    let input = at(proposed, "input");
    let new_id = || Value::unknown_refined(Type::String, Refinements::not_null());
    let mut planned = proposed.clone();
    let mut requires_replace = Vec::new();
    if prior.is_null() || at(prior, "triggers_replace") != at(proposed, "triggers_replace") {
        planned = with(&with(&planned, "id", new_id()), "output", later(&input));
        if !prior.is_null() {
            requires_replace.push(Path::root().attribute("triggers_replace"));
        }
    } else if at(prior, "input") != input {
        planned = with(&planned, "output", later(&input));
    }
    let store = at(proposed, "store");
    if store.as_entries().is_some() {
        let (store, changed) = plan_store(&at(prior, "store"), &store, &at(config, "store"));
        if let Some(changed) = changed.filter(|_| !prior.is_null())
            && at(&store, "replace").as_bool() == Some(true)
        {
            requires_replace.push(Path::root().attribute("store").attribute(changed));
        }
        planned = with(&planned, "store", store);
    }
    (planned, requires_replace)
}

/// What is known of a value before it is stored.
fn later(input: &Value) -> Value {
    if input.is_null() { Value::NULL } else { Value::unknown(input.ty()) }
}

/// What is planned for a `store` block, and which of its outputs changes. The value itself must
/// not be in the plan.
fn plan_store(prior: &Value, proposed: &Value, config: &Value) -> (Value, Option<&'static str>) {
    let store = with(proposed, "input", Value::NULL);
    let input = at(config, "input");
    let sensitive = at(&store, "sensitive");
    if !sensitive.is_known() {
        let open = with(&store, "output", Value::unknown(Type::Dynamic));
        let open = with(&open, "sensitive_output", Value::unknown(Type::Dynamic));
        return (open, Some("output"));
    }
    let (own, other) = outputs(&sensitive);
    let kept = at(prior, own);
    let same_kind = !prior.is_null() && at(prior, other).is_null();
    let same = match at(&store, "version") {
        version if !version.is_null() => version == at(prior, "version"),
        _ => input.is_wholly_known() && input == kept,
    };
    let store = with(&store, other, Value::NULL);
    match same && same_kind {
        true => (with(&store, own, kept), None),
        false => (with(&store, own, later(&input)), Some(own)),
    }
}

/// The output that a value goes to, and the other one.
fn outputs(sensitive: &Value) -> (&'static str, &'static str) {
    match sensitive.as_bool() {
        Some(true) => ("sensitive_output", "output"),
        _ => ("output", "sensitive_output"),
    }
}

/// The planned object with what was to be known only now.
pub(crate) fn finish_data(planned: &Value, config: &Value) -> Value {
    let mut object = planned.clone();
    if !at(&object, "output").is_known() {
        object = with(&object, "output", at(&object, "input"));
    }
    let store = at(&object, "store");
    if store.as_entries().is_some() {
        let (own, other) = outputs(&at(&store, "sensitive"));
        let mut finished = store.clone();
        if !at(&store, own).is_known() {
            finished = with(&finished, own, at(&at(config, "store"), "input"));
        }
        if !at(&store, other).is_known() {
            finished = with(&finished, other, Value::NULL);
        }
        object = with(&object, "store", finished);
    }
    object
}
