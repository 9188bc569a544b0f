//! What follows from the fields of a model alone.

use std::sync::Arc;

use groma_schema::Block;
use groma_value::{Entries, Str, Type, Value};

/// The schema of a model, with what writing its objects takes: made once for each model, for objects
/// are read and written by the thousand.
#[derive(Debug)]
pub struct Shape {
    block: Arc<Block>,
    /// All members of an object, attributes and blocks, in the byte order of their names.
    members: Vec<(Str, Type)>,
}

impl Shape {
    pub(super) fn new(block: Block) -> Shape {
        let members = match block.implied_type() {
            Type::Object(object) => {
                object.attributes.iter().map(|(name, ty)| (name.clone(), ty.clone())).collect()
            }
            // A schema's type is an object's.
            _ => Vec::new(),
        };
        Shape { block: Arc::new(block), members }
    }

    /// The schema.
    pub fn block(&self) -> &Block {
        &self.block
    }

    pub(super) fn shared_block(&self) -> Arc<Block> {
        self.block.clone()
    }

    /// The object of these members: one each, made of the member's type, in the order of names.
    pub fn object<'m, const N: usize>(&'m self, members: [&dyn Fn(&'m Type) -> Value; N]) -> Value {
        let written = self.members.iter().zip(members);
        Value::object(Entries::from_iter(
            written.map(|((name, ty), write)| (name.clone(), write(ty))),
        ))
    }
}
