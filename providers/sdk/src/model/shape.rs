//! What follows from the fields of a model alone.

use std::sync::Arc;

use groma_schema::{Block, IdentitySchema};
use groma_value::{Entries, Str, Type, Value};

/// The schema of a model, with what writing its objects takes: made once for each model, for objects
/// are read and written by the thousand.
#[derive(Debug)]
pub struct Shape {
    block: Arc<Block>,
    /// All members of an object, attributes and blocks, in the byte order of their names.
    members: Vec<(Str, Type)>,
    fields: Vec<&'static str>,
    variadic: Option<&'static str>,
    identity: Option<IdentitySchema>,
}

impl Shape {
    pub(super) fn new(
        block: Block,
        fields: Vec<&'static str>,
        variadic: Option<&'static str>,
        identity: Option<IdentitySchema>,
    ) -> Shape {
        let members = match block.implied_type() {
            Type::Object(object) => {
                object.attributes.iter().map(|(name, ty)| (name.clone(), ty.clone())).collect()
            }
            // A schema's type is an object's.
            _ => Vec::new(),
        };
        Shape { block: Arc::new(block), members, fields, variadic, identity }
    }

    /// What identifies an object, if fields are marked so.
    pub fn identity(&self) -> Option<&IdentitySchema> {
        self.identity.as_ref()
    }

    /// The names of the attributes in the order of the fields, which is that of a function's parameters.
    pub(crate) fn fields(&self) -> &[&'static str] {
        &self.fields
    }

    /// The attribute that takes all further arguments of a function.
    pub(crate) fn variadic(&self) -> Option<&'static str> {
        self.variadic
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
