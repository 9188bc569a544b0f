//! Blocks, attributes and nesting.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use groma_value::{Str, Type};

use crate::decode::BodyPlan;
use crate::marks::Flags;

/// How a description is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TextKind {
    /// Plain text.
    #[default]
    Plain,
    /// Markdown.
    Markdown,
}

/// What a block may contain.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The attributes.
    pub attributes: BTreeMap<Str, Attribute>,
    /// The types of nested blocks.
    pub blocks: BTreeMap<Str, NestedBlock>,
    /// What it is for.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// Whether its use is discouraged.
    pub deprecated: bool,
    implied: OnceLock<Type>,
    flags: OnceLock<Flags>,
    plan: OnceLock<Arc<BodyPlan>>,
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        self.attributes == other.attributes
            && self.blocks == other.blocks
            && self.description == other.description
            && self.description_kind == other.description_kind
            && self.deprecated == other.deprecated
    }
}

/// An attribute of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its type.
    pub ty: AttributeType,
    /// What it is for.
    pub description: String,
    /// How the description is written.
    pub description_kind: TextKind,
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// The provider sets it, if the configuration does not (where optional) or always.
    pub computed: bool,
    /// Its value must not be shown.
    pub sensitive: bool,
    /// Its value is handed to the provider and never stored.
    pub write_only: bool,
    /// Whether its use is discouraged.
    pub deprecated: bool,
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeType {
    /// A type of the language.
    Simple(Type),
    /// Objects whose attributes have schemas of their own (protocol 6).
    Nested(Box<NestedObject>),
}

/// The structure of an attribute with nested attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedObject {
    /// The nested attributes.
    pub attributes: BTreeMap<Str, Attribute>,
    /// One object, or what collection of them.
    pub nesting: Nesting,
}

/// How nested objects are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object or null.
    Single,
    /// One object, never null (blocks only).
    Group,
    /// A list, or a tuple where dynamic types are inside.
    List,
    /// A set.
    Set,
    /// A map by label, or an object where dynamic types are inside.
    Map,
}

/// A type of nested blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// What one block contains.
    pub block: Arc<Block>,
    /// How blocks of this type are held.
    pub nesting: Nesting,
    /// At least as many are required (lists and sets; for single: 1 means required).
    pub min_items: u64,
    /// At most as many are allowed; 0 means any number.
    pub max_items: u64,
}

impl Attribute {
    /// An attribute of a type of which nothing else is set.
    pub fn new(ty: Type) -> Attribute {
        Attribute {
            ty: AttributeType::Simple(ty),
            description: String::new(),
            description_kind: TextKind::Plain,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            deprecated: false,
        }
    }

    /// One that the configuration must set.
    pub fn required(ty: Type) -> Attribute {
        Attribute { required: true, ..Attribute::new(ty) }
    }

    /// One that the configuration may set.
    pub fn optional(ty: Type) -> Attribute {
        Attribute { optional: true, ..Attribute::new(ty) }
    }

    /// One that the provider sets.
    pub fn computed(ty: Type) -> Attribute {
        Attribute { computed: true, ..Attribute::new(ty) }
    }

    /// One that the configuration may set, and otherwise the provider.
    pub fn optional_computed(ty: Type) -> Attribute {
        Attribute { optional: true, computed: true, ..Attribute::new(ty) }
    }

    /// The type of its value.
    pub fn implied_type(&self) -> Type {
        match &self.ty {
            AttributeType::Simple(ty) => ty.clone(),
            AttributeType::Nested(nested) => nested.implied_type(),
        }
    }

    /// The nested structure, if it has one.
    pub fn nested(&self) -> Option<&NestedObject> {
        match &self.ty {
            AttributeType::Simple(_) => None,
            AttributeType::Nested(nested) => Some(nested),
        }
    }
}

impl NestedObject {
    /// The type of one of the nested objects.
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(n, a)| (n.clone(), a.implied_type())))
    }

    /// The type of the whole attribute.
    pub fn implied_type(&self) -> Type {
        let object = self.object_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl NestedBlock {
    /// The type that blocks of this type decode to. Where their own type has dynamic parts, a list
    /// or map of them has no one type, and it is dynamic.
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => object.clone(),
            Nesting::List if object.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(object.clone()),
            Nesting::Set => Type::set(object.clone()),
            Nesting::Map if object.has_dynamic() => Type::Dynamic,
            Nesting::Map => Type::map(object.clone()),
        }
    }
}

impl Block {
    /// A block with these attributes.
    pub fn with_attributes<K: Into<Str>>(
        attributes: impl IntoIterator<Item = (K, Attribute)>,
    ) -> Block {
        Block {
            attributes: attributes.into_iter().map(|(k, a)| (k.into(), a)).collect(),
            ..Block::default()
        }
    }

    /// The object type that a body of this schema decodes to. Computed once.
    pub fn implied_type(&self) -> &Type {
        self.implied.get_or_init(|| {
            let attributes = self.attributes.iter().map(|(n, a)| (n.clone(), a.implied_type()));
            let blocks = self.blocks.iter().map(|(n, b)| (n.clone(), b.implied_type()));
            Type::object(attributes.chain(blocks))
        })
    }

    /// What holds for everything in it. Computed once.
    pub(crate) fn flags(&self) -> Flags {
        *self.flags.get_or_init(|| self.compute_flags())
    }

    /// How bodies of this schema are read. Computed once.
    pub(crate) fn plan(&self) -> &BodyPlan {
        self.plan.get_or_init(|| Arc::new(BodyPlan::new(self)))
    }
}
