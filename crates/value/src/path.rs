//! Paths into values.

use std::fmt;

use crate::{Str, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// An object's attribute.
    Attribute(Str),
    /// An element of a list or tuple (number), a map (string) or a set (the element itself).
    Index(Value),
}

/// A path from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path(pub Vec<PathStep>);

impl Path {
    /// The path to the value itself.
    pub fn root() -> Path {
        Path::default()
    }

    /// This path and then an attribute.
    pub fn attribute(&self, name: impl Into<Str>) -> Path {
        let mut steps = self.0.clone();
        steps.push(PathStep::Attribute(name.into()));
        Path(steps)
    }

    /// This path and then an element.
    pub fn index(&self, key: Value) -> Path {
        let mut steps = self.0.clone();
        steps.push(PathStep::Index(key));
        Path(steps)
    }

    /// Whether `self` leads to `other` or to something that contains it.
    pub fn is_prefix_of(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// `.name[0]["key"]`, for messages.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Index(key) => match (key.as_str(), key.as_number()) {
                    (Some(s), _) => write!(f, "[{s:?}]")?,
                    (_, Some(n)) => write!(f, "[{n}]")?,
                    _ => f.write_str("[...]")?,
                },
            }
        }
        Ok(())
    }
}
