//! The form in which resources are stored: JSON in which every value says what kind it is.

use groma_sdk::schema::Block;
use groma_sdk::value::{Entries, Kind, Number, Str, Type, Value};
use serde_json::{Map, Value as Json};

use crate::number_text;

/// The JSON of an object; what is null or unknown is left out.
pub(crate) fn object_to_json(block: &Block, object: &Value) -> Map<String, Json> {
    let mut members = Map::new();
    for (name, value) in object.as_entries().into_iter().flat_map(Entries::iter) {
        if value.is_null() || !value.is_known() {
            continue;
        }
        let json = match block.blocks.get(name) {
            None => to_json(value),
            Some(nested) => {
                let items = value.as_sequence().unwrap_or_default();
                if items.is_empty() {
                    continue;
                }
                let item = |item| kind("object", object_to_json(&nested.block, item));
                let items: Vec<Json> = items.iter().map(item).collect();
                let is_set = matches!(value.kind(), Kind::Set(_));
                kind(if is_set { "set" } else { "list" }, items)
            }
        };
        members.insert(name.to_string(), json);
    }
    members
}

fn kind(name: &str, json: impl Into<Json>) -> Json {
    Json::Object(Map::from_iter([(name.to_owned(), json.into())]))
}

fn to_json(value: &Value) -> Json {
    let all = |items: &[Value]| items.iter().map(to_json).collect::<Vec<_>>();
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => Json::Object(Map::new()),
        Kind::Bool(b) => kind("boolean", *b),
        Kind::Number(n) => kind("number", number_text::general(&n.to_string())),
        Kind::String(s) => kind("string", &**s),
        Kind::List(l) => kind("list", all(&l.items)),
        Kind::Set(s) => kind("set", all(&s.items)),
        Kind::Tuple(items) => kind("list", all(items)),
        Kind::Map(m) => {
            let entries = m.entries.iter().map(|(k, v)| (k.to_string(), to_json(v)));
            kind("map", entries.collect::<Map<_, _>>())
        }
        Kind::Object(entries) => {
            let there = entries.iter().filter(|(_, v)| !v.is_null() && v.is_known());
            kind("object", there.map(|(k, v)| (k.to_string(), to_json(v))).collect::<Map<_, _>>())
        }
    }
}

/// The object of a schema in JSON; what is left out is null, or no blocks.
pub(crate) fn object_from_json(
    block: &Block,
    members: &Map<String, Json>,
) -> Result<Value, String> {
    let ty = block.implied_type();
    let attributes = block.attributes.keys().map(|name| {
        let ty = ty.attribute(name).unwrap_or(&Type::Dynamic);
        let value = from_json(members.get(&**name), ty);
        Ok((name.clone(), value.map_err(|e| within(name, &e))?))
    });
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let ty = nested.implied_type();
        let name_of_kind = if matches!(ty, Type::Set(_)) { "set" } else { "list" };
        let items = match of_kind(members.get(&**name), name_of_kind) {
            None => Vec::new(),
            Some(json) => {
                let items = json.as_array().ok_or_else(|| within(name, "it is no array"))?;
                let item = |item: &Json| match of_kind(Some(item), "object") {
                    Some(Json::Object(members)) => object_from_json(&nested.block, members),
                    _ => Err("it is no object".to_owned()),
                };
                items.iter().map(item).collect::<Result<_, _>>().map_err(|e| within(name, &e))?
            }
        };
        Ok((name.clone(), collection(&ty, items)))
    });
    Ok(Value::object(attributes.chain(blocks).collect::<Result<_, String>>()?))
}

fn within(name: &str, message: &str) -> String {
    format!("{name}: {message}")
}

fn collection(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::Set(element) => Value::set((**element).clone(), items),
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    }
}

/// What is under the name of the kind; nothing if there is null.
fn of_kind<'j>(json: Option<&'j Json>, name: &str) -> Option<&'j Json> {
    json?.get(name).filter(|json| !json.is_null())
}

/// The value of a type in JSON; null if there is nothing of the kind.
pub(crate) fn from_json(json: Option<&Json>, ty: &Type) -> Result<Value, String> {
    let name = match ty {
        Type::Bool => "boolean",
        Type::Number => "number",
        Type::String => "string",
        Type::List(_) => "list",
        Type::Set(_) => "set",
        Type::Map(_) => "map",
        Type::Object(_) => "object",
        Type::Dynamic | Type::Tuple(_) => return Err("its type cannot be stored".to_owned()),
    };
    let Some(json) = of_kind(json, name) else { return Ok(Value::null(ty.clone())) };
    match (ty, json) {
        (Type::Bool, Json::Bool(b)) => Ok(Value::bool(*b)),
        (Type::String, Json::String(s)) => Ok(Value::string(s.as_str())),
        (Type::Number, Json::String(text)) => number(text),
        (Type::Number, Json::Number(n)) => number(&n.to_string()),
        (Type::List(element) | Type::Set(element), Json::Array(items)) => {
            let items = items.iter().map(|item| from_json(Some(item), element));
            Ok(collection(ty, items.collect::<Result<_, _>>()?))
        }
        (Type::Map(element), Json::Object(members)) => {
            let entry = |(key, json): (&String, _)| {
                Ok((Str::from(key.as_str()), from_json(Some(json), element)?))
            };
            let entries = members.iter().map(entry).collect::<Result<_, String>>()?;
            Ok(Value::map((**element).clone(), entries))
        }
        (Type::Object(object), Json::Object(members)) => {
            let entry = |(name, ty): (&Str, &Type)| {
                let value = from_json(members.get(&**name), ty).map_err(|e| within(name, &e))?;
                Ok((name.clone(), value))
            };
            let entries = object.attributes.iter().map(entry).collect::<Result<_, String>>()?;
            Ok(Value::object(entries))
        }
        _ => Err(format!("it does not hold a {name}")),
    }
}

fn number(text: &str) -> Result<Value, String> {
    match Number::parse(text) {
        Some(number) => Ok(Value::number(number)),
        None => Err(format!("{text:?} is no number")),
    }
}
