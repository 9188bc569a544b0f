//! Rules for the attributes of a schema.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use groma_value::{Str, Value};

/// How attributes are planned, beyond what the schema says.
///
/// Attributes are named by the path through the schema, such as `rule.port`: nested blocks and
/// nested attributes take the name of what they are in, whatever collection holds them.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    attributes: BTreeMap<Str, Rule>,
    steady: bool,
}

/// What holds of one attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) replace: bool,
    pub(super) keep: bool,
    pub(super) volatile: bool,
    pub(super) computed: bool,
    pub(super) default: Option<Value>,
    pub(super) same: Option<Same>,
    pub(super) nested: Rules,
}

/// A comparison of a prior value with a configured one.
#[derive(Clone)]
pub(super) struct Same(Arc<dyn Fn(&Value, &Value) -> bool + Send + Sync>);

impl Same {
    pub(super) fn holds(&self, prior: &Value, configured: &Value) -> bool {
        (self.0)(prior, configured)
    }
}

impl fmt::Debug for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Same")
    }
}

impl Rules {
    pub(super) const NONE: Rules = Rules { attributes: BTreeMap::new(), steady: false };

    /// None.
    pub fn new() -> Rules {
        Rules::default()
    }

    /// Plans as providers of the older SDK do: what the provider sets keeps its value when
    /// something else changes, unless it is volatile; and what is not configured may be stored as
    /// null or as the zero value, which mean the same.
    pub fn steady(mut self) -> Rules {
        self.steady = true;
        self
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

    /// Any update may change these computed attributes. It matters only where the others are
    /// steady.
    pub fn volatile<'a>(mut self, paths: impl IntoIterator<Item = &'a str>) -> Rules {
        for path in paths {
            self.rule(path).volatile = true;
        }
        self
    }

    /// Where no blocks of these types are configured, the provider may give some. It matters only
    /// where the rules are steady.
    pub fn computed<'a>(mut self, paths: impl IntoIterator<Item = &'a str>) -> Rules {
        for path in paths {
            self.rule(path).computed = true;
        }
        self
    }

    /// The value of an attribute that is not configured: one that is optional and computed, or
    /// where the rules are steady any optional one. It applies where the enclosing objects are there.
    pub fn with_default(mut self, path: &str, value: impl Into<Value>) -> Rules {
        self.rule(path).default = Some(value.into());
        self
    }

    /// Where the comparison of prior and configured value holds, the prior value stays. It matters
    /// only where the rules are steady.
    pub fn same(
        mut self,
        path: &str,
        same: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static,
    ) -> Rules {
        self.rule(path).same = Some(Same(Arc::new(same)));
        self
    }

    /// The rules of everything below a path.
    pub fn nested(mut self, path: &str, rules: Rules) -> Rules {
        self.rule(path).nested = rules;
        self
    }

    /// See [`Rules::steady`].
    pub fn is_steady(&self) -> bool {
        self.steady
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

    pub(super) fn has_volatile(&self) -> bool {
        self.attributes.values().any(|r| r.volatile || r.nested.has_volatile())
    }
}
