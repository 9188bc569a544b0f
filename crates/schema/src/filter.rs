//! Schemas without some of what they hold.

use std::sync::Arc;

use crate::{Attribute, AttributeType, Block, NestedBlock, NestedObject};

impl Block {
    /// The schema with just those attributes and block types, at every level, that are to be kept.
    pub fn filter(
        &self,
        keep_attribute: &dyn Fn(&str, &Attribute) -> bool,
        keep_block: &dyn Fn(&str, &NestedBlock) -> bool,
    ) -> Block {
        let attributes = self
            .attributes
            .iter()
            .filter(|(name, a)| keep_attribute(name, a))
            .map(|(name, a)| (name.clone(), filtered(a, keep_attribute)));
        let mut block = Block::with_attributes(attributes);
        block.description.clone_from(&self.description);
        block.description_kind = self.description_kind;
        block.deprecated = self.deprecated;
        for (name, nested) in self.blocks.iter().filter(|(name, b)| keep_block(name, b)) {
            let inner = Arc::new(nested.block.filter(keep_attribute, keep_block));
            block.blocks.insert(name.clone(), NestedBlock { block: inner, ..nested.clone() });
        }
        block
    }

    /// The schema without attributes that only the provider sets: what configuration can say.
    pub fn configurable(&self) -> Block {
        self.filter(&|_, a| a.required || a.optional || !a.computed, &|_, _| true)
    }
}

fn filtered(attribute: &Attribute, keep: &dyn Fn(&str, &Attribute) -> bool) -> Attribute {
    let mut attribute = attribute.clone();
    if let AttributeType::Nested(nested) = &attribute.ty {
        let attributes = nested
            .attributes
            .iter()
            .filter(|(name, a)| keep(name, a))
            .map(|(name, a)| (name.clone(), filtered(a, keep)))
            .collect();
        attribute.ty =
            AttributeType::Nested(Box::new(NestedObject { attributes, nesting: nested.nesting }));
    }
    attribute
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_value::Type;

    #[test]
    fn what_the_provider_sets_is_not_configurable() {
        let block = Block::with_attributes([
            ("name", Attribute::required(Type::String)),
            ("size", Attribute::optional_computed(Type::Number)),
            ("id", Attribute::computed(Type::String)),
        ]);
        let names: Vec<_> = block.configurable().attributes.into_keys().collect();
        assert_eq!(names, ["name".into(), "size".into()] as [groma_value::Str; 2]);
    }
}
