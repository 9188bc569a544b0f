//! The schemas of providers, in the documented format of `providers schema -json`.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use groma_addrs::Provider;
use groma_diag::Diagnostics;
use groma_schema::{
    Attribute, AttributeType, Block, IdentitySchema, NestedBlock, Nesting, ProviderSchemas, Schema,
    TextKind,
};
use groma_value::{Str, Type};
use serde::Serialize;

use super::functions::FunctionJson;
use crate::RenderError;

/// Writes the schemas of these providers, on one line and a line break.
pub fn write_provider_schemas<'a>(
    mut out: impl io::Write,
    providers: impl IntoIterator<Item = (&'a Provider, &'a dyn ProviderSchemas)>,
) -> Result<(), RenderError> {
    let mut all: BTreeMap<String, ProviderJson> = BTreeMap::new();
    for (provider, schemas) in providers {
        let json = ProviderJson::new(schemas).map_err(|d| RenderError::Data(d.to_string()))?;
        all.insert(provider.to_string(), json);
    }
    super::write(&mut out, &Report { format_version: "1.0", provider_schemas: all })?;
    Ok(writeln!(out)?)
}

#[derive(Serialize)]
struct Report {
    format_version: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    provider_schemas: BTreeMap<String, ProviderJson>,
}

#[derive(Serialize)]
struct ProviderJson {
    provider: SchemaJson,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_schemas: BTreeMap<Str, SchemaJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data_source_schemas: BTreeMap<Str, SchemaJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ephemeral_resource_schemas: BTreeMap<Str, SchemaJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    functions: BTreeMap<Str, FunctionJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_identity_schemas: BTreeMap<Str, IdentityJson>,
}

impl ProviderJson {
    fn new(schemas: &dyn ProviderSchemas) -> Result<ProviderJson, Diagnostics> {
        type Lookup<'a> = &'a dyn Fn(&str) -> Result<Option<Arc<Schema>>, Diagnostics>;
        let all = |names: Vec<Str>, of: Lookup<'_>| {
            let mut found: BTreeMap<Str, Arc<Schema>> = BTreeMap::new();
            for name in names {
                if let Some(schema) = of(&name)? {
                    found.insert(name, schema);
                }
            }
            Ok::<_, Diagnostics>(found)
        };
        let json = |found: &BTreeMap<Str, Arc<Schema>>| {
            found.iter().map(|(name, schema)| (name.clone(), SchemaJson::new(schema))).collect()
        };
        let resources = all(schemas.resource_type_names(), &|n| schemas.resource_type(n))?;
        let data = all(schemas.data_source_names(), &|n| schemas.data_source(n))?;
        let ephemeral =
            all(schemas.ephemeral_resource_type_names(), &|n| schemas.ephemeral_resource_type(n))?;
        let functions = schemas.functions()?;
        let identities = resources
            .iter()
            .filter_map(|(name, s)| Some((name.clone(), IdentityJson::new(s.identity.as_ref()?))))
            .collect();
        Ok(ProviderJson {
            provider: SchemaJson::new(&*schemas.provider()?),
            resource_schemas: json(&resources),
            data_source_schemas: json(&data),
            ephemeral_resource_schemas: json(&ephemeral),
            functions: functions.iter().map(|(n, f)| (n.clone(), FunctionJson::new(f))).collect(),
            resource_identity_schemas: identities,
        })
    }
}

#[derive(Serialize)]
struct SchemaJson {
    version: i64,
    block: BlockJson,
}

impl SchemaJson {
    fn new(schema: &Schema) -> SchemaJson {
        SchemaJson { version: schema.version, block: BlockJson::new(&schema.block) }
    }
}

#[derive(Serialize)]
struct BlockJson {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<Str, AttributeJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    block_types: BTreeMap<Str, BlockTypeJson>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    description_kind: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    deprecated: bool,
}

impl BlockJson {
    fn new(block: &Block) -> BlockJson {
        BlockJson {
            attributes: attributes(&block.attributes),
            block_types: block
                .blocks
                .iter()
                .map(|(name, nested)| (name.clone(), BlockTypeJson::new(nested)))
                .collect(),
            description: block.description.clone(),
            description_kind: kind(block.description_kind),
            deprecated: block.deprecated,
        }
    }
}

#[derive(Serialize)]
struct BlockTypeJson {
    nesting_mode: &'static str,
    block: BlockJson,
    #[serde(skip_serializing_if = "is_zero")]
    min_items: u64,
    #[serde(skip_serializing_if = "is_zero")]
    max_items: u64,
}

impl BlockTypeJson {
    fn new(nested: &NestedBlock) -> BlockTypeJson {
        BlockTypeJson {
            nesting_mode: nesting(nested.nesting),
            block: BlockJson::new(&nested.block),
            min_items: nested.min_items,
            max_items: nested.max_items,
        }
    }
}

#[derive(Serialize)]
struct AttributeJson {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<Type>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested_type: Option<NestedTypeJson>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    description_kind: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    deprecated: bool,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    #[serde(skip_serializing_if = "is_false")]
    optional: bool,
    #[serde(skip_serializing_if = "is_false")]
    computed: bool,
    #[serde(skip_serializing_if = "is_false")]
    sensitive: bool,
    #[serde(skip_serializing_if = "is_false")]
    write_only: bool,
}

#[derive(Serialize)]
struct NestedTypeJson {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<Str, AttributeJson>,
    nesting_mode: &'static str,
}

fn attributes(attributes: &BTreeMap<Str, Attribute>) -> BTreeMap<Str, AttributeJson> {
    attributes.iter().map(|(name, a)| (name.clone(), AttributeJson::new(a))).collect()
}

impl AttributeJson {
    fn new(attribute: &Attribute) -> AttributeJson {
        let (ty, nested_type) = match &attribute.ty {
            AttributeType::Simple(ty) => (Some(ty.clone()), None),
            AttributeType::Nested(nested) => {
                let attributes = attributes(&nested.attributes);
                let nesting_mode = nesting(nested.nesting);
                (None, Some(NestedTypeJson { attributes, nesting_mode }))
            }
        };
        AttributeJson {
            ty,
            nested_type,
            description: attribute.description.clone(),
            description_kind: kind(attribute.description_kind),
            deprecated: attribute.deprecated,
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
        }
    }
}

#[derive(Serialize)]
struct IdentityJson {
    version: i64,
    attributes: BTreeMap<Str, IdentityAttributeJson>,
}

#[derive(Serialize)]
struct IdentityAttributeJson {
    #[serde(rename = "type")]
    ty: Type,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "is_false")]
    required_for_import: bool,
    #[serde(skip_serializing_if = "is_false")]
    optional_for_import: bool,
}

impl IdentityJson {
    fn new(identity: &IdentitySchema) -> IdentityJson {
        let attributes = identity.attributes.iter().map(|(name, attribute)| {
            let json = IdentityAttributeJson {
                ty: attribute.ty.clone(),
                description: attribute.description.clone(),
                required_for_import: attribute.required_for_import,
                optional_for_import: attribute.optional_for_import,
            };
            (name.clone(), json)
        });
        IdentityJson { version: identity.version, attributes: attributes.collect() }
    }
}

fn kind(kind: TextKind) -> &'static str {
    match kind {
        TextKind::Plain => "plain",
        TextKind::Markdown => "markdown",
    }
}

fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}
