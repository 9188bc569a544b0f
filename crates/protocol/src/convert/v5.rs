//! Schemas of protocol 5, which differ from protocol 6's in nothing but a few field numbers and the
//! absence of nested attributes.

use super::ConvertError;
use crate::{tfplugin5 as v5, tfplugin6 as v6};

/// The same schema as a message of protocol 6.
pub fn schema_from_v5(schema: v5::Schema) -> v6::Schema {
    v6::Schema { version: schema.version, block: schema.block.map(block_from_v5) }
}

fn block_from_v5(block: v5::schema::Block) -> v6::schema::Block {
    v6::schema::Block {
        version: block.version,
        attributes: block.attributes.into_iter().map(attribute_from_v5).collect(),
        block_types: block.block_types.into_iter().map(nested_block_from_v5).collect(),
        description: block.description,
        description_kind: block.description_kind,
        deprecated: block.deprecated,
        deprecation_message: block.deprecation_message,
    }
}

fn attribute_from_v5(attribute: v5::schema::Attribute) -> v6::schema::Attribute {
    v6::schema::Attribute {
        name: attribute.name,
        r#type: attribute.r#type,
        nested_type: None,
        description: attribute.description,
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        description_kind: attribute.description_kind,
        deprecated: attribute.deprecated,
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecation_message,
    }
}

fn nested_block_from_v5(nested: v5::schema::NestedBlock) -> v6::schema::NestedBlock {
    v6::schema::NestedBlock {
        type_name: nested.type_name,
        block: nested.block.map(block_from_v5),
        nesting: nested.nesting,
        min_items: nested.min_items,
        max_items: nested.max_items,
    }
}

/// The same schema as a message of protocol 5; an error where it has nested attributes, which that
/// protocol does not know.
pub fn schema_to_v5(schema: v6::Schema) -> Result<v5::Schema, ConvertError> {
    let block = schema.block.map(block_to_v5).transpose()?;
    Ok(v5::Schema { version: schema.version, block })
}

fn block_to_v5(block: v6::schema::Block) -> Result<v5::schema::Block, ConvertError> {
    let attributes = block.attributes.into_iter().map(attribute_to_v5);
    let block_types = block.block_types.into_iter().map(nested_block_to_v5);
    Ok(v5::schema::Block {
        version: block.version,
        attributes: attributes.collect::<Result<_, _>>()?,
        block_types: block_types.collect::<Result<_, _>>()?,
        description: block.description,
        description_kind: block.description_kind,
        deprecated: block.deprecated,
        deprecation_message: block.deprecation_message,
    })
}

fn attribute_to_v5(
    attribute: v6::schema::Attribute,
) -> Result<v5::schema::Attribute, ConvertError> {
    if attribute.nested_type.is_some() {
        let reason = "protocol 5 has no nested attributes";
        return Err(ConvertError::new(reason).inside(&attribute.name));
    }
    Ok(v5::schema::Attribute {
        name: attribute.name,
        r#type: attribute.r#type,
        description: attribute.description,
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        description_kind: attribute.description_kind,
        deprecated: attribute.deprecated,
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecation_message,
    })
}

fn nested_block_to_v5(
    nested: v6::schema::NestedBlock,
) -> Result<v5::schema::NestedBlock, ConvertError> {
    let block = nested.block.map(block_to_v5).transpose();
    Ok(v5::schema::NestedBlock {
        block: block.map_err(|e| e.inside(&nested.type_name))?,
        type_name: nested.type_name,
        nesting: nested.nesting,
        min_items: nested.min_items,
        max_items: nested.max_items,
    })
}
