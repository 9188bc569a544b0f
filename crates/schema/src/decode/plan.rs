//! What is asked of a body, worked out once for each schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_diag::Diagnostics;
use groma_hcl::{Body, BodySchema, Content};
use groma_value::{Str, Type};

use crate::{Attribute, AttributeType, Block, NestedBlock, Nesting};

/// The word for blocks that are made from a collection.
pub(super) const DYNAMIC: &str = "dynamic";

/// A schema as its bodies are asked for it.
#[derive(Debug)]
pub(crate) struct BodyPlan {
    /// All but the attributes that may be written as blocks.
    fixed: BodySchema,
    /// Attributes that may be written as blocks, and what such blocks hold.
    ///
    /// Providers built on the older SDK cannot tell whether a list of objects is meant to be
    /// written as an attribute or as blocks, so that both must be understood.
    either: BTreeMap<Str, Either>,
    /// Asks for these as attributes.
    probe: BodySchema,
}

#[derive(Debug)]
struct Either {
    required: bool,
    block: NestedBlock,
}

/// What a body holds of what its schema names.
pub(super) struct Found<'s> {
    pub(super) content: Content,
    /// The attributes that are written as blocks here.
    pub(super) as_blocks: Vec<(&'s Str, &'s NestedBlock)>,
}

impl BodyPlan {
    pub(crate) fn new(schema: &Block) -> BodyPlan {
        let modern = schema.flags().modern;
        let mut plan = BodyPlan {
            fixed: BodySchema::new(),
            either: BTreeMap::new(),
            probe: BodySchema::new(),
        };
        for (name, attribute) in &schema.attributes {
            if let Some(block) = blocks_for(attribute).filter(|_| !modern) {
                plan.probe = plan.probe.optional([name.clone()]);
                plan.either.insert(name.clone(), Either { required: attribute.required, block });
            } else if attribute.required {
                plan.fixed = plan.fixed.required([name.clone()]);
            } else {
                plan.fixed = plan.fixed.optional([name.clone()]);
            }
        }
        for (name, nested) in &schema.blocks {
            let labels: &[&str] = if nested.nesting == Nesting::Map { &["key"] } else { &[] };
            plan.fixed = plan.fixed.block(name.clone(), labels);
        }
        plan.fixed = plan.fixed.block(DYNAMIC, &["type"]);
        plan
    }

    /// What `body` holds.
    pub(super) fn content<'s>(&'s self, body: &Body, diagnostics: &mut Diagnostics) -> Found<'s> {
        if self.either.is_empty() {
            let (content, found) = body.content(&self.fixed);
            diagnostics.extend(found);
            return Found { content, as_blocks: Vec::new() };
        }
        // A property of JSON syntax would be taken for either, and is an attribute then.
        let (as_attributes, _, _) = body.partial_content(&self.probe);
        let mut schema = self.fixed.clone();
        let mut as_blocks = Vec::new();
        for (name, either) in &self.either {
            if as_attributes.attributes.contains_key(name) {
                schema = schema.optional([name.clone()]);
            } else {
                schema = schema.block(name.clone(), &[]);
                as_blocks.push((name, &either.block));
            }
        }
        let (content, found) = body.content(&schema);
        diagnostics.extend(found);
        for (name, either) in &self.either {
            let given = content.attributes.contains_key(name)
                || content.blocks.iter().any(|b| made_type(b) == &**name);
            if either.required && !given {
                diagnostics.push(super::missing_argument(name, &content.missing_item_range));
            }
        }
        Found { content, as_blocks }
    }
}

/// The type of the blocks that a block stands for.
fn made_type(block: &groma_hcl::Block) -> &str {
    match (&*block.block_type, block.labels.first()) {
        (DYNAMIC, Some(label)) => label,
        (other, _) => other,
    }
}

/// The blocks that an attribute may be written as.
fn blocks_for(attribute: &Attribute) -> Option<NestedBlock> {
    let AttributeType::Simple(ty) = &attribute.ty else { return None };
    let (element, nesting) = match ty {
        Type::List(element) => (element, Nesting::List),
        Type::Set(element) => (element, Nesting::Set),
        _ => return None,
    };
    let Type::Object(object) = &**element else { return None };
    let attributes =
        object.attributes.iter().map(|(name, ty)| (name.clone(), Attribute::optional(ty.clone())));
    let block = Arc::new(Block::with_attributes(attributes));
    Some(NestedBlock { block, nesting, min_items: 0, max_items: 0 })
}

/// Whether a type shows that the schema was not made with the older SDK, which has no such types.
pub(crate) fn is_modern(attribute: &Attribute) -> bool {
    let AttributeType::Simple(ty) = &attribute.ty else { return true };
    match ty {
        Type::Tuple(_) | Type::Object(_) => true,
        Type::Map(element) if matches!(**element, Type::Object(_)) => true,
        ty => {
            let inner = ty.element().filter(|e| e.is_collection()).and_then(Type::element);
            inner.is_some_and(|e| !e.is_primitive())
        }
    }
}
