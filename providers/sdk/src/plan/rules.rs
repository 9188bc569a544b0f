//! Rules for the attributes of a schema.

use std::collections::BTreeMap;

use groma_value::{Str, Value};

/// How attributes are planned, beyond what the schema says.
///
/// Attributes are named by the path through the schema, such as `rule.port`: nested blocks and
/// nested attributes take the name of what they are in, whatever collection holds them.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    attributes: BTreeMap<Str, Rule>,
}

/// What holds of one attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) replace: bool,
    pub(super) keep: bool,
    pub(super) default: Option<Value>,
    pub(super) nested: Rules,
}

impl Rules {
    /// None.
    pub fn new() -> Rules {
        Rules::default()
    }

    /// A change of any of these attributes cannot be made in place.
    pub fn replace<'a>(mut self, paths: impl IntoIterator<Item = &'a str>) -> Rules {
        for path in paths {
            self.rule(path).replace = true;
        }
        self
    }

    /// These computed attributes do not change once they have a value.
    pub fn keep<'a>(mut self, paths: impl IntoIterator<Item = &'a str>) -> Rules {
        for path in paths {
            self.rule(path).keep = true;
        }
        self
    }

    /// The value of an optional and computed attribute that is not configured. It applies where the
    /// enclosing objects are there.
    pub fn with_default(mut self, path: &str, value: impl Into<Value>) -> Rules {
        self.rule(path).default = Some(value.into());
        self
    }

    fn rule(&mut self, path: &str) -> &mut Rule {
        match path.split_once('.') {
            None => self.attributes.entry(path.into()).or_default(),
            Some((first, rest)) => {
                self.attributes.entry(first.into()).or_default().nested.rule(rest)
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Rule> {
        self.attributes.get(name)
    }

    pub(super) fn has_defaults(&self) -> bool {
        self.attributes.values().any(|r| r.default.is_some() || r.nested.has_defaults())
    }
}
