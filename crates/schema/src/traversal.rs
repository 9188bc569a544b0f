//! Whether steps lead anywhere in an object of a block, by the schema alone.

use groma_diag::Diagnostic;
use groma_hcl::{TraversalStep, nearest_name};
use groma_value::Type;

use crate::{Attribute, AttributeType, Block, Nesting};

impl Block {
    /// Follows steps into an object of this block. Gives the attribute that they lead to, or into;
    /// none for a nested block, and where only the value can tell.
    ///
    /// Steps that name nothing are an error, which stands at the step.
    pub fn follow(&self, steps: &[TraversalStep]) -> Result<Option<&Attribute>, Box<Diagnostic>> {
        let mut block = self;
        let mut steps = steps;
        loop {
            let [TraversalStep::Attr { name, .. }, rest @ ..] = steps else { return Ok(None) };
            if let Some(attribute) = block.attributes.get(name) {
                attribute.follow(rest)?;
                return Ok(Some(attribute));
            }
            let Some(nested) = block.blocks.get(name) else {
                let names = block.attributes.keys().chain(block.blocks.keys());
                return Err(unsupported(&steps[0], names.map(|n| &**n)));
            };
            let Some(rest) = inside(nested.nesting, rest) else { return Ok(None) };
            (block, steps) = (&nested.block, rest);
        }
    }
}

impl Attribute {
    fn follow(&self, steps: &[TraversalStep]) -> Result<(), Box<Diagnostic>> {
        let (mut attribute, mut steps) = (self, steps);
        loop {
            match &attribute.ty {
                AttributeType::Simple(ty) => return follow_type(ty, steps),
                AttributeType::Nested(nested) => {
                    let Some(rest) = inside(nested.nesting, steps) else { return Ok(()) };
                    let [step @ TraversalStep::Attr { name, .. }, rest @ ..] = rest else {
                        return Ok(());
                    };
                    let Some(inner) = nested.attributes.get(name) else {
                        return Err(unsupported(step, nested.attributes.keys().map(|n| &**n)));
                    };
                    (attribute, steps) = (inner, rest);
                }
            }
        }
    }
}

/// The steps within one of the nested objects; `None` if there are none, or if they cannot be
/// told apart from the collection's.
fn inside(nesting: Nesting, steps: &[TraversalStep]) -> Option<&[TraversalStep]> {
    match nesting {
        Nesting::Single | Nesting::Group => Some(steps),
        Nesting::List | Nesting::Set | Nesting::Map => match steps {
            [TraversalStep::Index { .. }, rest @ ..] => Some(rest),
            _ => None,
        },
    }
}

/// Only objects say what they have; what is in collections is theirs to tell.
fn follow_type(ty: &Type, steps: &[TraversalStep]) -> Result<(), Box<Diagnostic>> {
    let (mut ty, mut steps) = (ty, steps);
    while let ([step @ TraversalStep::Attr { name, .. }, rest @ ..], Type::Object(object)) =
        (steps, ty)
    {
        let Some(inner) = object.attributes.get(name) else {
            return Err(unsupported(step, object.attributes.keys().map(|n| &**n)));
        };
        (ty, steps) = (inner, rest);
    }
    Ok(())
}

fn unsupported<'a>(step: &TraversalStep, names: impl Iterator<Item = &'a str>) -> Box<Diagnostic> {
    let name = step.attr_name().map_or("", |name| &**name);
    let hint = match nearest_name(name, names) {
        Some(near) => format!(" Did you mean {near:?}?"),
        None => String::new(),
    };
    let detail = format!(
        "This object has no argument, nested block, or exported attribute named {name:?}.{hint}"
    );
    Box::new(Diagnostic::error("Unsupported attribute", detail).at(step.range()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use groma_diag::Pos;

    use super::*;
    use crate::{NestedBlock, NestedObject};

    fn block() -> Block {
        let inner = Block::with_attributes([("port", Attribute::optional(Type::Number))]);
        let nested = |nesting| NestedBlock {
            block: Arc::new(inner.clone()),
            nesting,
            min_items: 0,
            max_items: 0,
        };
        let mut object = Attribute::optional(Type::String);
        object.ty = AttributeType::Nested(Box::new(NestedObject {
            attributes: [("id".into(), Attribute::computed(Type::String))].into(),
            nesting: Nesting::Map,
        }));
        let mut block = Block::with_attributes([
            ("name", Attribute::optional(Type::String)),
            ("tags", Attribute::optional(Type::map(Type::String))),
        ]);
        block.attributes.insert("object".into(), object);
        block.blocks.insert("single".into(), nested(Nesting::Single));
        block.blocks.insert("list".into(), nested(Nesting::List));
        block
    }

    fn follow(text: &str) -> Result<bool, String> {
        let (traversal, _) =
            groma_hcl::parse_traversal(format!("x.{text}").as_bytes(), "t", Pos::START);
        let steps = traversal.unwrap().steps;
        block().follow(&steps).map(|a| a.is_some()).map_err(|d| d.detail)
    }

    #[test]
    fn steps_lead_to_attributes_and_into_blocks() {
        for text in ["name", "tags.anything", "tags[\"x\"]", "object[\"k\"].id", "single.port"] {
            assert_eq!(follow(text), Ok(true), "{text}");
        }
        for text in ["single", "list", "list[0]", "list.port"] {
            assert_eq!(follow(text), Ok(false), "{text}");
        }
        assert_eq!(follow("list[0].port"), Ok(true));
    }

    #[test]
    fn what_names_nothing_is_told_with_what_is_near() {
        for (text, near) in [
            ("nam", "name"),
            ("single.prt", "port"),
            ("list[0].prt", "port"),
            ("object[\"k\"].ids", "id"),
        ] {
            let detail = follow(text).unwrap_err();
            assert!(detail.ends_with(&format!("Did you mean {near:?}?")), "{detail}");
        }
    }
}
