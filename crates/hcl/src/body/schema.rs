//! What is asked of a body.

use groma_value::Str;

/// Names the attributes and blocks of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodySchema {
    /// The attributes.
    pub attributes: Vec<AttributeSchema>,
    /// The block types.
    pub blocks: Vec<BlockSchema>,
}

/// An attribute of a [`BodySchema`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeSchema {
    /// Its name.
    pub name: Str,
    /// Whether it must be there.
    pub required: bool,
}

/// A block type of a [`BodySchema`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSchema {
    /// Its name.
    pub block_type: Str,
    /// What each of its labels is, for messages.
    pub label_names: Vec<Str>,
}

impl BodySchema {
    /// A schema that names nothing.
    pub fn new() -> BodySchema {
        BodySchema::default()
    }

    /// With attributes that may be there.
    pub fn optional<N: Into<Str>>(mut self, names: impl IntoIterator<Item = N>) -> BodySchema {
        let names = names.into_iter();
        self.attributes
            .extend(names.map(|name| AttributeSchema { name: name.into(), required: false }));
        self
    }

    /// With attributes that must be there.
    pub fn required<N: Into<Str>>(mut self, names: impl IntoIterator<Item = N>) -> BodySchema {
        let names = names.into_iter();
        self.attributes
            .extend(names.map(|name| AttributeSchema { name: name.into(), required: true }));
        self
    }

    /// With a block type and the names of its labels.
    pub fn block(mut self, block_type: impl Into<Str>, label_names: &[&str]) -> BodySchema {
        self.blocks.push(BlockSchema {
            block_type: block_type.into(),
            label_names: label_names.iter().map(|&l| l.into()).collect(),
        });
        self
    }
}
