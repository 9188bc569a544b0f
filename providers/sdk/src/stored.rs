//! Stored JSON that need not fit the schema exactly: what attributes there were then and are no
//! more is dropped, and what there was not yet is null, or no blocks.

use groma_schema::{Block, NestedBlock, Nesting};
use groma_value::{CodecError, Str, Type, Value, json};
use serde_json::{Map, Value as Json};

/// The object of a schema in stored JSON.
pub(crate) fn object(block: &Block, stored: Json) -> Result<Value, CodecError> {
    let fitting = match stored {
        Json::Null => Json::Null,
        other => fit_block(block, other),
    };
    json::from_json(&fitting, block.implied_type())
}

fn members(stored: Json) -> Result<Map<String, Json>, Json> {
    match stored {
        Json::Object(members) => Ok(members),
        // What is no object is left for the decoder to complain about.
        other => Err(other),
    }
}

fn fit_block(block: &Block, stored: Json) -> Json {
    let mut stored = match members(stored) {
        Ok(members) => members,
        Err(other) => return other,
    };
    let ty = block.implied_type();
    let mut fitting = Map::new();
    for name in block.attributes.keys() {
        let value = stored.remove(&**name).unwrap_or(Json::Null);
        let value = match ty.attribute(name) {
            Some(ty) => fit_type(ty, value),
            None => value,
        };
        fitting.insert(name.to_string(), value);
    }
    for (name, nested) in &block.blocks {
        let value = stored.remove(&**name).unwrap_or(Json::Null);
        fitting.insert(name.to_string(), fit_blocks(nested, value));
    }
    Json::Object(fitting)
}

fn fit_blocks(nested: &NestedBlock, stored: Json) -> Json {
    let one = |item: Json| fit_block(&nested.block, item);
    if nested.implied_type() == Type::Dynamic {
        return stored;
    }
    match (nested.nesting, stored) {
        (Nesting::Group, Json::Null) => one(Json::Object(Map::new())),
        (Nesting::List | Nesting::Set, Json::Null) => Json::Array(Vec::new()),
        (Nesting::Map, Json::Null) => Json::Object(Map::new()),
        (Nesting::List | Nesting::Set, Json::Array(items)) => items.into_iter().map(one).collect(),
        (Nesting::Map, Json::Object(items)) => {
            Json::Object(items.into_iter().map(|(key, item)| (key, one(item))).collect())
        }
        (Nesting::Single | Nesting::Group, item) => one(item),
        (_, other) => other,
    }
}

fn fit_type(ty: &Type, stored: Json) -> Json {
    match (ty, stored) {
        (Type::Object(object), Json::Object(mut members)) => {
            let fit = |(name, ty): (&Str, &Type)| {
                let value = members.remove(&**name).unwrap_or(Json::Null);
                (name.to_string(), fit_type(ty, value))
            };
            Json::Object(object.attributes.iter().map(fit).collect())
        }
        (Type::List(element) | Type::Set(element), Json::Array(items)) => {
            items.into_iter().map(|item| fit_type(element, item)).collect()
        }
        (Type::Map(element), Json::Object(items)) => {
            let items = items.into_iter().map(|(key, item)| (key, fit_type(element, item)));
            Json::Object(items.collect())
        }
        (_, other) => other,
    }
}
