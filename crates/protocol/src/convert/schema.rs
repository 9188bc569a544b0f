//! Schemas.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_schema::{
    Attribute, AttributeType, Block, IdentityAttribute, IdentitySchema, NestedBlock, NestedObject,
    Nesting, Schema, ServerCapabilities, TextKind,
};
use groma_value::Str;

use super::{ConvertError, type_from_json, type_to_json};
use crate::tfplugin6 as wire;
use wire::schema::nested_block::NestingMode as BlockNesting;
use wire::schema::object::NestingMode as ObjectNesting;

/// What a schema message says. The identity is not part of the message and stays empty.
pub fn schema_from_wire(schema: wire::Schema) -> Result<Schema, ConvertError> {
    let block = schema.block.map(block_from_wire).transpose()?.unwrap_or_default();
    Ok(Schema { version: schema.version, block, identity: None })
}

fn block_from_wire(block: wire::schema::Block) -> Result<Block, ConvertError> {
    let mut result = Block::default();
    result.description_kind = text_kind(block.description_kind());
    result.description = block.description;
    result.deprecated = block.deprecated;
    result.attributes = attributes_from_wire(block.attributes)?;
    for nested in block.block_types {
        let name = Str::from(nested.type_name.as_str());
        let nested = nested_block_from_wire(nested).map_err(|e| e.inside(&name))?;
        result.blocks.insert(name, nested);
    }
    Ok(result)
}

fn attributes_from_wire(
    attributes: Vec<wire::schema::Attribute>,
) -> Result<BTreeMap<Str, Attribute>, ConvertError> {
    attributes
        .into_iter()
        .map(|a| {
            let name = Str::from(a.name.as_str());
            let attribute = attribute_from_wire(a).map_err(|e| e.inside(&name))?;
            Ok((name, attribute))
        })
        .collect()
}

fn attribute_from_wire(attribute: wire::schema::Attribute) -> Result<Attribute, ConvertError> {
    let description_kind = text_kind(attribute.description_kind());
    let ty = match attribute.nested_type {
        Some(object) => AttributeType::Nested(Box::new(nested_object_from_wire(object)?)),
        None => AttributeType::Simple(type_from_json(&attribute.r#type)?),
    };
    Ok(Attribute {
        ty,
        description: attribute.description,
        description_kind,
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated,
    })
}

fn nested_object_from_wire(object: wire::schema::Object) -> Result<NestedObject, ConvertError> {
    let nesting = match object.nesting() {
        ObjectNesting::Single => Nesting::Single,
        ObjectNesting::List => Nesting::List,
        ObjectNesting::Set => Nesting::Set,
        ObjectNesting::Map => Nesting::Map,
        ObjectNesting::Invalid => return Err(unknown_nesting(object.nesting)),
    };
    Ok(NestedObject { attributes: attributes_from_wire(object.attributes)?, nesting })
}

fn nested_block_from_wire(nested: wire::schema::NestedBlock) -> Result<NestedBlock, ConvertError> {
    let nesting = match nested.nesting() {
        BlockNesting::Single => Nesting::Single,
        BlockNesting::Group => Nesting::Group,
        BlockNesting::List => Nesting::List,
        BlockNesting::Set => Nesting::Set,
        BlockNesting::Map => Nesting::Map,
        BlockNesting::Invalid => return Err(unknown_nesting(nested.nesting)),
    };
    let block = nested.block.map(block_from_wire).transpose()?.unwrap_or_default();
    Ok(NestedBlock {
        block: Arc::new(block),
        nesting,
        min_items: u64::try_from(nested.min_items).unwrap_or(0),
        max_items: u64::try_from(nested.max_items).unwrap_or(0),
    })
}

fn unknown_nesting(mode: i32) -> ConvertError {
    ConvertError::new(format!("the nesting mode {mode} is not one of the protocol"))
}

fn text_kind(kind: wire::StringKind) -> TextKind {
    match kind {
        wire::StringKind::Plain => TextKind::Plain,
        wire::StringKind::Markdown => TextKind::Markdown,
    }
}

pub(super) fn text_kind_to_wire(kind: TextKind) -> i32 {
    match kind {
        TextKind::Plain => wire::StringKind::Plain.into(),
        TextKind::Markdown => wire::StringKind::Markdown.into(),
    }
}

pub(super) fn text_kind_from_wire(kind: i32) -> TextKind {
    text_kind(wire::StringKind::try_from(kind).unwrap_or_default())
}

/// The message that says what a schema says, but for the identity, which goes its own way.
pub fn schema_to_wire(schema: &Schema) -> wire::Schema {
    let mut block = block_to_wire(&schema.block);
    block.version = schema.version;
    wire::Schema { version: schema.version, block: Some(block) }
}

fn block_to_wire(block: &Block) -> wire::schema::Block {
    wire::schema::Block {
        version: 0,
        attributes: attributes_to_wire(&block.attributes),
        block_types: block.blocks.iter().map(|(n, b)| nested_block_to_wire(n, b)).collect(),
        description: block.description.clone(),
        description_kind: text_kind_to_wire(block.description_kind),
        deprecated: block.deprecated,
        deprecation_message: String::new(),
    }
}

fn attributes_to_wire(attributes: &BTreeMap<Str, Attribute>) -> Vec<wire::schema::Attribute> {
    attributes.iter().map(|(n, a)| attribute_to_wire(n, a)).collect()
}

fn attribute_to_wire(name: &str, attribute: &Attribute) -> wire::schema::Attribute {
    let (ty, nested) = match &attribute.ty {
        AttributeType::Simple(ty) => (type_to_json(ty), None),
        AttributeType::Nested(nested) => (Default::default(), Some(nested_object_to_wire(nested))),
    };
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: ty,
        nested_type: nested,
        description: attribute.description.clone(),
        description_kind: text_kind_to_wire(attribute.description_kind),
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated,
        deprecation_message: String::new(),
    }
}

fn nested_object_to_wire(object: &NestedObject) -> wire::schema::Object {
    let nesting = match object.nesting {
        Nesting::Single | Nesting::Group => ObjectNesting::Single,
        Nesting::List => ObjectNesting::List,
        Nesting::Set => ObjectNesting::Set,
        Nesting::Map => ObjectNesting::Map,
    };
    wire::schema::Object {
        attributes: attributes_to_wire(&object.attributes),
        nesting: nesting.into(),
        min_items: 0,
        max_items: 0,
    }
}

fn nested_block_to_wire(name: &str, nested: &NestedBlock) -> wire::schema::NestedBlock {
    let nesting = match nested.nesting {
        Nesting::Single => BlockNesting::Single,
        Nesting::Group => BlockNesting::Group,
        Nesting::List => BlockNesting::List,
        Nesting::Set => BlockNesting::Set,
        Nesting::Map => BlockNesting::Map,
    };
    wire::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block_to_wire(&nested.block)),
        nesting: nesting.into(),
        min_items: i64::try_from(nested.min_items).unwrap_or(i64::MAX),
        max_items: i64::try_from(nested.max_items).unwrap_or(i64::MAX),
    }
}

/// What an identity schema message says.
pub fn identity_from_wire(
    identity: wire::ResourceIdentitySchema,
) -> Result<IdentitySchema, ConvertError> {
    let attributes = identity
        .identity_attributes
        .into_iter()
        .map(|a| {
            let attribute = IdentityAttribute {
                ty: type_from_json(&a.r#type).map_err(|e| e.inside(&a.name))?,
                required_for_import: a.required_for_import,
                optional_for_import: a.optional_for_import,
                description: a.description,
            };
            Ok((Str::from(a.name), attribute))
        })
        .collect::<Result<_, ConvertError>>()?;
    Ok(IdentitySchema { version: identity.version, attributes })
}

/// The message that says what an identity schema says.
pub fn identity_to_wire(identity: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attributes = identity.attributes.iter().map(|(name, a)| {
        wire::resource_identity_schema::IdentityAttribute {
            name: name.to_string(),
            r#type: type_to_json(&a.ty),
            required_for_import: a.required_for_import,
            optional_for_import: a.optional_for_import,
            description: a.description.clone(),
        }
    });
    wire::ResourceIdentitySchema {
        version: identity.version,
        identity_attributes: attributes.collect(),
    }
}

/// What a plugin says that it can do; nothing where it says nothing.
pub fn capabilities_from_wire(
    capabilities: Option<wire::ServerCapabilities>,
) -> ServerCapabilities {
    capabilities.map_or_else(ServerCapabilities::default, |c| ServerCapabilities {
        plan_destroy: c.plan_destroy,
        get_provider_schema_optional: c.get_provider_schema_optional,
        move_resource_state: c.move_resource_state,
        generate_resource_config: c.generate_resource_config,
    })
}

/// The message that says what a plugin can do.
pub fn capabilities_to_wire(capabilities: ServerCapabilities) -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: capabilities.plan_destroy,
        get_provider_schema_optional: capabilities.get_provider_schema_optional,
        move_resource_state: capabilities.move_resource_state,
        generate_resource_config: capabilities.generate_resource_config,
    }
}
