//! The difference between two values, in the shape in which it is shown.
//!
//! [`object`] and [`dynamic`] compare, [`Diff::write`] writes. What is not known yet, what is
//! sensitive and what forces a replacement is worked out while comparing; how much of it is shown
//! while writing.

mod block;
mod dynamic;
mod part;
mod paths;
mod render;
mod sequence;
mod typed;

use groma_value::Value;

pub(crate) use block::object;
pub(crate) use dynamic::dynamic;
pub(crate) use part::{Part, Side};
pub(crate) use paths::Paths;
pub(crate) use render::Show;
pub(crate) use typed::by_type;

/// What happens to a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing.
    Keep,
    /// It comes to be.
    Create,
    /// It becomes another.
    Update,
    /// It goes.
    Delete,
}

impl Act {
    /// What happens to the whole, given what happens to one more of its parts.
    pub(crate) fn and(self, part: Act) -> Act {
        match part {
            Act::Keep => self,
            part if part == self => self,
            _ => Act::Update,
        }
    }
}

/// A part of a value, before and after.
#[derive(Debug)]
pub(crate) struct Diff<'a> {
    /// What happens to it.
    pub(crate) act: Act,
    /// Whether that makes a replacement of the whole object necessary.
    pub(crate) replace: bool,
    pub(crate) body: Body<'a>,
}

/// What there is to see.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// A bool, a number, a string or null.
    Primitive { before: Option<&'a Value>, after: Option<&'a Value> },
    /// Nothing.
    Sensitive { inner: Act, before: bool, after: bool },
    /// Nothing of a block.
    SensitiveBlock { inner: Act, before: bool, after: bool },
    /// What was there before, if anything; what comes is not known yet.
    Unknown(Option<Box<Diff<'a>>>),
    /// Elements in order.
    Sequence { items: Vec<Diff<'a>>, kind: SequenceKind },
    /// Elements by keys.
    Map { entries: Vec<(&'a str, Diff<'a>)>, nested: bool },
    /// Attributes.
    Object { entries: Vec<(&'a str, Diff<'a>)>, nested: bool },
    /// Attributes and nested blocks.
    Block { attributes: Vec<(&'a str, Diff<'a>)>, blocks: Vec<Blocks<'a>> },
    /// One thing in place of a thing of another kind.
    TypeChange(Box<Diff<'a>>, Box<Diff<'a>>),
    /// Nothing: it is never stored.
    WriteOnly,
}

/// How a sequence is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SequenceKind {
    /// With the neighbours of what changes.
    List,
    /// Objects of a nested attribute.
    NestedList,
    /// Without neighbours, since there are none in a set.
    Set,
    /// Objects of a nested attribute, without neighbours.
    NestedSet,
}

/// All nested blocks of one type.
#[derive(Debug)]
pub(crate) struct Blocks<'a> {
    pub(crate) name: &'a str,
    /// The blocks, with their labels where they have such.
    pub(crate) items: Vec<(Option<&'a str>, Diff<'a>)>,
    /// Whether it is a set of blocks.
    pub(crate) is_set: bool,
    /// Whether the blocks as a whole force a replacement.
    pub(crate) replace: bool,
    /// Whether the blocks as a whole were sensitive.
    pub(crate) sensitive_before: bool,
    /// Whether the blocks as a whole will be sensitive.
    pub(crate) sensitive_after: bool,
}

impl<'a> Diff<'a> {
    pub(crate) fn new(body: Body<'a>, act: Act, replace: bool) -> Diff<'a> {
        Diff { act, replace, body }
    }
}
