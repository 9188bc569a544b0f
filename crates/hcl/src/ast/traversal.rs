//! References: a name and static steps that lead on from it.

use std::fmt;

use groma_diag::SourceRange;
use groma_value::{Str, Value};

/// A variable and the static steps that follow it, such as `aws_vpc.main.tags["Name"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traversal {
    /// The name of the variable.
    pub root: Str,
    /// Where that name stands.
    pub root_range: SourceRange,
    /// What follows.
    pub steps: Vec<TraversalStep>,
}

/// A static step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraversalStep {
    /// `.name`
    Attr {
        /// The attribute's name.
        name: Str,
        /// The dot and the name.
        range: SourceRange,
    },
    /// `[0]`, `["key"]` or the older `.0`
    Index {
        /// A known number or string.
        key: Value,
        /// From `[` to `]`.
        range: SourceRange,
    },
}

impl TraversalStep {
    /// Where it stands.
    pub fn range(&self) -> &SourceRange {
        match self {
            TraversalStep::Attr { range, .. } | TraversalStep::Index { range, .. } => range,
        }
    }

    /// The name, if it is an attribute step.
    pub fn attr_name(&self) -> Option<&Str> {
        match self {
            TraversalStep::Attr { name, .. } => Some(name),
            TraversalStep::Index { .. } => None,
        }
    }

    /// The key, if it is an index step.
    pub fn index_key(&self) -> Option<&Value> {
        match self {
            TraversalStep::Index { key, .. } => Some(key),
            TraversalStep::Attr { .. } => None,
        }
    }
}

impl Traversal {
    /// From the root to the last step.
    pub fn range(&self) -> SourceRange {
        match self.steps.last() {
            Some(last) => SourceRange::between(&self.root_range, last.range()),
            None => self.root_range.clone(),
        }
    }

    /// Whether there is nothing but the root.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether both name the same thing, wherever they stand in the source.
    pub fn same_target(&self, other: &Traversal) -> bool {
        self.root == other.root
            && self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(|(a, b)| match (a, b) {
                (TraversalStep::Attr { name: a, .. }, TraversalStep::Attr { name: b, .. }) => {
                    a == b
                }
                (TraversalStep::Index { key: a, .. }, TraversalStep::Index { key: b, .. }) => {
                    a == b
                }
                _ => false,
            })
    }
}

/// As it would be written.
impl fmt::Display for Traversal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        for step in &self.steps {
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

/// As it would be written.
impl fmt::Display for TraversalStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraversalStep::Attr { name, .. } => write!(f, ".{name}"),
            TraversalStep::Index { key, .. } => match (key.as_str(), key.as_number()) {
                (Some(s), _) => write!(f, "[{}]", crate::render::quote(s)),
                (_, Some(n)) => write!(f, "[{n}]"),
                _ => f.write_str("[...]"),
            },
        }
    }
}
