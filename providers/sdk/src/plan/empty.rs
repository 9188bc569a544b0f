//! Objects with nothing set.

use groma_schema::{Block, NestedBlock, Nesting};
use groma_value::{Entries, Type, Value};

/// An object of this schema with nothing set: attributes are null, and there are no nested blocks.
pub fn empty_object(block: &Block) -> Value {
    let attributes =
        block.attributes.iter().map(|(n, a)| (n.clone(), Value::null(a.implied_type())));
    let blocks = block.blocks.iter().map(|(n, b)| (n.clone(), empty_block(b)));
    Value::object(attributes.chain(blocks).collect())
}

/// What stands for no nested blocks of a type.
pub fn empty_block(nested: &NestedBlock) -> Value {
    let ty = nested.block.implied_type();
    match nested.nesting {
        Nesting::Single => Value::null(ty.clone()),
        Nesting::Group => empty_object(&nested.block),
        Nesting::List if nested.implied_type() == Type::Dynamic => Value::tuple(Vec::new()),
        Nesting::List => Value::list(ty.clone(), Vec::new()),
        Nesting::Set => Value::set(ty.clone(), Vec::new()),
        Nesting::Map if nested.implied_type() == Type::Dynamic => Value::object(Entries::default()),
        Nesting::Map => Value::map(ty.clone(), Entries::default()),
    }
}
