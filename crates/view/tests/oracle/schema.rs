//! Schemas from their JSON form.

use std::sync::Arc;

use groma_addrs::{Provider, ResourceMode};
use groma_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema};
use groma_value::{Type, json::type_from_json};
use groma_view::SchemaTable;
use serde_json::Value as Json;

/// All schemas.
pub(crate) fn table(json: &Json) -> SchemaTable {
    let mut table = SchemaTable::default();
    for (name, schemas) in json["provider_schemas"].as_object().into_iter().flatten() {
        let provider = Provider::parse(name).unwrap();
        table.providers.insert(provider.clone(), Arc::new(schema(&schemas["provider"])));
        for (mode, key) in [
            (ResourceMode::Managed, "resource_schemas"),
            (ResourceMode::Data, "data_source_schemas"),
        ] {
            for (ty, json) in schemas[key].as_object().into_iter().flatten() {
                let key = (provider.clone(), mode, (&**ty).into());
                table.resources.insert(key, Arc::new(schema(json)));
            }
        }
    }
    table
}

fn schema(json: &Json) -> Schema {
    Schema {
        version: json["version"].as_i64().unwrap_or_default(),
        block: block(&json["block"]),
        identity: None,
    }
}

fn block(json: &Json) -> Block {
    let mut block = Block::default();
    for (name, json) in json["attributes"].as_object().into_iter().flatten() {
        block.attributes.insert((&**name).into(), attribute(json));
    }
    for (name, json) in json["block_types"].as_object().into_iter().flatten() {
        let count = |key: &str| json[key].as_u64().unwrap_or_default();
        let nested = NestedBlock {
            block: Arc::new(self::block(&json["block"])),
            nesting: nesting(json),
            min_items: count("min_items"),
            max_items: count("max_items"),
        };
        block.blocks.insert((&**name).into(), nested);
    }
    block
}

fn attribute(json: &Json) -> Attribute {
    let flag = |key: &str| json[key].as_bool().unwrap_or_default();
    let ty = match json.get("nested_type") {
        Some(nested) => AttributeType::Nested(Box::new(NestedObject {
            attributes: nested["attributes"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, json)| ((&**name).into(), attribute(json)))
                .collect(),
            nesting: nesting(nested),
        })),
        None => AttributeType::Simple(type_from_json(&json["type"]).unwrap()),
    };
    Attribute {
        ty,
        required: flag("required"),
        optional: flag("optional"),
        computed: flag("computed"),
        sensitive: flag("sensitive"),
        write_only: flag("write_only"),
        deprecated: flag("deprecated"),
        ..Attribute::new(Type::Dynamic)
    }
}

fn nesting(json: &Json) -> Nesting {
    match json["nesting_mode"].as_str().unwrap() {
        "single" => Nesting::Single,
        "group" => Nesting::Group,
        "list" => Nesting::List,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        other => panic!("{other}"),
    }
}
