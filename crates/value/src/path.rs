//! Paths into values.

use std::fmt;

use crate::{Kind, OpError, Str, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// An object's attribute.
    Attribute(Str),
    /// An element of a list or tuple (number), a map (string) or a set (the element itself).
    Index(Value),
}

/// A path from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
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

/// What a path leads to.
impl Path {
    /// The part of the value that the path leads to, with the marks of everything on the way.
    ///
    /// Where the way goes through what is unknown, that part is unknown. An element of a set is led
    /// to by itself.
    pub fn apply(&self, value: &Value) -> Result<Value, OpError> {
        let mut current = value.clone();
        for step in &self.0 {
            current = match step {
                PathStep::Attribute(name) => current.get_attr(name)?,
                PathStep::Index(key) if current.is_set() => current.set_member(key)?,
                PathStep::Index(key) => current.index(key)?,
            };
        }
        Ok(current)
    }

    /// The part of the value that the path leads to as it stands there, if all of the way is known.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |current, step| match (current.kind(), step) {
            (Kind::Set(s), PathStep::Index(key)) => s.items.iter().find(|item| *item == key),
            (_, PathStep::Attribute(name)) => current.get(name),
            (_, PathStep::Index(key)) => match key.kind() {
                Kind::String(name) => current.get(name),
                Kind::Number(n) => current.as_sequence()?.get(n.as_usize()?),
                _ => None,
            },
        })
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
