//! What plugins of the legacy type system return, brought into the form that others return.

use groma_schema::{Block, Nesting};
use groma_value::{Kind, Str, Type, Value};

/// Legacy plugins may give null where there are no nested blocks; that becomes the empty collection
/// that the schema calls for. Other values stay as they are.
pub fn normalize_legacy(schema: &Block, value: &Value) -> Value {
    if value.is_null() || !value.is_known() {
        return value.clone();
    }
    let Some(entries) = value.as_entries() else { return value.clone() };
    if schema.blocks.is_empty() {
        return value.clone();
    }
    let mut changed: Vec<(Str, Value)> = Vec::new();
    for (name, nested) in &schema.blocks {
        let Some(current) = entries.get(name) else { continue };
        let element = || nested.block.implied_type().clone();
        let new = match nested.nesting {
            Nesting::Single | Nesting::Group => normalize_legacy(&nested.block, current),
            nesting => collection(nesting, &nested.block, element, current),
        };
        if new != *current {
            changed.push((name.clone(), new));
        }
    }
    if changed.is_empty() {
        return value.clone();
    }
    let mut entries = entries.clone();
    for (name, value) in changed {
        entries.insert(name, value);
    }
    Value::object(entries)
}

fn collection(
    nesting: Nesting,
    block: &Block,
    element: impl Fn() -> Type,
    current: &Value,
) -> Value {
    let items = || {
        current
            .as_sequence()
            .unwrap_or_default()
            .iter()
            .map(|v| normalize_legacy(block, v))
            .collect::<Vec<_>>()
    };
    match (nesting, current.kind()) {
        (Nesting::List, Kind::Null(_)) => Value::list(element(), Vec::new()),
        (Nesting::Set, Kind::Null(_)) => Value::set(element(), Vec::new()),
        (Nesting::Map, Kind::Null(_)) => Value::map(element(), Default::default()),
        (_, Kind::List(_)) => Value::list(element(), items()),
        (_, Kind::Set(_)) => Value::set(element(), items()),
        (_, Kind::Tuple(_)) => Value::tuple(items()),
        (_, Kind::Map(map)) => {
            let entries =
                map.entries.iter().map(|(k, v)| (k.clone(), normalize_legacy(block, v))).collect();
            Value::map(element(), entries)
        }
        _ => current.clone(),
    }
}
