//! Schemas from models.

use std::sync::Arc;

use groma_schema::{
    Attribute, AttributeType, Block, IdentityAttribute, IdentitySchema, NestedBlock, Nesting,
};

use super::{Model, Shape, Typed};

/// What a model says of an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// The provider sets it.
    pub computed: bool,
    /// Its value must not be shown.
    pub sensitive: bool,
    /// Its value is never stored.
    pub write_only: bool,
    /// Its use is discouraged.
    pub deprecated: bool,
    /// It has nested attributes, rather than an object type.
    pub nested: bool,
}

/// Builds the schema of a model, field by field.
#[derive(Debug, Default)]
pub struct BlockBuilder {
    block: Block,
    fields: Vec<&'static str>,
    variadic: Option<&'static str>,
    identity: Option<IdentitySchema>,
}

impl BlockBuilder {
    /// A schema without attributes.
    pub fn new(description: &str) -> BlockBuilder {
        let mut block = Block::default();
        description.clone_into(&mut block.description);
        BlockBuilder { block, ..BlockBuilder::default() }
    }

    /// Adds an attribute whose values are `T`s.
    pub fn attribute<T: Typed>(&mut self, name: &'static str, description: &str, flags: Flags) {
        let ty = match T::nested().filter(|_| flags.nested) {
            Some(nested) => AttributeType::Nested(Box::new(nested)),
            None => AttributeType::Simple(T::ty()),
        };
        let attribute = Attribute {
            ty,
            description: description.to_owned(),
            description_kind: groma_schema::TextKind::Plain,
            required: flags.required,
            optional: flags.optional,
            computed: flags.computed,
            sensitive: flags.sensitive,
            write_only: flags.write_only,
            deprecated: flags.deprecated,
        };
        self.block.attributes.insert(name.into(), attribute);
        self.fields.push(name);
    }

    /// Makes an attribute a part of the object's identity, which an import must or may give.
    pub fn identity<T: Typed>(&mut self, name: &'static str, description: &str, required: bool) {
        let attribute = IdentityAttribute {
            ty: T::ty(),
            required_for_import: required,
            optional_for_import: !required,
            description: description.to_owned(),
        };
        let identity = self.identity.get_or_insert_default();
        identity.attributes.insert(name.into(), attribute);
    }

    /// Sets the version of the identity's schema.
    pub fn identity_version(&mut self, version: i64) {
        self.identity.get_or_insert_default().version = version;
    }

    /// Makes an attribute, which holds a list, take all further arguments of a function.
    pub fn variadic(&mut self, name: &'static str) {
        self.variadic = Some(name);
    }

    /// Adds a type of nested blocks.
    pub fn blocks<M: Model>(
        &mut self,
        name: &'static str,
        description: &str,
        nesting: Nesting,
        min_items: u64,
        max_items: u64,
        deprecated: bool,
    ) {
        let mut block = M::shape().shared_block();
        if deprecated || !description.is_empty() {
            let own = Arc::make_mut(&mut block);
            if !description.is_empty() {
                description.clone_into(&mut own.description);
            }
            own.deprecated |= deprecated;
        }
        let nested = NestedBlock { block, nesting, min_items, max_items };
        self.block.blocks.insert(name.into(), nested);
    }

    /// The schema and what follows from it.
    pub fn finish(self) -> Shape {
        Shape::new(self.block, self.fields, self.variadic, self.identity)
    }
}
