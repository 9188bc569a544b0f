//! From definitions to schemas and planning rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_sdk::Rules;
use groma_sdk::schema::{
    Attribute, AttributeType, Block, IdentityAttribute, IdentitySchema, NestedBlock, NestedObject,
    Nesting, Schema, TextKind,
};
use groma_sdk::value::{Str, Type};

use crate::definition::{self, Definition, Kind, Mode};

/// What the schema is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Resource,
    /// All attributes are computed.
    DataSource,
}

/// The schema of a managed resource type.
pub(crate) fn resource(definition: &Definition) -> Schema {
    let mut block = whole(definition, Purpose::Resource);
    block.attributes.insert("id".into(), Attribute::optional_computed(Type::String));
    let id = IdentityAttribute {
        ty: Type::String,
        required_for_import: true,
        optional_for_import: false,
        description: "What the resource is found by.".to_owned(),
    };
    let identity = IdentitySchema { version: 0, attributes: [("id".into(), id)].into() };
    Schema { block, identity: Some(identity), ..Schema::default() }
}

/// The schema of a data source.
pub(crate) fn data_source(definition: &Definition) -> Schema {
    let mut block = whole(definition, Purpose::DataSource);
    block.attributes.insert("id".into(), Attribute::required(Type::String));
    Schema { block, ..Schema::default() }
}

/// The schema of an ephemeral resource type.
pub(crate) fn ephemeral(definition: &Definition) -> Schema {
    Schema { block: whole(definition, Purpose::Resource), ..Schema::default() }
}

fn whole(definition: &Definition, purpose: Purpose) -> Block {
    let mut block = body(&definition.attributes, &definition.blocks, purpose);
    describe(&mut block, definition.description);
    block
}

fn describe(block: &mut Block, description: &str) {
    if !description.is_empty() {
        block.description = description.to_owned();
        block.description_kind = TextKind::Markdown;
    }
}

fn body(
    attributes: &BTreeMap<String, definition::Attribute>,
    blocks: &BTreeMap<String, definition::Block>,
    purpose: Purpose,
) -> Block {
    let mut body = Block::with_attributes(members(attributes, purpose));
    for (name, block) in blocks {
        let mut inner = self::body(&block.attributes, &block.blocks, purpose);
        describe(&mut inner, block.description);
        let nesting = match block.mode {
            Mode::List => Nesting::List,
            Mode::Set => Nesting::Set,
        };
        let nested = NestedBlock { block: Arc::new(inner), nesting, min_items: 0, max_items: 0 };
        body.blocks.insert(name.as_str().into(), nested);
    }
    body
}

fn members(
    attributes: &BTreeMap<String, definition::Attribute>,
    purpose: Purpose,
) -> BTreeMap<Str, Attribute> {
    attributes.iter().map(|(name, a)| (name.as_str().into(), attribute(a, purpose))).collect()
}

fn attribute(a: &definition::Attribute, purpose: Purpose) -> Attribute {
    let ty = match a.nested() {
        Some(nested) => AttributeType::Nested(Box::new(NestedObject {
            attributes: members(nested, purpose),
            nesting: match a.kind {
                Kind::List => Nesting::List,
                Kind::Map => Nesting::Map,
                Kind::Set => Nesting::Set,
                _ => Nesting::Single,
            },
        })),
        None => AttributeType::Simple(a.ty()),
    };
    let of_resource = purpose == Purpose::Resource;
    let described = !a.description.is_empty();
    Attribute {
        ty,
        description: a.description.to_owned(),
        description_kind: if described { TextKind::Markdown } else { TextKind::Plain },
        required: of_resource && a.required,
        optional: of_resource && a.optional,
        computed: !of_resource || a.computed,
        sensitive: a.sensitive,
        write_only: of_resource && a.write_only,
        ..Attribute::new(Type::Bool)
    }
}

/// How a managed resource type is planned.
pub(crate) fn rules(definition: &Definition) -> Rules {
    let rules = Rules::new().keep(["id"]).replace(["id"]);
    let rules = attribute_rules(rules, "", &definition.attributes);
    block_rules(rules, "", &definition.blocks)
}

fn attribute_rules(
    mut rules: Rules,
    prefix: &str,
    attributes: &BTreeMap<String, definition::Attribute>,
) -> Rules {
    for (name, attribute) in attributes {
        let path = format!("{prefix}{name}");
        if attribute.computed {
            rules = rules.keep([&*path]);
        }
        if attribute.replace {
            rules = rules.replace([&*path]);
        }
        if let Some(nested) = attribute.nested() {
            rules = attribute_rules(rules, &format!("{path}."), nested);
        }
    }
    rules
}

fn block_rules(
    mut rules: Rules,
    prefix: &str,
    blocks: &BTreeMap<String, definition::Block>,
) -> Rules {
    for (name, block) in blocks {
        let prefix = format!("{prefix}{name}.");
        rules = attribute_rules(rules, &prefix, &block.attributes);
        rules = block_rules(rules, &prefix, &block.blocks);
    }
    rules
}
