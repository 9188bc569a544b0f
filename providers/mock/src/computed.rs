//! The values of computed attributes: what the definition says, or null.

use std::collections::BTreeMap;

use groma_sdk::value::{Entries, Kind as ValueKind, Str, Value};

use crate::definition::{Attribute, Block, Definition, Kind};
use crate::stored;

/// The planned object with a value, or null, in place of all that is unknown.
pub(crate) fn fill(definition: &Definition, planned: &Value) -> Result<Value, String> {
    members(&definition.attributes, &definition.blocks, planned)
}

fn members(
    attributes: &BTreeMap<String, Attribute>,
    blocks: &BTreeMap<String, Block>,
    object: &Value,
) -> Result<Value, String> {
    let Some(entries) = object.as_entries() else { return Ok(object.unknown_as_null()) };
    let filled = entries.iter().map(|(name, value)| {
        let filled = match (attributes.get(&**name), blocks.get(&**name)) {
            (Some(attribute), _) => attribute_value(name, attribute, value)?,
            (None, Some(block)) => {
                each(value, &|item| members(&block.attributes, &block.blocks, item))?
            }
            (None, None) => value.unknown_as_null(),
        };
        Ok((name.clone(), filled))
    });
    Ok(Value::object(filled.collect::<Result<_, String>>()?))
}

fn attribute_value(name: &Str, attribute: &Attribute, value: &Value) -> Result<Value, String> {
    if !value.is_null() && value.is_known() {
        return inside(attribute, value);
    }
    let Some(json) = &attribute.value else { return Ok(value.unknown_as_null()) };
    if !attribute.computed {
        return Err(format!("attribute {name} is given a value but is not computed"));
    }
    let value = stored::from_json(Some(json), &attribute.ty());
    inside(attribute, &value.map_err(|e| format!("attribute {name}: {e}"))?)
}

fn inside(attribute: &Attribute, value: &Value) -> Result<Value, String> {
    match (attribute.kind, attribute.element()) {
        (Kind::Object, _) => members(&attribute.object, &BTreeMap::new(), value),
        (_, Some(element)) => each(value, &|item| inside(element, item)),
        _ => Ok(value.unknown_as_null()),
    }
}

/// Changes every element of a collection.
fn each(value: &Value, change: &dyn Fn(&Value) -> Result<Value, String>) -> Result<Value, String> {
    let all = |items: &[Value]| items.iter().map(change).collect::<Result<Vec<_>, _>>();
    match value.kind() {
        ValueKind::List(l) => Ok(Value::list(l.element.clone(), all(&l.items)?)),
        ValueKind::Set(s) => Ok(Value::set(s.element.clone(), all(&s.items)?)),
        ValueKind::Tuple(items) => Ok(Value::tuple(all(items)?)),
        ValueKind::Map(m) => {
            let entries = m.entries.iter().map(|(k, v)| Ok((k.clone(), change(v)?)));
            Ok(Value::map(m.element.clone(), entries.collect::<Result<Entries, String>>()?))
        }
        _ => Ok(value.unknown_as_null()),
    }
}
